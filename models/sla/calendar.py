"""When business time runs: a calendar version as it is frozen into a ticket.

An instant is open when its wall-clock time, in the calendar's zone, lies in an opening `[opens, closes)` of its
weekday. An opening whose end is not after its beginning goes on into the next day; it belongs to the day on which it
begins, and so does a holiday: a night shift that began before one goes on, one that would begin on one does not. A day
with exceptional openings has just these, whatever its weekday, holiday or not: a working Saturday, a holiday's morning.
In a daylight saving gap no wall-clock time passes, so none counts; in a fold the hour that comes twice counts twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from models.sla.openings import Hours, Openings
from models.zones import zone_info


class Opening(BaseModel):
    """Open from `opens` to `closes` on one weekday; `closes` at or before `opens` is on the next day.

    Attributes:
        weekday: ISO, 1 for Monday to 7 for Sunday.
    """

    model_config = ConfigDict(frozen=True)

    weekday: int = Field(ge=1, le=7)
    opens: time
    closes: time

    @field_validator("opens", "closes")
    @classmethod
    def _is_local(cls, value: time) -> time:
        return _local(value)


class ExceptionalOpening(BaseModel):
    """Open from `opens` to `closes` on one day, which has then no other openings than its exceptional ones.

    Attributes:
        name: what the day is called; empty where nobody knows.
    """

    model_config = ConfigDict(frozen=True)

    day: date
    opens: time
    closes: time
    name: str = ""

    @field_validator("opens", "closes")
    @classmethod
    def _is_local(cls, value: time) -> time:
        return _local(value)


class Calendar(BaseModel):
    """A calendar version. Without hours it is always open (24×7): then zone and holidays don't matter.

    Attributes:
        zone: IANA name of the zone in which the hours are meant: that of the equipment's site.
        hours: weekly openings; breaks are what lies between two of them.
        holidays: local days on which nothing opens but for exceptional openings.
        holiday_names: what they are called, in the same order; empty where nobody knows.
        exceptional_openings: of the days that have hours of their own; snapshots of before there were any have none.
        tzdata: version of the time-zone database that the ticket was opened with, for the record.

    Raises:
        ValueError: hours are missing although it is not always open, or the zone is not known.
    """

    model_config = ConfigDict(frozen=True)

    code: str = "24x7"
    version: int = 1
    always_open: bool = True
    zone: str = "UTC"
    hours: tuple[Opening, ...] = ()
    holidays: tuple[date, ...] = ()
    holiday_names: tuple[str, ...] = ()
    exceptional_openings: tuple[ExceptionalOpening, ...] = ()
    tzdata: str = ""

    @field_validator("zone")
    @classmethod
    def _is_known(cls, value: str) -> str:
        zone_info(value)
        return value

    @model_validator(mode="after")
    def _opens_some_time(self) -> Calendar:
        if not self.always_open and not self.hours:
            raise ValueError(f"the calendar {self.code} is never open: give it opening hours, or make it always open")
        return self

    @model_validator(mode="after")
    def _names_each_holiday(self) -> Calendar:
        if self.holiday_names and len(self.holiday_names) != len(self.holidays):
            raise ValueError(f"the calendar {self.code} must name each of its holidays, or none")
        return self

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy, which works out its own openings: pydantic would copy those of the original."""
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("_openings", None)
        return copied

    @cached_property
    def _openings(self) -> Openings:
        return _worked_out(self)

    def open_between(self, start: datetime, end: datetime) -> timedelta:
        """Business time in `[start, end)`; zero when `end` is not after `start`. Both must be aware."""
        if end <= start:
            return timedelta(0)
        return end - start if self.always_open else self._openings.between(start, end)

    def after(self, start: datetime, duration: timedelta) -> datetime:
        """The earliest instant at which `duration` of business time has passed since `start`.

        Raises:
            OverflowError: that lies more than a century ahead.
        """
        if duration <= timedelta(0):
            return start
        return start + duration if self.always_open else self._openings.after(start, duration)

    def intervals(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """The open intervals within `[start, end)`, in order, in UTC; they neither touch nor overlap."""
        if end <= start:
            return []
        return [(start, end)] if self.always_open else self._openings.intervals(start, end)


@lru_cache(maxsize=256)
def _worked_out(calendar: Calendar) -> Openings:
    """Shared by equal calendars: every ticket brings its own copy."""
    weekly: dict[int, list[Hours]] = {}
    for one in calendar.hours:
        weekly.setdefault(one.weekday, []).append(_from_midnight(one))
    exceptional: dict[date, list[Hours]] = {}
    for each in calendar.exceptional_openings:
        exceptional.setdefault(each.day, []).append(_from_midnight(each))
    return Openings(zone_info(calendar.zone), weekly, frozenset(calendar.holidays), exceptional)


def _local(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError("opening hours are wall-clock times of the calendar's zone and carry no zone themselves")
    return value


def _from_midnight(one: Opening | ExceptionalOpening) -> Hours:
    opens, closes = _of_day(one.opens), _of_day(one.closes)
    return opens, closes if closes > opens else closes + timedelta(days=1)


def _of_day(value: time) -> timedelta:
    return timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
