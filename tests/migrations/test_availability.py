"""When an engineer is free: shift, absences, capacity."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from models.database import DatabaseRefused
from models.sql_functions import SqlFunction
from tests.migrations.staff import Place, add_absence, add_calendar, add_engineer, assign, own_place
from tests.migrations.story import open_story

DAY_SHIFT = [(day, time(9), time(13)) for day in range(1, 6)] + [(day, time(14), time(18)) for day in range(1, 6)]
KOLKATA = "Asia/Kolkata"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest_asyncio.fixture(scope="module")
async def place(postgres_url: str) -> AsyncIterator[Place]:
    async with own_place(postgres_url) as place:
        yield place


async def check(place: Place, engineer: str, start: str, end: str | None = None) -> dict[str, Any]:
    span = (utc(start), utc(end)) if end else (utc(start),)
    (row,) = await place.database.rows(SqlFunction.CHECK_ENGINEER_AVAILABILITY, engineer, *span)
    return dict(row)


async def reason(place: Place, engineer: str, start: str, end: str | None = None) -> str | None:
    row = await check(place, engineer, start, end)
    assert row["available"] is (row["reason"] is None)
    found: str | None = row["reason"]
    return found


async def test_a_free_engineer_has_no_reason_and_no_load(place: Place) -> None:
    engineer = await add_engineer(place.sql, capacity=40)
    assert await check(place, engineer, "2026-03-02T10:00") == {
        "available": True,
        "reason": None,
        "open_assignments": 0,
        "assigned_this_month": 0,
        "monthly_capacity": 40,
        "workload_percent": Decimal("0.0"),
    }


async def test_nobody_is_no_row(place: Place) -> None:
    assert await place.database.rows(SqlFunction.CHECK_ENGINEER_AVAILABILITY, "NOBODY") == []


async def test_an_inactive_engineer_is_not_available(place: Place) -> None:
    engineer = await add_engineer(place.sql, active=False)
    (row,) = await place.database.rows(SqlFunction.CHECK_ENGINEER_AVAILABILITY, engineer)  # now
    assert (row["available"], row["reason"]) == (False, "inactive")


async def test_an_engineer_works_in_the_shift_of_the_own_zone(place: Place) -> None:
    engineer = await add_engineer(place.sql, KOLKATA, calendar=await add_calendar(place.sql, DAY_SHIFT))
    assert await reason(place, engineer, "2026-03-02T03:30") is None
    assert await reason(place, engineer, "2026-03-02T12:30") == "outside working hours"
    # Of a span, only the start must be in the shift.
    assert await reason(place, engineer, "2026-03-02T12:00", "2026-03-03T12:00") is None


async def test_a_shift_calendar_that_is_not_in_force_is_said(place: Place) -> None:
    retired = await add_calendar(place.sql, DAY_SHIFT, valid_to=utc("2026-01-01"))
    engineer = await add_engineer(place.sql, calendar=retired)
    assert await reason(place, engineer, "2026-03-02T10:00") == "no version of the shift calendar is in force"


async def test_an_absence_is_half_open(place: Place) -> None:
    engineer = await add_engineer(place.sql, KOLKATA)
    await add_absence(place.sql, engineer, utc("2026-03-02T10:00"), utc("2026-03-02T12:30"), "sick")
    absent = "absent until 2026-03-02 18:00 (sick)"
    assert await reason(place, engineer, "2026-03-02T09:59:59") is None
    assert await reason(place, engineer, "2026-03-02T10:00") == absent
    assert await reason(place, engineer, "2026-03-02T12:29:59") == absent
    assert await reason(place, engineer, "2026-03-02T12:30") is None


async def test_a_span_touches_no_absence(place: Place) -> None:
    engineer = await add_engineer(place.sql)
    await add_absence(place.sql, engineer, utc("2026-03-02T10:00"), utc("2026-03-02T12:00"))
    away = "absent from 2026-03-02 10:00 until 2026-03-02 12:00 (leave)"
    assert await reason(place, engineer, "2026-03-02T08:00", "2026-03-02T10:00") is None
    assert await reason(place, engineer, "2026-03-02T08:00", "2026-03-02T10:01") == away
    assert await reason(place, engineer, "2026-03-02T12:00", "2026-03-02T14:00") is None


async def test_an_absence_without_an_end_names_none(place: Place) -> None:
    engineer = await add_engineer(place.sql)
    await place.sql.execute(
        "INSERT INTO engineer_absences (engineer_id, starts_at, ends_at, reason) "
        "SELECT id, '2026-03-01', 'infinity', 'sick' FROM engineers WHERE code = $1",
        engineer,
    )
    assert await reason(place, engineer, "2026-03-02T08:00") == "absent (sick)"


async def test_a_span_that_ends_before_it_begins_is_refused(place: Place) -> None:
    with pytest.raises(DatabaseRefused, match="ends before it begins"):
        await check(place, "NOBODY", "2026-03-02T08:00", "2026-03-02T08:00")


async def test_capacity_is_counted_in_tickets_of_the_engineer_s_own_month(place: Place) -> None:
    engineer = await add_engineer(place.sql, KOLKATA, capacity=4)
    one, two, three, four = [(await open_story(place.database)).ticket_id for _ in range(4)]
    march, april = utc("2026-03-31T18:29:59"), utc("2026-03-31T18:30")  # the month changes in Kolkata
    await assign(place.sql, engineer, one, march)  # still open
    await assign(place.sql, engineer, two, march, status="released")
    await assign(place.sql, engineer, three, april, status="released")
    await assign(place.sql, engineer, three, april, stage="onsite_repair")  # the same ticket again
    await assign(place.sql, engineer, four, april, status="replaced")  # somebody else has it
    await assign(place.sql, engineer, four, april, kind="support")

    in_march = await check(place, engineer, "2026-03-31T18:29:59")
    assert (in_march["open_assignments"], in_march["assigned_this_month"]) == (2, 2)
    assert in_march["workload_percent"] == Decimal("75.0")  # one and two of the month, three is open
    in_april = await check(place, engineer, "2026-03-31T18:30")
    assert (in_april["open_assignments"], in_april["assigned_this_month"]) == (2, 1)
    assert in_april["workload_percent"] == Decimal("50.0")  # three of the month, one still open


async def test_at_capacity_is_not_available(place: Place) -> None:
    engineer = await add_engineer(place.sql, capacity=2)
    at = utc("2026-03-05T10:00")
    for expected in (None, None, "at capacity: 2 of 2 tickets this month"):
        assert await reason(place, engineer, "2026-03-05T12:00") == expected
        await assign(place.sql, engineer, (await open_story(place.database)).ticket_id, at)
