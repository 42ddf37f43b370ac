"""The calendar that is frozen into a ticket: as the database gives it, with every holiday of the years to come."""

from __future__ import annotations

import logging
import zoneinfo
from datetime import date, datetime, timedelta
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from models.sla.calendar import Calendar, ExceptionalOpening, Opening
from models.sla.public_holidays import UnknownHolidays, made_up_days, public_holidays
from models.zones import known_zone

YEARS_AHEAD = 3
"""How far public holidays are worked out; a ticket that is open for longer runs through those of later years."""

logger = logging.getLogger(__name__)


def frozen_calendar(found: dict[str, Any] | None, at: datetime, now: datetime | None = None) -> Calendar:
    """The calendar of a ticket that is opened at `at`, from what `agreed_calendar()` answered.

    Of what is said of a day the first of these counts: exceptional openings on record, a holiday on record, a day of
    the weekend on which the country works, a public holiday, the weekday.

    `now`: when it is agreed on, if that is later; holidays are worked out for the years from then on as well.

    A ticket is never lost over its calendar: where the database has none it is 24×7, and public holidays that the
    library does not know are left out; the log says so.

    Raises:
        ValueError: the time zone is none, or not spelled as in the IANA database: by which time would clocks run?
    """
    if found is None:
        return Calendar(tzdata=tzdata_version())
    known_zone(found["zone"])
    if found["always_open"]:
        return Calendar(code=found["code"], version=found["version"], zone=found["zone"], tzdata=tzdata_version())
    first = date(_first_year(at), 1, 1)
    public, worked = _of_country(found, range(first.year, (now or at).year + YEARS_AHEAD + 1))
    own = {date.fromisoformat(one["day"]): one for one in found["holidays"]}
    days = public | {day: one["name"] for day, one in own.items()}
    days = {day: name for day, name in sorted(days.items()) if day >= first}
    exceptional = {day: openings for day, openings in _made_up(found, worked).items() if day not in own}
    exceptional |= {day: [_opening(one)] for day, one in own.items() if one.get("opens") is not None}
    exceptional |= _exceptional(found)
    return Calendar(
        code=found["code"],
        version=found["version"],
        always_open=False,
        zone=found["zone"],
        hours=found["hours"],
        holidays=tuple(days),
        holiday_names=tuple(days.values()),
        exceptional_openings=tuple(one for day in sorted(exceptional) if day >= first for one in exceptional[day]),
        tzdata=tzdata_version(),
    )


def _made_up(found: dict[str, Any], worked: dict[date, date]) -> dict[date, list[ExceptionalOpening]]:
    """Days of the weekend on which the country works: by the hours of the weekday that they make up for."""
    hours = [Opening.model_validate(one) for one in found["hours"]]
    made = {
        day: [
            ExceptionalOpening(day=day, opens=one.opens, closes=one.closes, name=f"Working day instead of {off}")
            for one in hours
            if one.weekday == off.isoweekday()
        ]
        for day, off in worked.items()
    }
    # Nobody works on a Saturday for a Monday on which nobody would have worked.
    return {day: openings for day, openings in made.items() if openings}


def _exceptional(found: dict[str, Any]) -> dict[date, list[ExceptionalOpening]]:
    openings: dict[date, list[ExceptionalOpening]] = {}
    for one in found.get("exceptional_openings", ()):
        made = _opening(one)
        openings.setdefault(made.day, []).append(made)
    return openings


def _opening(one: dict[str, Any]) -> ExceptionalOpening:
    return ExceptionalOpening(day=one["day"], opens=one["opens"], closes=one["closes"], name=one["name"])


@cache
def tzdata_version() -> str:
    """The version of the time-zone database that Python uses here; empty where it can't be told."""
    for folder in map(Path, zoneinfo.TZPATH):
        if (folder / "UTC").exists():  # Python takes the first folder that has a zone, and the package after them
            return _version_of(folder)
    try:
        return version("tzdata")
    except PackageNotFoundError:
        return ""


def _version_of(folder: Path) -> str:
    for name in ("+VERSION", "tzdata.zi"):
        try:
            with (folder / name).open(encoding="utf-8") as file:
                return file.readline().removeprefix("# version").strip()[:40]
        except (OSError, UnicodeDecodeError):
            continue
    return ""


def _of_country(found: dict[str, Any], years: range) -> tuple[dict[date, str], dict[date, date]]:
    """Public holidays by name, and the days of the weekend that are worked for another day."""
    country, region = found["holiday_country"], found["holiday_region"]
    if country is None:
        return {}, {}
    try:
        return public_holidays(country, region, years), made_up_days(country, region, years)
    except UnknownHolidays as error:
        logger.warning(
            "Calendar %s version %s: %s. The ticket goes on with the days on record alone.",
            found["code"],
            found["version"],
            error,
        )
        return {}, {}


def _first_year(at: datetime) -> int:
    """The year before on its first days: a night shift of New Year's Eve goes on into them, in whatever zone."""
    return (at - timedelta(days=2)).year
