"""Secrets at the terminal: asked for unseen, or read from standard input; a link alone may be an argument."""

from __future__ import annotations

import getpass
import sys

from pydantic import SecretStr

from starter.failures import BadInput

_LONGEST_LINE = 4096


def asked_for(what: str, *, twice: bool = False) -> SecretStr:
    """A secret: typed unseen at a terminal, elsewhere the next line of standard input.

    Args:
        twice: whether it has to be typed again: nobody sees a slip.

    Raises:
        BadInput: there is none, or the two differ.
    """
    if not sys.stdin.isatty():
        line = sys.stdin.readline(_LONGEST_LINE).rstrip("\r\n")
        if not line:
            raise BadInput(f"There is no {what} on standard input. Give it a line of its own.")
        return SecretStr(line)
    first = getpass.getpass(f"{what.capitalize()}: ")
    if not first:
        raise BadInput(f"No {what} was typed.")
    if twice and getpass.getpass(f"{what.capitalize()} again: ") != first:
        raise BadInput(f"The two are not the same {what}. Nothing was changed.")
    return SecretStr(first)
