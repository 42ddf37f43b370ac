"""What programs are answered about engineers and units."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, Field

from models.vocabulary.people import SupportLevel


class EngineerOut(BaseModel):
    """An engineer as the registry knows them."""

    code: str
    name: str
    support_level: SupportLevel
    time_zone: str
    active: bool


class EngineerList(BaseModel):
    """Engineers by their codes."""

    engineers: list[EngineerOut]
    next: str | None


class UnitOut(BaseModel):
    """A unit as the registry knows it."""

    equipment_id: UUID
    serial: str
    udi: str | None
    equipment_type: str
    equipment_type_name: str
    category: str
    model: str
    manufacturer: str
    manufacturer_name: str
    customer: str
    customer_name: str
    site: str
    site_name: str
    time_zone: str
    installed_context: str
    status: str
    open_tickets: list[str] = Field(description="Numbers of its tickets that have not ended, newest first.")


class UnitList(BaseModel):
    """Units by their serial numbers."""

    units: list[UnitOut]
    next: str | None
