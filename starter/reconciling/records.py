"""Compares the record of tickets with what their facts make of it, which the audit trail holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from models.database import Database
from models.sql_functions import SqlFunction

KEPT = 50
"""Differences that are remembered; the others are counted."""

PAGE = 500

TABLES = {
    "notifications": "notification",
    "offer_answers": "offer",
    "service_tickets": "ticket",
    "sla_clocks": "clock",
    "sla_events": "event of a clock",
    "stage_assignments": "assignment",
    "stage_execution_data": "what was done",
    "ticket_workflow_instances": "workflow",
    "workflow_stage_transitions": "stage",
}
"""What people call a row of these tables."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One column of a ticket's record that is not what its facts make of it.

    Attributes:
        column: None where the row is there on one side alone.
    """

    ticket: str
    table: str
    row: str
    column: str | None
    on_record: Any
    by_facts: Any

    @property
    def place(self) -> str:
        """Where that is: `clock resolution, elapsed`."""
        row = f"{TABLES.get(self.table, self.table)} {self.row}".rstrip()
        return row if self.column is None else f"{row}, {self.column}"

    @property
    def sentence(self) -> str:
        """What is wrong there."""
        if self.column is None:
            return "no fact made this row" if self.by_facts is None else "the row is missing"
        if self.on_record is None and isinstance(self.by_facts, str) and self.by_facts.startswith("another one"):
            return self.by_facts
        return f"{_value(self.on_record)} on record, {_value(self.by_facts)} by its facts"


@dataclass(slots=True)
class Compared:
    """How many tickets were compared, and what differs: all is counted, the first `KEPT` are kept."""

    tickets: int = 0
    changed: int = 0
    """Tickets with a difference."""
    total: int = 0
    """Differences of all of them."""
    first: list[Difference] = field(default_factory=list)
    blind: list[tuple[str, str]] = field(default_factory=list)
    """Tickets that can't be compared, and why."""

    @property
    def same(self) -> bool:
        return not self.total and not self.blind

    async def add(self, database: Database, ticket_id: UUID, number: str) -> None:
        """Compare one more ticket. Nothing is changed by that, and nobody waits for it."""
        rows = await database.rows(SqlFunction.FIND_RECORD_DIFFERENCES, ticket_id)
        self.tickets += 1
        if rows and rows[0]["table_name"] == "audit_events":
            self.blind.append((number, rows[0]["by_facts"]))
            return
        self.changed += bool(rows)
        self.total += len(rows)
        self.first += [
            Difference(
                number, row["table_name"], row["row_name"], row["column_name"], row["on_record"], row["by_facts"]
            )
            for row in rows[: KEPT - len(self.first)]
        ]


async def compare_ticket(database: Database, ticket_id: UUID) -> Compared:
    """Compare one ticket."""
    done = Compared()
    number = await database.call(SqlFunction.NAME_AUDIT_SUBJECT, "service_tickets", ticket_id)
    await done.add(database, ticket_id, number)
    return done


async def compare_all(database: Database, *, advanced: Callable[[int], None] = lambda _: None) -> Compared:
    """Compare every ticket, by ids; some five milliseconds each."""
    done = Compared()
    after: UUID | None = None
    while rows := await database.rows(SqlFunction.TICKETS_BY_ID, after, PAGE, False):
        for row in rows:
            await done.add(database, row["ticket_id"], row["number"])
            advanced(1)
        after = rows[-1]["ticket_id"]
    return done


async def compare_newest(database: Database, limit: int) -> Compared:
    """Compare the tickets that were opened last."""
    done = Compared()
    for row in await database.rows(SqlFunction.LIST_TICKETS, None, None, None, None, limit):
        await done.add(database, row["ticket_id"], row["number"])
    return done


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:79]}…"
