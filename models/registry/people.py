"""Engineers as the registry has them: what they can do, what proves it, where and when they work. No accounts."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from models.registry.lines import Columns, NeededCell, lines_of
from models.registry.places import Day, Latitude, Longitude, RowSaid
from models.registry.texts import Code, Known, Named, Zone, said
from models.vocabulary.people import Capability, SupportLevel


class QualificationLine(Columns):
    """What an engineer can do on a type of equipment, of one make or of any."""

    equipment_type: Known
    manufacturer: Code | None = None
    support_level: SupportLevel
    capabilities: Annotated[list[Capability], Field(min_length=1)]
    years_of_experience: Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)] = 0
    required_certification: NeededCell | None = None


class CertificateLine(Columns):
    """A certificate. It stays on record; one that is not good any more has a day on which it was revoked."""

    certification: NeededCell
    issuing_organization: NeededCell
    certificate_number: NeededCell
    issued_on: Day
    expires_on: Day | None = None
    equipment_type: Known | None = None
    manufacturer: Code | None = None
    revoked_on: Day | None = None


class EngineerSaid(RowSaid):
    """Who does the work."""

    code: Code = said("Code", "Capital letters, digits and hyphens. It never changes.")
    name: Named = said("Name", "What the engineer is called.")
    support_level: SupportLevel = said("Support level", "Up to which level they work.")
    time_zone: Zone = said("Time zone", "A name of the IANA database, such as Asia/Kolkata.")
    shift_calendar: Known | None = said(
        "Shifts", "Code of the calendar that they work by; none: at any time.", default=None
    )
    home_latitude: Latitude | None = said("Home, latitude", "In degrees, between -90 and 90.", default=None)
    home_longitude: Longitude | None = said("Home, longitude", "In degrees, between -180 and 180.", default=None)
    monthly_capacity: Annotated[int, Field(ge=1, le=10_000)] = said(
        "Tickets a month", "How many they can take.", default=30
    )
    qualifications: lines_of(QualificationLine) = said(  # type: ignore[valid-type]
        "Qualifications",
        "A line each: ventilator | HAMILTON | L2 | diagnose, repair | 5 | certificate that it takes",
        default=[],
    )
    certificates: lines_of(CertificateLine) = said(  # type: ignore[valid-type]
        "Certificates",
        "A line each: certificate | issued by | number | issued on | expires on | type | make | revoked on",
        default=[],
    )
