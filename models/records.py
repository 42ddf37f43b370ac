"""What the database says of one ticket: the answer of `get_ticket()`, typed.

`tests/migrations/test_records.py` holds these against the function: nothing is missing, and nothing more is said. What
people chose the shape of (answers, proposals of AI, facts) stays JSON.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, ValidationError, WithJsonSchema

from models.contracts.notices import Words, words_of
from models.contracts.templates import StageDefinition
from models.sla.calendar import Calendar
from models.vocabulary.ai import DiagnosisStatus, EngineerOutcome, IssueCategory, Severity
from models.vocabulary.equipment import EquipmentCategory, EquipmentStatus, InstalledContext
from models.vocabulary.notifications import NotificationStatus
from models.vocabulary.people import Role, SupportLevel
from models.vocabulary.sla import ClockEventKind, ClockKind, ClockState, SlaState
from models.vocabulary.stages import (
    AssignmentStatus,
    AssignmentType,
    StageOutcome,
    StageStatus,
    StageType,
    WorkLocation,
)
from models.vocabulary.tickets import InstanceStatus, Priority, TicketStatus

JsonObject = dict[str, Any]


def _span(value: Any) -> Any:
    """Seconds to the microsecond; pydantic would take the fraction apart another way."""
    return timedelta(seconds=value) if isinstance(value, int | float) else value


Span = Annotated[
    timedelta, BeforeValidator(_span), WithJsonSchema({"type": "number", "description": "Seconds."}, mode="validation")
]
"""A length of time, which the database says in seconds."""

Moment = AwareDatetime


class UnreadableRecord(ValueError):  # noqa: N818 - says what it is at the place of `except`
    """The record says something that this version has no place for; the sentence says where and what to do."""


class _Part(BaseModel):
    """What a newer schema says beside it is left out."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Row(_Part):
    """A whole row."""

    id: UUID
    created_at: Moment
    updated_at: Moment


class RecordedTicket(_Row):
    """The ticket's own row, its workflow, and its clocks in short.

    Attributes:
        hold_reason: codes of the reasons of its holds, with a comma and a blank between them.
        sla: of its open clocks; None once it has ended. Likewise `due_at`, the nearest deadline that is not past.
    """

    number: str
    idempotency_key: str | None
    workflow_id: str
    equipment_id: UUID
    customer_id: UUID
    site_id: UUID
    service_configuration_id: UUID
    description: str
    priority: Priority
    reporter_code: str
    reporter_role: Role
    status: TicketStatus
    opened_at: Moment
    closed_at: Moment | None
    end_reason: str
    hold_reason: str | None
    held_since: Moment | None
    resume_at: Moment | None
    verified_cause: str | None
    verified_code: str | None
    verified_by_code: str | None
    verified_at: Moment | None
    reopened: int
    last_sequence: int
    recorded_at: Moment
    workflow_type: str
    run_id: str
    template: str
    template_name: str
    template_version: int
    instance_status: InstanceStatus
    current_stages: tuple[str, ...]
    completion_percentage: Decimal
    issues_raised: int
    latest_issue: str | None
    latest_issue_at: Moment | None
    sla: SlaState | None
    due_at: Moment | None
    clocks_met: int
    clocks_breached: int


class RecordedUnit(_Part):
    """The unit as the registry knows it now."""

    equipment_id: UUID
    serial: str
    udi: str | None
    equipment_type: str
    category: EquipmentCategory
    model: str
    manufacturer: str
    customer_id: UUID
    customer_code: str
    customer_name: str
    site_id: UUID
    site_name: str
    time_zone: str
    installed_context: InstalledContext
    status: EquipmentStatus


class RecordedAssignment(_Part):
    engineer_code: str
    engineer_name: str
    support_level: SupportLevel
    assignment_type: AssignmentType
    status: AssignmentStatus
    work_location: WorkLocation
    travel_distance_km: Decimal | None
    travel_requirements: str
    notes: str
    assigned_at: Moment
    ended_at: Moment | None
    assigned_by_code: str
    assigned_by_role: Role


class RecordedWork(_Part):
    """What was done in a completed visit: the answers whole, and the well-known ones by name."""

    actions: JsonObject
    forms: JsonObject
    completion_criteria: list[JsonObject]
    diagnosis_summary: str | None
    work_performed: str | None
    test_results: JsonObject | None
    customer_signature: str | None
    signed_at: Moment | None
    signature_meaning: str | None
    signature: JsonObject | None
    customer_rating: int | None
    customer_feedback: str | None


class RecordedStage(_Row):
    """A visit of a stage."""

    instance_id: UUID
    stage_key: str
    name: str
    stage_type: StageType
    position: int
    visit: int
    status: StageStatus
    support_level: SupportLevel
    target_duration: Span
    entered_at: Moment | None
    finished_at: Moment | None
    finished_by_code: str | None
    finished_by_role: Role | None
    outcome: StageOutcome | None
    reason: str
    notes: str
    travel_started_at: Moment | None
    arrived_at: Moment | None
    assignments: tuple[RecordedAssignment, ...]
    execution: RecordedWork | None


class RecordedClockEvent(_Part):
    sequence: int
    kind: ClockEventKind
    percent: int | None
    reason: str
    occurred_at: Moment
    elapsed: Span
    due_at: Moment | None
    state: ClockState
    target: Span | None
    counts_from: Moment | None
    told_at: Moment | None
    lifted: tuple[int, ...]


