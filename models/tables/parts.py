"""Parts: the catalog, where each is needed, what may stand in for it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, Integer, Numeric, Text, UniqueConstraint, text

from models.tables.base import ChangingRow, duration, flag, of_type, one_of, reference, several, words
from models.vocabulary.equipment import InstalledContext
from models.vocabulary.parts import CompatibilityKind, PartCategory, PartPriority


class Part(ChangingRow, table=True):
    """A part: for a type of equipment, and where it matters for one make or some models only."""

    __tablename__ = "equipment_parts"
    __table_args__ = (
        UniqueConstraint("part_number"),
        Index("equipment_parts_of_type", "equipment_type_id", "part_number"),
    )

    part_number: str = words()
    name: str = words()
    description: str = words(default="''")
    equipment_type_id: UUID = reference("equipment_catalog.id")
    manufacturer_id: UUID | None = reference("manufacturers.id", nullable=True)
    models: list[str] = several(Text(), default="'{}'")
    category: PartCategory = one_of(PartCategory)
    is_oem: bool = flag()
    lifespan: timedelta | None = duration(nullable=True)
    stock_quantity: int = of_type(Integer(), default="0")
    reorder_level: int = of_type(Integer(), default="0")
    unit_price: Decimal = of_type(Numeric(12, 2))
    currency: str = words(default="'USD'")
    lead_time: timedelta = duration()
    discontinued: bool = flag(default="false")


class PartContext(ChangingRow, table=True):
    """How much a part is needed where a unit is installed."""

    __tablename__ = "equipment_parts_context"
    __table_args__ = (UniqueConstraint("part_id", "installed_context"),)

    part_id: UUID = reference("equipment_parts.id", cascade=True)
    installed_context: InstalledContext = one_of(InstalledContext)
    priority: PartPriority = one_of(PartPriority)
    quantity: int = of_type(Integer(), default="1")
    requirements: str = words(default="''")
    notes: str = words(default="''")


class PartCompatibility(ChangingRow, table=True):
    """A part that may stand in for another; interchangeable ones do so in both directions."""

    __tablename__ = "equipment_compatibility"
    __table_args__ = (
        UniqueConstraint("part_id", "alternative_part_id"),
        Index("equipment_compatibility_backwards", "alternative_part_id"),
        Index(
            "equipment_compatibility_one_interchangeable",
            text("LEAST(part_id, alternative_part_id)"),
            text("GREATEST(part_id, alternative_part_id)"),
            unique=True,
            postgresql_where=text("is_interchangeable"),
        ),
    )

    part_id: UUID = reference("equipment_parts.id", cascade=True)
    alternative_part_id: UUID = reference("equipment_parts.id", cascade=True)
    kind: CompatibilityKind = one_of(CompatibilityKind)
    is_interchangeable: bool = flag(default="false")
    contexts: list[str] = several(Text(), default="'{}'")
    notes: str = words(default="''")
