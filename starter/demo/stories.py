"""The three tickets of the demo. Each ends with what must be true of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from models.contracts.base import Actor
from models.contracts.commands import ArriveOnSite, AssignEngineer, CompleteStage, Hold, SkipStage, StartTravel
from models.contracts.proposals import DiagnosisDecision, VerifiedOutcome
from models.records import TicketRecord
from models.vocabulary.ai import DiagnosisStatus
from models.vocabulary.people import Role, SupportLevel
from models.vocabulary.sla import ClockState
from models.vocabulary.stages import StageOutcome, StageStatus
from models.vocabulary.tickets import HoldReason, Priority
from starter.demo.scene import Scene, Tools

NURSE = Actor(code="nurse-okeke", role=Role.HOSPITAL)
RADIOGRAPHER = Actor(code="radiographer-lindt", role=Role.HOSPITAL)
COORDINATOR = Actor(code="coordinator-sato", role=Role.COORDINATOR)
PHILIPS = Actor(code="philips-desk", role=Role.MANUFACTURER)
REMOTE_ENGINEER = Actor(code="ENG-001", role=Role.ENGINEER)
ENGINEER = Actor(code="ENG-004", role=Role.ENGINEER)
EXPERT = Actor(code="ENG-008", role=Role.ENGINEER)

ACCEPTED = DiagnosisDecision(status=DiagnosisStatus.ACCEPTED)
PROVED_RIGHT = VerifiedOutcome(proposal_right=True)

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Ending:
    """A ticket that is over, and the sentences that must be true of its record: those that are not."""

    scene: Scene
    untrue: Callable[[TicketRecord], list[str]]


@dataclass(frozen=True, slots=True)
class Story:
    title: str
    about: str
    play: Callable[[Tools], Awaitable[Ending]]


async def ventilator(tools: Tools) -> Ending:
    """An ICU ventilator that we service: taken, refused, held, late and escalated, repaired, signed off."""
    scene = await Scene.report(
        tools,
        "VENT-ICU-001",
        "Flow sensor alarm, tidal volume reads wrong and drifts during ventilation",
        Priority.P1,
        NURSE,
    )
    await _advice(scene)
    await scene.skip(20 * MINUTE, "20 minutes pass")
    await scene.do(
        AssignEngineer(command_id=scene.command_id(), actor=ENGINEER, engineer_code=ENGINEER.code, note="I take it")
    )
    await scene.try_in_vain(CompleteStage(command_id=scene.command_id(), actor=ENGINEER, stage="remote_diagnosis"))
    await scene.do(
        Hold(
            command_id=scene.command_id(),
            actor=NURSE,
            reason=HoldReason.ACCESS_DENIED,
            resume_at=scene.now + 3 * HOUR,
            approved_by=COORDINATOR.code,
            note="Unit is on a patient until the afternoon round",
        )
    )
    live = await scene.status()
    left = next(clock.target - clock.elapsed for clock in live.clocks if clock.name == "remote_diagnosis")
    scene.note(f"Clocks are paused: Remote Diagnosis has {_span(left)} left, whenever it goes on")
    await scene.skip(3 * HOUR + MINUTE, "the hold ends by itself at its resume date; clocks go on")
    await scene.skip(4 * HOUR, "nobody completes Remote Diagnosis: 50 %, 75 %, then its 4 h are over")
    for one in (await scene.stored()).notifications:
        level = f" {one.level.value}" if one.level else ""
        scene.note(f"→ {one.recipient_role.value}{level}: {one.words.subject}")
    scene.note(f"Support level of Remote Diagnosis: L1 → {_level(await scene.stored(), 'remote_diagnosis')}")
    await scene.do(
        AssignEngineer(
            command_id=scene.command_id(),
            actor=COORDINATOR,
            engineer_code=EXPERT.code,
            stage="remote_diagnosis",
            note="Escalated",
        )
    )
    await scene.try_in_vain(
        SkipStage(command_id=scene.command_id(), actor=NURSE, stage="parts_procurement", reason="We have one here")
    )
    await scene.do(
        CompleteStage(
            command_id=scene.command_id(),
            actor=EXPERT,
            stage="remote_diagnosis",
            actions={"safety_assessed": True},
            diagnosis=ACCEPTED,
        )
    )
    scene.note("AI's diagnosis is accepted, which is an opinion; whether it was right, the work will show")
    await scene.skip(40 * MINUTE, "the parts list is drawn up")
    await scene.do(
        CompleteStage(
            command_id=scene.command_id(),
            actor=ENGINEER,
            stage="parts_identification",
            actions={"parts_list_confirmed": True},
        )
    )
    await scene.skip(15 * HOUR, "flow sensor and high-flow tube are ordered and come by night courier")
    await scene.do(
        CompleteStage(
            command_id=scene.command_id(),
            actor=ENGINEER,
            stage="parts_procurement",
            actions={"parts_received": True},
        )
    )
    await scene.do(StartTravel(command_id=scene.command_id(), actor=ENGINEER))
    await scene.skip(50 * MINUTE, "on the way to the hospital")
    await scene.do(ArriveOnSite(command_id=scene.command_id(), actor=ENGINEER))
    await scene.skip(90 * MINUTE, "on site")
    await scene.do(
        CompleteStage(
            command_id=scene.command_id(),
            actor=ENGINEER,
            stage="onsite_repair",
            actions={
                "work_performed": "Replaced flow sensor and high-flow tube, calibrated",
                "functional_test_passed": True,
                "electrical_safety_test_passed": True,
            },
        )
    )
    await _sign_off(scene, ENGINEER, "completion_sign_off", "Head nurse N. Okeke")
    return Ending(scene, _ventilator_untrue)


async def ct_scanner(tools: Tools) -> Ending:
    """A CT that its manufacturer services: handed over, answered, visited, accepted by us."""
    scene = await Scene.report(
        tools, "CT-PHL-001", "Ring artefacts on every axial series since this morning", Priority.P2, RADIOGRAPHER
    )
    await _advice(scene)
    await scene.skip(25 * MINUTE, "25 minutes pass")
    await scene.do(
        CompleteStage(
            command_id=scene.command_id(),
            actor=COORDINATOR,
            stage="handover_to_manufacturer",
            actions={"case_reference": "PH-2281904"},
            diagnosis=ACCEPTED,
        )
    )
    await scene.skip(5 * HOUR, "the manufacturer's desk works on it; its response clock runs")
    await scene.do(
        CompleteStage(
            command_id=scene.command_id(),
            actor=PHILIPS,
            stage="manufacturer_response",
            actions={"response_summary": "Detector module 14 suspected, visit on Thursday"},
        )
    )
    await scene.skip(46 * HOUR, "until the visit")
    await scene.do(
        CompleteStage(
            command_id=scene.command_id(),
            actor=PHILIPS,
            stage="manufacturer_visit",
            actions={"work_performed": "Replaced detector module 14, air calibration", "functional_test_passed": True},
        )
    )
    await _sign_off(scene, COORDINATOR, "acceptance", "Radiology lead M. Lindt")
    return Ending(scene, _ct_untrue)


async def infusion_pump(tools: Tools) -> Ending:
    """A pump that is fixed from afar: parts and visit are left out."""
    scene = await Scene.report(
        tools, "PUMP-WRD-001", "Drug library not updated: shows a wrong drug list and won't start", Priority.P3, NURSE
    )
    await _advice(scene)
    await scene.skip(15 * MINUTE, "15 minutes pass")
    await scene.do(
        AssignEngineer(command_id=scene.command_id(), actor=REMOTE_ENGINEER, engineer_code=REMOTE_ENGINEER.code)
    )
    await scene.skip(35 * MINUTE, "remote session")
    await scene.do(
        CompleteStage(
            command_id=scene.command_id(),
            actor=REMOTE_ENGINEER,
            stage="remote_diagnosis",
            outcome=StageOutcome.FIXED_REMOTELY,
            diagnosis=ACCEPTED,
            actions={"diagnosis_summary": "Drug library re-synchronised over the gateway", "safety_assessed": True},
        )
    )
    await _sign_off(scene, REMOTE_ENGINEER, "completion_sign_off", "Head nurse N. Okeke")
    return Ending(scene, _pump_untrue)


STORIES = (
    Story("ICU ventilator", "Serviced by ourselves. Late, escalated, repaired on site.", ventilator),
    Story("Philips CT", "Serviced by its manufacturer, on a workflow definition of its own.", ct_scanner),
    Story("Infusion pump", "Fixed remotely: parts and onsite stages are skipped.", infusion_pump),
)


EVIDENCE = {"description": "the report:", "knowledge": "the known fault"}


async def _sign_off(scene: Scene, actor: Actor, stage: str, signature: str) -> None:
    await scene.skip(20 * MINUTE, "the ward tries it out")
    await scene.do(
        CompleteStage(
            command_id=scene.command_id(),
            actor=actor,
            stage=stage,
            actions={"customer_signature": signature, "customer_rating": 9, "returned_to_service": True},
            verified=PROVED_RIGHT,
        )
    )
    scene.note("AI's diagnosis proved right, says who signed off; what it may do one day is decided by such verdicts")


async def _advice(scene: Scene) -> None:
    """Wait for AI's diagnosis and tell it with its evidence."""
    found = await scene.diagnosis()
    first = found.hypotheses[0]
    who = "the built-in engine, without network" if found.provider_code == "local" else found.provider_code
    scene.told_by_ai(f"proposes: {first['cause']}, {first['confidence']:.0f} % sure ({who})")
    for one in first["evidence"]:
        quoted = " ".join(part for part in (one["reference"], f'"{one["quote"]}"' if one["quote"] else "") if part)
        scene.told_by_ai(f"  because of {EVIDENCE.get(one['source'], one['source'])} {quoted}")


