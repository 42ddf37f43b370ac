"""An SLA clock is a pure function of its events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.identity import ClockId
from models.sla.calendar import Calendar
from models.sla.clock import Clock, ClockError, Threshold
from models.vocabulary.sla import ClockKind, ClockState

ALWAYS = Calendar()
T0 = datetime(2026, 3, 27, 16, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def clock(target: timedelta = timedelta(hours=4)) -> Clock:
    return Clock(clock_id=ClockId(UUID(int=1)), kind=ClockKind.STAGE, name="onsite_repair", target=target)


def test_completed_at_the_deadline_is_met() -> None:
    stopped = clock().start(T0).stop(T0 + timedelta(hours=4))
    assert stopped.state(T0 + timedelta(days=9), ALWAYS) is ClockState.MET


def test_completed_one_step_after_the_deadline_is_breached() -> None:
    stopped = clock().start(T0).stop(T0 + timedelta(hours=4, microseconds=1))
    assert stopped.state(stopped.events[-1].at, ALWAYS) is ClockState.BREACHED


def test_the_breach_threshold_lies_after_the_deadline_and_warnings_on_their_share() -> None:
    running = clock().start(T0)
    reached = []
    while (threshold := running.next_threshold(ALWAYS)) is not None:
        reached.append(threshold)
        running = running.reach(threshold)
    assert [one.percent for one in reached] == [50, 75, 100]
    assert [one.at - T0 for one in reached] == [
        timedelta(hours=2),
        timedelta(hours=3),
        timedelta(hours=4, microseconds=1),
    ]
    assert running.state(reached[-1].at, ALWAYS) is ClockState.BREACHED


def test_a_pause_moves_the_deadline_by_its_length() -> None:
    resumed = clock().start(T0).pause(T0 + timedelta(hours=1), "access_denied").resume(T0 + timedelta(hours=3))
    assert resumed.due_at(ALWAYS) == T0 + timedelta(hours=6)
    assert resumed.elapsed(T0 + timedelta(hours=4), ALWAYS) == timedelta(hours=2)


def test_while_paused_the_deadline_is_undefined_and_no_threshold_lies_ahead() -> None:
    paused = clock().start(T0).pause(T0 + timedelta(hours=1), "access_denied")
    assert paused.due_at(ALWAYS) is None
    assert paused.next_threshold(ALWAYS) is None
    assert paused.state(T0 + timedelta(days=30), ALWAYS) is ClockState.PAUSED
    assert paused.elapsed(T0 + timedelta(days=30), ALWAYS) == timedelta(hours=1)


def test_paused_after_the_deadline_it_stays_breached_and_the_deadline_known() -> None:
    paused = clock().start(T0).pause(T0 + timedelta(hours=5), "access_denied")
    assert paused.state(T0 + timedelta(hours=6), ALWAYS) is ClockState.BREACHED
    assert paused.due_at(ALWAYS) == T0 + timedelta(hours=4)


def test_a_stopped_clock_shows_the_deadline_as_it_stood() -> None:
    assert clock().start(T0).stop(T0 + timedelta(hours=1)).due_at(ALWAYS) == T0 + timedelta(hours=4)


def test_a_clock_cancelled_in_time_has_no_verdict() -> None:
    cancelled = clock().start(T0).cancel(T0 + timedelta(hours=3), "skipped")
    assert cancelled.state(T0 + timedelta(hours=10), ALWAYS) is ClockState.CANCELLED
    assert cancelled.next_threshold(ALWAYS) is None


def test_skipping_a_late_stage_does_not_undo_its_breach() -> None:
    cancelled = clock().start(T0).cancel(T0 + timedelta(hours=5), "skipped")
    assert cancelled.state(T0 + timedelta(hours=10), ALWAYS) is ClockState.BREACHED
    assert cancelled.due_at(ALWAYS) == T0 + timedelta(hours=4)


def test_a_reading_before_later_events_ignores_them() -> None:
    stopped = clock().start(T0).stop(T0 + timedelta(hours=5))
    assert stopped.elapsed(T0 + timedelta(hours=1), ALWAYS) == timedelta(hours=1)
    assert stopped.elapsed(T0 - timedelta(hours=1), ALWAYS) == timedelta(0)


def test_moves_that_make_no_sense_are_errors() -> None:
    running = clock().start(T0)
    later = T0 + MINUTE
    with pytest.raises(ClockError, match="started already"):
        running.start(later)
    with pytest.raises(ClockError, match="it is running"):
        running.resume(later)
    with pytest.raises(ClockError, match="it is paused"):
        running.pause(later, "x").pause(later, "x")
    with pytest.raises(ClockError, match="is over"):
        running.stop(later).stop(later)
    with pytest.raises(ClockError, match="has not started"):
        clock().stop(later)
    with pytest.raises(ClockError, match="lies before"):
        running.stop(T0 - MINUTE)
    with pytest.raises(ClockError, match="above zero"):
        clock(timedelta(0)).start(T0)
    threshold = Threshold(percent=50, at=later)
    with pytest.raises(ClockError, match="reported already"):
        running.reach(threshold).reach(threshold)


# -- against a naive oracle: minute by minute --------------------------------------------------------------------------

gaps = st.lists(st.integers(min_value=0, max_value=300), min_size=1, max_size=12)


def built(spans: list[int], target: int, stop: bool) -> tuple[Clock, list[bool]]:
    """A clock that runs and pauses in turns for so many minutes each, and for each minute whether it ran."""
    made = clock(target * MINUTE).start(T0)
    at, ran = T0, []
    for place, span in enumerate(spans):
        ran += [place % 2 == 0] * span
        at += span * MINUTE
        last = place == len(spans) - 1
        if last and stop:
            made = made.stop(at)
        elif not last:
            made = made.pause(at, "x") if place % 2 == 0 else made.resume(at)
    return made, ran


@given(gaps, st.integers(min_value=1, max_value=900), st.booleans())
def test_elapsed_equals_the_minutes_counted_one_by_one(spans: list[int], target: int, stop: bool) -> None:
    made, ran = built(spans, target, stop)
    for minute in range(0, len(ran) + 1, 7):
        assert made.elapsed(T0 + minute * MINUTE, ALWAYS) == sum(ran[:minute]) * MINUTE


@given(gaps, st.integers(min_value=1, max_value=900), st.booleans())
def test_the_verdict_and_the_deadline_agree_with_the_count(spans: list[int], target: int, stop: bool) -> None:
    made, ran = built(spans, target, stop)
    end = T0 + len(ran) * MINUTE
    late = sum(ran) > target
    assert (made.state(end, ALWAYS) is ClockState.BREACHED) == late
    due = made.due_at(ALWAYS)
    if due is not None and due <= end:
        assert made.elapsed(due, ALWAYS) == target * MINUTE
    if late:
        assert due is not None and due < end


@given(gaps, st.integers(min_value=1, max_value=900), st.integers(min_value=1, max_value=300))
def test_a_longer_pause_never_means_more_elapsed(spans: list[int], target: int, more: int) -> None:
    made, ran = built(spans, target, stop=False)
    pauses = list(range(1, len(spans), 2))
    if not pauses:
        return
    longer = list(spans)
    longer[pauses[0]] += more
    paused_longer, _ = built(longer, target, stop=False)
    at = T0 + len(ran) * MINUTE
    assert paused_longer.elapsed(at, ALWAYS) <= made.elapsed(at, ALWAYS)


@given(gaps, st.integers(min_value=0, max_value=4000))
def test_splitting_an_interval_changes_nothing(spans: list[int], minute: int) -> None:
    made, ran = built(spans, 60, stop=False)
    end = T0 + len(ran) * MINUTE
    cut = min(T0 + minute * MINUTE, end)
    before = made.elapsed(cut, ALWAYS)
    pieces = [ALWAYS.open_between(max(start, cut), stop) for start, stop in made.running(end) if stop > cut]
    assert before + sum(pieces, timedelta(0)) == made.elapsed(end, ALWAYS)


@given(gaps, st.integers(min_value=1, max_value=900), st.booleans())
def test_a_clock_that_was_stored_and_read_back_is_the_same(spans: list[int], target: int, stop: bool) -> None:
    made, _ = built(spans, target, stop)
    assert Clock.model_validate_json(made.model_dump_json()) == made
