"""Local times that wall clocks never show, or show twice: what a change of the clocks makes of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

SECOND = timedelta(seconds=1)


class ClockChange(StrEnum):
    """How to take a local time that a change of the clocks skips or repeats."""

    REFUSE = "refuse"
    BEFORE = "before"
    """By the offset that held before the change: the first of two, and past a gap what lies in it (RFC 5545)."""

    AFTER = "after"
    """By the offset that held from the change on: the second of two, and before a gap what lies in it."""


class UnclearTime(ValueError):  # noqa: N818 - a property of a time
    """A local time that stands for no instant, or for two; the clause says which, and how to write what is meant."""


def instant_of(local: datetime, zone: tzinfo, take: ClockChange = ClockChange.REFUSE) -> tuple[datetime, bool]:
    """The instant of a local time in UTC, and whether `take` had to decide which.

    Args:
        local: naive.

    Raises:
        UnclearTime: the clocks of the zone skip it or show it twice, and `take` is to refuse that.
        OverflowError: it is not within the years that can be told.
    """
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    before, after = first.utcoffset() or timedelta(0), second.utcoffset() or timedelta(0)
    if before == after:
        return first.astimezone(UTC), False
    if take is ClockChange.REFUSE:
        raise UnclearTime(_skipped(local, zone, before, after) if before < after else _repeated(local, zone))
    return (local - (before if take is ClockChange.BEFORE else after)).replace(tzinfo=UTC), True


def _skipped(local: datetime, zone: tzinfo, before: timedelta, after: timedelta) -> str:
    low, high = ((local - offset).replace(tzinfo=UTC) for offset in (after, before))
    while high - low > SECOND:
        middle = low + (high - low) // 2 // SECOND * SECOND
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    left, entered = (_written((high + offset).replace(tzinfo=None)) for offset in (before, after))
    return f"does not exist in {zone}, where the clocks went from {left} to {entered}: correct it"


def _repeated(local: datetime, zone: tzinfo) -> str:
    first, second = (_written(local.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    return f"comes twice in {zone}: write {first} or {second}"


def _written(at: datetime) -> str:
    return at.isoformat(timespec="seconds" if at.second or at.microsecond else "minutes")
