"""A line of a file as a span of work: times, pauses, target and zone as people and systems write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from models.instants import in_utc
from models.sla.calendar import Calendar
from models.sla.measure import Interval
from models.wall_clock import ClockChange, UnclearTime, instant_of
from models.zones import known_zone, zone_info
from starter.importing.columns import ColumnMapping, MappingError, check_directives, read_options, short
from starter.importing.records import Record, RejectedError


class Field(StrEnum):
    """What a line may say."""

    START = "start"
    END = "end"
    PAUSES = "pauses"
    TARGET = "target"
    ZONE = "zone"


@dataclass(frozen=True, slots=True)
class Span:
    """One line, ready to be measured: instants are UTC, the calendar is that of the line's zone.

    Attributes:
        taken: how local times were taken that the clocks skip or show twice: `start 2026-10-25T02:10 as …Z`.
    """

    calendar: Calendar
    start: datetime
    end: datetime
    pauses: tuple[Interval, ...]
    target: timedelta | None
    taken: tuple[str, ...] = ()


class SpanReader:
    """Reads lines.

    Args:
        calendar: for lines that name no zone.
        target: for lines that have none of their own.
        until: the end of lines that have none: what runs is measured so far.
        date_format: of times, in the directives of Python's `strptime`; None is ISO 8601.
        clock_change: how to take local times that the clocks skip or show twice.
        duration: reads a target; raises ValueError.
    """

    def __init__(
        self,
        mapping: ColumnMapping[Field],
        calendar: Calendar,
        *,
        target: timedelta | None = None,
        until: datetime | None = None,
        date_format: str | None = None,
        clock_change: ClockChange = ClockChange.REFUSE,
        duration: Callable[[str], timedelta],
    ) -> None:
        self._mapping = mapping
        self._calendar = calendar
        self._target = target
        self._until = until
        self._date_format = date_format
        self._clock_change = clock_change
        self._calendars: dict[str, Calendar] = {calendar.zone: calendar}
        self._duration = lru_cache(maxsize=1024)(duration)
        self._columns = {str(one): mapping.column(one) for one in Field}

    def check(self, header: tuple[str, ...] | None) -> None:
        """Refuse a file that can't be measured at all.

        Raises:
            MappingError: what is missing.
        """
        if header is None:
            return
        self._mapping.check_named(header)
        for where in (Field.START, Field.END):
            if where not in self._mapping.constants and self._mapping.column(where) not in header:
                raise MappingError(
                    f"There is no column {where.value!r}. Name the right one, --column {where.value}=COLUMN; "
                    f"the file has: {', '.join(header)}."
                )

    def read(self, record: Record) -> Span:
        """The span of a line.

        Raises:
            RejectedError: why it can't be measured.
        """
        calendar = self._of_zone(self._text(Field.ZONE, record))
        zone = zone_info(calendar.zone)
        taken: list[str] = []
        start = self._instant(Field.START, self._text(Field.START, record), zone, taken)
        end = self._instant(Field.END, self._text(Field.END, record), zone, taken) or self._until
        if start is None:
            raise RejectedError("it has no start")
        if end is None:
            raise RejectedError("it has no end: --at TIME measures what still runs until then")
        if end < start:
            raise RejectedError(f"it ends at {end:%Y-%m-%d %H:%M}Z, before its start at {start:%Y-%m-%d %H:%M}Z")
        pauses = self._pauses(record, zone, taken)
        return Span(calendar, start, end, pauses, self._target_of(record), tuple(taken))

    def _text(self, where: Field, record: Record) -> str:
        constant = self._mapping.constants.get(where)
        if constant is not None:
            return constant
        value = record.values.get(self._columns[where])
        # What a million lines have; everything else is looked at more closely.
        return value.strip() if type(value) is str and value.isascii() else self._mapping.raw(where, record)

    def _of_zone(self, name: str) -> Calendar:
        if not name:
            return self._calendar
        found = self._calendars.get(name)
        if found is None:
            try:
                known_zone(name)
            except ValueError as error:
                raise RejectedError(str(error)) from None
            found = self._calendars[name] = self._calendar.model_copy(update={"zone": name})
        return found

    def _instant(self, where: Field, text: str, zone: ZoneInfo, taken: list[str]) -> datetime | None:
        """UTC. A time without an offset is one of the zone's wall clocks."""
        if not text:
            return None
        try:
            if self._date_format is None:
                found = datetime.fromisoformat(text)
            else:
                found = datetime.strptime(text, self._date_format)  # noqa: DTZ007 - the zone is given below
        except ValueError:
            form = self._date_format or "2026-03-01T09:00 or 2026-03-01T09:00+05:30"
            raise RejectedError(f"the {where.value} {short(text)} is no time of the form {form}") from None
        try:
            if found.tzinfo is not None:
                return in_utc(found)
            in_utc(found.replace(tzinfo=UTC))
            instant, decided = instant_of(found, zone, self._clock_change)
            instant = in_utc(instant)
        except UnclearTime as unclear:
            raise RejectedError(
                f"the {where.value} {short(text)} {unclear}, or say how such times are to be taken: "
                "--clock-change before or after"
            ) from None
        except ValueError as error:
            raise RejectedError(f"the {where.value} {short(text)} is {error}") from None
        if decided:
            taken.append(f"{where.value} {text} as {instant:%Y-%m-%dT%H:%M:%S}Z")
        return instant

    def _pauses(self, record: Record, zone: ZoneInfo, taken: list[str]) -> tuple[Interval, ...]:
        """A list of [start, end] pairs, or a text of START/END;START/END."""
        value = record.values.get(self._columns[Field.PAUSES])
        if isinstance(value, list):
            pairs = [self._pair(one) for one in value]
        else:
            text = self._text(Field.PAUSES, record)
            pairs = [self._split(one) for one in text.split(";") if one.strip()] if text else []
        return tuple(self._pause(begin, end, zone, taken) for begin, end in pairs)

    def _pair(self, value: object) -> tuple[str, str]:
        if isinstance(value, dict):
            value = [value.get("start"), value.get("end")]
        if isinstance(value, list) and len(value) == 2 and all(isinstance(one, str) for one in value):
            return value[0], value[1]
        raise RejectedError('a pause is not of the form ["START", "END"]')

    def _split(self, text: str) -> tuple[str, str]:
        begin, slash, end = text.partition("/")
        if not slash:
            raise RejectedError(f"the pause {short(text)} is not of the form START/END")
        return begin.strip(), end.strip()

    def _pause(self, begin: str, end: str, zone: ZoneInfo, taken: list[str]) -> Interval:
        paused = self._instant(Field.PAUSES, begin, zone, taken)
        resumed = self._instant(Field.PAUSES, end, zone, taken) or self._until
        if paused is None or resumed is None:
            raise RejectedError("a pause lacks its start or its end")
        if resumed < paused:
            raise RejectedError("a pause ends before it begins")
        return paused, resumed

    def _target_of(self, record: Record) -> timedelta | None:
        text = self._text(Field.TARGET, record)
        if not text:
            return self._target
        try:
            return self._duration(text)
        except ValueError as error:
            raise RejectedError(f"the target {str(error).rstrip('.')}") from None


def check_form(form: str) -> str:
    """The form of --date-format, if instants can be read by it.

    Raises:
        MappingError: it is none, or names zones by their letters, which Python would read and forget.
    """
    if "Z" in re.findall("%(.)", check_directives(form)):
        raise MappingError("--date-format has %Z, and several zones share such letters. Use %z and export offsets.")
    return form


def read_mapping(columns: list[str], constants: list[str]) -> ColumnMapping[Field]:
    """The options `--column FIELD=COLUMN` and `--set FIELD=VALUE`. Raises `MappingError`."""
    return read_options(Field, columns, constants)
