"""What somebody does to a ticket by a form: each becomes one command, under the id that its form has."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData
from starlette.requests import Request

from models.contracts.base import Actor, Command
from models.contracts.commands import (
    COMMANDS,
    Answer,
    AssignEngineer,
    CommandResult,
    CompleteStage,
)
from models.contracts.proposals import DiagnosisDecision, VerifiedOutcome
from models.database import Database
from models.instants import in_utc
from models.records import TicketRecord
from models.vocabulary.accounts import AccountRole
from models.vocabulary.stages import ActionKind
from starter import acting
from starter.acting import Said
from starter.failures import BadInput, NotAllowed
from starter.given import fresh_command_id, known_code, made
from starter.portal.forms import entry, whole_number
from starter.portal.visitors import Visitor
from starter.reading.finding import FoundTicket
from starter.reading.tickets import read_document
from starter.web.asking import Asking, limits_of

WAIT = 20.0
"""Seconds that the engines may take to answer."""
FOLLOWS_WITHIN, PAUSE = 3.0, 0.1
"""Seconds that the record may take to show what a ticket has answered, and between two looks."""

ID, STAGE = "command_id", "stage"
ANSWER = "answer."
"""What the field of an answer begins with; the action's key follows."""

TAKE = "take"
"""An engineer puts themselves on a ticket: a command of their own on the page, and an assignment for the ticket."""

BY_UPDATE = {one.update: one for one in COMMANDS}

LONGEST_WAIT = 24 * 180


@dataclass(frozen=True, slots=True)
class Done:
    """What a ticket answered.

    Attributes:
        on_record: whether its record shows it already.
    """

    result: CommandResult
    on_record: bool


Fields = Callable[[Visitor, TicketRecord, FormData], dict[str, Any]]


async def act(
    visitor: Visitor,
    record: TicketRecord,
    name: str,
    form: FormData,
    *,
    command_id: str | None = None,
    happened_at: datetime | None = None,
) -> Done:
    """Send what a form says to a ticket, as whoever sends the form.

    Args:
        name: of the form: `TAKE`, or the update of a command.
        command_id: instead of the form's, which may be sent to several tickets.
        happened_at: when it was, of what is told later.

    Raises:
        BadInput: the form can't be read.
        NotAllowed, CommandRefused, CommandNotConfirmed, TemporalUnavailable: as they say.
    """
    asking, number = visitor.known(), record.ticket.number
    limit(visitor.request, number)
    connection = await asking.connection(WAIT)
    if name == CompleteStage.update:
        kinds_of = _completion(visitor, record, form, happened_at)
        result = await acting.complete_stage(connection, number, entry(form, STAGE), kinds_of, said=OURSELVES)
    else:
        kind, fields = _KINDS[name]
        said = command_id or entry(form, ID) or None
        own = fields(visitor, record, form) | ({} if happened_at is None else {"happened_at": happened_at})
        command = _command(kind, asking, form, said, **own)
        found = acting.Known(FoundTicket(record.ticket.workflow_id, number), None)
        result = await acting.act(connection, number, command, said=OURSELVES, found=found)
    return Done(result, await on_record(asking.database, number, result.command_id))


OURSELVES = Said(role=False, code=False)
"""Who acts is who has signed in, in the capacity that is theirs."""


def limit(request: Request, number: str) -> None:
    """Count a command that a ticket is sent.

    Raises:
        TooManyRequests: it is one too many.
    """
    limits_of(request).take_command(number)


async def limit_named(visitor: Visitor, reference: str) -> None:
    """The same, whatever the ticket was called.

    Raises:
        UnknownTicket: there is none, for whoever asks.
        TooManyRequests: it is one too many.
    """
    found = await acting.known(visitor.known().database, reference)
    if found is not None:
        limit(visitor.request, found.ticket.number or reference)


async def on_record(database: Database, number: str, command_id: str) -> bool:
    """Wait until the record shows a command, for a moment; returns whether it does."""
    until = time.monotonic() + FOLLOWS_WITHIN
    while command_id not in await read_document(database, number):
        if time.monotonic() > until:
            return False
        await asyncio.sleep(PAUSE)
    return True


def _command(kind: type[Command], asking: Asking, form: FormData, said: str | None, **fields: Any) -> Command:
    actor = made(Actor, code=asking.principal.code, role=kind.senders()[0])
    # An id that nobody could have given makes no command; `made` says so.
    return made(kind, command_id=fresh_command_id(said), actor=actor, note=entry(form, "note"), **fields)


# -- what each form says ----------------------------------------------------------------------------------------------


def _take(visitor: Visitor, _: TicketRecord, form: FormData) -> dict[str, Any]:
    grants = visitor.known().principal.grants
    code = next((one.engineer for one in grants if one.role is AccountRole.ENGINEER), None)
    if code is None:
        raise NotAllowed("An engineer takes a ticket. Whoever coordinates puts somebody on it.")
    return {"engineer_code": code, "anyway": _anyway(form)}


def _anyway(form: FormData) -> bool:
    """Whether somebody is put on it although something serious speaks against them; the remark says why."""
    if not entry(form, "anyway"):
        return False
    if not entry(form, "note"):
        raise BadInput("Say why: the record shows it.")
    return True


def _assign(_: Visitor, __: TicketRecord, form: FormData) -> dict[str, Any]:
    if not (code := entry(form, "engineer")):
        raise BadInput("Choose an engineer.")
    return {"engineer_code": code, "stage": entry(form, STAGE) or None, "anyway": _anyway(form)}


