"""A plan becomes true by commands to its tickets, each at most once; what has changed since is left alone, and said."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from activities.dispatch.reading import Asked, problem_of
from activities.dispatch.standing import Applied, Standing, command_of
from models.access import Action
from models.contracts.base import Actor
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
    outcomes = json.dumps([one.as_outcome() for one in done])
    await database.call(SqlFunction.RECORD_DISPATCH_OUTCOME, UUID(plan_id), who, outcomes)


async def _apply(
    connection: Connection, standing: Standing, plan_id: str, visit: Mapping[str, Any], by: str
) -> Applied:
    if (settled := standing.settled(visit)) is not None:
        return settled
    command = command_of(plan_id, visit, Actor(code=by, role=Role.COORDINATOR))
    try:
        result = await acting.act(connection, visit["number"], command)
    except (CommandRefused, UnknownTicket) as refused:
        return Applied.of(visit, Outcome.SKIPPED, refused.sentence)
    return Applied.of(visit, Outcome.APPLIED, result.message)
