"""Faults strike what they name and nothing else, and end; a drill that is interrupted leaves nothing."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from models.settings import Settings
from starter.drill.ground import Ground, open_ground
from starter.drill.links import Links
from starter.drill.schedule import Fault, FaultKind, schedule
from starter.drill.strikes import Striker
from starter.embedded.processes import ProcessMark, wait_until
from tests.children import child
from tests.starter.terminal import ROOT, clean_environment, command, fieldcare
from tests.waiting import until

on_the_ground = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ground() -> AsyncIterator[Ground]:
    async with open_ground(Settings(), workers=2) as made:
        yield made


def state(mark: ProcessMark) -> str:
    """As the system says it: T is stopped."""
    return Path(f"/proc/{mark.pid}/stat").read_text().rpartition(")")[2].split()[0]


@on_the_ground
async def test_a_frozen_database_stands_still_with_every_process_and_goes_on(ground: Ground) -> None:
    striker, marks = Striker(ground), ground.postgres()
    struck = striker.strike(Fault(0, FaultKind.FREEZE_POSTGRES, 1))
    assert struck is not None
    assert len(marks) >= 5
    assert wait_until(lambda: {state(mark) for mark in marks} == {"T"}, 5)
    striker.mend(struck)
    assert wait_until(lambda: "T" not in {state(mark) for mark in marks}, 5)
    assert [mark.alive() for mark in ground.temporal()] == [True]


@on_the_ground
async def test_what_is_killed_while_it_is_frozen_comes_back_on_the_same_addresses(ground: Ground) -> None:
    striker, before = Striker(ground), ground.stack.addresses
    frozen = striker.strike(Fault(0, FaultKind.FREEZE_ALL, 1))
    killed = striker.strike(Fault(0, FaultKind.KILL_STACK, 1))
    assert frozen is not None
    assert killed is not None
    striker.look_after()
    assert ground.stack.postgres.exited()  # a fault keeps it away
    striker.mend_all()
    after = ground.stack.addresses
    assert (after.database_url, after.temporal_address) == (before.database_url, before.temporal_address)
    assert after.postgres_pid != before.postgres_pid
    connection = await asyncpg.connect(after.database_url)
    assert await connection.fetchval("SELECT count(*) FROM engineers") > 0
    await connection.close()
    assert len(ground.workers.marks) == 2


@on_the_ground
async def test_a_database_is_read_only_until_it_is_mended(ground: Ground) -> None:
    striker = Striker(ground)
    struck = striker.strike(Fault(0, FaultKind.READ_ONLY, 1))
    assert struck is not None

    async def read_only() -> str:
        connection = await asyncpg.connect(ground.direct_url)
        try:
            return str(await connection.fetchval("SHOW default_transaction_read_only"))
        finally:
            await connection.close()

    async def says(wanted: str) -> bool:
        return await read_only() == wanted

    await until(partial(says, "on"))
    striker.mend(struck)
    await until(partial(says, "off"))


@on_the_ground
async def test_a_server_that_is_away_is_not_set_read_only_for_when_it_comes_back(ground: Ground) -> None:
    striker = Striker(ground)
    killed = striker.strike(Fault(0, FaultKind.KILL_POSTGRES, 1))
    assert killed is not None
    assert striker.strike(Fault(0, FaultKind.READ_ONLY, 1)) is None
    striker.mend_all()
    connection = await asyncpg.connect(ground.direct_url)
    assert await connection.fetchval("SHOW default_transaction_read_only") == "off"
    await connection.close()


@on_the_ground
async def test_a_slow_link_delays_and_is_fast_again(ground: Ground) -> None:
    async def took() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await (await asyncpg.connect(ground.database_url)).close()
        return loop.time() - began

    striker = Striker(ground)
    struck = striker.strike(Fault(0, FaultKind.SLOW_DATABASE, 1, delay=0.4))
    assert struck is not None
    assert await took() >= 0.8  # there and back at the least
    striker.mend(struck)
    assert ground.links.database.delay == 0


@on_the_ground
async def test_a_link_carries_everything_in_its_order_and_ends_when_a_side_ends() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    sent = os.urandom(300_000)
    with Links(temporal_port=port, postgres_port=1) as links:
        reader, writer = await asyncio.open_connection("127.0.0.1", links.temporal.port)
        for start in range(0, len(sent), 50_000):
            links.temporal.delay = 0.05 if start % 100_000 else 0.0
            writer.write(sent[start : start + 50_000])
            await writer.drain()
        writer.write_eof()
        assert await asyncio.wait_for(reader.read(), 10) == sent
        writer.close()
        nobody, refused = await asyncio.open_connection("127.0.0.1", links.database.port)
        with suppress(ConnectionError):
            assert await asyncio.wait_for(nobody.read(), 10) == b""
        refused.close()
    server.close()


# -- the command ------------------------------------------------------------------------------------------------------


def a_seed_that_begins_with(kind: FaultKind, lasting: float) -> int:
    def first(seed: int) -> Fault:
        return schedule(seed, 1)[0]

    return next(seed for seed in count() if first(seed).kind is kind and first(seed).lasting >= lasting)


def test_a_drill_with_faults_by_a_seed_passes_and_tells_what_struck() -> None:
    done = fieldcare(
        clean_environment(),
        *("drill", "--seed", "342", "--faults", "4", "--longest", "2", "--gap", "0.5"),
        *("--tickets", "2", "--concurrency", "2", "--json"),
        timeout=300,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["passed"]
    assert report["opened"] == report["closed"] + report["cancelled"] >= 2
    assert report["untold"] == 0
    assert report["histories"] >= report["opened"]
    assert report["weather"]["seed"] == 342
    struck = {"the whole stack killed", "PostgreSQL frozen", "a worker killed", "the other house answers 500"}
    assert report["weather"]["by_kind"] == dict.fromkeys(sorted(struck), 1)


def test_a_drill_that_is_interrupted_while_everything_is_frozen_leaves_nothing() -> None:
    import psutil  # type: ignore[import-untyped, unused-ignore]

    folder = Path(tempfile.mkdtemp(prefix="fieldcare-drill-test-"))
    folder.chmod(0o711)
    seed = a_seed_that_begins_with(FaultKind.FREEZE_ALL, 30)
    process = child(
        command("drill", "--seed", str(seed), "--faults", "1", "--tickets", "4"),
        cwd=ROOT,
        env={**clean_environment(), "TMPDIR": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )

    def frozen() -> bool:
        assert process.poll() is None
        return len([one for one in children() if one.status() == psutil.STATUS_STOPPED]) >= 5

    def children() -> list[Any]:
        return list(psutil.Process(process.pid).children(recursive=True))

    try:
        assert wait_until(frozen, 90, interval=0.2)
        started = [ProcessMark.of("drill", one.pid) for one in children()]
        os.kill(process.pid, signal.SIGINT)
        _, complained = process.communicate(timeout=90)
    finally:
        process.kill()

    assert process.returncode != 0
    assert "Traceback" not in complained
    assert wait_until(lambda: not any(mark.alive() for mark in started), 20)
    assert list(folder.iterdir()) == []
    folder.rmdir()


SMALL_DISK = """
from starter.drill.disk import NoSmallDisk, small_disk
try:
    with small_disk() as disk:
        (disk.folder / "before").write_bytes(b"x" * 4096)
        disk.fill()
        try:
            (disk.folder / "after").write_bytes(b"x" * 4096)
        except OSError as error:
            print(disk.is_full, error.strerror)
        disk.empty()
        (disk.folder / "after").write_bytes(b"x" * 4096)
    print(disk.folder.exists())
except NoSmallDisk as reason:
    print("none:", reason)
"""


def test_a_small_disk_is_full_and_empty_again_and_gone_in_the_end() -> None:
    """In a process of its own, which it gives a view of its own on the file systems."""
    done = subprocess.run(
        [sys.executable, "-c", SMALL_DISK], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    may_mount = not done.stdout.startswith("none: ")  # not everybody may, and the drill says so
    assert done.stdout.splitlines() == (["True No space left on device", "False"] if may_mount else [done.stdout[:-1]])
