"""Unique device identifiers: GS1 element strings, read as labels, scanners and spreadsheets give them.

A UDI has two parts. The device identifier, (01), names a model; with a serial number, (21), it names one unit. HIBCC
and ICCBBA strings are recognised and kept as they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from biip import ParseError
from biip.checksums import gs1_standard_check_digit
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from biip.gs1_element_strings import GS1ElementString

from models.placeholders import spoilt

Element = tuple[str, str]
"""An application identifier, such as `01`, and its value."""

GTIN, LOT, SERIAL = "01", "10", "21"
ORDER = (GTIN, "11", "17", LOT, SERIAL)
"""What a UDI consists of, in the order in which it is stored: made, expires, lot, serial. Anything else follows."""

_SYMBOLOGIES = ("]d2", "]C1", "]Q3", "]e0", "]J1")
_FNC1 = re.compile(r"\^|<GS>|\{GS\}|␝|\\x1d|\\u001d", re.IGNORECASE)
_BRACKETED = re.compile(r"\((\d{2,4})\)((?:\\\(|[^(])*)")
_SPACES = re.compile(r"[ \t\r\n\u00a0]+")
_GTIN_LENGTHS = (8, 12, 13, 14)
_CHECKED = {"00": 18, GTIN: 14, "02": 14, "03": 14, "8003": 14}
"""Identifiers whose value begins with a number that ends in a check digit, and that number's length."""

_SERIAL = re.compile(r"[!-\"%-?A-Z_a-z]{1,20}")
_HIBC_DEVICE = re.compile(r"(?P<labeler>[A-Z][A-Z0-9]{3})[A-Z0-9]{1,18}[0-9]")
_HIBC_SERIAL = re.compile(r"/(?:S|\$\+)([^/]+)")
_HIBC_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
_SCANNED = re.compile(r"\]\w\w|\x1d|\(01\)|\(\d{2,4}\).*\(01\)|https?://|01\d{14}(?:1[0-9]|21|240)")
"""How what a scanner sends begins, and what is printed below a code."""


class Issuer(StrEnum):
    """Whose rules a UDI follows."""

    GS1 = "GS1"
    HIBCC = "HIBCC"
    ICCBBA = "ICCBBA"


class UdiError(Exception):
    """What is wrong with a UDI, as a part of a sentence."""


@dataclass(frozen=True, slots=True)
class Udi:
    """A device identifier, and what stands beside it.

    Attributes:
        text: how it is stored; for GS1 in parentheses and in `ORDER`.
        serial: the serial number in it.
        names_a_unit: whether it tells one unit from another of its model.
    """

    issuer: Issuer
    text: str
    serial: str | None
    names_a_unit: bool

    def of_unit(self, serial: str) -> str | None:
        """The UDI of the unit with this serial number, or None when this one names only its model and can't take it."""
        if self.names_a_unit:
            return self.text
        if self.issuer is Issuer.GS1 and _SERIAL.fullmatch(serial):
            return element_string([*read_elements(self.text), (SERIAL, serial)])
        return None


def read_udi(text: str) -> Udi:
    """Read a UDI or a bare device identifier (a GTIN).

    Raises:
        UdiError: it can't be read, its check digit is wrong, or it lacks the device identifier.
    """
    elements: tuple[Element, ...]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    if (how := spoilt(text.strip())) is not None:
        raise UdiError(f"{text} {how}: format the column as text and export it again")
    text = _SPACES.sub("", text)
    if text.isascii() and text.isdigit() and len(text) in _GTIN_LENGTHS:
        elements = (_checked(GTIN, text.zfill(14)),)
    elif text.startswith(("=", "&")):
        return Udi(Issuer.ICCBBA, text, None, names_a_unit="=," in text)
    elif (hibc := _hibc(text)) is not None:
        return hibc
    else:
        elements = read_elements(text)
    values = dict(elements)
    if GTIN not in values:
        raise UdiError(f"{_short(text)} has no device identifier (01)")
    serial = values.get(SERIAL)
    return Udi(Issuer.GS1, element_string(elements), serial, names_a_unit=serial is not None)


def is_scan(text: str) -> bool:
    """Whether a text is a GS1 code as it is scanned or printed, and no serial number that happens to be long."""
    text = text.lstrip()
    if not _SCANNED.match(text):
        return "\x1d" in text
    return not text.startswith(GTIN) or gs1_standard_check_digit(text[2:15]) == int(text[15])


def read_elements(text: str) -> tuple[Element, ...]:
    """The elements of a GS1 string in their order: in parentheses, as a scanner sends it, or as a Digital Link.

    Within parentheses `\\(` is a parenthesis of the value. What a scanner sends begins with FNC1, a symbology
    identifier or 01; FNC1 is the character GS, or `^` or `<GS>` in its place.

    Raises:
        UdiError: an identifier is unknown, a value is not of its form, a check digit or a date is wrong.
    """
    if text.startswith("("):
        elements = tuple(_checked(identifier, value) for identifier, value in _in_parentheses(text))
    elif text.lower().startswith(("http://", "https://")):
        elements = _of_link(text)
    else:
        elements = tuple(_scanned(text))
    if len({identifier for identifier, _ in elements}) < len(elements):
        raise UdiError(f"{_short(text)} says the same thing twice")
    return elements


