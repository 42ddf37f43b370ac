"""From what a person calls a ticket to that ticket, by what is on record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from models.access import Action
from models.database_calls import Calls
from models.sql_functions import SqlFunction
from starter.accounts.gate import guard
from starter.failures import Refused, Remedy, RemedyKind, UnknownTicket
from starter.given import storable

_LONGEST_REFERENCE = 200

Say = Callable[[str], None]
"""Tells whoever asks, beside the answer."""


@dataclass(frozen=True, slots=True)
class FoundTicket:
    """A ticket that exists, as far as its workflow id tells."""

    workflow_id: str
    number: str | None = None


async def find_on_record(database: Calls, reference: str) -> FoundTicket | None:
    """The ticket in the database."""
    rows = await database.rows(SqlFunction.FIND_TICKET_WORKFLOW, reference)
    return FoundTicket(rows[0]["workflow_id"], rows[0]["number"]) if rows else None


async def ticket_id(database: Calls, reference: str) -> UUID:
    """The id of a ticket in the database.

    Raises:
        UnknownTicket: it is not on record.
    """
    reference = checked_reference(reference)
    await guard(database, Action.READ, reference)
    found: UUID | None = await database.call(SqlFunction.FIND_TICKET, reference)
    if found is None:
        raise await unknown(database, reference)
    return found


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


async def unknown(database: Calls, reference: str) -> UnknownTicket:
    """There is no such ticket; the sentence asks whether one of those was meant that look like it."""
    from starter.suggesting import did_you_mean, resembling_tickets

    near = did_you_mean(await resembling_tickets(database, reference))
    return UnknownTicket(f"There is no ticket {reference}.{near}", Remedy(RemedyKind.LIST_TICKETS))
