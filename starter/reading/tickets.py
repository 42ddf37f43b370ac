"""What is on record about tickets, and what their workflows say beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.access import Action
from models.database_calls import Calls
from models.database_errors import DatabaseRefused, DatabaseUnavailable
from models.records import TicketRecord, UnreadableRecord
from models.settings import Settings
from models.sql_functions import SqlFunction
from models.vocabulary.tickets import TicketSort, TicketStatus
from starter.accounts.gate import guard, scope_in
from starter.accounts.kept import configured_token
from starter.failures import BadInput, Refused, Remedy, RemedyKind, UnknownTicket
from starter.reading.discretion import discreet
from starter.reading.finding import checked_reference, unknown
from starter.reading.plain import json_value
from starter.reading.signing import SignatureOnRecord, signatures_of
from starter.services import database_only, record_only

if TYPE_CHECKING:
    from activities.reconciling.standing import Standing
    from models.contracts.status import StatusReport

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets a list has, and in which order; None: whatever.

    Attributes:
        customer: a customer's code.
        stage: the key of a stage that is in progress.
        sla: an `SlaState`: of running tickets, and the verdict of ended ones where those are asked for.
        engineer: the code of somebody who is on it now.
        unassigned: it runs, and nobody is on it.
        unit: whatever a unit is named by.
        search: words of number, description, serial number, customer and site; each may lack its end.
    """

    status: str | None = None
    customer: str | None = None
    stage: str | None = None
    sla: str | None = None
    engineer: str | None = None
    unassigned: bool = False
    priority: str | None = None
    unit: str | None = None
    search: str | None = None
    sort: TicketSort = TicketSort.NEWEST

    @property
    def is_any(self) -> bool:
        return replace(self, sort=TicketSort.NEWEST) == TicketFilter()


@dataclass(frozen=True, slots=True)
class TicketPage:
    """A page of tickets, in the order that was asked for.

    Attributes:
        following: after what the next page goes on, as `place_of` has it; None: this is the last one.
        troubles: by number, what is wrong with a ticket's workflow, where Temporal was asked.
    """

    rows: Sequence[Row]
    following: str | None
    troubles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SeenTicket:
    """A ticket as it was looked at.

    Attributes:
        stored: what is on record; None: nothing, or the database is away.
        document: the same for programs, as the database says it.
        signatures: those on record, each held against it.
        live: what its workflow says, where that was asked.
        workflow: what Temporal says of its workflow.
        note: why this is not what was asked for.
    """

    stored: TicketRecord | None
    live: StatusReport | None
    workflow: Standing | None
    note: str = ""
    document: Row | None = None
    signatures: tuple[SignatureOnRecord, ...] = ()


async def page_of(database: Calls, wanted: TicketFilter, limit: int, after: str | None) -> TicketPage:
    """A page of tickets as they are on record.

    Args:
        after: `following` of the page before, of a list in the same order; None: the first page.

    Raises:
        BadInput: the filter does not fit, or the page before was one of another order.
    """
    scope = scope_in(database, Action.LIST)
    _check(wanted, after)
    try:
        rows = await database.rows(
            SqlFunction.LIST_TICKETS,
            wanted.status,
            wanted.customer,
            wanted.stage,
            wanted.sla,
            limit,
            after,
            scope,
            wanted.engineer,
            wanted.unassigned,
            wanted.priority,
            wanted.unit,
            wanted.search,
            wanted.sort.value,
        )
    except DatabaseRefused as error:
        if (
            scope is not None
            and str(error).startswith(("there is no customer", "there is no engineer"))
            and after is None
        ):
            return TicketPage((), None)  # which customers or engineers there are is not theirs to learn
        raise BadInput(f"The list can't be made: {error}.") from error
    return TicketPage(rows, place_of(rows[-1], wanted.sort) if len(rows) == limit else None)


def place_of(row: Row, sort: TicketSort) -> str:
    """Where a ticket stands in a list: its number; by deadline `NUMBER@DEADLINE`, for a deadline may move meanwhile."""
    number: str = row["number"]
    if sort is TicketSort.NEWEST:
        return number
    due_at: datetime | None = row["due_at"]
    return f"{number}@{'' if due_at is None else due_at.isoformat()}"


def _check(wanted: TicketFilter, after: str | None) -> None:
    if wanted.unassigned and wanted.engineer is not None:
        raise BadInput("What nobody is on, no engineer is on. Ask for one of both.")
    if after is not None and ("@" in after) != (wanted.sort is TicketSort.DUE):
        raise BadInput(
            f"{after} is where a list in another order went on. Go on in that order, or begin with the first page."
        )


