"""What was said to AI about a ticket, and what it said."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from models.database_calls import Calls
from models.sql_functions import SqlFunction
from models.vocabulary.ai import CallOutcome
from starter.reading.finding import ticket_id
from starter.reading.words import one_line

Row = Mapping[str, Any]

_GIST = 200
"""Characters of an answer."""


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
        """Calls that failed; one that abstained has not."""
        return sum(row["error"] is not None and not is_abstention(row) for row in self.answers)

    @property
    def abstained(self) -> int:
        """Calls in which AI said that it can't say."""
        return sum(is_abstention(row) for row in self.answers)

    @property
    def cost_usd(self) -> Decimal:
        """What the answers are known to have cost."""
        return sum((row["cost_usd"] or Decimal(0) for row in self.answers), Decimal(0))

    @property
    def at_most_usd(self) -> Decimal:
        """What the others may have cost beside it."""
        return sum((row["reserved_usd"] for row in self.unsettled), Decimal(0))


def is_abstention(row: Row) -> bool:
    """Whether an answer says that there is none to be given."""
    return bool(row["finish_reason"] == CallOutcome.ABSTAINED.value)


def gist(content: str) -> str:
    """An answer in a sentence or two: its own summary, or its beginning."""
    try:
        said = json.loads(content)
    except ValueError:
        said = None
    summary = said.get("summary") if isinstance(said, dict) else None
    return one_line(summary if isinstance(summary, str) and summary.strip() else content, _GIST)


async def read_conversation(database: Calls, reference: str) -> Conversation:
    """The conversation about a ticket, in the order in which it was had.

    Raises:
        UnknownTicket: it is not on record.
    """
    found = await ticket_id(database, reference)
    messages = await database.rows(SqlFunction.GET_CONVERSATION_HISTORY, found, None, None)
    return Conversation(messages, await database.rows(SqlFunction.UNSETTLED_AI_CALLS, found))
