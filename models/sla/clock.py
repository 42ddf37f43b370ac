"""An SLA clock: a pure function of its recorded events.

elapsed = calendar-open time ∩ running time − union of the pauses, over half-open intervals `[start, end)`. Nothing is
stored that could be derived, so the live state always equals its recomputation. Moves return a new clock; a move that
makes no sense (resuming what runs, stopping what has ended) is a `ClockError`, because the caller's own state is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from models.identity import ClockId
from models.sla.calendar import Calendar
from models.vocabulary import ClockEventKind, ClockKind, ClockState

BREACH_PERCENT = 100
RESOLUTION = timedelta(microseconds=1)
"""The smallest step of time here: completed at the due instant is met, one step later is breached."""


class ClockError(ValueError):
    """A move that the clock's history does not allow."""


class ClockEvent(BaseModel):
    """One thing that happened to a clock. `percent` goes with thresholds."""

    model_config = ConfigDict(frozen=True)

    kind: ClockEventKind
    at: AwareDatetime
    percent: int | None = None
    reason: str = ""


class Threshold(BaseModel):
    """A threshold that lies ahead of a running clock, and the instant at which it is reached."""

    model_config = ConfigDict(frozen=True)

    percent: int
    at: AwareDatetime


class Clock(BaseModel):
    """One clock with its whole history.

    Attributes:
        target: business time until the deadline; more than zero.
        thresholds: percentages of the target at which somebody is told, each once; 100 is the breach.
    """

    model_config = ConfigDict(frozen=True)

    clock_id: ClockId
    kind: ClockKind
    name: str
    stage: str | None = None
    visit: int | None = None
    target: timedelta
    thresholds: tuple[int, ...] = (50, 75, 100)
    events: tuple[ClockEvent, ...] = ()

    # -- moves -------------------------------------------------------------------------------------------------------

    def start(self, at: datetime) -> Clock:
        if self.events:
            raise ClockError(f"clock {self.name} has started already")
        if self.target <= timedelta(0):
            raise ClockError(f"clock {self.name} needs a target above zero, not {self.target}")
        return self._with(ClockEvent(kind=ClockEventKind.STARTED, at=at))

    def pause(self, at: datetime, reason: str) -> Clock:
        self._expect(ClockState.RUNNING, "paused")
        return self._with(ClockEvent(kind=ClockEventKind.PAUSED, at=at, reason=reason))

    def resume(self, at: datetime) -> Clock:
        self._expect(ClockState.PAUSED, "resumed")
        return self._with(ClockEvent(kind=ClockEventKind.RESUMED, at=at))

    def reach(self, threshold: Threshold) -> Clock:
        """Record that a threshold was passed; `at` is when it was reached, not when somebody noticed."""
        if threshold.percent in self.fired:
            raise ClockError(f"clock {self.name}: {threshold.percent} % was reported already")
        return self._with(ClockEvent(kind=ClockEventKind.THRESHOLD, at=threshold.at, percent=threshold.percent))

    def stop(self, at: datetime) -> Clock:
        self._expect_open("stopped")
        return self._with(ClockEvent(kind=ClockEventKind.STOPPED, at=at))

    def cancel(self, at: datetime, reason: str) -> Clock:
        self._expect_open("cancelled")
        return self._with(ClockEvent(kind=ClockEventKind.CANCELLED, at=at, reason=reason))

    # -- readings ----------------------------------------------------------------------------------------------------

    @property
    def is_over(self) -> bool:
        """Whether the clock has ended: stopped or cancelled."""
        return self._last_move() in {ClockEventKind.STOPPED, ClockEventKind.CANCELLED}

    @property
    def is_paused(self) -> bool:
        return self._last_move() is ClockEventKind.PAUSED

    @property
    def fired(self) -> frozenset[int]:
        """The thresholds that have been reported."""
        return frozenset(event.percent for event in self.events if event.percent is not None)

    def running(self, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The half-open intervals before `until` in which the clock ran, pauses taken out, oldest first."""
        since: datetime | None = None
        for event in self.events:
            if event.at >= until:
                break
            if event.kind in {ClockEventKind.STARTED, ClockEventKind.RESUMED}:
                since = event.at
            elif event.kind is not ClockEventKind.THRESHOLD and since is not None:
                yield since, event.at
                since = None
        if since is not None and since < until:
            yield since, until

    def elapsed(self, at: datetime, calendar: Calendar) -> timedelta:
        """Business time that counted before `at`."""
        return sum((calendar.open_between(start, end) for start, end in self.running(at)), timedelta(0))

    def due_at(self, calendar: Calendar) -> datetime | None:
        """The deadline, or as it stood when the clock was stopped.

        None while it is undefined: before the start, while paused, after a cancellation; unless it lay before that.
        """
        return self._instant_of(self.target, calendar)

    def next_threshold(self, calendar: Calendar) -> Threshold | None:
        """The nearest threshold not yet reported, or None while paused or when the clock is over.

        The instant of 100 % is the first one at which more than the target has passed: at the deadline itself it is
        still met, and so it is while the clock is paused or the calendar closed from then on.
        """
        if self.is_over or self.is_paused:
            return None
        for percent in sorted(set(self.thresholds) - self.fired):
            share = self.target + RESOLUTION if percent == BREACH_PERCENT else self.target * percent / 100
            instant = self._instant_of(share, calendar)
            return None if instant is None else Threshold(percent=percent, at=instant)
        return None

    def state(self, at: datetime, calendar: Calendar) -> ClockState:
        """What the clock says at `at`: the verdict when it is over, else breached, paused or running.

        A breach is never undone: a clock that is cancelled after its deadline stays breached.
        """
        last = self._last_move()
        if self.elapsed(at, calendar) > self.target:
            return ClockState.BREACHED
        if last is ClockEventKind.CANCELLED:
            return ClockState.CANCELLED
        if last is ClockEventKind.STOPPED:
            return ClockState.MET
        return ClockState.PAUSED if last is ClockEventKind.PAUSED else ClockState.RUNNING

    # -- inside ------------------------------------------------------------------------------------------------------

    def _instant_of(self, share: timedelta, calendar: Calendar) -> datetime | None:
        """When `share` of business time is (or was) reached, given that the clock goes on as it does now.

        A stop does not move the deadline: of a stopped clock this is the deadline as it stood.
        """
        counted = timedelta(0)
        since: datetime | None = None
        for event in self.events:
            if event.kind in {ClockEventKind.STARTED, ClockEventKind.RESUMED}:
                since = event.at
            elif event.kind in {ClockEventKind.PAUSED, ClockEventKind.CANCELLED} and since is not None:
                span = calendar.open_between(since, event.at)
                if counted + span >= share:
                    return calendar.after(since, share - counted)
                counted += span
                since = None
        return calendar.after(since, share - counted) if since is not None else None

    def _last_move(self) -> ClockEventKind | None:
        moves = [event.kind for event in self.events if event.kind is not ClockEventKind.THRESHOLD]
        return moves[-1] if moves else None

    def _expect(self, wanted: ClockState, verb: str) -> None:
        self._expect_open(verb)
        if self.is_paused != (wanted is ClockState.PAUSED):
            raise ClockError(f"clock {self.name} can't be {verb}: it is {'paused' if self.is_paused else 'running'}")

    def _expect_open(self, verb: str) -> None:
        if not self.events:
            raise ClockError(f"clock {self.name} can't be {verb}: it has not started")
        if self.is_over:
            raise ClockError(f"clock {self.name} can't be {verb}: it is over")

    def _with(self, event: ClockEvent) -> Clock:
        moves = [one for one in self.events if one.kind is not ClockEventKind.THRESHOLD]
        if moves and event.kind is not ClockEventKind.THRESHOLD and event.at < moves[-1].at:
            raise ClockError(f"clock {self.name}: {event.kind} at {event.at} lies before {moves[-1].at}")
        return self.model_copy(update={"events": (*self.events, event)})
