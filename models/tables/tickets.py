"""The projection of a ticket, and of its workflow instance."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Integer, Numeric, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSVECTOR

from models.tables.base import (
    ChangingRow,
    Row,
    document,
    identifier,
    moment,
    of_type,
    one_of,
    reference,
    several,
    words,
)
from models.vocabulary.people import Role
from models.vocabulary.tickets import InstanceStatus, Priority, TicketStatus


class ServiceTicket(ChangingRow, table=True):
    """A ticket as far as its facts are stored: `last_sequence` is the newest one applied."""

    __tablename__ = "service_tickets"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("idempotency_key"),
        UniqueConstraint("workflow_id"),
        ForeignKeyConstraint(["site_id", "customer_id"], ["customer_sites.id", "customer_sites.customer_id"]),
        Index("service_tickets_by_name", text('lower(workflow_id COLLATE "C")')),
        Index("service_tickets_newest", "opened_at", "id"),
        Index(
            "service_tickets_running",
            "opened_at",
            "id",
            postgresql_where=text("status IN ('open', 'on_hold')"),
        ),
        Index("service_tickets_closed", "closed_at", "id", postgresql_where=text("status = 'closed'")),
        Index("service_tickets_verified_newest", "verified_at", "id", postgresql_where=text("verified_at IS NOT NULL")),
        Index("service_tickets_of_customer", "customer_id", "opened_at", "id"),
        Index("service_tickets_of_site", "site_id", "opened_at", "id"),
        Index("service_tickets_of_priority", "priority", "opened_at", "id"),
        Index("service_tickets_of_reporter", text("lower(reporter_code)"), "customer_id", "opened_at"),
        Index("service_tickets_of_unit", "equipment_id", "opened_at"),
    )

    number: str = words()
    idempotency_key: str | None = words(nullable=True)
    workflow_id: str = words()
    equipment_id: UUID = reference("equipment_registry.id")
    customer_id: UUID = reference("customers.id")
    site_id: UUID = identifier()
    service_configuration_id: UUID = reference("manufacturer_service_config.id")
    description: str = words()
    priority: Priority = one_of(Priority)
    reporter_code: str = words()
    reporter_role: Role = one_of(Role)
    status: TicketStatus = one_of(TicketStatus, default="'open'")
    opened_at: datetime = moment()
    closed_at: datetime | None = moment(nullable=True)
    end_reason: str = words(default="''")
    hold_reason: str | None = words(nullable=True)
    held_since: datetime | None = moment(nullable=True)
    resume_at: datetime | None = moment(nullable=True)
    verified_cause: str | None = words(nullable=True)
    """What the fault proved to be, as whoever signed off said it, with who and when."""
    verified_code: str | None = words(nullable=True)
    verified_by_code: str | None = words(nullable=True)
    verified_at: datetime | None = moment(nullable=True)
    reopened: int = of_type(Integer(), default="0")
    last_sequence: int = of_type(BigInteger(), default="0")
    recorded_at: datetime = moment(default="clock_timestamp()")
    """Real time of the first write, whatever time the workflow lives in."""


class WorkflowInstance(ChangingRow, table=True):
    """The workflow that carries a ticket, with its template and calendar as they were at intake."""

    __tablename__ = "ticket_workflow_instances"
    __table_args__ = (
        UniqueConstraint("ticket_id"),
        Index("ticket_workflow_instances_running", "template_id", postgresql_where=text("status = 'running'")),
    )

    ticket_id: UUID = reference("service_tickets.id")
    template_id: UUID = reference("workflow_templates.id")
    template_snapshot: dict[str, Any] = document()
    workflow_id: str = words()
    run_id: str = words()
    workflow_type: str = words()
    status: InstanceStatus = one_of(InstanceStatus, default="'running'")
    current_stages: list[str] = several(Text(), default="'{}'")
    completion_percentage: Decimal = of_type(Numeric(5, 2), default="0")
    started_at: datetime = moment()
    ended_at: datetime | None = moment(nullable=True)
    issues_raised: int = of_type(Integer(), default="0")
    """Holds, breaches and failed tests so far."""
    latest_issue: str | None = words(nullable=True)
    latest_issue_at: datetime | None = moment(nullable=True)
    calendar_snapshot: dict[str, Any] = document(default="""'{"code": "24x7", "version": 1, "always_open": true}'""")
    """`models.sla.calendar.Calendar`; the default is for tickets from before there were calendars."""


class SearchedTicket(Row, table=True):
    """A closed ticket by the words of its description; a trigger writes it when the ticket closes."""

    __tablename__ = "ticket_search"
    __table_args__ = (
        UniqueConstraint("ticket_id"),
        Index("ticket_search_terms", "terms", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
        Index(
            "ticket_search_of_model",
            "equipment_type_id",
            "manufacturer_id",
            text("lower(model)"),
            text("closed_at DESC"),
        ),
        Index("ticket_search_of_type", "equipment_type_id", text("closed_at DESC")),
    )

    ticket_id: UUID = reference("service_tickets.id")
    equipment_type_id: UUID = reference("equipment_catalog.id")
    manufacturer_id: UUID = reference("manufacturers.id")
    model: str = words()
    closed_at: datetime = moment()
    terms: str = of_type(TSVECTOR())


class FreeTicket(Row, table=True):
    """A ticket that runs and that nobody is on; triggers write it."""

    __tablename__ = "free_tickets"
    __table_args__ = (UniqueConstraint("ticket_id"),)

    ticket_id: UUID = reference("service_tickets.id")


class TicketWords(Row, table=True):
    """What a ticket is searched by; triggers write it when the ticket, its unit or its customer changes."""

    __tablename__ = "ticket_words"
    __table_args__ = (
        UniqueConstraint("ticket_id"),
        Index("ticket_words_words", "words", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
    )

    ticket_id: UUID = reference("service_tickets.id")
    words: str = of_type(TSVECTOR())
