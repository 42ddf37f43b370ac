"""When a calendar is open: shifts, breaks, holidays, versions, changes of the clocks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest_asyncio
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.migrations.staff import Place, add_calendar, own_place

DAY_SHIFT = [(day, time(9), time(13)) for day in range(1, 6)] + [(day, time(14), time(18)) for day in range(1, 6)]
SATURDAY_NIGHT = [(6, time(22), time(6))]
SECOND = timedelta(seconds=1)
NEW_YORK = "America/New_York"
KOLKATA = "Asia/Kolkata"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest_asyncio.fixture(scope="module")
async def place(postgres_url: str) -> AsyncIterator[Place]:
    async with own_place(postgres_url) as place:
        yield place


async def is_open(place: Place, calendar: UUID | None, zone: str, *moments: str) -> list[bool | None]:
    rows = await place.sql.fetch(
        "SELECT calendar_is_open($1, $2, at) FROM unnest($3::timestamptz[]) WITH ORDINALITY AS m (at, n) ORDER BY n",
        calendar,
        zone,
        [utc(moment) for moment in moments],
    )
    return [row[0] for row in rows]


async def test_a_shift_is_open_from_its_first_instant_to_before_its_last(place: Place) -> None:
    calendar = await add_calendar(place.sql, DAY_SHIFT)
    # Monday 2 March 2026 in Kolkata (+5:30): 9:00 is 3:30 UTC, the break is 7:30 to 8:30 UTC, 18:00 is 12:30 UTC.
    moments = ("03:29:59.999", "03:30", "07:29:59", "07:30", "08:29:59", "08:30", "12:29:59", "12:30")
    found = await is_open(place, calendar, KOLKATA, *(f"2026-03-02T{moment}" for moment in moments))
    assert found == [False, True, True, False, False, True, True, False]


async def test_the_weekday_is_the_local_one(place: Place) -> None:
    calendar = await add_calendar(place.sql, [(1, time(0), time(1))])
    # Monday begins in Kolkata on Sunday 1 March, 18:30 UTC.
    found = await is_open(place, calendar, KOLKATA, "2026-03-01T18:29:59", "2026-03-01T18:30", "2026-03-02T00:30")
    assert found == [False, True, False]


async def test_a_night_shift_over_the_spring_gap_is_an_hour_shorter(place: Place) -> None:
    calendar = await add_calendar(place.sql, SATURDAY_NIGHT)
    # 22:00 EST is 03:00 UTC, 06:00 EDT is 10:00 UTC: seven hours.
    moments = ("2026-03-08T02:59:59", "2026-03-08T03:00", "2026-03-08T07:00", "2026-03-08T09:59:59", "2026-03-08T10:00")
    assert await is_open(place, calendar, NEW_YORK, *moments) == [False, True, True, True, False]


async def test_a_night_shift_over_the_autumn_fold_is_an_hour_longer(place: Place) -> None:
    calendar = await add_calendar(place.sql, SATURDAY_NIGHT)
    # 22:00 EDT is 02:00 UTC, 06:00 EST is 11:00 UTC: nine hours.
    moments = ("2026-11-01T01:59:59", "2026-11-01T02:00", "2026-11-01T10:59:59", "2026-11-01T11:00")
    assert await is_open(place, calendar, NEW_YORK, *moments) == [False, True, True, False]


async def test_a_time_in_a_gap_is_moved_and_a_time_in_a_fold_is_the_first(place: Place) -> None:
    calendar = await add_calendar(place.sql, [(7, time(1, 30), time(2, 30))])
    # In spring 01:30 EST (06:30 UTC) to what 02:30 EST would be (07:30 UTC, shown as 03:30).
    spring = await is_open(place, calendar, NEW_YORK, "2026-03-08T06:29", "2026-03-08T07:29", "2026-03-08T07:30")
    # In autumn from the first 01:30 (EDT, 05:30 UTC) to 02:30 EST (07:30 UTC).
    autumn = await is_open(place, calendar, NEW_YORK, "2026-11-01T05:29", "2026-11-01T05:30", "2026-11-01T07:29")
    assert (spring, autumn) == ([False, True, False], [False, True, True])


async def test_a_holiday_closes_the_shifts_that_begin_on_it_whole(place: Place) -> None:
    calendar = await add_calendar(
        place.sql, [(day, time(22), time(6)) for day in range(1, 8)], [date(2026, 3, 4)]
    )  # a Wednesday
    before = await is_open(place, calendar, "UTC", "2026-03-03T23:00", "2026-03-04T05:59")  # began on the eve
    during = await is_open(place, calendar, "UTC", "2026-03-04T22:00", "2026-03-05T05:59")  # would begin on it
    after = await is_open(place, calendar, "UTC", "2026-03-05T22:00")
    assert (before, during, after) == ([True, True], [False, False], [True])


async def test_a_half_day_is_open_for_its_own_hours(place: Place) -> None:
    christmas_eve = date(2026, 12, 24)  # a Thursday
    calendar = await add_calendar(place.sql, DAY_SHIFT, half_days=[(christmas_eve, time(10), time(15))])
    moments = ("2026-12-24T09:59", "2026-12-24T10:00", "2026-12-24T13:30", "2026-12-24T14:59", "2026-12-24T15:00")
    assert await is_open(place, calendar, "UTC", *moments) == [False, True, True, True, False]


async def test_an_exceptional_opening_counts_more_than_weekday_holiday_and_half_day(place: Place) -> None:
    saturday, holiday, half = date(2026, 3, 7), date(2026, 3, 4), date(2026, 3, 5)
    calendar = await add_calendar(
        place.sql,
        DAY_SHIFT,
        [holiday],
        half_days=[(half, time(9), time(12))],
        exceptional=[
            (saturday, time(22), time(6)),
            (holiday, time(20), time(21)),
            (half, time(20), time(21)),
            (date(2026, 3, 6), time(20), time(21)),
        ],
    )
    for day in (holiday, half, date(2026, 3, 6)):
        found = await is_open(place, calendar, "UTC", f"{day}T10:00", f"{day}T19:59", f"{day}T20:00", f"{day}T21:00")
        assert found == [False, False, True, False], day
    night = ("2026-03-07T21:59", "2026-03-07T22:00", "2026-03-08T05:59", "2026-03-08T06:00")
    assert await is_open(place, calendar, "UTC", *night) == [False, True, True, False]


async def test_an_always_open_calendar_and_no_calendar_are_open(place: Place) -> None:
    always = await add_calendar(place.sql, always_open=True)
    assert await is_open(place, always, "UTC", "2026-03-01T03:00") == [True]
    assert await is_open(place, None, "UTC", "2026-03-01T03:00") == [True]


async def test_a_reference_to_any_version_means_the_highest_in_force(place: Place) -> None:
    code = "versions"
    until = utc("2026-04-01")
    first = await add_calendar(place.sql, [(1, time(8), time(9))], code=code)
    second = await add_calendar(place.sql, [(1, time(10), time(11))], code=code, version=2, valid_to=until)
    await add_calendar(place.sql, [(1, time(12), time(13))], code=code, version=3, active=False)
    assert await is_open(place, first, "UTC", "2026-03-02T08:30", "2026-03-02T10:30", "2026-03-02T12:30") == [
        False,
        True,
        False,
    ]
    in_force = "SELECT calendar_in_force($1, $2)"
    assert await place.sql.fetchval(in_force, first, until - SECOND) == second
    assert await place.sql.fetchval(in_force, second, until) == first
    assert await place.sql.fetchval(in_force, uuid4(), until) is None


async def test_a_calendar_without_a_version_in_force_is_neither_open_nor_closed(place: Place) -> None:
    retired = await add_calendar(place.sql, DAY_SHIFT, valid_to=utc("2026-01-01"))
    assert await is_open(place, retired, "UTC", "2026-03-02T10:00") == [None]


Shift = tuple[date, time, time]


def naive_is_open(
    hours: Sequence[tuple[int, time, time]],
    holidays: Sequence[date],
    own: tuple[Sequence[Shift], Sequence[Shift]],
    zone: str,
    moment: datetime,
) -> bool:
    """Every shift of the week around, one after the other. `own`: exceptional openings, and half days."""
    for offset in range(-4, 5):
        day = moment.date() + timedelta(days=offset)
        of_day = [(opens, closes) for weekday, opens, closes in hours if weekday == day.isoweekday()]
        if day in holidays:
            of_day = []
        for shifts in reversed(own):
            of_day = [(opens, closes) for on, opens, closes in shifts if on == day] or of_day
        for opens, closes in of_day:
            last = day + timedelta(days=1) if closes <= opens else day
            start = datetime.combine(day, opens, ZoneInfo(zone)).timestamp()
            end = datetime.combine(last, closes, ZoneInfo(zone)).timestamp()
            if start <= moment.timestamp() < end:
                return True
    return False


ZONES = (NEW_YORK, KOLKATA, "Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago", "UTC")
CHANGES = (utc("2025-03-09"), utc("2025-11-02"), utc("2025-04-05"), utc("2025-04-25"), utc("2025-10-30"))
QUARTERS = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))


@given(
    hours=st.dictionaries(st.integers(1, 7), st.tuples(QUARTERS, QUARTERS), min_size=1),
    zone=st.sampled_from(ZONES),
    start=st.sampled_from(CHANGES),
    holiday=st.integers(0, 6),
    half=st.integers(-1, 2),
    exceptional=st.dictionaries(st.sampled_from([-1, 1]), st.tuples(QUARTERS, QUARTERS)),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_calendar_is_open_when_a_naive_reading_says_so(
    place: Place,
    *,
    hours: dict[int, tuple[time, time]],
    zone: str,
    start: datetime,
    holiday: int,
    half: int,
    exceptional: dict[int, tuple[time, time]],
) -> None:
    # A night shift only before a free day: shifts do not overlap.
    shifts = [(day, *shift) for day, shift in hours.items() if shift[0] < shift[1] or day % 7 + 1 not in hours]
    assume(shifts)  # a calendar that is never open is refused
    holidays = [start.date() + timedelta(days=holiday)]
    half_days = [(start.date() + timedelta(days=half), time(9, 30), time(12))] if half != holiday else []
    special = [(start.date() + timedelta(days=day), *shift) for day, shift in exceptional.items()]
    calendar = await add_calendar(place.sql, shifts, holidays, half_days=half_days, exceptional=special)
    moments = [start + timedelta(minutes=minutes) for minutes in range(-1440, 2880, 45)]
    found = await is_open(place, calendar, zone, *(moment.replace(tzinfo=None).isoformat() for moment in moments))
    assert found == [naive_is_open(shifts, holidays, (special, half_days), zone, moment) for moment in moments]
