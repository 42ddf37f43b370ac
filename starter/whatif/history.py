"""A closed ticket as it is replayed: the terms that it was opened with, and its facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from models.contracts.facts import FACTS, ClockMoved, Fact
from models.contracts.templates import ServiceConfiguration, TemplateSnapshot
from models.identity import TicketId
from models.sla.calendar import Calendar
from models.vocabulary import ClockKind, ClockState, Priority, SelectionLevel, ServiceProvider


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a clock says in the end: business time used, and what it was measured against."""

    kind: ClockKind
    state: ClockState
    elapsed: timedelta
    target: timedelta


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
        return {fact.name: Verdict(fact.clock, fact.state, fact.elapsed, fact.target) for fact in told}


def history_of(found: Mapping[str, Any]) -> TicketHistory:
    """A history, from what `closed_tickets()` says of a ticket.

    Raises:
        ValueError: the record is not one that this program has written.
    """
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
    """The configuration as far as clocks ask for it: its response target. What was promised at the report stands with
    the start of the response clock, unless the priority had a target of its own.
    """
    special = any(one.priority is priority and one.response_target for one in template.priority_targets)
    starts = (one.target for one in facts if isinstance(one, ClockMoved) and one.clock is ClockKind.RESPONSE)
    promised = next(starts, None)
    response = promised if promised is not None and not special else timedelta(seconds=found["response_target"])
    return ServiceConfiguration(
        configuration_id=UUID(found["configuration_id"]),
        selected_by=SelectionLevel.DEFAULT,
        service_provider=ServiceProvider.GENEQR,
        parts_provider=ServiceProvider.GENEQR,
        response_target=response,
        parts_lead_time=timedelta(seconds=1),
        oem_parts_only=False,
    )
