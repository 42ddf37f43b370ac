"""Plans of visits by themselves: made when the one before is overtaken, applied where that is wanted."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from temporalio.testing import TimeSkipper

from activities.dispatch import replanning
from activities.dispatch.planning import make_plan
from models.contracts.dispatch import Replan, Replanned
from models.database import Database
from models.dispatch.plan import Engine
from models.identity import DISPATCH_WORKFLOW
from models.settings import Settings
from models.sql_functions import SqlFunction
from models.vocabulary.stages import StageOutcome
from models.vocabulary.tickets import Priority
from starter.embedded.stack import Stack
from tests.databases import as_role
from tests.factories import assign, complete
from tests.field import Field, Ticket
from worker import build_worker
from workflows.dispatch import DispatchWorkflow
from workflows.runner import replayer

REPAIR = "onsite_repair"


@asynccontextmanager
async def house(skipper: TimeSkipper, stack: Stack, owner_url: str, mode: str) -> AsyncIterator[Field]:
    """A service that makes plans by itself, over two days, so that somebody is on duty whenever it is asked."""
    database, owner = Database(as_role(owner_url, stack.addresses.workers_url)), Database(owner_url)
    queue = f"dispatch-{uuid4().hex[:8]}"
    settings = Settings.model_validate({"dispatch": mode, "dispatch_horizon": "5d", "dispatch_seconds": 0.5})
    try:
        async with build_worker(skipper.client, database, settings, queue):
            yield Field(skipper, database, queue, owner)
    finally:
        await database.aclose()
        await owner.aclose()


@pytest.fixture(autouse=True)
def plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Solvers have tests of their own."""
    monkeypatch.setattr(replanning, "make_plan", lambda problem, _, seconds: make_plan(problem, Engine.GREEDY, seconds))


async def replanned(field: Field, because: str = "") -> Replanned:
    """What a run does."""
    name = f"replan-{uuid4().hex[:8]}"
    found: Replanned = await field.client.execute_workflow(
        DISPATCH_WORKFLOW, Replan(because=because), id=name, task_queue=field.task_queue, result_type=Replanned
    )
    history = await field.client.get_workflow_handle(name).fetch_history()
    await replayer(field.client.data_converter, [DispatchWorkflow]).replay_workflow(history)
    return found


async def on_site(field: Field, priority: Priority = Priority.P2) -> Ticket:
    opened = await field.report(key=f"test-{uuid4().hex[:12]}", priority=priority)
    ticket = Ticket(field, opened.ticket.workflow_id, opened.ticket.number)
    for stage in ("remote_diagnosis", "parts_identification"):
        await ticket.do(assign("ENG-004", stage=stage))
    await ticket.do(complete("remote_diagnosis", by="ENG-004"))
    await ticket.do(complete("parts_identification", by="ENG-004", outcome=StageOutcome.NO_PARTS_NEEDED))
    await ticket.stored()
    return ticket


async def plan(field: Field, plan_id: UUID | None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await field.database.call(SqlFunction.GET_DISPATCH_PLAN, plan_id))
    return found


async def test_without_the_setting_nothing_is_planned(skipper: TimeSkipper, stack: Stack, database_url: str) -> None:
    async with house(skipper, stack, database_url, "off") as field:
        assert await replanned(field, "somebody asks") == Replanned()


async def test_a_plan_is_proposed_when_the_one_before_is_overtaken(
    skipper: TimeSkipper, stack: Stack, database_url: str
) -> None:
    async with house(skipper, stack, database_url, "propose") as field:
        first = await on_site(field)
        made = await replanned(field)
        assert made.because == "there is no plan yet"
        assert (made.planned, made.applied) == (1, 0)
        (visit,) = (await plan(field, made.plan_id))["visits"]
        assert visit["number"] == first.number
        assert await replanned(field) == Replanned(), "nothing has happened"

        emergency = await on_site(field, Priority.P1)
        urgent = await replanned(field)
        assert urgent.because == f"{emergency.number}:{REPAIR} is an emergency that the plan does not know"
        assert await replanned(field) == Replanned()

        (planned,) = [one for one in (await plan(field, None))["visits"] if one["number"] == first.number]
        async with field.owner.session() as session:
            connection = await session.connection()
            await connection.execute(
                text(
                    "INSERT INTO engineer_absences (engineer_id, starts_at, ends_at, reason) "
                    "SELECT id, :starts, :ends, 'sick' FROM engineers WHERE code = :code"
                ),
                {
                    "code": planned["engineer"],
                    "starts": datetime.now(UTC) - timedelta(days=1),
                    "ends": datetime.now(UTC) + timedelta(days=6),
                },
            )
            await session.commit()
        ill = await replanned(field)
        assert f"{planned['engineer']} is not on duty then any more" in ill.because
        again = await plan(field, None)
        assert planned["engineer"] not in {one["engineer"] for one in again["visits"]}
        assert again["because"] == ill.because


async def test_a_plan_is_applied_where_that_is_wanted(skipper: TimeSkipper, stack: Stack, database_url: str) -> None:
    async with house(skipper, stack, database_url, "apply") as field:
        ticket = await on_site(field)
        made = await replanned(field)
        assert (made.planned, made.applied, made.skipped) == (1, 1, 0)
        (visit,) = (await plan(field, made.plan_id))["visits"]
        assert visit["outcome"] == "applied"
        (fact,) = [one for one in await ticket.audit() if one["action"] == "engineer_assigned"][-1:]
        assert (fact["actor_code"], fact["actor_role"]) == ("fieldcare", "coordinator")
        status = await ticket.status()
        (stage,) = [one for one in status.stages if one.key == REPAIR]
        assert stage.engineer == visit["engineer"]
