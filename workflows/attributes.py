"""The search attributes that move with a ticket, and the values they begin with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from temporalio.common import SearchAttributePair, SearchAttributeUpdate, TypedSearchAttributes

from models.attributes import DUE_ATTRIBUTE, PRIORITY_ATTRIBUTE, SLA_STATE_ATTRIBUTE, STAGE_ATTRIBUTE
from models.contracts.tickets import TicketInput
from models.vocabulary import Priority, SlaState
from workflows.engine.ticket import TicketEngine

SAME_DUE = timedelta(minutes=1)
"""A due time that is shown this exactly need not be corrected: intake's clock is not the server's."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """What lists and searches say of a ticket that runs."""

    stage: str
    sla: SlaState
    due: datetime | None
    priority: Priority

    @classmethod
    def of(cls, engine: TicketEngine) -> Attributes:
        stages = ",".join(visit.key for visit in engine.graph.active())
        return cls(
            stage=stages or engine.state.status.value,
            sla=engine.clocks.sla_state(),
            due=engine.clocks.due_at(),
            priority=engine.terms.priority,
        )

    @classmethod
    def at_start(cls, ticket: TicketInput, now: datetime) -> Attributes:
        """What a new ticket will show first, so that it can start with it and save the correction."""
        return cls.of(TicketEngine.open(ticket, now))

    def differs(self, shown: TypedSearchAttributes) -> bool:
        """Whether what is shown has to be corrected."""
        due = shown.get(DUE_ATTRIBUTE)
        same_due = self.due == due if self.due is None or due is None else abs(self.due - due) < SAME_DUE
        return not (
            same_due
            and shown.get(STAGE_ATTRIBUTE) == self.stage
            and shown.get(SLA_STATE_ATTRIBUTE) == self.sla.value
            and shown.get(PRIORITY_ATTRIBUTE, self.priority.value) == self.priority.value
        )

    def urgent(self, shown: TypedSearchAttributes) -> bool:
        """Whether the correction can't wait: a breach, a warning, a pause or its end."""
        return shown.get(SLA_STATE_ATTRIBUTE) != self.sla.value

    def pairs(self) -> list[SearchAttributePair[Any]]:
        """For the start of a workflow."""
        pairs: list[SearchAttributePair[Any]] = [
            SearchAttributePair(STAGE_ATTRIBUTE, self.stage),
            SearchAttributePair(SLA_STATE_ATTRIBUTE, self.sla.value),
            SearchAttributePair(PRIORITY_ATTRIBUTE, self.priority.value),
        ]
        return [*pairs, SearchAttributePair(DUE_ATTRIBUTE, self.due)] if self.due is not None else pairs

    def updates(self) -> list[SearchAttributeUpdate[Any]]:
        """For a running workflow."""
        return [
            STAGE_ATTRIBUTE.value_set(self.stage),
            SLA_STATE_ATTRIBUTE.value_set(self.sla.value),
            PRIORITY_ATTRIBUTE.value_set(self.priority.value),
            DUE_ATTRIBUTE.value_set(self.due) if self.due is not None else DUE_ATTRIBUTE.value_unset(),
        ]
