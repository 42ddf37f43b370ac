"""What a serial number may be: what stands on a device, and not what programs and people made of it."""

from __future__ import annotations

import re

from models.placeholders import is_error, is_filler, is_summary, spoilt
from models.spelling import disguised, plain, unreadable

_ORDINARY = re.compile(r"(?=[A-Z-]*\d)[A-Z][A-Z0-9-]{1,60}")
"""Serial numbers that nothing below would mind; most are so."""


class SerialError(Exception):
    """What is wrong with a serial number, as a part of a sentence with its remedy."""


def read_serial(text: str) -> str:
    """A serial number as it is stored.

    Raises:
        SerialError: it is none, or not the one that stands on the device.
    """
    if _ORDINARY.fullmatch(text):
        return text
    if (hidden := unreadable(text)) is not None:
        raise SerialError(f"{text!r} {hidden}")
    serial = plain(text)
    if is_error(serial):
        raise SerialError(f"is {serial}, an error of the spreadsheet: correct it there")
    if is_summary(serial):
        raise SerialError(f"{serial!r} sums up other rows: remove this row")
    if is_filler(serial):
        raise SerialError(f"{serial!r} stands for none: enter what is on the device")
    if (how := spoilt(serial)) is not None:
        raise SerialError(f"{serial} {how}: format the column as text and export it again")
    if (letter := disguised(serial)) is not None:
        raise SerialError(f"{serial!r} has the letter {letter}: write it with Latin letters")
    return serial
