"""`fieldcare ai train` on a real database: what is read, what is put into force, and for whom."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest_asyncio

from activities.ai.local.model import shipped_model
from bench.lessons import lesson
from models.database import Database
from models.sql_functions import SqlFunction
from starter.cli.terminal.failing import EXIT_CODES
from starter.embedded.stack import Stack
from starter.failures import Failure
from starter.training.models import InForce, put_into_force
from tests.clusters import TEMPLATE
from tests.databases import as_role, make_database
from tests.factories import HOUR, T0
from tests.lessons import FAULTS, lessons, mixed_up, store
from tests.starter.terminal import Environment, answer, clean_environment, fieldcare

COUNT = 200
TRAIN = ("ai", "train", "--by", "operator-7")


class Installation:
    """A database with verified tickets, and its owner at a terminal."""

    def __init__(self, url: str, worker_url: str, sql: asyncpg.Connection) -> None:
        self.sql = sql
        self.owner: Environment = {**clean_environment(), "FIELDCARE_DATABASE_URL": url}
        self.worker: Environment = {**clean_environment(), "FIELDCARE_DATABASE_URL": worker_url}
        self.database = Database(url)

    async def begins_anew(self, rows: list[dict[str, Any]]) -> None:
        await self.sql.execute(
            "DELETE FROM ai_local_models; ALTER TABLE service_tickets DISABLE TRIGGER USER; DELETE FROM ticket_search; "
            "DELETE FROM service_tickets; ALTER TABLE service_tickets ENABLE TRIGGER USER"
        )
        await store(self.sql, rows)

    async def versions(self) -> list[tuple[int, bool]]:
        rows = await self.sql.fetch("SELECT version, in_force FROM ai_local_models ORDER BY version")
        return [tuple(row) for row in rows]

    async def put(self, replaces: Any = None) -> int:
        """What a training does at its end."""
        model = {
            "trained_at": T0.isoformat(), "trained_by_code": "x", "cases": 1, "knowledge_hash": "a" * 64,
            "parameters": {}, "report": {},
        }  # fmt: skip
        return await put_into_force(self.database, model, InForce(shipped_model(), replaces))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(stack: Stack, postgres_url: str) -> AsyncIterator[Installation]:
    url = await make_database(stack.addresses.database_url, f"train_{uuid4().hex}", TEMPLATE)
    sql = await asyncpg.connect(url)
    installation = Installation(url, as_role(url, stack.addresses.workers_url), sql)
    yield installation
    await installation.database.aclose()
    await sql.close()


@pytest_asyncio.fixture(loop_scope="session")
async def learnt(place: Installation) -> Installation:
    """With tickets that there is something to learn from, and the shipped model in force."""
    await place.begins_anew(lessons(COUNT))
    return place


async def test_a_better_model_is_put_into_force_and_history_is_kept(learnt: Installation) -> None:
    found = answer(learnt.owner, *TRAIN)
    assert (found["kept"], found["version"], found["compared_with"]) == (False, 1, None)
    assert found["tickets"] == {
        "counted": 120, "tuned": 40, "held_back": 40,
        "left_out": {"unknown_codes": {}, "unknown_types": {}, "unreadable": 0},
    }  # fmt: skip
    assert found["after"]["accuracy"] > found["before"]["accuracy"]
    assert found["after"]["brier"] < found["before"]["brier"]
    row = await learnt.sql.fetchrow("SELECT * FROM ai_local_models")
    assert (row["trained_by_code"], row["cases"], row["in_force"]) == ("operator-7", 160, True)
    assert json.loads(row["report"])["after"] == found["after"]
    entry = await learnt.sql.fetchrow("SELECT * FROM audit_events WHERE subject_table = 'ai_local_models'")
    assert (entry["actor_code"], entry["action"]) == ("operator-7", "row_inserted")

    again = answer(learnt.owner, *TRAIN)
    assert (again["kept"], again["version"], again["compared_with"]) == (True, None, 1)
    assert "not better" in again["because"]
    assert await learnt.versions() == [(1, True)]

    assert answer(learnt.owner, *TRAIN, "--back") == {"left": 1, "version": None}
    assert await learnt.versions() == [(1, False)]
    none = fieldcare(learnt.owner, *TRAIN, "--back")
    assert none.returncode == 1
    assert "No trained model is in force" in none.stderr
    said = fieldcare(learnt.owner, *TRAIN).stdout
    assert "120 counted, 40 to tune to, 40 held back" in said
    assert "The new model is better on the held-back tickets: log loss" in said
    assert "Model 2 is in force, in place of the shipped model" in said
    assert any(line.startswith("Brier score") for line in said.splitlines())


async def test_a_worse_model_stays_out_and_that_is_no_error(place: Installation) -> None:
    await place.begins_anew(mixed_up(lessons(COUNT)))
    done = fieldcare(place.owner, *TRAIN)
    assert done.returncode == 0
    assert "Nothing is changed: the shipped model stays in force." in done.stdout
    assert await place.versions() == []


async def test_too_few_tickets_are_told_with_what_to_do(place: Installation) -> None:
    await place.begins_anew(lessons(60))
    few = fieldcare(place.owner, *TRAIN)
    assert few.returncode == 2
    assert "There are 60 verified tickets, and training needs 200: at sign-off" in few.stderr
    assert fieldcare(place.owner, *TRAIN, "--minimum", "60", "--since", "2030-01-01").returncode == 2
    assert fieldcare(place.owner, *TRAIN, "--minimum", "10").returncode == 2


async def test_codes_outside_the_vocabulary_are_named_and_left_out(place: Installation) -> None:
    cause = FAULTS["vent-battery"].cause
    await place.begins_anew([*lessons(60), *(lesson("battery", cause, code) for code in ("Z99", "Z99", "OLD-7"))])
    dry = fieldcare(place.owner, *TRAIN, "--minimum", "60", "--dry-run")
    assert dry.returncode == 0
    assert "Left out: 3 tickets with a problem code outside the vocabulary: OLD-7 (1), Z99 (2)." in dry.stderr
    assert "39 counted, 12 to tune to, 9 held back" in dry.stdout
    few = fieldcare(place.owner, *TRAIN, "--minimum", "61")
    assert few.returncode == 2
    assert "There are 60 verified tickets (3 more can't be used" in few.stderr
    assert await place.versions() == []


async def test_tickets_of_one_moment_are_on_one_side(place: Installation) -> None:
    await place.begins_anew(lessons(100))
    split = "SELECT * FROM verified_split('2000-01-01', 5000)"
    before = await place.sql.fetchrow(split)
    parts = "SELECT count(*) FROM service_tickets WHERE verified_at >= $1"
    assert await place.sql.fetchval(parts, before["held_from"]) == 20
    moment = before["held_from"]
    await place.sql.execute(
        "UPDATE service_tickets SET verified_at = $1 WHERE verified_at < $1 AND verified_at > $1 - interval '5 hours'",
        moment,
    )
    after = await place.sql.fetchrow(split)
    assert after["held_from"] == moment
    assert await place.sql.fetchval(parts, after["held_from"]) == 24
    await place.sql.execute("UPDATE service_tickets SET verified_at = '2030-01-01'")
    told = fieldcare(place.owner, *TRAIN, "--minimum", "50")
    assert told.returncode == 2
    assert "can't be divided in time" in told.stderr


async def test_a_case_is_as_it_was_when_the_ticket_was_opened(place: Installation) -> None:
    """No ticket that closed later is a precedent, nor the ticket itself, nor one that was verified later."""
    same = [lesson("sings like a kettle", FAULTS["vent-circuit-leak"].cause, None) for _ in range(30)]
    await place.begins_anew(same)
    await place.sql.execute(
        "UPDATE service_tickets SET verified_at = verified_at + interval '10 years' WHERE opened_at = $1", T0 + 3 * HOUR
    )
    rows = await place.database.rows(
        SqlFunction.VERIFIED_TICKETS, T0, T0 + timedelta(days=10_000), None, None, 100, True
    )
    assert len(rows) == 30
    tickets = {
        row["number"]: row for row in await place.sql.fetch("SELECT number, opened_at, closed_at FROM service_tickets")
    }
    opened = {row["id"]: row["opened_at"] for row in await place.sql.fetch("SELECT id, opened_at FROM service_tickets")}
    found = 0
    for row in rows:
        at = opened[row["ticket_id"]]
        whole = json.loads(row["whole_case"]) if isinstance(row["whole_case"], str) else row["whole_case"]
        assert whole["parts"] == []
        for one in whole["similar_tickets"]:
            found += 1
            assert tickets[one["number"]]["closed_at"] < at
            assert tickets[one["number"]]["opened_at"] != T0 + 3 * HOUR
        for past in whole["history"]:
            assert tickets[past["number"]]["opened_at"] < at
    assert found > 100
    today = json.loads(
        await place.sql.fetchval("SELECT diagnosis_case(id) FROM service_tickets ORDER BY opened_at LIMIT 1")
    )
    assert today["similar_tickets"]  # what the engine would see now is another thing


async def test_of_two_trainings_one_wins_and_the_other_is_told(place: Installation) -> None:
    learnt = place
    await learnt.begins_anew([])
    came_through = await asyncio.gather(learnt.put(), learnt.put(), return_exceptions=True)
    assert 1 in came_through
    [late] = [one for one in came_through if isinstance(one, Failure)]
    assert "Another training, or a way back, came first" in str(late)
    assert EXIT_CODES[late.code] == 1
    first = await learnt.sql.fetchval("SELECT id FROM ai_local_models")
    assert await learnt.put(replaces=first) == 2
    assert await learnt.versions() == [(1, False), (2, True)]
    assert await learnt.database.call(SqlFunction.PUT_BACK_LOCAL_MODEL, first, "x") is False
    assert await learnt.versions() == [(1, False), (2, True)]


async def test_workers_may_try_and_only_the_owner_may_store(learnt: Installation) -> None:
    assert "it would take the place of the shipped model" in fieldcare(learnt.worker, *TRAIN, "--dry-run").stdout
    assert await learnt.versions() == []
    assert await learnt.put() == 1
    for what in ((), ("--back",)):
        refused = fieldcare(learnt.worker, *TRAIN, *what)
        assert refused.returncode == 3
        assert "FIELDCARE_ADMIN_DATABASE_URL" in refused.stderr
    nowhere = {**learnt.owner, "FIELDCARE_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    assert fieldcare(nowhere, *TRAIN).returncode == 3


async def test_a_knowledge_base_edited_since_is_told(place: Installation) -> None:
    await place.begins_anew(lessons(60))
    assert await place.put() == 1
    found = answer(place.owner, *TRAIN, "--dry-run", "--minimum", "60")
    assert (found["knowledge_changed"], found["compared_with"]) == (True, 1)
