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
from starter.importing.encodings import BYTE_ORDER_MARK
from starter.importing.formulas import FORMULA, MARK, restored
from starter.importing.heads import column_name, head_line
from starter.importing.source import LONGEST_LINE, Line, Source, SourceError

LONGEST_RECORD = LONGEST_LINE
"""Characters of one CSV record over all its lines: what a forgotten quote may swallow before it is noticed."""

DEEPEST = 20
"""Levels of a JSON record."""

MOST_BLANKS = 100_000
"""Blank lines in a row. More of them are no file of records, and may be billions in a small gzip file."""

_SHOWN_COLUMNS = 12
_KEPT = 10_000
"""Characters of a line that can't be read, for the file of rejects."""


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
    """A record that can't be imported, and why. Of one that can't be read, `values` has the line as its `text`."""

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
    start = source.start.lstrip()[:1]
    suffixes = [suffix.lower() for suffix in Path(source.name).suffixes[-2:] if suffix.lower() != ".gz"]
    named = {
        ".csv": Format.CSV,
        ".tsv": Format.CSV,
        ".tab": Format.CSV,
        ".jsonl": Format.JSONL,
        ".ndjson": Format.JSONL,
        ".json": Format.JSONL,
    }.get(suffixes[-1] if suffixes else "")
    found = wanted or named or (Format.JSONL if start == "{" else Format.CSV)
    if start == "[" and (found is Format.JSONL or named is None):
        raise SourceError(
            f"{source.name} is one JSON array. JSON Lines has one object on each line: convert it with `jq -c '.[]'`."
        )
    return found


