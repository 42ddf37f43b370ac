"""A plan of the visits that are open, made from the record and kept there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from activities.dispatch.explaining import explained
from activities.dispatch.keeping import as_kept
from activities.dispatch.moving import moves_of
from activities.dispatch.planning import Planned, make_plan
from activities.dispatch.reading import Asked, Pin, Read, problem_of
from activities.dispatch.records import DispatchRecord
from models.access import Action
from models.database_calls import Calls
from models.dispatch.plan import Engine, Move
from models.dispatch.relaxing import Relaxation
from models.freezing import frozen_calendar
from models.sql_functions import SqlFunction
from starter.accounts.gate import check
from starter.failures import BadInput

LONGEST_HORIZON = timedelta(days=14)
LONGEST_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What plan somebody wants.

    Attributes:
        engine: None: the best that is installed.
        seconds: that solvers may use.
        pins: by a ticket's number or a visit's key, as it was typed.
    """

    start: datetime
    horizon: timedelta
    engine: Engine | None = None
    seconds: float = 10.0
    pins: Mapping[str, Pin] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan that is on record, with what it was made from.

    Attributes:
        why: of the visits that are left out.
    """

    plan_id: UUID
    read: Read
    planned: Planned
    why: Sequence[Relaxation]
    moves: Sequence[Move]
    zones: Mapping[str, str]
    """By engineer, in which zone they work."""


async def propose(database: Calls, wanted: Wanted, *, by: str, because: str = "") -> Proposal:
    """Make a plan and keep it. Nothing is changed at any ticket.

    Raises:
        NotAllowed: whoever asks may not plan visits.
        BadInput: the horizon is too long, a pin names no visit or no engineer.
    """
    check(database, Action.DISPATCH)
    if not timedelta(0) < wanted.horizon <= LONGEST_HORIZON:
        raise BadInput(f"A plan looks at most {LONGEST_HORIZON.days} days ahead.")
    record = await read_record(database, wanted.start, wanted.start + wanted.horizon)
    asked = Asked(wanted.start, wanted.start + wanted.horizon, pins=_pins(record, wanted.pins))
    read = problem_of(record, asked, frozen_calendar)
    planned, why, moves = await asyncio.to_thread(_made, read, wanted)
    who = by if database.principal is None else database.principal.code
    plan_id = uuid4()
    document = as_kept(plan_id, read, planned, why, moves, by=who, because=because)
    await database.call(SqlFunction.RECORD_DISPATCH_PLAN, json.dumps(document))
    zones = {one.code: one.time_zone for one in record.engineers}
    return Proposal(plan_id, read, planned, why, moves, zones)


def _made(read: Read, wanted: Wanted) -> tuple[Planned, list[Relaxation], list[Move]]:
    planned = make_plan(read.problem, wanted.engine, wanted.seconds)
    return planned, explained(planned), moves_of(planned)


async def read_record(database: Calls, start: datetime, until: datetime) -> DispatchRecord:
    """What a plan of that time is made from."""
    return DispatchRecord.model_validate_json(await database.call(SqlFunction.DISPATCH_PROBLEM, start, until))


async def read_plan(database: Calls, plan_id: UUID | None) -> dict[str, Any]:
    """A plan that is on record; None: the newest.

    Raises:
        BadInput: there is none.
    """
    check(database, Action.DISPATCH)
    document = await database.call(SqlFunction.GET_DISPATCH_PLAN, plan_id)
    if document is None:
        raise BadInput("There is no plan yet." if plan_id is None else f"There is no plan {plan_id}.")
    found: dict[str, Any] = json.loads(document)
    return found


def _pins(record: DispatchRecord, typed: Mapping[str, Pin]) -> dict[str, Pin]:
    """The pins by the visits' keys, with the engineers' codes as the registry writes them."""
    codes = {one.code.casefold(): one.code for one in record.engineers}
    found: dict[str, Pin] = {}
    for name, pin in typed.items():
        keys = [one.key for one in record.visits if name.casefold() in (one.key.casefold(), one.number.casefold())]
        if not keys:
            raise BadInput(f"{name} has no open visit on site that could be planned.")
        if len(keys) > 1:
            raise BadInput(f"{name} has several visits: say which, {' or '.join(keys)}.")
        if pin.engineer.casefold() not in codes:
            raise BadInput(f"There is no active engineer {pin.engineer}.")
        found[keys[0]] = replace(pin, engineer=codes[pin.engineer.casefold()])
    return found
