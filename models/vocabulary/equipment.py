"""What is serviced, where it stands, who services it."""

from __future__ import annotations

from enum import StrEnum


class EquipmentCategory(StrEnum):
    IMAGING = "imaging"
    LIFE_SUPPORT = "life_support"
    LABORATORY = "laboratory"
    SURGICAL = "surgical"


class EquipmentStatus(StrEnum):
    """Whether a unit may be reported: a decommissioned one stays on record and takes no tickets."""

    ACTIVE = "active"
    DECOMMISSIONED = "decommissioned"


class InstalledContext(StrEnum):
    ICU = "icu"
    WARD = "ward"
    OPERATING_ROOM = "operating_room"
    EMERGENCY = "emergency"
    IMAGING = "imaging"
    LABORATORY = "laboratory"


class ServiceProvider(StrEnum):
    """Who services a unit: its manufacturer, or we (the name of the house in the requirements is GeneQR)."""

    MANUFACTURER = "manufacturer"
    GENEQR = "geneqr"


class SelectionLevel(StrEnum):
    """At which level of the hierarchy a template or service configuration was found."""

    EQUIPMENT = "equipment"
    MANUFACTURER = "manufacturer"
    DEFAULT = "default"
