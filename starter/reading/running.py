"""Tickets as Temporal has them: found, asked, and looked at for whether anything goes on for them."""

from __future__ import annotations

from datetime import timedelta

from temporalio.client import Client, WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.service import RPCError, RPCStatusCode

from activities.reconciling.standing import Standing, standing
from models.attributes import TICKET_NUMBER_ATTRIBUTE
from models.contracts.status import StatusReport
from models.database import DatabaseUnavailable
from models.identity import NUMBER_PATTERN
from models.records import TicketRecord
from models.settings import Settings
from starter.calling import TemporalUnavailable, raise_in_words
from starter.commands import TicketCommands
from starter.failures import Unavailable, UnknownTicket
from starter.reading.finding import FoundTicket, Say, checked_reference, find_on_record, unknown
from starter.services import Connection, connected_client


async def find_ticket(connection: Connection, reference: str, say: Say) -> FoundTicket:
    """The ticket that `reference` names: by the database, or by Temporal while that is away or does not have it yet.

    Raises:
        UnknownTicket: there is none.
    """
    reference = checked_reference(reference)
    try:
        found = await find_on_record(connection.database, reference)
    except DatabaseUnavailable as error:
        say(f"{error}; asking Temporal instead")
        found = None
    found = found or await find_running(connection.client, reference)
    if found is None:
        raise await unknown(connection.database, reference)
    return found


async def find_running(client: Client, reference: str) -> FoundTicket | None:
    """The ticket in Temporal, by its workflow id, or by its number, in whatever case, in the search attributes."""
    try:
        described = await client.get_workflow_handle(reference).describe()
        return FoundTicket(reference, described.typed_search_attributes.get(TICKET_NUMBER_ATTRIBUTE))
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise_in_words(error)
    number = reference.upper()
    if not NUMBER_PATTERN.fullmatch(number):
        return None
    try:
        async for one in client.list_workflows(f"{TICKET_NUMBER_ATTRIBUTE.name} = '{number}'", limit=1):
            return FoundTicket(one.id, number)
    except RPCError as error:
        raise_in_words(error)
    return None


async def live_status(client: Client, workflow_id: str, within: float, called: str | None = None) -> StatusReport:
    """The live state of a ticket.

    Raises:
        Unavailable: the workflow can't be asked.
        UnknownTicket: there is none.
        StateUnknown: no worker answers.
    """
    try:
        return await TicketCommands(client, timedelta(seconds=within)).status(workflow_id, called)
    except (WorkflowQueryFailedError, WorkflowQueryRejectedError) as error:
        raise Unavailable(f"Ticket {called or workflow_id} can't tell its state: {error}.") from error


async def seen_live(
    settings: Settings,
    reference: str,
    stored: TicketRecord | None,
    *,
    away: DatabaseUnavailable | None,
    missing: UnknownTicket,
    wait: float,
) -> tuple[Standing, StatusReport | None, str]:
    """How a ticket stands, what its workflow says, and why it is all that there is to say, if so.

    Args:
        stored: what is on record of it; None: nothing, or the database is `away`.
        missing: what to say where there is no such ticket.

    Raises:
        UnknownTicket: there is none.
        Unavailable: neither the database nor Temporal can tell.
    """
    report, note = None, ""
    try:
        client = await connected_client(settings, wait)
        workflow_id = stored.ticket.workflow_id if stored else None
        if workflow_id is None:
            found = await find_running(client, reference)
            if found is None:
                raise missing
            workflow_id = found.workflow_id
            note = "the database does not have this ticket yet; this is the live state from Temporal"
        workflow = await standing(client, workflow_id)
        if workflow.status is not None or stored is None:  # of what is gone the record tells, with what to do
            report = await live_status(client, workflow_id, wait, workflow.number)
    except TemporalUnavailable as error:
        if away is not None:
            raise Unavailable(f"{away}; nor does Temporal answer: {error.sentence}", *error.remedies) from error
        if stored is None:  # the database says that there is none, and Temporal can't say otherwise
            raise missing from error
        raise
    return workflow, report, note
