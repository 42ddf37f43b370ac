"""The engine of a ticket: what each command does to the stages, and what it refuses."""

from __future__ import annotations

from datetime import datetime

import pytest

from models.contracts.ai import AskedInTurn, AskFailure
from models.contracts.base import Command
from models.contracts.commands import Cancel, CommandResult
from models.contracts.facts import (
    AiUnanswered,
    CommandRefused,
    EngineerAssigned,
    Fact,
    NotificationRaised,
    StagesMoved,
    TicketEnded,
)
from models.contracts.tickets import TicketInput
from models.vocabulary import (
    Role,
    StageOutcome,
    StageStatus,
    StageType,
    SupportLevel,
    TicketStatus,
)
from models.vocabulary.ai import AiTask
from tests.factories import (
    COORDINATOR,
    DESK,
    HOUR,
    T0,
    acting,
    assign,
    command_id,
    complete,
    engineer,
    hold,
    manufacturer_stages,
    resume,
    skip,
    stage,
    ticket_input,
)
from workflows.engine.graph import MOST_VISITS
from workflows.engine.refusal import RefusedError
from workflows.engine.report import details, write_summary
from workflows.engine.ticket import TicketEngine

ASKED = AskedInTurn(
    story="diagnosis: openai 429 → nobody",
    failures=(AskFailure(provider="openai", reason="429", message="too many requests"),),
    flags=("instructions_in_description",),
)


class Desk:
    """Drives an engine; time stands still unless it is told."""

    def __init__(self, ticket: TicketInput | None = None) -> None:
        self.engine = TicketEngine.open(ticket or ticket_input(), T0)
        self.now: datetime = T0

    def do(self, command: Command, known: bool = True, level: SupportLevel = SupportLevel.L2) -> CommandResult:
        code = getattr(command, "engineer_code", None)
        return self.engine.apply(command, self.now, engineer(code, level) if code and known else None)

    def refused(self, command: Command, known: bool = True, level: SupportLevel = SupportLevel.L2) -> str:
        """The sentence of the refusal, after checking that nothing but its own fact has changed."""
        before = self.engine.state.model_copy(deep=True)
        with pytest.raises(RefusedError) as refusal:
            self.do(command, known, level)
        after = self.engine.state
        assert isinstance(after.unstored[-1], CommandRefused)
        assert after.unstored[:-1] == before.unstored
        assert (after.visits, after.clocks, after.status, after.holds) == (
            before.visits,
            before.clocks,
            before.status,
            before.holds,
        )
        return str(refusal.value)

    def statuses(self) -> dict[str, str]:
        return {visit.key: visit.status.value for visit in self.engine.graph.current()}

    def active(self) -> list[str]:
        return [visit.key for visit in self.engine.graph.active()]

    def facts(self, kind: type[Fact]) -> list[Fact]:
        return [fact for fact in self.engine.state.unstored if isinstance(fact, kind)]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def assigned(desk: Desk) -> Desk:
    desk.do(assign())
    return desk


# -- the straight way --------------------------------------------------------------------------------------------------


def test_a_new_ticket_is_in_its_first_stage(desk: Desk) -> None:
    assert desk.active() == ["remote_diagnosis"]
    assert set(desk.engine.state.clocks) == {"response", "resolution", "remote_diagnosis"}


def test_stages_follow_each_other_to_sign_off(assigned: Desk) -> None:
    for key in ("remote_diagnosis", "parts_identification", "parts_procurement", "onsite_repair"):
        assert assigned.active() == [key]
        assigned.do(complete(key))
    result = assigned.do(complete("completion_sign_off"))
    assert result.ticket_status is TicketStatus.CLOSED
    assert set(assigned.statuses().values()) == {"completed"}
    assert assigned.engine.result().status is TicketStatus.CLOSED
    assert assigned.engine.result().clocks_breached == 0


def test_the_facts_are_numbered_without_a_gap(assigned: Desk) -> None:
    for key in list(assigned.engine.graph.definitions):
        assigned.do(complete(key))
    sequences = [fact.sequence for fact in assigned.engine.state.unstored]
    assert sequences == list(range(1, len(sequences) + 1))
    assert isinstance(assigned.engine.state.unstored[-1], TicketEnded)


def test_finishing_a_stage_and_entering_the_next_is_one_fact(assigned: Desk) -> None:
    assigned.do(complete("remote_diagnosis"))
    move = assigned.facts(StagesMoved)[-1]
    assert isinstance(move, StagesMoved)
    assert [one.key for one in move.finished] == ["remote_diagnosis"]
    assert [one.key for one in move.entered] == ["parts_identification"]


# -- outcomes ----------------------------------------------------------------------------------------------------------


