"""Which calendar a new ticket gets: contract before service configuration before template before 24×7; versions."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from models.sla.calendar import Calendar
from tests.factories import T0
from tests.migrations.staff import Place, add_calendar, own_place

DAYS = [(day, time(9), time(17)) for day in range(1, 6)]
CUSTOMER, SERVICE, TEMPLATE = "customers", "manufacturer_service_config", "workflow_templates"


@pytest_asyncio.fixture(scope="module")
async def module_place(postgres_url: str) -> AsyncIterator[Place]:
    async with own_place(postgres_url) as place:
        yield place


@pytest_asyncio.fixture
async def sql(module_place: Place) -> AsyncIterator[Any]:
    """A connection whose changes are gone after the test."""
    transaction = module_place.sql.transaction()
    await transaction.start()
    yield module_place.sql
    await transaction.rollback()


async def agree(sql: Any, table: str, calendar: UUID) -> None:
    """Every row of the table agrees on that calendar."""
    await sql.execute(f"UPDATE {table} SET calendar_id = $1", calendar)  # noqa: S608 - a name of this module


async def intake(sql: Any, at: datetime = T0) -> Any:
    """The calendar that intake answers with, for a unit in New York."""
    return json.loads(await sql.fetchval("SELECT prepare_intake('VENT-ICU-001', NULL, $1)", at))["calendar"]


async def test_without_an_agreement_clocks_run_around_the_clock(sql: Any) -> None:
    found = await intake(sql)
    assert (found["code"], found["always_open"], found["zone"]) == ("24x7", True, "America/New_York")
    assert Calendar.model_validate(found).always_open


async def test_the_most_specific_agreement_wins(sql: Any) -> None:
    codes = []
    for table in (TEMPLATE, SERVICE, CUSTOMER):
        await agree(sql, table, await add_calendar(sql, DAYS, code=f"of_{table}"))
        codes.append((await intake(sql))["code"])
    assert codes == [f"of_{TEMPLATE}", f"of_{SERVICE}", f"of_{CUSTOMER}"]


async def test_the_calendar_comes_whole(sql: Any) -> None:
    hours = [(5, time(9), time(12)), (5, time(13), time(17, 30)), (6, time(22), time(6))]
    calendar = await add_calendar(
        sql,
        hours,
        [date(2026, 12, 26), date(2026, 12, 25)],
        half_days=[(date(2026, 12, 24), time(9), time(12))],
        exceptional=[(date(2026, 8, 29), time(22), time(6)), (date(2026, 8, 29), time(9), time(17))],
        code="whole",
    )
    await sql.execute(
        "UPDATE business_calendars SET holiday_country = 'DE', holiday_region = 'BE' WHERE code = 'whole'"
    )
    await agree(sql, CUSTOMER, calendar)
    assert await intake(sql) == {
        "code": "whole",
        "version": 1,
        "always_open": False,
        "zone": "America/New_York",
        "hours": [
            {"weekday": 5, "opens": "09:00:00", "closes": "12:00:00"},
            {"weekday": 5, "opens": "13:00:00", "closes": "17:30:00"},
            {"weekday": 6, "opens": "22:00:00", "closes": "06:00:00"},
        ],
        "holidays": [
            {"day": "2026-12-24", "name": "Half day", "opens": "09:00:00", "closes": "12:00:00"},
            {"day": "2026-12-25", "name": "Holiday", "opens": None, "closes": None},
            {"day": "2026-12-26", "name": "Holiday", "opens": None, "closes": None},
        ],
        "exceptional_openings": [
            {"day": "2026-08-29", "opens": "09:00:00", "closes": "17:00:00", "name": ""},
            {"day": "2026-08-29", "opens": "22:00:00", "closes": "06:00:00", "name": ""},
        ],
        "holiday_country": "DE",
        "holiday_region": "BE",
    }


async def test_a_reference_to_any_version_means_the_highest_in_force(sql: Any) -> None:
    until = datetime(2026, 6, 1, tzinfo=UTC)
    first = await add_calendar(sql, DAYS, code="versions")
    await add_calendar(sql, DAYS, code="versions", version=2, valid_to=until)
    await add_calendar(sql, DAYS, code="versions", version=3, active=False)
    await agree(sql, CUSTOMER, first)
    assert [(await intake(sql, at))["version"] for at in (T0, until)] == [2, 1]


async def test_an_agreement_whose_calendar_is_not_in_force_is_as_none(sql: Any) -> None:
    await agree(sql, CUSTOMER, await add_calendar(sql, DAYS, valid_to=T0))
    await agree(sql, SERVICE, await add_calendar(sql, DAYS, code="of_service"))
    assert (await intake(sql))["code"] == "of_service"


async def test_a_calendar_of_old_that_is_never_open_is_as_none(sql: Any) -> None:
    """The database refuses it, but may have had it before it did."""
    never = await sql.fetchval(
        "INSERT INTO business_calendars (code, version, name, valid_from) VALUES ('never', 1, 'N', $1) RETURNING id",
        T0,
    )
    await agree(sql, CUSTOMER, never)
    assert (await intake(sql))["code"] == "24x7"


async def test_without_a_calendar_in_force_there_is_none(sql: Any) -> None:
    await sql.execute("UPDATE business_calendars SET active = false")
    assert await intake(sql) is None


async def test_a_calendar_that_is_never_open_is_refused_at_commit(module_place: Place) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match='version 1 of the calendar "shut" is never open'):
        await add_calendar(module_place.sql, code="shut")
    assert await module_place.sql.fetchval("SELECT count(*) FROM business_calendars WHERE code = 'shut'") == 0
