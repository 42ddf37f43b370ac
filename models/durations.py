"""Lengths of time as people write them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

_UNITS = {
    unit: timedelta(**{name: 1})
    for name, units in {
        "weeks": "weeks week w",
        "days": "days day d",
        "hours": "hours hour h",
        "minutes": "minutes minute min m",
        "seconds": "seconds second sec s",
    }.items()
    for unit in units.split()
}
_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*")
_LENGTH = TypeAdapter(timedelta)
_NUMBER = re.compile(r"\s*\d+(?:\.\d+)?\s*")


def length_of(value: Any) -> timedelta:
    """`60 hours`, `2 days 4 hours`, `90m` as a length of time.

    Raises:
        ValueError: it is none; the clause says how one is written.
    """
    text, total, place = str(value).lower(), timedelta(0), 0
    if not text.strip():
        raise _none(value)
    while place < len(text):
        part = _PART.match(text, place)
        if part is None or part[2] not in _UNITS:
            raise _none(value)
        try:
            total += float(part[1]) * _UNITS[part[2]]
        except OverflowError:
            raise ValueError(f"{value!r} is too long") from None
        place = part.end()
    return total


def seconds_or_length(value: Any) -> Any:
    """The same, where a bare number is seconds; ISO 8601 (`PT20S`) and clock time (`00:00:20`) will do as well.

    Raises:
        ValueError: as for `length_of()`. What is no text is left to whoever validates.
    """
    if not isinstance(value, str):
        return value
    if not value.strip().upper().startswith("P") and ":" not in value:
        return length_of(f"{value} s" if _NUMBER.fullmatch(value) else value)
    try:
        return _LENGTH.validate_python(value.strip())
    except ValidationError:
        raise _none(value) from None


def _none(value: Any) -> ValueError:
    return ValueError(f"{value!r} is not a length of time: write it like 4 hours, 90 minutes or 2 days")
