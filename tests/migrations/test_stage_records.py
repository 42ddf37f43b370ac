"""What the projection keeps of a stage's work and a ticket's trouble beside the stages themselves."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from models.contracts.facts import EngineerAssigned, StageFinish, StagesMoved, TicketEnded, TicketHeld
from models.contracts.told import StageRef
from models.database import Database
from models.sql_functions import SqlFunction
from models.vocabulary.sla import ClockEventKind, ClockState
from models.vocabulary.stages import StageOutcome, StageStatus
from models.vocabulary.tickets import HoldReason, TicketStatus
from tests.factories import GOOD_ANSWERS, HOUR, T0
from tests.migrations.story import Story, engineer, open_story

DIAGNOSIS, REPAIR, SIGN_OFF = "remote_diagnosis", "onsite_repair", "completion_sign_off"


async def execution(story: Story, key: str = DIAGNOSIS) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in (await story.shown())["stages"] if one["stage_key"] == key)["execution"]
    return found


# -- what was done -----------------------------------------------------------------------------------------------------


async def test_a_record_keeps_what_the_frozen_template_asked_for(story: Story) -> None:
    await story.apply(story.complete(DIAGNOSIS, actions=GOOD_ANSWERS[DIAGNOSIS]))
    assert (await execution(story))["completion_criteria"] == [
        {"key": "diagnosis_summary", "label": "Diagnosis summary", "kind": "text"},
        {"key": "safety_assessed", "label": "Patient and user safety assessed", "kind": "check"},
    ]


async def test_a_signature_has_its_moment_and_its_meaning(story: Story) -> None:
    await story.apply(story.complete(DIAGNOSIS), story.enter(SIGN_OFF))
    story.now = T0 + 30 * HOUR
    answers = {**GOOD_ANSWERS[SIGN_OFF], "customer_feedback": "Quick, and tidy"}
    await story.apply(story.complete(SIGN_OFF, actions=answers))
    record = await execution(story, SIGN_OFF)
    assert (record["customer_signature"], record["signature_meaning"]) == ("A. Miller", "Customer's signature")
    assert datetime.fromisoformat(record["signed_at"]) == T0 + 30 * HOUR
    assert record["customer_feedback"] == "Quick, and tidy"


async def test_a_signature_that_nobody_asked_for_means_the_stage(story: Story) -> None:
    await story.apply(story.complete(DIAGNOSIS, actions={"customer_signature": "A. Miller"}))
    assert (await execution(story))["signature_meaning"] == "Remote Diagnosis"


@pytest.mark.parametrize("signature", ["", "  ", True, 7])
async def test_what_is_not_a_text_is_no_signature(story: Story, signature: object) -> None:
    await story.apply(story.complete(DIAGNOSIS, actions={"customer_signature": signature}))
    record = await execution(story)
    assert record["actions"]["customer_signature"] == signature
    assert [record[key] for key in ("customer_signature", "signed_at", "signature_meaning")] == [None] * 3


async def test_no_answers_leave_an_empty_record(story: Story) -> None:
    await story.apply(story.complete(DIAGNOSIS))
    record = await execution(story)
    assert (record["actions"], record["forms"], record["customer_feedback"], record["signed_at"]) == (
        {},
        {},
        None,
        None,
    )


async def test_answers_that_are_objects_or_lists_are_forms(database: Database, story: Story) -> None:
    answers = {
        "safety_form": {"leakage_ua": 42, "passed": True},
        "photos": ["a.jpg"],
        "note": "x",
        "customer_feedback": {"stars": 5},
    }
    finished = [{"key": DIAGNOSIS, "visit": 1, "status": "completed", "outcome": "done", "actions": answers}]
    actor = '{"code": "fieldcare", "role": "system"}'
    await database.call(
        SqlFunction.TRANSITION_TO_NEXT_STAGE, story.ticket_id, json.dumps(finished), "[]", "[]", T0, actor, None
    )
    record = await execution(story)
    assert record["forms"] == {key: answers[key] for key in ("safety_form", "photos", "customer_feedback")}
    assert record["actions"] == answers


async def test_a_snapshot_without_required_actions_stops_nothing(database: Database, story: Story, sql: Any) -> None:
    await sql.execute(
        """UPDATE ticket_workflow_instances SET template_snapshot = '{"stages": [{"key": "remote_diagnosis"}]}' """
        "WHERE ticket_id = $1",
        story.ticket_id,
    )
    await story.apply(story.complete(DIAGNOSIS, actions=GOOD_ANSWERS[SIGN_OFF]))
    record = await execution(story)
    assert (record["completion_criteria"], record["signature_meaning"]) == ([], "Remote Diagnosis")


# -- people ------------------------------------------------------------------------------------------------------------


async def test_repair_is_on_site_and_the_rest_is_remote(database: Database, story: Story) -> None:
    someone = await engineer(database, "ENG-004")
    stages = tuple(StageRef(key=key, visit=1) for key in (DIAGNOSIS, REPAIR, SIGN_OFF))
    await story.apply(story.tell(EngineerAssigned, engineer=someone, stages=stages))
    places = {
        stage["stage_key"]: [one["work_location"] for one in stage["assignments"]]
        for stage in (await story.shown())["stages"]
    }
    assert places == {
        DIAGNOSIS: ["remote"],
        "parts_identification": [],
        "parts_procurement": [],
        REPAIR: ["onsite"],
        SIGN_OFF: ["remote"],
    }


# -- reasons and notes -------------------------------------------------------------------------------------------------


async def test_a_further_visit_notes_why_it_is_made_and_a_visit_keeps_both_reasons(story: Story) -> None:
    failed = StageFinish(
        key=DIAGNOSIS, visit=1, status=StageStatus.COMPLETED, outcome=StageOutcome.TEST_FAILED, reason="Leaks again"
    )
    planned = (StageRef(key=DIAGNOSIS, visit=2),)
    await story.apply(
        story.tell(StagesMoved, finished=(failed,), planned=planned, reason="Post-repair test failed"),
        story.enter(DIAGNOSIS, visit=2),
        story.complete(DIAGNOSIS, visit=2, reason="Fixed remotely"),
    )
    first, second = (await story.shown())["stages"][:2]
    assert (first["reason"], first["notes"]) == ("Leaks again", "Post-repair test failed")
    assert (second["reason"], second["notes"]) == ("Fixed remotely", "Post-repair test failed")


async def test_a_visit_without_a_second_reason_has_no_notes(story: Story) -> None:
    await story.apply(story.complete(DIAGNOSIS, reason="Fixed remotely"))
    assert [stage["notes"] for stage in (await story.shown())["stages"]] == [""] * 5


# -- issues ------------------------------------------------------------------------------------------------------------


async def issues(story: Story) -> tuple[int, str | None, datetime | None]:
    ticket = (await story.shown())["ticket"]
    at = ticket["latest_issue_at"]
    return ticket["issues_raised"], ticket["latest_issue"], datetime.fromisoformat(at) if at else None


def held(story: Story) -> TicketHeld:
    return story.tell(
        TicketHeld, hold_reason=HoldReason.ACCESS_DENIED, resume_at=story.now + 24 * HOUR, pauses_clocks=True
    )


def failed_test(story: Story) -> StagesMoved:
    finish = StageFinish(
        key=DIAGNOSIS, visit=1, status=StageStatus.COMPLETED, outcome=StageOutcome.TEST_FAILED, reason="Leaks"
    )
    return story.tell(StagesMoved, finished=(finish,))


async def test_a_quiet_ticket_has_no_issues(story: Story) -> None:
    await story.apply(
        story.clock(ClockEventKind.THRESHOLD, percent=75),
        story.complete(DIAGNOSIS),
        story.clock(ClockEventKind.STOPPED, ClockState.MET),
        story.tell(TicketEnded, status=TicketStatus.CLOSED),
    )
    assert await issues(story) == (0, None, None)


async def test_a_hold_a_breach_and_a_failed_test_are_issues(story: Story) -> None:
    story.now = T0 + HOUR
    await story.apply(held(story))
    assert await issues(story) == (1, "On hold: access_denied", T0 + HOUR)
    story.now = T0 + 2 * HOUR
    await story.apply(story.clock(ClockEventKind.THRESHOLD, ClockState.BREACHED, percent=100))
    assert await issues(story) == (2, "SLA breached: resolution", T0 + 2 * HOUR)
    story.now = T0 + 3 * HOUR
    await story.apply(failed_test(story))
    assert await issues(story) == (3, "Test failed: remote_diagnosis", T0 + 3 * HOUR)


async def test_a_breached_clock_that_stops_later_is_one_issue(story: Story) -> None:
    await story.apply(
        story.clock(ClockEventKind.THRESHOLD, ClockState.BREACHED, percent=100),
        story.clock(ClockEventKind.STOPPED, ClockState.BREACHED),
    )
    assert (await issues(story))[0] == 1


async def test_facts_that_come_again_raise_no_issue_again(story: Story) -> None:
    facts = (
        held(story),
        story.clock(ClockEventKind.THRESHOLD, ClockState.BREACHED, percent=100),
        failed_test(story),
    )
    await story.apply(*facts)
    await story.apply(*facts)
    await story.apply(facts[2])
    assert (await issues(story))[0] == 3


async def test_a_move_that_is_made_twice_is_one_issue(database: Database) -> None:
    story = await open_story(database)
    move = failed_test(story)
    arguments = (
        story.ticket_id,
        json.dumps([one.model_dump(mode="json") for one in move.finished]),
        "[]",
        "[]",
        move.at,
        move.actor.model_dump_json(),
        "",
    )
    await database.call(SqlFunction.TRANSITION_TO_NEXT_STAGE, *arguments)
    await database.call(SqlFunction.TRANSITION_TO_NEXT_STAGE, *arguments)
    assert (await issues(story))[0] == 1
