"""What changes the terms of a ticket while it runs: another priority, another contract."""

from __future__ import annotations

from datetime import datetime

from models.contracts.commands import ChangeContract, ChangePriority
from models.contracts.facts import ContractChanged, PriorityChanged
from models.contracts.state import TicketState
from models.contracts.templates import Targets, TemplateSnapshot, targets_of
from models.sla.calendar import Calendar
from workflows.engine.clocks import ClockBoard
from workflows.engine.recalls import Memory, Recalls
from workflows.engine.refusal import RefusedError
from workflows.engine.rules import Rules
from workflows.engine.story import Story
from workflows.engine.terms import Terms, too_far

RECALLS = Recalls()


class Changes:
    """Targets always count from the clock's start on: a change never begins anything anew, and keeps every pause."""

    def __init__(
        self, template: TemplateSnapshot, state: TicketState, terms: Terms, clocks: ClockBoard, story: Story
    ) -> None:
        self._template = template
        self._state = state
        self._terms = terms
        self._clocks = clocks
        self._story = story

    def say(self, rules: Rules) -> None:
        rules.add(ChangePriority, self._priority)
        rules.add(ChangeContract, self._contract)

    def _priority(self, command: ChangePriority, now: datetime) -> str:
        """Give the ticket another priority.

        Raises:
            RefusedError: it has that priority, or a target of it lies too far ahead.
        """
        before = self._terms.priority
        if command.priority is before:
            raise RefusedError(f"The priority is {before.value} already.")
        self._can_be_told(targets_of(self._template, self._terms.service, command.priority), self._terms.calendar, now)
        self._state.priority = command.priority
        self._story.tell(PriorityChanged, now, priority=command.priority, reason=command.reason, note=command.note)
        self._clocks.retarget(now, f"Priority {before.value} → {command.priority.value}: {command.reason}")
        return f"The priority is {command.priority.value} now (it was {before.value}); {self._promise()}."

    def _contract(self, command: ChangeContract, now: datetime) -> str:
        """Give the ticket other terms of service.

        Raises:
            RefusedError: they are the terms that it has, or a deadline by them lies too far ahead.
        """
        before = self._terms.calendar
        if command.calendar == before and command.service == self._terms.service:
            raise RefusedError(
                "The ticket runs by these terms already. Change customer, service configuration or calendar first."
            )
        self._can_be_told(targets_of(self._template, command.service, self._terms.priority), command.calendar, now)
        self._state.calendar, self._state.service = command.calendar, command.service
        self._story.tell(
            ContractChanged,
            now,
            service=command.service,
            calendar=command.calendar,
            reason=command.reason,
            note=command.note,
        )
        reason = f"Contract changed: {command.reason}"
        if command.calendar == before:
            self._clocks.retarget(now, reason)
        else:
            self._clocks.change_calendar(before, now, reason)
        calendar = command.calendar
        return f"Clocks run by {calendar.code} version {calendar.version} from the report on; {self._promise()}."

    def _can_be_told(self, targets: Targets, calendar: Calendar, now: datetime) -> None:
        if (sentence := too_far(self._template, targets, calendar, now)) is not None:
            raise RefusedError(sentence)

    def _promise(self) -> str:
        targets = self._terms.targets
        parts = {"response": targets.response, "arrival": targets.arrival, "resolution": targets.resolution}
        return "targets: " + ", ".join(
            f"{name} {target.total_seconds() / 3600:g} h" for name, target in parts.items() if target is not None
        )


@RECALLS.of(PriorityChanged)
def _priority_changed(memory: Memory, fact: PriorityChanged) -> None:
    memory.state.priority = fact.priority


@RECALLS.of(ContractChanged)
def _contract_changed(memory: Memory, fact: ContractChanged) -> None:
    memory.clocks.change_calendar(fact.calendar)
    memory.state.service, memory.state.calendar = fact.service, fact.calendar
