"""Many reserve the same few parts while clients and the database are killed and frozen: nobody gets what is not there,
nothing that was answered is lost, nothing is done twice, nothing stays kept for a ticket that has ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from models.contracts.facts import TicketEnded
from models.database import Database
from models.settings import Settings
from models.vocabulary.stock import StockDoing
from models.vocabulary.tickets import TicketStatus
from starter.embedded import cluster
from starter.embedded.home import Home
from starter.embedded.place import find
from starter.embedded.postgres import Postgres
from tests.clusters import TEMPLATE, furnish
from tests.databases import make_database
from tests.drills import drill
from tests.migrations.shelves import Shelves
from tests.migrations.stock_client import Journal, Order
from tests.migrations.story import Story, open_story


@dataclass(frozen=True, slots=True)
class Size:
    """How much of it.

    Attributes:
        client_kills: how often a process of clients is killed and started again.
    """

    reservations: int
    clients: int
    processes: int
    rows: int
    tickets: int
    stock: int
    client_kills: int
    database_kills: int
    freezes: int


SHORT = Size(320, 8, 2, 20, 12, 12, client_kills=2, database_kills=1, freezes=2)
WHOLE = Size(10_000, 32, 8, 200, 80, 30, client_kills=16, database_kills=3, freezes=10)


@pytest.fixture
def server() -> Iterator[tuple[Postgres, Path]]:
    """A server that keeps what it has acknowledged, with the migrated database; and its data."""
    folder = Path(tempfile.mkdtemp(prefix="fieldcare-test-"))
    folder.chmod(0o711)
    furnish(folder / "home")
    home = Home(folder / "home")
    home.lock()
    postgres = Postgres(home, Settings())
    try:
        postgres.start()
        postgres.keep_port()
        place = find(home)
        assert place is not None
        yield postgres, place / "data"
    finally:
        postgres.stop()
        home.unlock()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("size", [pytest.param(SHORT, id="short"), pytest.param(WHOLE, id="whole", marks=drill)])
async def test_nobody_gets_what_is_not_there(server: tuple[Postgres, Path], tmp_path: Path, size: Size) -> None:
    postgres, data = server
    url = await make_database(postgres.url, "stock", TEMPLATE)
    database = Database(url, pool_size=4)
    sql = await asyncpg.connect(url)
    shelves = Shelves(database, sql)
    for code in ("MAIN", "NORTH"):
        await shelves.do(StockDoing.PLACE, code=code, kind="store")
    parts = tuple([await shelves.part(stock=size.stock) for _ in range(size.rows)])
    tickets = [await open_story(database) for _ in range(size.tickets)]
    await sql.close()
    order = Order(
        url, str(tmp_path), parts, tuple(one.row.number for one in tickets), (), -(-size.reservations // size.clients)
    )
    began = time.monotonic()
    ended = await _under_faults(postgres, data, order, size, tickets)
    took = time.monotonic() - began
    await database.aclose()

    sql = await asyncpg.connect(url)
    try:
        answers = _answers(tmp_path)
        found = Counter((one["doing"], one["answer"]["standing"]) for one in answers)
        print(f"\n{took:.1f} s, {len(ended)} tickets ended; {dict(sorted(found.items()))}")  # noqa: T201
        assert sum(count for (doing, _), count in found.items() if doing == "reserve") >= size.reservations
        assert found["reserve", "reserved"] and found["reserve", "short"] and found["use", "used"]
        assert await sql.fetch("SELECT * FROM find_stock_breaks()") == []
        assert await sql.fetchval("SELECT count(*) FROM stock_balances WHERE quantity < 0 OR reserved > quantity") == 0
        await _nothing_lost_or_doubled(sql, answers)
        statuses = {
            row["number"]: row["status"] for row in await sql.fetch("SELECT number, status FROM service_tickets")
        }
        assert {statuses[number] for number in ended} == {"cancelled"}
        assert (
            await sql.fetchval(
                "SELECT count(*) FROM stock_reservations r JOIN service_tickets t ON t.id = r.ticket_id "
                "WHERE r.status = 'held' AND t.number = ANY ($1::text[])",
                ended,
            )
            == 0
        )
    finally:
        await sql.close()


async def _under_faults(postgres: Postgres, data: Path, order: Order, size: Size, tickets: list[Story]) -> list[str]:
    """Let the clients work while they and the database are struck; returns the tickets that were ended meanwhile."""
    dice = random.Random()
    each = size.clients // size.processes
    names = [tuple(f"client-{place}-{number}" for number in range(each)) for place in range(size.processes)]
    running = [_start(order, one) for one in names]
    strikes = [*["client"] * size.client_kills, *["database"] * size.database_kills, *["freeze"] * size.freezes]
    dice.shuffle(strikes)
    doomed, ended = tickets[: len(tickets) // 3], []
    marks = [(place + 1) / (len(strikes) + len(doomed) + 2) for place in range(len(strikes) + len(doomed))]
    events: list[Any] = [*strikes, *doomed]
    dice.shuffle(events)
    try:
        while any(one.poll() is None for one in running):
            if events and _progress(Path(order.folder)) >= marks[len(marks) - len(events)] * size.reservations:
                event = events.pop(0)
                if isinstance(event, Story):
                    await event.apply(event.tell(TicketEnded, status=TicketStatus.CANCELLED, reason="Scrapped"))
                    ended.append(event.row.number)
                elif event == "client":
                    place = dice.randrange(len(running))
                    if running[place].poll() is None:
                        running[place].kill()
                        running[place].wait()
                        running[place] = _start(order, names[place])
                else:
                    await _strike_database(event, postgres, data, dice)
            await asyncio.sleep(0.02)
        assert [one.returncode for one in running] == [0] * len(running)
        assert events == []
    finally:
        for one in running:
            if one.poll() is None:
                one.kill()
                one.wait()
    return ended


async def _strike_database(how: str, postgres: Postgres, data: Path, dice: random.Random) -> None:
    """Kill all of it and start it again, or freeze some of its processes for a moment."""
    marks = cluster.processes_in(data)
    if how == "database":
        for mark in marks:
            _send(mark.pid, signal.SIGKILL)
        await asyncio.to_thread(postgres.start)
        return
    frozen = dice.sample([one.pid for one in marks][1:], 3)
    for pid in frozen:
        _send(pid, signal.SIGSTOP)
    await asyncio.sleep(0.3)
    for pid in frozen:
        _send(pid, signal.SIGCONT)


def _start(order: Order, names: tuple[str, ...]) -> subprocess.Popen[bytes]:
    said = json.dumps(asdict(order) | {"names": names})
    return subprocess.Popen([sys.executable, "-m", "tests.migrations.stock_client", said])


def _send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _progress(folder: Path) -> int:
    """How many reservations were answered."""
    return sum(one.read_bytes().count(b'"doing": "reserve"') for one in folder.glob("*.journal")) // 2


def _answers(folder: Path) -> list[dict[str, Any]]:
    journals = [Journal(one) for one in folder.glob("*.journal")]
    assert all(one.open is None for one in journals)
    return [entry for one in journals for entry in one.answered]


async def _nothing_lost_or_doubled(sql: Any, answers: list[dict[str, Any]]) -> None:
    done = {one["event"]: one for one in answers if one["answer"]["standing"] not in {"short", "refused"}}
    kept = {
        str(row["id"]): json.loads(row["answer"])
        for row in await sql.fetch("SELECT id, answer FROM stock_events WHERE actor_code LIKE 'client-%'")
    }
    assert kept == {event: one["answer"] for event, one in done.items()}
    reserved = dict(await sql.fetch("SELECT event_id::text, sum(quantity) FROM stock_reservations GROUP BY event_id"))
    moved = dict(
        await sql.fetch(
            "SELECT event_id::text, sum(quantity) FROM stock_movements WHERE event_id IS NOT NULL GROUP BY event_id"
        )
    )
    for event, one in done.items():
        if one["doing"] == "reserve":
            assert reserved[event] == one["said"]["quantity"]
        elif one["doing"] in {"use", "receive", "send"}:
            assert moved[event] == one["said"]["quantity"]
