"""What was said to AI about a ticket, and what it said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from models.database import Database
from models.sql_functions import SqlFunction
from starter.reading.finding import ticket_id

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Conversation:
    """Every message to and from AI about a ticket, and the calls whose cost nobody knows."""

    messages: Sequence[Row]
    unsettled: Sequence[Row]

    @property
    def answers(self) -> list[Row]:
        return [row for row in self.messages if row["role"] == "assistant"]

    @property
    def failed(self) -> int:
        """Calls that failed."""
        return sum(row["error"] is not None for row in self.answers)

    @property
    def cost_usd(self) -> Decimal:
        """What the answers are known to have cost."""
        return sum((row["cost_usd"] or Decimal(0) for row in self.answers), Decimal(0))

    @property
    def at_most_usd(self) -> Decimal:
        """What the others may have cost beside it."""
        return sum((row["reserved_usd"] for row in self.unsettled), Decimal(0))


async def read_conversation(database: Database, reference: str) -> Conversation:
    """The conversation about a ticket, in the order in which it was had.

    Raises:
        UnknownTicket: it is not on record.
    """
    found = await ticket_id(database, reference)
    messages = await database.rows(SqlFunction.GET_CONVERSATION_HISTORY, found, None, None)
    return Conversation(messages, await database.rows(SqlFunction.UNSETTLED_AI_CALLS, found))