async def list_tickets(settings: Settings, wanted: TicketFilter, limit: int, after: str | None) -> TicketPage:
    """The same, with what is wrong with their workflows.

    Raises:
        BadInput: the filter does not fit; the sentence says what may have been meant.
    """
    async with record_only(settings) as database:
        try:
            page = await page_of(database, wanted, limit, after)
        except BadInput as error:
            raise BadInput(f"{error.sentence}{await _near(settings, wanted, error.sentence)}") from error
    return replace(page, troubles=await _troubles(settings, page.rows))


async def _troubles(settings: Settings, rows: Sequence[Row]) -> Mapping[str, str]:
    """What is wrong with those of the listed tickets that should go on; without them Temporal is not asked."""
    if all(TicketStatus(row["status"]).has_ended for row in rows):
        return {}
    from starter.reading.asking import troubles_of

    return await troubles_of(settings, rows)


async def _near(settings: Settings, wanted: TicketFilter, refusal: str) -> str:
    """What may have been meant by what the refusal is about, as a question."""
    from starter.suggesting import (
        did_you_mean,
        resembling_customers,
        resembling_engineers,
        resembling_stages,
        resembling_units,
    )

    async with database_only(settings) as database:
        if database.principal is not None:  # others' customers are nobody's business
            return ""
        if wanted.customer is not None and "no customer " in refusal:
            return did_you_mean(await resembling_customers(database, wanted.customer))
        if wanted.stage is not None and "no stage " in refusal:
            return did_you_mean(await resembling_stages(database, wanted.stage))
        if wanted.engineer is not None and "no engineer " in refusal:
            return did_you_mean(await resembling_engineers(database, wanted.engineer))
        if wanted.unit is not None and "no unit " in refusal:
            return did_you_mean(await resembling_units(database, wanted.unit))
    return ""


async def read_ticket(database: Calls, reference: str, action: Action = Action.READ) -> TicketRecord:
    """Everything on record about a ticket.

    Args:
        action: what of it is to be read.

    Raises:
        UnknownTicket: it is not on record, or somebody else's.
        NotAllowed: whoever asks may not read that.
        Refused: a newer version wrote it.
    """
    return _parsed(await read_document(database, reference, action))


async def read_document(database: Calls, reference: str, action: Action = Action.READ) -> str:
    """The same as the database says it, in JSON.

    Raises:
        UnknownTicket, NotAllowed: as they say.
    """
    reference = checked_reference(reference)
    await guard(database, action, reference)
    document: str | None = await database.call(SqlFunction.GET_TICKET, reference)
    if document is None:
        raise await unknown(database, reference)
    return discreet(database, document)


def _parsed(document: str) -> TicketRecord:
    try:
        return TicketRecord.parse(document)
    except UnreadableRecord as error:
        raise Refused(f"{str(error)[0].upper()}{str(error)[1:]}.") from error


async def look_at(
    settings: Settings, reference: str, *, live: bool, wait: float, standing_of_ended: bool = True
) -> SeenTicket:
    """A ticket from the database, and live from its workflow where that is asked for or all there is.

    What only reads the record loads nothing of Temporal's: that is a third of what a look costs.

    Args:
        wait: seconds that the workflow may take to answer.
        standing_of_ended: ask Temporal how it stands also of one that has ended, where nothing can be wrong.

    Raises:
        UnknownTicket: there is none.
        Unavailable: neither of both can tell.
        Refused: a newer version wrote what is on record.
    """
    reference = checked_reference(reference)
    document: str | None = None
    stored: TicketRecord | None = None
    signatures: tuple[SignatureOnRecord, ...] = ()
    note = ""
    away: DatabaseUnavailable | None = None
    missing = UnknownTicket(f"There is no ticket {reference}.", Remedy(RemedyKind.LIST_TICKETS))
    try:
        async with record_only(settings) as database:
            await guard(database, Action.READ, reference)
            document = await database.call(SqlFunction.GET_TICKET, reference)
            document = None if document is None else discreet(database, document)
            stored = None if document is None else _parsed(document)
            signatures = () if stored is None else tuple(await signatures_of(database, stored))
            missing = missing if document is not None else await unknown(database, reference)
    except DatabaseUnavailable as error:
        if configured_token(settings) is not None:  # nobody can say whose the ticket is, or who asks
            raise
        note = f"{error}; this is the live state from Temporal"
        away = error
    shown = None if document is None else json_value(document)
    if stored is not None and stored.ticket.status.has_ended and not live and not standing_of_ended:
        return SeenTicket(stored, None, None, note, shown, signatures)
    if stored is not None and not live:
        from starter.reading.asking import standing_of

        return SeenTicket(stored, None, await standing_of(settings, stored.ticket.workflow_id), note, shown, signatures)
    from starter.reading.running import seen_live

    workflow, report, told = await seen_live(settings, reference, stored, away=away, missing=missing, wait=wait)
    return SeenTicket(stored, report, workflow, note or told, shown, signatures)
