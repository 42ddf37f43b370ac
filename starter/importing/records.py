"""Records out of lines: CSV with a header, or JSON Lines. A broken one is a `Rejected`, and the next one follows."""

from __future__ import annotations

import csv
import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain
from pathlib import Path

from models.nesting import is_nested_deeper
from starter.importing.formulas import MARK, restored
from starter.importing.source import LONGEST_LINE, Line, Source, SourceError

LONGEST_RECORD = LONGEST_LINE
"""Characters of one CSV record over all its lines: what a forgotten quote may swallow before it is noticed."""

DEEPEST = 20
"""Levels of a JSON record."""

MOST_BLANKS = 100_000
"""Blank lines in a row. More of them are no file of records, and may be billions in a small gzip file."""

_DELIMITERS = (",", ";", "\t", "|")
_SHOWN_COLUMNS = 12


class Format(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class Record:
    """One record; `line` is the physical line on which it begins."""

    line: int
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that can't be imported, and why."""

    line: int
    reason: str
    values: Mapping[str, object] = field(default_factory=dict)


class RejectedError(Exception):
    """Why a record can't be imported; whoever knows its line makes it a `Rejected`."""


def format_of(source: Source, wanted: Format | None) -> Format:
    """The format: the wanted one, else by the file's name, else by its first character.

    Raises:
        SourceError: it is JSON, but not JSON Lines.
    """
    start = source.sample.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    suffixes = [suffix.lower() for suffix in Path(source.name).suffixes[-2:] if suffix.lower() != ".gz"]
    named = {
        ".csv": Format.CSV,
        ".tsv": Format.CSV,
        ".jsonl": Format.JSONL,
        ".ndjson": Format.JSONL,
        ".json": Format.JSONL,
    }.get(suffixes[-1] if suffixes else "")
    found = wanted or named or (Format.JSONL if start == b"{" else Format.CSV)
    if start == b"[" and (found is Format.JSONL or named is None):
        raise SourceError(
            f"{source.name} is one JSON array. JSON Lines has one object on each line: convert it with `jq -c '.[]'`."
        )
    return found


class Records:
    """The records of a source, in order. Iterate once.

    Attributes:
        columns: the header of a CSV file; None for JSON Lines, where every record names its own.

    Raises:
        SourceError: no header, or the source breaks off.
    """

    def __init__(self, source: Source, wanted: Format | None = None, delimiter: str | None = None) -> None:
        self._source = source
        self._lines = source.lines()
        self.format = format_of(source, wanted)
        self.columns: tuple[str, ...] | None = None
        self._blanks = 0
        if self.format is Format.CSV:
            self._feed, self._reader = self._begin_csv(delimiter)

    def __iter__(self) -> Iterator[Record | Rejected]:
        return self._csv() if self.format is Format.CSV else self._json_lines()

    def close(self) -> None:
        """Let go of the source; whoever stops half-way calls it."""
        close = getattr(self._lines, "close", None)
        if close is not None:
            close()

    def _blank(self, line: int) -> None:
        self._blanks += 1
        if self._blanks > MOST_BLANKS:
            raise SourceError(
                f"{self._source.name} has more than {MOST_BLANKS:,} blank lines in a row, up to line {line}. Remove "
                "them and run it again."
            )

    # -- CSV ---------------------------------------------------------------------------------------------------------

    def _begin_csv(self, delimiter: str | None) -> tuple[_Feed, Iterator[list[str]]]:
        first = next((line for line in self._lines if line.text.strip()), None)
        if first is None:
            raise SourceError(f"{self._source.name} is empty.")
        delimiter = delimiter or max(_DELIMITERS, key=first.text.count)
        feed = _Feed(chain([first], self._lines))
        reader = csv.reader(feed, delimiter=delimiter, strict=True)
        try:
            header = [restored(name.strip()) for name in next(reader)]
            feed.check()
        except (csv.Error, RejectedError) as error:
            raise SourceError(
                f"{self._source.name} has no readable header: {_in_words(error)}. Its first line must name the columns."
            ) from error
        twice = sorted({name for name in header if name and header.count(name) > 1})
        if twice:
            raise SourceError(f"{self._source.name} has the column {twice[0]!r} twice. Rename one of them.")
        self.columns = tuple(header)
        return feed, reader

    def _csv(self) -> Iterator[Record | Rejected]:
        columns = self.columns or ()
        while True:
            self._feed.begin_record()
            try:
                row = next(self._reader)
                line = self._feed.taken[0].number
                if not any(value.strip() for value in row):
                    self._blank(line)
                    continue
                self._blanks = 0
                self._feed.check()
            except StopIteration:
                return
            except (csv.Error, RejectedError) as error:
                yield Rejected(self._feed.taken[0].number, _in_words(error))
                self._feed.take_again()
                continue
            if len(row) == len(columns):
                if any(value[:1] == MARK for value in row):
                    row = [restored(value) for value in row]
                yield Record(line, dict(zip(columns, row, strict=True)))
            else:
                yield Rejected(
                    line,
                    f"{len(row)} {'column' if len(row) == 1 else 'columns'} where the header has {len(columns)}; "
                    "a text with a delimiter or a line break stands in quotes",
                )

    # -- JSON Lines --------------------------------------------------------------------------------------------------

    def _json_lines(self) -> Iterator[Record | Rejected]:
        for line in self._lines:
            if not line.text.strip():
                self._blank(line.number)
                continue
            self._blanks = 0
            try:
                _check_text([line])
                values = json.loads(line.text, parse_constant=_no_number)
                if is_nested_deeper(values, DEEPEST):
                    raise RecursionError
            except RejectedError as error:
                yield Rejected(line.number, _in_words(error))
            except RecursionError:
                yield Rejected(line.number, f"the JSON is nested deeper than {DEEPEST} levels")
            except ValueError as error:
                what = getattr(error, "msg", "a number is too long")
                yield Rejected(line.number, f"not JSON: {what} (column {getattr(error, 'colno', 1)})")
            else:
                if isinstance(values, dict):
                    yield Record(line.number, values)
                else:
                    yield Rejected(line.number, 'not a JSON object; each line looks like {"column": "value", …}')


class _Feed:
    """Lines for `csv.reader`, which remembers those of the record at hand and can give all but its first again.

    So a quote that is never closed costs its own record, not what follows.
    """

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._again: deque[Line] = deque()
        self._length = 0
        self.taken: list[Line] = []

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.taken.append(line)
        self._length += len(line.text)
        if line.cut:
            raise RejectedError(f"the line is longer than {LONGEST_LINE:,} characters")
        if self._length > LONGEST_RECORD:
            raise RejectedError(f"the record is longer than {LONGEST_RECORD:,} characters: a quote is not closed")
        return line.text

    def begin_record(self) -> None:
        self.taken = []
        self._length = 0

    def take_again(self) -> None:
        self._again.extendleft(reversed(self.taken[1:]))

    def check(self) -> None:
        _check_text(self.taken)


def _no_number(word: str) -> None:
    raise RejectedError(f"{word} is no number in JSON")


def _check_text(lines: list[Line]) -> None:
    """Refuse what is no text: bytes that are not UTF-8, NUL characters, a line that was cut."""
    for line in lines:
        where = "" if line is lines[0] else f" (in line {line.number})"
        if line.cut:
            raise RejectedError(f"the line is longer than {LONGEST_LINE:,} characters")
        if "\x00" in line.text:
            raise RejectedError(f"has a NUL character{where}")
        try:
            line.text.encode()
        except UnicodeEncodeError as error:
            byte = ord(line.text[error.start]) & 0xFF
            raise RejectedError(
                f"not UTF-8: byte 0x{byte:02x} at character {error.start + 1}{where}; save the file as UTF-8"
            ) from None


def _in_words(error: Exception) -> str:
    sentence = str(error)
    if isinstance(error, csv.Error):
        known = {
            "unexpected end of data": "a quote is not closed",
            "field larger than field limit": "a quote is not closed, or a text is far too long",
            "expected after": "a quote in the middle of a text; quotes within a quoted text are doubled",
            "new-line character seen": "a lone carriage return in a text without quotes",
        }
        return next((words for part, words in known.items() if part in sentence), f"not CSV: {sentence}")
    return sentence


def shown(columns: tuple[str, ...]) -> str:
    """Columns for a message."""
    more = f" and {len(columns) - _SHOWN_COLUMNS} more" if len(columns) > _SHOWN_COLUMNS else ""
    return ", ".join(columns[:_SHOWN_COLUMNS]) + more
