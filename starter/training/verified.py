"""The verified tickets of this installation, divided in time: what is learnt from, tuned to and judged by."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from models.database import Database
from models.sql_functions import SqlFunction
from starter.failures import BadInput, Remedy, RemedyKind
from starter.reading.plain import json_value

FEWEST = 50
"""Tickets below which a fifth of them says nothing, whatever minimum is asked for."""

MOST_HELD_BACK = 3_000
"""Tickets to judge by, and as many to tune to: more would change no verdict, and cost a search for precedents each."""

LIGHT_PAGE, WHOLE_PAGE = 1_000, 50
"""Tickets of one question to the database: without their cases, and with them."""


@dataclass(frozen=True, slots=True)
class Split:
    """The parts of the verified tickets, by the moments at which they begin."""

    tickets: int
    since: datetime
    tune_from: datetime
    held_from: datetime
    until: datetime


async def divide(database: Database, since: datetime, minimum: int) -> Split:
    """Divide the tickets that were verified since then.

    Raises:
        BadInput: there are less than the minimum, or too many of one moment.
    """
    [row] = await database.rows(SqlFunction.VERIFIED_SPLIT, since, MOST_HELD_BACK)
    tickets = row["tickets"]
    if tickets < minimum:
        raise too_few(tickets, minimum)
    if not row["first"] < row["tune_from"] < row["held_from"]:
        raise BadInput(
            f"The {tickets:,} verified tickets can't be divided in time: too many of them were verified at one moment "
            f"({row['held_from'].astimezone(UTC):%Y-%m-%d %H:%M} UTC). Train again when more have been signed off.",
            Remedy(RemedyKind.BEGIN_LATER),
        )
    return Split(tickets, since, row["tune_from"], row["held_from"], row["last"] + timedelta(microseconds=1))


async def verified(
    database: Database, since: datetime, until: datetime, *, whole: bool
) -> AsyncIterator[Mapping[str, Any]]:
    """Verified tickets in the order of verifying, a page at a time."""
    last: tuple[datetime | None, UUID | None] = (None, None)
    size = WHOLE_PAGE if whole else LIGHT_PAGE
    while True:
        rows = await database.rows(SqlFunction.VERIFIED_TICKETS, since, until, *last, size, whole)
        for row in rows:
            yield {**row, "whole_case": json_value(row["whole_case"])} if whole else row
        if len(rows) < size:
            return
        last = (rows[-1]["verified_at"], rows[-1]["ticket_id"])


def too_few(found: int, minimum: int, left_out: int = 0) -> BadInput:
    """That there is not enough to learn from."""
    beside = f" ({left_out:,} more can't be used: their code, type or cause is unknown here)" if left_out else ""
    return BadInput(
        f"There are {found:,} verified tickets{beside}, and training needs {minimum:,}: at sign-off, have the cause "
        "and the problem code confirmed, and train again later.",
        Remedy(RemedyKind.ASK_FOR_LESS, str(FEWEST)),
    )
