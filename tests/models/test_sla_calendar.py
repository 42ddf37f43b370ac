"""Calendars against a naive oracle that asks a wall clock every five minutes, and the golden cases."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from models.sla.calendar import Calendar, ExceptionalOpening, Opening

STEP = timedelta(minutes=5)
ZONES = ("UTC", "Asia/Kolkata", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu")


def week(*days: int, opens: str, closes: str) -> tuple[Opening, ...]:
    return tuple(
        Opening(weekday=day, opens=time.fromisoformat(opens), closes=time.fromisoformat(closes)) for day in days
    )


def exceptionally(day: date, opens: str, closes: str) -> ExceptionalOpening:
    return ExceptionalOpening(day=day, opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))


def calendar(
    *hours: Opening,
    zone: str = "UTC",
    holidays: tuple[date, ...] = (),
    exceptional: tuple[ExceptionalOpening, ...] = (),
) -> Calendar:
    return Calendar(
        code="test",
        always_open=False,
        zone=zone,
        hours=hours,
        holidays=holidays,
        exceptional_openings=exceptional,
    )


def is_open(one: Calendar, instant: datetime) -> bool:
    """What a person reads off a wall clock and the list of hours."""
    local = instant.astimezone(ZoneInfo(one.zone)).replace(tzinfo=None)
    for days_ago in (0, 1):
        day = local.date() - timedelta(days=days_ago)
        for begins, ends in hours_of(one, day):
            opens = datetime.combine(day, begins)
            closes = datetime.combine(day, ends)
            closes += timedelta(days=1) if closes <= opens else timedelta(0)
            if opens <= local < closes:
                return True
    return False


def hours_of(one: Calendar, day: date) -> list[tuple[time, time]]:
    """What a person reads on the door: the day's own hours, else none on a holiday, else those of the weekday."""
    if own := [(special.opens, special.closes) for special in one.exceptional_openings if special.day == day]:
        return own
    if day in one.holidays:
        return []
    return [(hours.opens, hours.closes) for hours in one.hours if hours.weekday == day.isoweekday()]


def counted(one: Calendar, start: datetime, end: datetime) -> timedelta:
    steps = round((end - start) / STEP)
    return STEP * sum(is_open(one, start + STEP * number) for number in range(steps))


