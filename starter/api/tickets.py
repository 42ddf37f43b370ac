"""`/tickets`: reporting a fault, lists, and what is on record of one ticket."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from pydantic import AwareDatetime

from models.access import REPORTERS, Action
from models.contracts.base import Actor
from models.contracts.intake import Acknowledgement, FaultReport
from models.records import DiagnosisOnRecord, TicketRecord
from models.vocabulary.sla import SlaState
from models.vocabulary.tickets import Priority, TicketSort, TicketStatus
from starter import acting
from starter.api.cursors import cursor_in, place_in
from starter.api.problems import problems
from starter.api.shapes import (
    ClockOut,
    LedgerOut,
    ListedTicket,
    LiveState,
    Opened,
    Report,
    Story,
    StoryLine,
    TicketList,
)
from starter.failures import BadInput
from starter.given import made, storable
from starter.reading import explaining, ledgers
from starter.reading.plain import plain
from starter.reading.running import find_ticket, live_status
from starter.reading.story import story
from starter.reading.tickets import TicketFilter, page_of, read_document, read_ticket
from starter.web.asking import Asking, asking, limits_of

router = APIRouter(prefix="/tickets", tags=["tickets"])

Asked = Annotated[Asking, Depends(asking)]
Reference = Annotated[
    str, Path(description="Number, idempotency key or workflow id of the ticket.", max_length=200, min_length=1)
]
Wait = Annotated[float, Query(ge=1, le=60, description="Seconds that the engines may take to answer.")]
At = Annotated[AwareDatetime | None, Query(description="As it stood then: an instant with its offset. Default: now.")]
IfNoneMatch = Annotated[str | None, Header(description="ETag of what you have: 304 where it is that still.")]
IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        description="Sent again with the same key it is done once, and answered again. Without one, a new one is made.",
    ),
]
LONGEST_PAGE = 200


@router.post(
    "",
    summary="Report a fault",
    status_code=HTTPStatus.CREATED,
    response_model=Opened,
    responses={
        200: {"model": Opened, "description": "The key was known: the ticket that it stands for."},
        **problems(HTTPStatus.GATEWAY_TIMEOUT),
    },
)
async def report(
    asked: Asked, body: Report, response: Response, idempotency_key: IdempotencyKey = None, wait: Wait = 30
) -> Opened:
    """Open a ticket. Answers once it is durable: nothing that was answered is ever lost."""
    if body.key is not None and idempotency_key is not None and body.key != idempotency_key:
        raise BadInput("The key in the body and the header Idempotency-Key differ. Give one of them.")
    said = acting.Said(role=body.role is not None, code=body.on_behalf_of is not None)
    fault = made(
        FaultReport,
        unit=body.unit,
        description=body.description,
        priority=body.priority,
        key=body.key if body.key is not None else idempotency_key,
        reporter=made(Actor, code=in_a_line(body.on_behalf_of) or asked.principal.code, role=body.role or REPORTERS[0]),
    )
    acknowledged = await acting.report(await asked.connection(wait), fault, said=said)
    opened = _opened(acknowledged)
    response.status_code = HTTPStatus.CREATED if opened.created else HTTPStatus.OK
    response.headers["Location"] = f"/api/v1/tickets/{opened.number}"
    return opened


@router.get("", summary="List tickets", response_model=TicketList, responses=problems())
async def list_tickets(
    asked: Asked,
    *,
    status: Annotated[TicketStatus | None, Query()] = None,
    customer: Annotated[str | None, Query(max_length=200, description="Code of the customer.")] = None,
    stage: Annotated[str | None, Query(max_length=100, description="Key of a stage that is in progress.")] = None,
    sla: Annotated[SlaState | None, Query(description="The worst running clock; met: ended without a breach.")] = None,
    engineer: Annotated[str | None, Query(max_length=200, description="Code of somebody who is on it now.")] = None,
    unassigned: Annotated[bool, Query(description="It runs, and nobody is on it.")] = False,
    priority: Annotated[Priority | None, Query()] = None,
    unit: Annotated[
        str | None, Query(max_length=500, description="Serial number, UDI, GS1 scan, QR token or id of the unit.")
    ] = None,
    search: Annotated[
        str | None,
        Query(
            max_length=200,
            description="All of these words in number, description, serial number, customer and site; "
            "each may lack its end.",
        ),
    ] = None,
    sort: Annotated[
        TicketSort, Query(description="due: the nearest deadline first, those without one last.")
    ] = TicketSort.NEWEST,
    limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = 50,
    cursor: Annotated[
        str | None, Query(max_length=200, description="`next` of the page before, with the same filters and order.")
    ] = None,
) -> TicketList:
    """The tickets that you may see, newest or nearest deadline first, a page at a time."""
    for text in (customer, stage, engineer, unit, search):
        storable(text or "", "filter")
    wanted = TicketFilter(
        status=status and status.value,
        customer=customer,
        stage=stage,
        sla=sla and sla.value,
        engineer=engineer,
        unassigned=unassigned,
        priority=priority and priority.value,
        unit=unit,
        search=search,
        sort=sort,
    )
    page = await page_of(asked.database, wanted, limit, place_in(cursor, wanted))
    tickets = [ListedTicket.model_validate(row) for row in page.rows]
    return TicketList(tickets=tickets, next=cursor_in(page.following, wanted))


@router.get(
    "/{reference}",
    summary="Everything on record of a ticket",
    response_model=TicketRecord,
    responses={304: {"description": "It is what you have."}, **problems(HTTPStatus.NOT_FOUND)},
)
async def show(asked: Asked, reference: Reference, if_none_match: IfNoneMatch = None) -> Response:
    """Stages with what was done, clocks with their events, diagnoses with their evidence, the whole timeline."""
    document = await read_document(asked.database, reference)
    tag = f'"{sha256(document.encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if if_none_match is not None and tag in {one.strip().removeprefix("W/") for one in if_none_match.split(",")}:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(document, media_type="application/json", headers=headers)


@router.get(
    "/{reference}/state",
    summary="What its workflow says now",
    response_model=LiveState,
    responses=problems(HTTPStatus.NOT_FOUND, HTTPStatus.GATEWAY_TIMEOUT),
)
async def state(asked: Asked, reference: Reference, wait: Wait = 10) -> LiveState:
    """The live state, from the running workflow itself. What is on record follows it within a moment."""
    await read_ticket(asked.database, reference)
    connection = await asked.connection(wait)
    found = await find_ticket(connection, reference, acting.unheard)
    told = await live_status(connection.client, found.workflow_id, wait, found.number)
    return LiveState.model_validate(plain(told))


@router.get(
    "/{reference}/story",
    summary="What happened, in sentences",
    response_model=Story,
    responses=problems(HTTPStatus.NOT_FOUND),
)
async def tell(asked: Asked, reference: Reference) -> Story:
    """The timeline as people read it. What tables say already is left out."""
    record = await read_ticket(asked.database, reference)
    lines = [
        StoryLine(
            at=one.at,
            who=one.who,
            what=one.what,
            times=one.times,
            last_at=one.last_at,
            happened_at=one.happened_at,
            claimed_at=one.claimed_at,
        )
        for one in story(record)
    ]
    return Story(number=record.ticket.number, lines=lines)


@router.get(
    "/{reference}/ledger",
    summary="Whose time it took",
    response_model=LedgerOut,
    responses=problems(HTTPStatus.NOT_FOUND),
)
async def ledger(asked: Asked, reference: Reference, at: At = None) -> LedgerOut:
    """The delay ledger: every second from the report on belongs to somebody, and the sum is the wall clock."""
    record = await read_ticket(asked.database, reference, Action.LEDGER)
    return LedgerOut.model_validate(plain(ledgers.as_document(record, ledgers.ledger_at(record, moment_of(at)))))


@router.get(
    "/{reference}/clocks/{clock}",
    summary="Why a clock stands where it stands",
    response_model=ClockOut,
    responses=problems(HTTPStatus.NOT_FOUND),
)
async def clock(
    asked: Asked,
    reference: Reference,
    clock: Annotated[str, Path(max_length=100, description="response, arrival, resolution, or a stage's clock.")],
    at: At = None,
) -> ClockOut:
    """One clock, interval by interval: what it counted, what it did not, and why."""
    moment = moment_of(at) or datetime.now(UTC)
    record = await read_ticket(asked.database, reference, Action.LEDGER)
    told = explaining.explained(record, storable(clock, "clock"), moment)
    return ClockOut.model_validate(plain(explaining.as_document(record, told.calendar, told.told)))


@router.get(
    "/{reference}/diagnoses",
    summary="What AI held to be the fault",
    response_model=list[DiagnosisOnRecord],
    responses=problems(HTTPStatus.NOT_FOUND),
)
async def diagnoses(asked: Asked, reference: Reference) -> tuple[DiagnosisOnRecord, ...]:
    """Each diagnosis with its causes, the evidence of each claim, what people decided, and what proved true."""
    return (await read_ticket(asked.database, reference, Action.DIAGNOSIS)).diagnoses


def in_a_line(name: str | None) -> str | None:
    """A name without line breaks, which would stand in records as lines of their own."""
    return None if name is None else " ".join(name.split())


def moment_of(at: datetime | None) -> datetime | None:
    """The instant that somebody asks for.

    Raises:
        BadInput: no calendar of ours reaches there.
    """
    if at is None:
        return None
    try:
        moment = at.astimezone(UTC)
    except OverflowError:
        raise BadInput("That instant lies outside of the calendar.") from None
    explaining.check_time(moment)
    return moment


async def limit_ticket(request: Request, asked: Asking, reference: str) -> acting.Known | None:
    """Count a command that a ticket is sent by somebody who may know of it, whatever they call it; returns the ticket.

    Raises:
        UnknownTicket: there is none, for them.
        TooManyRequests: it is one too many.
    """
    found = await acting.known(asked.database, reference)
    if found is not None:
        limits_of(request).take_command(found.ticket.number or found.ticket.workflow_id)
    return found


def _opened(acknowledged: Acknowledgement) -> Opened:
    known: dict[str, Any] = acknowledged.ticket.model_dump()
    return Opened(
        created=acknowledged.created,
        differs=acknowledged.differs,
        **{name: known[name] for name in Opened.model_fields if name in known},
    )