def test_fixed_remotely_skips_parts_and_onsite_with_that_reason(assigned: Desk) -> None:
    assigned.do(complete("remote_diagnosis", outcome=StageOutcome.FIXED_REMOTELY))
    assert assigned.active() == ["completion_sign_off"]
    skipped = [visit for visit in assigned.engine.state.visits if visit.status is StageStatus.SKIPPED]
    assert [visit.key for visit in skipped] == ["parts_identification", "parts_procurement", "onsite_repair"]
    assert {visit.reason for visit in skipped} == {"Fixed remotely"}


def test_no_parts_needed_skips_procurement_alone(assigned: Desk) -> None:
    assigned.do(complete("remote_diagnosis"))
    assigned.do(complete("parts_identification", outcome=StageOutcome.NO_PARTS_NEEDED))
    assert assigned.active() == ["onsite_repair"]
    assert assigned.statuses()["parts_procurement"] == "skipped"


def to_repair(desk: Desk) -> None:
    for key in ("remote_diagnosis", "parts_identification", "parts_procurement"):
        desk.do(complete(key))


def test_a_failed_test_means_a_further_visit_to_the_repair(assigned: Desk) -> None:
    to_repair(assigned)
    assigned.do(complete("onsite_repair", outcome=StageOutcome.TEST_FAILED))
    visits = [visit for visit in assigned.engine.state.visits if visit.key == "onsite_repair"]
    assert [(visit.visit, visit.status) for visit in visits] == [
        (1, StageStatus.COMPLETED),
        (2, StageStatus.IN_PROGRESS),
    ]
    assert visits[0].outcome is StageOutcome.TEST_FAILED
    assert "onsite_repair#2" in assigned.engine.state.clocks


def test_a_failed_test_may_go_back_to_diagnosis_and_through_all_stages_again(assigned: Desk) -> None:
    to_repair(assigned)
    assigned.do(complete("onsite_repair", outcome=StageOutcome.TEST_FAILED, return_to="remote_diagnosis"))
    assert assigned.active() == ["remote_diagnosis"]
    for key in list(assigned.engine.graph.definitions):
        assigned.do(complete(key))
    assert assigned.engine.is_over
    assert [visit.visit for visit in assigned.engine.graph.current()] == [2, 2, 2, 2, 1]


def test_a_stage_can_not_return_to_one_that_comes_later(assigned: Desk) -> None:
    to_repair(assigned)
    sentence = assigned.refused(
        complete("onsite_repair", outcome=StageOutcome.TEST_FAILED, return_to="completion_sign_off")
    )
    assert "does not come before it" in sentence


def test_a_stage_that_fails_without_end_needs_a_decision(assigned: Desk) -> None:
    to_repair(assigned)
    for _ in range(MOST_VISITS - 1):
        assigned.do(complete("onsite_repair", outcome=StageOutcome.TEST_FAILED))
    assert f"{MOST_VISITS} times" in assigned.refused(complete("onsite_repair", outcome=StageOutcome.TEST_FAILED))


def test_an_outcome_that_a_stage_can_not_have_is_refused_with_the_possible_ones(assigned: Desk) -> None:
    assert "Possible: done, fixed_remotely, no_parts_needed" in assigned.refused(
        complete("remote_diagnosis", outcome=StageOutcome.TEST_FAILED)
    )


# -- side by side ------------------------------------------------------------------------------------------------------


def test_independent_stages_run_side_by_side_and_meet_again() -> None:
    desk = Desk(
        ticket_input(
            (
                stage("diagnosis", StageType.DIAGNOSIS, 1, position=1),
                stage("parts", StageType.PROCUREMENT, 1, "diagnosis", position=2),
                stage("permit", StageType.ASSESSMENT, 1, "diagnosis", position=3),
                stage("repair", StageType.REPAIR, 1, "parts", "permit", position=4),
            )
        )
    )
    desk.do(assign())
    desk.do(complete("diagnosis"))
    assert desk.active() == ["parts", "permit"]
    desk.do(complete("permit"))
    assert desk.active() == ["parts"]
    desk.do(complete("parts"))
    assert desk.active() == ["repair"]


# -- refusals ----------------------------------------------------------------------------------------------------------


def test_missing_actions_are_named_one_by_one(assigned: Desk) -> None:
    sentence = assigned.refused(complete("remote_diagnosis", actions={"safety_assessed": False}))
    assert "diagnosis_summary" in sentence
    assert "safety_assessed" in sentence


@pytest.mark.parametrize("rating", [-1, 11, True, "9", None])
def test_a_rating_is_a_whole_number_from_0_to_10(assigned: Desk, rating: object) -> None:
    assigned.do(complete("remote_diagnosis", outcome=StageOutcome.FIXED_REMOTELY))
    answers = {"customer_signature": "A. Miller"} | ({} if rating is None else {"customer_rating": rating})
    assert "customer_rating" in assigned.refused(complete("completion_sign_off", actions=answers))


