"""Customers, their sites, and the units that stand there."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from models.registry.texts import Code, Known, Named, Note, Plain, Serial, Zone, said
from models.vocabulary.equipment import InstalledContext

Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]

EARLIEST, LATEST = date(1950, 1, 1), date(2200, 1, 1)


def _of_our_time(day: date) -> date:
    if not EARLIEST <= day < LATEST:
        raise ValueError(f"{day} is no day of our time: check the year")
    return day


Day = Annotated[date, AfterValidator(_of_our_time)]
"""A day that a person can have meant."""


class RowSaid(BaseModel):
    """What is said of a row."""

    model_config = ConfigDict(extra="forbid")


class CustomerSaid(RowSaid):
    """Whom we serve."""

    code: Code = said("Code", "Capital letters, digits and hyphens. It never changes.")
    name: Named = said("Name", "What the customer is called.")
    calendar: Known | None = said(
        "Calendar", "Code of the calendar that the contract agrees on, if it does.", default=None
    )


class SiteSaid(RowSaid):
    """A place at a customer: a ward, a department. Clocks of its units run in its time zone."""

    customer: Code = said("Customer", "Code of the customer. It never changes.")
    code: Code = said("Code", "Capital letters, digits and hyphens. It never changes.")
    name: Named = said("Name", "What the site is called.")
    location: Note = said("Location", "Where it is, for whoever goes there.", default="")
    time_zone: Zone = said("Time zone", "A name of the IANA database, such as Asia/Kolkata.")
    latitude: Latitude | None = said("Latitude", "In degrees, between -90 and 90.", default=None)
    longitude: Longitude | None = said("Longitude", "In degrees, between -180 and 180.", default=None)


class UnitSaid(RowSaid):
    """A unit: one device at one place."""

    serial: Serial = said("Serial number", "As it stands on the device.")
    udi: Plain | None = said("UDI", "Unique device identifier, if the label has one.", default=None)
    qr_token: Annotated[Plain, Field(min_length=8)] | None = said(
        "QR token", "What its own QR label says, if it has one.", default=None
    )
    equipment_type: Known = said("Type of equipment", "Code of the type of equipment.")
    manufacturer: Code = said("Manufacturer", "Code of the manufacturer.")
    model: Named = said("Model", "As the manufacturer calls it.")
    customer: Code = said("Customer", "Code of the customer.")
    site: Code = said("Site", "Code of the customer's site where it stands.")
    installed_context: InstalledContext = said("Used in", "Where it is used.")
    installed_on: Day | None = said("Installed on", "Not in the future.", default=None)
    warranty_until: Day | None = said("Warranty until", "Not before it was installed.", default=None)
    contract_until: Day | None = said("Contract until", "Not before it was installed.", default=None)
