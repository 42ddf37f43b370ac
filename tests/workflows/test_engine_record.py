"""What people say stands in the record as they said it, by whom they are; what can't stand there is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar
from uuid import uuid4

import pytest

from models.access import SENDERS
from models.contracts.base import Actor, Command
from models.contracts.commands import (
    COMMANDS,
    ArriveOnSite,
    AssignEngineer,
    Cancel,
    ChangeContract,
    ChangePriority,
    CompleteStage,
    Hold,
    Reopen,
    Resume,
    SkipStage,
    StartTravel,
)
from models.contracts.facts import FACTS, EngineerAssigned, Fact, StagesMoved, TicketHeld
from models.contracts.proposals import DiagnosisDecision, ProposedDiagnosis, VerifiedOutcome
from models.contracts.signatures import Signature
from models.contracts.tickets import TicketInput
from models.sla.calendar import Calendar
from models.vocabulary import HoldReason, Priority, Role, StageOutcome, SupportLevel
from models.vocabulary.ai import DiagnosisStatus, Severity
from models.vocabulary.signing import SignatureMethod
from tests.factories import (
    COORDINATOR,
    DESK,
    GOOD_ANSWERS,
    HOUR,
    NURSE,
    T0,
    acting,
    assign,
    command_id,
    complete,
    engineer,
    hold,
    resume,
    skip,
    standard_stages,
    template,
    ticket_input,
)
from workflows.engine.diagnoses import summary_of
from workflows.engine.refusal import RefusedError
from workflows.engine.report import write_summary
from workflows.engine.ticket import TicketEngine

WHO = "ENG-001"
DIAGNOSIS, REPAIR, SIGN_OFF = "remote_diagnosis", "onsite_repair", "completion_sign_off"


def on_site(**fields: Any) -> TicketInput:
    stages = tuple(one.model_copy(update={"on_site": one.key == REPAIR}) for one in standard_stages())
    return ticket_input(template=template(stages), **fields)


def proposed(**fields: Any) -> ProposedDiagnosis:
    given: dict[str, Any] = {
        "session_id": uuid4(),
        "provider": "local",
        "model": "local-1",
        "at": T0,
        "summary": "Readings drift with temperature",
        "cause": "Flow sensor",
        "problem_code": None,
        "confidence": 80,
        "uncertain": False,
        "severity": Severity.LOW,
        "support_level": SupportLevel.L1,
        "remote_fix_possible": False,
        "story": "diagnosis: local",
    }
    return ProposedDiagnosis(**{**given, **fields})


class Life:
    """A ticket that somebody is on, at whatever stage it is wanted."""

    def __init__(self, ticket: TicketInput | None = None) -> None:
        self.engine = TicketEngine.open(ticket or on_site(), T0)
        self.do(assign(WHO))

    def do(self, command: Command) -> str:
        code = getattr(command, "engineer_code", None)
        return self.engine.apply(command, T0 + HOUR, engineer(code) if code else None).message

    def refused(self, command: Command) -> str:
        before = self.engine.state.model_copy(deep=True)
        with pytest.raises(RefusedError) as refusal:
            self.do(command)
        assert self.engine.state.visits == before.visits
        assert self.engine.state.holds == before.holds
        return str(refusal.value)

    def at(self, stage: str) -> Life:
        for one in self.engine.graph.definitions:
            if one == stage:
                break
            self.do(complete(one))
        return self

    def closed(self) -> Life:
        self.at(SIGN_OFF).do(complete(SIGN_OFF))
        return self

    def advised(self, **fields: Any) -> Life:
        visit = self.engine.graph.latest(DIAGNOSIS)
        self.engine.propose(visit, proposed(**fields), None, T0)
        return self

    def of(self, command: Command) -> list[Fact]:
        """The facts that a command has left."""
        return [fact for fact in self.engine.state.unstored if fact.command_id == command.command_id]


@pytest.fixture
def life() -> Life:
    return Life()


# -- everything that a command carries -----------------------------------------------------------------------------


class Carries:
    """For each command one that says everything, the ticket that takes it, and what of it is nowhere in the record."""

    NEVER: ClassVar[dict[str, str]] = {
        "CompleteStage.return_to": "it stands as the visits that are planned",
        "Reopen.return_to": "it stands as the visits that are planned",
        "Hold.lasts": "it stands as the date at which it ends",
        "AssignEngineer.stage": "it stands as the visit",
        "AssignEngineer.engineer_code": "it stands as the engineer",
    }

    @staticmethod
    def cases() -> list[tuple[Command, Life]]:
        who = {"command_id": "one", "actor": COORDINATOR, "note": "A remark beside it"}
        reason = "Why it is so"
        decided = DiagnosisDecision(status=DiagnosisStatus.EDITED, cause="Torn tube", problem_code="A050402")
        verified = VerifiedOutcome(proposal_right=False, cause="Bent pin", problem_code="A0404")
        theirs = {**who, "actor": acting(WHO)}
        later = {"happened_at": T0 + HOUR / 2}  # it counts, or stands there as what was claimed
        service = on_site().service.model_copy(update={"response_target": 7 * HOUR})
        return [
            (AssignEngineer(**who, engineer_code="ENG-777", stage=REPAIR, anyway=True, **later), Life()),
            (
                CompleteStage(**theirs, stage=DIAGNOSIS, actions=GOOD_ANSWERS[DIAGNOSIS], diagnosis=decided),
                Life().advised(),
            ),
            (
                CompleteStage(**theirs, stage=SIGN_OFF, actions=GOOD_ANSWERS[SIGN_OFF], verified=verified, **later),
                Life().advised().at(SIGN_OFF),
            ),
            (
                CompleteStage(
                    **theirs, stage=REPAIR, outcome=StageOutcome.TEST_FAILED, return_to=DIAGNOSIS, actions={}
                ),
                Life().at(REPAIR),
            ),
            (_by_hand(theirs), Life().at(SIGN_OFF)),
            (SkipStage(**who, stage="parts_procurement", reason=reason), Life()),
            (
                Hold(
                    **who,
                    reason="waiting_for_parts",
                    resume_at=T0 + 30 * HOUR,
                    approved_by="desk-chief",
                    owner="buyer-3",
                ),
                Life(),
            ),
            (Hold(**who, reason="access_denied", lasts=timedelta(hours=30), **later), Life()),
            (Resume(**who, **later), _held()),
            (ChangePriority(**who, priority=Priority.P1, reason=reason), Life()),
            (ChangeContract(**who, service=service, calendar=Calendar(code="office"), reason=reason), Life()),
            (StartTravel(**theirs, stage=REPAIR, **later), Life().at(REPAIR)),
            (ArriveOnSite(**theirs, stage=REPAIR, **later), Life().at(REPAIR)),
            (Reopen(**who, reason=reason, return_to=REPAIR), Life().closed()),
            (Cancel(**who, reason=reason), Life()),
        ]


def _by_hand(who: dict[str, Any]) -> CompleteStage:
    """A sign-off that is signed on the screen of who completes it."""
    signature = Signature(
        name="Anna Berg",
        capacity="Ward sister",
        meaning="customer_signature",
        signed_at=T0 + HOUR,
        method=SignatureMethod.DRAWN,
        drawing="M0 0L10 10",
        digest=64 * "a",
        covers_until=T0 + HOUR,
    )
    answers = {key: answer for key, answer in GOOD_ANSWERS[SIGN_OFF].items() if key != "customer_signature"}
    return CompleteStage(**who, stage=SIGN_OFF, actions=answers, signature=signature)


def _held() -> Life:
    life = Life()
    life.do(hold())
    return life


def values(said: Any) -> set[Any]:
    """Every value in a document, however deep."""
    if isinstance(said, dict):
        return set().union(*(values(one) for one in said.values()))
    return set().union(*(values(one) for one in said)) if isinstance(said, list) else {said}


@pytest.mark.parametrize(("command", "life"), Carries.cases(), ids=lambda one: type(one).__name__)
def test_whatever_a_command_says_stands_in_the_facts_that_it_leaves(command: Command, life: Life) -> None:
    life.do(command)
    told = life.of(command)
    assert command.leaves in {fact.kind for fact in told}
    assert {fact.actor for fact in told} == {command.actor}
    kept = values(FACTS.dump_python(tuple(told), mode="json"))
    said = command.model_dump(mode="json", exclude={"command_id", "actor"}, exclude_defaults=True)
    lost = {
        f"{type(command).__name__}.{name}"
        for name, value in said.items()
        if not values(value) - {None} <= kept and f"{type(command).__name__}.{name}" not in Carries.NEVER
    }
    assert not lost


def test_the_cases_say_every_field_of_every_command() -> None:
    said: dict[type[Command], set[str]] = {kind: set() for kind in COMMANDS}
    for command, _ in Carries.cases():
        said[type(command)] |= command.model_fields_set
    for kind, names in said.items():
        assert set(kind.model_fields) - names <= kind.looked_up, kind.__name__


# -- who acts ------------------------------------------------------------------------------------------------------


def test_every_command_says_who_may_send_it() -> None:
    assert set(SENDERS) == {kind.__name__ for kind in COMMANDS}
    assert all(kind.senders() for kind in COMMANDS)


@pytest.mark.parametrize("role", list(Role))
def test_a_command_is_taken_from_those_who_may_send_it_and_refused_to_others(role: Role) -> None:
    for command, life in Carries.cases():
        said = command.model_copy(update={"actor": Actor(code="somebody", role=role)})
        if role in command.senders():
            try:
                life.do(said)
            except RefusedError as refusal:
                assert "acts as" not in str(refusal) or "completed by" in str(refusal)
        else:
            told = life.refused(said)
            assert f"somebody acts as {role.value}, and {command.words()} is for {command.senders()[0].value}" in told


def test_a_nurse_may_hold_resume_cancel_and_reopen_and_may_not_leave_a_stage_out(life: Life) -> None:
    life.do(hold().model_copy(update={"actor": NURSE}))
    life.do(resume().model_copy(update={"actor": NURSE}))
    assert life.refused(skip("parts_procurement").model_copy(update={"actor": NURSE})) == (
        "nurse-7 acts as hospital, and skip stage is for coordinator or engineer only. Ask one of them to do it."
    )
    life.do(Cancel(command_id=command_id(), actor=NURSE, reason="Wrong unit"))
    assert {fact.actor for fact in life.engine.state.unstored[-3:]} == {NURSE}


def test_a_run_from_before_takes_what_it_has_always_taken(life: Life) -> None:
    life.engine.want_all_said(False)
    life.do(skip("parts_procurement").model_copy(update={"actor": NURSE}))
    life.do(complete(DIAGNOSIS, actions={**GOOD_ANSWERS[DIAGNOSIS], "typo": True}))
    life.do(hold(HoldReason.OTHER).model_copy(update={"resume_at": T0 + 9 * HOUR, "lasts": HOUR}))
    life.do(resume())
    life.do(complete("parts_identification"))
    life.do(complete(REPAIR, outcome=StageOutcome.TEST_FAILED, note=""))


# -- whose place somebody takes ------------------------------------------------------------------------------------


def test_reassigning_says_whom_it_replaces(life: Life) -> None:
    assert life.do(assign("ENG-002", stage=REPAIR)).endswith("Onsite Repair, instead of ENG-001 Name of ENG-001.")
    fact = life.engine.state.unstored[-1]
    assert isinstance(fact, EngineerAssigned)
    assert [(one.engineer.code, [ref.key for ref in one.stages]) for one in fact.replaced] == [(WHO, [REPAIR])]
    assert write_summary([fact]) == "ENG-002 assigned instead of ENG-001"


def test_one_who_takes_over_from_several_is_told_from_whom_what(life: Life) -> None:
    life.do(assign("ENG-002", stage=REPAIR))
    told = life.do(assign("ENG-003"))
    assert told.endswith(
        "instead of ENG-001 Name of ENG-001 (Remote Diagnosis, Parts Identification, Parts Procurement, Completion "
        "Sign Off), ENG-002 Name of ENG-002 (Onsite Repair)."
    )


def test_nobody_is_replaced_where_nobody_was_or_by_themselves(life: Life) -> None:
    first = life.engine.state.unstored[-1]
    told = life.do(assign(WHO))
    again = life.engine.state.unstored[-1]
    assert isinstance(first, EngineerAssigned) and isinstance(again, EngineerAssigned)
    assert (first.replaced, again.replaced) == ((), ())
    assert "instead" not in told


def test_an_engineer_whom_nobody_knows_leads_nowhere(life: Life) -> None:
    with pytest.raises(RefusedError, match="no active engineer ENG-404") as refusal:
        life.engine.apply(assign("ENG-404"), T0, None)
    assert "list" not in str(refusal.value)


# -- answers -------------------------------------------------------------------------------------------------------


def test_an_answer_that_nobody_asked_for_is_refused_by_name_with_those_that_are_wanted(life: Life) -> None:
    told = life.refused(
        complete(DIAGNOSIS, actions={**GOOD_ANSWERS[DIAGNOSIS], "safety_asessed": True, "part": "VENT-1"})
    )
    assert told == (
        "Remote Diagnosis does not ask for safety_asessed, part. It asks for diagnosis_summary, safety_assessed. "
        "Did you mean safety_assessed? Correct the answers and complete it again."
    )


def test_a_failed_test_may_leave_answers_out_but_gives_none_that_is_no_answer(life: Life) -> None:
    life.at(SIGN_OFF)
    failed = StageOutcome.TEST_FAILED
    for answers, said in (
        ({"customer_rating": 77}, "customer_rating (customer_rating, a whole number from 0 to 10)"),
        ({"customer_signature": "  "}, "customer_signature (customer_signature, a text)"),
        ({"customer_signature": "\u200b \u2060"}, "customer_signature (customer_signature, a text)"),
        ({"returned_to_service": "no"}, "returned_to_service (returned_to_service, true or false)"),
        ({"rating": 7}, "does not ask for rating. It asks for"),
    ):
        assert said in life.refused(complete(SIGN_OFF, outcome=failed, actions=answers))
    life.do(complete(SIGN_OFF, outcome=failed, actions={"returned_to_service": False}))


def test_a_stage_and_a_reason_that_are_not_there_are_held_against_those_that_are(life: Life) -> None:
    assert life.refused(complete("onsite_repiar")).endswith("Did you mean onsite_repair?")
    odd = hold().model_copy(update={"reason": "acess_denied"})
    assert life.refused(odd).endswith("Did you mean access_denied?")


# -- reasons -------------------------------------------------------------------------------------------------------


def test_a_failed_test_says_what_failed(life: Life) -> None:
    life.at(REPAIR)
    failed = StageOutcome.TEST_FAILED
    assert life.refused(complete(REPAIR, outcome=failed, note="  ")) == (
        "A failed test needs its reason. Say in the note what failed."
    )
    life.do(complete(REPAIR, outcome=failed, note="Leaks at 20 mbar"))
    moved = life.engine.state.unstored
    [finish] = [one for fact in moved if isinstance(fact, StagesMoved) for one in fact.finished if one.key == REPAIR]
    assert finish.reason == "Leaks at 20 mbar"


def test_a_refused_diagnosis_says_what_speaks_against_it(life: Life) -> None:
    life.advised()
    refused = complete(DIAGNOSIS).model_copy(update={"diagnosis": DiagnosisDecision(status=DiagnosisStatus.REFUSED)})
    assert life.refused(refused) == "A refused diagnosis needs its reason. Say in the note what speaks against it."
    life.do(refused.model_copy(update={"command_id": command_id(), "note": "Sensor was replaced last week"}))


def test_a_hold_for_another_reason_says_which(life: Life) -> None:
    other = hold(HoldReason.OTHER)
    assert life.refused(other) == "A hold for 'Another reason' needs its reason. Say in the note which one it is."
    life.do(other.model_copy(update={"command_id": command_id(), "note": "Lift is out of order"}))


def test_a_hold_with_two_ends_is_refused(life: Life) -> None:
    both = hold(until=T0 + 9 * HOUR).model_copy(update={"lasts": HOUR})
    assert life.refused(both) == "A hold ends at a date or after a time. Give one of them, not both."


def test_what_was_asked_of_a_hold_that_lasts_longer_is_on_record(life: Life) -> None:
    life.do(hold(until=T0 + 30 * HOUR))
    told = life.do(hold(until=T0 + 9 * HOUR))
    assert "until 2026-03-03 09:00-05:00 (not only until 2026-03-02 12:00-05:00, as asked now)" in told
    fact = next(one for one in reversed(life.engine.state.unstored) if isinstance(one, TicketHeld))
    assert (fact.resume_at, fact.asked_until) == (T0 + 30 * HOUR, T0 + 9 * HOUR)


def test_whoever_asks_does_not_approve_under_another_spelling() -> None:
    rules = tuple(one.model_copy(update={"needs_approval": True}) for one in template().hold_rules)
    life = Life(ticket_input(template=template(hold_rules=rules)))
    own = hold().model_copy(update={"approved_by": COORDINATOR.code.upper()})
    assert "approved by somebody else" in life.refused(own)


# -- words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cause", "summary", "said"),
    [
        ("Flow sensor", "Readings drift", "Flow sensor: Readings drift"),
        ("Flow sensor", "Flow sensor. Found by the knowledge base.", "Flow sensor. Found by the knowledge base."),
        ("Flow sensor", "FLOW SENSOR", "FLOW SENSOR"),
        ("Flow sensor", "Flow sensors of that batch fail", "Flow sensor: Flow sensors of that batch fail"),
    ],
)
def test_an_accepted_diagnosis_names_its_cause_once(cause: str, summary: str, said: str, life: Life) -> None:
    assert summary_of(proposed(cause=cause, summary=summary)) == said
    life.advised(cause=cause, summary=summary)
    accepted = complete(DIAGNOSIS, actions={"safety_assessed": True})
    life.do(accepted.model_copy(update={"diagnosis": DiagnosisDecision(status=DiagnosisStatus.ACCEPTED)}))
    assert life.engine.graph.latest(DIAGNOSIS).actions["diagnosis_summary"] == said


def test_where_no_summary_is_asked_for_an_accepted_diagnosis_answers_nothing() -> None:
    stages = tuple(
        one.model_copy(update={"required_actions": one.required_actions[1:]}) if one.key == DIAGNOSIS else one
        for one in standard_stages()
    )
    life = Life(ticket_input(stages)).advised()
    accepted = complete(DIAGNOSIS, actions={"safety_assessed": True})
    life.do(accepted.model_copy(update={"diagnosis": DiagnosisDecision(status=DiagnosisStatus.ACCEPTED)}))
    visit = life.engine.graph.latest(DIAGNOSIS)
    assert visit.actions == {"safety_assessed": True}
    assert visit.decision is not None


def test_times_in_sentences_are_those_of_the_site_with_their_offset() -> None:
    unit = ticket_input().unit.model_copy(update={"time_zone": "Asia/Kolkata"})
    life = Life(ticket_input(unit=unit))
    assert "until 2026-03-03 14:30+05:30;" in life.do(hold(until=T0 + 25 * HOUR))
    assert "until 2026-03-03 14:30+05:30)" in life.refused(complete(DIAGNOSIS))
    assert "2026-03-02 13:30:00+05:30 is not in the future (now 2026-03-02 14:30:00+05:30)" in life.refused(
        hold(until=T0)
    )
    elsewhere = Life(ticket_input(unit=unit.model_copy(update={"time_zone": "Mars/Olympus"})))
    assert "until 2026-03-03 09:00+00:00;" in elsewhere.do(hold(until=T0 + 25 * HOUR))


def test_the_desk_of_the_manufacturer_may_hold_and_may_not_assign(life: Life) -> None:
    life.do(hold(HoldReason.WAITING_FOR_MANUFACTURER).model_copy(update={"actor": DESK}))
    assert "assign engineer is for coordinator or engineer only" in life.refused(assign(WHO, by=DESK))