def _stage(_: Visitor, __: TicketRecord, form: FormData) -> dict[str, Any]:
    return {"stage": entry(form, STAGE) or None}


def _hold(_: Visitor, record: TicketRecord, form: FormData) -> dict[str, Any]:
    return hold_fields(form, record.unit.time_zone)


def hold_fields(form: FormData, zone: str) -> dict[str, Any]:
    """What a hold says: for which reason, and until when, by the clocks of the unit's site.

    Raises:
        BadInput: it says no reason, or no time that can be read.
    """
    if not (reason := entry(form, "reason")):
        raise BadInput("Choose why the ticket waits.")
    fields: dict[str, Any] = {"reason": reason, "approved_by": entry(form, "approved_by") or None}
    if until := entry(form, "until"):
        try:
            at = datetime.fromisoformat(until)
            at = in_utc(at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone)))
        except (ValueError, OverflowError):
            raise BadInput("The date can't be read. Choose it with the calendar, or choose how long.") from None
        return {**fields, "resume_at": at}
    hours = whole_number(entry(form, "hours"))
    if hours is None or not 0 < hours <= LONGEST_WAIT:
        raise BadInput("Choose how long the ticket waits, or until when.")
    return {**fields, "lasts": timedelta(hours=hours)}


def _nothing(_: Visitor, __: TicketRecord, ___: FormData) -> dict[str, Any]:
    return {}


def _priority(_: Visitor, __: TicketRecord, form: FormData) -> dict[str, Any]:
    return {"priority": entry(form, "priority"), "reason": _reason(form)}


def _skip(_: Visitor, __: TicketRecord, form: FormData) -> dict[str, Any]:
    return {"stage": entry(form, STAGE), "reason": _reason(form)}


def _because(_: Visitor, __: TicketRecord, form: FormData) -> dict[str, Any]:
    return {"reason": _reason(form)}


def _reason(form: FormData) -> str:
    if not (reason := entry(form, "why")):
        raise BadInput("Say why: the record shows it.")
    return reason


_KINDS: Mapping[str, tuple[type[Command], Fields]] = {
    TAKE: (AssignEngineer, _take),
    "assign_engineer": (BY_UPDATE["assign_engineer"], _assign),
    "start_travel": (BY_UPDATE["start_travel"], _stage),
    "arrive_on_site": (BY_UPDATE["arrive_on_site"], _stage),
    "hold": (BY_UPDATE["hold"], _hold),
    "resume": (BY_UPDATE["resume"], _nothing),
    "change_priority": (BY_UPDATE["change_priority"], _priority),
    "skip_stage": (BY_UPDATE["skip_stage"], _skip),
    "cancel": (BY_UPDATE["cancel"], _because),
    "reopen": (BY_UPDATE["reopen"], _because),
}

FORMS: Mapping[str, type[Command]] = {
    **{name: kind for name, (kind, _) in _KINDS.items()},
    CompleteStage.update: CompleteStage,
}
"""By the name of a form, the command that it becomes."""


def _completion(
    visitor: Visitor, record: TicketRecord, form: FormData, happened_at: datetime | None
) -> acting.CompletionOf:
    """Makes the completion that a form says, once it is known what the stage's required actions take."""
    asking, code = visitor.known(), known_code(entry(form, "problem_code") or None)
    cause, decided, proved = entry(form, "cause") or None, entry(form, "diagnosis"), entry(form, "proved")
    decision = outcome = None
    if decided:
        decision = made(DiagnosisDecision, status=decided, cause=cause, problem_code=code)
    elif proved or cause or code:
        right = {"right": True, "wrong": False}.get(proved)
        outcome = made(VerifiedOutcome, proposal_right=right, cause=cause, problem_code=code)

    def command(kinds: Mapping[str, ActionKind] | None) -> CompleteStage:
        actor = made(Actor, code=asking.principal.code, role=CompleteStage.senders()[0])
        return made(
            CompleteStage,
            command_id=fresh_command_id(entry(form, ID) or None),
            actor=actor,
            note=entry(form, "note"),
            stage=entry(form, STAGE),
            outcome=entry(form, "outcome") or "done",
            actions=answers(form, kinds or _kinds(record, entry(form, STAGE))),
            return_to=entry(form, "return_to") or None,
            diagnosis=decision,
            verified=outcome,
            happened_at=happened_at,
        )

    command(None)  # what can be said without the ticket is said before anybody is asked
    return command


def _kinds(record: TicketRecord, stage: str) -> dict[str, ActionKind]:
    actions = (action for one in record.stage_definitions if one.key == stage for action in one.required_actions)
    return {action.key: action.kind for action in actions}


def answers(form: FormData, kinds: Mapping[str, ActionKind]) -> dict[str, Answer]:
    """The answers to a stage's required actions. What was left empty is no answer, and the ticket says what is missing.

    Raises:
        BadInput: a number is none.
    """
    found: dict[str, Answer] = {}
    for key, kind in kinds.items():
        said = entry(form, f"{ANSWER}{key}")
        if not said:
            continue
        if kind is ActionKind.CHECK:
            found[key] = True
        elif kind is ActionKind.TEXT:
            found[key] = said
        elif (number := whole_number(said)) is not None:
            found[key] = number
        else:
            raise BadInput(f"{said[:40]!r} is not a whole number.")
    return found
