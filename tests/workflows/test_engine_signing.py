"""Who may sign a stage off, with what, and of what: the engine has the last word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from models.contracts.base import Actor
from models.contracts.commands import CompleteStage, StartTravel
from models.contracts.facts import FACTS, StageFinish, StagesMoved
from models.contracts.proposals import VerifiedOutcome
from models.contracts.signatures import Signature
from models.contracts.state import TicketState
from models.contracts.templates import RequiredAction, StageDefinition, TemplateSnapshot
from models.drawn import LONGEST, checked_path
from models.vocabulary import Role, StageOutcome
from models.vocabulary.signing import SignatureMethod
from models.vocabulary.stages import ActionKind
from tests.factories import (
    COORDINATOR,
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
    standard_stages,
    template,
    ticket_input,
)
from workflows.engine.recall import recall
from workflows.engine.refusal import RefusedError
from workflows.engine.ticket import TicketEngine

SIGN_OFF = "completion_sign_off"
MEANING = "The unit works again."
ANSWERS = {key: answer for key, answer in GOOD_ANSWERS[SIGN_OFF].items() if key != "customer_signature"}
PROOF = UUID(int=7)


def stages(kind: ActionKind = ActionKind.TEXT) -> tuple[StageDefinition, ...]:
    """The usual ones; what is signed says what that means."""

    def changed(action: RequiredAction) -> RequiredAction:
        signed = action.key == "customer_signature"
        return action.model_copy(update={"kind": kind, "meaning": MEANING}) if signed else action

    return tuple(
        one.model_copy(update={"required_actions": tuple(map(changed, one.required_actions))})
        for one in standard_stages()
    )


def at_sign_off(kind: ActionKind = ActionKind.TEXT) -> TicketEngine:
    engine = TicketEngine.open(ticket_input(template=template(stages(kind))), T0)
    engine.apply(assign(), T0, engineer())
    for key in list(engine.graph.definitions)[:-1]:
        engine.apply(complete(key), T0 + HOUR)
    return engine


def signature(**fields: Any) -> Signature:
    given: dict[str, Any] = {
        "name": "Anna Berg",
        "capacity": "Ward sister",
        "meaning": MEANING,
        "signed_at": T0 + 2 * HOUR,
        "method": SignatureMethod.PASSWORD,
        "digest": 64 * "a",
        "covers_until": T0 + HOUR,
        "proof": PROOF,
    }
    return Signature(**{**given, **fields})


def drawn(**fields: Any) -> Signature:
    return signature(**{"method": SignatureMethod.DRAWN, "drawing": "M0 0 L9 9", "proof": None, **fields})


def sign(by: Actor = NURSE, found: Signature | None = None, *, stage: str = SIGN_OFF, **fields: Any) -> CompleteStage:
    given: dict[str, Any] = {"actions": ANSWERS, "signature": found or signature()}
    return CompleteStage(command_id=command_id(), actor=by, stage=stage, **{**given, **fields})


def refused(engine: TicketEngine, command: Any) -> str:
    before = engine.state.model_copy(deep=True).visits
    with pytest.raises(RefusedError) as refusal:
        engine.apply(command, T0 + 2 * HOUR)
    assert engine.state.visits == before
    return str(refusal.value)


def finish_of(engine: TicketEngine) -> StageFinish:
    (finish,) = [
        one
        for fact in engine.state.unstored
        if isinstance(fact, StagesMoved)
        for one in fact.finished
        if one.key == SIGN_OFF
    ]
    return finish


@pytest.mark.parametrize("kind", [ActionKind.TEXT, ActionKind.SIGNATURE])
def test_a_nurse_signs_whoever_else_may_complete_it_and_the_signature_is_the_answer(kind: ActionKind) -> None:
    engine = at_sign_off(kind)
    assert engine.apply(sign(), T0 + 2 * HOUR).message.endswith("is closed.")
    finish = finish_of(engine)
    assert finish.signature == signature()
    assert finish.actions == {**ANSWERS, "customer_signature": "Anna Berg"}
    visit = engine.graph.latest(SIGN_OFF)
    assert (visit.finished_by, visit.signature) == (NURSE, signature())


@pytest.mark.parametrize("stage", [one.key for one in standard_stages()][:-1])
def test_a_nurse_completes_no_other_stage_whatever_she_signs(stage: str) -> None:
    engine = TicketEngine.open(ticket_input(), T0)
    engine.apply(assign(), T0, engineer())
    for key in list(engine.graph.definitions):
        if key == stage:
            break
        engine.apply(complete(key), T0 + HOUR)
    for found in (sign(stage=stage, actions=GOOD_ANSWERS[stage]), complete(stage, by=NURSE)):
        assert "acts as hospital, which signs a finished ticket off and completes nothing else" in refused(
            engine, found
        )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"signature": None}, "completes nothing else"),
        ({"signature": drawn()}, "completes nothing else"),
        ({"outcome": StageOutcome.TEST_FAILED, "note": "Alarm"}, "signs .* as done"),
        ({"verified": VerifiedOutcome(cause="Sensor")}, "says nothing of the fault"),
        ({"actions": {}}, "Missing: customer_rating"),
        ({"actions": {**ANSWERS, "customer_signature": "Bert Rao"}}, "another name than the signature"),
        ({"actions": {**ANSWERS, "weather": "fine"}}, "does not ask for weather"),
        ({"signature": signature(meaning="I owe nothing.")}, "means 'The unit works again.' and nothing else"),
        ({"signature": signature(signed_at=T0 + 3 * HOUR)}, "dated later than now"),
        ({"signature": signature(covers_until=T0)}, "has changed since it was read"),
        ({"signature": signature(covers_until=None)}, "has changed since it was read"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(change: dict[str, Any], said: str) -> None:
    engine = at_sign_off()
    with pytest.raises(RefusedError, match=said):
        engine.apply(sign(**change) if "signature" not in change else sign().model_copy(update=change), T0 + 2 * HOUR)
    assert engine.graph.latest(SIGN_OFF).signature is None
    assert engine.apply(sign(), T0 + 2 * HOUR).message.endswith("is closed.")


def test_a_nurse_signs_nothing_that_waits_and_travels_nowhere() -> None:
    engine = at_sign_off()
    engine.apply(hold(), T0 + HOUR)
    assert "on hold" in refused(engine, sign())
    engine.want_all_said(False)  # a run from before does not ask who sends
    travel = StartTravel(command_id=command_id(), actor=NURSE, stage="onsite_repair")
    with pytest.raises(RefusedError):
        engine.apply(travel, T0 + 2 * HOUR)


@pytest.mark.parametrize(
    ("by", "found"), [(acting("ENG-001"), signature()), (COORDINATOR, signature()), (NURSE, drawn())]
)
def test_the_hospital_signs_itself_and_a_drawn_signature_is_brought(by: Actor, found: Signature) -> None:
    refused(at_sign_off(), sign(by, found))


def test_whoever_completes_it_brings_a_drawn_signature() -> None:
    engine = at_sign_off()
    engine.apply(sign(acting("ENG-001"), drawn()), T0 + 2 * HOUR)
    assert finish_of(engine).signature == drawn()


def test_a_signature_that_a_template_wants_is_not_a_text() -> None:
    engine = at_sign_off(ActionKind.SIGNATURE)
    assert "signed, and not answered by a text" in refused(engine, complete(SIGN_OFF))
    assert "signed by the customer" in refused(engine, complete(SIGN_OFF, actions=ANSWERS))


def test_a_text_stays_enough_where_the_template_asks_for_one() -> None:
    engine = at_sign_off()
    engine.apply(complete(SIGN_OFF), T0 + 2 * HOUR)
    assert finish_of(engine).signature is None


def test_what_stands_in_facts_comes_back_from_them() -> None:
    engine = at_sign_off()
    engine.apply(sign(), T0 + 2 * HOUR)
    facts = FACTS.validate_json(FACTS.dump_json(tuple(engine.state.unstored)))
    again = recall(engine.ticket, T0, facts).state
    assert again.visits == engine.state.visits
    carried = TicketState.model_validate_json(engine.state.model_dump_json())
    assert carried.visits == engine.state.visits


def test_facts_and_templates_of_before_are_as_they_were() -> None:
    finish = StageFinish.model_validate({"key": SIGN_OFF, "visit": 1, "status": "completed"})
    assert finish.signature is None
    dumped = template().model_dump(mode="json")
    assert all("meaning" not in action for one in dumped["stages"] for action in one["required_actions"])
    assert TemplateSnapshot.model_validate(dumped) == TemplateSnapshot.model_validate(
        TemplateSnapshot.model_validate(dumped).model_dump(mode="json")
    )
    plain = complete(SIGN_OFF, id="one")
    assert plain.digest == plain.model_copy(update={"signature": None}).digest


# -- what a signature is -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "",
        "  ",
        "Anna\nBerg",
        "Anna\u202eBerg",
        "Anna\u200bBerg",
        "\u00ad",
        "12345",
        "Anna\x00Berg",
        "Anna\x1b[2J",
        201 * "a",
    ],
)
def test_a_printed_name_is_one_line_that_everybody_sees(name: str) -> None:
    for field in ("name", "capacity"):
        with pytest.raises(ValidationError):
            signature(**{field: name})


@pytest.mark.parametrize("name", ["Anna Berg", "José Núñez", "李小龍", "क्षमा", "Dr. R. Iyer, MD", "O'Neil-Ünal"])
def test_names_of_the_world_are_names(name: str) -> None:
    assert signature(name=f" {name} ").name == name


def test_a_name_is_kept_as_its_letters_are_composed() -> None:
    assert signature(name="Jose\u0301").name == "Jos\u00e9"


@pytest.mark.parametrize(
    "path",
    ["M0 0", "M 0,0 L 10 -1.5e1 l.5.5", "m1 1h2v-3z", "M0 0C1 2,3 4 5 6S1 2 3 4Q1 2 3 4T5 6Z", " M0 0 1 1 2 2 "],
)
def test_lines_and_curves_are_a_drawing(path: str) -> None:
    assert checked_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        " ",
        "Z",
        "L0 0",
        "0 0",
        "M0",
        "M0 0L1",
        "M0 0 Z 1",
        "M",
        "M0 0A1 1 0 0 0 1 1",
        "M0 0<script>alert(1)</script>",
        "M0 0 url(javascript:1)",
        "M0 0\nL1 1",
        "M1e9 0",
        "M0 0 L" + LONGEST * "1 ",
    ],
)
def test_nothing_else_is_and_nothing_longer(path: str) -> None:
    with pytest.raises(ValueError, match="signature"):
        checked_path(path)
    with pytest.raises(ValidationError):
        drawn(drawing=path)


def test_a_long_row_of_digits_is_judged_at_once() -> None:
    with pytest.raises(ValueError, match="too large"):
        checked_path("M" + 19_000 * "1" + " 0")


def _without(name: str) -> Callable[[], Signature]:
    return lambda: signature(**{name: None})


@pytest.mark.parametrize(
    "made",
    [
        _without("proof"),
        lambda: signature(drawing="M0 0"),
        lambda: drawn(proof=PROOF),
        lambda: drawn(drawing=None),
        lambda: signature(digest="A" * 64),
        lambda: signature(digest="a" * 63),
        lambda: signature(meaning=501 * "m"),
        lambda: signature(method="spoken"),
        lambda: signature(signed_at=(T0 + timedelta(0)).replace(tzinfo=None)),
    ],
)
def test_a_signature_is_whole_or_none(made: Callable[[], Signature]) -> None:
    with pytest.raises(ValidationError):
        made()
    assert Role.HOSPITAL in CompleteStage.senders()
