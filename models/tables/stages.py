"""What happened in a ticket's stages: visits, who was on them, what was done."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Integer, Numeric, SmallInteger, UniqueConstraint, text

from models.tables.base import ChangingRow, document, duration, flag, moment, of_type, one_of, reference, words
from models.vocabulary.people import Role, SupportLevel
from models.vocabulary.stages import (
    AssignmentStatus,
    AssignmentType,
    DeclineReason,
    OfferAnswer,
    StageOutcome,
    StageStatus,
    StageType,
    WithdrawalCause,
    WorkLocation,
)


class StageTransition(ChangingRow, table=True):
    """One visit to one stage. Going back to a stage makes a further visit, and history keeps both."""

    __tablename__ = "workflow_stage_transitions"
    __table_args__ = (UniqueConstraint("instance_id", "stage_key", "visit"),)

    instance_id: UUID = reference("ticket_workflow_instances.id")
    stage_key: str = words()
    name: str = words()
    stage_type: StageType = one_of(StageType)
    position: int = of_type(Integer())
    visit: int = of_type(Integer(), default="1")
    status: StageStatus = one_of(StageStatus, default="'pending'")
    support_level: SupportLevel = one_of(SupportLevel)
    target_duration: timedelta = duration()
    entered_at: datetime | None = moment(nullable=True)
    finished_at: datetime | None = moment(nullable=True)
    finished_by_code: str | None = words(nullable=True)
    finished_by_role: Role | None = one_of(Role, nullable=True)
    outcome: StageOutcome | None = one_of(StageOutcome, nullable=True)
    reason: str = words(default="''")
    notes: str = words(default="''")
    travel_started_at: datetime | None = moment(nullable=True)
    arrived_at: datetime | None = moment(nullable=True)


class StageAssignment(ChangingRow, table=True):
    """An engineer on a visit; at most one active primary one."""

    __tablename__ = "stage_assignments"
    __table_args__ = (
        Index("stage_assignments_of_visit", "transition_id"),
        Index("stage_assignments_ever", "engineer_id"),
        Index("stage_assignments_now", "engineer_id", "transition_id", postgresql_where=text("ended_at IS NULL")),
        Index(
            "stage_assignments_of_engineer",
            "engineer_id",
            "assigned_at",
            postgresql_where=text("assignment_type = 'primary'"),
        ),
        Index(
            "stage_assignments_at_work",
            "engineer_id",
            postgresql_where=text("assignment_type = 'primary' AND status = 'active'"),
        ),
        Index(
            "stage_assignments_one_primary",
            "transition_id",
            unique=True,
            postgresql_where=text("assignment_type = 'primary' AND status = 'active'"),
        ),
    )

    transition_id: UUID = reference("workflow_stage_transitions.id")
    engineer_id: UUID = reference("engineers.id")
    assignment_type: AssignmentType = one_of(AssignmentType, default="'primary'")
    status: AssignmentStatus = one_of(AssignmentStatus, default="'active'")
    assigned_at: datetime = moment()
    ended_at: datetime | None = moment(nullable=True)
    assigned_by_code: str = words()
    assigned_by_role: Role = one_of(Role)
    work_location: WorkLocation = one_of(WorkLocation, default="'remote'")
    travel_distance_km: Decimal | None = of_type(Numeric(7, 1), nullable=True)
    travel_requirements: str = words(default="''")
    notes: str = words(default="''")


class OfferAnswerRow(ChangingRow, table=True):
    """One engineer whom a visit was offered to, and what they said."""

    __tablename__ = "offer_answers"
    __table_args__ = (
        UniqueConstraint("transition_id", "offer", "place"),
        UniqueConstraint("transition_id", "offer", "engineer_id"),
        Index("offer_answers_one_asked", "transition_id", unique=True, postgresql_where=text("answer = 'asked'")),
        Index("offer_answers_of_engineer", "engineer_id", "transition_id"),
        Index("offer_answers_open", "answer_until", postgresql_where=text("answer = 'asked'")),
    )

    transition_id: UUID = reference("workflow_stage_transitions.id")
    engineer_id: UUID = reference("engineers.id")
    offer: int = of_type(Integer())
    place: int = of_type(Integer())
    answer: OfferAnswer = one_of(OfferAnswer, default="'waiting'")
    named: bool = flag()
    offered_by_code: str = words()
    offered_by_role: Role = one_of(Role)
    offered_at: datetime = moment()
    asked_at: datetime | None = moment(nullable=True)
    answer_until: datetime | None = moment(nullable=True)
    answered_at: datetime | None = moment(nullable=True)
    decline_reason: DeclineReason | None = one_of(DeclineReason, nullable=True)
    ended_because: WithdrawalCause | None = one_of(WithdrawalCause, nullable=True)
    remark: str = words(default="''")


class StageExecution(ChangingRow, table=True):
    """What was done in a completed visit: the answers whole, and the well-known ones as columns."""

    __tablename__ = "stage_execution_data"
    __table_args__ = (UniqueConstraint("transition_id"),)

    transition_id: UUID = reference("workflow_stage_transitions.id")
    actions: dict[str, Any] = document(default="'{}'")
    diagnosis_summary: str | None = words(nullable=True)
    work_performed: str | None = words(nullable=True)
    test_results: dict[str, Any] | None = document(nullable=True)
    """The answers whose keys end in `_test_passed`."""
    customer_signature: str | None = words(nullable=True)
    customer_rating: int | None = of_type(SmallInteger(), nullable=True)
    forms: dict[str, Any] = document(default="'{}'")
    """Forms and checklists, by key."""
    completion_criteria: list[dict[str, Any]] = document(default="'[]'")
    """The required actions that were asked for."""
    customer_feedback: str | None = words(nullable=True)
    signed_at: datetime | None = moment(nullable=True)
    signature_meaning: str | None = words(nullable=True)
    signature: dict[str, Any] | None = document(nullable=True)
    """Of a person, whole; NULL: nobody signed, or by a text alone."""
