"""A line of a file as a span of work: times, pauses, target and zone as people and systems write them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from models.instants import in_utc
from models.sla.calendar import Calendar
from models.sla.measure import Interval
from models.zones import known_zone, zone_info
from starter.importing.columns import ColumnMapping, MappingError, read_options, short
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
    """One line, ready to be measured: instants are UTC, the calendar is that of the line's zone."""

    calendar: Calendar
    start: datetime
    end: datetime
    pauses: tuple[Interval, ...]
    target: timedelta | None


class SpanReader:
    """Reads lines.

    Args:
        calendar: for lines that name no zone.
        target: for lines that have none of their own.
        until: the end of lines that have none: what runs is measured so far.
        date_format: of times, in the directives of Python's `strptime`; None is ISO 8601.
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
        duration: Callable[[str], timedelta],
    ) -> None:
        self._mapping = mapping
        self._calendar = calendar
        self._target = target
        self._until = until
        self._date_format = date_format
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
        start = self._instant(Field.START, self._text(Field.START, record), zone)
        end = self._instant(Field.END, self._text(Field.END, record), zone) or self._until
        if start is None:
            raise RejectedError("it has no start")
        if end is None:
            raise RejectedError("it has no end: --at TIME measures what still runs until then")
        if end < start:
            raise RejectedError(f"it ends at {end:%Y-%m-%d %H:%M}Z, before its start at {start:%Y-%m-%d %H:%M}Z")
        return Span(calendar, start, end, self._pauses(record, zone), self._target_of(record))

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

    def _instant(self, where: Field, text: str, zone: ZoneInfo) -> datetime | None:
        """UTC. A wall-clock time that comes twice is the first one."""
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
            return in_utc(found if found.tzinfo is not None else found.replace(tzinfo=zone))
        except ValueError as error:
            raise RejectedError(f"the {where.value} {short(text)} is {error}") from None

    def _pauses(self, record: Record, zone: ZoneInfo) -> tuple[Interval, ...]:
        """A list of [start, end] pairs, or a text of START/END;START/END."""
        value = record.values.get(self._columns[Field.PAUSES])
        if isinstance(value, list):
            pairs = [self._pair(one) for one in value]
        else:
            text = self._text(Field.PAUSES, record)
            pairs = [self._split(one) for one in text.split(";") if one.strip()] if text else []
        return tuple(self._pause(begin, end, zone) for begin, end in pairs)

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

    def _pause(self, begin: str, end: str, zone: ZoneInfo) -> Interval:
        paused = self._instant(Field.PAUSES, begin, zone)
        resumed = self._instant(Field.PAUSES, end, zone) or self._until
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


def read_mapping(columns: list[str], constants: list[str]) -> ColumnMapping[Field]:
    """The options `--column FIELD=COLUMN` and `--set FIELD=VALUE`. Raises `MappingError`."""
    return read_options(Field, columns, constants)
