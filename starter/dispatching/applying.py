"""A plan becomes true by commands to its tickets, each at most once; what has changed since is left alone, and said."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from activities.dispatch.reading import Asked, Read, problem_of
from activities.dispatch.records import DispatchRecord, VisitRow
from models.access import Action
from models.contracts.base import Actor
from models.contracts.commands import AssignEngineer
from models.database_calls import Calls
from models.dispatch.plan import Outcome
from models.freezing import frozen_calendar
from models.sql_functions import SqlFunction
from models.vocabulary.people import Role
from starter import acting
from starter.accounts.gate import check
from starter.answers import CommandRefused
from starter.dispatching.planning import read_plan, read_record
from starter.failures import BadInput, Failure, UnknownTicket
from starter.services import Connection

AT_ONCE = 8
"""Commands that are on their way at the same time; each goes to another ticket."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of one visit of a plan."""

    key: str
    transition_id: UUID
    engineer: str
    outcome: Outcome
    says: str = ""


async def apply(
    connection: Connection, plan_id: UUID | None, *, by: str, now: datetime | None = None
) -> tuple[UUID, list[Applied]]:
    """Assign the engineers of a plan at its tickets; returns what became of each visit.

    Applied again it does what is left to do, and nothing twice: a command's id is that of the plan and the visit.

    Args:
        plan_id: None: of the newest plan.

    Raises:
        NotAllowed: whoever asks may not assign engineers.
        BadInput: there is no such plan, or its time is over.
        Failure: a ticket did not answer; what was done until then is on record.
    """
    database = connection.database
    plan = await read_plan(database, plan_id)
    check(database, Action.DISPATCH)
    at = now or datetime.now(UTC)
    until = datetime.fromisoformat(plan["until_at"])
    if until <= at:
        raise BadInput(f"The time of the plan {plan['id']} is over. Make a new one.")
    record = await read_record(database, at, until + timedelta(seconds=1))
    standing = Standing(record, problem_of(record, Asked(at, until + timedelta(seconds=1)), frozen_calendar))
    lock = asyncio.Semaphore(AT_ONCE)
    failures: list[Failure] = []

    async def one(visit: Mapping[str, Any]) -> Applied | None:
        async with lock:
            if failures:
                return None
            try:
                return await _apply(connection, standing, plan["id"], visit, by)
            except Failure as failure:
                failures.append(failure)
                return None

    found = await asyncio.gather(*(one(each) for each in _placed(plan)))
    done = [each for each in found if each is not None]
    await _keep(database, plan["id"], by, done)
    if failures:
        raise failures[0]
    return UUID(plan["id"]), done


def _placed(plan: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return (one for one in plan["visits"] if one["engineer"] is not None)


async def _keep(database: Calls, plan_id: str, by: str, done: Iterable[Applied]) -> None:
    who = by if database.principal is None else database.principal.code
    outcomes = [
        {
            "transition_id": str(one.transition_id),
            "engineer": one.engineer,
            "outcome": one.outcome.value,
            "reason": one.says,
        }
        for one in done
    ]
    await database.call(SqlFunction.RECORD_DISPATCH_OUTCOME, UUID(plan_id), who, json.dumps(outcomes))


class Standing:
    """How things stand when a plan is applied: what it was made from may have changed."""

    def __init__(self, record: DispatchRecord, read: Read) -> None:
        self._rows = {one.transition_id: one for one in record.visits}
        self._read = read
        self._engineers = {one.code: one for one in read.problem.engineers}

    def changed(self, visit: Mapping[str, Any]) -> str | None:
        """Why the visit is left alone; None: it is as the plan has it."""
        row: VisitRow | None = self._rows.get(UUID(visit["transition_id"]))
        if row is None:
            return "it is not open any more, on hold, or waits for something else now"
        if row.under_way is not None:
            return f"{row.engineer or 'somebody'} is on the way or there already"
        if row.engineer not in (visit["present_engineer"], visit["engineer"]):
            return f"it was given to {row.engineer} since" if row.engineer else "it was taken from its engineer since"
        return self._not_on_duty(visit)

    def has(self, visit: Mapping[str, Any]) -> bool:
        """Whether the planned engineer has it already."""
        return self._rows[UUID(visit["transition_id"])].engineer == str(visit["engineer"])

    def crew(self, visit: Mapping[str, Any]) -> int:
        return self._rows[UUID(visit["transition_id"])].crew

    def _not_on_duty(self, visit: Mapping[str, Any]) -> str | None:
        engineer = self._engineers.get(visit["engineer"])
        if engineer is None:
            return f"{visit['engineer']} is not in use any more"
        problem = self._read.problem
        start, end = (problem.second(datetime.fromisoformat(visit[one])) for one in ("starts_at", "ends_at"))
        if end <= 0:
            return "its time has passed"
        on_duty = any(one.span.start <= max(start, 0) and end <= one.span.end for one in engineer.duties)
        return None if on_duty else f"{engineer.code} is not on duty then any more"


async def _apply(
    connection: Connection, standing: Standing, plan_id: str, visit: Mapping[str, Any], by: str
) -> Applied:
    key = f"{visit['number']}:{visit['stage_key']}"
    transition = UUID(visit["transition_id"])

    def became(outcome: Outcome, says: str = "") -> Applied:
        return Applied(key, transition, visit["engineer"], outcome, says)

    if (changed := standing.changed(visit)) is not None:
        return became(Outcome.SKIPPED, changed)
    if standing.has(visit):
        # Sent by this plan before, or theirs all the time.
        return became(Outcome.KEPT if visit["outcome"] != Outcome.APPLIED else Outcome.APPLIED)
    if standing.crew(visit) > 1:
        return became(Outcome.SKIPPED, "it takes two engineers: assign them by hand")
    command = AssignEngineer(
        command_id=f"dispatch:{plan_id}:{transition}",
        actor=Actor(code=by, role=Role.COORDINATOR),
        engineer_code=visit["engineer"],
        stage=visit["stage_key"],
        note=f"Plan of visits {plan_id}" + (f": {visit['reason']}" if visit["reason"] else ""),
    )
    try:
        result = await acting.act(connection, visit["number"], command)
    except (CommandRefused, UnknownTicket) as refused:
        return became(Outcome.SKIPPED, refused.sentence)
    return became(Outcome.APPLIED, result.message)
