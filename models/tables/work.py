"""What the work of a ticket needs and leaves: parts and files."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Date, Index, Integer, Numeric, UniqueConstraint, text

from models.tables.base import ChangingRow, duration, flag, moment, of_type, one_of, reference, words
from models.vocabulary.attachments import AnalysisStatus, AttachmentCategory, AttachmentVisibility
from models.vocabulary.equipment import InstalledContext
from models.vocabulary.parts import PartPriority, PartSource, PartStatus
from models.vocabulary.people import Role


class TicketPart(ChangingRow, table=True):
    """A part of a ticket, from identified to used, with every quantity on the way."""

    __tablename__ = "ticket_parts_required"
    __table_args__ = (
        UniqueConstraint(
            "ticket_id",
            "transition_id",
            "part_id",
            name="ticket_parts_required_part_of_visit_key",
            postgresql_nulls_not_distinct=True,
        ),
        Index("ticket_parts_required_of_visit", "transition_id"),
        Index(
            "ticket_parts_required_awaited",
            "expected_at",
            postgresql_where=text("status = ANY (ARRAY['requested'::text, 'ordered'::text])"),
        ),
        Index("ticket_parts_required_of_part", "part_id"),
    )

    ticket_id: UUID = reference("service_tickets.id")
    transition_id: UUID | None = reference("workflow_stage_transitions.id", nullable=True)
    part_id: UUID = reference("equipment_parts.id")
    installed_context: InstalledContext | None = one_of(InstalledContext, nullable=True)
    priority: PartPriority = one_of(PartPriority, default="'required'")
    source: PartSource = one_of(PartSource, default="'engineer'")
    status: PartStatus = one_of(PartStatus, default="'identified'")
    quantity_identified: int = of_type(Integer())
    quantity_ordered: int = of_type(Integer(), default="0")
    quantity_received: int = of_type(Integer(), default="0")
    quantity_used: int = of_type(Integer(), default="0")
    quantity_returned: int = of_type(Integer(), default="0")
    quantity_wasted: int = of_type(Integer(), default="0")
    estimated_unit_price: Decimal | None = of_type(Numeric(12, 2), nullable=True)
    actual_unit_price: Decimal | None = of_type(Numeric(12, 2), nullable=True)
    currency: str = words(default="'USD'")
    estimated_lead_time: timedelta | None = duration(nullable=True)
    supplier: str | None = words(nullable=True)
    purchase_order: str | None = words(nullable=True)
    approved_by_code: str | None = words(nullable=True)
    approved_by_role: Role | None = one_of(Role, nullable=True)
    identified_at: datetime = moment()
    requested_at: datetime | None = moment(nullable=True)
    ordered_at: datetime | None = moment(nullable=True)
    expected_at: datetime | None = moment(nullable=True)
    received_at: datetime | None = moment(nullable=True)
    used_at: datetime | None = moment(nullable=True)
    cancelled_at: datetime | None = moment(nullable=True)
    notes: str = words(default="''")


class Attachment(ChangingRow, table=True):
    """A file of a ticket, by reference."""

    __tablename__ = "stage_attachments"
    __table_args__ = (
        UniqueConstraint(
            "ticket_id",
            "transition_id",
            "sha256",
            name="stage_attachments_same_file_key",
            postgresql_nulls_not_distinct=True,
        ),
        UniqueConstraint("id", "ticket_id"),
        UniqueConstraint("storage_key"),
        Index("stage_attachments_of_visit", "transition_id"),
        Index("stage_attachments_to_delete", "retention_until", postgresql_where=text("deleted_at IS NULL")),
    )

    ticket_id: UUID = reference("service_tickets.id")
    transition_id: UUID | None = reference("workflow_stage_transitions.id", nullable=True)
    category: AttachmentCategory = one_of(AttachmentCategory)
    file_name: str = words()
    media_type: str = words()
    size_bytes: int = of_type(BigInteger())
    sha256: str = words()
    storage_key: str = words()
    description: str = words(default="''")
    uploaded_by_code: str = words()
    uploaded_by_role: Role = one_of(Role)
    uploaded_at: datetime = moment()
    visibility: AttachmentVisibility = one_of(AttachmentVisibility, default="'internal'")
    contains_personal_data: bool = flag(default="false")
    metadata_stripped: bool = flag(default="false")
    retention_until: date | None = of_type(Date(), nullable=True)
    deletion_requested_at: datetime | None = moment(nullable=True)
    deleted_at: datetime | None = moment(nullable=True)
    analysis_status: AnalysisStatus = one_of(AnalysisStatus, default="'not_requested'")
    quality_score: Decimal | None = of_type(Numeric(5, 2), nullable=True)
