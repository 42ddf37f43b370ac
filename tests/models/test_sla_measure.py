"""Measuring spans: pauses are a union, deadlines extend by what they hold up, verdicts are those of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.sla.calendar import Calendar, Opening
from models.sla.measure import measure

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Calendar(
    code="office",
    always_open=False,
    zone="Europe/Berlin",
    hours=tuple(Opening(weekday=day, opens=time(9), closes=time(17)) for day in range(1, 6)),
)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
FRIDAY = datetime(2026, 6, 5, 16, tzinfo=BERLIN)
MONDAY = datetime(2026, 6, 8, 11, tzinfo=BERLIN)


def test_a_span_over_a_weekend_meets_its_target_at_the_deadline_and_not_after() -> None:
    at_the_deadline = measure(OFFICE, FRIDAY, MONDAY, target=3 * HOUR)
    assert (at_the_deadline.elapsed, at_the_deadline.due, at_the_deadline.met) == (3 * HOUR, MONDAY, True)
    assert measure(OFFICE, FRIDAY, MONDAY + timedelta(microseconds=1), target=3 * HOUR).met is False


@pytest.mark.parametrize(
    ("begin", "end", "counts_less"),
    [
        (FRIDAY + 2 * HOUR, MONDAY - 3 * HOUR, timedelta(0)),  # outside opening hours
        (MONDAY - HOUR, MONDAY - 30 * MINUTE, 30 * MINUTE),  # inside
        (FRIDAY + 30 * MINUTE, MONDAY - 90 * MINUTE, HOUR),  # half an hour on either side
    ],
)
def test_a_pause_counts_by_its_business_part_alone(begin: datetime, end: datetime, counts_less: timedelta) -> None:
    done = measure(OFFICE, FRIDAY, MONDAY, [(begin, end)], 3 * HOUR)
    assert done.elapsed == 3 * HOUR - counts_less
    assert done.due == MONDAY + counts_less


def test_overlapping_pauses_count_once_and_in_any_order() -> None:
    pauses = [(MONDAY - HOUR, MONDAY - 20 * MINUTE), (MONDAY - 90 * MINUTE, MONDAY - 40 * MINUTE)]
    assert measure(OFFICE, FRIDAY, MONDAY, pauses).elapsed == 3 * HOUR - 70 * MINUTE
    assert measure(OFFICE, FRIDAY, MONDAY, pauses[::-1]).elapsed == 3 * HOUR - 70 * MINUTE


def test_pauses_before_and_after_the_span_change_nothing_of_what_passed() -> None:
    pauses = [(FRIDAY - 4 * HOUR, FRIDAY), (MONDAY, MONDAY + HOUR)]
    assert measure(OFFICE, FRIDAY, MONDAY, pauses).elapsed == 3 * HOUR


@pytest.mark.parametrize(
    ("end", "pauses", "target", "sentence"),
    [
        (FRIDAY - HOUR, (), HOUR, "ends before it starts"),
        (MONDAY, ((MONDAY, FRIDAY),), HOUR, "a pause ends before it begins"),
        (MONDAY, (), timedelta(0), "not above zero"),
    ],
)
def test_what_makes_no_sense_is_refused(
    end: datetime, pauses: tuple[tuple[datetime, datetime], ...], target: timedelta, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        measure(OFFICE, FRIDAY, end, pauses, target)


instants = st.integers(0, 20_000).map(lambda minutes: datetime(2026, 3, 20, tzinfo=UTC) + minutes * MINUTE)
pauses_lists = st.lists(st.tuples(instants, instants).map(lambda pair: (min(pair), max(pair))), max_size=4)


@settings(max_examples=60, deadline=None)
@given(instants, instants, pauses_lists, instants, instants)
def test_a_further_pause_never_adds_business_time(
    one: datetime,
    other: datetime,
    pauses: list[tuple[datetime, datetime]],
    begin: datetime,
    resumed: datetime,
) -> None:
    start, end = min(one, other), max(one, other)
    more = [*pauses, (min(begin, resumed), max(begin, resumed))]
    assert measure(OFFICE, start, end, more).elapsed <= measure(OFFICE, start, end, pauses).elapsed


@settings(max_examples=60, deadline=None)
@given(st.lists(instants, min_size=3, max_size=3).map(sorted), pauses_lists)
def test_splitting_a_span_changes_nothing(points: list[datetime], pauses: list[tuple[datetime, datetime]]) -> None:
    whole = measure(OFFICE, points[0], points[2], pauses).elapsed
    assert sum((measure(OFFICE, a, b, pauses).elapsed for a, b in pairwise(points)), timedelta(0)) == whole


@settings(max_examples=60, deadline=None)
@given(instants, pauses_lists, st.integers(1, 3000))
def test_the_deadline_is_where_the_target_is_used_up(
    start: datetime, pauses: list[tuple[datetime, datetime]], minutes: int
) -> None:
    due = measure(OFFICE, start, start, pauses, minutes * MINUTE).due
    assert due is not None
    assert measure(OFFICE, start, due, pauses).elapsed == minutes * MINUTE
    assert measure(OFFICE, start, due - timedelta(microseconds=1), pauses).elapsed < minutes * MINUTE
