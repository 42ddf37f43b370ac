"""TOML that people write, read within bounds: whatever is in the file, it is read soon or refused in a sentence."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.nesting import is_nested_deeper

LARGEST = 5_000_000
"""Bytes. What people write by hand is a thousandth of it."""

DEEPEST = 20
_LONG_KEY = re.compile(r"""(?:[\w"'-]{1,64}[ \t]*\.[ \t]*){100}""")
"""A dotted key of a hundred parts: the parser's time grows with the square of them."""


def read_toml(path: Path, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """What is in a TOML file.

    Raises:
        OSError: it can't be read.
        UnicodeDecodeError: it is not UTF-8.
        tomllib.TOMLDecodeError: it is not TOML, or more of it than anybody writes; the message says what and where.
    """
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise tomllib.TOMLDecodeError(f"it is larger than {LARGEST:,} bytes")
    return parsed_toml(content.decode(), parse_float)


def parsed_toml(text: str, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """The same of a text."""
    if _LONG_KEY.search(text):
        raise _too_deep(text)
    try:
        found = tomllib.loads(text, parse_float=parse_float)
    except RecursionError:
        raise _too_deep(text) from None
    except tomllib.TOMLDecodeError:
        raise
    except ValueError:  # of int(), for a number of more digits than it takes
        raise tomllib.TOMLDecodeError("a number is too long") from None
    if is_nested_deeper(found, DEEPEST):
        raise _too_deep(text)
    return found


def _too_deep(text: str) -> tomllib.TOMLDecodeError:
    """Where it goes deep, by the line with the most brackets and dots in it."""
    lines = text.splitlines() or [""]
    number = max(range(len(lines)), key=lambda at: sum(map(lines[at].count, "[{.")))
    return tomllib.TOMLDecodeError(f"it is nested deeper than {DEEPEST} levels (about line {number + 1})")
