"""What somebody gave, as the program takes it. Every refusal says what does not fit."""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import uuid4

from pydantic import BaseModel, ValidationError

from models.spelling import unreadable
from starter.failures import BadInput

M = TypeVar("M", bound=BaseModel)

_NAMING = frozenset({"code", "engineer_code", "stage", "return_to", "owner", "approved_by"})
"""Fields that name somebody or something; the others are what people say."""


def storable(text: str, what: str) -> str:
    """The text, if a database can keep it.

    Raises:
        BadInput: it has a NUL character or bytes that are no UTF-8.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadInput(f"The {what} is not UTF-8 text.") from None
    if "\x00" in text:
        raise BadInput(f"The {what} has a NUL character. Remove it.")
    return text


def legible(text: str, what: str) -> str:
    """The text, if it can identify somebody or something.

    Raises:
        BadInput: it can't be stored, or has something in it that nobody sees.
    """
    if (flaw := unreadable(storable(text, what))) is not None:
        raise BadInput(f"The {what} {flaw}.")
    return text


def fresh_command_id(given: str | None) -> str:
    """The given command id, or a new one."""
    return str(uuid4()) if given is None else legible(given, "command id")


def made(kind: type[M], /, **values: Any) -> M:
    """A message of what was given.

    Raises:
        BadInput: a value is too long, empty or not of its form; the first such is named.
    """
    for name, value in values.items():
        if isinstance(value, str):
            (legible if name in _NAMING else storable)(value, name.replace("_", " "))
            if name in _NAMING:  # a line break in a name would make lines of its own wherever it is shown
                values[name] = " ".join(value.split())
    try:
        return kind(**values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = " ".join(str(part) for part in first["loc"] if not isinstance(part, int)).replace("_", " ")
        raise BadInput(
            f"The {where or kind.__name__} does not fit: {_lower(first['msg'].removeprefix('Value error, '))}."
        ) from error


def known_code(text: str | None) -> str | None:
    """A problem code of the vocabulary as IMDRF writes it; the FDA's number of the same term will do as well.

    Raises:
        BadInput: it is none.
    """
    if text is None:
        return None
    from activities.ai.local.faults import problem_codes

    codes = problem_codes()
    wanted = text.strip().upper()
    by_number = {one.fda: code for code, one in codes.items()}
    if (code := wanted if wanted in codes else by_number.get(wanted)) is not None:
        return code
    near = [
        f"{code} {one.term}"
        for code, one in codes.items()
        if wanted and (code.startswith(wanted[:3]) or wanted in one.term.upper())
    ][:5]
    others = f" Near it: {'; '.join(near)}." if near else " A word of its term, instead of a code, shows those with it."
    raise BadInput(f"{text!r} is not a problem code that Fieldcare knows.{others} Leave it out if none fits.")


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
