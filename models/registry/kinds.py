"""The kinds of the registry: of each what can be said, and what it is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, Optional

from pydantic import BaseModel, Field, create_model
from pydantic.fields import FieldInfo

from models.registry.absences import AbsenceSaid
from models.registry.calendars import CalendarRule, CalendarSaid
from models.registry.catalog import EquipmentTypeSaid, ManufacturerSaid
from models.registry.parts import PartSaid
from models.registry.people import EngineerSaid
from models.registry.places import CustomerSaid, RowSaid, SiteSaid, UnitSaid
from models.vocabulary.registry import RegistryKind


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of rows.

    Attributes:
        one: what one of them is called.
        many: what all of them are called.
        said: what can be said of it.
        fixed: fields that identify it for as long as it is there.
        title: fields by which a list names it, the first one links to it.
        example: what a request may say of a new one.
        rule: what its fields have to be together, also where some are changed.
        touches: what it means for tickets that have not ended when a row changes; empty: nothing.
    """

    one: str
    many: str
    said: type[RowSaid]
    fixed: frozenset[str]
    title: tuple[str, ...]
    example: Mapping[str, Any]
    touches: str = ""
    rule: type[RowSaid] = RowSaid


AS_OPENED = (
    "Tickets that have not ended go on by the terms that they were opened with, until their contract is read anew "
    "(change contract)."
)

KINDS: Mapping[RegistryKind, Kind] = MappingProxyType(
    {
        RegistryKind.CUSTOMERS: Kind(
            "customer",
            "Customers",
            CustomerSaid,
            frozenset({"code"}),
            ("code", "name", "calendar"),
            {"code": "LAKESIDE", "name": "Lakeside Hospital", "calendar": None},
            AS_OPENED,
        ),
        RegistryKind.SITES: Kind(
            "site",
            "Sites",
            SiteSaid,
            frozenset({"customer", "code"}),
            ("code", "customer", "name", "time_zone"),
            {"customer": "AIIMS", "code": "ICU-9", "name": "ICU on floor 9", "time_zone": "Asia/Kolkata"},
            AS_OPENED,
        ),
        RegistryKind.UNITS: Kind(
            "unit",
            "Units",
            UnitSaid,
            frozenset(),
            ("serial", "manufacturer", "model", "customer", "site"),
            {
                "serial": "VENT-ICU-901",
                "equipment_type": "ventilator",
                "manufacturer": "HAMILTON",
                "model": "HAMILTON-C6",
                "customer": "AIIMS",
                "site": "IMAGING",
                "installed_context": "icu",
                "installed_on": "2026-03-02",
            },
            "Tickets that have not ended keep the unit as it was when they were opened.",
        ),
        RegistryKind.CALENDARS: Kind(
            "calendar",
            "Calendars",
            CalendarSaid,
            frozenset({"code"}),
            ("code", "name", "holiday_country"),
            {
                "code": "lakeside_days",
                "name": "Lakeside, by day",
                "holiday_country": "IN",
                "hours": [{"weekday": 1, "opens": "08:00:00", "closes": "17:00:00"}],
                "holidays": [{"day": "2027-12-24", "name": "Christmas Eve"}],
            },
            AS_OPENED,
            CalendarRule,
        ),
        RegistryKind.PARTS: Kind(
            "part",
            "Parts",
            PartSaid,
            frozenset({"part_number"}),
            ("part_number", "name", "equipment_type", "manufacturer", "stock_quantity"),
            {
                "part_number": "HM-FLOW-901",
                "name": "Flow sensor",
                "equipment_type": "ventilator",
                "manufacturer": "HAMILTON",
                "category": "sensor",
                "is_oem": True,
                "unit_price": "119.00",
                "lead_time_days": 3,
                "contexts": [{"installed_context": "icu", "priority": "required"}],
            },
            "Tickets that need it keep it on their lists.",
        ),
        RegistryKind.ENGINEERS: Kind(
            "engineer",
            "Engineers",
            EngineerSaid,
            frozenset({"code"}),
            ("code", "name", "support_level", "time_zone"),
            {
                "code": "ENG-901",
                "name": "Anna Berg",
                "support_level": "L2",
                "time_zone": "Asia/Kolkata",
                "qualifications": [
                    {"equipment_type": "ventilator", "support_level": "L2", "capabilities": ["diagnose", "repair"]}
                ],
            },
            "They stay on the tickets that they are on, until somebody else is put on those.",
        ),
        RegistryKind.ABSENCES: Kind(
            "absence",
            "Absences",
            AbsenceSaid,
            frozenset({"engineer"}),
            ("starts_at", "engineer", "ends_at", "kind"),
            {"engineer": "ENG-004", "starts_at": "2027-12-24", "ends_at": "2027-12-31", "kind": "leave"},
            "Tickets that the engineer is on stay theirs, until somebody else is put on those.",
        ),
        RegistryKind.MANUFACTURERS: Kind(
            "manufacturer",
            "Manufacturers",
            ManufacturerSaid,
            frozenset({"code"}),
            ("code", "name", "service_desk"),
            {"code": "LAKEMED", "name": "Lake Medical", "service_desk": "lakemed-desk", "synonyms": ["Lake Med."]},
            "Tickets that have not ended keep the desk that they were opened with.",
        ),
        RegistryKind.EQUIPMENT_TYPES: Kind(
            "type of equipment",
            "Types of equipment",
            EquipmentTypeSaid,
            frozenset({"code"}),
            ("code", "name", "category"),
            {
                "code": "syringe_driver",
                "name": "Syringe Driver",
                "category": "life_support",
                "maintenance_days": 365,
                "synonyms": ["Syringe pump for palliative care"],
            },
            "Tickets that have not ended go on as they were opened.",
        ),
    }
)


@cache
def change_of(kind: RegistryKind) -> type[BaseModel]:
    """What can be said of a row that is there: some of its fields."""
    said = KINDS[kind].said
    fields: dict[str, Any] = {
        name: (Optional[_same(one)], Field(None, title=one.title, description=one.description))  # noqa: UP045 - made at run time
        for name, one in said.model_fields.items()
    }
    return create_model(
        f"{said.__name__.removesuffix('Said')}Change", __base__=KINDS[kind].rule, __doc__=said.__doc__, **fields
    )


def _same(one: FieldInfo) -> Any:
    """What a field takes, without its default."""
    return Annotated[one.annotation, *one.metadata] if one.metadata else one.annotation
