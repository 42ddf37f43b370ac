"""What a serial number may be: what stands on a device, and not what programs and people made of it."""

from __future__ import annotations

import re
import unicodedata

from models.placeholders import is_error, is_filler, is_summary, spoilt
from models.spelling import disguised, plain, unreadable

_ORDINARY = re.compile(r"(?=[A-Z-]*\d)[A-Z][A-Z0-9-]{1,60}")
"""Serial numbers that nothing below would mind; most are so."""


_WORDS = re.compile(r"[^\W_]+")
_BESIDE_LATIN = ("LATIN CAPITAL", "LATIN SMALL", "CJK", "HIRAGANA", "KATAKANA", "HANGUL")
"""How the names of letters begin that stand beside Latin ones on labels, and look like none of them."""

_DRAWN_AS_DASHES = "\u02d7\u2027\u2500\u30fc\u4e00"
_FORMULA, _QUOTES = "=", "'’‘`´"


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
    if serial[0] == _FORMULA:
        raise SerialError(f"{serial!r} is what a spreadsheet computes from: export the values")
    if serial[0] in _QUOTES:
        raise SerialError(f"{serial!r} begins with a quote: remove it")
    if (letter := disguised(serial)) is not None:
        raise SerialError(f"{serial!r} has the letter {letter}: write it with Latin letters")
    if (sign := _foreign(serial)) is not None:
        raise SerialError(f"{serial!r} has {sign}: write it as on the device, with Latin letters, digits and hyphens")
    return serial


def _foreign(serial: str) -> str | None:
    """The first digit or dash that is none of ours, or letter of another alphabet among Latin ones; None: none is."""
    if serial.isascii():
        return None
    for place, one in enumerate(serial):
        beside = serial[max(place - 1, 0) : place + 2].replace(one, "")
        if (unicodedata.category(one) == "Pd" and one != "-") or (
            one in _DRAWN_AS_DASHES and beside and beside.isascii()
        ):
            return _named(one)
    for word in _WORDS.findall(serial):
        latin = any(one.isascii() and one.isalpha() for one in word)
        among_ours = any(one.isascii() for one in word)
        for one in word:
            digit = not one.isascii() and not one.isalpha() and (one.isdecimal() or among_ours)
            if digit or (latin and one.isalpha() and not unicodedata.name(one, "").startswith(_BESIDE_LATIN)):
                return _named(one)
    return None


def _named(one: str) -> str:
    return f"U+{ord(one):04X} {unicodedata.name(one, 'a character without a name')}"
