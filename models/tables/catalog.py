"""What is serviced: manufacturers, types of equipment, units, and who services them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Date, ForeignKeyConstraint, Index, Text, UniqueConstraint, text

from models.tables.base import (
    ChangingRow,
    duration,
    flag,
    identifier,
    moment,
    of_type,
    one_of,
    reference,
    several,
    words,
)
from models.vocabulary.equipment import EquipmentCategory, EquipmentStatus, InstalledContext, ServiceProvider


class Manufacturer(ChangingRow, table=True):
    __tablename__ = "manufacturers"
    __table_args__ = (UniqueConstraint("code"), UniqueConstraint("name"))

    code: str = words()
    name: str = words()
    service_desk: str | None = words(nullable=True)
    """Where its tickets are handed over, unless a service configuration names another desk."""
    synonyms: list[str] = several(Text(), default="'{}'")
    """Other names that a registry may use."""
    active: bool = flag(default="true")


class EquipmentType(ChangingRow, table=True):
    """A type of equipment. Make and model belong to the unit."""

    __tablename__ = "equipment_catalog"
    __table_args__ = (UniqueConstraint("code"), UniqueConstraint("name"))

    code: str = words()
    name: str = words()
    category: EquipmentCategory = one_of(EquipmentCategory)
    use_case: str = words(default="''")
    maintenance_interval: timedelta | None = duration(nullable=True)
    maintenance_requirements: str = words(default="''")
    synonyms: list[str] = several(Text(), default="'{}'")
    """Other names that a registry may use."""
    product_codes: list[str] = several(Text(), default="'{}'")
    """FDA product codes, three letters each."""
    active: bool = flag(default="true")


class Equipment(ChangingRow, table=True):
    """A unit: one device at one place."""

    __tablename__ = "equipment_registry"
    __table_args__ = (
        UniqueConstraint("serial"),
        UniqueConstraint("udi"),
        UniqueConstraint("qr_token"),
        Index("equipment_registry_by_key", text("spelling_key(serial)")),
        Index("equipment_registry_by_look", text("spelling_look(serial)")),
        Index("equipment_registry_by_token", text("spelling_key(qr_token)")),
        Index("equipment_registry_of_manufacturer", "manufacturer_id"),
        Index("equipment_registry_of_device", "udi", postgresql_ops={"udi": "text_pattern_ops"}),
        ForeignKeyConstraint(["site_id", "customer_id"], ["customer_sites.id", "customer_sites.customer_id"]),
    )

    serial: str = words()
    udi: str | None = words(nullable=True)
    qr_token: str | None = words(nullable=True)
    equipment_type_id: UUID = reference("equipment_catalog.id")
    manufacturer_id: UUID = reference("manufacturers.id")
    model: str = words()
    customer_id: UUID = reference("customers.id")
    site_id: UUID = identifier()
    installed_context: InstalledContext = one_of(InstalledContext)
    installed_on: date | None = of_type(Date(), nullable=True)
    warranty_until: date | None = of_type(Date(), nullable=True)
    contract_until: date | None = of_type(Date(), nullable=True)
    status: EquipmentStatus = one_of(EquipmentStatus, default="'active'")


class ServiceConfig(ChangingRow, table=True):
    """Who services what, and how fast. An empty scope is the default; the most specific one in force wins."""

    __tablename__ = "manufacturer_service_config"
    __table_args__ = (UniqueConstraint("code"),)

    code: str = words()
    equipment_type_id: UUID | None = reference("equipment_catalog.id", nullable=True)
    manufacturer_id: UUID | None = reference("manufacturers.id", nullable=True)
    service_provider: ServiceProvider = one_of(ServiceProvider)
    parts_provider: ServiceProvider = one_of(ServiceProvider)
    response_target: timedelta = duration()
    parts_lead_time: timedelta = duration()
    oem_parts_only: bool = flag()
    manufacturer_desk: str | None = words(nullable=True)
    active: bool = flag(default="true")
    valid_from: datetime = moment(default="now()")
    valid_to: datetime | None = moment(nullable=True)
    calendar_id: UUID | None = reference("business_calendars.id", nullable=True)