# -- what must be true -----------------------------------------------------------------------------------------------


def _ventilator_untrue(record: TicketRecord) -> list[str]:
    refusals = [entry for entry in record.timeline if entry.action == "command_refused"]
    resumed = [entry for entry in record.timeline if entry.action == "ticket_resumed"]
    told = {(one.recipient_role, one.level) for one in record.notifications}
    facts = {
        "Remote Diagnosis breached its target": _clock(record, "remote_diagnosis") == "breached",
        "the response was in time": _clock(record, "response") == "met",
        "the resolution was in time": _clock(record, "resolution") == "met",
        "the breach raised the support level to L2": _level(record, "remote_diagnosis") == "L2",
        "the coordinator and an L2 engineer were told": {(Role.COORDINATOR, None), (Role.ENGINEER, SupportLevel.L2)}
        <= told,
        "two things were refused": len(refusals) == 2,
        "what a nurse may not do was refused to the nurse": refusals[-1].actor_code == NURSE.code
        and "for coordinator or engineer only" in refusals[-1].reason,
        "the refusal names what was missing": all(
            key in refusals[0].reason for key in ("diagnosis_summary", "safety_assessed")
        ),
        "the hold ended by itself": len(resumed) == 1 and resumed[0].actor_role is Role.SYSTEM,
        "every stage was completed": _statuses(record) == ["completed"] * 5,
        "whom the expert replaced is on record": _replaced(record) == [ENGINEER.code],
    }
    return [sentence for sentence, holds in facts.items() if not holds]


