"""All clocks of one ticket: one for the response, one for the resolution, one for each visit of a stage."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from models.contracts.facts import ClockMoved, StageRef
from models.contracts.state import StageVisit, TicketState
from models.contracts.templates import StageDefinition
from models.contracts.tickets import TicketInput
from models.identity import clock_id
from models.sla.clock import BREACH_PERCENT, Clock, Threshold
from models.vocabulary import ClockKind, ClockState, SlaState
from workflows.engine.story import Story

AT_RISK_PERCENT = 75


class ClockBoard:
    """Moves clocks and tells every move as a fact."""

    def __init__(self, ticket: TicketInput, state: TicketState, story: Story) -> None:
        self._ticket = ticket
        self._state = state
        self._story = story

    # -- moves -------------------------------------------------------------------------------------------------------

    def start_ticket_clocks(self, at: datetime) -> None:
        """Response and resolution run from the moment of the report."""
        self._start(self._new(ClockKind.RESPONSE, "response"), at)
        self._start(self._new(ClockKind.RESOLUTION, "resolution"), at)

    def start_stage_clock(self, definition: StageDefinition, visit: StageVisit, at: datetime) -> None:
        self._start(self._new(ClockKind.STAGE, stage_clock(visit), definition, visit.visit), at)

    def stop(self, name: str, at: datetime) -> None:
        """Stop the clock called `name`; one that is over already stays as it is."""
        if not self._state.clocks[name].is_over:
            self._move(self._state.clocks[name].stop(at), at)

    def cancel(self, name: str, at: datetime, reason: str) -> None:
        if name in self._state.clocks and not self._state.clocks[name].is_over:
            self._move(self._state.clocks[name].cancel(at, reason), at, reason)

    def cancel_all(self, at: datetime, reason: str) -> None:
        for name in list(self._state.clocks):
            self.cancel(name, at, reason)

    def pause_all(self, at: datetime, reason: str) -> None:
        for clock in self.open():
            self._move(clock.pause(at, reason), at, reason)

    def resume_all(self, at: datetime) -> None:
        for clock in self.open():
            if clock.is_paused:
                self._move(clock.resume(at), at)

    def reach(self, clock: Clock, threshold: Threshold) -> None:
        self._move(clock.reach(threshold), threshold.at, percent=threshold.percent)

    # -- readings ----------------------------------------------------------------------------------------------------

    def open(self) -> list[Clock]:
        return [clock for clock in self._state.clocks.values() if not clock.is_over]

    def next_threshold(self) -> tuple[Clock, Threshold] | None:
        """The nearest threshold of any clock; on a tie the clock that started first."""
        upcoming = [
            (threshold.at, place, clock, threshold)
            for place, clock in enumerate(self.open())
            if (threshold := clock.next_threshold(self._ticket.calendar)) is not None
        ]
        if not upcoming:
            return None
        _, _, clock, threshold = min(upcoming, key=lambda one: one[:2])
        return clock, threshold

    def due_at(self) -> datetime | None:
        """The nearest deadline that is not past; None when all are past, paused or over."""
        calendar = self._ticket.calendar
        deadlines = (clock.due_at(calendar) for clock in self.open() if BREACH_PERCENT not in clock.fired)
        return min((due for due in deadlines if due is not None), default=None)

    def sla_state(self) -> SlaState:
        """The worst of the open clocks; when none is open, the verdict over all that were stopped."""
        running = self.open()
        if not running:
            breached = any(BREACH_PERCENT in clock.fired for clock in self._state.clocks.values())
            return SlaState.BREACHED if breached else SlaState.MET
        fired = max((max(clock.fired, default=0) for clock in running), default=0)
        if fired >= BREACH_PERCENT:
            return SlaState.BREACHED
        if any(clock.is_paused for clock in running):
            return SlaState.PAUSED
        if fired >= AT_RISK_PERCENT:
            return SlaState.AT_RISK
        return SlaState.WARNING if fired else SlaState.ON_TRACK

    def verdicts(self, at: datetime) -> Iterator[ClockState]:
        return (clock.state(at, self._ticket.calendar) for clock in self._state.clocks.values())

    # -- inside ------------------------------------------------------------------------------------------------------

    def _new(
        self, kind: ClockKind, name: str, definition: StageDefinition | None = None, visit: int | None = None
    ) -> Clock:
        targets = {
            ClockKind.RESPONSE: self._ticket.service.response_target,
            ClockKind.RESOLUTION: self._ticket.template.resolution_target,
        }
        return Clock(
            clock_id=clock_id(self._ticket.ticket_id, name),
            kind=kind,
            name=name,
            stage=definition.key if definition else None,
            visit=visit,
            target=definition.target if definition else targets[kind],
            thresholds=self._ticket.template.thresholds,
        )

    def _start(self, clock: Clock, at: datetime) -> None:
        self._move(clock.start(at), at)

    def _move(self, clock: Clock, at: datetime, reason: str = "", percent: int | None = None) -> None:
        self._state.clocks[clock.name] = clock
        calendar = self._ticket.calendar
        self._story.tell(
            ClockMoved,
            at,
            reason=reason,
            clock_id=clock.clock_id,
            clock=clock.kind,
            name=clock.name,
            stage=StageRef(key=clock.stage, visit=clock.visit or 1) if clock.stage else None,
            event=clock.events[-1].kind,
            percent=percent,
            target=clock.target,
            elapsed=clock.elapsed(at, calendar),
            due_at=clock.due_at(calendar),
            state=clock.state(at, calendar),
        )


def stage_clock(visit: StageVisit) -> str:
    """The name of the clock of one visit: the stage's key, and the visit's number from the second on."""
    return visit.key if visit.visit == 1 else f"{visit.key}#{visit.visit}"
