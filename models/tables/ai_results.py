"""What was said to and by models, and what became of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Integer, Numeric, SmallInteger, Text, UniqueConstraint, text

from models.tables.base import (
    ChangingRow,
    document,
    duration,
    flag,
    identifier,
    moment,
    of_type,
    one_of,
    reference,
    several,
    words,
)
from models.vocabulary.ai import (
    AiTask,
    DiagnosisStatus,
    EngineerOutcome,
    FeedbackKind,
    IssueCategory,
    MessageRole,
    PartOutcome,
    Severity,
    TrainingPriority,
)
from models.vocabulary.equipment import InstalledContext
from models.vocabulary.people import Role, SupportLevel


class AiMessage(ChangingRow, table=True):
    """One message to or from a model."""

    __tablename__ = "ai_conversations"
    __table_args__ = (
        ForeignKeyConstraint(["model_id", "provider_id"], ["ai_models.id", "ai_models.provider_id"]),
        UniqueConstraint("session_id", "message_index"),
        Index("ai_conversations_of_ticket", "ticket_id", "occurred_at"),
        Index(
            "ai_conversations_spend",
            text("((occurred_at AT TIME ZONE 'UTC'::text)::date)"),
            "provider_id",
            postgresql_where=text("role = 'assistant'::text"),
        ),
    )

    session_id: UUID = identifier()
    message_index: int = of_type(Integer())
    ticket_id: UUID | None = reference("service_tickets.id", nullable=True)
    transition_id: UUID | None = reference("workflow_stage_transitions.id", nullable=True)
    task: AiTask = one_of(AiTask)
    provider_id: UUID = reference("ai_providers.id")
    model_id: UUID | None = identifier(nullable=True)
    role: MessageRole = one_of(MessageRole)
    content: str = words(default="''")
    function_name: str | None = words(nullable=True)
    function_arguments: dict[str, Any] | None = document(nullable=True)
    input_tokens: int = of_type(Integer(), default="0")
    cached_input_tokens: int = of_type(Integer(), default="0")
    output_tokens: int = of_type(Integer(), default="0")
    cost_usd: Decimal = of_type(Numeric(14, 6), default="0")
    latency: timedelta | None = duration(nullable=True)
    request_id: str | None = words(nullable=True)
    finish_reason: str | None = words(nullable=True)
    prompt_hash: str | None = words(nullable=True)
    error: str | None = words(nullable=True)
    occurred_at: datetime = moment()


class AiDiagnosis(ChangingRow, table=True):
    """What a model holds to be the fault, what a person decided, what proved true."""

    __tablename__ = "ai_diagnosis_results"
    __table_args__ = (
        ForeignKeyConstraint(["model_id", "provider_id"], ["ai_models.id", "ai_models.provider_id"]),
        UniqueConstraint("id", "ticket_id"),
        UniqueConstraint("session_id"),
        Index("ai_diagnosis_results_of_ticket", "ticket_id", text("proposed_at DESC")),
        Index("ai_diagnosis_results_proposed", "proposed_at"),
        Index(
            "ai_diagnosis_results_verified_newest",
            "provider_id",
            "model_id",
            text("verified_at DESC"),
            postgresql_include=["confidence", "was_correct"],
            postgresql_where=text("verified_at IS NOT NULL"),
        ),
    )

    ticket_id: UUID = reference("service_tickets.id")
    transition_id: UUID | None = reference("workflow_stage_transitions.id", nullable=True)
    session_id: UUID = identifier()
    provider_id: UUID = reference("ai_providers.id")
    model_id: UUID | None = identifier(nullable=True)
    proposed_at: datetime = moment()
    summary: str = words()
    confidence: Decimal = of_type(Numeric(5, 2))
    root_cause: str = words()
    hypotheses: list[Any] = document(default="'[]'")
    issue_category: IssueCategory = one_of(IssueCategory)
    severity: Severity = one_of(Severity)
    problem_code: str | None = words(nullable=True)
    support_level: SupportLevel = one_of(SupportLevel)
    remote_fix_possible: bool = flag()
    remote_fix_steps: list[Any] = document(default="'[]'")
    recommended_actions: list[Any] = document(default="'[]'")
    recommended_parts: list[Any] = document(default="'[]'")
    evidence: list[Any] = document(default="'[]'")
    flags: list[str] = several(Text(), default="'{}'")
    prompt_hash: str | None = words(nullable=True)
    status: DiagnosisStatus = one_of(DiagnosisStatus, default="'proposed'")
    decided_by_code: str | None = words(nullable=True)
    decided_by_role: Role | None = one_of(Role, nullable=True)
    decided_at: datetime | None = moment(nullable=True)
    was_correct: bool | None = flag(nullable=True)
    verified_cause: str | None = words(nullable=True)
    verified_code: str | None = words(nullable=True)
    verified_at: datetime | None = moment(nullable=True)


class AiEngineerRecommendation(ChangingRow, table=True):
    """An engineer that was proposed; scores are percentages."""

    __tablename__ = "ai_engineer_recommendations"
    __table_args__ = (
        ForeignKeyConstraint(["model_id", "provider_id"], ["ai_models.id", "ai_models.provider_id"]),
        UniqueConstraint("id", "ticket_id"),
        UniqueConstraint("session_id", "engineer_id"),
        UniqueConstraint("session_id", "rank"),
        Index("ai_engineer_recommendations_of_ticket", "ticket_id", text("proposed_at DESC"), "rank"),
        Index(
            "ai_engineer_recommendations_current",
            "transition_id",
            "rank",
            unique=True,
            postgresql_where=text("outcome <> 'superseded'::text"),
        ),
    )

    ticket_id: UUID = reference("service_tickets.id")
    transition_id: UUID | None = reference("workflow_stage_transitions.id", nullable=True)
    session_id: UUID = identifier()
    provider_id: UUID = reference("ai_providers.id")
    model_id: UUID | None = identifier(nullable=True)
    proposed_at: datetime = moment()
    engineer_id: UUID = reference("engineers.id")
    rank: int = of_type(Integer())
    overall_score: Decimal = of_type(Numeric(5, 2))
    expertise_score: Decimal = of_type(Numeric(5, 2))
    availability_score: Decimal = of_type(Numeric(5, 2))
    location_score: Decimal | None = of_type(Numeric(5, 2), nullable=True)
    performance_score: Decimal = of_type(Numeric(5, 2))
    workload_score: Decimal = of_type(Numeric(5, 2))
    reasoning: str = words()
    strengths: list[str] = several(Text(), default="'{}'")
    concerns: list[str] = several(Text(), default="'{}'")
    outcome: EngineerOutcome = one_of(EngineerOutcome, default="'pending'")
    decided_at: datetime | None = moment(nullable=True)
    fixed_at_first_visit: bool | None = flag(nullable=True)


class AiPartRecommendation(ChangingRow, table=True):
    """A part that was proposed, with confidence in percent."""

    __tablename__ = "ai_parts_recommendations"
    __table_args__ = (
        ForeignKeyConstraint(["model_id", "provider_id"], ["ai_models.id", "ai_models.provider_id"]),
        UniqueConstraint("id", "ticket_id"),
        UniqueConstraint("session_id", "part_id"),
        UniqueConstraint("session_id", "rank"),
        Index("ai_parts_recommendations_of_ticket", "ticket_id", text("proposed_at DESC"), "rank"),
    )

    ticket_id: UUID = reference("service_tickets.id")
    transition_id: UUID | None = reference("workflow_stage_transitions.id", nullable=True)
    session_id: UUID = identifier()
    provider_id: UUID = reference("ai_providers.id")
    model_id: UUID | None = identifier(nullable=True)
    proposed_at: datetime = moment()
    part_id: UUID = reference("equipment_parts.id")
    alternative_to_part_id: UUID | None = reference("equipment_parts.id", nullable=True)
    rank: int = of_type(Integer())
    confidence: Decimal = of_type(Numeric(5, 2))
    quantity: int = of_type(Integer(), default="1")
    installed_context: InstalledContext | None = one_of(InstalledContext, nullable=True)
    is_oem: bool = flag()
    lead_time: timedelta | None = duration(nullable=True)
    reasoning: str = words()
    outcome: PartOutcome = one_of(PartOutcome, default="'pending'")
    decided_at: datetime | None = moment(nullable=True)


class AiAttachmentAnalysis(ChangingRow, table=True):
    """What was seen in a picture."""

    __tablename__ = "ai_attachment_analysis"
    __table_args__ = (
        ForeignKeyConstraint(["model_id", "provider_id"], ["ai_models.id", "ai_models.provider_id"]),
        ForeignKeyConstraint(["attachment_id", "ticket_id"], ["stage_attachments.id", "stage_attachments.ticket_id"]),
        UniqueConstraint("id", "ticket_id"),
        UniqueConstraint("session_id", "attachment_id"),
        Index("ai_attachment_analysis_of_attachment", "attachment_id", text("proposed_at DESC")),
    )

    ticket_id: UUID = reference("service_tickets.id")
    transition_id: UUID | None = reference("workflow_stage_transitions.id", nullable=True)
    session_id: UUID = identifier()
    provider_id: UUID = reference("ai_providers.id")
    model_id: UUID | None = identifier(nullable=True)
    proposed_at: datetime = moment()
    attachment_id: UUID = identifier()
    summary: str = words()
    confidence: Decimal = of_type(Numeric(5, 2))
    detected_issues: list[Any] = document(default="'[]'")
    anomalies: list[Any] = document(default="'[]'")
    quality_score: Decimal | None = of_type(Numeric(5, 2), nullable=True)
    is_blurry: bool | None = flag(nullable=True)
    is_dark: bool | None = flag(nullable=True)
    extracted_text: str | None = words(nullable=True)
    identified_type_id: UUID | None = reference("equipment_catalog.id", nullable=True)
    identified_serial: str | None = words(nullable=True)
    was_correct: bool | None = flag(nullable=True)
    verified_at: datetime | None = moment(nullable=True)


class AiFeedback(ChangingRow, table=True):
    """What a person, or the outcome at sign-off, says about one AI result."""

    __tablename__ = "ai_feedback"
    __table_args__ = (
        ForeignKeyConstraint(
            ["diagnosis_id", "ticket_id"], ["ai_diagnosis_results.id", "ai_diagnosis_results.ticket_id"]
        ),
        ForeignKeyConstraint(
            ["engineer_recommendation_id", "ticket_id"],
            ["ai_engineer_recommendations.id", "ai_engineer_recommendations.ticket_id"],
        ),
        ForeignKeyConstraint(
            ["parts_recommendation_id", "ticket_id"],
            ["ai_parts_recommendations.id", "ai_parts_recommendations.ticket_id"],
        ),
        ForeignKeyConstraint(
            ["attachment_analysis_id", "ticket_id"], ["ai_attachment_analysis.id", "ai_attachment_analysis.ticket_id"]
        ),
        UniqueConstraint(
            "diagnosis_id",
            "engineer_recommendation_id",
            "parts_recommendation_id",
            "attachment_analysis_id",
            "kind",
            "given_by_code",
            name="ai_feedback_once_key",
            postgresql_nulls_not_distinct=True,
        ),
        Index(
            "ai_feedback_to_learn",
            "training_priority",
            "given_at",
            postgresql_where=text("used_for_training_at IS NULL"),
        ),
    )

    ticket_id: UUID = reference("service_tickets.id")
    diagnosis_id: UUID | None = identifier(nullable=True)
    engineer_recommendation_id: UUID | None = identifier(nullable=True)
    parts_recommendation_id: UUID | None = identifier(nullable=True)
    attachment_analysis_id: UUID | None = identifier(nullable=True)
    kind: FeedbackKind = one_of(FeedbackKind)
    given_by_code: str = words()
    given_by_role: Role = one_of(Role)
    given_at: datetime = moment()
    was_accurate: bool = flag()
    rating: int | None = of_type(SmallInteger(), nullable=True)
    correction: dict[str, Any] | None = document(nullable=True)
    comments: str = words(default="''")
    training_priority: TrainingPriority = one_of(TrainingPriority, default="'normal'")
    used_for_training_at: datetime | None = moment(nullable=True)
