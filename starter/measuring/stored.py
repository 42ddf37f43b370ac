"""Calendars by name from the database."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from models.database import Database
from models.freezing import frozen_calendar
from models.instants import LATEST
from models.sla.calendar import Calendar
from models.sql_functions import SqlFunction
from starter.measuring.calendars import EARLIEST, CalendarError, check_zone


async def stored_calendar(database: Database, name: str, zone: str) -> Calendar:
    """The version in force of the calendar of that code, its hours in `zone`, with the public holidays of its country.

    Raises:
        CalendarError: there is none, or the zone is not known.
        DatabaseUnavailable, DatabaseRefused: as they say.
    """
    now = datetime.now(UTC)
    check_zone(zone)
    found = json.loads(await database.call(SqlFunction.FIND_CALENDAR, name, now, zone))
    if found["calendar"] is None:
        codes = ", ".join(found["codes"]) or "none"
        raise CalendarError(f"There is no calendar {name!r} in force in the database. There are: {codes}.")
    return frozen_calendar(found["calendar"], EARLIEST, LATEST)
