"""A template as it is frozen into a ticket: editing the template later never changes a running ticket."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    field_serializer,
    field_validator,
    model_serializer,
    model_validator,
)

from models.contracts.base import Message, Name, Slug
from models.vocabulary.ai import AiTask
from models.vocabulary.equipment import SelectionLevel, ServiceProvider
from models.vocabulary.people import SupportLevel
from models.vocabulary.sla import ClockKind, Party
from models.vocabulary.stages import ActionKind, Performer, StageType
from models.vocabulary.tickets import HoldReason, Priority, ReopenPolicy

SIGNATURE_KEY = "customer_signature"
"""By which templates ask for the customer's signature."""

PositiveDuration = Annotated[timedelta, Field(gt=timedelta(0))]
Percent = Annotated[int, Field(ge=1, le=100)]


class RequiredAction(Message):
    """Something that must be done before a stage can be completed.

    Attributes:
        meaning: of what is signed, what the signature says; unset: its label.
    """

    key: Slug
    label: Name
    kind: ActionKind = ActionKind.CHECK
    meaning: Annotated[str, Field(max_length=500)] = ""

    @model_serializer(mode="wrap")
    def _as_before(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """What is not signed is written as it was before anything could be."""
        said: dict[str, Any] = serialize(self)
        if not self.meaning:
            said.pop("meaning", None)
        return said


class StageAi(Message):
    """An AI task of a stage, and what its result may do. AI proposes, people decide.

    Attributes:
        providers: codes in the order to ask; empty: by their fallback priority.
        minimum_confidence: percent; below it a result is shown as uncertain.
        auto_complete_confidence: percent; from it on a result may complete the stage by itself, where nothing but the
            result is missing and sign-off has shown that so sure an answer deserves it. None: never.
        raises_priority: whether the severity of a result that is not uncertain may make the ticket more urgent.
        maximum_cost_usd: of one call.
    """

    task: AiTask
    providers: tuple[Slug, ...] = ()
    minimum_confidence: Annotated[float, Field(ge=0, le=100)] = 0
    auto_complete_confidence: Annotated[float, Field(ge=0, le=100)] | None = None
    raises_priority: bool = False
    maximum_cost_usd: Annotated[Decimal, Field(ge=0)] | None = None


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
    on_site: bool = False
    """Whether the work is done at the unit: somebody travels there, and arrives."""
    ai: tuple[StageAi, ...] = ()
    party: Party | None = None
    """Whose time the stage is while it can go on; unset: it follows from the stage type and who performs it."""

    @property
    def signed(self) -> RequiredAction | None:
        """What a signature answers: the action that wants one, or else that of the usual key, which takes a text."""
        wanted = [one for one in self.required_actions if one.kind is ActionKind.SIGNATURE]
        usual = [one for one in self.required_actions if one.key == SIGNATURE_KEY and one.kind is ActionKind.TEXT]
        return next(iter([*wanted, *usual]), None)

    @property
    def signature_meaning(self) -> str:
        """What a signature of this stage says."""
        return (self.signed.meaning or self.signed.label) if self.signed is not None else self.name

    def ai_task(self, task: AiTask) -> StageAi | None:
        """How the stage asks AI for that; None: it does not."""
        return next((one for one in self.ai if one.task is task), None)


class HoldRule(Message):
    """What it means to wait for a reason.

    Attributes:
        pauses: the kinds of clocks that stand still meanwhile.
        party: whose time the wait is.
        needs_approval: whether somebody else than the one who asks has to approve it.
    """

    reason: Slug
    name: Name
    pauses: frozenset[ClockKind] = frozenset()
    party: Party
    needs_approval: bool = False

    @field_serializer("pauses")
    def _in_order(self, pauses: frozenset[ClockKind]) -> list[str]:
        return [kind.value for kind in ClockKind if kind in pauses]


HOLD_RULES = tuple(
    HoldRule(reason=reason.value, name=name, pauses=frozenset(ClockKind) if pauses else frozenset(), party=party)
    for reason, name, pauses, party in (
        (HoldReason.ACCESS_DENIED, "Access denied by the hospital", True, Party.HOSPITAL),
        (HoldReason.WAITING_FOR_CUSTOMER, "Waiting for the customer's answer", True, Party.HOSPITAL),
        (HoldReason.WAITING_FOR_PARTS, "Waiting for parts", False, Party.PARTS),
        (HoldReason.WAITING_FOR_MANUFACTURER, "Waiting for the manufacturer", False, Party.MANUFACTURER),
        (HoldReason.OTHER, "Another reason", False, Party.TRIAGE),
    )
)
"""For tickets from before the reasons were rows of the database, and where that has none."""


class PriorityTargets(Message):
    """The targets of one priority, where they are not the usual ones."""

    priority: Priority
    response_target: PositiveDuration | None = None
    arrival_target: PositiveDuration | None = None
    resolution_target: PositiveDuration | None = None
    answer_within: PositiveDuration | None = None


class TemplateSnapshot(Message):
    """The template that was chosen at intake, whole."""

    template_id: UUID
    code: Name
    name: Name
    version: int
    workflow_type: str
    selected_by: SelectionLevel
    resolution_target: PositiveDuration
    arrival_target: PositiveDuration | None = None
    """From the report to the arrival on site; unset: no clock for it."""
    thresholds: tuple[Percent, ...] = (50, 75, 100)
    priority_targets: tuple[PriorityTargets, ...] = ()
    hold_rules: tuple[HoldRule, ...] = HOLD_RULES
    reopen_policy: ReopenPolicy = ReopenPolicy.EXCLUDE_SOLVED
    reopen_within: Annotated[timedelta, Field(ge=timedelta(0))] = timedelta(days=7)
    """How long after its end a ticket may be reopened; zero: never."""
    late_within: Annotated[timedelta, Field(ge=timedelta(0))] = timedelta(hours=24)
    """How long after it happened something may be told and still count from then; zero: not at all."""
    answer_within: PositiveDuration = timedelta(minutes=15)
    """How long an engineer may think about a stage that they are offered."""
    stages: tuple[StageDefinition, ...] = Field(min_length=1)

    @field_validator("hold_rules")
    @classmethod
    def _some_rules(cls, rules: tuple[HoldRule, ...]) -> tuple[HoldRule, ...]:
        return rules or HOLD_RULES

    def hold_rule(self, reason: str) -> HoldRule | None:
        """What it means to wait for `reason`; None where the template does not know it."""
        return next((rule for rule in self.hold_rules if rule.reason == reason), None)

    def answer_limit(self, priority: Priority) -> timedelta:
        """How long an engineer may think about an offer of a ticket of that priority."""
        special = next((one for one in self.priority_targets if one.priority is priority), None)
        return (special.answer_within if special else None) or self.answer_within

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

    @model_validator(mode="after")
    def _arrival_has_a_usual_target(self) -> Self:
        if self.arrival_target is None and any(one.arrival_target for one in self.priority_targets):
            raise ValueError(
                f"template {self.code}: a priority has an arrival target, so the template needs a usual one as well"
            )
        return self


class Targets(Message):
    """What was promised for a ticket as a whole, in business time from the report on. No arrival: no clock for it."""

    response: PositiveDuration
    arrival: PositiveDuration | None
    resolution: PositiveDuration


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


def targets_of(template: TemplateSnapshot, service: ServiceConfiguration, priority: Priority) -> Targets:
    """The most specific promise wins: of the priority, else of the service configuration or the template."""
    special = next((one for one in template.priority_targets if one.priority is priority), None)
    on_site = any(stage.on_site for stage in template.stages)
    arrival = (special.arrival_target if special else None) or template.arrival_target
    return Targets(
        response=(special.response_target if special else None) or service.response_target,
        arrival=arrival if on_site else None,
        resolution=(special.resolution_target if special else None) or template.resolution_target,
    )
