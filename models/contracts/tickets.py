"""The start input of a ticket's workflow and its two answers: opened, and ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field

from models.contracts.base import Actor, Message, Moment, Name, Text
from models.contracts.state import TicketState
from models.contracts.templates import ServiceConfiguration, TemplateSnapshot
from models.identity import TicketId
from models.sla.calendar import Calendar
from models.vocabulary.equipment import InstalledContext
from models.vocabulary.tickets import Priority, TicketStatus


class UnitSnapshot(Message):
    """The unit that failed, as the registry knew it at intake."""

    equipment_id: UUID
    serial: Name
    equipment_type: Name
    category: Name
    model: str
    manufacturer: Name
    customer_id: UUID
    customer_code: Name
    customer_name: Name
    site_id: UUID
    site_name: Name
    time_zone: str
    installed_context: InstalledContext


class TicketInput(Message):
    """Everything that a ticket's workflow needs to know; frozen at intake."""

    ticket_id: TicketId
    number: Name
    key: str | None = None
    unit: UnitSnapshot
    template: TemplateSnapshot
    service: ServiceConfiguration
    calendar: Calendar = Calendar()
    description: Text
    priority: Priority
    reporter: Actor
    carried: TicketState | None = None
    """Set by continue-as-new only: the ticket goes on from here."""
    behaviour: Annotated[int, Field(ge=0)] = 0
    """Which changes of the workflow's code the run has had from its first task on (`workflows.patches`). 0: it is from
    before runs said so, and markers in its history tell."""


class OpenedTicket(Message):
    """The acknowledgement: from here on the ticket can't be lost."""

    ticket_id: TicketId
    number: str
    workflow_id: str
    workflow_type: str
    serial: str
    priority: Priority
    description_digest: str
    template: str
    opened_at: Moment


class TicketResult(Message):
    """What the workflow returns when the ticket has ended."""

    number: str
    status: TicketStatus
    opened_at: Moment
    ended_at: Moment
    elapsed: timedelta
    clocks_met: Annotated[int, Field(ge=0)]
    clocks_breached: Annotated[int, Field(ge=0)]
    reason: str = ""
