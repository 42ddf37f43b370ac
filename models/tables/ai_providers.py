"""Who answers AI requests, and which tasks run where."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Date, ForeignKeyConstraint, Index, Integer, Numeric, Text, UniqueConstraint, text

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
from models.vocabulary.ai import AiTask, CallOutcome, CircuitState, ProviderHealth


class AiProvider(ChangingRow, table=True):
    """Who answers AI requests: order, limits, and how it is at the moment. Keys are never stored."""

    __tablename__ = "ai_providers"
    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("fallback_priority", deferrable=True, initially="DEFERRED"),
        UniqueConstraint("name"),
    )

    code: str = words()
    name: str = words()
    active: bool = flag(default="true")
    fallback_priority: int = of_type(Integer())
    api_base_url: str | None = words(nullable=True)
    api_key_variable: str | None = words(nullable=True)
    capabilities: list[str] = several(Text(), default="'{}'")
    requests_per_minute: int | None = of_type(Integer(), nullable=True)
    tokens_per_minute: int | None = of_type(Integer(), nullable=True)
    daily_spend_limit_usd: Decimal | None = of_type(Numeric(12, 2), nullable=True)
    request_timeout: timedelta = duration(default="'00:01:00'")
    health: ProviderHealth = one_of(ProviderHealth, default="'unknown'")
    circuit: CircuitState = one_of(CircuitState, default="'closed'")
    circuit_opened_at: datetime | None = moment(nullable=True)
    consecutive_failures: int = of_type(Integer(), default="0")
    last_checked_at: datetime | None = moment(nullable=True)
    last_error: str | None = words(nullable=True)
    circuit_retry_at: datetime | None = moment(nullable=True)


class AiModel(ChangingRow, table=True):
    """A model of a provider; prices in US$ per 1M tokens."""

    __tablename__ = "ai_models"
    __table_args__ = (
        UniqueConstraint("id", "provider_id"),
        UniqueConstraint("provider_id", "code"),
        Index("ai_models_one_default", "provider_id", unique=True, postgresql_where=text("is_default")),
    )

    provider_id: UUID = reference("ai_providers.id")
    code: str = words()
    name: str = words()
    is_default: bool = flag(default="false")
    active: bool = flag(default="true")
    input_price: Decimal = of_type(Numeric(12, 6))
    output_price: Decimal = of_type(Numeric(12, 6))
    cached_input_price: Decimal | None = of_type(Numeric(12, 6), nullable=True)
    context_window: int | None = of_type(Integer(), nullable=True)
    max_output_tokens: int | None = of_type(Integer(), nullable=True)
    capabilities: list[str] = several(Text(), default="'{}'")
    use_cases: list[str] = several(Text(), default="'{}'")
    retires_on: date | None = of_type(Date(), nullable=True)


class AiCall(ChangingRow, table=True):
    """One try to get an answer from a provider, and the money set aside for it."""

    __tablename__ = "ai_calls"
    __table_args__ = (
        ForeignKeyConstraint(["model_id", "provider_id"], ["ai_models.id", "ai_models.provider_id"]),
        UniqueConstraint("session_id", "attempt"),
        Index("ai_calls_of_provider", "provider_id", "began_at"),
        Index("ai_calls_unsettled", "ticket_id", "began_at", postgresql_where=text("cost_usd IS NULL")),
    )

    session_id: UUID = identifier()
    attempt: int = of_type(Integer())
    provider_id: UUID = reference("ai_providers.id")
    model_id: UUID = identifier()
    began_at: datetime = moment()
    reserved_usd: Decimal = of_type(Numeric(14, 6))
    ended_at: datetime | None = moment(nullable=True)
    outcome: CallOutcome | None = one_of(CallOutcome, nullable=True)
    cost_usd: Decimal | None = of_type(Numeric(14, 6), nullable=True)
    ticket_id: UUID | None = reference("service_tickets.id", nullable=True)


class AiLocalModel(ChangingRow, table=True):
    """A model of the local engine that was trained on verified tickets; none in force: the shipped one is used."""

    __tablename__ = "ai_local_models"
    __table_args__ = (
        UniqueConstraint("version"),
        Index("ai_local_models_one_in_force", "in_force", unique=True, postgresql_where=text("in_force")),
    )

    version: int = of_type(Integer())
    trained_at: datetime = moment()
    trained_by_code: str = words()
    cases: int = of_type(Integer())
    knowledge_hash: str = words()
    parameters: dict[str, Any] = document()
    report: dict[str, Any] = document()
    replaces_id: UUID | None = reference("ai_local_models.id", nullable=True)
    in_force: bool = flag(default="false")


class StageAi(ChangingRow, table=True):
    """Which AI task runs in which stage of a template, and what its result may do."""

    __tablename__ = "workflow_ai_configuration"
    __table_args__ = (
        ForeignKeyConstraint(
            ["template_id", "stage_key"],
            ["stage_configuration_templates.template_id", "stage_configuration_templates.key"],
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        UniqueConstraint("template_id", "stage_key", "task"),
    )

    template_id: UUID = reference("workflow_templates.id")
    stage_key: str = words()
    task: AiTask = one_of(AiTask)
    enabled: bool = flag(default="true")
    providers: list[str] = several(Text(), default="'{}'")
    minimum_confidence: Decimal = of_type(Numeric(5, 2), default="0")
    auto_complete_confidence: Decimal | None = of_type(Numeric(5, 2), nullable=True)
    raises_priority: bool = flag(default="false")
    maximum_cost_usd: Decimal | None = of_type(Numeric(12, 6), nullable=True)
    weights: dict[str, Any] | None = document(nullable=True)
    """Of the parts of an engineer's score."""
