"""What `dispatch_problem()` answers, typed."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from models.vocabulary.people import SupportLevel
from models.vocabulary.stages import StageType, WorkLocation
from models.vocabulary.tickets import Priority


class RecordPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class SkillRow(RecordPart):
    equipment_type: str
    manufacturer: str | None
    level: SupportLevel
    capabilities: frozenset[str]
    certification: str | None


class CertificateRow(RecordPart):
    certification: str
    equipment_type: str | None
    manufacturer: str | None
    valid_from: date
    valid_until: date | None


class EngineerRow(RecordPart):
    """An engineer in use.

    Attributes:
        calendar: of the shifts, as `frozen_calendar()` takes it; None: no version is in force, or there are no shifts.
        room: visits until the monthly capacity is used up.
        absences: `from` and `until` as PostgreSQL writes instants, which may be infinite.
    """

    engineer_id: UUID
    code: str
    name: str
    support_level: SupportLevel
    time_zone: str
    latitude: float | None
    longitude: float | None
    has_shifts: bool
    calendar: dict[str, Any] | None
    room: int
    skills: tuple[SkillRow, ...]
    certificates: tuple[CertificateRow, ...]
    absences: tuple[dict[str, str], ...]


class VisitRow(RecordPart):
    """An open visit on site.

    Attributes:
        pending: its stage waits for nothing but parts.
        under_way: since when its engineer is on the way or there.
    """

    transition_id: UUID
    number: str
    workflow_id: str
    stage_key: str
    stage_name: str
    stage_type: StageType
    visit: int
    pending: bool
    priority: Priority
    support_level: SupportLevel
    equipment_type: str
    manufacturer: str
    customer: str
    site: str
    latitude: float | None
    longitude: float | None
    calendar: dict[str, Any]
    ready_at: AwareDatetime | None
    arrival_due: AwareDatetime | None
    resolution_due: AwareDatetime | None
    stage_due: AwareDatetime | None
    engineer: str | None
    work_location: WorkLocation | None
    crew: int
    under_way: AwareDatetime | None
    arrived: bool
    planned_at: AwareDatetime | None

    @property
    def key(self) -> str:
        """How the plan names it: the ticket, its stage, and which visit of it where that is not the first."""
        return f"{self.number}:{self.stage_key}" + (f"#{self.visit}" if self.visit > 1 else "")


class DurationRow(RecordPart):
    """How long visits took: of a type of equipment, or (None) of any. Seconds."""

    stage_type: StageType
    equipment_type: str | None
    visits: int
    median: float


class DispatchRecord(RecordPart):
    engineers: tuple[EngineerRow, ...]
    visits: tuple[VisitRow, ...]
    durations: tuple[DurationRow, ...]