def test_a_stage_that_has_not_begun_is_the_wrong_stage(assigned: Desk) -> None:
    sentence = assigned.refused(complete("onsite_repair"))
    assert "Onsite Repair has not begun: it waits for Parts Procurement. The ticket is in Remote Diagnosis." in sentence


def test_the_second_to_complete_is_told_who_was_first(assigned: Desk) -> None:
    assigned.do(complete("remote_diagnosis"))
    sentence = assigned.refused(complete("remote_diagnosis"))
    assert "was completed by ENG-001" in sentence
    assert "The ticket is in Parts Identification." in sentence


def test_nobody_assigned_and_somebody_else_assigned(desk: Desk) -> None:
    assert "Nobody is assigned" in desk.refused(complete("remote_diagnosis"))
    desk.do(assign("ENG-001"))
    assert "ENG-002 is not assigned to Remote Diagnosis; ENG-001 is" in desk.refused(
        complete("remote_diagnosis", by="ENG-002")
    )
    assert "ENG-001" in desk.refused(complete("remote_diagnosis", by=COORDINATOR))


def test_an_unknown_stage_is_refused_with_the_stages_there_are(assigned: Desk) -> None:
    assert "Its stages: remote_diagnosis" in assigned.refused(complete("no_such_stage"))


def test_the_last_stage_can_not_be_skipped(assigned: Desk) -> None:
    assert "can't be skipped" in assigned.refused(skip("completion_sign_off"))


def test_a_closed_ticket_takes_no_command(assigned: Desk) -> None:
    assigned.do(complete("remote_diagnosis", outcome=StageOutcome.FIXED_REMOTELY))
    assigned.do(complete("completion_sign_off"))
    for command in (complete("completion_sign_off"), assign(), hold(), resume(), skip("onsite_repair")):
        assert "closed since 2026-03-02 03:00-05:00" in assigned.refused(command)


# -- idempotence -------------------------------------------------------------------------------------------------------


def test_the_same_command_id_is_answered_again_and_applied_once(assigned: Desk) -> None:
    command = complete("remote_diagnosis")
    first = assigned.do(command)
    told = assigned.engine.state.sequence
    assert assigned.do(command) == first
    assert assigned.engine.state.sequence == told


def test_a_refused_command_id_is_refused_again_and_recorded_once(desk: Desk) -> None:
    command = complete("remote_diagnosis")
    sentence = desk.refused(command)
    told = desk.engine.state.sequence
    desk.do(assign())
    with pytest.raises(RefusedError, match="Nobody is assigned") as again:
        desk.do(command)
    assert str(again.value) == sentence
    assert desk.engine.state.sequence == told + 1


# -- assignment --------------------------------------------------------------------------------------------------------


def test_without_a_stage_an_engineer_gets_every_open_stage_of_their_level(desk: Desk) -> None:
    desk.do(assign("ENG-L1"), level=SupportLevel.L1)
    fact = desk.facts(EngineerAssigned)[-1]
    assert isinstance(fact, EngineerAssigned)
    assert [ref.key for ref in fact.stages] == [
        "remote_diagnosis",
        "parts_identification",
        "parts_procurement",
        "completion_sign_off",
    ]


def test_different_engineers_take_different_stages(assigned: Desk) -> None:
    assigned.do(assign("ENG-009", stage="onsite_repair"))
    to_repair(assigned)
    assert "ENG-009 is" in assigned.refused(complete("onsite_repair"))
    assigned.do(complete("onsite_repair", by="ENG-009"))


def test_an_engineer_below_the_level_and_an_unknown_one_are_refused(desk: Desk) -> None:
    assert "needs support level L2; ENG-L1 has L1" in desk.refused(
        assign("ENG-L1", stage="onsite_repair"), level=SupportLevel.L1
    )
    assert "no active engineer ENG-404" in desk.refused(assign("ENG-404"), known=False)


# -- holds and the end -------------------------------------------------------------------------------------------------


def test_on_hold_no_stage_moves(assigned: Desk) -> None:
    assigned.do(hold())
    assert "on hold (access_denied" in assigned.refused(complete("remote_diagnosis"))
    assert "on hold" in assigned.refused(skip("remote_diagnosis"))
    assigned.do(resume())
    assigned.do(complete("remote_diagnosis"))


def test_resuming_what_is_not_on_hold_is_refused(desk: Desk) -> None:
    assert "nothing to resume" in desk.refused(resume())


def test_a_resume_date_in_the_past_or_too_far_away_is_refused(desk: Desk) -> None:
    assert "not in the future" in desk.refused(hold(until=T0))
    assert "180 days" in desk.refused(hold(until=T0 + 181 * 24 * HOUR))


