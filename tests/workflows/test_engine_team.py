"""Who is on a stage as what, who hands it over how, and deliberate steps to a higher level."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.contracts.base import Command
from models.contracts.commands import ArriveOnSite, StartTravel
from models.contracts.facts import EngineerAssigned, NotificationRaised, SupportLevelRaised
from models.contracts.notices import LevelAsked, StageLeft, TargetBreached
from models.contracts.offering import RaiseLevel, ReleaseEngineer
from models.vocabulary import Role, SupportLevel
from models.vocabulary.stages import AssignmentType, WorkLocation
from tests.factories import COORDINATOR, HOUR, T0, acting, assign, command_id, complete, engineer, ticket_input
from tests.workflows.test_engine_recall import from_the_record, known
from workflows.engine.refusal import RefusedError
from workflows.engine.report import details, status_report
from workflows.engine.ticket import TicketEngine

DIAGNOSIS, REPAIR = "remote_diagnosis", "onsite_repair"
LEVELS = {"ENG-009": SupportLevel.L3, "ENG-010": SupportLevel.L1}
HOW_IT_STANDS = "Sensor is out; the new one is to be calibrated"


@pytest.fixture
def ticket() -> TicketEngine:
    """ENG-001 has every stage."""
    engine = TicketEngine.open(ticket_input(), T0)
    do(engine, assign())
    return engine


def do(engine: TicketEngine, command: Command, at: timedelta = HOUR) -> str:
    code = getattr(command, "engineer_code", None)
    who = engineer(code, LEVELS.get(code, SupportLevel.L2)) if code else None
    return engine.apply(command, T0 + at, who).message


def refused(engine: TicketEngine, command: Command) -> str:
    with pytest.raises(RefusedError) as refusal:
        do(engine, command)
    return str(refusal.value)


def put(
    code: str, role: AssignmentType = AssignmentType.PRIMARY, stage: str | None = DIAGNOSIS, **fields: Any
) -> Command:
    return assign(code, stage=stage, by=fields.pop("by", COORDINATOR)).model_copy(update={"role": role, **fields})


def release(code: str, by: Any = COORDINATOR, note: str = "", stage: str | None = DIAGNOSIS) -> ReleaseEngineer:
    return ReleaseEngineer(command_id=command_id(), actor=by, engineer_code=code, stage=stage, note=note)


def asks(by: Any, level: SupportLevel | None = None, stage: str = DIAGNOSIS) -> RaiseLevel:
    return RaiseLevel(command_id=command_id(), actor=by, stage=stage, level=level, reason="Firmware fault")


# -- roles -------------------------------------------------------------------------------------------------------------


def test_others_come_beside_the_primary_engineer_each_once(ticket: TicketEngine) -> None:
    assert do(ticket, put("ENG-002", AssignmentType.SUPPORT, work_location=WorkLocation.REMOTE)) == (
        "ENG-002 Name of ENG-002 is on Remote Diagnosis as support."
    )
    do(ticket, put("ENG-003", AssignmentType.SUPERVISOR))
    do(ticket, put("ENG-002", AssignmentType.SECONDARY))
    visit = ticket.graph.latest(DIAGNOSIS)
    assert visit.engineer is not None and visit.engineer.code == "ENG-001"
    assert [(one.engineer.code, one.role.value) for one in visit.others] == [
        ("ENG-003", "supervisor"),
        ("ENG-002", "secondary"),
    ]
    told = [one for one in ticket.state.unstored if isinstance(one, EngineerAssigned)]
    assert told[-1].words == "ENG-002 assigned as secondary"
    assert status_report(ticket, T0 + HOUR).stages[0].others == ("ENG-003 (supervisor)", "ENG-002 (secondary)")
    assert "Beside them:** ENG-003 (supervisor), ENG-002 (secondary)" in details(ticket)
    assert known(from_the_record(ticket)) == known(ticket.state)


@pytest.mark.parametrize("role", list(AssignmentType))
def test_the_primary_and_a_secondary_one_act_and_the_others_do_not(ticket: TicketEngine, role: AssignmentType) -> None:
    do(ticket, put("ENG-002", role))
    done = complete(DIAGNOSIS, by="ENG-002")
    if role in {AssignmentType.PRIMARY, AssignmentType.SECONDARY}:
        do(ticket, done)
        assert ticket.graph.latest(DIAGNOSIS).finished_by == acting("ENG-002")
    else:
        assert refused(ticket, done) == (
            f"ENG-002 is on Remote Diagnosis as {role.value}, and ENG-001 does it. Let ENG-001 say it, or put ENG-002 "
            "on it as primary or secondary."
        )


@pytest.mark.parametrize(
    ("role", "allowed"),
    [("primary", False), ("secondary", False), ("support", True), ("supervisor", True)],
)
def test_the_level_is_asked_of_those_who_act(ticket: TicketEngine, role: str, allowed: bool) -> None:
    junior = put("ENG-010", AssignmentType(role), stage=REPAIR)
    if allowed:
        do(ticket, junior)
    else:
        assert "needs support level L2; ENG-010 has L1" in refused(ticket, junior)


def test_who_has_the_stage_does_not_come_beside_themselves(ticket: TicketEngine) -> None:
    assert "is the primary engineer of Remote Diagnosis" in refused(ticket, put("ENG-001", AssignmentType.SUPPORT))
    do(ticket, put("ENG-002", AssignmentType.SECONDARY))
    do(ticket, put("ENG-002"))
    assert ticket.graph.latest(DIAGNOSIS).others == []


def test_the_predecessor_may_stay(ticket: TicketEngine) -> None:
    told = do(ticket, put("ENG-002", predecessor_stays_as="support"))
    assert told.endswith("instead of ENG-001 Name of ENG-001, who stays as support.")
    [left] = ticket.graph.latest(DIAGNOSIS).others
    assert (left.engineer.code, left.role) == ("ENG-001", AssignmentType.SUPPORT)
    assert known(from_the_record(ticket)) == known(ticket.state)
    odd = put("ENG-003", AssignmentType.SUPPORT, predecessor_stays_as="support")
    assert "takes nobody's place" in refused(ticket, odd)


def test_a_journey_is_of_those_who_act() -> None:
    stages = tuple(one.model_copy(update={"on_site": True}) for one in ticket_input().template.stages)
    engine = TicketEngine.open(ticket_input(stages), T0)
    do(engine, assign())
    do(engine, put("ENG-002", AssignmentType.SECONDARY))
    do(engine, put("ENG-003", AssignmentType.SUPPORT))
    sets_out = StartTravel(command_id=command_id(), actor=acting("ENG-003"))
    assert "as support" in refused(engine, sets_out)
    do(engine, StartTravel(command_id=command_id(), actor=acting("ENG-002")))
    do(engine, ArriveOnSite(command_id=command_id(), actor=acting("ENG-001")))


# -- hand-over ---------------------------------------------------------------------------------------------------------


def test_who_hands_over_what_is_in_progress_says_how_it_stands(ticket: TicketEngine) -> None:
    over = put("ENG-002", by=acting("ENG-001"))
    assert refused(ticket, over) == (
        "Who hands Remote Diagnosis over says how it stands. Say in the note what was done and what is left."
    )
    said = over.model_copy(update={"command_id": command_id(), "note": HOW_IT_STANDS})
    do(ticket, said)
    told = ticket.state.unstored[-1]
    assert isinstance(told, EngineerAssigned) and told.reason == HOW_IT_STANDS


def test_who_can_not_know_is_not_asked(ticket: TicketEngine) -> None:
    do(ticket, put("ENG-002"))  # a coordinator takes it from somebody who is ill
    do(ticket, put("ENG-003", stage=REPAIR, by=acting("ENG-001")))  # nothing was done there yet
    do(ticket, put("ENG-001", by=acting("ENG-001")))  # whoever takes it is no predecessor


def test_a_run_from_before_lets_them_go(ticket: TicketEngine) -> None:
    ticket.want_handover(False)
    do(ticket, put("ENG-002", by=acting("ENG-001")))


# -- released ----------------------------------------------------------------------------------------------------------


def test_a_coordinator_releases_anybody_and_nobody_takes_their_place(ticket: TicketEngine) -> None:
    do(ticket, put("ENG-002", AssignmentType.SUPPORT))
    assert do(ticket, release("ENG-002")) == "ENG-002 Name of ENG-002 is not on Remote Diagnosis any more."
    do(ticket, release("eng-001", stage=None))
    assert all(visit.engineer is None and not visit.others for visit in ticket.state.visits)
    assert "Nobody is assigned" in refused(ticket, complete(DIAGNOSIS))
    assert refused(ticket, release("ENG-001")) == (
        "ENG-001 is not on Remote Diagnosis, so there is nothing to release."
    )
    assert known(from_the_record(ticket)) == known(ticket.state)


def test_who_leaves_a_stage_says_how_it_stands_and_a_coordinator_is_told(
    ticket: TicketEngine,
) -> None:
    do(ticket, put("ENG-002", AssignmentType.SUPPORT))
    assert "leaves a stage themselves" in refused(ticket, release("ENG-001", by=acting("ENG-002")))
    assert "Say in the note what was done" in refused(ticket, release("ENG-001", by=acting("ENG-001")))
    do(ticket, release("ENG-002", by=acting("ENG-002")))
    assert not [one for one in ticket.state.unstored if isinstance(one, NotificationRaised)]
    do(ticket, release("ENG-001", by=acting("ENG-001"), note=HOW_IT_STANDS))
    [told] = [one for one in ticket.state.unstored if isinstance(one, NotificationRaised)]
    assert isinstance(told.notice, StageLeft) and told.recipient is Role.COORDINATOR
    assert told.notice.words.subject == "FC-2026-000001: ENG-001 has left Remote Diagnosis, and nobody is on it"


# -- deliberate steps --------------------------------------------------------------------------------------------------


def test_a_higher_level_is_asked_for_step_by_step_and_who_is_there_stays(ticket: TicketEngine) -> None:
    assert do(ticket, asks(acting("ENG-001"))) == (
        "Remote Diagnosis needs level L2 now; a coordinator is told. ENG-001 stays until somebody takes over."
    )
    do(ticket, asks(COORDINATOR))
    visit = ticket.graph.latest(DIAGNOSIS)
    assert (visit.support_level, visit.engineer and visit.engineer.code) == (SupportLevel.L3, "ENG-001")
    assert "needs level L3 already. There is no level above L3" in refused(ticket, asks(COORDINATOR))
    raised = [one for one in ticket.state.unstored if isinstance(one, SupportLevelRaised)]
    assert [(one.level, one.asked, one.reason) for one in raised] == [
        (SupportLevel.L2, True, "Firmware fault"),
        (SupportLevel.L3, True, "Firmware fault"),
    ]
    notices = [one for one in ticket.state.unstored if isinstance(one, NotificationRaised)]
    assert all(isinstance(one.notice, LevelAsked) for one in notices)
    assert [(one.recipient, one.level) for one in notices] == [
        (Role.COORDINATOR, None),
        (Role.ENGINEER, SupportLevel.L2),
        (Role.COORDINATOR, None),
        (Role.ENGINEER, SupportLevel.L3),
    ]
    do(ticket, complete(DIAGNOSIS))  # whoever is there may still get it done
    assert known(from_the_record(ticket)) == known(ticket.state)


def test_only_who_works_on_it_asks_and_never_for_less(ticket: TicketEngine) -> None:
    do(ticket, put("ENG-002", AssignmentType.SUPPORT))
    for who in ("ENG-002", "ENG-005"):
        assert f"{who} does not work on Remote Diagnosis" in refused(ticket, asks(acting(who)))
    assert "needs level L2 already. Ask for a higher one" in refused(ticket, asks(COORDINATOR, SupportLevel.L1, REPAIR))
    do(ticket, complete(DIAGNOSIS))
    assert "is completed already" in refused(ticket, asks(COORDINATOR))


def test_a_breach_does_not_raise_once_more_what_was_asked_for_and_nobody_has_taken_yet(ticket: TicketEngine) -> None:
    do(ticket, asks(acting("ENG-001"), SupportLevel.L3))
    ticket.advance(T0 + 5 * HOUR)
    visit = ticket.graph.latest(DIAGNOSIS)
    assert visit.support_level is SupportLevel.L3
    told = [one for one in ticket.state.unstored if isinstance(one, NotificationRaised)]
    breached = [one for one in told if isinstance(one.notice, TargetBreached) and one.notice.name == "Remote Diagnosis"]
    levels = {one.level for one in breached}
    assert levels == {None, SupportLevel.L3}
    assert known(from_the_record(ticket)) == known(ticket.state)


def test_a_breach_raises_the_level_again_once_somebody_of_the_asked_level_has_it(ticket: TicketEngine) -> None:
    do(ticket, asks(acting("ENG-001"), SupportLevel.L2))
    do(ticket, put("ENG-002"))
    ticket.advance(T0 + 5 * HOUR)
    assert ticket.graph.latest(DIAGNOSIS).support_level is SupportLevel.L3
    assert known(from_the_record(ticket)) == known(ticket.state)
