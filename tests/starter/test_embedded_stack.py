"""What the whole stack promises: both engines or none, one owner for a home, and nothing left when it stops."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import pytest
from pydantic import TypeAdapter
from temporalio.client import Client

from models.settings import Settings
from starter.embedded import (
    Addresses,
    EmbeddedError,
    Stack,
    read_addresses,
    start_detached,
    status,
    stop,
    throwaway_stack,
)
from starter.embedded.processes import ProcessMark, end, wait_until
from starter.embedded.record import Record
from starter.embedded.stack import _sweep
from starter.embedded.supervisor import worker_environment
from tests.children import child
from tests.drills import drill

PATIENCE = 30.0
KILL = ((signal.SIGKILL, 10.0),)

THROWAWAY = """
from starter.embedded import throwaway_stack
print("starting", flush=True)
with throwaway_stack() as stack:
    print("running", flush=True)
    import time
    while True:
        time.sleep(60)
"""
SUPERVISOR = """
import sys
from pathlib import Path
from models.settings import Settings
from starter.embedded import run_supervisor

def prepare(addresses):
    if "fail" in sys.argv:
        raise RuntimeError("The migration 0001 does not apply.")

run_supervisor(
    Path(sys.argv[1]),
    Settings(worker_processes=2),
    before_workers=prepare,
    worker_command=[sys.executable, "-c", "import time\\nwhile True: time.sleep(60)"],
)
"""


def supervisor(home: Path, *options: str) -> list[str]:
    return [sys.executable, "-c", SUPERVISOR, str(home), *options]


@pytest.fixture
def home(folder: Path) -> Path:
    return folder / "home"


@pytest.fixture
def made_home(home: Path, seed: Callable[[Path], None]) -> Path:
    """A home that does not run now; its database is made."""
    seed(home)
    return home


@pytest.fixture
def running(made_home: Path) -> Iterator[Path]:
    """A home whose supervisor runs in the background, with two workers that do nothing."""
    home = made_home
    start_detached(home, supervisor(home), timeout=PATIENCE)
    yield home
    stop(home)


def marks(home: Path) -> dict[str, ProcessMark]:
    record = Record.read(home)
    return {mark.name: mark for mark in record.processes} if record is not None else {}


async def answers(addresses: Addresses) -> bool:
    connection = await asyncpg.connect(addresses.database_url)
    await connection.close()
    return await (await Client.connect(addresses.temporal_address)).service_client.check_health()


async def test_a_throwaway_stack_answers_and_leaves_nothing() -> None:
    with throwaway_stack(time_skipping=True) as stack:
        folder, processes = stack.home.path, marks(stack.home.path)
        assert await answers(stack.addresses)
        assert read_addresses(folder) == stack.addresses
        assert (folder / "stack.json").stat().st_mode & 0o077 == 0
    assert not folder.exists()
    assert not processes["postgres"].alive() and not processes["temporal"].alive()


def test_a_failure_inside_leaves_nothing() -> None:
    folder = Path()
    with pytest.raises(ZeroDivisionError), throwaway_stack() as stack:
        folder = stack.home.path
        raise ZeroDivisionError
    assert folder.name and not folder.exists()


def test_the_password_does_not_show_when_addresses_are_printed() -> None:
    addresses = Addresses("postgresql://fieldcare:secret@127.0.0.1:1/fieldcare", "a", "u", 1, 2, Path("/run"))
    assert "secret" not in repr(addresses)


MOMENTS = (
    ("initdb", signal.SIGINT),
    ("initdb", signal.SIGKILL),
    ("postgres", signal.SIGTERM),
    ("running", signal.SIGINT),
    ("running", signal.SIGHUP),
    ("running", signal.SIGKILL),
)


@pytest.mark.parametrize("moments", [MOMENTS[1:4], pytest.param(MOMENTS, marks=drill)], ids=["some", "all"])
def test_a_signal_stops_everything_at_any_moment(
    moments: Sequence[tuple[str, signal.Signals]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Side by side, each in a folder of its own: most of it is waiting."""

    def stopped(case: tuple[str, signal.Signals]) -> Path:
        moment, number = case
        place = folder / f"{moment}-{number.name}"
        place.mkdir(mode=0o711)
        stopped_by_a_signal(place, moment, number)
        return place

    with ThreadPoolExecutor(3) as pool:
        places = list(pool.map(stopped, moments))
    for (_, number), place in zip(moments, places, strict=True):
        if number == signal.SIGKILL:
            # Nobody could tidy up; the next throwaway stack does.
            monkeypatch.setattr(tempfile, "tempdir", str(place))
            _sweep()
        assert not list(place.iterdir())


