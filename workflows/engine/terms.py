"""What a ticket's clocks run by now: as it was frozen at intake, or as priority and contract were changed since."""

from __future__ import annotations

from datetime import datetime

from models.contracts.state import TicketState
from models.contracts.templates import ServiceConfiguration, Targets, TemplateSnapshot, targets_of
from models.contracts.tickets import TicketInput
from models.sla.calendar import Calendar
from models.sla.clock import SMALLEST_STEP, Clock
from models.vocabulary import Priority


class Terms:
    def __init__(self, ticket: TicketInput, state: TicketState) -> None:
        self._ticket = ticket
        self._state = state

    @property
    def priority(self) -> Priority:
        return self._state.priority or self._ticket.priority

    @property
    def service(self) -> ServiceConfiguration:
        return self._state.service or self._ticket.service

    @property
    def calendar(self) -> Calendar:
        return self._state.calendar or self._ticket.calendar

    @property
    def targets(self) -> Targets:
        return targets_of(self._ticket.template, self.service, self.priority)

    def calendar_of(self, clock: Clock) -> Calendar:
        """The calendar of a clock: one that has ended keeps that of its time."""
        return clock.calendar or self.calendar


def too_far(template: TemplateSnapshot, targets: Targets, calendar: Calendar, now: datetime) -> str | None:
    """Why a ticket can't run by these terms, in words; None when it can.

    A deadline that can't be told would fail every task of the ticket from then on.
    """
    promised = {"response": targets.response, "arrival": targets.arrival, "resolution": targets.resolution}
    for name, target in [*promised.items(), *((stage.key, stage.target) for stage in template.stages)]:
        try:
            if target is not None:
                calendar.after(now, target + SMALLEST_STEP)
        except OverflowError:
            return (
                f"{target} of business time for {name} lies too far ahead by the calendar {calendar.code} version "
                f"{calendar.version}. Correct the target or the opening hours first."
            )
    return None
