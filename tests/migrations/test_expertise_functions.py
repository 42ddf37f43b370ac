"""Who is qualified for what: expertise, certificates, and who of those is free."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from models.sql_functions import SqlFunction
from tests.migrations.staff import (
    Place,
    add_absence,
    add_calendar,
    add_certificate,
    add_engineer,
    add_expertise,
    add_type,
    assign,
    own_place,
)
from tests.migrations.story import open_story

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ISSUED, LAST = date(2025, 4, 1), date(2026, 3, 31)


@pytest_asyncio.fixture(scope="module")
async def place(postgres_url: str) -> AsyncIterator[Place]:
    async with own_place(postgres_url) as place:
        yield place


@pytest_asyncio.fixture
async def kind(place: Place) -> str:
    """A type of equipment that only the engineers of the test know."""
    return await add_type(place.sql)


async def qualified(
    place: Place,
    kind: str,
    level: str = "L1",
    capabilities: tuple[str, ...] = (),
    *,
    make: str | None = None,
    at: datetime = NOW,
) -> list[str]:
    rows = await place.database.rows(SqlFunction.GET_QUALIFIED_ENGINEERS, kind, level, list(capabilities), make, at)
    return [row["engineer_code"] for row in rows]


@pytest.mark.parametrize(
    ("expires", "revoked", "on", "status"),
    [
        (LAST, None, ISSUED - DAY, "not_yet_valid"),
        (LAST, None, ISSUED, "active"),
        (LAST, None, LAST - 31 * DAY, "active"),
        (LAST, None, LAST - 30 * DAY, "expiring"),
        (LAST, None, LAST, "expiring"),
        (LAST, None, LAST + DAY, "expired"),
        (None, None, date(2099, 1, 1), "active"),
        (LAST, date(2025, 6, 1), date(2025, 5, 31), "active"),
        (LAST, date(2025, 6, 1), date(2025, 6, 1), "revoked"),
        (LAST, date(2025, 6, 1), LAST + DAY, "revoked"),
    ],
)
async def test_certification_status(
    place: Place, expires: date | None, revoked: date | None, on: date, status: str
) -> None:
    found = await place.sql.fetchval("SELECT certification_status($1, $2, $3, $4)", ISSUED, expires, revoked, on)
    assert found == status


async def test_a_qualified_engineer_is_shown_with_load_and_home(place: Place, kind: str) -> None:
    code = await add_engineer(place.sql, "Asia/Kolkata", capacity=10)
    await place.sql.execute("UPDATE engineers SET home_latitude = 13, home_longitude = 80 WHERE code = $1", code)
    await add_expertise(place.sql, code, kind, "L2", ("diagnose", "repair"), years=7, certification="Service")
    await add_certificate(place.sql, code, ISSUED, LAST)
    await assign(place.sql, code, (await open_story(place.database)).ticket_id, NOW)
    (row,) = await place.database.rows(SqlFunction.GET_QUALIFIED_ENGINEERS, kind, "L1", ["repair"], None, NOW)
    assert isinstance(row["engineer_id"], UUID)
    assert {name: value for name, value in row.items() if name != "engineer_id"} == {
        "engineer_code": code,
        "name": code,
        "support_level": "L2",
        "capabilities": ["diagnose", "repair"],
        "years_of_experience": Decimal("7.0"),
        "certification": "Service",
        "certified_until": LAST,
        "open_assignments": 1,
        "assigned_this_month": 1,
        "monthly_capacity": 10,
        "workload_percent": Decimal("10.0"),
        "home_latitude": 13.0,
        "home_longitude": 80.0,
        "time_zone": "Asia/Kolkata",
        "manufacturer": None,
    }


async def test_nobody_is_qualified_for_what_nobody_knows(place: Place, kind: str) -> None:
    await add_expertise(place.sql, await add_engineer(place.sql), kind)
    assert await qualified(place, "nothing") == []
    assert await qualified(place, kind, "L9") == []
    assert len(await place.database.rows(SqlFunction.GET_QUALIFIED_ENGINEERS, kind)) == 1  # L1, of any make, now


async def test_level_and_every_capability_are_needed(place: Place, kind: str) -> None:
    l1, l2, l3 = [await add_engineer(place.sql) for _ in range(3)]
    await add_expertise(place.sql, l1, kind, "L1", ("diagnose", "repair"))
    await add_expertise(place.sql, l2, kind, "L2", ("diagnose",))
    await add_expertise(place.sql, l3, kind, "L3", ("diagnose", "repair", "train"))
    assert await qualified(place, kind, "L2") == [l2, l3]
    assert await qualified(place, kind, "L1", ("repair", "diagnose")) == [l1, l3]
    assert await qualified(place, kind, "L2", ("repair", "diagnose")) == [l3]
    assert await qualified(place, kind, "L1", ("install",)) == []


async def test_the_least_busy_come_first_then_the_lowest_level_then_experience(place: Place, kind: str) -> None:
    busy, expert, beginner, veteran, twin = [await add_engineer(place.sql) for _ in range(5)]
    for code, level, years in ((busy, "L1", 20), (expert, "L3", 20), (beginner, "L1", 1), (veteran, "L1", 9)):
        await add_expertise(place.sql, code, kind, level, years=years)
    await add_expertise(place.sql, twin, kind, years=9)
    await assign(place.sql, busy, (await open_story(place.database)).ticket_id, NOW)
    assert await qualified(place, kind) == [veteran, twin, beginner, expert, busy]


async def test_expertise_for_the_make_counts_instead_of_the_general_one(place: Place, kind: str) -> None:
    general, better, worse, philips = [await add_engineer(place.sql) for _ in range(4)]
    await add_expertise(place.sql, general, kind, "L2")
    await add_expertise(place.sql, better, kind, "L1")
    await add_expertise(place.sql, better, kind, "L3", make="GE")
    await add_expertise(place.sql, worse, kind, "L3")
    await add_expertise(place.sql, worse, kind, "L1", make="GE")
    await add_expertise(place.sql, philips, kind, "L2", make="PHILIPS")
    assert await qualified(place, kind, "L2", make="GE") == [general, better]
    assert await qualified(place, kind, "L2", make="PHILIPS") == [general, philips, worse]
    assert await qualified(place, kind, "L2", make="UNKNOWN") == [general, worse]
    # No make named: whoever qualifies for some make, each once, and the column says for which.
    rows = await place.database.rows(SqlFunction.GET_QUALIFIED_ENGINEERS, kind, "L2", [], None, NOW)
    assert [(row["engineer_code"], row["manufacturer"]) for row in rows] == [
        (general, None),
        (philips, "PHILIPS"),
        (better, "GE"),
        (worse, None),
    ]


async def test_expertise_that_is_not_active_does_not_count(place: Place, kind: str) -> None:
    retired, switched = await add_engineer(place.sql), await add_engineer(place.sql)
    await add_expertise(place.sql, retired, kind, active=False)
    await add_expertise(place.sql, switched, kind, "L2")
    await add_expertise(place.sql, switched, kind, "L1", make="GE", active=False)
    assert await qualified(place, kind, "L2", make="GE") == [switched]


async def test_a_certificate_is_valid_through_its_last_day_where_the_engineer_lives(place: Place, kind: str) -> None:
    code = await add_engineer(place.sql, "Asia/Kolkata")
    await add_expertise(place.sql, code, kind, certification="Service")
    await add_certificate(place.sql, code, ISSUED, LAST)
    # The last day ends in Kolkata at 18:30 UTC, and the first begins at 18:30 UTC of the day before.
    assert await qualified(place, kind, at=datetime(2026, 3, 31, 18, 29, 59, tzinfo=UTC)) == [code]
    assert await qualified(place, kind, at=datetime(2026, 3, 31, 18, 30, tzinfo=UTC)) == []
    assert await qualified(place, kind, at=datetime(2025, 3, 31, 18, 30, tzinfo=UTC)) == [code]
    assert await qualified(place, kind, at=datetime(2025, 3, 31, 18, 29, 59, tzinfo=UTC)) == []


async def test_a_revoked_certificate_does_not_qualify_and_its_renewal_does(place: Place, kind: str) -> None:
    code = await add_engineer(place.sql)
    await add_expertise(place.sql, code, kind, certification="Service")
    old = await add_certificate(place.sql, code, ISSUED, LAST, revoked=date(2026, 3, 2))
    assert await qualified(place, kind, at=NOW - DAY) == [code]
    assert await qualified(place, kind) == []
    await add_certificate(place.sql, code, date(2026, 3, 5), date(2027, 3, 4), renews=old)
    assert await qualified(place, kind, at=datetime(2026, 3, 4, tzinfo=UTC)) == []
    assert await qualified(place, kind, at=datetime(2026, 3, 5, tzinfo=UTC)) == [code]


async def test_the_certificate_must_be_the_one_asked_for_and_for_this_type_and_make(place: Place, kind: str) -> None:
    code, other_type = await add_engineer(place.sql), await add_type(place.sql)
    await add_expertise(place.sql, code, kind, certification="Service")
    await add_certificate(place.sql, code, ISSUED, certification="Radiation")
    await add_certificate(place.sql, code, ISSUED, equipment_type=other_type)
    assert await qualified(place, kind) == []
    await add_certificate(place.sql, code, ISSUED, equipment_type=kind, make="GE")
    assert await qualified(place, kind, make="GE") == [code]
    assert await qualified(place, kind, make="PHILIPS") == []
    assert await qualified(place, kind) == []  # for any make, the one of GE does not do
    await add_certificate(place.sql, code, ISSUED, LAST)
    rows = await place.database.rows(SqlFunction.GET_QUALIFIED_ENGINEERS, kind, "L1", [], "GE", NOW)
    assert [row["certified_until"] for row in rows] == [None]  # the one without an end


async def test_only_who_is_available_is_named(place: Place, kind: str) -> None:
    nights = await add_calendar(place.sql, [(day, time(22), time(6)) for day in range(1, 8)])
    free, away, asleep, gone, full = [
        await add_engineer(place.sql),
        await add_engineer(place.sql),
        await add_engineer(place.sql, calendar=nights),
        await add_engineer(place.sql, active=False),
        await add_engineer(place.sql, capacity=1),
    ]
    for code in (free, away, asleep, gone, full):
        await add_expertise(place.sql, code, kind)
    await add_absence(place.sql, away, NOW, NOW + DAY)
    await assign(place.sql, full, (await open_story(place.database)).ticket_id, NOW, status="released")
    assert await qualified(place, kind) == [free]
    assert await qualified(place, kind, at=NOW + DAY) == [free, away]
    assert await qualified(place, kind, at=datetime(2026, 4, 1, 23, 0, tzinfo=UTC)) == [free, away, asleep, full]


async def test_the_profile_has_every_expertise_with_its_certificate(place: Place) -> None:
    code = await add_engineer(place.sql)
    first, second = await add_type(place.sql), await add_type(place.sql)
    await add_expertise(place.sql, code, second, "L1", active=False)
    await add_expertise(place.sql, code, first, "L2", certification="Service", make="GE")
    await add_expertise(place.sql, code, first, "L3", ("repair",), years=4, certification="Service")
    await add_certificate(place.sql, code, ISSUED, LAST, make="GE")
    shown = await place.database.rows(SqlFunction.GET_ENGINEER_EXPERTISE, code, LAST)
    assert shown[0] == {
        "equipment_type": first,
        "equipment_name": first,
        "manufacturer": None,
        "support_level": "L3",
        "capabilities": ["repair"],
        "years_of_experience": Decimal("4.0"),
        "required_certification": "Service",
        "certification_active": False,  # it is for GE alone
        "certified_until": None,
        "active": True,
    }
    told = ("equipment_type", "manufacturer", "certification_active", "certified_until", "active")
    assert [tuple(row[name] for name in told) for row in shown[1:]] == [
        (first, "GE", True, LAST, True),
        (second, None, None, None, False),
    ]
    later = await place.database.rows(SqlFunction.GET_ENGINEER_EXPERTISE, code, LAST + DAY)
    assert [row["certification_active"] for row in later] == [False, False, None]
    assert len(await place.database.rows(SqlFunction.GET_ENGINEER_EXPERTISE, code)) == 3  # today
    assert await place.database.rows(SqlFunction.GET_ENGINEER_EXPERTISE, "NOBODY") == []


async def certificates(place: Place, code: str, on: date, *expired: bool) -> list[tuple[Any, ...]]:
    rows = await place.database.rows(SqlFunction.GET_ENGINEER_CERTIFICATIONS, code, on, *expired)
    return [tuple(row[name] for name in ("certificate_number", "status", "days_left", "renewal")) for row in rows]


async def test_active_certificates_are_shown_with_what_is_left_of_them(place: Place, kind: str) -> None:
    code = await add_engineer(place.sql)
    endless = await add_certificate(place.sql, code, ISSUED, certification="Safety", equipment_type=kind, make="GE")
    ending = await add_certificate(place.sql, code, ISSUED, LAST, requested=LAST - DAY)
    revoked = await add_certificate(place.sql, code, ISSUED, date(2027, 1, 1), revoked=date(2025, 5, 1))
    future = await add_certificate(place.sql, code, date(2027, 1, 2), date(2028, 1, 1))
    assert await certificates(place, code, LAST - 31 * DAY) == [
        (endless, "active", None, "not_due"),
        (ending, "active", 31, "not_due"),
    ]
    assert (await certificates(place, code, LAST - 2 * DAY))[1] == (ending, "expiring", 2, "due")
    assert (await certificates(place, code, LAST))[1] == (ending, "expiring", 0, "requested")
    assert [row[0] for row in await certificates(place, code, LAST + DAY)] == [endless]
    assert await certificates(place, code, LAST + DAY, True) == [
        (endless, "active", None, "not_due"),
        (ending, "expired", -1, "requested"),
        (revoked, "revoked", 275, "not_due"),
        (future, "not_yet_valid", 640, "not_due"),
    ]
    (first, *_) = await place.database.rows(SqlFunction.GET_ENGINEER_CERTIFICATIONS, code, ISSUED)
    assert (first["equipment_type"], first["manufacturer"], first["certification"]) == (kind, "GE", "Safety")
    assert await place.database.rows(SqlFunction.GET_ENGINEER_CERTIFICATIONS, "NOBODY") == []


async def test_a_certificate_is_renewed_once_the_next_one_is_issued(place: Place) -> None:
    code = await add_engineer(place.sql)
    old = await add_certificate(place.sql, code, ISSUED, LAST, requested=date(2026, 3, 1))
    new = await add_certificate(
        place.sql, code, date(2026, 3, 20), date(2027, 3, 31), renews=old, revoked=date(2026, 3, 25)
    )
    assert await certificates(place, code, date(2026, 3, 19)) == [(old, "expiring", 12, "requested")]
    assert await certificates(place, code, date(2026, 3, 20)) == [
        (old, "expiring", 11, "renewed"),
        (new, "active", 376, "not_due"),
    ]
    assert await certificates(place, code, date(2026, 3, 25)) == [(old, "expiring", 6, "requested")]


async def test_without_a_day_it_is_today_where_the_engineer_lives(place: Place, kind: str) -> None:
    """In Kiritimati it is always a later day than on the other side of the date line."""
    today = await place.sql.fetchval("SELECT (now() AT TIME ZONE 'Etc/GMT+12')::date")
    left = {}
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
        engineer = await add_engineer(place.sql, zone)
        await add_expertise(place.sql, engineer, kind, certification="Service")
        await add_certificate(place.sql, engineer, today - 400 * DAY, today)
        (expertise,) = await place.database.rows(SqlFunction.GET_ENGINEER_EXPERTISE, engineer)
        held = await place.database.rows(SqlFunction.GET_ENGINEER_CERTIFICATIONS, engineer)
        left[zone] = (expertise["certification_active"], [row["days_left"] for row in held])
    assert left == {"Pacific/Kiritimati": (False, []), "Etc/GMT+12": (True, [0])}
