"""All clocks of one ticket: response, arrival on site, resolution, and one for each visit of a stage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from models.contracts.base import Actor
from models.contracts.facts import ClockMoved, StageRef
from models.contracts.state import StageVisit, TicketState
from models.contracts.templates import HoldRule, StageDefinition
from models.contracts.tickets import TicketInput
from models.identity import clock_id
from models.sla.calendar import Calendar
from models.sla.clock import BREACH_PERCENT, STOPS, Clock, Threshold
from models.vocabulary import ClockEventKind, ClockKind, ClockState, ReopenPolicy, Role, SlaState
from workflows.engine.recalls import Memory, Recalls
from workflows.engine.story import Story
from workflows.engine.terms import Terms

RECALLS = Recalls()

AT_RISK_PERCENT = 75
RESPONSE, ARRIVAL, RESOLUTION = "response", "arrival", "resolution"
FIRST_ACTORS = frozenset({Role.ENGINEER, Role.MANUFACTURER})
"""Whose act is a response: a qualified person's, not a coordinator's dispatch and not a machine's draft."""


class ClockBoard:
    """Moves clocks and tells every move as a fact."""

    def __init__(self, ticket: TicketInput, state: TicketState, story: Story, terms: Terms) -> None:
        self._ticket = ticket
        self._state = state
        self._story = story
        self._terms = terms
        self._taken_back: list[tuple[Clock, tuple[int, ...]]] = []

    # -- moves -------------------------------------------------------------------------------------------------------

    def start_ticket_clocks(self, at: datetime) -> None:
        """Response, arrival and resolution run from the moment of the report."""
        targets = self._terms.targets
        self._start(ClockKind.RESPONSE, RESPONSE, targets.response, at)
        if targets.arrival is not None:
            self._start(ClockKind.ARRIVAL, ARRIVAL, targets.arrival, at)
        self._start(ClockKind.RESOLUTION, RESOLUTION, targets.resolution, at)

    def start_stage_clock(self, definition: StageDefinition, visit: StageVisit, at: datetime) -> None:
        self._start(ClockKind.STAGE, stage_clock(visit), definition.target, at, stage=definition.key, visit=visit.visit)

    def stop(self, name: str, at: datetime) -> None:
        """Stop the clock called `name`, if there is one; one that is over already stays as it is."""
        if name in self._state.clocks and not self._state.clocks[name].is_over:
            self._move(self._state.clocks[name].stop(at), at)

    def answered_by(self, actor: Actor, at: datetime) -> None:
        """A qualified person's own act is a response."""
        if actor.role in FIRST_ACTORS:
            self.stop(RESPONSE, at)

    def cancel(self, name: str, at: datetime, reason: str) -> None:
        if name in self._state.clocks and not self._state.clocks[name].is_over:
            self._move(self._state.clocks[name].cancel(at, reason), at, reason)

    def cancel_all(self, at: datetime, reason: str) -> None:
        for name in list(self._state.clocks):
            self.cancel(name, at, reason)

    def pause_for(self, rules: Iterable[HoldRule], at: datetime) -> None:
        """Let just those clocks stand still that one of the rules pauses; nothing happens to the others."""
        waiting = list(rules)
        for clock in self.open():
            reasons = [rule.reason for rule in waiting if clock.kind in rule.pauses]
            if reasons and not clock.is_paused:
                self._move(clock.pause(at, ", ".join(reasons)), at, ", ".join(reasons))
            elif not reasons and clock.is_paused:
                self._move(clock.resume(at), at)

    def retarget(self, at: datetime, reason: str) -> None:
        """The ticket's own clocks that are open get the targets that were agreed on for the priority it has now."""
        for clock in self.open():
            target = self._promised(clock)
            if target != clock.current_target:
                self._move(clock.retarget(at, target, reason), at, reason)

    def change_calendar(self, before: Calendar, at: datetime, reason: str) -> None:
        """Open clocks run by the new calendar, from their start on; the others keep the one that they ended under."""
        for name, clock in list(self._state.clocks.items()):
            if clock.is_over:
                self._state.clocks[name] = clock.model_copy(update={"calendar": clock.calendar or before})
            else:
                self._move(clock.retarget(at, self._promised(clock), reason), at, reason)

    def reopen(self, policy: ReopenPolicy, at: datetime, reason: str, number: int) -> None:
        """The resolution clock goes on, with the solved time or without it; or there is a new one."""
        if policy is ReopenPolicy.RESTART:
            name = f"{RESOLUTION}#{number + 1}"
            self._start(ClockKind.RESOLUTION, name, self._terms.targets.resolution, at)
            return
        clock = [one for one in self._state.clocks.values() if one.kind is ClockKind.RESOLUTION][-1]
        self._move(clock.reopen(at, reason, solved_counts=policy is ReopenPolicy.COUNT_SOLVED), at, reason)

    def reach(self, clock: Clock, threshold: Threshold) -> None:
        self._move(clock.reach(threshold), threshold.at, percent=None if threshold.again else threshold.percent)

    def taken_back(self) -> list[tuple[Clock, tuple[int, ...]]]:
        """The clocks that were corrected since this was asked last, each with the thresholds that do not stand."""
        taken, self._taken_back = self._taken_back, []
        return taken

    # -- readings ----------------------------------------------------------------------------------------------------

    def would_take_back(self, rule: HoldRule, at: datetime) -> list[tuple[Clock, tuple[int, ...]]]:
        """The clocks that a hold from `at` on would pause before what they were reported to have reached, and that."""
        known = self._story.known(at)
        if known <= at:
            return []
        paused = (
            clock.pause(at, rule.reason) for clock in self.open() if clock.kind in rule.pauses and not clock.is_paused
        )
        found = ((clock, clock.unreached(known, self._terms.calendar_of(clock))) for clock in paused)
        return [(clock, lifted) for clock, lifted in found if lifted]

    def open(self) -> list[Clock]:
        return [clock for clock in self._state.clocks.values() if not clock.is_over]

    def next_threshold(self) -> tuple[Clock, Threshold] | None:
        """The nearest threshold of any clock; on a tie the clock that started first."""
        upcoming = [
            (threshold.at, place, clock, threshold)
            for place, clock in enumerate(self.open())
            if (threshold := clock.next_threshold(self._terms.calendar)) is not None
        ]
        if not upcoming:
            return None
        _, _, clock, threshold = min(upcoming, key=lambda one: one[:2])
        return clock, threshold

    def next_of(self, name: str) -> Threshold | None:
        """The next threshold of one clock."""
        return self._state.clocks[name].next_threshold(self._terms.calendar)

    def due_at(self) -> datetime | None:
        """The nearest deadline that is not past; None when all are past, paused or over."""
        calendar = self._terms.calendar
        deadlines = (clock.due_at(calendar) for clock in self.open() if BREACH_PERCENT not in clock.standing(calendar))
        return min((due for due in deadlines if due is not None), default=None)

    def sla_state(self) -> SlaState:
        """The worst of the open clocks; when none is open, the verdict over all that were stopped."""
        running = self.open()
        if not running:
            breached = any(BREACH_PERCENT in self._standing(clock) for clock in self._state.clocks.values())
            return SlaState.BREACHED if breached else SlaState.MET
        fired = max((max(self._standing(clock), default=0) for clock in running), default=0)
        if fired >= BREACH_PERCENT:
            return SlaState.BREACHED
        if any(clock.is_paused for clock in running):
            return SlaState.PAUSED
        if fired >= AT_RISK_PERCENT:
            return SlaState.AT_RISK
        return SlaState.WARNING if fired else SlaState.ON_TRACK

    def verdicts(self, at: datetime) -> Iterator[ClockState]:
        return (clock.state(at, self._terms.calendar_of(clock)) for clock in self._state.clocks.values())

    # -- inside ------------------------------------------------------------------------------------------------------

    def _promised(self, clock: Clock) -> timedelta:
        """The target that the terms of now give a clock; a stage keeps its own."""
        targets = self._terms.targets
        promised = {
            ClockKind.RESPONSE: targets.response,
            ClockKind.ARRIVAL: targets.arrival,
            ClockKind.RESOLUTION: targets.resolution,
        }.get(clock.kind)
        return promised or clock.current_target

    def _standing(self, clock: Clock) -> frozenset[int]:
        return clock.standing(self._terms.calendar_of(clock))

    def _start(
        self,
        kind: ClockKind,
        name: str,
        target: timedelta,
        at: datetime,
        *,
        stage: str | None = None,
        visit: int | None = None,
    ) -> None:
        clock = Clock(
            clock_id=clock_id(self._ticket.ticket_id, name),
            kind=kind,
            name=name,
            stage=stage,
            visit=visit,
            target=target,
            thresholds=self._ticket.template.thresholds,
        )
        self._move(clock.start(at), at)

    def _correct(self, clock: Clock, at: datetime) -> None:
        """What was reported between a stop and the moment at which that was told does not stand: a fact says so."""
        known = self._story.known(at)
        if known > at and (lifted := clock.unreached(known, self._terms.calendar_of(clock))):
            verb = {ClockEventKind.PAUSED: "paused", ClockEventKind.CANCELLED: "cancelled"}
            reason = f"It had {verb.get(clock.events[-1].kind, 'stopped')} before, which was told later"
            corrected = clock.correct(known, lifted, reason)
            self._move(corrected, known, reason)
            self._taken_back.append((corrected, lifted))

    def _move(self, clock: Clock, at: datetime, reason: str = "", percent: int | None = None) -> None:
        clock = clock.told(self._story.known(at))
        self._state.clocks[clock.name] = clock
        calendar = self._terms.calendar_of(clock)
        event = clock.events[-1]
        changed = event.kind in {ClockEventKind.RETARGETED, ClockEventKind.OVERRUN, ClockEventKind.CORRECTED}
        self._story.tell(
            ClockMoved,
            at,
            reason=reason,
            clock_id=clock.clock_id,
            clock=clock.kind,
            name=clock.name,
            stage=StageRef(key=clock.stage, visit=clock.visit or 1) if clock.stage else None,
            event=event.kind,
            percent=percent,
            target=clock.current_target,
            elapsed=clock.elapsed(at, calendar),
            due_at=clock.due_at(calendar),
            state=clock.state(at, calendar),
            counts_from=event.counts_from,
            standing=tuple(sorted(clock.standing(calendar))) if changed else None,
            lifted=event.lifted or None,
        )
        if event.kind in STOPS:
            self._correct(clock, at)


def stage_clock(visit: StageVisit) -> str:
    """The name of the clock of one visit: the stage's key, and the visit's number from the second on."""
    return visit.key if visit.visit == 1 else f"{visit.key}#{visit.visit}"


@RECALLS.of(ClockMoved)
def _moved(memory: Memory, fact: ClockMoved) -> None:
    memory.clocks.move(fact)
