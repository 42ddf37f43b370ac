"""The audit trail is sealed by itself, and every seal is written down where the database's owner can't change it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.client import Client, Schedule, ScheduleActionStartWorkflow, ScheduleHandle, ScheduleSpec
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.sealing import SealingActivities, write_down
from models.contracts.sealing import SealTrail
from models.database import Database
from models.identity import SEAL_WORKFLOW
from models.settings import Settings
from models.sql_functions import SqlFunction
from tests.databases import execute
from tests.waiting import until
from worker import build_worker

ROWS = "UPDATE manufacturers SET name = name || '.' WHERE code = 'ZOLL'"
"""Something that is an entry of the trail."""


async def anchors(database: Database) -> list[str]:
    """The seals that are stored, as they are written down."""
    rows = await database.rows(SqlFunction.READ_AUDIT_SEALS)
    return [f"{row['seal_number']}:{row['hash']}" for row in rows]


@asynccontextmanager
async def scheduled(client: Client, url: str, place: str | None) -> AsyncIterator[tuple[ScheduleHandle, Database]]:
    """A schedule that runs when it is triggered, and a worker that serves it."""
    queue, database = f"sealing-{uuid4().hex[:8]}", Database(url)
    action = ScheduleActionStartWorkflow(SEAL_WORKFLOW, SealTrail(), id=queue, task_queue=queue)
    handle = await client.create_schedule(queue, Schedule(action=action, spec=ScheduleSpec()))
    try:
        async with build_worker(client, database, Settings(seals_to=place), queue):
            yield handle, database
    finally:
        await handle.delete()
        await database.aclose()


async def run_once(handle: ScheduleHandle) -> None:
    """Trigger a run, and return when it is over."""
    before = (await handle.describe()).info.num_actions
    await handle.trigger()

    async def over() -> bool:
        info = (await handle.describe()).info
        return info.num_actions > before and not info.running_actions

    await until(over)


async def test_each_run_writes_down_what_the_runs_before_it_have_not(
    client: Client, database_url: str, tmp_path: Path
) -> None:
    place = tmp_path / "anchors"
    async with scheduled(client, database_url, str(place)) as (handle, database):
        for expected in (1, 2, 2):
            if expected > len(await anchors(database)):
                await execute(database_url, ROWS)
            await run_once(handle)
            assert place.read_text().splitlines() == await anchors(database)
            assert len(await anchors(database)) == expected, "nothing new makes no seal"
    assert place.stat().st_mode & 0o077 == 0


async def test_seals_from_before_anybody_named_a_place_are_written_down_as_well(
    client: Client, database_url: str, tmp_path: Path
) -> None:
    place = tmp_path / "anchors"
    database = Database(database_url)
    for target in (None, None, str(place)):
        await execute(database_url, ROWS)
        done = await ActivityEnvironment().run(SealingActivities(database, target).seal, SealTrail())
        assert done.written_down == (3 if target else 0)
    assert place.read_text().splitlines() == await anchors(database)
    await database.aclose()


async def test_a_place_that_is_away_says_so_and_gets_all_when_it_is_back(database_url: str, tmp_path: Path) -> None:
    place = tmp_path / "mounted" / "anchors"
    database = Database(database_url)
    sealing = SealingActivities(database, str(place))
    await execute(database_url, ROWS)
    with pytest.raises(ApplicationError, match=r"can't be written down at .*: No such file or directory"):
        await ActivityEnvironment().run(sealing.seal, SealTrail())
    place.parent.mkdir()
    assert (await ActivityEnvironment().run(sealing.seal, SealTrail())).written_down == 1
    assert place.read_text().splitlines() == await anchors(database)
    await database.aclose()


@contextmanager
def receiver(status: int, heard: list[bytes]) -> Iterator[str]:
    """Something that takes what is posted to it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/seals"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_an_address_gets_them_by_post(database_url: str) -> None:
    heard: list[bytes] = []
    database = Database(database_url)
    await execute(database_url, ROWS)
    with receiver(204, heard) as address:
        await ActivityEnvironment().run(SealingActivities(database, address).seal, SealTrail())
    [said] = [json.loads(one)["seals"] for one in heard]
    assert [one["anchor"] for one in said] == await anchors(database)
    assert re.fullmatch(r"1:[0-9a-f]{64}", said[0]["anchor"])
    await database.aclose()


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_an_address_that_does_not_take_them_has_not_got_them(status: int) -> None:
    heard: list[bytes] = []
    with receiver(status, heard) as address, pytest.raises(ApplicationError, match=f"it answered {status}"):
        write_down(address, [])
    assert len(heard) == 1, "nobody is sent elsewhere"


async def test_what_an_address_holds_of_a_secret_is_not_repeated() -> None:
    with pytest.raises(ApplicationError) as refused:
        write_down("http://me:geheim@127.0.0.1:1/seals?key=geheim", [])
    assert "geheim" not in str(refused.value) and "127.0.0.1" in str(refused.value)
