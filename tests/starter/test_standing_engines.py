"""Engines that run and do not answer, or are just restarted: commands wait for them, and `status` says so."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import make_url

from starter.embedded import Addresses, read_addresses
from starter.embedded.processes import wait_until
from tests.starter.terminal import ROOT, Ended, Environment, clean_environment, command, fieldcare

LOOKED_FOR = ("ticket", "cancel", "FC-1999-000001", "--reason", "None")
"""A command that needs both engines and no worker: there is no such ticket."""


@dataclass(frozen=True)
class Running:
    env: Environment
    home: Path

    @property
    def addresses(self) -> Addresses:
        found = read_addresses(self.home)
        assert found is not None
        return found


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    home = Path(tempfile.mkdtemp(prefix="fieldcare-test-"))
    home.chmod(0o711)
    env = {**clean_environment(), "FIELDCARE_HOME": str(home), "FIELDCARE_SERVE": "false"}
    started = subprocess.run(command("up"), env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert started.returncode == 0, started.stderr
    yield Running(env, home)
    assert "Stopped" in fieldcare(env, "down").stdout
    shutil.rmtree(home)


@contextmanager
def frozen(pid: int) -> Iterator[Callable[[], None]]:
    """A process that runs and does nothing, until it is told to go on."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield lambda: os.kill(pid, signal.SIGCONT)
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_command_waits_for_a_temporal_that_stands_still(running: Running) -> None:
    with frozen(running.addresses.temporal_pid) as goes_on, ThreadPoolExecutor() as pool:
        began = time.monotonic()
        waiting = pool.submit(fieldcare, running.env, *LOOKED_FOR, "--wait", "40")
        late = fieldcare(running.env, *LOOKED_FOR, "--wait", "7")
        assert time.monotonic() - began >= 7
        assert (late.returncode, late.stdout) == (3, "")
        assert f"Temporal does not answer at {running.addresses.temporal_address} within 7 s." in late.stderr
        assert not waiting.done()
        goes_on()
        done = waiting.result()
    assert (done.returncode, "There is no ticket FC-1999-000001" in done.stderr) == (1, True), done


def test_a_command_waits_while_temporal_is_restarted(running: Running) -> None:
    killed = running.addresses.temporal_pid
    os.kill(killed, signal.SIGKILL)
    done = fieldcare(running.env, *LOOKED_FOR, "--wait", "50")
    assert (done.returncode, "There is no ticket FC-1999-000001" in done.stderr) == (1, True), done
    assert running.addresses.temporal_pid != killed


@pytest.mark.parametrize("engine", ["postgres_pid", "temporal_pid"])
def test_status_is_not_well_where_an_engine_stands_still(running: Running, engine: str) -> None:
    assert wait_until(lambda: fieldcare(running.env, "status").returncode == 0, 120)
    assert unready(running.env, wrong=False) == ""
    with frozen(getattr(running.addresses, engine)):
        why = unready(running.env)
    silent = "can't be reached: no answer in time" if engine == "postgres_pid" else "Temporal does not answer at"
    assert silent in why


def test_status_says_that_the_database_refuses_the_login(running: Running) -> None:
    addresses = running.addresses
    url = make_url(addresses.workers_url)
    env = {
        **running.env,
        "FIELDCARE_DATABASE_URL": url.set(password="wrong").render_as_string(hide_password=False),
        "TEMPORAL_ADDRESS": addresses.temporal_address,
    }
    done = fieldcare(env, "status")
    assert (done.returncode, "password authentication failed" in done.stdout) == (1, True), done
    record = running.home / "stack.json"
    before = record.read_text()
    record.write_text(before.replace(f":{url.password}@", ":wrong@"))
    try:
        why = unready(running.env)
    finally:
        record.write_text(before)
    assert "password authentication failed for user" in why
    assert "in time" not in why


def unready(env: Environment, *, wrong: bool = True) -> str:
    """Why `status` can't say how tickets are; it says the same in every form, and by its exit code."""
    with ThreadPoolExecutor() as pool:
        ended: list[Ended] = list(
            pool.map(lambda form: fieldcare(env, "status", *form), [(), ("--json",), ("--metrics",)])
        )
    plain, as_json, metrics = ended
    assert [one.returncode for one in ended] == [int(wrong)] * 3, ended
    told = json.loads(as_json.stdout)
    assert (told["ready"], told["tickets"] is None, all(one["running"] for one in told["services"])) == (
        not wrong,
        wrong,
        True,
    )
    assert f"fieldcare_ready {int(not wrong)}\n" in metrics.stdout
    assert f"fieldcare_tickets_known {int(not wrong)}\n" in metrics.stdout
    assert plain.stderr == (f"How tickets are can't be said now: {told['tickets_unknown']}.\n" if wrong else "")
    return told["tickets_unknown"] or ""
