"""What can be said in a field of the registry: texts that identify, that people can read, each spelled one way.

docs/adr/0025 says why. Every refusal is a clause with its remedy.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from models.placeholders import is_error, says_nothing
from models.registry.lines import trimmed
from models.serials import SerialError, read_serial
from models.spelling import disguised, plain, tidied, unreadable
from models.zones import known_zone

_CAPITALS = re.compile(r"[A-Z][A-Z0-9-]*")


def _legible(text: str) -> str:
    if (flaw := unreadable(text)) is not None:
        raise ValueError(flaw)
    if is_error(text):
        raise ValueError(f"{text} is an error of a spreadsheet: say what it should be")
    return text


def _name(text: str) -> str:
    text = tidied(_legible(text))
    if says_nothing(text):
        raise ValueError(f"{text!r} names nothing: say what it is called")
    if (letter := disguised(text, whole=False)) is not None:
        raise ValueError(f"{text!r} has the letter {letter}: write it with Latin letters")
    return text


def _code(text: str) -> str:
    text = plain(_legible(text)).upper()
    if not _CAPITALS.fullmatch(text):
        raise ValueError("a code has capital letters, digits and hyphens, and begins with a letter, such as AIIMS-2")
    return text


def _serial(text: str) -> str:
    try:
        return read_serial(text)
    except SerialError as error:
        raise ValueError(str(error)) from None


def _plain(text: str) -> str:
    return plain(_legible(text))


Short = Annotated[str, StringConstraints(min_length=1, max_length=200)]

Code = Annotated[Short, BeforeValidator(trimmed), AfterValidator(_code)]
"""A code of capital letters."""

Known = Annotated[Short, BeforeValidator(trimmed), AfterValidator(_plain)]
"""A code of something else that is on record, as it is spelled there."""

Named = Annotated[Short, BeforeValidator(trimmed), AfterValidator(_name)]
"""What something is called."""

Serial = Annotated[Short, BeforeValidator(trimmed), AfterValidator(_serial)]
Plain = Annotated[Short, BeforeValidator(trimmed), AfterValidator(_plain)]
"""A number or mark that identifies."""

Zone = Annotated[Short, BeforeValidator(trimmed), AfterValidator(known_zone)]
Note = Annotated[str, BeforeValidator(trimmed), StringConstraints(max_length=2000), AfterValidator(_legible)]


def said(label: str, description: str = "", *, default: Any = ...) -> Any:
    """A field of a row: what it is called, and its help; without a default it has to be given."""
    return Field(default, title=label, description=description or None)
