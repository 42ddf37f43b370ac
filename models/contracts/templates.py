"""A template as it is frozen into a ticket: editing the template later never changes a running ticket."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from models.contracts.base import Message, Name, Slug
from models.vocabulary import ActionKind, Performer, SelectionLevel, ServiceProvider, StageType, SupportLevel

PositiveDuration = Annotated[timedelta, Field(gt=timedelta(0))]
Percent = Annotated[int, Field(ge=1, le=100)]


class RequiredAction(Message):
    """Something that must be done before a stage can be completed."""

    key: Slug
    label: Name
    kind: ActionKind = ActionKind.CHECK


class StageDefinition(Message):
    """One stage of a template."""

    stage_id: UUID
    key: Slug
    name: Name
    stage_type: StageType
    position: int
    target: PositiveDuration
    prerequisites: tuple[str, ...] = ()
    required_actions: tuple[RequiredAction, ...] = ()
    support_level: SupportLevel = SupportLevel.L1
    performer: Performer = Performer.ENGINEER
    skippable: bool = True


class TemplateSnapshot(Message):
    """The template that was chosen at intake, whole."""

    template_id: UUID
    code: Name
    name: Name
    version: int
    workflow_type: str
    selected_by: SelectionLevel
    resolution_target: PositiveDuration
    thresholds: tuple[Percent, ...] = (50, 75, 100)
    stages: tuple[StageDefinition, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _stages_form_a_graph(self) -> Self:
        seen: set[str] = set()
        for stage in sorted(self.stages, key=lambda one: one.position):
            if stage.key in seen:
                raise ValueError(f"template {self.code}: stage {stage.key} occurs twice")
            unknown = [key for key in stage.prerequisites if key not in seen]
            if unknown:
                raise ValueError(
                    f"template {self.code}: stage {stage.key} needs {', '.join(unknown)}, which must stand before it"
                )
            seen.add(stage.key)
        return self


class ServiceConfiguration(Message):
    """Who services the unit and how fast, as found by `get_service_configuration()`."""

    configuration_id: UUID
    selected_by: SelectionLevel
    service_provider: ServiceProvider
    parts_provider: ServiceProvider
    response_target: PositiveDuration
    parts_lead_time: PositiveDuration
    oem_parts_only: bool
    manufacturer_desk: str | None = None
