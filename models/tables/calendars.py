"""When something is open: weekly hours, holidays and exceptional openings, in versions."""

from __future__ import annotations

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import Date, Integer, SmallInteger, Time, UniqueConstraint

from models.tables.base import ChangingRow, flag, moment, of_type, reference, words


class BusinessCalendar(ChangingRow, table=True):
    """A version of a calendar. A reference means the highest version of its code in force at the moment."""

    __tablename__ = "business_calendars"
    __table_args__ = (UniqueConstraint("code", "version"),)

    code: str = words()
    version: int = of_type(Integer())
    name: str = words()
    description: str = words(default="''")
    always_open: bool = flag(default="false")
    holiday_country: str | None = words(nullable=True)
    holiday_region: str | None = words(nullable=True)
    active: bool = flag(default="true")
    valid_from: datetime = moment(default="now()")
    valid_to: datetime | None = moment(nullable=True)


class CalendarHours(ChangingRow, table=True):
    """One opening on one weekday; closing at or before opening is on the next day."""

    __tablename__ = "business_calendar_hours"
    __table_args__ = (UniqueConstraint("calendar_id", "weekday", "opens"),)

    calendar_id: UUID = reference("business_calendars.id", cascade=True)
    weekday: int = of_type(SmallInteger())
    opens: time = of_type(Time())
    closes: time = of_type(Time())


class CalendarHoliday(ChangingRow, table=True):
    """A day on which a calendar is closed, or open from `opens` to `closes` alone."""

    __tablename__ = "business_calendar_holidays"
    __table_args__ = (UniqueConstraint("calendar_id", "day"),)

    calendar_id: UUID = reference("business_calendars.id", cascade=True)
    day: date = of_type(Date())
    name: str = words()
    opens: time | None = of_type(Time(), nullable=True)
    closes: time | None = of_type(Time(), nullable=True)


class CalendarException(ChangingRow, table=True):
    """An opening of one day, which has then no others; closing at or before opening is on the next day."""

    __tablename__ = "business_calendar_exceptions"
    __table_args__ = (UniqueConstraint("calendar_id", "day", "opens"),)

    calendar_id: UUID = reference("business_calendars.id", cascade=True)
    day: date = of_type(Date())
    opens: time = of_type(Time())
    closes: time = of_type(Time())
    name: str = words(default="''")
