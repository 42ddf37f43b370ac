"""What has come to the record since: facts of a ticket, and which tickets have moved, for whoever may see them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from models.access import Action
from models.database_calls import Calls
from models.sql_functions import SqlFunction
from starter.accounts.gate import check, guard, scope_in
from starter.reading.discretion import discreet_entry
from starter.reading.finding import checked_reference, unknown


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact of a ticket.

    Attributes:
        document: as the ticket's timeline has it, in JSON on one line.
    """

    sequence: int
    document: str


@dataclass(frozen=True, slots=True)
class Move:
    """A fact of some ticket, in short.

    Attributes:
        position: in the audit trail.
        status: the ticket's of now, which may be later than the fact.
    """

    position: int
    number: str
    sequence: int
    action: str
    status: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Which ticket it is, and the sequence number of its newest fact."""

    ticket_id: UUID
    number: str
    last_sequence: int


async def standing_of(database: Calls, reference: str) -> Standing:
    """How far the record of a ticket reaches that whoever asks may read.

    Raises:
        UnknownTicket, NotAllowed: as they say.
    """
    reference = checked_reference(reference)
    await guard(database, Action.READ, reference)
    rows = await database.rows(SqlFunction.FIND_TICKET_WORKFLOW, reference)
    if not rows:
        raise await unknown(database, reference)
    return Standing(rows[0]["ticket_id"], rows[0]["number"], rows[0]["last_sequence"])


async def entries_after(database: Calls, ticket: UUID, after: int, limit: int) -> list[Entry]:
    """Facts of a ticket after one of them, oldest first; none where whoever asks may not see the ticket."""
    scope = scope_in(database, Action.READ)
    rows = await database.rows(SqlFunction.READ_TICKET_ENTRIES, ticket, after, limit, scope)
    return [Entry(row["sequence"], discreet_entry(database, row["entry"])) for row in rows]


def check_may_list(database: Calls) -> None:
    """Return where whoever asks may list tickets.

    Raises:
        NotAllowed: they may not.
    """
    check(database, Action.LIST)


async def moves_between(database: Calls, after: int, to: int, limit: int) -> list[Move]:
    """The facts of tickets that whoever asks may see, of a span of the audit trail, oldest first."""
    rows = await database.rows(SqlFunction.READ_MOVES, after, to, limit, scope_in(database, Action.LIST))
    return [Move(row["entry_number"], row["number"], row["sequence"], row["action"], row["status"]) for row in rows]
