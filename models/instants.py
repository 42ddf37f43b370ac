"""Instants that people may name: within the years of work, where no arithmetic with zones and durations fails."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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


def on_the_clock(instant: datetime, zone: str = "UTC", to: Literal["minutes", "seconds"] = "minutes") -> str:
    """`2026-03-02 03:00-05:00`: as a clock at a place shows it, with its offset, so that nobody guesses the zone.

    Args:
        zone: IANA name; one that is not known here is taken for UTC.
    """
    try:
        local = instant.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        local = instant.astimezone(UTC)
    return local.isoformat(sep=" ", timespec=to)
