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
from models.vocabulary.sla import ClockEventKind, ClockKind, ClockState

BREACH_PERCENT = 100
SMALLEST_STEP = timedelta(microseconds=1)
"""The smallest step of time here: completed at the due instant is met, one step later is breached."""

STARTS = frozenset({ClockEventKind.STARTED, ClockEventKind.RESUMED, ClockEventKind.REOPENED})
STOPS = frozenset({ClockEventKind.PAUSED, ClockEventKind.STOPPED, ClockEventKind.CANCELLED})
MOVES = STARTS | STOPS
"""What starts or stops the running; the other kinds of events leave it as it is."""

CHANGES = frozenset({ClockEventKind.RESUMED, ClockEventKind.RETARGETED, ClockEventKind.REOPENED})
"""What can put a threshold behind a clock that has not passed it by running."""


PASSING = frozenset({ClockEventKind.THRESHOLD, ClockEventKind.OVERRUN, ClockEventKind.CORRECTED})
"""What is recorded beside the moves, and may be of a later time than a move that is told after it."""

REST_FOLLOWS = timedelta(minutes=5)
"""How long whoever has told a start late has time to tell what came after it, before a threshold is reported."""


class ClockError(ValueError):
    """A move that the clock's history does not allow."""


class ClockEvent(BaseModel):
    """One thing that happened to a clock.

    Attributes:
        percent: of a threshold.
        target: of a retarget: business time until the deadline, from the clock's start on.
        counts_from: of a reopening: since when it runs, if that is before the event, because solved time counts.
        told_at: when it became known, if that was later.
        lifted: of a correction: the thresholds that it takes back.
    """

    model_config = ConfigDict(frozen=True)

    kind: ClockEventKind
    at: AwareDatetime
    percent: int | None = None
    reason: str = ""
    target: timedelta | None = None
    counts_from: AwareDatetime | None = None
    told_at: AwareDatetime | None = None
    lifted: tuple[int, ...] = ()


class Threshold(BaseModel):
    """A threshold that lies ahead of a running clock, and the instant at which it is reached.

    Attributes:
        again: a breach that was reported before a retarget moved the deadline: it is recorded, and told to nobody.
    """

    model_config = ConfigDict(frozen=True)

    percent: int
    at: AwareDatetime
    again: bool = False