def element_string(elements: Iterable[Element]) -> str:
    """The elements in parentheses, in the order of `ORDER`."""

    def place(element: Element) -> tuple[int, str]:
        identifier = element[0]
        return (ORDER.index(identifier) if identifier in ORDER else len(ORDER), identifier)

    return "".join(
        f"({identifier}){value.replace('(', chr(92) + '(')}" for identifier, value in sorted(elements, key=place)
    )


def _in_parentheses(text: str) -> list[Element]:
    found: list[Element] = []
    end = 0
    while end < len(text):
        one = _BRACKETED.match(text, end)
        if one is None:
            raise UdiError(f"{_short(text)} has a parenthesis that is no identifier such as (01)")
        found.append((one[1], one[2].replace("\\(", "(")))
        end = one.end()
    return found


def _of_link(text: str) -> tuple[Element, ...]:
    try:
        link = GS1DigitalLinkURI.parse(text)
    except (ParseError, ValueError) as error:
        raise UdiError(f"{_short(text)} is not a GS1 Digital Link") from error
    return tuple(_checked(one.ai.ai, one.value) for one in link.element_strings)


def _scanned(text: str) -> list[Element]:
    rest = _FNC1.sub("\x1d", text)
    marked = rest.removeprefix("\x1d") if rest.startswith("\x1d") else None
    for prefix in _SYMBOLOGIES:
        if rest.startswith(prefix):
            marked = rest.removeprefix(prefix).removeprefix("\x1d")
    if marked is None and re.match(r"01\d{14}", rest):
        marked = rest
    if not marked:
        raise UdiError(f"{_short(text)} is no UDI that can be read: GS1 looks like (01)04012345678901(21)SERIAL")
    found: list[Element] = []
    rest = marked
    while rest:
        try:
            one = GS1ElementString.extract(rest)
        except ParseError as error:
            raise _unreadable(rest.split("\x1d")[0]) from error
        read = len(one)
        if one.ai.separator_required and len(rest) > read and rest[read] != "\x1d":
            raise UdiError(f"({one.ai.ai}){_short(rest[len(one.ai.ai) :].split(chr(29))[0])} is not of its form")
        found.append(_checked(one.ai.ai, one.value))
        rest = rest[read:].removeprefix("\x1d")
    return found


def _checked(identifier: str, value: str) -> Element:
    """The element, if its value is of its form."""
    if identifier in {LOT, SERIAL} and _SERIAL.fullmatch(value):
        return identifier, value  # what the rules say of both, and seldom twice the same
    return _verified(identifier, value)


@lru_cache(maxsize=16_384)
def _verified(identifier: str, value: str) -> Element:
    try:
        one = GS1ElementString.parse(identifier + value)
    except ParseError as error:
        raise _unreadable(identifier + value, identifier) from error
    if one.ai.ai != identifier:
        raise UdiError(f"({identifier}) is no identifier of GS1")
    if identifier in _CHECKED:
        number = value[: _CHECKED[identifier]]
        check = gs1_standard_check_digit(number[:-1])
        if check != int(number[-1]):
            raise UdiError(f"the check digit of {number} is {number[-1]} and must be {check}: mistyped?")
        if not number.strip("0"):
            raise UdiError(f"{number} is no device identifier")
    return identifier, value


def _unreadable(text: str, identifier: str | None = None) -> UdiError:
    where = identifier or text[:2]
    value = text[len(where) :]
    if where in {"11", "12", "13", "15", "16", "17"} and re.fullmatch(r"\d{6}", value[:6]):
        return UdiError(f"({where}){value[:6]} is no date: it is YYMMDD, with DD = 00 where only the month is known")
    return UdiError(f"({where}){_short(value)} is not of its form, or ({where}) is no identifier of GS1")


def _hibc(text: str) -> Udi | None:
    """A HIBCC string: `+`, labeler, product, unit of measure, then production parts after slashes and a check."""
    if text.startswith("+"):
        known = all(character in _HIBC_CHARACTERS for character in text)
        body = text[:-1]
        if known and _hibc_check(body) != text[-1] and _hibc_check(text) == " ":
            body = text  # its check character is a space, which did not survive
        elif not known or _hibc_check(body) != text[-1]:
            raise UdiError(f"{_short(text)} looks like HIBCC, and its check character is wrong")
        serial = _HIBC_SERIAL.search(body)
        return Udi(Issuer.HIBCC, text, serial[1] if serial else None, names_a_unit=bool(serial) or "/$$+" in body)
    device = _HIBC_DEVICE.fullmatch(text)
    if device is not None and re.search(r"\d", device["labeler"]):
        return Udi(Issuer.HIBCC, text, None, names_a_unit=False)
    return None


def _hibc_check(text: str) -> str:
    return _HIBC_CHARACTERS[sum(map(_HIBC_CHARACTERS.index, text)) % len(_HIBC_CHARACTERS)]


def _short(text: str) -> str:
    readable = "".join(character if character.isprintable() else "␝" for character in text)
    return repr(readable if len(readable) <= 60 else readable[:60] + "…")
