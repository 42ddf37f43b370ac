"""What the registry has, and what is done about its rows."""

from __future__ import annotations

from enum import StrEnum


class RegistryKind(StrEnum):
    """A kind of rows that administrators keep."""

    CUSTOMERS = "customers"
    SITES = "sites"
    UNITS = "units"
    CALENDARS = "calendars"
    PARTS = "parts"
    ENGINEERS = "engineers"
    ABSENCES = "absences"
    MANUFACTURERS = "manufacturers"
    EQUIPMENT_TYPES = "equipment_types"


class RegistryDoing(StrEnum):
    """What is done about a row. None is ever deleted: what refers to it would lose it."""

    ADD = "add"
    CHANGE = "change"
    RETIRE = "retire"
    RESTORE = "restore"
