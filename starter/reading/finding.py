"""From what a person calls a ticket to its workflow, also while the database is away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from temporalio.client import Client, WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.service import RPCError, RPCStatusCode

from models.contracts.status import StatusReport
from models.database import Database, DatabaseUnavailable
from models.identity import NUMBER_PATTERN, TICKET_NUMBER_ATTRIBUTE
from models.sql_functions import SqlFunction
from starter.answers import UnknownTicket
from starter.calling import raise_in_words
from starter.commands import TicketCommands
from starter.failures import Refused, Remedy, RemedyKind, Unavailable
from starter.given import storable
from starter.services import Connection
from starter.suggesting import did_you_mean, resembling_tickets

_LONGEST_REFERENCE = 200

Say = Callable[[str], None]
"""Tells whoever asks, beside the answer."""


@dataclass(frozen=True, slots=True)
class FoundTicket:
    """A ticket that exists, as far as its workflow id tells."""

    workflow_id: str
    number: str | None = None


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


async def find_on_record(database: Database, reference: str) -> FoundTicket | None:
    """The ticket in the database."""
    rows = await database.rows(SqlFunction.FIND_TICKET_WORKFLOW, reference)
    return FoundTicket(rows[0]["workflow_id"], rows[0]["number"]) if rows else None


async def ticket_id(database: Database, reference: str) -> UUID:
    """The id of a ticket in the database.

    Raises:
        UnknownTicket: it is not on record.
    """
    reference = checked_reference(reference)
    found: UUID | None = await database.call(SqlFunction.FIND_TICKET, reference)
    if found is None:
        raise await unknown(database, reference)
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


def checked_reference(reference: str) -> str:
    """The reference without blanks around it.

    Raises:
        BadInput: it has characters that no name has.
        Refused: it can't be one.
    """
    reference = storable(reference.strip(), "ticket reference")
    if not reference or len(reference) > _LONGEST_REFERENCE:
        raise Refused("A ticket is named by its number, its key or its workflow id.", Remedy(RemedyKind.LOOK_TICKET_UP))
    return reference


async def unknown(database: Database, reference: str) -> UnknownTicket:
    """There is no such ticket; the sentence asks whether one of those was meant that look like it."""
    near = did_you_mean(await resembling_tickets(database, reference))
    return UnknownTicket(f"There is no ticket {reference}.{near}", Remedy(RemedyKind.LIST_TICKETS))
