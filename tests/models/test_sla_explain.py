"""Every second of a clock's life has one cause, and those that counted are the elapsed time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.identity import ClockId
from models.sla.calendar import Calendar
from models.sla.clock import Clock, ClockError
from models.sla.explain import Cause, Explanation, Interval, explain
from models.vocabulary.sla import ClockKind, ClockState
from tests.models.test_sla_calendar import calendars, exceptionally, week

HOUR = timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Calendar(
    code="office",
    always_open=False,
    zone="Europe/Berlin",
    hours=(*week(1, 2, 3, 4, 5, opens="09:00", closes="12:00"), *week(1, 2, 3, 4, 5, opens="13:00", closes="17:00")),
    holidays=(date(2026, 4, 3), date(2026, 4, 6)),
    holiday_names=("Good Friday", "Easter Monday"),
)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=BERLIN)


def new(target: timedelta = 3 * HOUR) -> Clock:
    return Clock(clock_id=ClockId(UUID(int=1)), kind=ClockKind.RESOLUTION, name="resolution", target=target)


def told(intervals: tuple[Interval, ...]) -> list[tuple[str, str, str]]:
    """Begin, cause and detail of each, on a wall clock in Berlin."""
    return [(f"{one.start.astimezone(BERLIN):%m-%d %H:%M}", one.cause.value, one.detail) for one in intervals]


def test_closed_hours_breaks_and_holidays_are_named() -> None:
    clock = new(8 * HOUR).start(berlin("04-02 11:00"))  # the Thursday before Easter
    found = explain(clock, OFFICE, berlin("04-07 09:30"))
    assert told(found.intervals) == [
        ("04-02 11:00", "open", ""),
        ("04-02 12:00", "closed", ""),
        ("04-02 13:00", "open", ""),
        ("04-02 17:00", "closed", ""),
        ("04-03 09:00", "holiday", "Good Friday"),
        ("04-03 12:00", "closed", ""),
        ("04-03 13:00", "holiday", "Good Friday"),
        ("04-03 17:00", "closed", ""),
        ("04-06 09:00", "holiday", "Easter Monday"),
        ("04-06 12:00", "closed", ""),
        ("04-06 13:00", "holiday", "Easter Monday"),
        ("04-06 17:00", "closed", ""),
        ("04-07 09:00", "open", ""),
    ]
    assert (found.elapsed, found.remaining) == (5.5 * HOUR, 2.5 * HOUR)


def test_the_way_to_the_deadline_is_told_interval_by_interval() -> None:
    found = explain(new().start(berlin("03-06 16:00")), OFFICE, berlin("03-06 16:30"))
    assert told(found.ahead) == [
        ("03-06 16:30", "open", ""),
        ("03-06 17:00", "closed", ""),
        ("03-09 09:00", "open", ""),
    ]
    assert found.due_at == berlin("03-09 11:00") == found.ahead[-1].end
    assert sum((one.length for one in found.ahead if one.counted), timedelta(0)) == found.remaining == 2.5 * HOUR


def test_a_pause_has_its_reason_and_no_deadline() -> None:
    clock = new().start(berlin("03-09 09:00")).pause(berlin("03-09 09:50"), "Access denied")
    found = explain(clock, OFFICE, berlin("03-10 10:00"))
    assert told(found.intervals)[1:] == [("03-09 09:50", "paused", "Access denied")]
    assert (found.state, found.due_at, found.ahead) == (ClockState.PAUSED, None, ())
    assert found.remaining == timedelta(hours=2, minutes=10)


def test_what_happened_later_is_left_out() -> None:
    clock = new().start(berlin("03-09 09:00")).pause(berlin("03-09 10:00"), "Later").resume(berlin("03-09 11:00"))
    found = explain(clock.stop(berlin("03-09 11:30")), OFFICE, berlin("03-09 09:30"))
    assert (found.state, found.elapsed, found.due_at) == (ClockState.RUNNING, 0.5 * HOUR, berlin("03-09 12:00"))


def test_the_life_of_a_clock_ends_with_it() -> None:
    clock = new().start(berlin("03-09 09:00")).stop(berlin("03-09 11:00"))
    found = explain(clock, OFFICE, berlin("03-20 11:00"))
    assert (found.state, found.intervals[-1].end, found.ahead) == (ClockState.MET, berlin("03-09 11:00"), ())


def test_a_holiday_s_night_shift_has_its_name_beyond_midnight() -> None:
    nights = Calendar(
        always_open=False,
        zone="Europe/Berlin",
        hours=week(4, 5, 6, opens="22:00", closes="06:00"),
        holidays=(date(2026, 4, 3),),
        holiday_names=("Good Friday",),
    )
    found = explain(new(99 * HOUR).start(berlin("04-03 06:00")), nights, berlin("04-04 22:00"))
    assert told(found.intervals) == [
        ("04-03 06:00", "closed", ""),
        ("04-03 22:00", "holiday", "Good Friday"),
        ("04-04 06:00", "closed", ""),
    ]


def test_what_a_half_day_and_an_exceptional_opening_leave_of_a_holiday_has_its_name() -> None:
    """Good Friday is open until noon, Easter Monday in the evening alone, and on Saturday somebody works."""
    special = (
        exceptionally(date(2026, 4, 3), "10:00", "12:00"),
        exceptionally(date(2026, 4, 4), "09:00", "12:00").model_copy(update={"name": "Stocktaking"}),
        exceptionally(date(2026, 4, 6), "18:00", "20:00"),
    )
    office = OFFICE.model_copy(update={"exceptional_openings": special})
    found = explain(new(99 * HOUR).start(berlin("04-03 08:00")), office, berlin("04-06 21:00"))
    assert told(found.intervals) == [
        ("04-03 08:00", "closed", ""),
        ("04-03 09:00", "holiday", "Good Friday"),
        ("04-03 10:00", "open", "exceptional hours"),
        ("04-03 12:00", "closed", ""),
        ("04-03 13:00", "holiday", "Good Friday"),
        ("04-03 17:00", "closed", ""),
        ("04-04 09:00", "open", "exceptional hours (Stocktaking)"),
        ("04-04 12:00", "closed", ""),
        ("04-06 09:00", "holiday", "Easter Monday"),
        ("04-06 12:00", "closed", ""),
        ("04-06 13:00", "holiday", "Easter Monday"),
        ("04-06 17:00", "closed", ""),
        ("04-06 18:00", "open", "exceptional hours"),
        ("04-06 20:00", "closed", ""),
    ]
    assert found.elapsed == 7 * HOUR


def test_what_an_exceptional_day_takes_of_ordinary_hours_and_adds_to_them_has_its_name() -> None:
    """The day before Christmas is open until ten, and again in the evening: no holiday."""
    eve = date(2026, 4, 8)
    special = (exceptionally(eve, "08:00", "10:00"), exceptionally(eve, "18:00", "20:00"))
    office = OFFICE.model_copy(update={"exceptional_openings": special})
    found = explain(new(99 * HOUR).start(berlin("04-08 07:00")), office, berlin("04-09 10:00"))
    assert told(found.intervals) == [
        ("04-08 07:00", "closed", ""),
        ("04-08 08:00", "open", "exceptional hours"),
        ("04-08 09:00", "open", ""),
        ("04-08 10:00", "closed", "exceptional hours"),
        ("04-08 12:00", "closed", ""),
        ("04-08 13:00", "closed", "exceptional hours"),
        ("04-08 17:00", "closed", ""),
        ("04-08 18:00", "open", "exceptional hours"),
        ("04-08 20:00", "closed", ""),
        ("04-09 09:00", "open", ""),
    ]
    assert found.elapsed == 5 * HOUR


def test_a_clock_that_has_not_started_explains_nothing() -> None:
    with pytest.raises(ClockError, match="had not started at 2026-03-09T08:59"):
        explain(new().start(berlin("03-09 09:00")), OFFICE, berlin("03-09 08:59"))


STARTS = st.sampled_from([datetime(2026, 3, 6, 12, tzinfo=UTC), datetime(2026, 10, 24, 7, tzinfo=UTC)])


@st.composite
def clocks(draw: st.DrawFn) -> tuple[Clock, datetime]:
    """A clock with pauses, perhaps over, and a moment of its life or after it."""
    now = draw(STARTS)
    clock = new(timedelta(minutes=draw(st.integers(1, 3000)))).start(now)
    for step in draw(st.lists(st.integers(0, 4000), max_size=6)):
        now += timedelta(minutes=step, microseconds=step)
        clock = clock.resume(now) if clock.is_paused else clock.pause(now, "Access denied")
    now += timedelta(minutes=draw(st.integers(0, 3000)))
    match draw(st.sampled_from(["runs", "stopped", "cancelled"])):
        case "stopped":
            clock = clock.stop(now)
        case "cancelled":
            clock = clock.cancel(now, "Skipped")
    return clock, clock.events[0].at + timedelta(minutes=draw(st.integers(0, 30_000)))


def _adjoin(found: Explanation, intervals: tuple[Interval, ...], start: datetime, end: datetime) -> None:
    assert all(one.start < one.end for one in intervals)
    assert all(one.end == following.start for one, following in pairwise(intervals))
    assert (intervals[0].start, intervals[-1].end) == (start, end) if intervals else start == end


@given(calendar=st.one_of(calendars, st.just(Calendar()), st.just(OFFICE)), given=clocks())
@settings(max_examples=150, deadline=None)
def test_the_intervals_are_the_whole_life_and_the_counted_ones_the_elapsed_time(
    calendar: Calendar, given: tuple[Clock, datetime]
) -> None:
    clock, at = given
    found = explain(clock, calendar, at)
    over = clock.is_over and clock.events[-1].at <= at
    _adjoin(found, found.intervals, clock.events[0].at, clock.events[-1].at if over else at)
    counted = [one for one in found.intervals if one.counted]
    assert sum((one.length for one in counted), timedelta(0)) == clock.elapsed(at, calendar) == found.elapsed
    assert {one.cause for one in counted} <= {Cause.OPEN}
    for one in found.intervals:
        if one.cause in {Cause.CLOSED, Cause.HOLIDAY}:
            assert calendar.open_between(one.start, one.end) == timedelta(0)
    if found.ahead:
        assert found.due_at is not None
        _adjoin(found, found.ahead, at, found.due_at)
        assert sum((one.length for one in found.ahead if one.counted), timedelta(0)) == found.remaining
