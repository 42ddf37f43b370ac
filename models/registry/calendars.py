"""Calendars: when something is open, which days are closed, and which have hours of their own. docs/adr/0026."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from models.registry.lines import Line, lines_of, trimmed
from models.registry.places import Day, RowSaid
from models.registry.texts import Named, Note, Short, said
from models.sla.public_holidays import UnknownHolidays, public_holidays

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_CODE = re.compile(r"[a-z0-9][a-z0-9_]*")
_SPAN = r"(\d{1,2}:\d{2}(?::\d{2})?)\s*[-\u2013]\s*(\d{1,2}:\d{2}(?::\d{2})?)"
_HOURS = re.compile(rf"(\w+)(?:\s*[-\u2013]\s*(\w+))?\s+{_SPAN}")
_SPECIAL = re.compile(rf"(\d{{4}}-\d{{2}}-\d{{2}})(?:\s+{_SPAN})?(?:\s+(.+))?")


def _time(value: Any) -> Any:
    if isinstance(value, str):
        if value.startswith("24"):
            raise ValueError("midnight is 00:00")
        return value.rjust(5, "0") if re.fullmatch(r"\d:\d{2}", value) else value
    return value


def _local(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError("opening hours are wall-clock times: leave the zone out")
    return value


Time = Annotated[time, BeforeValidator(_time), AfterValidator(_local)]


class HoursLine(Line):
    """An opening of a weekday, 1 for Monday to 7 for Sunday; closing at or before opening is on the next day."""

    weekday: Annotated[int, Field(ge=1, le=7)]
    opens: Time
    closes: Time

    @classmethod
    def several(cls, text: str) -> list[dict[str, Any]]:
        """The openings of a line such as `Mon-Fri 08:00-17:00`."""
        found = _HOURS.fullmatch(text)
        days = [] if found is None else [_weekday(one) for one in (found[1], found[2] or found[1])]
        if found is None or None in days:
            raise ValueError(f"{text!r} is no opening: write Mon-Fri 08:00-17:00, each on a line of its own")
        first, last = int(days[0] or 0), int(days[1] or 0)
        if last < first:
            raise ValueError(f"{text!r} ends before it begins: a week is from Mon to Sun")
        return [{"weekday": day, "opens": found[3], "closes": found[4]} for day in range(first, last + 1)]

    @classmethod
    def written(cls, said: Mapping[str, Any]) -> str:
        return f"{WEEKDAYS[said['weekday'] - 1]} {said['opens'][:5]}-{said['closes'][:5]}"


class HolidayLine(Line):
    """A day on which it is closed, or open for these hours alone."""

    day: Day
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    opens: Time | None = None
    closes: Time | None = None

    @classmethod
    def several(cls, text: str) -> list[dict[str, Any]]:
        """The holiday of a line such as `2026-12-24 08:00-12:00 Christmas Eve`."""
        found = _SPECIAL.fullmatch(text)
        if found is None or not found[4]:
            raise ValueError(
                f"{text!r} is no holiday: write 2026-12-24 Christmas Eve, with hours before the name if any"
            )
        return [{"day": found[1], "opens": found[2], "closes": found[3], "name": found[4]}]

    @classmethod
    def written(cls, said: Mapping[str, Any]) -> str:
        return " ".join(filter(None, (said["day"], _span(said), said["name"])))


class SpecialDayLine(Line):
    """An opening of one day, which has then no other hours."""

    day: Day
    opens: Time
    closes: Time
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""

    @classmethod
    def several(cls, text: str) -> list[dict[str, Any]]:
        """The opening of a line such as `2026-12-19 09:00-13:00 Move of the ward`."""
        found = _SPECIAL.fullmatch(text)
        if found is None or not found[2]:
            raise ValueError(f"{text!r} is no special day: write 2026-12-19 09:00-13:00 Move of the ward")
        return [{"day": found[1], "opens": found[2], "closes": found[3], "name": found[4] or ""}]

    @classmethod
    def written(cls, said: Mapping[str, Any]) -> str:
        return " ".join(filter(None, (said["day"], _span(said), said["name"])))


def _code(text: str) -> str:
    if not _CODE.fullmatch(text):
        raise ValueError("a code has small letters, digits and underscores, such as weekdays_9to5")
    return text


class CalendarRule(RowSaid):
    """What is said of public holidays is known, also where a calendar is changed."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        country, region = getattr(self, "holiday_country", None), getattr(self, "holiday_region", None)
        if region is not None and country is None:
            raise ValueError("a region is said with its country")
        if country is not None:
            try:
                public_holidays(country, region, ())
            except UnknownHolidays as error:
                raise ValueError(str(error)) from None
        return self


class CalendarSaid(CalendarRule):
    """When something is open. Whatever is changed is another version of it."""

    code: Annotated[Short, BeforeValidator(trimmed), AfterValidator(_code)] = said(
        "Code", "Small letters, digits and underscores. It never changes."
    )
    name: Named = said("Name", "What the calendar is called.")
    description: Note = said("Description", "What it is for.", default="")
    always_open: bool = said("Always open", "Around the clock: then it has no hours and no days.", default=False)
    holiday_country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = said(
        "Public holidays of", "Country by its ISO code, such as IN. They are closed.", default=None
    )
    holiday_region: Annotated[Short, BeforeValidator(trimmed)] | None = said(
        "Region", "Of the country, by its ISO code, where that has holidays of its own.", default=None
    )
    hours: lines_of(HoursLine) = said(  # type: ignore[valid-type]
        "Hours", "A line each: Mon-Fri 08:00-17:00. Closing at or before opening is on the next day.", default=[]
    )
    holidays: lines_of(HolidayLine) = said(  # type: ignore[valid-type]
        "Holidays",
        "A line each: 2026-12-24 08:00-12:00 Christmas Eve. Without hours it is closed.",
        default=[],
    )
    special_days: lines_of(SpecialDayLine) = said(  # type: ignore[valid-type]
        "Special days",
        "A line each: 2026-12-19 09:00-13:00 Move of the ward. Such a day has these hours and no others.",
        default=[],
    )


def _weekday(text: str) -> int | None:
    wanted = text.casefold()
    if wanted in {str(number) for number in range(1, 8)}:
        return int(wanted)
    short = [one.casefold() for one in WEEKDAYS]
    return short.index(wanted[:3]) + 1 if wanted[:3] in short else None


def _span(said: Mapping[str, Any]) -> str:
    return f"{said['opens'][:5]}-{said['closes'][:5]}" if said["opens"] else ""
