"""What the terminal shows: tables for people, JSON for programs.

People get times in the time zone of the equipment's site where one ticket is shown, and in UTC where many are. JSON
always has UTC, and durations in seconds. What people wrote can't steer a terminal: see `cleaned()`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook
from rich.control import Control
from rich.measure import Measurement
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from starter.reading.plain import plain
from starter.reading.words import WRITTEN_INSTANT, moment, one_line, words

STYLES = {
    "breached": "bold red",
    "at_risk": "red",
    "warning": "yellow",
    "paused": "cyan",
    "on_hold": "cyan",
    "on_track": "green",
    "met": "green",
    "running": "green",
    "in_progress": "bold",
    "open": "bold",
    "completed": "green",
    "closed": "green",
    "skipped": "dim",
    "pending": "dim",
    "cancelled": "dim",
    "half_open": "yellow",
}


# -- what steers a terminal ------------------------------------------------------------------------------------------


_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters but for the line end and the tab, and those that turn the direction of a text around."""


def visible(text: str) -> str:
    """The text with a mark in the place of every character that would steer a terminal."""
    return _STEERING.sub(_mark, text)


def _mark(found: re.Match[str]) -> str:
    """Unicode has a picture for each of the old control characters: `␛`."""
    code = ord(found.group())
    return chr(0x2400 + code) if code < 0x20 else "\N{REPLACEMENT CHARACTER}"


def cleaned(console: Console) -> Console:
    """The console, from now on showing only what is visible, whoever prints what: colours are the program's alone."""
    console.push_render_hook(_Cleaning())
    return console


class _Cleaning(RenderHook):
    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [one if isinstance(one, Control) else _Cleaned(one) for one in renderables]


@dataclass(frozen=True)
class _Cleaned:
    shown: ConsoleRenderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        for segment in console.render(self.shown, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)


# -- JSON ------------------------------------------------------------------------------------------------------------


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    ascii_only = not (sys.stdout.encoding or "").lower().startswith("utf")
    document = json.dumps(plain(value), ensure_ascii=ascii_only, indent=2)
    # Such characters are in strings only: what is not below 0x20, json leaves as it is.
    sys.stdout.write(_STEERING.sub(lambda found: f"\\u{ord(found.group()):04x}", document) + "\n")


# -- words -----------------------------------------------------------------------------------------------------------


def styled(value: object) -> Text:
    """A status or verdict in its colour."""
    return Text(words(value), style=STYLES.get(str(value), ""))


class Times:
    """Shows instants in one time zone."""

    def __init__(self, zone: str = "UTC", at: datetime | None = None) -> None:
        self._zone: tzinfo
        try:
            self._zone, self.name = ZoneInfo(zone), zone
        except (ZoneInfoNotFoundError, ValueError):
            self._zone, self.name = UTC, "UTC"
        self._offset = self._zone.utcoffset((at or datetime.now(UTC)).astimezone(self._zone).replace(tzinfo=None))

    def __str__(self) -> str:
        return self.name if self.name == "UTC" else f"{self.name}, UTC{_offset(self._offset)}"

    def minute(self, at: datetime | str | None) -> str:
        return self._shown(at, "%Y-%m-%d %H:%M")

    def second(self, at: datetime | str | None) -> str:
        return self._shown(at, "%Y-%m-%d %H:%M:%S")

    def within(self, sentence: str) -> str:
        """A sentence of the program with the instants in it as they are shown here."""
        return WRITTEN_INSTANT.sub(lambda found: self._rewritten(found[1], found[2]), sentence)

    def _rewritten(self, written: str, offset: str) -> str:
        try:
            at = datetime.fromisoformat(f"{written}{'+00:00' if offset == ' UTC' else offset}")
        except ValueError:  # no instant, whatever it looks like
            return f"{written}{offset}"
        shown = self.second(at) if written.count(":") > 1 else self.minute(at)
        return f"{shown} UTC" if self.name == "UTC" else shown

    def _shown(self, at: datetime | str | None, form: str) -> str:
        if at is None:
            return ""
        local = moment(at).astimezone(self._zone)
        # An instant on the other side of a change of the clocks says so itself.
        other = "" if local.utcoffset() == self._offset else f" {_offset(local.utcoffset())}"
        return local.strftime(form) + other


