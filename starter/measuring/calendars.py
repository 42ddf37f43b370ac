"""Calendars by name from a file like `migrations/seeds/reference/business_calendars.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from models.sla.calendar import Calendar, zone_info
from models.toml_files import read_toml
from starter.calendars import frozen_calendar
from starter.failures import BadInput

EARLIEST = datetime(1990, 1, 3, tzinfo=UTC)
"""Recorded work may be old: public holidays are worked out from then on."""

SEEDED = Path(__file__).parents[2] / "migrations/seeds/reference/business_calendars.toml"


class CalendarError(BadInput):
    """There is no such calendar, or it can't be used; the message says why and what there is."""


def read_calendar(name: str, zone: str, path: Path = SEEDED) -> Calendar:
    """The newest version of the calendar of that code.

    Args:
        zone: the IANA zone that its hours are meant in.

    Raises:
        CalendarError: see there.
    """
    try:
        content = read_toml(path)
        calendars: list[dict[str, Any]] = content["calendar"]
        codes = {str(one["code"]) for one in calendars}
    except OSError as error:
        raise CalendarError(f"{path} can't be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CalendarError(f"{path.name} is not valid TOML: {error}.") from error
    except (KeyError, TypeError):
        raise CalendarError(f"{path.name} has no [[calendar]] records with a code.") from None
    if name not in codes:
        raise CalendarError(f"There is no calendar {name!r} in {path.name}. There are: {', '.join(sorted(codes))}.")
    return calendar_of(calendars, name, zone, path)


def calendar_of(calendars: Sequence[Mapping[str, Any]], name: str, zone: str, path: Path) -> Calendar:
    """The newest version of a calendar among the records of a file, with the public holidays of its country.

    Raises:
        CalendarError: it is not there, or can't be used.
    """
    try:
        newest = max(
            (one for one in calendars if one["code"] == name), key=lambda one: int(one.get("version", 1)), default=None
        )
        if newest is None:
            raise CalendarError(f"There is no calendar {name!r} in {path.name}.")
        found = {
            "code": name,
            "version": newest.get("version", 1),
            "always_open": newest.get("always_open", False),
            "zone": zone_info(zone).key,
            "hours": [
                {"weekday": day, **hours}
                for opening in newest.get("openings", ())
                for day in opening["weekdays"]
                for hours in opening["hours"]
            ],
            "holidays": [
                {"day": str(one["day"]), "name": str(one.get("name", ""))} for one in newest.get("holidays", ())
            ],
            "holiday_country": newest.get("holiday_country"),
            "holiday_region": newest.get("holiday_region"),
        }
        return frozen_calendar(found, EARLIEST, datetime.now(UTC))
    except (ValidationError, KeyError, TypeError, ValueError) as error:
        said = (
            error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
            if isinstance(error, ValidationError)
            else f"{error} is missing"
            if isinstance(error, KeyError)
            else str(error)
        )
        raise CalendarError(f"The calendar {name!r} of {path.name} can't be used: {said}.") from error
