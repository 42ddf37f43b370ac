"""How work is done: workflow templates and their stages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Text, UniqueConstraint

from models.tables.base import (
    ChangingRow,
    document,
    duration,
    flag,
    moment,
    of_type,
    one_of,
    reference,
    several,
    words,
)
from models.vocabulary.people import SupportLevel
from models.vocabulary.sla import Party
from models.vocabulary.stages import Performer, StageType
from models.vocabulary.tickets import Priority, ReopenPolicy


class WorkflowTemplate(ChangingRow, table=True):
    """A template for one scope. An empty scope is the default; `workflow_type` names the definition to start."""

    __tablename__ = "workflow_templates"
    __table_args__ = (
        UniqueConstraint(
            "code",
            "version",
            "equipment_type_id",
            "manufacturer_id",
            name="workflow_templates_code_version_scope_key",
            postgresql_nulls_not_distinct=True,
        ),
    )

    code: str = words()
    name: str = words()
    description: str = words(default="''")
    version: int = of_type(Integer())
    workflow_type: str = words()
    equipment_type_id: UUID | None = reference("equipment_catalog.id", nullable=True)
    manufacturer_id: UUID | None = reference("manufacturers.id", nullable=True)
    resolution_target: timedelta = duration()
    thresholds: list[int] = several(Integer(), default="'{50,75,100}'")
    active: bool = flag(default="true")
    valid_from: datetime = moment(default="now()")
    valid_to: datetime | None = moment(nullable=True)
    calendar_id: UUID | None = reference("business_calendars.id", nullable=True)
    arrival_target: timedelta | None = duration(nullable=True)
    reopen_policy: ReopenPolicy = one_of(ReopenPolicy, default="'exclude_solved'")
    reopen_within: timedelta = duration(default="'7 days'")
    late_within: timedelta = duration(default="'24 hours'")
    answer_within: timedelta = duration(default="'15 minutes'")


class TemplateTargets(ChangingRow, table=True):
    """The targets of one priority, where they are not the usual ones."""

    __tablename__ = "workflow_template_targets"
    __table_args__ = (UniqueConstraint("template_id", "priority"),)

    template_id: UUID = reference("workflow_templates.id", cascade=True)
    priority: Priority = one_of(Priority)
    response_target: timedelta | None = duration(nullable=True)
    arrival_target: timedelta | None = duration(nullable=True)
    resolution_target: timedelta | None = duration(nullable=True)
    answer_within: timedelta | None = duration(nullable=True)


class HoldReasonRow(ChangingRow, table=True):
    """Why a ticket may wait, and what that means for its clocks; frozen at intake."""

    __tablename__ = "hold_reasons"
    __table_args__ = (UniqueConstraint("code"),)

    code: str = words()
    name: str = words()
    description: str = words(default="''")
    pauses: list[str] = several(Text(), default="'{}'")
    party: Party = one_of(Party)
    needs_approval: bool = flag(default="false")
    active: bool = flag(default="true")


class StageTemplate(ChangingRow, table=True):
    """One stage of a template; frozen into a ticket at intake, so that a change here reaches new tickets only."""

    __tablename__ = "stage_configuration_templates"
    __table_args__ = (
        UniqueConstraint("template_id", "key"),
        UniqueConstraint("template_id", "position", deferrable=True, initially="DEFERRED"),
    )

    template_id: UUID = reference("workflow_templates.id")
    key: str = words()
    name: str = words()
    stage_type: StageType = one_of(StageType)
    position: int = of_type(Integer())
    target_duration: timedelta = duration()
    prerequisites: list[str] = several(Text(), default="'{}'")
    required_actions: list[dict[str, Any]] = document(default="'[]'")
    support_level: SupportLevel = one_of(SupportLevel, default="'L1'")
    performer: Performer = one_of(Performer, default="'engineer'")
    skippable: bool = flag(default="true")
    on_site: bool | None = flag(nullable=True)
    party: Party | None = one_of(Party, nullable=True)