class RecordedClock(_Row):
    """A clock with its events; `stage_key` and `visit` of a stage's clock."""

    ticket_id: UUID
    transition_id: UUID | None
    kind: ClockKind
    name: str
    target: Span
    state: ClockState
    started_at: Moment
    due_at: Moment | None
    elapsed: Span
    ended_at: Moment | None
    thresholds_fired: tuple[int, ...]
    calendar_snapshot: JsonObject | None
    stage_key: str | None
    visit: int | None
    events: tuple[RecordedClockEvent, ...]


class DiagnosisOnRecord(_Part):
    """What AI held to be the fault, what a person decided, what proved true."""

    diagnosis_id: UUID
    session_id: UUID
    stage_key: str | None
    visit: int | None
    provider_code: str
    model_code: str | None
    proposed_at: Moment
    summary: str
    confidence: Decimal
    root_cause: str
    hypotheses: list[JsonObject]
    issue_category: IssueCategory
    severity: Severity
    problem_code: str | None
    support_level: SupportLevel
    remote_fix_possible: bool
    remote_fix_steps: list[Any]
    recommended_actions: list[Any]
    recommended_parts: list[Any]
    evidence: list[Any]
    flags: tuple[str, ...]
    status: DiagnosisStatus
    decided_by_code: str | None
    decided_by_role: Role | None
    decided_at: Moment | None
    corrected_cause: str | None
    corrected_code: str | None
    was_correct: bool | None
    verified_cause: str | None
    verified_code: str | None
    verified_at: Moment | None


class RecommendationOnRecord(_Part):
    """An engineer whom AI recommended for a visit, and what became of that; of each stage the newest ones."""

    recommendation_id: UUID
    session_id: UUID
    stage_key: str | None
    visit: int | None
    provider_code: str
    model_code: str | None
    proposed_at: Moment
    rank: int
    engineer_code: str
    engineer_name: str
    support_level: SupportLevel
    overall_score: Decimal
    expertise_score: Decimal
    availability_score: Decimal
    location_score: Decimal | None
    performance_score: Decimal
    workload_score: Decimal
    reasoning: str
    strengths: tuple[str, ...]
    concerns: tuple[str, ...]
    outcome: EngineerOutcome
    decided_at: Moment | None
    fixed_at_first_visit: bool | None


class RecordedNotification(_Row):
    """Who is to be told: of a kind with facts, or by a text of before."""

    ticket_id: UUID
    sequence: int
    recipient_role: Role
    level: SupportLevel | None
    kind: str | None
    facts: JsonObject | None
    subject: str | None
    body: str | None
    status: NotificationStatus
    raised_at: Moment

    @property
    def words(self) -> Words:
        """How it reads."""
        return words_of(self.model_dump())


class TimelineEntry(_Part):
    """A fact as the audit trail has it; without a sequence number what was sent when the ticket had ended."""

    id: UUID
    sequence: int | None
    entry_number: int
    ticket_id: UUID | None
    occurred_at: Moment
    recorded_at: Moment
    actor_code: str
    actor_role: Role
    action: str
    reason: str
    command_id: str | None
    new_value: JsonObject | None
    old_value: JsonObject | None
    hash: str

    @property
    def happened_at(self) -> datetime:
        """When it was: before `occurred_at`, when the ticket learned of it, where it was told later."""
        told = (self.new_value or {}).get("happened_at")
        return datetime.fromisoformat(told) if isinstance(told, str) else self.occurred_at

    @property
    def who(self) -> str:
        """Who did it, and for whom they said it where that was somebody else."""
        actor = (self.new_value or {}).get("actor")
        behalf = actor.get("on_behalf_of") if isinstance(actor, dict) else None
        return f"{self.actor_code} for {behalf}" if behalf else self.actor_code


class TicketRecord(_Part):
    """Everything about one ticket, as `ticket show` prints it. Lists are in their order.

    Attributes:
        calendar: the one in force, as it is frozen; `business_calendar` reads it.
        template_stages: of the template, as they are frozen; `stage_definitions` reads them.
    """

    ticket: RecordedTicket
    unit: RecordedUnit
    calendar: JsonObject
    template_stages: list[JsonObject]
    stages: tuple[RecordedStage, ...]
    clocks: tuple[RecordedClock, ...]
    diagnoses: tuple[DiagnosisOnRecord, ...]
    recommendations: tuple[RecommendationOnRecord, ...] = ()
    notifications: tuple[RecordedNotification, ...]
    timeline: tuple[TimelineEntry, ...]

    @classmethod
    def parse(cls, document: str) -> TicketRecord:
        """The record that `get_ticket()` has answered.

        Raises:
            UnreadableRecord: it holds what this version does not know, such as a word of a newer one.
        """
        try:
            return cls.model_validate_json(document)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise UnreadableRecord(
                f"the record of the ticket is not one that this version can read ({where}: {first['msg']}); "
                "use the version that the database was migrated with"
            ) from None

    @cached_property
    def business_calendar(self) -> Calendar:
        """The calendar in force.

        Raises:
            ValidationError: its time zone is not known here.
        """
        return Calendar.model_validate(self.calendar)

    @cached_property
    def stage_definitions(self) -> tuple[StageDefinition, ...]:
        """The stages of the template.

        Raises:
            ValidationError: they are none that this version knows.
        """
        return tuple(StageDefinition.model_validate(one) for one in self.template_stages)

    def clock(self, name: str) -> RecordedClock | None:
        """The clock of that name; None where there is none."""
        return next((one for one in self.clocks if one.name == name), None)

    def last_told_at(self) -> datetime:
        """When the newest entry of its timeline happened."""
        return self.timeline[-1].occurred_at
