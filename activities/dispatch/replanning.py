"""Replanning by itself: whether the plan is overtaken, a new one, and its application where a setting says so."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from temporalio import activity
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.service import RPCError, RPCStatusCode

from activities.dispatch.explaining import explained
from activities.dispatch.keeping import as_kept
from activities.dispatch.moving import moves_of
from activities.dispatch.planning import Planned, make_plan
from activities.dispatch.reading import Asked, Read, problem_of
from activities.dispatch.records import DispatchRecord
from activities.dispatch.standing import Applied, Standing, command_of
from models.contracts.base import Actor
from models.contracts.commands import CommandResult, EngineerRef
from models.contracts.dispatch import MakePlan, Replan, Replanned, WhyReplan
from models.dispatch.plan import Move, Outcome
from models.dispatch.relaxing import Relaxation
from models.freezing import frozen_calendar
from models.settings import Settings
from models.sql_functions import SqlFunction
from models.vocabulary.dispatch import DispatchMode
from models.vocabulary.people import Role

if TYPE_CHECKING:  # workflows import this module for its signatures and must not reach SQLAlchemy
    from models.database import Database

MOST_REASONS = 20
ANSWER_WITHIN = timedelta(seconds=20)
"""For a ticket to take a command."""

PLANNER = Actor(code="fieldcare", role=Role.COORDINATOR)
"""As whom plans are made and applied by themselves."""

Json = dict[str, Any]


class DispatchActivities:
    """
    Args:
        settings: whether plans are made by themselves, of what horizon, and whether they are applied.
    """

    def __init__(self, client: Client, database: Database, settings: Settings) -> None:
        self._client, self._database, self._settings = client, database, settings

    @property
    def served(self) -> Sequence[Callable[..., Any]]:
        """What a worker of the tickets' queue takes of this."""
        return (self.look, self.make, self.apply)

    @activity.defn(name="look_for_replan")
    async def look(self, replan: Replan) -> WhyReplan:
        """What asks for a new plan now."""
        mode = self._settings.dispatch
        if mode is DispatchMode.OFF:
            return WhyReplan()
        apply_it = mode is DispatchMode.APPLY
        if replan.because:
            return WhyReplan(reasons=(replan.because,), apply_it=apply_it)
        now = datetime.now(UTC)
        plan = await self._plan(None)
        if plan is None:
            return WhyReplan(reasons=("there is no plan yet",), apply_it=apply_it)
        if datetime.fromisoformat(plan["made_at"]) <= now - self._settings.dispatch_every:
            return WhyReplan(reasons=("the plan before has had its time",), apply_it=apply_it)
        record, read = await self._read(now)
        reasons = tuple(Standing(record, read).reasons(plan, now))
        return WhyReplan(reasons=reasons[:MOST_REASONS], apply_it=apply_it)

    @activity.defn(name="make_dispatch_plan")
    async def make(self, wanted: MakePlan) -> Replanned:
        """Make a plan from the record and keep it. Tried again, one that is kept stands."""
        _, read = await self._read(datetime.now(UTC))
        making = asyncio.ensure_future(asyncio.to_thread(self._made, read))
        while not making.done():
            activity.heartbeat()
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(making), 5)
        planned, why, moves = making.result()
        document = as_kept(wanted.plan_id, read, planned, why, moves, by=PLANNER.code, because=wanted.because)
        await self._database.call(SqlFunction.RECORD_DISPATCH_PLAN, json.dumps(document))
        return Replanned(
            plan_id=wanted.plan_id,
            because=wanted.because,
            planned=len({stop.visit for _, stop in planned.plan.stops()}),
            left_out=len(planned.plan.left_out),
            moved=len(moves),
        )

    @activity.defn(name="apply_dispatch_plan")
    async def apply(self, done: Replanned) -> Replanned:
        """Apply the plan that was made. Tried again it sends the same commands, which tickets answer as before."""
        plan = await self._plan(done.plan_id)
        if plan is None:
            return done
        standing = Standing(*await self._read(datetime.now(UTC)))
        found: list[Applied] = []
        for visit in plan["visits"]:
            if visit["engineer"] is not None:
                activity.heartbeat(visit["number"])
                found.append(standing.settled(visit) or await self._send(plan["id"], visit))
        outcomes = json.dumps([one.as_outcome() for one in found])
        await self._database.call(SqlFunction.RECORD_DISPATCH_OUTCOME, done.plan_id, PLANNER.code, outcomes)
        skipped = sum(one.outcome is Outcome.SKIPPED for one in found)
        return done.model_copy(update={"applied": len(found) - skipped, "skipped": skipped})

    async def _send(self, plan_id: str, visit: Json) -> Applied:
        command = command_of(plan_id, visit, PLANNER)
        rows = await self._database.rows(SqlFunction.FIND_ENGINEER, command.engineer_code)
        if rows:
            command = command.model_copy(update={"engineer": EngineerRef.model_validate(rows[0])})
        handle = self._client.get_workflow_handle(visit["workflow_id"])
        try:
            answer: CommandResult = await handle.execute_update(
                command.update, command, id=command.delivery_id, result_type=CommandResult, rpc_timeout=ANSWER_WITHIN
            )
        except WorkflowUpdateFailedError as refused:
            return Applied.of(visit, Outcome.SKIPPED, str(refused.cause)[:500])
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return Applied.of(visit, Outcome.SKIPPED, "its ticket has ended")
            raise
        return Applied.of(visit, Outcome.APPLIED, answer.message)

    def _made(self, read: Read) -> tuple[Planned, list[Relaxation], list[Move]]:
        planned = make_plan(read.problem, None, self._settings.dispatch_seconds)
        return planned, explained(planned), moves_of(planned)

    async def _read(self, now: datetime) -> tuple[DispatchRecord, Read]:
        until = now + self._settings.dispatch_horizon
        document = await self._database.call(SqlFunction.DISPATCH_PROBLEM, now, until)
        record = DispatchRecord.model_validate_json(document)
        return record, problem_of(record, Asked(now, until), frozen_calendar)

    async def _plan(self, plan_id: UUID | None) -> Json | None:
        document = await self._database.call(SqlFunction.GET_DISPATCH_PLAN, plan_id)
        found: Json | None = None if document is None else json.loads(document)
        return found