def test_cancel_ends_the_ticket_and_its_clocks(desk: Desk) -> None:
    desk.do(hold())
    result = desk.do(Cancel(command_id=command_id(), actor=COORDINATOR, reason="Reported twice"))
    assert result.ticket_status is TicketStatus.CANCELLED
    assert desk.engine.clocks.open() == []
    assert desk.engine.result().reason == "Reported twice"
    assert (desk.engine.result().clocks_met, desk.engine.result().clocks_breached) == (0, 0)


def test_skipping_goes_on_with_the_next_stage(assigned: Desk) -> None:
    assigned.do(skip("parts_procurement", "Part is in the van"))
    assigned.do(complete("remote_diagnosis"))
    assigned.do(complete("parts_identification"))
    assert assigned.active() == ["onsite_repair"]


# -- the manufacturer's ticket -----------------------------------------------------------------------------------------


def test_the_manufacturer_is_told_responds_and_visits_and_our_coordinator_accepts() -> None:
    desk = Desk(ticket_input(manufacturer_stages()))
    assert "completed by the coordinator" in desk.refused(complete("handover", by=DESK))
    desk.do(complete("handover", by=COORDINATOR))
    told = [fact for fact in desk.facts(NotificationRaised) if isinstance(fact, NotificationRaised)]
    assert [fact.recipient for fact in told] == [Role.MANUFACTURER]
    assert desk.engine.ticket.description not in told[0].model_dump_json()  # what was reported stays in the house
    assert told[0].notice is not None
    assert told[0].notice.words.body.startswith(f"For {desk.engine.ticket.unit.manufacturer}: ")
    assert not desk.engine.state.clocks["response"].is_over
    assert "completed by the manufacturer" in desk.refused(complete("manufacturer_response", by=COORDINATOR))
    desk.do(complete("manufacturer_response", by=DESK))
    assert desk.engine.state.clocks["response"].is_over
    desk.do(complete("manufacturer_visit", by=DESK))
    desk.do(complete("acceptance", by=COORDINATOR))
    assert desk.engine.is_over


def test_no_engineer_of_ours_is_assigned_to_the_manufacturers_stages() -> None:
    desk = Desk(ticket_input(manufacturer_stages()))
    assert "done by the manufacturer" in desk.refused(assign(stage="manufacturer_visit"))
    assert "No open stage" in desk.refused(assign())


# -- the response ------------------------------------------------------------------------------------------------------


def test_a_coordinators_dispatch_is_no_response_but_an_engineer_taking_the_ticket_is(desk: Desk) -> None:
    desk.do(assign("ENG-001", by=COORDINATOR))
    assert not desk.engine.state.clocks["response"].is_over
    desk.do(assign("ENG-001", by=acting("ENG-001")))
    assert desk.engine.state.clocks["response"].is_over


def test_a_state_that_was_carried_over_goes_on_as_it_was(assigned: Desk) -> None:
    assigned.do(complete("remote_diagnosis"))
    carried = assigned.engine.state.model_validate_json(assigned.engine.state.model_dump_json())
    ticket = assigned.engine.ticket.model_copy(update={"carried": carried})
    again = TicketEngine.open(ticket, T0 + 99 * HOUR)
    assert again.state == assigned.engine.state
    again.apply(complete("parts_identification"), T0)
    assert [visit.key for visit in again.graph.active()] == ["parts_procurement"]


def test_that_nobody_could_answer_is_a_fact_until_the_ticket_is_over(desk: Desk) -> None:
    [visit] = desk.engine.graph.active()
    desk.engine.unanswered(visit, AiTask.DIAGNOSIS, ASKED, desk.now, on_record=False)  # a run from before it was a fact
    assert visit.advice[AiTask.DIAGNOSIS].asked
    assert not [fact for fact in desk.engine.state.unstored if isinstance(fact, AiUnanswered)]
    assert "openai 429 → nobody: too many requests · instructions_in_description" in details(desk.engine)
    desk.engine.unanswered(visit, AiTask.DIAGNOSIS, ASKED, desk.now, on_record=True)
    fact = desk.engine.state.unstored[-1]
    assert isinstance(fact, AiUnanswered)
    assert (fact.stage.key, fact.story, fact.reason, fact.flags) == (
        visit.key,
        ASKED.story,
        "too many requests",
        ASKED.flags,
    )
    assert write_summary([fact]) == "diagnosis: no answer from AI"
    desk.do(Cancel(command_id=command_id(), actor=COORDINATOR, reason="Reported twice"))
    desk.engine.unanswered(visit, AiTask.DIAGNOSIS, ASKED, desk.now, on_record=True)
    assert isinstance(desk.engine.state.unstored[-1], TicketEnded)


def test_an_answer_when_everything_is_stored_and_nothing_was_told_is_no_fault() -> None:
    engine = TicketEngine.open(ticket_input(), T0)
    engine.story.stored(engine.state.sequence)
    engine.story.answered(hold(), "Nothing to tell")
    assert engine.state.unstored == []
