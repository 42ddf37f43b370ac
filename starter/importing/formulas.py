"""Cells that a spreadsheet would run: written with an apostrophe before them, and read without it again.

A text of a stranger such as `=HYPERLINK(…)` in a CSV file is a formula to whoever opens it. Numbers stay numbers.
"""

from __future__ import annotations

import re

MARK = "'"
_RUNS = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
"""Text that is run, or that looks like one of ours that is guarded already: so reading undoes writing exactly."""

_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)*|[.,]\d+)(?:[eE][+-]?\d+)?%?", re.ASCII)


def guarded(text: str) -> str:
    """The text as a CSV cell that no spreadsheet runs."""
    return MARK + text if _RUNS.match(text) and not _NUMBER.fullmatch(text) else text


def restored(cell: str) -> str:
    """The text of a cell that may have been guarded."""
    return cell[1:] if cell.startswith(MARK) and guarded(cell[1:]) == cell else cell
