"""What a span of work took in business time, and whether that met its target: a clock in hindsight."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.sla.calendar import Calendar

Interval = tuple[datetime, datetime]
"""`[start, end)`, both aware."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Business time that passed, when the target was or would have been reached, and the verdict.

    Attributes:
        due: None without a target.
        met: whether it ended at or before the deadline; None without a target.
    """

    elapsed: timedelta
    due: datetime | None = None
    met: bool | None = None


def measure(
    calendar: Calendar,
    start: datetime,
    end: datetime,
    pauses: Sequence[Interval] = (),
    target: timedelta | None = None,
) -> Measured:
    """Measure `[start, end)` without the union of its pauses.

    The deadline is found as if the work went on after `end` with the pauses that are known.

    Raises:
        ValueError: the end is before the start, a pause ends before it begins, or the target is not above zero.
        OverflowError: the deadline lies more than a century ahead.
    """
    if end < start:
        raise ValueError("it ends before it starts")
    if target is not None and target <= timedelta(0):
        raise ValueError("the target is not above zero")
    if not pauses:
        elapsed = calendar.open_between(start, end)
        if target is None:
            return Measured(elapsed)
        return Measured(elapsed, calendar.after(start, target), elapsed <= target)
    paused = _united(pauses)
    elapsed = sum((calendar.open_between(a, b) for a, b in _running(start, end, paused)), timedelta(0))
    if target is None:
        return Measured(elapsed)
    return Measured(elapsed, _due(calendar, start, paused, target), elapsed <= target)


def _united(pauses: Iterable[Interval]) -> list[Interval]:
    """The pauses in order, with those that touch or overlap made one."""
    united: list[Interval] = []
    for begin, end in sorted(pauses):
        if end < begin:
            raise ValueError("a pause ends before it begins")
        if united and begin <= united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], end))
        else:
            united.append((begin, end))
    return united


def _running(start: datetime, end: datetime, paused: Iterable[Interval]) -> Iterator[Interval]:
    for begin, resumed in paused:
        if begin >= end:
            break
        if begin > start:
            yield start, begin
        start = max(start, resumed)
    if start < end:
        yield start, end


def _due(calendar: Calendar, start: datetime, paused: Iterable[Interval], target: timedelta) -> datetime:
    left = target
    for begin, resumed in paused:
        if begin > start:
            passed = calendar.open_between(start, begin)
            if passed >= left:
                return calendar.after(start, left)
            left -= passed
        start = max(start, resumed)
    return calendar.after(start, left)
