"""Cells that a spreadsheet would run: written with an apostrophe before them, and read without it again.

A text of a stranger such as `=HYPERLINK(…)` in a CSV file is a formula to whoever opens it. Numbers stay numbers.

The other way round, whoever wants a spreadsheet to keep `00123` writes `="00123"`: read, it is the text within.
"""

from __future__ import annotations

import re

MARK = "'"
FORMULA = "="
_RUNS = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
"""Text that is run, or that looks like one of ours that is guarded already: so reading undoes writing exactly."""

_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)*|[.,]\d+)(?:[eE][+-]?\d+)?%?", re.ASCII)
_WRAPPED = re.compile(r"\s*=\s*[+]?\s*(?:T\(\s*)?[\"“”„]((?:[^\"“”„]|\"\")*)[\"“”]\s*\)?\s*", re.IGNORECASE)
_TEXT_MARK = re.compile(r"['’‘`´＇]+(?=\w)")
_QUOTES = {'"': '"', "“": "”", "„": "“", "”": "”", "«": "»", "'": "'", "‘": "’"}
_CALLS = re.compile(r"=\s*(?:[A-Z][A-Z0-9_.]*\(|\$?[A-Z]{1,3}\$?\d|[\d+\-(\"'{]|[^!@=]+!)", re.IGNORECASE)


def guarded(text: str) -> str:
    """The text as a CSV cell that no spreadsheet runs."""
    return MARK + text if _RUNS.match(text) and not _NUMBER.fullmatch(text) else text


def restored(cell: str) -> str:
    """The text of a cell that may have been guarded, or wrapped to be kept as it is."""
    if cell.startswith(MARK):
        return cell[1:] if guarded(cell[1:]) == cell else cell
    return unwrapped(cell)


def unwrapped(cell: str) -> str:
    """The text within `="text"`; any other cell as it is."""
    if FORMULA in cell and (wrapped := _WRAPPED.fullmatch(cell)) is not None:
        return wrapped[1].replace('""', '"')
    return cell


def unmarked(text: str) -> str:
    """An identifier without the apostrophe that makes a spreadsheet keep it, and without quotes around it."""
    if text[:1].isalnum():
        return text
    text = unwrapped(text)
    if len(text) > 1 and _QUOTES.get(text[0]) == text[-1]:
        return text[1:-1].strip()
    return _TEXT_MARK.sub("", text, count=1) if _TEXT_MARK.match(text) and text[-1] not in "'’" else text


def is_formula(text: str) -> bool:
    """Whether a spreadsheet wrote what it computes, not what came of it: `=A2&B2`, `=VLOOKUP(…)`."""
    return _CALLS.match(text) is not None
