"""What stands on the label of a part: its number, lot or serial number, and the day on which it expires."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime

from starter.failures import BadInput
from starter.given import storable

EXPIRES = "17"
PART_NUMBERS = ("240", "241")
"""The maker's and the customer's number, by GS1."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a scanner has read; None: it does not stand there."""

    part: str | None = None
    lot: str | None = None
    serial: str | None = None
    expires_on: date | None = None


def read_label(text: str, today: date | None = None) -> Label:
    """A GS1 code as a scanner types it, or just a part number.

    Raises:
        BadInput: it is a GS1 code that can't be read.
    """
    from models.udi import LOT, SERIAL, UdiError, is_scan, read_elements  # the tables of GS1 take their time

    text = storable(text.strip(), "code")
    if not is_scan(text):
        return Label(part=text or None)
    try:
        found = dict(read_elements(text))
    except UdiError as error:
        raise BadInput(f"What was scanned can't be read: {error}. Scan it again, or type the part number.") from error
    serial = found.get(SERIAL)
    return Label(
        part=next((found[one] for one in PART_NUMBERS if one in found), None),
        lot=None if serial else found.get(LOT),
        serial=serial,
        expires_on=_day(found[EXPIRES], today or datetime.now(UTC).date()) if EXPIRES in found else None,
    )


def _day(text: str, today: date) -> date:
    """YYMMDD in the century that GS1 means: at most 50 years ahead, 49 back. Day 00 is the last one of its month."""
    year, month, day = (int(text[place : place + 2]) for place in (0, 2, 4))
    year += today.year - today.year % 100
    if year - today.year > 50:
        year -= 100
    elif today.year - year >= 50:
        year += 100
    return date(year, month, day or monthrange(year, month)[1])