class Clock(BaseModel):
    """One clock with its whole history.

    Attributes:
        target: business time until the deadline as it was at the start, more than zero; see `current_target`.
        thresholds: percentages of the target at which somebody is told, each once; 100 is the breach.
        calendar: the calendar that it ended under, where the ticket's has been another one since.
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
    calendar: Calendar | None = None

    # -- moves -------------------------------------------------------------------------------------------------------

    def start(self, at: datetime) -> Clock:
        if self.events:
            raise ClockError(f"clock {self.name} has started already")
        _check_target(self.name, self.target)
        return self._with(ClockEvent(kind=ClockEventKind.STARTED, at=at))

    def pause(self, at: datetime, reason: str) -> Clock:
        self._expect(ClockState.RUNNING, "paused")
        return self._with(ClockEvent(kind=ClockEventKind.PAUSED, at=at, reason=reason))

    def resume(self, at: datetime) -> Clock:
        self._expect(ClockState.PAUSED, "resumed")
        return self._with(ClockEvent(kind=ClockEventKind.RESUMED, at=at))

    def reach(self, threshold: Threshold) -> Clock:
        """Record that a threshold was passed; `at` is when it was reached, not when somebody noticed."""
        if threshold.again:
            return self._with(ClockEvent(kind=ClockEventKind.OVERRUN, at=threshold.at))
        if threshold.percent in self.fired:
            raise ClockError(f"clock {self.name}: {threshold.percent} % was reported already")
        return self._with(ClockEvent(kind=ClockEventKind.THRESHOLD, at=threshold.at, percent=threshold.percent))

    def retarget(self, at: datetime, target: timedelta, reason: str) -> Clock:
        """Another target, as if it had been so from the start: what has run and what was paused stays as it was.

        Thresholds that were reported stay so. Those that the clock is beyond with the new target are reached now.
        """
        self._expect_open("retargeted")
        _check_target(self.name, target)
        return self._with(ClockEvent(kind=ClockEventKind.RETARGETED, at=at, target=target, reason=reason))

    def stop(self, at: datetime) -> Clock:
        self._expect_open("stopped")
        return self._with(ClockEvent(kind=ClockEventKind.STOPPED, at=at))

    def cancel(self, at: datetime, reason: str) -> Clock:
        self._expect_open("cancelled")
        return self._with(ClockEvent(kind=ClockEventKind.CANCELLED, at=at, reason=reason))

    def reopen(self, at: datetime, reason: str, *, solved_counts: bool = False) -> Clock:
        """Run again after a stop; the time in between counts only if it is to, from the stop on."""
        if self._last_move() is not ClockEventKind.STOPPED:
            raise ClockError(f"clock {self.name} can't be reopened: it was not stopped")
        stopped = [event.at for event in self.events if event.kind is ClockEventKind.STOPPED][-1]
        event = ClockEvent(
            kind=ClockEventKind.REOPENED, at=at, reason=reason, counts_from=stopped if solved_counts else None
        )
        return self._with(event).model_copy(update={"calendar": None})

    def correct(self, at: datetime, lifted: tuple[int, ...], reason: str) -> Clock:
        """Take back thresholds that were reported before it was known that the clock had stopped by then."""
        if missing := set(lifted) - self.fired:
            raise ClockError(f"clock {self.name}: {sorted(missing)} % can't be taken back, they were not reported")
        return self._with(ClockEvent(kind=ClockEventKind.CORRECTED, at=at, lifted=lifted, reason=reason))

    def told(self, at: datetime) -> Clock:
        """The same; if its newest event was before, it became known only then."""
        *before, newest = self.events
        if at <= newest.at:
            return self
        return self.model_copy(update={"events": (*before, newest.model_copy(update={"told_at": at}))})

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
        """The thresholds that have been reported, but for those that were taken back."""
        fired: set[int] = set()
        for event in self.events:
            if event.percent is not None:
                fired.add(event.percent)
            fired -= set(event.lifted)
        return frozenset(fired)

    @property
    def last_changed(self) -> datetime | None:
        """When it was started, stopped or given another target last: nothing of that kind may lie before."""
        return next((one.at for one in reversed(self.events) if one.kind not in PASSING), None)

    @property
    def current_target(self) -> timedelta:
        """Business time until the deadline, after the newest event."""
        targets = [event.target for event in self.events if event.target is not None]
        return targets[-1] if targets else self.target

    def standing(self, calendar: Calendar) -> frozenset[int]:
        """The thresholds that were reported and that no retarget since has put ahead of the clock again."""
        standing: set[int] = set()
        for place, event in enumerate(self.events):
            if event.percent is not None:
                standing.add(event.percent)
            elif event.kind is ClockEventKind.OVERRUN:
                standing.add(BREACH_PERCENT)
            elif event.kind is ClockEventKind.CORRECTED:
                standing -= set(event.lifted)
            elif event.kind is ClockEventKind.RETARGETED:
                then = self.model_copy(update={"events": self.events[: place + 1]})
                elapsed = then.elapsed(event.at, calendar)
                standing = {percent for percent in standing if elapsed >= then._share(percent)}
        return frozenset(standing)

    def unreached(self, at: datetime, calendar: Calendar) -> tuple[int, ...]:
        """The thresholds that stand as reported and that it has not reached by what is known of it now."""
        elapsed = self.elapsed(at, calendar)
        return tuple(sorted(one for one in self.standing(calendar) if elapsed < self._share(one)))

    def running(self, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The half-open intervals before `until` in which the clock ran, pauses taken out, oldest first."""
        since: datetime | None = None
        for event in self.events:
            if event.kind not in MOVES:
                continue
            if event.at > until:
                break
            if event.kind in STARTS:
                since = event.counts_from or event.at
            elif since is not None:
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
        return self._instant_of(self.current_target, calendar)

    def next_threshold(self, calendar: Calendar) -> Threshold | None:
        """The nearest threshold not yet reported, or None when the clock is over, or paused before it.

        The instant of 100 % is the first one at which more than the target has passed: at the deadline itself it is
        still met, and so it is while the clock is paused or the calendar closed from then on. What a retarget or a
        reopening has put behind the clock is reached at that moment, not before anybody could know.
        """
        if self.is_over:
            return None
        left = sorted(set(self.thresholds) - self.fired)
        again = not left and BREACH_PERCENT in self.fired and BREACH_PERCENT not in self.standing(calendar)
        for percent in [BREACH_PERCENT] if again else left:
            instant = self._instant_of(self._share(percent), calendar)
            if instant is None:
                return None
            known = max((event.at for event in self.events if event.kind in CHANGES), default=instant)
            late = (
                event.told_at + REST_FOLLOWS
                for event in self.events
                if event.kind is ClockEventKind.STARTED and event.told_at is not None
            )
            known = max([known, *late])
            return Threshold(percent=percent, at=max(instant, known), again=again)
        return None

    def state(self, at: datetime, calendar: Calendar) -> ClockState:
        """What the clock says at `at`: the verdict when it is over, else breached, paused or running.

        A breach is never undone but by another target: a clock that is cancelled after its deadline stays breached.
        """
        last = self._last_move()
        if self.elapsed(at, calendar) > self.current_target:
            return ClockState.BREACHED
        if last is ClockEventKind.CANCELLED:
            return ClockState.CANCELLED
        if last is ClockEventKind.STOPPED:
            return ClockState.MET
        return ClockState.PAUSED if last is ClockEventKind.PAUSED else ClockState.RUNNING

    # -- inside ------------------------------------------------------------------------------------------------------

    def _share(self, percent: int) -> timedelta:
        """The business time at which the percentage is reached; the breach comes one step after its share."""
        return self.current_target + SMALLEST_STEP if percent == BREACH_PERCENT else self.current_target * percent / 100

    def _instant_of(self, share: timedelta, calendar: Calendar) -> datetime | None:
        """When `share` of business time is (or was) reached, given that the clock goes on as it does now.

        A stop does not move the deadline: of a stopped clock this is the deadline as it stood.
        """
        moves = [event for event in self.events if event.kind in MOVES]
        if moves and moves[-1].kind is ClockEventKind.STOPPED:
            moves.pop()
        counted = timedelta(0)
        since: datetime | None = None
        for event in moves:
            if event.kind in STARTS:
                since = event.counts_from or event.at
            elif since is not None:
                span = calendar.open_between(since, event.at)
                if counted + span >= share:
                    return calendar.after(since, share - counted)
                counted += span
                since = None
        return calendar.after(since, share - counted) if since is not None else None

    def _last_move(self) -> ClockEventKind | None:
        return next((event.kind for event in reversed(self.events) if event.kind in MOVES), None)

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
        newest = self.last_changed
        if newest is not None and event.kind not in PASSING and event.at < newest:
            raise ClockError(f"clock {self.name}: {event.kind} at {event.at} lies before {newest}")
        return self.model_copy(update={"events": (*self.events, event)})


def _check_target(name: str, target: timedelta) -> None:
    if target <= timedelta(0):
        raise ClockError(f"clock {name} needs a target above zero, not {target}")
