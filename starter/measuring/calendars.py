"""Calendars by name from a file like `migrations/seeds/reference/business_calendars.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from models.freezing import frozen_calendar
from models.instants import EARLIEST as FIRST
from models.instants import LATEST
from models.known_words import unknown_words, unknown_words_within
from models.sla.calendar import Calendar
from models.sla.calendar_records import CalendarRecord, CalendarRecordError, as_found, checked_record
from models.toml_files import read_toml
from models.zones import known_zone
from starter.failures import BadInput

EARLIEST = FIRST + timedelta(days=2)
"""Recorded work may be old, and plans lie ahead: holidays are worked out for all years that may be named."""

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
    except OSError as error:
        raise CalendarError(f"{path} can't be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CalendarError(f"{path.name} is not valid TOML: {error}.") from error
    if (said := unknown_words(content, ["calendar"])) is not None:
        raise CalendarError(f"{path.name}: {said}.")
    calendars = content.get("calendar")
    if not isinstance(calendars, list) or not all(isinstance(one, dict) and "code" in one for one in calendars):
        raise CalendarError(f"{path.name} has no [[calendar]] records with a code.")
    check_words(calendars, path)
    codes = sorted({str(one["code"]) for one in calendars})
    if name not in codes:
        raise CalendarError(f"There is no calendar {name!r} in {path.name}. There are: {', '.join(codes)}.")
    return calendar_of(calendars, name, zone, path)


def check_zone(name: str) -> None:
    """Refuse a time zone that is none, or not spelled as in the IANA database.

    Raises:
        CalendarError: which one may be meant.
    """
    try:
        known_zone(name)
    except ValueError as error:
        raise CalendarError(f"The time zone can't be used: {error}.") from error


def check_words(calendars: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Refuse a file with words that are not read, in whichever of its calendars.

    Raises:
        CalendarError: the calendar, the place in it and the words that are known there.
    """
    for one in calendars:
        if (said := unknown_words_within(one, CalendarRecord)) is not None:
            raise CalendarError(f"{path.name}, calendar {one.get('code', 'without a code')}: {said}.")


def calendar_of(calendars: Sequence[Mapping[str, Any]], name: str, zone: str, path: Path) -> Calendar:
    """The newest version of a calendar among the records of a file, with the public holidays of its country.

    Raises:
        CalendarError: it is not there, or can't be used.
    """
    check_zone(zone)
    try:
        records = [checked_record(one) for one in calendars if one.get("code") == name]
        newest = max(records, key=lambda one: one.version, default=None)
        if newest is None:
            raise CalendarError(f"There is no calendar {name!r} in {path.name}.")
        if len({one.version for one in records}) < len(records):
            raise CalendarRecordError("a version of it stands there twice")
        return frozen_calendar(as_found(newest, zone), EARLIEST, LATEST)
    except (CalendarRecordError, ValueError) as error:
        raise CalendarError(f"The calendar {name!r} of {path.name} can't be used: {error}.") from error
