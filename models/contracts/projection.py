"""What workflows give to the activities that write the record, and what they get back."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from models.contracts.base import Actor, Message, Moment
from models.contracts.commands import EngineerRef
from models.contracts.facts import Fact
from models.identity import TicketId
from models.sla.calendar import Calendar
from models.vocabulary.people import SupportLevel


class RecordFacts(Message):
    """Input of the projection's write: the facts that are not known to be stored, oldest first."""

    ticket_id: TicketId
    facts: tuple[Fact, ...] = Field(min_length=1)


class RecordFactsResult(Message):
    """Up to which sequence number the projection now stands."""

    stored: int


class TicketRow(Message):
    """What a ticket is from its first moment on: input of `start_workflow()`."""

    ticket_id: TicketId
    number: str
    key: str | None
    workflow_id: str
    run_id: str
    equipment_id: UUID
    customer_id: UUID
    site_id: UUID
    service_configuration_id: UUID
    description: str
    priority: str
    reporter: Actor
    opened_at: Moment
    template_id: UUID
    template_snapshot: dict[str, object]
    unit: dict[str, object] | None = None
    """The unit as it was at intake; tickets of before have it in their workflow's input alone, as the next one."""
    service: dict[str, object] | None = None
    calendar_snapshot: dict[str, object] = Field(default_factory=lambda: Calendar().model_dump(mode="json"))


class OpenTicketRecord(Message):
    """Input of the first activity: the ticket and the facts of its opening, in one transaction."""

    ticket: TicketRow
    facts: tuple[Fact, ...] = Field(min_length=1)


class CandidatesWanted(Message):
    """Whom a stage may be offered to: those who are named, in their order, or whoever is qualified and free now.

    Attributes:
        level: that the stage needs; of those who are named the ticket asks it itself.
        ticket_id, stage: for which they are scored where nobody is named; histories of before do not say it.
    """

    equipment_id: UUID
    level: SupportLevel
    codes: tuple[str, ...] = ()
    ticket_id: UUID | None = None
    stage: str | None = None


class Candidates(Message):
    """Who was found, in the order in which they are to be asked; `unknown`: codes that no active engineer has."""

    found: tuple[EngineerRef, ...] = ()
    unknown: tuple[str, ...] = ()
