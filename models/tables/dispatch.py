"""Plans of visits that were proposed, and what became of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Float, Index, Integer, Text, UniqueConstraint, text

from models.dispatch.plan import Engine, Outcome
from models.tables.base import Row, document, duration, flag, moment, of_type, one_of, reference, several, words


class DispatchPlan(Row, table=True):
    """A plan: when it was made, of what horizon, and whether it was applied."""

    __tablename__ = "dispatch_plans"
    __table_args__ = (
        Index("dispatch_plans_newest", text("made_at DESC")),
        Index(
            "dispatch_plans_applied_newest", text("applied_at DESC"), postgresql_where=text("applied_at IS NOT NULL")
        ),
    )

    made_at: datetime = moment(default="clock_timestamp()")
    made_by_code: str = words()
    because: str = words(default="''")
    from_at: datetime = moment()
    until_at: datetime = moment()
    engine: Engine = one_of(Engine)
    objective: dict[str, Any] = document()
    notes: list[str] = several(Text(), default="'{}'")
    applied_at: datetime | None = moment(nullable=True)
    applied_by_code: str | None = words(nullable=True)


class DispatchPlanVisit(Row, table=True):
    """A visit of a plan; without an engineer it is left out."""

    __tablename__ = "dispatch_plan_visits"
    __table_args__ = (
        UniqueConstraint(
            "plan_id",
            "transition_id",
            "engineer_id",
            name="dispatch_plan_visits_once",
            postgresql_nulls_not_distinct=True,
        ),
        Index("dispatch_plan_visits_of_visit", "transition_id", "plan_id"),
    )

    plan_id: UUID = reference("dispatch_plans.id", cascade=True)
    transition_id: UUID = reference("workflow_stage_transitions.id")
    engineer_id: UUID | None = reference("engineers.id", nullable=True)
    position: int = of_type(Integer())
    starts_at: datetime | None = moment(nullable=True)
    ends_at: datetime | None = moment(nullable=True)
    travel: timedelta | None = duration(nullable=True)
    travel_km: float | None = of_type(Float(53), nullable=True)
    travel_assumed: bool = flag(default="false")
    present_engineer_id: UUID | None = reference("engineers.id", nullable=True)
    reason_kind: str = words(default="''")
    reason: str = words(default="''")
    outcome: Outcome | None = one_of(Outcome, nullable=True)
    outcome_reason: str = words(default="''")
