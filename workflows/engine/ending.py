"""The end of a ticket: signed off, or cancelled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from models.contracts.commands import Cancel
from models.contracts.facts import TicketEnded
from models.contracts.state import TicketState
from models.vocabulary.tickets import TicketStatus
from workflows.engine.clocks import ARRIVAL, ClockBoard
from workflows.engine.graph import StageGraph
from workflows.engine.recalls import Memory, Recalls
from workflows.engine.rules import Rules
from workflows.engine.story import Story

RECALLS = Recalls()


class Ending:
    def __init__(self, number: str, state: TicketState, graph: StageGraph, clocks: ClockBoard, story: Story) -> None:
        self._number = number
        self._state = state
        self._graph = graph
        self._clocks = clocks
        self._story = story
        self.before_end: Callable[[datetime], None] = lambda _: None
        """What ends with the ticket, and is told before it."""

    def say(self, rules: Rules) -> None:
        rules.add(Cancel, self._cancel)

    def close(self, now: datetime) -> None:
        """Every stage is over: what clocks still run has been met, or not."""
        if not self._graph.leads_on_site():
            self._clocks.cancel(ARRIVAL, now, "No visit was needed")
        for clock in self._clocks.open():
            self._clocks.stop(clock.name, now)
        self._end(TicketStatus.CLOSED, now, "")

    def cancel(self, now: datetime, reason: str, note: str = "") -> None:
        """The ticket ends without sign-off; its clocks have no verdict."""
        self._clocks.cancel_all(now, reason)
        self._end(TicketStatus.CANCELLED, now, reason, note)

    def _cancel(self, command: Cancel, now: datetime) -> str:
        self.cancel(now, command.reason, command.note)
        return f"Ticket {self._number} is cancelled."

    def _end(self, status: TicketStatus, now: datetime, reason: str, note: str = "") -> None:
        self.before_end(now)
        self._state.status = status
        self._state.ended_at = now
        self._state.end_reason = reason
        self._state.holds = []
        self._story.tell(TicketEnded, now, status=status, reason=reason, note=note)


@RECALLS.of(TicketEnded)
def _ended(memory: Memory, fact: TicketEnded) -> None:
    state = memory.state
    state.status, state.end_reason, state.holds = fact.status, fact.reason, []
    state.ended_at = fact.when