times = st.integers(0, 287).map(lambda n: time(n // 12, 5 * (n % 12)))
openings = st.builds(Opening, weekday=st.integers(1, 7), opens=times, closes=times)
# Around the changes of 2026 in New York and Berlin, and any other day.
days = st.sampled_from(
    [date(2026, 3, 7), date(2026, 3, 28), date(2026, 10, 31), date(2026, 10, 24), date(2025, 12, 30)]
)
# On a day of change, on the eve of one, and on the day after; with luck a holiday, twice, or across midnight.
near = st.builds(lambda day, later: day + timedelta(days=later), days, st.integers(0, 2))
exceptional_openings = st.builds(ExceptionalOpening, day=near, opens=times, closes=times)
calendars = st.builds(
    calendar,
    openings,
    openings,
    openings,
    zone=st.sampled_from(ZONES),
    holidays=st.lists(days.map(lambda day: day + timedelta(days=1)), max_size=2).map(tuple),
    exceptional=st.lists(exceptional_openings, max_size=3).map(tuple),
)
starts = st.builds(
    lambda day, steps: datetime(day.year, day.month, day.day, tzinfo=UTC) + STEP * steps, days, st.integers(-600, 600)
)


@settings(max_examples=50, deadline=None)
@given(calendars, starts, st.integers(0, 900))
def test_business_time_is_what_a_wall_clock_counts(one: Calendar, start: datetime, steps: int) -> None:
    end = start + STEP * steps
    assert one.open_between(start, end) == counted(one, start, end)


@settings(max_examples=50, deadline=None)
@given(calendars, starts, st.integers(1, 4000))
def test_after_is_the_earliest_instant_with_that_much_business_time(one: Calendar, start: datetime, steps: int) -> None:
    duration = STEP * steps
    end = one.after(start, duration)
    assert one.open_between(start, end) == duration
    assert one.open_between(start, end - timedelta(microseconds=1)) == duration - timedelta(microseconds=1)


@settings(max_examples=30, deadline=None)
@given(calendars, starts, st.integers(0, 900), st.integers(0, 900))
def test_splitting_a_span_changes_nothing(one: Calendar, start: datetime, first: int, second: int) -> None:
    middle, end = start + STEP * first, start + STEP * (first + second)
    assert one.open_between(start, middle) + one.open_between(middle, end) == one.open_between(start, end)


@settings(max_examples=30, deadline=None)
@given(calendars, starts, st.integers(0, 900))
def test_the_open_intervals_add_up_and_never_touch(one: Calendar, start: datetime, steps: int) -> None:
    end = start + STEP * steps
    found = one.intervals(start, end)
    assert sum((b - a for a, b in found), timedelta(0)) == one.open_between(start, end)
    assert all(a < b for a, b in found)
    assert all(before[1] < after[0] for before, after in pairwise(found))


BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = calendar(*week(1, 2, 3, 4, 5, opens="09:00", closes="17:00"), zone="Europe/Berlin")
LONG_OFFICE = calendar(*week(1, 2, 3, 4, 5, opens="08:00", closes="17:00"), zone="Europe/Berlin")


def test_three_hours_from_friday_16_00_are_due_on_monday_at_11_00() -> None:
    friday = datetime(2026, 6, 5, 16, tzinfo=BERLIN)
    assert OFFICE.after(friday, timedelta(hours=3)) == datetime(2026, 6, 8, 11, tzinfo=BERLIN)


def test_a_night_and_a_weekend_count_for_nothing() -> None:
    opened, now = datetime(2026, 6, 5, 21, tzinfo=BERLIN), datetime(2026, 6, 8, 9, 30, tzinfo=BERLIN)
    assert LONG_OFFICE.open_between(opened, now) == timedelta(hours=1, minutes=30)
    assert now - opened == timedelta(hours=60, minutes=30)


@pytest.mark.parametrize(
    ("night", "hours"),
    [(date(2026, 3, 28), 7), (date(2026, 10, 24), 9), (date(2026, 6, 6), 8)],
    ids=["gap", "fold", "usual"],
)
def test_a_night_shift_is_as_long_as_the_night(night: date, hours: int) -> None:
    shift = calendar(*week(6, opens="22:00", closes="06:00"), zone="Europe/Berlin")
    noon = datetime(night.year, night.month, night.day, 12, tzinfo=UTC)
    assert shift.open_between(noon, noon + timedelta(days=1)) == timedelta(hours=hours)


def test_hours_in_the_gap_are_not_there() -> None:
    early = calendar(*week(7, opens="02:00", closes="03:00"), zone="Europe/Berlin")
    sunday = datetime(2026, 3, 29, tzinfo=UTC)
    assert early.open_between(sunday - timedelta(days=1), sunday + timedelta(days=1)) == timedelta(0)
    assert early.after(sunday, timedelta(minutes=30)) == datetime(2026, 4, 5, 0, 30, tzinfo=UTC)


def test_a_night_shift_belongs_to_the_day_on_which_it_begins() -> None:
    shift = week(4, 5, opens="22:00", closes="06:00")
    off = calendar(*shift, holidays=(date(2026, 12, 25),))
    christmas = datetime(2026, 12, 25, tzinfo=UTC)
    assert off.open_between(christmas, christmas + timedelta(days=2)) == timedelta(hours=6)


SATURDAY = date(2026, 8, 29)
NOON = datetime(2026, 8, 29, 12, tzinfo=UTC)
A_DAY = timedelta(days=1)


def worked(one: Calendar, day: date) -> timedelta:
    """Open time from midnight to midnight on the wall clocks of the calendar's zone."""
    zone = ZoneInfo(one.zone)
    midnights = [datetime(each.year, each.month, each.day, tzinfo=zone) for each in (day, day + A_DAY)]
    return one.open_between(*midnights)


def test_a_working_saturday_is_open_and_the_next_one_is_not() -> None:
    office = OFFICE.model_copy(update={"exceptional_openings": (exceptionally(SATURDAY, "09:00", "17:00"),)})
    assert worked(office, SATURDAY) == timedelta(hours=8)
    assert worked(office, SATURDAY + 7 * A_DAY) == timedelta(0)
    friday = datetime(2026, 8, 28, 16, tzinfo=BERLIN)
    assert office.after(friday, timedelta(hours=3)) == datetime(2026, 8, 29, 11, tzinfo=BERLIN)


def test_an_exceptional_opening_counts_more_than_a_holiday_and_than_the_weekday() -> None:
    christmas_eve = date(2026, 12, 24)  # a Thursday
    half = exceptionally(christmas_eve, "09:00", "12:00")
    holiday = OFFICE.model_copy(update={"holidays": (christmas_eve,), "exceptional_openings": (half,)})
    plain = OFFICE.model_copy(update={"exceptional_openings": (half,)})
    assert worked(holiday, christmas_eve) == worked(plain, christmas_eve) == timedelta(hours=3)
    assert worked(OFFICE, christmas_eve) == timedelta(hours=8)


def test_an_exceptional_night_belongs_to_the_day_on_which_it_begins() -> None:
    night = calendar(*week(1, opens="09:00", closes="17:00"), exceptional=(exceptionally(SATURDAY, "22:00", "06:00"),))
    assert night.intervals(NOON, NOON + A_DAY) == [
        (datetime(2026, 8, 29, 22, tzinfo=UTC), datetime(2026, 8, 30, 6, tzinfo=UTC))
    ]


def test_a_night_that_began_on_the_eve_goes_on_into_an_exceptional_day() -> None:
    nights = week(1, 2, 3, 4, 5, 6, 7, opens="22:00", closes="06:00")
    one = calendar(*nights, exceptional=(exceptionally(SATURDAY, "05:00", "10:00"),))
    friday = NOON - A_DAY
    assert one.intervals(friday, friday + 2 * A_DAY) == [
        (datetime(2026, 8, 28, 22, tzinfo=UTC), datetime(2026, 8, 29, 10, tzinfo=UTC))
    ]


def test_openings_of_a_day_that_overlap_count_once() -> None:
    twice = (exceptionally(SATURDAY, "09:00", "13:00"), exceptionally(SATURDAY, "12:00", "17:00"))
    assert worked(calendar(*week(1, opens="09:00", closes="17:00"), exceptional=twice), SATURDAY) == timedelta(hours=8)


def test_from_midnight_to_midnight_is_a_day_and_as_long_as_that_day_is() -> None:
    for day, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (SATURDAY, 24)):
        whole = OFFICE.model_copy(update={"exceptional_openings": (exceptionally(day, "00:00", "00:00"),)})
        assert worked(whole, day) == timedelta(hours=hours)


def test_a_day_that_a_zone_left_out_has_no_hours_of_whatever_kind() -> None:
    """Samoa went from 29 to 31 December 2011."""
    samoa = calendar(
        *week(1, 2, 3, 4, 5, 6, 7, opens="09:00", closes="17:00"),
        zone="Pacific/Apia",
        exceptional=(exceptionally(date(2011, 12, 30), "00:00", "23:00"),),
    )
    start = datetime(2011, 12, 29, 8, tzinfo=ZoneInfo("Pacific/Apia"))
    end = datetime(2011, 12, 31, 18, tzinfo=ZoneInfo("Pacific/Apia"))
    assert samoa.open_between(start, end) == timedelta(hours=16)


def test_a_snapshot_of_before_there_were_exceptional_openings_is_read_as_it_was() -> None:
    old = {name: value for name, value in OFFICE.model_dump(mode="json").items() if name != "exceptional_openings"}
    assert Calendar.model_validate(old) == OFFICE


def test_half_open_intervals_leave_the_closing_instant_out() -> None:
    five = datetime(2026, 6, 5, 17, tzinfo=BERLIN)
    assert OFFICE.open_between(five, five + timedelta(hours=1)) == timedelta(0)
    assert OFFICE.open_between(five - timedelta(microseconds=1), five) == timedelta(microseconds=1)


def test_a_target_may_reach_over_years() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    saturdays = calendar(*week(6, opens="00:00", closes="00:00"))
    assert saturdays.after(start, timedelta(days=520)) == datetime(2035, 12, 16, tzinfo=UTC)


def test_a_span_that_ends_before_it_begins_counts_for_nothing() -> None:
    start = datetime(2026, 6, 5, 12, tzinfo=BERLIN)
    assert OFFICE.open_between(start, start - timedelta(hours=1)) == timedelta(0)
    assert OFFICE.intervals(start, start) == []


def test_a_calendar_that_is_never_open_is_refused() -> None:
    with pytest.raises(ValidationError, match="never open"):
        Calendar(code="none", always_open=False)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="not an IANA time zone"):
        Calendar(zone="Asia/Kolkatta")


def test_time_without_end_is_refused() -> None:
    with pytest.raises(OverflowError, match="more than 100 years"):
        OFFICE.after(datetime(2026, 6, 5, tzinfo=UTC), timedelta(days=900_000))


def test_a_calendar_survives_being_written_and_read() -> None:
    assert Calendar.model_validate_json(OFFICE.model_dump_json()) == OFFICE
    assert Calendar.model_validate({"code": "24x7", "version": 1}) == Calendar()


def test_a_copy_in_another_zone_has_other_hours() -> None:
    noon = datetime(2026, 6, 5, 12, tzinfo=UTC)
    assert OFFICE.open_between(noon, noon + timedelta(hours=1)) == timedelta(hours=1)
    in_kolkata = OFFICE.model_copy(update={"zone": "Asia/Kolkata"})
    assert in_kolkata.open_between(noon, noon + timedelta(hours=1)) == timedelta(0)
