"""Values as people write them: durations, names of states, the beginning of a text."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

WRITTEN_INSTANT = re.compile(r"\b(\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?)( UTC\b|[+-]\d\d:\d\d\b)")
"""How the program writes an instant into a sentence, to the minute or to the second, and with its offset."""


def span(duration: timedelta | float | None) -> str:
    """A duration in its two largest units: `2 h 10 min`, `3 d 4 h`, `45 s`."""
    if duration is None:
        return ""
    seconds = duration.total_seconds() if isinstance(duration, timedelta) else float(duration)
    if seconds < 0:
        return f"−{span(-seconds)}"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms" if seconds else "0 s"
    left = round(seconds)
    parts: list[str] = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count or parts:
            parts.append(f"{count} {unit}" if count else "")
        if len(parts) == 2:
            break
    return " ".join(part for part in parts if part)


def exactly(duration: timedelta) -> str:
    """A duration as hours, minutes and seconds, with what is below a second where there is any: nothing is rounded."""
    total = duration // timedelta(seconds=1)
    below = f".{duration.microseconds:06d}" if duration.microseconds else ""
    return f"{total // 3600}:{total // 60 % 60:02d}:{total % 60:02d}{below}"


def words(value: object) -> str:
    """An enumeration's value as people write it."""
    return "" if value is None else str(value).replace("_", " ")


def moment(at: datetime | str) -> datetime:
    """An instant, whether it comes as itself or as JSON's text."""
    return datetime.fromisoformat(at) if isinstance(at, str) else at


def due_in(due: datetime | str | None, now: datetime) -> str:
    """How far off a deadline is, on the wall clock."""
    if due is None:
        return ""
    left = moment(due) - now
    return f"in {span(left)}" if left.total_seconds() >= 0 else f"{span(-left)} late"


def one_line(text: str, length: int = 60) -> str:
    """The beginning of a text, on one line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[: length - 1].rstrip() + "…"


def verdicts(met: int, breached: int) -> str:
    """How a ticket's clocks ended."""
    return f"{met} met, {breached} breached"