class Records:
    """The records of a source, in order. Iterate once.

    Attributes:
        columns: the header of a CSV file; None for JSON Lines, where every record names its own. Columns without a name
            at its end count only in rows that have something in them.

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
        first, delimiter = head_line(self._lines, self._source.name, delimiter)
        feed = _Feed(chain([first], self._lines), self._source.encoding)
        reader = csv.reader(feed, delimiter=delimiter, strict=True)
        try:
            names = [column_name(name) for name in next(reader)]
            feed.check()
        except (csv.Error, RejectedError) as error:
            raise SourceError(
                f"{self._source.name} has no readable header: {_in_words(error)}. Its first line must name the columns."
            ) from error
        self._head = names
        self._names = [name or f"column {place}" for place, name in enumerate(names, 1)]
        named = max((place for place, name in enumerate(names, 1) if name), default=0)
        if not named:
            raise SourceError(f"{self._source.name} has no readable header. Its first line must name the columns.")
        self.columns = tuple(self._names[:named])
        twice = sorted({name for name in self.columns if self.columns.count(name) > 1})
        if twice:
            raise SourceError(f"{self._source.name} has the column {twice[0]!r} twice. Rename one of them.")
        return feed, reader

    def _csv(self) -> Iterator[Record | Rejected]:
        columns = self.columns or ()
        while True:
            self._feed.begin_record()
            try:
                row = next(self._reader)
                taken = self._feed.taken
                line = taken[0].number
                if any(MARK in one.text or FORMULA in one.text for one in taken):
                    row = [restored(value) for value in row]
                if not any(value.strip() for value in row):
                    self._blank(line)
                    continue
                self._blanks = 0
                self._feed.check()
            except StopIteration:
                return
            except (csv.Error, RejectedError) as error:
                broken = self._feed.taken[0]
                yield Rejected(broken.number, _in_words(error), _text_of(broken))
                self._feed.take_again()
                continue
            if len(row) != len(columns):
                row, refusal = self._fitted(row)
                if refusal:
                    yield Rejected(line, refusal, dict(zip(self._names_of(row), row, strict=True)))
                    continue
            if self._is_head(row):
                refusal = "the header stands here again: remove this line"
                yield Rejected(line, refusal, dict(zip(self._names_of(row), row, strict=True)))
                continue
            names = columns if len(row) == len(columns) else self._names_of(row)
            yield Record(line, dict(zip(names, row, strict=True)))

    def _is_head(self, row: list[str]) -> bool:
        """Whether a row is the header of another file that was put below this one."""
        head = self._head
        return row[0].lstrip(BYTE_ORDER_MARK).strip() == head[0] and (
            [column_name(value) for value in row[1:]] == head[1 : len(row)]
        )

    def _fitted(self, row: list[str]) -> tuple[list[str], str | None]:
        """A row with as many cells as there are names, if only empty ones are missing or too many; else why not."""
        columns = self.columns or ()
        filled = len(row)
        while filled > len(columns) and not row[filled - 1].strip():
            filled -= 1
        if len(columns) <= filled <= len(self._names):
            return row[:filled], None
        return row, (
            f"{len(row)} {'column' if len(row) == 1 else 'columns'} where the header has {len(columns)}; "
            "a text with a delimiter or a line break stands in quotes"
        )

    def _names_of(self, row: list[str]) -> list[str]:
        """A name for every cell of a row that has more or fewer of them than the header."""
        return [*self._names, *(f"column {place}" for place in range(len(self._names) + 1, len(row) + 1))][: len(row)]

    # -- JSON Lines --------------------------------------------------------------------------------------------------

    def _json_lines(self) -> Iterator[Record | Rejected]:
        for line in self._lines:
            if not line.text.strip():
                self._blank(line.number)
                continue
            self._blanks = 0
            try:
                _check_text([line], self._source.encoding)
                values = json.loads(line.text, parse_constant=_no_number)
                if is_nested_deeper(values, DEEPEST):
                    raise RecursionError
            except RejectedError as error:
                yield Rejected(line.number, _in_words(error), _text_of(line))
            except RecursionError:
                yield Rejected(line.number, f"the JSON is nested deeper than {DEEPEST} levels", _text_of(line))
            except ValueError as error:
                what = getattr(error, "msg", "a number is too long")
                sentence = f"not JSON: {what} (column {getattr(error, 'colno', 1)})"
                yield Rejected(line.number, sentence, _text_of(line))
            else:
                if isinstance(values, dict):
                    yield Record(line.number, values)
                else:
                    sentence = 'not a JSON object; each line looks like {"column": "value", …}'
                    yield Rejected(line.number, sentence, _text_of(line))


class _Feed:
    """Lines for `csv.reader`, which remembers those of the record at hand and can give all but its first again.

    So a quote that is never closed costs its own record, not what follows.
    """

    def __init__(self, lines: Iterator[Line], encoding: str) -> None:
        self._lines = lines
        self._encoding = encoding
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
        _check_text(self.taken, self._encoding)


def _no_number(word: str) -> None:
    raise RejectedError(f"{word} is no number in JSON")


def _check_text(lines: list[Line], encoding: str) -> None:
    """Refuse what is no text: bytes that are not of the encoding, NUL characters, a line that was cut."""
    for line in lines:
        where = "" if line is lines[0] else f" (in line {line.number})"
        if line.cut:
            raise RejectedError(f"the line is longer than {LONGEST_LINE:,} characters")
        if "\x00" in line.text:
            raise RejectedError(f"has a NUL character{where}")
        try:
            line.text.encode()
        except UnicodeEncodeError as error:
            code = ord(line.text[error.start])
            what = f"byte 0x{code & 0xFF:02x}" if 0xDC80 <= code <= 0xDCFF else "half a character"
            raise RejectedError(
                f"not {encoding.upper()}: {what} at character {error.start + 1}{where}; save the file as UTF-8, or say "
                "which encoding it has"
            ) from None


def _text_of(line: Line) -> dict[str, object]:
    text = line.text.rstrip("\r\n")
    return {"text": text if len(text) <= _KEPT else text[:_KEPT] + "…"}


def _in_words(error: Exception) -> str:
    sentence = str(error)
    if isinstance(error, csv.Error):
        known = {
            "unexpected end of data": "a quote is not closed",
            "field larger than field limit": "a quote is not closed, or a text is far too long",
            "expected after": "a quote in the middle of a text; quotes within a quoted text are doubled",
        }
        return next((words for part, words in known.items() if part in sentence), f"not CSV: {sentence}")
    return sentence


def shown(columns: tuple[str, ...]) -> str:
    """Columns for a message."""
    more = f" and {len(columns) - _SHOWN_COLUMNS} more" if len(columns) > _SHOWN_COLUMNS else ""
    return ", ".join(columns[:_SHOWN_COLUMNS]) + more
