"""Makes messages for tests; every part can be given, the rest is plausible."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from models.contracts.base import Actor
from models.contracts.commands import AssignEngineer, CompleteStage, EngineerRef, Hold, Resume, SkipStage
from models.contracts.templates import RequiredAction, ServiceConfiguration, StageDefinition, TemplateSnapshot
from models.contracts.tickets import TicketInput, UnitSnapshot
from models.identity import TicketId
from models.vocabulary.equipment import InstalledContext, SelectionLevel, ServiceProvider
from models.vocabulary.people import Role, SupportLevel
from models.vocabulary.stages import ActionKind, Performer, StageOutcome, StageType
from models.vocabulary.tickets import HoldReason, Priority

T0 = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NURSE = Actor(code="nurse-7", role=Role.HOSPITAL)
COORDINATOR = Actor(code="coordinator-1", role=Role.COORDINATOR)
DESK = Actor(code="philips-desk", role=Role.MANUFACTURER)

_command_numbers = itertools.count(1)


def command_id() -> str:
    return f"command-{next(_command_numbers)}"


def stage(
    key: str,
    stage_type: StageType,
    hours: float,
    *prerequisites: str,
    position: int,
    actions: tuple[tuple[str, ActionKind], ...] = (),
    level: SupportLevel = SupportLevel.L1,
    performer: Performer = Performer.ENGINEER,
    skippable: bool = True,
) -> StageDefinition:
    return StageDefinition(
        stage_id=uuid4(),
        key=key,
        name=key.replace("_", " ").title(),
        stage_type=stage_type,
        position=position,
        target=timedelta(hours=hours),
        prerequisites=prerequisites,
        required_actions=tuple(RequiredAction(key=name, label=name, kind=kind) for name, kind in actions),
        support_level=level,
        performer=performer,
        skippable=skippable,
    )


SIGNED_OFF = (
    ("customer_signature", ActionKind.TEXT),
    ("customer_rating", ActionKind.RATING),
    ("returned_to_service", ActionKind.CHECK),
)


def standard_stages() -> tuple[StageDefinition, ...]:
    return (
        stage(
            "remote_diagnosis",
            StageType.DIAGNOSIS,
            4,
            position=1,
            actions=(("diagnosis_summary", ActionKind.TEXT), ("safety_assessed", ActionKind.CHECK)),
        ),
        stage(
            "parts_identification",
            StageType.ASSESSMENT,
            2,
            "remote_diagnosis",
            position=2,
            actions=(("parts_list_confirmed", ActionKind.CHECK),),
        ),
        stage(
            "parts_procurement",
            StageType.PROCUREMENT,
            48,
            "parts_identification",
            position=3,
            actions=(("parts_received", ActionKind.CHECK),),
        ),
        stage(
            "onsite_repair",
            StageType.REPAIR,
            4,
            "parts_procurement",
            position=4,
            actions=(
                ("work_performed", ActionKind.TEXT),
                ("functional_test_passed", ActionKind.CHECK),
                ("electrical_safety_test_passed", ActionKind.CHECK),
            ),
            level=SupportLevel.L2,
        ),
        stage(
            "completion_sign_off",
            StageType.COMPLETION,
            2,
            "onsite_repair",
            position=5,
            actions=SIGNED_OFF,
            skippable=False,
        ),
    )


def manufacturer_stages() -> tuple[StageDefinition, ...]:
    return (
        stage("handover", StageType.ASSESSMENT, 1, position=1, performer=Performer.COORDINATOR),
        stage(
            "manufacturer_response",
            StageType.DIAGNOSIS,
            24,
            "handover",
            position=2,
            actions=(("response_summary", ActionKind.TEXT),),
            performer=Performer.MANUFACTURER,
        ),
        stage(
            "manufacturer_visit",
            StageType.REPAIR,
            168,
            "manufacturer_response",
            position=3,
            actions=(("work_performed", ActionKind.TEXT), ("functional_test_passed", ActionKind.CHECK)),
            performer=Performer.MANUFACTURER,
        ),
        stage(
            "acceptance",
            StageType.COMPLETION,
            4,
            "manufacturer_visit",
            position=4,
            actions=SIGNED_OFF,
            performer=Performer.COORDINATOR,
            skippable=False,
        ),
    )


def template(stages: tuple[StageDefinition, ...] | None = None, **fields: Any) -> TemplateSnapshot:
    given: dict[str, Any] = {
        "template_id": uuid4(),
        "code": "standard_service",
        "name": "Standard Service Workflow",
        "version": 1,
        "workflow_type": "ServiceTicketWorkflow",
        "selected_by": SelectionLevel.DEFAULT,
        "resolution_target": timedelta(hours=60),
        "stages": stages or standard_stages(),
    }
    return TemplateSnapshot.model_validate({**given, **fields})


def ticket_input(stages: tuple[StageDefinition, ...] | None = None, **fields: Any) -> TicketInput:
    given: dict[str, Any] = {
        "ticket_id": TicketId(uuid4()),
        "number": "FC-2026-000001",
        "unit": UnitSnapshot(
            equipment_id=uuid4(),
            serial="VENT-ICU-001",
            equipment_type="Ventilator",
            category="Life Support",
            model="Evita V800",
            manufacturer="Draeger",
            customer_id=uuid4(),
            customer_code="CITY-GENERAL",
            customer_name="City General",
            site_id=uuid4(),
            site_name="ICU 3",
            time_zone="America/New_York",
            installed_context=InstalledContext.ICU,
        ),
        "template": template(stages),
        "service": ServiceConfiguration(
            configuration_id=uuid4(),
            selected_by=SelectionLevel.DEFAULT,
            service_provider=ServiceProvider.GENEQR,
            parts_provider=ServiceProvider.GENEQR,
            response_target=timedelta(hours=4),
            parts_lead_time=timedelta(days=2),
            oem_parts_only=False,
        ),
        "description": "Alarm 'flow sensor' after 20 minutes of use",
        "priority": Priority.P2,
        "reporter": NURSE,
    }
    return TicketInput.model_validate({**given, **fields})


def engineer(code: str = "ENG-001", level: SupportLevel = SupportLevel.L2) -> EngineerRef:
    return EngineerRef(engineer_id=UUID(int=abs(hash(code))), code=code, name=f"Name of {code}", support_level=level)


def acting(code: str) -> Actor:
    return Actor(code=code, role=Role.ENGINEER)


def assign(code: str = "ENG-001", stage: str | None = None, by: Actor = COORDINATOR) -> AssignEngineer:
    return AssignEngineer(command_id=command_id(), actor=by, engineer_code=code, stage=stage)


GOOD_ANSWERS: dict[str, dict[str, Any]] = {
    "remote_diagnosis": {"diagnosis_summary": "Flow sensor drifts", "safety_assessed": True},
    "parts_identification": {"parts_list_confirmed": True},
    "parts_procurement": {"parts_received": True},
    "onsite_repair": {
        "work_performed": "Sensor replaced",
        "functional_test_passed": True,
        "electrical_safety_test_passed": True,
    },
    "completion_sign_off": {"customer_signature": "A. Miller", "customer_rating": 9, "returned_to_service": True},
    "handover_to_manufacturer": {"case_reference": "PH-4711"},
    "manufacturer_response": {"response_summary": "Tube arcing; visit planned"},
    "manufacturer_visit": {"work_performed": "Tube replaced", "functional_test_passed": True},
    "acceptance": {"customer_signature": "B. Rao", "customer_rating": 10, "returned_to_service": True},
}


def complete(
    stage: str,
    by: Actor | str = "ENG-001",
    outcome: StageOutcome = StageOutcome.DONE,
    actions: dict[str, Any] | None = None,
    *,
    return_to: str | None = None,
    note: str | None = None,
    id: str | None = None,
) -> CompleteStage:
    """A completion as it should be: with every answer, and a failed test with what failed."""
    failed = "Alarm again after 20 minutes" if outcome is StageOutcome.TEST_FAILED else ""
    return CompleteStage(
        command_id=id or command_id(),
        actor=acting(by) if isinstance(by, str) else by,
        stage=stage,
        outcome=outcome,
        actions=GOOD_ANSWERS.get(stage, {}) if actions is None else actions,
        return_to=return_to,
        note=failed if note is None else note,
    )


def skip(stage: str, reason: str = "Not needed") -> SkipStage:
    return SkipStage(command_id=command_id(), actor=COORDINATOR, stage=stage, reason=reason)


def hold(reason: HoldReason = HoldReason.ACCESS_DENIED, until: datetime | None = None) -> Hold:
    return Hold(command_id=command_id(), actor=COORDINATOR, reason=reason, resume_at=until)


def resume() -> Resume:
    return Resume(command_id=command_id(), actor=COORDINATOR)
