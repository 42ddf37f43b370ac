"""The line of a CSV file that names its columns, and what programs write before it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from starter.importing.formulas import restored
from starter.importing.source import Line, SourceError

_DELIMITERS = ("\t", ";", "|", ",")
"""Where two stand in the head line as often, the first of them: a comma may be part of a name."""

_TELLS_DELIMITER = re.compile(r'"?sep=(\\t|.)"?', re.IGNORECASE)
_TELLS_TYPE = "#TYPE "
"""What PowerShell writes before the head line."""

_QUOTED = re.compile(r'"[^"]*"')


def head_line(lines: Iterator[Line], name: str, delimiter: str | None) -> tuple[Line, str]:
    """The line that names the columns, and what stands between them: `sep=;` before it says so to Excel.

    Args:
        name: of the file, for the refusal.
        delimiter: what was asked for; it wins.

    Raises:
        SourceError: there is none.
    """
    told = None
    for line in lines:
        text = line.text.strip("\r\n")
        if not text.strip() or text.startswith(_TELLS_TYPE):
            continue
        if told is None and (found := _TELLS_DELIMITER.match(text)) and not text[found.end() :].strip(' ",;\t|'):
            told = "\t" if found[1] == "\\t" else found[1]
            continue
        unquoted = _QUOTED.sub("", text)
        if told is not None and (told in unquoted or not any(one in unquoted for one in _DELIMITERS)):
            return line, delimiter or told
        return line, delimiter or max(_DELIMITERS, key=unquoted.count)
    raise SourceError(f"{name} is empty.")


def column_name(cell: str) -> str:
    """A column's name without what can't be seen in it: `--column` could not name it."""
    name = restored(cell.strip())
    if not name.isprintable():
        name = "".join(one for one in name if one in "\t\r\n" or unicodedata.category(one) not in ("Cc", "Cf"))
    return " ".join(name.split())
