"""Clocks from the facts of their moves: moved again, by the same methods, in the same order."""

from __future__ import annotations

from collections.abc import Callable

from models.contracts.facts import ClockMoved
from models.contracts.state import TicketState
from models.contracts.templates import TemplateSnapshot
from models.sla.calendar import Calendar
from models.sla.clock import BREACH_PERCENT, Clock, Threshold
from models.vocabulary import ClockEventKind
from workflows.engine.terms import Terms


class RecalledClocks:
    def __init__(self, template: TemplateSnapshot, state: TicketState, terms: Terms) -> None:
        self._template = template
        self._state = state
        self._terms = terms

    def move(self, fact: ClockMoved) -> None:
        """Let a clock make the move that the fact tells.

        Raises:
            ValueError: its history does not allow that.
        """
        if fact.event is ClockEventKind.STARTED:
            if fact.name in self._state.clocks:
                raise ValueError(f"clock {fact.name} has started already")
            self._state.clocks[fact.name] = self._begun(fact).told(fact.at)
            return
        clock = self._state.clocks.get(fact.name)
        if clock is None:
            raise ValueError(f"clock {fact.name} has not started")
        self._state.clocks[fact.name] = _moved(clock, fact).told(fact.at)

    def change_calendar(self, calendar: Calendar) -> None:
        """Clocks that are over keep the calendar that they ended under; the others tell their own moves."""
        before = self._terms.calendar
        if calendar == before:
            return
        for name, clock in self._state.clocks.items():
            if clock.is_over:
                self._state.clocks[name] = clock.model_copy(update={"calendar": clock.calendar or before})

    def _begun(self, fact: ClockMoved) -> Clock:
        clock = Clock(
            clock_id=fact.clock_id,
            kind=fact.clock,
            name=fact.name,
            stage=fact.stage.key if fact.stage else None,
            visit=fact.stage.visit if fact.stage else None,
            target=fact.target,
            thresholds=self._template.thresholds,
        )
        return clock.start(fact.when)


def _moved(clock: Clock, fact: ClockMoved) -> Clock:
    moves: dict[ClockEventKind, Callable[[], Clock]] = {
        ClockEventKind.PAUSED: lambda: clock.pause(fact.when, fact.reason),
        ClockEventKind.RESUMED: lambda: clock.resume(fact.when),
        ClockEventKind.THRESHOLD: lambda: clock.reach(Threshold(percent=fact.percent or 0, at=fact.when)),
        ClockEventKind.OVERRUN: lambda: clock.reach(Threshold(percent=BREACH_PERCENT, at=fact.when, again=True)),
        ClockEventKind.RETARGETED: lambda: clock.retarget(fact.when, fact.target, fact.reason),
        ClockEventKind.STOPPED: lambda: clock.stop(fact.when),
        ClockEventKind.CANCELLED: lambda: clock.cancel(fact.when, fact.reason),
        ClockEventKind.REOPENED: lambda: clock.reopen(
            fact.when, fact.reason, solved_counts=fact.counts_from is not None
        ),
        ClockEventKind.CORRECTED: lambda: clock.correct(fact.when, fact.lifted or (), fact.reason),
    }
    return moves[fact.event]()
