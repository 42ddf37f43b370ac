"""The calendar that is frozen into a ticket: as the database gives it, with every holiday of the years to come."""

from __future__ import annotations

import logging
import zoneinfo
from datetime import date, datetime, timedelta
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from models.sla.calendar import Calendar, zone_info
from models.sla.public_holidays import UnknownHolidays, public_holidays

YEARS_AHEAD = 3
"""How far public holidays are worked out; a ticket that is open for longer runs through those of later years."""

logger = logging.getLogger(__name__)


def frozen_calendar(found: dict[str, Any] | None, at: datetime, now: datetime | None = None) -> Calendar:
    """The calendar of a ticket that is opened at `at`, from what `agreed_calendar()` answered.

    `now`: when it is agreed on, if that is later; holidays are worked out for the years from then on as well.

    A ticket is never lost over its calendar: where the database has none it is 24×7, and public holidays that the
    library does not know are left out; the log says so.

    Raises:
        ValueError: opening hours in a time zone that this machine does not know.
    """
    if found is None:
        return Calendar(tzdata=tzdata_version())
    if found["always_open"]:  # neither zone nor holidays matter
        zone = found["zone"] if _is_known(found["zone"]) else "UTC"
        return Calendar(code=found["code"], version=found["version"], zone=zone, tzdata=tzdata_version())
    on_record = {date.fromisoformat(one["day"]): one["name"] for one in found["holidays"]}
    days = _public_holidays(found, at, now or at) | on_record
    days = {day: name for day, name in sorted(days.items()) if day >= date(_first_year(at), 1, 1)}
    return Calendar(
        code=found["code"],
        version=found["version"],
        always_open=False,
        zone=found["zone"],
        hours=found["hours"],
        holidays=tuple(days),
        holiday_names=tuple(days.values()),
        tzdata=tzdata_version(),
    )


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


def _public_holidays(found: dict[str, Any], at: datetime, now: datetime) -> dict[date, str]:
    if found["holiday_country"] is None:
        return {}
    years = range(_first_year(at), now.year + YEARS_AHEAD + 1)
    try:
        return public_holidays(found["holiday_country"], found["holiday_region"], years)
    except UnknownHolidays as error:
        logger.warning(
            "Calendar %s version %s: %s. The ticket goes on with the days on record alone.",
            found["code"],
            found["version"],
            error,
        )
        return {}


def _first_year(at: datetime) -> int:
    """The year before on its first days: a night shift of New Year's Eve goes on into them, in whatever zone."""
    return (at - timedelta(days=2)).year


def _is_known(zone: str) -> bool:
    try:
        zone_info(zone)
    except ValueError:
        return False
    return True
