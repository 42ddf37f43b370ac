"""Who could be put on a ticket, who is free, and what is on record of an engineer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from models.access import Action, Allowed, may
from models.contracts.recommendation import CandidateFacts, EngineerCase, EngineerShifts, StageFacts
from models.database_calls import Calls
from models.recommending.ranking import Ranking, ranked
from models.recommending.shifts import Shifts, away_at, back_at
from models.sql_functions import SqlFunction
from models.vocabulary.stages import StageStatus
from starter.accounts.gate import check
from starter.failures import BadInput, Refused

Row = Mapping[str, Any]


class UnknownEngineer(Refused):
    """There is none of that code; the sentence says so."""


@dataclass(frozen=True, slots=True)
class Freedom:
    """Whether an engineer can work at a moment.

    Attributes:
        free_from: the first moment from then on at which they can; None: nobody knows one.
        because: why not at once; empty where they can.
    """

    engineer: CandidateFacts
    free_from: datetime | None
    because: str


@dataclass(frozen=True, slots=True)
class EngineerOnRecord:
    """What the registry has of an engineer."""

    freedom: Freedom
    expertise: Sequence[Row]
    certificates: Sequence[Row]


async def suggestions(database: Calls, ticket_id: UUID, stage: str | None = None) -> Ranking | None:
    """The candidates for a stage of a ticket, the best first; None: no stage of it is open that an engineer does.

    Args:
        stage: by its key; None: the one in progress, or the next one.

    Raises:
        NotAllowed: whoever asks may not look engineers up.
        BadInput: that stage is not open, or no engineer's.
    """
    check(database, Action.ENGINEERS)
    document = await database.call(SqlFunction.ENGINEER_CASE, ticket_id)
    if document is None:
        return None
    case = EngineerCase.model_validate_json(document)
    found = _usual(case) if stage is None else case.stage(stage)
    if found is None and stage is not None:
        known = ", ".join(one.key for one in case.stages) or "none"
        raise BadInput(f"{stage[:60]!r} is no open stage of this ticket that an engineer does. Open are: {known}.")
    return None if found is None else ranked(case, found)


async def suggestions_to(database: Calls, ticket_id: UUID) -> Ranking | None:
    """The same for a page: nothing for whoever may not look engineers up."""
    if database.principal is not None and not isinstance(may(database.principal, Action.ENGINEERS), Allowed):
        return None
    return await suggestions(database, ticket_id)


def _usual(case: EngineerCase) -> StageFacts | None:
    under_way = (one for one in case.stages if one.status is StageStatus.IN_PROGRESS)
    return next(under_way, next(iter(case.stages), None))


async def free_engineers(
    database: Calls, at: datetime, codes: Sequence[str] | None = None, equipment_type: str | None = None
) -> list[Freedom]:
    """Active engineers and from when on each can work, who is free first and then the least busy.

    Args:
        codes: of whom; None: of everybody.
        equipment_type: only who has expertise for it, by its code.

    Raises:
        NotAllowed: whoever asks may not look engineers up.
    """
    check(database, Action.ENGINEERS)
    wanted = None if codes is None else [one.upper() for one in codes]
    document = await database.call(SqlFunction.ENGINEER_SHIFTS, wanted, equipment_type, at)
    found = EngineerShifts.model_validate_json(document)
    shifts = Shifts(found)
    freedoms = [_freedom(one, shifts, found.at) for one in found.engineers]
    return sorted(freedoms, key=_first_free)


def _first_free(one: Freedom) -> tuple[bool, str, float, str]:
    when = "" if one.free_from is None else one.free_from.isoformat()
    return one.free_from is None, when, one.engineer.load / one.engineer.capacity, one.engineer.code


def _freedom(one: CandidateFacts, shifts: Shifts, at: datetime) -> Freedom:
    because = ""
    if away_at(one, at) is not None:
        because = "away" if back_at(one, at) is not None else "away, nobody knows until when"
    elif not shifts.is_known(one):
        because = "no version of the shift calendar is in force"
    elif (holiday := shifts.holiday(one, at)) is not None:
        because = f"holiday: {holiday}"
    elif not shifts.is_open(one, at):
        because = "outside working hours"
    elif one.load >= one.capacity:
        because = f"at capacity: {one.load} of {one.capacity} tickets this month"
    return Freedom(one, shifts.free_from(one, at), because)


async def engineer_on_record(database: Calls, code: str, at: datetime) -> EngineerOnRecord:
    """What the registry has of an active engineer.

    Raises:
        NotAllowed: whoever asks may not look them up.
        UnknownEngineer: there is no active one of that code.
    """
    check(database, Action.STAFF)
    freedoms = await free_engineers(database, at, [code])
    if not freedoms:
        raise UnknownEngineer(f"There is no active engineer {code}.")
    known = freedoms[0].engineer.code
    return EngineerOnRecord(
        freedom=freedoms[0],
        expertise=await database.rows(SqlFunction.GET_ENGINEER_EXPERTISE, known),
        certificates=await database.rows(SqlFunction.GET_ENGINEER_CERTIFICATIONS, known),
    )