def stopped_by_a_signal(folder: Path, moment: str, number: signal.Signals) -> None:
    process = child(
        [sys.executable, "-c", THROWAWAY],
        env={**os.environ, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    if moment == "running":
        assert [process.stdout.readline(), process.stdout.readline()] == ["starting\n", "running\n"]
    else:
        sign = {"initdb": "*/postgres/data.new-*", "postgres": "*/postgres/data/postmaster.pid"}[moment]
        assert wait_until(lambda: any(folder.glob(sign)), PATIENCE, interval=0.002)
    homes = list(folder.glob("fieldcare-throwaway-*"))
    before = [mark for home in homes for name, mark in marks(home).items() if name != "supervisor"]
    process.send_signal(number)
    process.communicate(timeout=PATIENCE)
    assert wait_until(lambda: not any(mark.alive() for mark in before), PATIENCE)


def test_one_home_has_one_owner(home: Path) -> None:
    with Stack(home, Settings(), durable=False):
        with pytest.raises(EmbeddedError, match=rf"already running or starting \(pid {os.getpid()}\)"):
            Stack(home, Settings()).start()
        assert read_addresses(home) is not None


def test_nothing_runs_in_a_home_that_was_never_started(home: Path) -> None:
    assert read_addresses(home) is None
    assert stop(home) is False
    assert not any(report.running for report in status(home).processes)
    assert not home.exists()


async def test_a_supervised_home_runs_until_it_is_stopped_and_comes_back_at_its_addresses(home: Path) -> None:
    addresses = start_detached(home, supervisor(home), timeout=PATIENCE)
    report = status(home)
    assert report.ready and await answers(addresses)
    assert [process.name for process in report.processes] == [
        "supervisor",
        "postgres",
        "temporal",
        "worker-1",
        "worker-2",
    ]
    processes = marks(home)
    with pytest.raises(EmbeddedError, match="already running or starting"):
        start_detached(home, supervisor(home), timeout=PATIENCE)
    assert marks(home) == processes
    assert stop(home) is True
    assert stop(home) is False
    assert not any(mark.alive() for mark in processes.values())
    assert read_addresses(home) is None
    assert not status(home).ready
    again = start_detached(home, supervisor(home), timeout=PATIENCE)
    assert (again.database_url, again.temporal_address) == (addresses.database_url, addresses.temporal_address)
    assert again.temporal_ui == addresses.temporal_ui


async def test_whatever_dies_is_started_again_at_its_address(running: Path) -> None:
    addresses = read_addresses(running)
    before = marks(running)
    for name in ("worker-2", "temporal", "postgres"):
        end(before[name], KILL)
    assert wait_until(
        lambda: all(
            name in (now := marks(running)) and now[name] != before[name] and now[name].alive()
            for name in ("worker-2", "temporal", "postgres")
        ),
        PATIENCE,
    )
    now = read_addresses(running)
    assert addresses is not None and now is not None
    assert (now.database_url, now.temporal_address) == (addresses.database_url, addresses.temporal_address)
    assert await answers(now)
    assert marks(running)["worker-1"] == before["worker-1"]


def test_a_home_can_be_stopped_and_started_after_any_kill(running: Path) -> None:
    before = marks(running)
    end(before["supervisor"], KILL)
    stop(running)
    assert not any(mark.alive() for mark in before.values())
    start_detached(running, supervisor(running), timeout=PATIENCE)
    assert status(running).ready
    # And now everything at once.
    for mark in marks(running).values():
        end(mark, KILL)
    assert read_addresses(running) is None
    start_detached(running, supervisor(running), timeout=PATIENCE)
    assert status(running).ready


def test_the_last_sentence_of_a_failed_start_reaches_the_caller(made_home: Path) -> None:
    home = made_home
    with pytest.raises(EmbeddedError, match=r"^The migration 0001 does not apply\.$"):
        start_detached(home, supervisor(home, "fail"), timeout=PATIENCE)
    assert not any(report.running for report in status(home).processes)


def test_a_program_that_ends_without_a_word_is_reported_by_its_log(home: Path) -> None:
    with pytest.raises(EmbeddedError, match=r"No module named .*no_such_module.*supervisor\.log"):
        start_detached(home, [sys.executable, "-c", "import no_such_module"], timeout=PATIENCE)


@pytest.mark.parametrize("stranger", [True, False])
def test_stop_ends_what_was_started_and_no_stranger_with_its_pid(home: Path, stranger: bool) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        mark = ProcessMark.of("worker-1", process.pid)
        recorded = ProcessMark(mark.name, mark.pid, "an earlier birth") if stranger else mark
        (home / "logs").mkdir(parents=True)
        (home / "stack.json").write_bytes(TypeAdapter(Record).dump_json(Record(processes=(recorded,))))
        assert stop(home) is not stranger
        assert mark.alive() is stranger
    finally:
        process.kill()
        process.communicate()


def test_the_record_of_a_version_before_the_roles_is_read(home: Path) -> None:
    home.mkdir()
    addresses = Addresses("postgresql://owner", "127.0.0.1:7233", "http://x", 1, 2, Path("/run"))
    written = json.loads(TypeAdapter(Record).dump_json(Record(addresses=addresses)))
    del written["addresses"]["application_url"], written["addresses"]["reporting_url"]
    (home / "stack.json").write_text(json.dumps(written))
    record = Record.read(home)
    assert record is not None and record.addresses is not None
    assert record.addresses.workers_url == "postgresql://owner"


def test_workers_get_these_engines_whatever_profile_the_user_has(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("TEMPORAL_PROFILE", "cloud")
    monkeypatch.setenv("TEMPORAL_API_KEY", "key")
    monkeypatch.setenv("FIELDCARE_ADMIN_DATABASE_URL", "postgresql://owner@elsewhere/x")
    monkeypatch.setenv("FIELDCARE_APP_PASSWORD", "secret")
    addresses = Addresses(
        "postgresql://owner", "127.0.0.1:7233", "http://x", 1, 2, Path("/run"), application_url="postgresql://app"
    )
    environment = worker_environment(home, addresses)
    assert environment["FIELDCARE_DATABASE_URL"] == "postgresql://app"
    assert not {"FIELDCARE_ADMIN_DATABASE_URL", "FIELDCARE_APP_PASSWORD"} & set(environment)
    assert environment["TEMPORAL_ADDRESS"] == "127.0.0.1:7233"
    assert not {"TEMPORAL_PROFILE", "TEMPORAL_API_KEY"} & set(environment)