def _replaced(record: TicketRecord) -> list[str]:
    """The codes of those whose place the last who was assigned took."""
    assigned = [entry.new_value or {} for entry in record.timeline if entry.action == "engineer_assigned"]
    return [one["engineer"]["code"] for one in assigned[-1]["replaced"]]


def _ct_untrue(record: TicketRecord) -> list[str]:
    facts = {
        "it ran on ManufacturerServiceWorkflow": record.ticket.workflow_type == "ManufacturerServiceWorkflow",
        "the manufacturer responded in time": _clock(record, "response") == "met",
        "the manufacturer's desk was told": any(
            one.recipient_role is Role.MANUFACTURER for one in record.notifications
        ),
        "every stage was completed": _statuses(record) == ["completed"] * 4,
    }
    return [sentence for sentence, holds in facts.items() if not holds]


def _pump_untrue(record: TicketRecord) -> list[str]:
    skipped = [stage for stage in record.stages if stage.status is StageStatus.SKIPPED]
    facts = {
        "parts and onsite stages were skipped": _statuses(record) == ["completed", *["skipped"] * 3, "completed"],
        "with the reason": all(stage.reason == "Fixed remotely" for stage in skipped),
        "every clock was met": {clock.state for clock in record.clocks} == {ClockState.MET},
    }
    return [sentence for sentence, holds in facts.items() if not holds]


def _statuses(record: TicketRecord) -> list[str]:
    return [stage.status.value for stage in record.stages]


def _clock(record: TicketRecord, name: str) -> str | None:
    found = record.clock(name)
    return None if found is None else found.state.value


def _level(record: TicketRecord, key: str) -> str | None:
    return next((stage.support_level.value for stage in record.stages if stage.stage_key == key), None)


def _span(left: timedelta) -> str:
    minutes = round(left.total_seconds() / 60)
    return f"{minutes // 60} h {minutes % 60} min"
