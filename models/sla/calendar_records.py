"""A `[[calendar]]` of a TOML file, checked: the same for the seed files, `sla measure` and `sla whatif`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    ValidationError,
)

from models.known_words import unknown_words_within
from models.sla.public_holidays import UnknownHolidays, public_holidays

DAY = timedelta(days=1)


class CalendarRecordError(ValueError):
    """The record can't be used; the clause says where in it and why, without a full stop."""


def _time(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("24"):
        raise ValueError("midnight is 00:00:00")
    if not isinstance(value, time | str):
        raise ValueError("write a time of day, like 09:00:00")
    return value


def _day(value: Any) -> Any:
    if isinstance(value, datetime) or not isinstance(value, date | str):
        raise ValueError("write a day, like 2026-12-24")
    return value


def _local(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError("opening hours are wall-clock times and carry no zone themselves")
    return value


TimeOfDay = Annotated[time, BeforeValidator(_time), AfterValidator(_local)]
Day = Annotated[date, BeforeValidator(_day)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class HoursRecord(_Record):
    """An opening; closing at or before opening is on the next day."""

    opens: TimeOfDay
    closes: TimeOfDay


class OpeningRecord(_Record):
    """The same openings on some weekdays, 1 for Monday to 7 for Sunday."""

    weekdays: Annotated[tuple[Annotated[StrictInt, Field(ge=1, le=7)], ...], Field(min_length=1)]
    hours: Annotated[tuple[HoursRecord, ...], Field(min_length=1)]


class HolidayRecord(_Record):
    """A day that is closed, or, with times, open for these alone."""

    day: Day
    name: str = ""
    opens: TimeOfDay | None = None
    closes: TimeOfDay | None = None


class ExceptionalRecord(HoursRecord):
    """An opening of one day, which has then no others."""

    day: Day
    name: str = ""


class CalendarRecord(_Record):
    """A version of a calendar, whole."""

    code: str
    version: StrictInt = 1
    name: str = ""
    description: str = ""
    always_open: StrictBool = False
    holiday_country: str | None = None
    holiday_region: str | None = None
    active: StrictBool = True
    valid_from: Any = None
    valid_to: Any = None
    openings: tuple[OpeningRecord, ...] = ()
    holidays: tuple[HolidayRecord, ...] = ()
    exceptional_openings: tuple[ExceptionalRecord, ...] = ()


def checked_record(values: Mapping[str, Any]) -> CalendarRecord:
    """The record, if clocks can run by it.

    Raises:
        CalendarRecordError: a word in it is not known, a value does not fit, it is never open, always open with hours,
            has a day twice or openings of a day that overlap, or its public holidays are not known.
    """
    if (said := unknown_words_within(values, CalendarRecord)) is not None:
        raise CalendarRecordError(said)
    try:
        record = CalendarRecord.model_validate(values)
    except ValidationError as error:
        raise CalendarRecordError(_told(error)) from error
    if record.holiday_region is not None and record.holiday_country is None:
        raise CalendarRecordError("it names a holiday_region without its holiday_country")
    if record.holiday_country is not None:
        try:
            public_holidays(record.holiday_country, record.holiday_region, ())
        except UnknownHolidays as error:
            raise CalendarRecordError(str(error)) from error
    _check_hours(record)
    _check_days(record)
    return record


def as_found(record: CalendarRecord, zone: str) -> dict[str, Any]:
    """The record in the form in which the database answers (`calendar_snapshot()`), its hours in `zone`."""
    return {
        "code": record.code,
        "version": record.version,
        "always_open": record.always_open,
        "zone": zone,
        "hours": [
            {"weekday": weekday, "opens": hours.opens, "closes": hours.closes}
            for opening in record.openings
            for weekday in opening.weekdays
            for hours in opening.hours
        ],
        "holidays": [
            {"day": one.day.isoformat(), "name": one.name, "opens": one.opens, "closes": one.closes}
            for one in record.holidays
        ],
        "exceptional_openings": [
            {"day": one.day.isoformat(), "opens": one.opens, "closes": one.closes, "name": one.name}
            for one in record.exceptional_openings
        ],
        "holiday_country": record.holiday_country,
        "holiday_region": record.holiday_region,
    }


def _check_hours(record: CalendarRecord) -> None:
    if not record.always_open and not record.openings:
        raise CalendarRecordError(
            f"the calendar {record.code} is never open. Give it openings, or write always_open = true"
        )
    if record.always_open:
        for word in ("openings", "holidays", "exceptional_openings", "holiday_country"):
            if getattr(record, word):
                raise CalendarRecordError(f"it is always open, so its {word} would mean nothing: leave out one of them")


def _check_days(record: CalendarRecord) -> None:
    days = [one.day for one in record.holidays]
    if (twice := next((day for day in days if days.count(day) > 1), None)) is not None:
        raise CalendarRecordError(f"it has the holiday {twice} twice: keep one")
    for one in record.holidays:
        if (one.opens is None) is not (one.closes is None):
            raise CalendarRecordError(f"the holiday {one.day} needs both opens and closes, or neither")
        if one.opens is not None and one.closes is not None and time(0) < one.closes <= one.opens:
            raise CalendarRecordError(
                f"the holiday {one.day} closes at {one.closes}, before it opens at {one.opens}: correct the times; a "
                "night that goes on into the next day is one of the exceptional_openings"
            )
        if one.opens is not None and any(opening.day == one.day for opening in record.exceptional_openings):
            raise CalendarRecordError(
                f"the holiday {one.day} has hours and exceptional openings, which replace them: keep one"
            )
    for before, after in pairwise(sorted(_spans(record.exceptional_openings))):
        if after[0] < before[1]:
            raise CalendarRecordError(
                f"exceptional openings of {before[0].date()} and {after[0].date()} overlap "
                f"({before[0].time()} and {after[0].time()}): change one of them"
            )


def _spans(openings: Sequence[ExceptionalRecord]) -> list[tuple[datetime, datetime]]:
    """From and to on a wall clock."""
    return [
        (
            datetime.combine(one.day, one.opens),
            datetime.combine(one.day, one.closes) + (DAY if one.closes <= one.opens else timedelta(0)),
        )
        for one in openings
    ]


def _told(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    place = ", ".join(_places(first["loc"]))
    said = "is missing" if first["type"] == "missing" else _lower(first["msg"].removeprefix("Value error, "))
    return f"{place}: {said}" if place else said


def _places(parts: Sequence[int | str]) -> list[str]:
    places: list[str] = []
    for part in parts:
        if isinstance(part, int) and places:
            places[-1] += f" {part + 1}"
        else:
            places.append(str(part))
    return places


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
