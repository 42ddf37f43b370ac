"""Who does the work, what they can do, when they are away."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Date, ForeignKeyConstraint, Index, Integer, Numeric, Text, UniqueConstraint, text

from models.tables.base import (
    ChangingRow,
    degrees,
    flag,
    identifier,
    moment,
    of_type,
    one_of,
    reference,
    several,
    words,
)
from models.vocabulary.people import AbsenceReason, SupportLevel


class Engineer(ChangingRow, table=True):
    __tablename__ = "engineers"
    __table_args__ = (UniqueConstraint("code"),)

    code: str = words()
    name: str = words()
    support_level: SupportLevel = one_of(SupportLevel)
    active: bool = flag(default="true")
    home_latitude: float | None = degrees()
    home_longitude: float | None = degrees()
    monthly_capacity: int = of_type(Integer(), default="30")
    """Tickets a month."""
    time_zone: str = words(default="'UTC'")
    """A name of the IANA database; a trigger checks it."""
    shift_calendar_id: UUID | None = reference("business_calendars.id", nullable=True)
    """When the engineer works; None: at any time."""


class Expertise(ChangingRow, table=True):
    """What an engineer can do on a type of equipment, of one make or of any."""

    __tablename__ = "engineer_equipment_expertise"
    __table_args__ = (
        UniqueConstraint(
            "engineer_id",
            "equipment_type_id",
            "manufacturer_id",
            name="engineer_equipment_expertise_scope_key",
            postgresql_nulls_not_distinct=True,
        ),
        Index(
            "engineer_equipment_expertise_of_type",
            "equipment_type_id",
            "support_level",
            postgresql_where=text("active"),
        ),
        Index("engineer_equipment_expertise_capabilities", "capabilities", postgresql_using="gin"),
    )

    engineer_id: UUID = reference("engineers.id", cascade=True)
    equipment_type_id: UUID = reference("equipment_catalog.id")
    manufacturer_id: UUID | None = reference("manufacturers.id", nullable=True)
    support_level: SupportLevel = one_of(SupportLevel)
    capabilities: list[str] = several(Text())
    years_of_experience: Decimal = of_type(Numeric(4, 1), default="0")
    required_certification: str | None = words(nullable=True)
    active: bool = flag(default="true")


class Certification(ChangingRow, table=True):
    """A certificate; whether it is active follows from its dates."""

    __tablename__ = "engineer_certifications"
    __table_args__ = (
        ForeignKeyConstraint(
            ["renews_id", "engineer_id"], ["engineer_certifications.id", "engineer_certifications.engineer_id"]
        ),
        UniqueConstraint("id", "engineer_id"),
        UniqueConstraint(
            "issuing_organization",
            "certificate_number",
            name="engineer_certifications_issuing_organization_certificate_nu_key",
        ),
        UniqueConstraint("renews_id"),
        Index("engineer_certifications_of_engineer", "engineer_id", "certification", "expires_on"),
        Index("engineer_certifications_expiring", "expires_on", postgresql_where=text("revoked_on IS NULL")),
    )

    engineer_id: UUID = reference("engineers.id", cascade=True)
    certification: str = words()
    equipment_type_id: UUID | None = reference("equipment_catalog.id", nullable=True)
    manufacturer_id: UUID | None = reference("manufacturers.id", nullable=True)
    issuing_organization: str = words()
    certificate_number: str = words()
    issued_on: date = of_type(Date())
    expires_on: date | None = of_type(Date(), nullable=True)
    renewal_requested_on: date | None = of_type(Date(), nullable=True)
    renews_id: UUID | None = identifier(nullable=True)
    revoked_on: date | None = of_type(Date(), nullable=True)


class Absence(ChangingRow, table=True):
    """When an engineer is away: `[starts_at, ends_at)`."""

    __tablename__ = "engineer_absences"
    __table_args__ = (Index("engineer_absences_by_begin", text("starts_at DESC"), text("id DESC")),)

    engineer_id: UUID = reference("engineers.id", cascade=True)
    starts_at: datetime = moment()
    ends_at: datetime = moment()
    reason: AbsenceReason = one_of(AbsenceReason)
    notes: str = words(default="''")
    active: bool = flag(default="true")
    """False where it was called off."""
