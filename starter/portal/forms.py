"""What somebody typed into a form, as it is used."""

from __future__ import annotations

import re

from starlette.datastructures import FormData

_WHOLE = re.compile(r"[+-]?\d{1,12}")
"""A whole number as people write it, in whatever digits; with more of them it is none that anything has."""


def entry(form: FormData, name: str, *, as_it_is: bool = False) -> str:
    """A field; empty where there is none.

    Args:
        as_it_is: with the blanks around it, as in a password.
    """
    value = form.get(name)
    said = value if isinstance(value, str) else ""
    # Browsers send the end of a line as CR LF.
    return said if as_it_is else said.replace("\r\n", "\n").strip()


def texts(form: FormData, name: str) -> list[str]:
    """All fields of a name: what was ticked of a list."""
    return [value.strip() for value in form.getlist(name) if isinstance(value, str) and value.strip()]


def whole_number(said: str) -> int | None:
    """The whole number that somebody wrote; None: it is none."""
    return int(said) if _WHOLE.fullmatch(said) else None
