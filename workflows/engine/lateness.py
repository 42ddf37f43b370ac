"""From when something counts that is told after it happened: within limits, and never against what came since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.contracts.base import Command
from models.contracts.commands import (
    ArriveOnSite,
    CompleteStage,
    Hold,
    Resume,
    StartTravel,
    ToldLater,
)
from models.contracts.state import StageVisit, TicketState
from models.contracts.templates import TemplateSnapshot
from models.sla.clock import Clock
from models.vocabulary import ClockKind, Role
from workflows.engine.checks import Checks
from workflows.engine.clocks import ClockBoard
from workflows.engine.graph import StageGraph

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far the clock of a telephone and ours may be apart: what lies so little beyond a limit counts as the limit."""


@dataclass(frozen=True, slots=True)
class Counted:
    """From when a command counts.

    Attributes:
        at: that moment; when it came, unless it was told later.
        claimed: when it happened by what it says, where that is something else.
        untaken: why that does not count.
    """

    at: datetime
    claimed: datetime | None = None
    untaken: str = ""


@dataclass(frozen=True, slots=True)
class _Limit:
    """What a command can't lie before, as a sentence's end."""

    at: datetime
    words: str


class Lateness:
    """What lies outside the limits counts from when it came: work that was done is not lost for its time.

    Attributes:
        takes: False for a run from before: everything counts from when it came.
    """

    def __init__(
        self, template: TemplateSnapshot, state: TicketState, graph: StageGraph, checks: Checks, clocks: ClockBoard
    ) -> None:
        self._within = template.late_within
        self._state = state
        self._graph = graph
        self._checks = checks
        self._clocks = clocks
        self.takes = True

    def counted(self, command: Command, now: datetime) -> Counted:
        """From when a command counts that comes now; nothing is changed."""
        said = command.happened_at if isinstance(command, ToldLater) else None
        if said is None:
            return Counted(now)
        if untaken := self._untaken(command, said, now):
            return Counted(now, said, untaken)
        at = min(max([said, *(one.at for one in self._limits(command))]), now)
        return Counted(at, said if said != at else None)

    def words(self, counted: Counted, now: datetime) -> str:
        """What is said beside the answer of something that was told later; nothing where it was not."""
        if counted.untaken and counted.claimed is not None:
            return f" It counts from now, not from {self._checks.when(counted.claimed)}: {counted.untaken}."
        return f" It counts from {self._checks.when(counted.at)}." if counted.at < now else ""

    def _untaken(self, command: Command, said: datetime, now: datetime) -> str:
        if said > now + CLOCKS_DIFFER:
            return "that lies ahead"
        if said >= now:
            return ""
        if not self.takes:
            return "this ticket began before times were taken that are told later"
        if said < now - self._within:
            return (
                f"it is told more than {self._within.total_seconds() / 3600:g} h later"
                if self._within
                else "this ticket takes no times that are told later"
            )
        latest = max(self._limits(command), key=lambda one: one.at)
        return latest.words if said < latest.at - CLOCKS_DIFFER else ""

    def _limits(self, command: Command) -> Iterator[_Limit]:
        """What has to lie before a command."""
        yield self._limit(self._state.opened_at, "the ticket was opened at")
        if isinstance(command, Hold | Resume):
            yield from self._of_holds(command)
        else:
            for visit in self._visits(command):
                yield from self._of_visit(command, visit)
        for clock in self._clocks.open():
            if (at := clock.last_changed) is not None and self._touches(command, clock):
                yield self._limit(at, f"the clock {clock.name} was changed at")

    def _of_holds(self, command: Hold | Resume) -> Iterator[_Limit]:
        """An engineer says nothing of a time before they were on the ticket."""
        if command.actor.role is Role.ENGINEER:
            mine = [
                visit.assigned_at or visit.entered_at or self._state.opened_at
                for visit in self._state.visits
                if visit.engineer is not None and visit.engineer.code == command.actor.code
            ]
            since = min(mine, default=self._state.latest or self._state.opened_at)
            yield self._limit(since, f"{command.actor.code} was not on the ticket before")
        for hold in self._state.holds:
            yield self._limit(hold.since, "it was on hold only from")

    def _of_visit(self, command: Command, visit: StageVisit) -> Iterator[_Limit]:
        name = self._graph.definitions[visit.key].name
        if visit.entered_at is not None:
            yield self._limit(visit.entered_at, f"{name} began at")
        if visit.assigned_at is not None and visit.engineer is not None:
            yield self._limit(visit.assigned_at, f"{visit.engineer.code} was put on {name} at")
        if isinstance(command, ArriveOnSite | CompleteStage) and visit.travel_started_at is not None:
            yield self._limit(visit.travel_started_at, f"the journey for {name} began at")
        if isinstance(command, CompleteStage):
            if visit.arrived_at is not None:
                yield self._limit(visit.arrived_at, f"the arrival for {name} was at")
            if command.signature is not None:
                yield self._limit(command.signature.signed_at, "it was signed at")
            proposals = (one.diagnosis.at for one in self._state.visits if one.diagnosis is not None)
            if (newest := max(proposals, default=None)) is not None:
                yield self._limit(newest, "the diagnosis was proposed at")

    def _visits(self, command: Command) -> list[StageVisit]:
        """The visits that a command may be about; of a stage that the ticket does not have there is none."""
        stage = getattr(command, "stage", None)
        if stage is not None:
            return [self._graph.latest(stage)] if stage in self._graph.definitions else []
        if isinstance(command, StartTravel | ArriveOnSite):
            return [visit for visit in self._graph.active() if self._graph.definitions[visit.key].on_site]
        return [visit for visit in self._graph.current() if not visit.is_over]

    @staticmethod
    def _touches(command: Command, clock: Clock) -> bool:
        """Whether a command may move a clock: to move it before it was changed last would undo that."""
        if isinstance(command, Hold | Resume):
            return True
        if isinstance(command, CompleteStage):
            return clock.kind is not ClockKind.STAGE or clock.stage == command.stage
        return clock.kind in {ClockKind.RESPONSE, ClockKind.ARRIVAL}

    def _limit(self, at: datetime, words: str) -> _Limit:
        return _Limit(at, f"{words} {self._checks.when(at)}")
