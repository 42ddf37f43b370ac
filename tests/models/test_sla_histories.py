"""Lives of clocks, with pauses, retargets, stops and reopenings, against a count on a wall clock, step by step."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings

from models.sla.clock import BREACH_PERCENT, Clock
from models.vocabulary.sla import ClockEventKind, ClockState
from tests.models.histories import History, histories
from tests.models.test_sla_calendar import STEP, is_open

RUNS = {ClockEventKind.STARTED: True, ClockEventKind.RESUMED: True, ClockEventKind.REOPENED: True}
RESTS = {ClockEventKind.PAUSED: False, ClockEventKind.STOPPED: False, ClockEventKind.CANCELLED: False}


class WallClock:
    """What a person with a wall clock and the list of opening hours counts, one step after the other."""

    def __init__(self, history: History) -> None:
        self._history = history
        self.elapsed = timedelta(0)
        self.target = history.clock.target
        self.passed: set[int] = set()
        """The thresholds that were passed at any time so far, under the target of that time."""
        self._running = False
        self._solved = timedelta(0)

    def steps(self) -> list[tuple[datetime, timedelta, timedelta]]:
        """Elapsed time and target after everything that happened up to each instant of the grid."""
        begin = self._history.clock.events[0].at
        moves = [one for one in self._history.clock.events if one.kind not in _PASSING]
        found, now = [], begin
        while now <= self._history.end:
            while moves and moves[0].at <= now:
                # Solved time that counts is looked up before anything else can hide it.
                event = moves.pop(0)
                if event.kind is ClockEventKind.REOPENED and event.counts_from is not None:
                    self.elapsed += self._solved
                if event.kind is ClockEventKind.STOPPED:
                    self._solved = timedelta(0)
                self.target = event.target or self.target
                self._running = {**RUNS, **RESTS}.get(event.kind, self._running)
                self._look()
            self._look()
            found.append((now, self.elapsed, self.target))
            if self._history.calendar.always_open or is_open(self._history.calendar, now):
                self.elapsed += STEP if self._running else timedelta(0)
                self._solved += STEP
            now += STEP
        return found

    def _look(self) -> None:
        for percent in self._history.clock.thresholds:
            share = self.target * percent / 100
            if self.elapsed > share or (percent < BREACH_PERCENT and self.elapsed == share):
                self.passed.add(percent)


_PASSING = {ClockEventKind.THRESHOLD, ClockEventKind.OVERRUN}


@given(histories())
@settings(max_examples=50, deadline=None)
def test_elapsed_time_and_verdict_are_what_a_wall_clock_counts(history: History) -> None:
    clock, calendar = history.clock, history.calendar
    for now, elapsed, target in WallClock(history).steps()[::5]:
        then = clock.model_copy(update={"events": tuple(one for one in clock.events if one.at <= now)})
        assert then.elapsed(now, calendar) == elapsed
        assert then.current_target == target
        assert (then.state(now, calendar) is ClockState.BREACHED) == (elapsed > target)


@given(histories())
@settings(max_examples=50, deadline=None)
def test_every_threshold_that_was_passed_is_reported_exactly_once(history: History) -> None:
    counted = WallClock(history)
    counted.steps()
    reports = [one.percent for one in history.clock.events if one.percent is not None]
    assert sorted(reports) == sorted(set(reports))
    assert set(reports) == counted.passed


@given(histories())
@settings(max_examples=40, deadline=None)
def test_a_report_is_made_when_it_is_due_and_never_before(history: History) -> None:
    clock, calendar = history.clock, history.calendar
    for place, event in enumerate(clock.events):
        if event.percent is None:
            continue
        then = clock.model_copy(update={"events": clock.events[:place]})
        share = then.current_target * event.percent / 100
        elapsed = then.elapsed(event.at, calendar)
        assert elapsed > share if event.percent == BREACH_PERCENT else elapsed >= share
        known = max(one.at for one in then.events if one.kind not in _PASSING)
        if event.at > known:  # it came by running, so a moment earlier it was not reached
            assert then.elapsed(event.at - timedelta(microseconds=1), calendar) <= share


@given(histories())
@settings(max_examples=40, deadline=None)
def test_the_deadline_is_where_the_target_is_used_up(history: History) -> None:
    clock, calendar = history.clock, history.calendar
    due = clock.due_at(calendar)
    if clock.is_over or due is None or due < clock.events[-1].at:
        return
    assert clock.elapsed(due, calendar) == clock.current_target or clock.standing(calendar) >= {BREACH_PERCENT}


@given(histories(kinds="pause retarget"))
@settings(max_examples=30, deadline=None)
def test_retargets_change_nothing_of_what_has_run_and_what_was_paused(history: History) -> None:
    clock = history.clock
    kept = tuple(one for one in clock.events if one.kind is not ClockEventKind.RETARGETED)
    plain: Clock = clock.model_copy(update={"events": kept})
    moments = [one.at for one in clock.events] + [history.end]
    assert [plain.elapsed(at, history.calendar) for at in moments] == [
        clock.elapsed(at, history.calendar) for at in moments
    ]


@given(histories())
@settings(max_examples=30, deadline=None)
def test_a_life_that_was_stored_and_read_back_is_the_same(history: History) -> None:
    assert Clock.model_validate_json(history.clock.model_dump_json()) == history.clock
