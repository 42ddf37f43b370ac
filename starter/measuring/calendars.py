"""Calendars by name from a file like `migrations/seeds/reference/business_calendars.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from models.sla.calendar import Calendar

SEEDED = Path(__file__).parents[2] / "migrations/seeds/reference/business_calendars.toml"


class CalendarError(Exception):
    """There is no such calendar, or it can't be used; the message says why and what there is."""


def read_calendar(name: str, zone: str, path: Path = SEEDED) -> Calendar:
    """The newest version of the calendar of that code.

    Args:
        zone: the IANA zone that its hours are meant in.

    Raises:
        CalendarError: see there.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        calendars: list[dict[str, Any]] = content["calendar"]
        versions = [one for one in calendars if one["code"] == name]
    except OSError as error:
        raise CalendarError(f"{path} can't be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CalendarError(f"{path.name} is not valid TOML: {error}.") from error
    except (KeyError, TypeError):
        raise CalendarError(f"{path.name} has no [[calendar]] records with a code.") from None
    if not versions:
        codes = ", ".join(sorted({str(one["code"]) for one in calendars}))
        raise CalendarError(f"There is no calendar {name!r} in {path.name}. There are: {codes}.")
    newest = max(versions, key=lambda one: int(one.get("version", 1)))
    try:
        return Calendar.model_validate(
            {
                "code": name,
                "version": newest.get("version", 1),
                "always_open": newest.get("always_open", False),
                "zone": zone,
                "hours": [
                    {"weekday": day, **hours}
                    for opening in newest.get("openings", ())
                    for day in opening["weekdays"]
                    for hours in opening["hours"]
                ],
                "holidays": [one["day"] for one in newest.get("holidays", ())],
            }
        )
    except (ValidationError, KeyError, TypeError) as error:
        said = (
            error.errors(include_url=False)[0]["msg"] if isinstance(error, ValidationError) else f"{error} is missing"
        )
        raise CalendarError(f"The calendar {name!r} of {path.name} can't be used: {said}.") from error
