"""A model that was trained here: a running worker answers the next question by it, without a restart."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
from temporalio.testing import TimeSkipper

from activities.ai.local.model import shipped_model
from starter.embedded.stack import Stack
from tests.clusters import TEMPLATE
from tests.databases import as_role, make_database
from tests.diagnosing import asking, diagnosis, reported
from tests.factories import T0
from tests.field import Field, Ticket

pytestmark = pytest.mark.asyncio(loop_scope="session")

SAID = "It sings like a kettle"
CAUSE = "Leak in the breathing circuit or its connections"


class Desk:
    """A worker, and whoever puts models into force."""

    def __init__(self, field: Field, sql: asyncpg.Connection) -> None:
        self.field, self.sql = field, sql

    async def put(self, parameters: dict[str, Any]) -> None:
        model = {
            "trained_at": T0.isoformat(), "trained_by_code": "operator-7", "cases": 200, "knowledge_hash": "a" * 64,
            "parameters": parameters, "report": {},
        }  # fmt: skip
        now = await self._in_force()
        assert await self.sql.fetchval("SELECT put_local_model($1, $2)", json.dumps(model), now) is not None

    async def back(self) -> None:
        assert await self.sql.fetchval("SELECT put_back_local_model($1, 'operator-7')", await self._in_force())

    async def _in_force(self) -> UUID | None:
        found: UUID | None = await self.sql.fetchval("SELECT id FROM ai_local_models WHERE in_force")
        return found

    async def recorded(self, ticket: Ticket) -> str | None:
        """Under which name the answer, or what there was instead of one, is on record."""
        await ticket.stored()
        found: str | None = await self.sql.fetchval(
            "SELECT c.request_id FROM ai_conversations AS c JOIN service_tickets AS t ON t.id = c.ticket_id "
            "WHERE t.workflow_id = $1 AND c.role = 'assistant'",
            ticket.id,
        )
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(stack: Stack, postgres_url: str, skipper: TimeSkipper) -> AsyncIterator[Desk]:
    owner = await make_database(stack.addresses.database_url, f"trained_{uuid4().hex}", TEMPLATE)
    sql = await asyncpg.connect(owner)
    async with asking(skipper, as_role(owner, stack.addresses.workers_url), {}) as field:
        yield Desk(field, sql)
    await sql.close()


async def test_the_next_question_is_answered_by_the_model_in_force(desk: Desk) -> None:
    strange = await reported(desk.field, SAID)
    assert "abstained → nobody" in await strange.advised()
    assert await desk.recorded(strange) is None

    trained = shipped_model().model_copy(update={"words": {"vent-circuit-leak": {"kettl": 3.0, "sing": 3.0}}})
    await desk.put(trained.model_dump(mode="json"))
    for _ in range(2):  # the second time its parameters are here already
        known = await reported(desk.field, SAID)
        assert (await diagnosis(known))["root_cause"] == CAUSE
        assert await desk.recorded(known) == "local model 1"

    await desk.back()
    strange = await reported(desk.field, SAID)
    assert "abstained → nobody" in await strange.advised()


async def test_parameters_are_sent_once_to_a_worker_that_has_them(desk: Desk) -> None:
    await desk.put(shipped_model().model_dump(mode="json"))
    call = {"session_id": str(uuid4()), "attempt": 1, "provider": "local", "task": "diagnosis", "vision": False,
            "input_tokens": 1, "output_tokens": 1}  # fmt: skip
    first = json.loads(await desk.sql.fetchval("SELECT begin_ai_call($1)", json.dumps(call)))["local_model"]
    assert first["parameters"]["temperature"] == shipped_model().temperature
    again = {**call, "local_model": first["id"]}
    held = json.loads(await desk.sql.fetchval("SELECT begin_ai_call($1)", json.dumps(again)))["local_model"]
    assert (held["id"], held["version"], held["parameters"]) == (first["id"], first["version"], None)
    openai = {**call, "provider": "openai", "session_id": str(uuid4())}
    assert json.loads(await desk.sql.fetchval("SELECT begin_ai_call($1)", json.dumps(openai)))["local_model"] is None
    await desk.back()


async def test_a_model_that_this_release_can_t_read_costs_no_answer(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    await desk.put({"invented_later": 1})
    with caplog.at_level(logging.ERROR):
        ticket = await reported(desk.field)
        assert (await diagnosis(ticket))["root_cause"] == CAUSE
    assert await desk.recorded(ticket) == "shipped local model"
    assert "can't be used, the shipped one is" in caplog.text
    await desk.back()