def _offset(offset: timedelta | None) -> str:
    minutes = round((offset or timedelta(0)).total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


# -- tables ----------------------------------------------------------------------------------------------------------


ENDLESS = 1_000
"""Columns of a console where there is no terminal: a file or a pipe gets everything, uncut and unbroken."""
WIDEST_ALIGNED = 32
"""Columns up to which a column is filled where there is no terminal: a longer value moves the rest of its own row."""

LEAST_WRAPPED = 24
"""Columns of the screen that a text which may break over lines is never narrower than."""

_ANY_WIDTH = 100_000


@dataclass(frozen=True)
class Listing:
    """A table with a head line and no frame. No text in it is ever read as markup.

    Attributes:
        right: columns aligned to the right.
        wrap: columns that may break over lines.
        spare: columns that a narrow terminal goes without, the first one first.
    """

    headers: tuple[str, ...]
    rows: Sequence[Sequence[object]]
    title: str | None = None
    right: frozenset[str] = frozenset()
    wrap: frozenset[str] = frozenset()
    spare: tuple[str, ...] = ()

    def fitted(self, console: Console) -> Table:
        """The table with as many of its columns as the console is wide enough for."""
        anything = console.options.update(max_width=_ANY_WIDTH)
        without: frozenset[str] = frozenset()
        for count in range(len(self.spare) + 1):
            without = frozenset(self.spare[:count])
            wished = self._table(without, wrapped=LEAST_WRAPPED)
            if Measurement.get(console, anything, wished).maximum <= console.width:
                break
        return self._table(without)

    def lines(self) -> Iterator[str]:
        """The table for a file or a pipe: a row is one line, whole, and nothing is filled up behind it.

        Columns are aligned, with two blanks between them.
        """
        if self.title is not None:
            yield self.title
        rows = [[_flat(one) for one in row] for row in [self.headers, *self.rows]]
        longest = [max(cell_len(row[place]) for row in rows) for place in range(len(self.headers))]
        widths = [min(one, WIDEST_ALIGNED) for one in longest]
        for row in rows:
            cells = [
                _filled(one, width, to_the_right=header in self.right)
                for one, header, width in zip(row, self.headers, widths, strict=True)
            ]
            yield "  ".join(cells).rstrip()

    def _table(self, without: frozenset[str], wrapped: int | None = None) -> Table:
        made = Table(
            box=None, pad_edge=False, title=self.title, title_justify="left", title_style="bold", header_style="dim"
        )
        kept = [place for place, header in enumerate(self.headers) if header not in without]
        for place in kept:
            header = self.headers[place]
            wraps = header in self.wrap
            justify: Literal["left", "right"] = "right" if header in self.right else "left"
            made.add_column(
                header,
                justify=justify,
                no_wrap=not wraps,
                overflow="fold" if wraps else "ellipsis",
                min_width=LEAST_WRAPPED if wraps else None,
                max_width=wrapped if wraps else None,
            )
        for row in self.rows:
            made.add_row(*(_cell(row[place]) for place in kept))
        return made


@dataclass(frozen=True, slots=True)
class Beginning:
    """A text of which a screen shows the beginning, and a file or a pipe gets all."""

    text: str
    length: int = 60

    def __str__(self) -> str:
        return one_line(self.text, self.length)


_BREAK = re.compile(r"\s*[\n\t]\s*")


def _flat(value: object) -> str:
    return _BREAK.sub(" ", value.text if isinstance(value, Beginning) else str(_cell(value))).strip()


def _filled(text: str, width: int, *, to_the_right: bool) -> str:
    blanks = " " * (width - cell_len(text))
    return f"{blanks}{text}" if to_the_right else f"{text}{blanks}"


def _cell(value: object) -> Text:
    return value if isinstance(value, Text) else Text("" if value is None else str(value))


def show(console: Console, *parts: Listing | Text | str) -> None:
    """Print parts one after another. No part's text is read as markup."""
    for part in parts:
        if isinstance(part, Listing) and console.width >= ENDLESS:
            for line in part.lines():
                console.print(line, markup=False)
        elif isinstance(part, Listing):
            console.print(part.fitted(console), soft_wrap=False)
        else:
            console.print(part, markup=False)
