"""`/tickets/…`: the page of a ticket, and what is done to it there."""

from __future__ import annotations

from http import HTTPStatus

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute

from models.access import Action
from models.contracts.assigning import AssignmentWarning
from models.contracts.commands import AssignEngineer
from models.database_calls import Calls
from models.recommending.ranking import Ranking
from models.records import TicketRecord
from starter.accounts.approving import approve_hold, list_approvals
from starter.accounts.gate import guard, open_to
from starter.failures import BadInput, Failure, NotConfirmed, UnknownTicket
from starter.portal.commands import FORMS, act, limit_named
from starter.portal.failing import remedies_of, sentence_of, status_of
from starter.portal.forms import entry
from starter.portal.pages import go_to, page
from starter.portal.routes import looked_at, sent
from starter.portal.ticket_view import ACTIONS, APPROVE, Trouble, view_of
from starter.portal.times import Times
from starter.portal.visitors import Visitor
from starter.reading.actions import hold_rules
from starter.reading.candidates import suggestions_to
from starter.reading.signing import signatures_of
from starter.reading.story import story
from starter.reading.tickets import read_ticket
from starter.reading.work import work_of
from starter.services import failure_of

DONE = {
    "take": "The ticket is yours.",
    "assign_engineer": "The engineer is on it.",
    "release_engineer": "They are not on it any more.",
    "raise_level": "A higher level is asked for, and the office is told.",
    "offer_stage": "The stage is offered.",
    "withdraw_offer": "The stage is not offered any more.",
    "accept_offer": "The stage is yours.",
    "decline_offer": "You have declined. The next one is asked.",
    "start_travel": "Have a safe journey. The time until you arrive is on record as transport.",
    "arrive_on_site": "Your arrival is on record.",
    "complete_stage": "The stage is completed.",
    "hold": "The ticket is on hold.",
    "resume": "The ticket goes on.",
    "change_priority": "The priority is changed.",
    "skip_stage": "The stage is left out.",
    "cancel": "The ticket is cancelled.",
    "reopen": "The ticket is open again.",
    "sign": "It is signed, and the stage is completed.",
    "approve": "It is approved: somebody else may do it once.",
}
"""What is said when a form has done its work."""

LATE = "It is done; the page will show it in a moment."


async def ticket_page(visitor: Visitor) -> Response:
    """Everything about one ticket, and what there is to do."""
    return await show(visitor, visitor.request.path_params["number"])


async def ticket_command(visitor: Visitor, form: FormData) -> Response:
    """Somebody does something to a ticket. What is refused is shown beside what they typed."""
    number, name = visitor.request.path_params["number"], visitor.request.path_params["command"].replace("-", "_")
    if name not in FORMS:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    record = await read_ticket(visitor.known().database, number)
    try:
        done = await act(visitor, record, name, form)
    except UnknownTicket:
        raise
    except Exception as error:
        failure = failure_of(error)
        if failure is None:
            raise
        return await show(visitor, number, trouble_of(visitor, name, form, failure), status_of(failure))
    path, late = f"/tickets/{record.ticket.number}", {} if done.on_record else {"late": "1"}
    warned = {"command": done.result.command_id} if done.result.warnings else {}
    return go_to(path, done=name, **late, **warned)


async def ticket_approval(visitor: Visitor, form: FormData) -> Response:
    """Somebody approves that somebody else puts the ticket on hold, once."""
    database, number = visitor.known().database, visitor.request.path_params["number"]
    await guard(database, Action.APPROVE, number)
    await limit_named(visitor, number)
    try:
        if not (reason := entry(form, "reason")):
            raise BadInput("Choose why the ticket waits.")
        await approve_hold(database, number, reason, remark=entry(form, "note"))
    except Failure as failure:
        return await show(visitor, number, trouble_of(visitor, APPROVE, form, failure), status_of(failure))
    return go_to(f"/tickets/{number}", done=APPROVE)


def trouble_of(visitor: Visitor, name: str, form: FormData, failure: Failure) -> Trouble:
    """A refused form, to be shown again."""
    words = visitor.words
    same = isinstance(failure, NotConfirmed)
    return Trouble(name, form, sentence_of(failure, words), remedies_of(failure, words), same=same)


async def show(visitor: Visitor, number: str, trouble: Trouble | None = None, status: int = HTTPStatus.OK) -> Response:
    """The page of a ticket."""
    asking = visitor.known()
    record = await read_ticket(asking.database, number)
    may = await open_to(asking.database, number, ACTIONS)
    waits = {"Hold", Action.APPROVE.value} & may
    reasons = await hold_rules(asking.database, record.ticket.workflow_id) if waits else ()
    approvals = await list_approvals(asking.database, number) if Action.APPROVALS.value in may else ()
    view = view_of(record, asking.principal, may, reasons, trouble, approvals=tuple(approvals))
    times = Times(visitor.words, record.unit.time_zone)
    return page(
        visitor,
        "ticket.html",
        status=status,
        times=times,
        view=view,
        ticket=record.ticket,
        unit=record.unit,
        typed=view.typed,
        story=_told(record, times),
        work=list(work_of(record)),
        signatures=await signatures_of(asking.database, record),
        note=_note(visitor),
        ranking=await _ranking(asking.database, record) if "AssignEngineer" in may else None,
        warnings=_warnings(visitor, record),
    )


async def _ranking(database: Calls, record: TicketRecord) -> Ranking | None:
    return None if record.ticket.status.has_ended else await suggestions_to(database, record.ticket.id)


def _warnings(visitor: Visitor, record: TicketRecord) -> list[str]:
    """What speaks against an assignment that has just been made: its fact has it."""
    said = visitor.request.query_params.get("command", "")
    entry = next((one for one in record.timeline if said and one.command_id == said), None)
    if entry is None or entry.action != AssignEngineer.leaves or visitor.request.method != "GET":
        return []
    found = [AssignmentWarning.model_validate(one) for one in (entry.new_value or {}).get("warnings", ())]
    sentences = [visitor.words(one.text, **one.values) for one in found]
    return [f"{one[:1].upper()}{one[1:]}" for one in sentences]


def _told(record: TicketRecord, times: Times) -> list[tuple[object, str, str]]:
    """What happened, the newest first."""
    lines = story(record, times.within)
    return [(one.at, one.who, one.says(times.minute)) for one in reversed(lines)]


def _note(visitor: Visitor) -> str:
    query = visitor.request.query_params
    said = DONE.get(query.get("done", ""))
    if said is None or visitor.request.method != "GET":
        return ""
    return " ".join(visitor.words(one) for one in (said, LATE if "late" in query else "") if one)


ROUTES: tuple[BaseRoute, ...] = (
    looked_at("/tickets/{number}", ticket_page),
    sent("/tickets/{number}/approve", ticket_approval),
    sent("/tickets/{number}/{command}", ticket_command),
)
