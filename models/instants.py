"""Instants that people may name: within the years of work, where no arithmetic with zones and durations fails."""

from __future__ import annotations

from datetime import UTC, datetime

EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
BOUNDS = f"the years {EARLIEST.year} to {LATEST.year - 1}"


def in_utc(instant: datetime) -> datetime:
    """An aware instant in UTC.

    Raises:
        ValueError: it is not within `BOUNDS`. Some exports write the year 9999 for never.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant without a time zone")
    try:
        found = instant.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"outside {BOUNDS}") from None
    if not EARLIEST <= found < LATEST:
        raise ValueError(f"outside {BOUNDS}")
    return found
