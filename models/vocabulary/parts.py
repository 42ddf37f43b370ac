"""Parts, and how far one has come."""

from __future__ import annotations

from enum import StrEnum


class PartCategory(StrEnum):
    PRIMARY_COMPONENT = "primary_component"
    SECONDARY_COMPONENT = "secondary_component"
    CONSUMABLE = "consumable"
    SENSOR = "sensor"
    ACCESSORY = "accessory"
    POWER_SUPPLY = "power_supply"


class PartPriority(StrEnum):
    """How much a part is needed where a unit is installed."""

    REQUIRED = "required"
    PREFERRED = "preferred"
    OPTIONAL = "optional"
    ALTERNATIVE = "alternative"


class CompatibilityKind(StrEnum):
    """How well one part stands in for another."""

    IDENTICAL = "identical"
    EQUIVALENT = "equivalent"
    WITH_ADAPTER = "with_adapter"
    TEMPORARY = "temporary"


class PartSource(StrEnum):
    """Who said that a ticket needs a part."""

    ENGINEER = "engineer"
    COORDINATOR = "coordinator"
    AI = "ai"


class PartStatus(StrEnum):
    """How far a part of a ticket has come."""

    IDENTIFIED = "identified"
    REQUESTED = "requested"
    ORDERED = "ordered"
    RECEIVED = "received"
    USED = "used"
    CANCELLED = "cancelled"
