"""Whom we serve, and where."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import UniqueConstraint

from models.tables.base import ChangingRow, degrees, flag, reference, words


class Customer(ChangingRow, table=True):
    __tablename__ = "customers"
    __table_args__ = (UniqueConstraint("code"),)

    code: str = words()
    name: str = words()
    calendar_id: UUID | None = reference("business_calendars.id", nullable=True)
    """What the contract agrees on."""
    active: bool = flag(default="true")


class CustomerSite(ChangingRow, table=True):
    """A place at a customer: a ward, an ICU, an imaging department. Clocks run in its time zone."""

    __tablename__ = "customer_sites"
    __table_args__ = (UniqueConstraint("customer_id", "code"), UniqueConstraint("id", "customer_id"))

    customer_id: UUID = reference("customers.id")
    code: str = words()
    name: str = words()
    location: str = words(default="''")
    time_zone: str = words()
    """A name of the IANA database; a trigger checks it."""
    latitude: float | None = degrees()
    longitude: float | None = degrees()
    active: bool = flag(default="true")
