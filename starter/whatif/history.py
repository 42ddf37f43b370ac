"""A closed ticket as it is replayed: the terms that it was opened with, and its facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from models.contracts.facts import FACTS, ClockMoved, ContractChanged, Fact, PriorityChanged
from models.contracts.templates import ServiceConfiguration, TemplateSnapshot
from models.identity import TicketId
from models.sla.calendar import Calendar
from models.vocabulary import ClockKind, ClockState, Priority, SelectionLevel, ServiceProvider


class IncompleteRecord(Exception):  # noqa: N818 - a property of a record
    """Facts are missing, so nothing can be said of what they would have changed; the sentence says how many."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a clock says in the end: business time used, and what it was measured against.

    Attributes:
        due_at: the deadline as it stood then; None where there was none.
    """

    kind: ClockKind
    state: ClockState
    elapsed: timedelta
    target: timedelta
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class TicketHistory:
    """What is on record of a closed ticket.

    Attributes:
        service, calendar, priority: as they were at the report.
        facts: in their order; at least those that move clocks or tell why.
    """

    ticket_id: TicketId
    number: str
    opened_at: datetime
    template: TemplateSnapshot
    service: ServiceConfiguration
    calendar: Calendar
    priority: Priority
    facts: tuple[Fact, ...]

    @property
    def ended_at(self) -> datetime:
        return self.facts[-1].at

    def recorded(self) -> dict[str, Verdict]:
        """What each clock said after its last event, by name."""
        told = [fact for fact in self.facts if isinstance(fact, ClockMoved)]
        return {fact.name: Verdict(fact.clock, fact.state, fact.elapsed, fact.target, fact.due_at) for fact in told}


def history_of(found: Mapping[str, Any]) -> TicketHistory:
    """A history, from what `closed_tickets()` says of a ticket.

    Raises:
        IncompleteRecord: facts are missing.
        ValueError: the record is not one that this program has written.
    """
    if found["facts_stored"] != found["last_sequence"]:
        raise IncompleteRecord(
            f"its record is not whole: {found['facts_stored']} of {found['last_sequence']} facts are there"
        )
    facts = tuple(FACTS.validate_python(found["facts"]))
    template = TemplateSnapshot.model_validate(found["template"])
    priority = Priority(found["priority"])
    return TicketHistory(
        ticket_id=TicketId(UUID(found["ticket_id"])),
        number=found["number"],
        opened_at=datetime.fromisoformat(found["opened_at"]),
        template=template,
        service=_service(found, template, priority, facts),
        calendar=Calendar.model_validate(found["calendar"]),
        priority=priority,
        facts=facts,
    )


def _service(
    found: Mapping[str, Any], template: TemplateSnapshot, priority: Priority, facts: tuple[Fact, ...]
) -> ServiceConfiguration:
    """The configuration as far as clocks ask for it: its response target."""
    return ServiceConfiguration(
        configuration_id=UUID(found["configuration_id"]),
        selected_by=SelectionLevel.DEFAULT,
        service_provider=ServiceProvider.GENEQR,
        parts_provider=ServiceProvider.GENEQR,
        response_target=_promised_response(template, priority, facts) or UNSHOWN,
        parts_lead_time=timedelta(seconds=1),
        oem_parts_only=False,
    )


def _promised_response(template: TemplateSnapshot, priority: Priority, facts: tuple[Fact, ...]) -> timedelta | None:
    """What the service configuration promised at the report. It is not frozen by itself, and its row may be another
    one by now; it shows in the response clock's target while the priority has none of its own.
    """
    own = {one.priority for one in template.priority_targets if one.response_target is not None}
    for fact in facts:
        match fact:
            case PriorityChanged():
                priority = fact.priority
            case ContractChanged():
                break
            case ClockMoved() if fact.clock is ClockKind.RESPONSE and priority not in own:
                return fact.target
            case _:
                pass
    return None


UNSHOWN = timedelta(days=1)
"""Stands for a promise that never showed: the ticket had priorities with targets of their own as long as its response
clock ran, and what an alternative leaves out stays so. No clock runs by it.
"""
