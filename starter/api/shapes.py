"""What programs are answered: the shapes that the API promises, with examples."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from models.contracts.base import Name, Text
from models.vocabulary.people import Role
from models.vocabulary.sla import ClockKind, ClockState, SlaState, TimeOwner
from models.vocabulary.stages import StageStatus
from models.vocabulary.tickets import Priority, TicketStatus

Seconds = Annotated[float, Field(description="Seconds.")]


def example(**fields: Any) -> ConfigDict:
    """A body that takes no unknown fields, with an example for the description."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [fields]})


class Report(BaseModel):
    """A fault, as somebody reports it."""

    model_config = example(
        unit="VENT-ICU-001",
        description="No pressure build-up in volume-controlled mode; the patient was moved to another ventilator.",
        priority="P1",
    )

    unit: Annotated[Name, Field(description="Serial number, UDI, QR token, GS1 scan or id of the unit.")]
    description: Annotated[Text, Field(description="What is wrong, in the reporter's words.")]
    priority: Annotated[Priority, Field(description="P1 is a patient at risk.")]
    key: Annotated[
        str | None,
        Field(
            description="Idempotency key: the same key is the same ticket. The header Idempotency-Key does the same."
        ),
    ] = None
    role: Annotated[
        Role | None, Field(description="In which capacity, for an account that has several. Default: the usual one.")
    ] = None
    on_behalf_of: Annotated[
        Name | None, Field(description="Who said it, where that is not the account that sends it.")
    ] = None


class Opened(BaseModel):
    """The ticket that a report became."""

    number: str
    created: bool = Field(description="False: the key was known, and this is the ticket that it stands for.")
    differs: tuple[str, ...] = Field(description="With a known key: in what this report differs from the ticket's.")
    ticket_id: UUID
    workflow_id: str
    template: str
    serial: str
    priority: Priority
    opened_at: datetime


class ListedTicket(BaseModel):
    """A ticket in a list."""

    ticket_id: UUID
    number: str
    workflow_id: str
    status: TicketStatus
    priority: Priority
    serial: str
    equipment_type: str
    customer_code: str
    site_name: str
    template: str
    description: str
    current_stages: list[str]
    completion_percentage: float = Field(description="Percent of its stages that are done.")
    engineers: list[str] = Field(description="Codes of those who are on it now.")
    sla: SlaState | None = Field(description="The worst running clock; null once it has ended.")
    due_at: datetime | None = Field(description="The nearest deadline that is not past.")
    clocks_met: int
    clocks_breached: int
    opened_at: datetime
    closed_at: datetime | None


class TicketList(BaseModel):
    """A page of tickets."""

    tickets: list[ListedTicket]
    next: str | None = Field(description="`cursor` of the page that follows; null: this is the last one.")


class Answered(BaseModel):
    """What a ticket answered to a command that it has applied."""

    number: str
    command_id: str
    applied_at: datetime
    ticket_status: TicketStatus
    active_stages: tuple[str, ...]
    message: str
    warnings: tuple[str, ...] = Field(
        default=(), description="What speaks against what was done; it stands on record with it."
    )


class StageNow(BaseModel):
    """A stage as its workflow has it."""

    key: str
    name: str
    visit: int
    status: StageStatus
    engineer: str | None
    entered_at: datetime | None
    finished_at: datetime | None
    outcome: str | None
    reason: str
    missing: list[str] = Field(description="What it still takes before it is complete.")


class ClockNow(BaseModel):
    """A clock as its workflow has it."""

    name: str
    kind: ClockKind
    state: ClockState
    target: Seconds
    elapsed: Seconds
    due_at: datetime | None
    fired: list[int] = Field(description="Thresholds that it has passed, in percent.")


class LiveState(BaseModel):
    """A ticket as its workflow has it."""

    number: str
    workflow_type: str
    template: str
    status: TicketStatus
    priority: Priority
    serial: str
    sla: SlaState
    hold: str | None
    resume_at: datetime | None
    active_stages: list[str]
    stages: list[StageNow]
    clocks: list[ClockNow]
    sequence: int = Field(description="Of its newest fact.")
    stored: int = Field(description="Of the newest fact that is on record.")


class StoryLine(BaseModel):
    """What happened, in a sentence."""

    at: datetime
    who: str
    what: str
    times: int = Field(description="How often in a row; refusals that say the same are one line.")
    last_at: datetime | None
    happened_at: datetime | None = Field(description="When it was, where it was told later: then `at` is when it came.")
    claimed_at: datetime | None = Field(
        description="When it was by what was said, where that is not what counts: it lay outside the template's limits."
    )


class Story(BaseModel):
    """The life of a ticket, as it is told to people."""

    number: str
    lines: list[StoryLine]


class LedgerEntryOut(BaseModel):
    """A span of a ticket's life, and whose time it was."""

    start: datetime
    end: datetime
    length: Seconds
    owner: TimeOwner
    because: str
    cause: str


class CalendarSince(BaseModel):
    """Opening hours, and since when they are in force."""

    since: datetime
    calendar: dict[str, Any]


class LedgerOut(BaseModel):
    """Whose time a ticket took: every second has one owner."""

    number: str
    start: datetime
    end: datetime
    ended: bool
    wall_clock: Seconds
    totals: dict[TimeOwner, Seconds]
    shares: dict[TimeOwner, float] = Field(description="Percent of the wall clock.")
    time_zone: str
    calendars: list[CalendarSince]
    entries: list[LedgerEntryOut]


class IntervalOut(BaseModel):
    """A span in which a clock ran or stood still, and why."""

    start: datetime
    end: datetime
    length: Seconds
    counted: Seconds
    cause: str
    detail: str


class Correction(BaseModel):
    """What was reported before it was told that the clock had stopped by then."""

    at: datetime
    lifted: list[int]
    reason: str


class Retarget(BaseModel):
    """A target that was changed."""

    at: datetime
    target: Seconds
    reason: str


class ClockOut(BaseModel):
    """A clock, interval by interval: what it counted, and why."""

    number: str
    clock: str
    kind: ClockKind
    at: datetime
    ended_at: datetime | None
    state: ClockState
    target: Seconds
    first_target: Seconds
    retargets: list[Retarget]
    corrections: list[Correction] = Field(description="Thresholds that were reported and that it had not reached.")
    told_at: datetime | None = Field(description="When its end was told, where that was after it had ended.")
    elapsed: Seconds
    remaining: Seconds
    due_at: datetime | None
    time_zone: str
    calendar: dict[str, Any]
    intervals: list[IntervalOut]
    ahead: list[IntervalOut]


class Health(BaseModel):
    """Whether the server can do its work."""

    ready: bool
    database: bool
    temporal: bool
