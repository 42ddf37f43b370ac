"""When engineers are away, on their own wall clocks."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from models.registry.lines import trimmed
from models.registry.places import EARLIEST, LATEST, RowSaid
from models.registry.texts import Code, Note, said
from models.vocabulary.people import AbsenceReason

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _begin(value: Any) -> Any:
    """A day alone is its beginning."""
    value = trimmed(value)
    return f"{value} 00:00" if isinstance(value, str) and _DAY.fullmatch(value) else value


def _end(value: Any) -> Any:
    """A day alone is away as a whole: its end is the beginning of the next one."""
    value = trimmed(value)
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return datetime.combine(date.fromisoformat(value) + timedelta(days=1), datetime.min.time())
        except (ValueError, OverflowError):
            return value
    return value


def _local(value: datetime) -> datetime:
    if value.tzinfo is not None:
        raise ValueError("it is a time on the engineer's wall clock: leave the zone out")
    if not EARLIEST <= value.date() < LATEST:
        raise ValueError(f"{value:%Y-%m-%d} is no day of our time: check the year")
    return value


class AbsenceSaid(RowSaid):
    """When an engineer is away: nothing is offered to them then, and plans leave them out."""

    engineer: Code = said("Engineer", "Code of the engineer. It never changes.")
    starts_at: Annotated[datetime, BeforeValidator(_begin), AfterValidator(_local)] = said(
        "From", "On the engineer's wall clock: 2026-12-24 or 2026-12-24 14:00. A day alone is its beginning."
    )
    ends_at: Annotated[datetime, BeforeValidator(_end), AfterValidator(_local)] | None = said(
        "Until", "2026-12-31 (that day as a whole) or 2026-12-31 12:00; none: until further notice.", default=None
    )
    kind: AbsenceReason = said("Kind", "What for.")
    notes: Note = said("Notes", "For whoever plans the day. No illness by its name.", default="")
