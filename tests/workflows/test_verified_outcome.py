"""At sign-off: what the fault proved to be, held against what AI had proposed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from models.contracts.commands import CompleteStage, Reopen
from models.contracts.proposals import DiagnosisDecision, VerifiedOutcome
from models.vocabulary import StageOutcome, TicketStatus
from models.vocabulary.ai import DiagnosisStatus
from starter.commands import CommandRefused
from tests.diagnosing import STAGE, diagnosis, reported
from tests.factories import COORDINATOR, command_id, complete
from tests.field import Field, Ticket

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIGN_OFF = "completion_sign_off"
LEAKS = "Leak in the breathing circuit or its connections"
UNKNOWN = "Growls like a tired bulldog at teatime"


def signing_off(outcome: StageOutcome = StageOutcome.DONE, **said: Any) -> CompleteStage:
    done = complete(SIGN_OFF, by="ENG-004", outcome=outcome)
    return done.model_copy(update={"verified": VerifiedOutcome(**said)})


async def repaired(ticket: Ticket) -> Ticket:
    """The ticket, right before its sign-off."""
    for key in ("remote_diagnosis", "parts_identification", "parts_procurement", "onsite_repair"):
        if key in (await ticket.status()).active_stages:
            await ticket.do(complete(key, by="ENG-004"))
    return ticket


async def outcomes(ticket: Ticket) -> list[dict[str, Any]]:
    return await ticket.field.rows(
        "SELECT f.kind, f.was_accurate, f.correction, f.given_by_code FROM ai_feedback f "
        "JOIN service_tickets t ON t.id = f.ticket_id WHERE t.workflow_id = :id AND f.kind = 'outcome' "
        "AND f.engineer_recommendation_id IS NULL "
        "ORDER BY f.given_at, f.id",
        id=ticket.id,
    )


async def accuracy(field: Field) -> dict[str, Any]:
    [row] = await field.rows(
        "SELECT a.outcome_verified, a.outcome_correct FROM (SELECT) AS one "
        "LEFT JOIN calculate_ai_accuracy(p_provider => 'local', p_task => 'diagnosis') AS a ON true"
    )
    return {name: count or 0 for name, count in row.items()}


async def test_who_signs_off_says_that_it_was_right(field: Field) -> None:
    before = await accuracy(field)
    ticket = await repaired(await reported(field))
    assert f"**Proved right or wrong?** {LEAKS} (local)" in await ticket.details()
    await ticket.do(signing_off(proposal_right=True))
    found = await diagnosis(ticket)
    assert (found["was_correct"], found["verified_cause"], found["verified_code"]) == (
        True,
        LEAKS,
        found["problem_code"],
    )
    record = (await ticket.stored())["ticket"]
    assert (record["status"], record["verified_cause"], record["verified_code"], record["verified_by_code"]) == (
        "closed",
        LEAKS,
        found["problem_code"],
        "ENG-004",
    )
    assert await outcomes(ticket) == [
        {"kind": "outcome", "was_accurate": True, "correction": None, "given_by_code": "ENG-004"}
    ]
    after = await accuracy(field)
    assert {name: after[name] - before[name] for name in after} == {"outcome_verified": 1, "outcome_correct": 1}
    [summary] = await field.rows(
        "SELECT verified, correct, accuracy FROM ai_performance_summary "
        "WHERE provider_code = 'local' AND task = 'diagnosis'"
    )
    assert summary["verified"] >= after["outcome_verified"]  # people's verdicts of other tests count there as well
    assert summary["accuracy"] == round(Decimal(100 * summary["correct"]) / summary["verified"], 2)


async def test_who_signs_off_says_what_it_was_instead(field: Field) -> None:
    ticket = await repaired(await reported(field))
    refusals: dict[str, dict[str, Any]] = {
        "Say whether what AI proposed": {"cause": "Loose plug"},
        "add the cause that it was": {"proposal_right": False},
        "so it proved right": {"proposal_right": False, "cause": f"{LEAKS.lower()}!"},
        "can't prove right and be another cause": {"proposal_right": True, "cause": "Main board burnt"},
        "with another one it proved wrong": {"proposal_right": True, "problem_code": "A1007"},
    }
    for sentence, said in refusals.items():
        with pytest.raises(CommandRefused, match=sentence):
            await ticket.do(signing_off(**said))
    with pytest.raises(CommandRefused, match="nothing is proved yet"):
        await ticket.do(signing_off(StageOutcome.TEST_FAILED, proposal_right=True))
    assert (await diagnosis(ticket))["was_correct"] is None
    await ticket.do(signing_off(proposal_right=False, cause="Loose plug", problem_code="A0501"))
    found = await diagnosis(ticket)
    assert (found["was_correct"], found["verified_cause"], found["verified_code"]) == (False, "Loose plug", "A0501")
    [given] = await outcomes(ticket)
    assert (given["was_accurate"], given["correction"]) == (False, {"cause": "Loose plug", "problem_code": "A0501"})


async def test_what_an_engineer_put_in_its_place_need_not_be_said_again(field: Field) -> None:
    ticket = await reported(field)
    edited = DiagnosisDecision(status=DiagnosisStatus.EDITED, cause="Torn tube", problem_code="A050402")
    await ticket.do(complete(STAGE, by="ENG-004").model_copy(update={"diagnosis": edited}))
    await repaired(ticket)
    await ticket.do(signing_off(proposal_right=False))
    record = (await ticket.stored())["ticket"]
    assert (record["verified_cause"], record["verified_code"]) == ("Torn tube", "A050402")


async def test_what_nobody_proposed_can_be_verified_all_the_same(field: Field) -> None:
    ticket = await reported(field, UNKNOWN)
    told = VerifiedOutcome(cause="Torn tube")
    with pytest.raises(CommandRefused, match="said at sign-off, with Completion & Sign-off"):
        await ticket.do(complete(STAGE, by="ENG-004").model_copy(update={"verified": told}))
    await repaired(ticket)
    with pytest.raises(CommandRefused, match="Give the cause alone"):
        await ticket.do(signing_off(proposal_right=True))
    with pytest.raises(CommandRefused, match="Add the cause"):
        await ticket.do(signing_off(problem_code="A0501"))
    await ticket.do(signing_off(cause="Fan blade touches the grille", problem_code="A0501"))
    record = (await ticket.stored())["ticket"]
    assert (record["status"], record["verified_cause"]) == ("closed", "Fan blade touches the grille")
    assert await outcomes(ticket) == []
    alike = await field.rows(
        "SELECT number, cause, problem_code, verified FROM find_similar_tickets(:said, 'ventilator', p_limit => 50)",
        said=UNKNOWN,
    )
    assert {one["number"]: one for one in alike}[ticket.number] == {
        "number": ticket.number,
        "cause": "Fan blade touches the grille",
        "problem_code": "A0501",
        "verified": True,
    }


async def test_a_diagnosis_that_a_failed_test_sent_back_is_judged_as_well(field: Field) -> None:
    ticket = await reported(field)
    await repaired(ticket)
    await ticket.do(complete(SIGN_OFF, by="ENG-004", outcome=StageOutcome.TEST_FAILED, return_to=STAGE))
    await ticket.advised()
    await repaired(ticket)
    code = (await ticket.stored())["diagnoses"][0]["problem_code"]
    await ticket.do(signing_off(proposal_right=False, cause="Loose plug", problem_code=code))
    found = (await ticket.stored())["diagnoses"]
    assert [(one["visit"], one["was_correct"], one["verified_cause"]) for one in found] == [
        (1, False, "Loose plug"),
        (2, False, "Loose plug"),
    ]
    assert [one["was_accurate"] for one in await outcomes(ticket)] == [False, False]


async def test_after_a_reopening_nothing_is_verified_and_a_new_verdict_takes_the_place_of_the_old(field: Field) -> None:
    ticket = await repaired(await reported(field))
    await ticket.do(signing_off(proposal_right=True))
    await ticket.stored()
    again = Reopen(command_id=command_id(), actor=COORDINATOR, reason="It leaks again", return_to="onsite_repair")
    await ticket.do(again)
    record = await ticket.stored()
    assert (record["ticket"]["verified_cause"], record["ticket"]["verified_at"]) == (None, None)
    assert (await diagnosis(ticket))["was_correct"] is None
    [reopened] = [one for one in record["timeline"] if one["action"] == "ticket_reopened"]
    assert reopened["old_value"]["verified_cause"] == LEAKS

    await repaired(ticket)
    await ticket.do(signing_off(proposal_right=False, cause="Loose plug"))
    assert (await ticket.stored())["ticket"]["verified_cause"] == "Loose plug"
    assert [(one["was_accurate"], one["correction"]) for one in await outcomes(ticket)] == [
        (False, {"cause": "Loose plug"})
    ]


async def test_nobody_has_to_say_anything(field: Field) -> None:
    ticket = await reported(field)
    assert (await ticket.finish()).status is TicketStatus.CLOSED
    assert (await diagnosis(ticket))["was_correct"] is None
    assert (await ticket.stored())["ticket"]["verified_at"] is None
    assert await outcomes(ticket) == []
