"""The functions over what AI proposed and what was said for it."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from models.contracts.facts import StagesMoved
from models.contracts.told import StageRef
from models.sql_functions import SqlFunction
from tests.factories import HOUR, T0
from tests.migrations.lab import Lab

DIAGNOSIS, IDENTIFICATION, REPAIR = "remote_diagnosis", "parts_identification", "onsite_repair"


async def test_nothing_is_known_of_a_ticket_that_nobody_asked_about(lab: Lab) -> None:
    for function in (
        SqlFunction.GET_AI_DIAGNOSIS,
        SqlFunction.GET_AI_ENGINEER_RECOMMENDATIONS,
        SqlFunction.GET_AI_PARTS_RECOMMENDATIONS,
        SqlFunction.GET_CONVERSATION_HISTORY,
    ):
        assert await lab.rows(function) == []


# -- diagnosis ---------------------------------------------------------------------------------------------------------


async def test_diagnoses_are_newest_first_and_superseded_ones_on_request(lab: Lab) -> None:
    await lab.diagnosis("First", status="superseded")
    await lab.diagnosis("Third", proposed_at=T0 + 2 * HOUR, provider="own_beta")
    await lab.diagnosis("Second", proposed_at=T0 + HOUR)
    assert [row["summary"] for row in await lab.rows(SqlFunction.GET_AI_DIAGNOSIS)] == ["Third", "Second"]
    assert [row["summary"] for row in await lab.rows(SqlFunction.GET_AI_DIAGNOSIS, True)] == [
        "Third",
        "Second",
        "First",
    ]


async def test_a_diagnosis_says_who_answered_what_was_decided_and_what_proved_true(lab: Lab) -> None:
    await lab.diagnosis(
        transition_id=await lab.bench.visit_id(lab.ticket_id, DIAGNOSIS),
        confidence=Decimal("82.5"),
        hypotheses=[{"cause": "Sensor", "probability": 82.5}],
        flags=["instructions_in_description"],
        status="edited",
        decided_by_code="ENG-001",
        decided_by_role="engineer",
        decided_at=T0 + HOUR,
        was_correct=False,
        verified_cause="Cracked tube",
    )
    (row,) = await lab.rows(SqlFunction.GET_AI_DIAGNOSIS)
    assert (row["provider_code"], row["model_code"]) == ("own_alpha", "alpha-large")
    assert (row["stage_key"], row["visit"], row["confidence"]) == (DIAGNOSIS, 1, Decimal("82.50"))
    assert (row["hypotheses"], row["flags"]) == (
        [{"cause": "Sensor", "probability": 82.5}],
        ["instructions_in_description"],
    )
    assert (row["status"], row["decided_by_code"], row["was_correct"]) == ("edited", "ENG-001", False)
    assert (row["verified_cause"], row["verified_at"]) == ("Cracked tube", T0 + 9 * HOUR)


async def test_a_provider_without_a_model_is_named_all_the_same(lab: Lab) -> None:
    await lab.diagnosis(provider="own_beta")
    (row,) = await lab.rows(SqlFunction.GET_AI_DIAGNOSIS)
    assert (row["provider_code"], row["model_code"], row["stage_key"]) == ("own_beta", None, None)


async def test_a_diagnosis_that_nobody_had_seen_waits_for_no_decision_once_its_visit_is_over(lab: Lab) -> None:
    """It was recorded, but had not reached the workflow when an engineer completed the stage."""
    story = lab.story
    visit = await lab.bench.visit_id(lab.ticket_id, DIAGNOSIS)
    seen, unseen, elsewhere = uuid4(), uuid4(), uuid4()
    await lab.diagnosis("Seen", transition_id=visit, session_id=seen)
    await lab.diagnosis("Unseen", transition_id=visit, session_id=unseen)
    await lab.diagnosis("Of no visit", session_id=elsewhere)
    ended = story.complete(DIAGNOSIS)
    [finish] = ended.finished
    before = {**ended.model_dump(mode="json"), "finished": [finish.model_dump(mode="json", exclude={"proposed"})]}
    await lab.bench.database.call(SqlFunction.APPLY_TICKET_FACTS, lab.ticket_id, json.dumps([before]))
    assert len(await lab.rows(SqlFunction.GET_AI_DIAGNOSIS)) == 3, (
        "a worker of an earlier release does not say what was seen"
    )
    again = story.tell(StagesMoved, finished=(finish.model_copy(update={"proposed": seen}),))
    await story.apply(again)
    assert {row["session_id"] for row in await lab.rows(SqlFunction.GET_AI_DIAGNOSIS)} == {seen, elsewhere}


# -- engineers ---------------------------------------------------------------------------------------------------------


async def test_engineers_are_ranked_with_scores_and_outcome(lab: Lab) -> None:
    session = uuid4()
    await lab.engineer("ENG-008", 2, session_id=session, outcome="not_selected")
    await lab.engineer(
        "ENG-004",
        1,
        session_id=session,
        overall_score=Decimal("88.25"),
        location_score=40,
        strengths=["Certified"],
        concerns=["Far away"],
        outcome="selected",
        fixed_at_first_visit=True,
    )
    first, second = await lab.rows(SqlFunction.GET_AI_ENGINEER_RECOMMENDATIONS)
    assert (first["rank"], first["engineer_code"], first["overall_score"]) == (1, "ENG-004", Decimal("88.25"))
    assert [
        first[f"{name}_score"] for name in ("expertise", "availability", "location", "performance", "workload")
    ] == [
        70,
        70,
        40,
        70,
        70,
    ]
    assert (first["strengths"], first["concerns"], first["reasoning"]) == (
        ["Certified"],
        ["Far away"],
        "Near and certified",
    )
    assert (first["outcome"], first["fixed_at_first_visit"]) == ("selected", True)
    assert (second["rank"], second["engineer_code"], second["outcome"]) == (2, "ENG-008", "not_selected")


async def test_only_the_newest_session_of_each_stage_recommends(lab: Lab) -> None:
    await lab.story.apply(lab.story.tell(StagesMoved, planned=(StageRef(key=REPAIR, visit=2),)))
    diagnosis = await lab.bench.visit_id(lab.ticket_id, DIAGNOSIS)
    first, second = [await lab.bench.visit_id(lab.ticket_id, REPAIR, visit) for visit in (1, 2)]
    newest = uuid4()
    await lab.engineer("ENG-001", 1, proposed_at=T0 + 5 * HOUR)  # for the ticket as a whole
    await lab.engineer("ENG-001", 1, transition_id=diagnosis, proposed_at=T0 + 4 * HOUR)
    await lab.engineer("ENG-002", 1, transition_id=diagnosis, proposed_at=T0, outcome="superseded")
    await lab.engineer("ENG-004", 2, transition_id=second, session_id=newest, proposed_at=T0 + 3 * HOUR)
    await lab.engineer("ENG-008", 1, transition_id=second, session_id=newest, proposed_at=T0 + 3 * HOUR)
    await lab.engineer("ENG-001", 1, transition_id=first, proposed_at=T0 + 2 * HOUR)

    def told(rows: list[Any]) -> list[tuple[str | None, int | None, str]]:
        return [(row["stage_key"], row["visit"], row["engineer_code"]) for row in rows]

    of_repair = [(REPAIR, 2, "ENG-008"), (REPAIR, 2, "ENG-004")]
    assert told(await lab.rows(SqlFunction.GET_AI_ENGINEER_RECOMMENDATIONS, REPAIR)) == of_repair
    assert told(await lab.rows(SqlFunction.GET_AI_ENGINEER_RECOMMENDATIONS)) == [
        (DIAGNOSIS, 1, "ENG-001"),
        *of_repair,
        (None, None, "ENG-001"),
    ]
    assert await lab.rows(SqlFunction.GET_AI_ENGINEER_RECOMMENDATIONS, IDENTIFICATION) == []


# -- parts -------------------------------------------------------------------------------------------------------------


async def test_parts_are_ranked_with_stock_price_and_what_they_stand_in_for(lab: Lab) -> None:
    oem = await lab.bench.part("OWN-OEM-1", stock_quantity=0, unit_price=Decimal("250.00"))
    other = await lab.bench.part("OWN-COMPATIBLE-1", is_oem=False, stock_quantity=7, unit_price=Decimal("90.50"))
    visit, session = await lab.bench.visit_id(lab.ticket_id, IDENTIFICATION), uuid4()
    for part, rank, fields in (
        (other, 2, {"alternative_to_part_id": oem, "is_oem": False, "outcome": "rejected"}),
        (oem, 1, {"quantity": 2, "installed_context": "icu", "lead_time": timedelta(days=5), "confidence": 91}),
    ):
        await lab.part(part, rank, session_id=session, transition_id=visit, proposed_at=T0 + HOUR, **fields)
    await lab.part(other, 1, transition_id=visit)  # an older session

    first, second = await lab.rows(SqlFunction.GET_AI_PARTS_RECOMMENDATIONS)
    assert (first["rank"], first["part_number"], first["name"]) == (1, "OWN-OEM-1", "Part OWN-OEM-1")
    assert (first["confidence"], first["quantity"], first["installed_context"]) == (91, 2, "icu")
    assert (first["is_oem"], first["lead_time"], first["alternative_to"]) == (True, timedelta(days=5), None)
    assert (first["stock_quantity"], first["unit_price"], first["currency"]) == (0, Decimal("250.00"), "USD")
    assert (second["part_number"], second["alternative_to"], second["is_oem"]) == (
        "OWN-COMPATIBLE-1",
        "OWN-OEM-1",
        False,
    )
    assert (second["stock_quantity"], second["outcome"], first["outcome"]) == (7, "rejected", "pending")
    assert len(await lab.rows(SqlFunction.GET_AI_PARTS_RECOMMENDATIONS, IDENTIFICATION)) == 2
    assert await lab.rows(SqlFunction.GET_AI_PARTS_RECOMMENDATIONS, REPAIR) == []


# -- conversations -----------------------------------------------------------------------------------------------------


async def test_a_conversation_is_told_in_order_and_by_session(lab: Lab) -> None:
    first, second = sorted((uuid4(), uuid4()))
    await lab.say(second, 0, "Which parts?", task="parts_recommendation")
    await lab.say(first, 1, "Asked")
    await lab.say(
        first,
        2,
        "",
        role="assistant",
        occurred_at=T0 + HOUR,
        function_name="find_part",
        function_arguments={"number": "OWN-1"},
        input_tokens=1200,
        cached_input_tokens=1000,
        output_tokens=80,
        cost_usd=Decimal("0.0072"),
        latency=timedelta(seconds=1.5),
        finish_reason="tool_calls",
    )
    await lab.say(first, 0, "Be brief", role="system")
    rows = await lab.rows(SqlFunction.GET_CONVERSATION_HISTORY)
    assert [(row["session_id"], row["message_index"]) for row in rows] == [
        (first, 0),
        (first, 1),
        (second, 0),
        (first, 2),
    ]
    call = rows[3]
    assert (call["provider_code"], call["model_code"], call["role"], call["task"]) == (
        "own_alpha",
        "alpha-large",
        "assistant",
        "diagnosis",
    )
    assert (call["function_name"], call["function_arguments"]) == ("find_part", {"number": "OWN-1"})
    assert (call["input_tokens"], call["cached_input_tokens"], call["output_tokens"]) == (1200, 1000, 80)
    assert (call["cost_usd"], call["latency"], call["error"]) == (Decimal("0.007200"), timedelta(seconds=1.5), None)
    assert [row["content"] for row in await lab.rows(SqlFunction.GET_CONVERSATION_HISTORY, second)] == ["Which parts?"]
    assert await lab.rows(SqlFunction.GET_CONVERSATION_HISTORY, uuid4()) == []


async def test_a_limit_keeps_the_newest_messages_in_order(lab: Lab) -> None:
    session = uuid4()
    for index in range(4):
        await lab.say(session, index, f"Message {index}", occurred_at=T0 + index * HOUR)

    async def told(limit: int | None) -> list[str]:
        return [row["content"] for row in await lab.rows(SqlFunction.GET_CONVERSATION_HISTORY, session, limit)]

    assert await told(2) == ["Message 2", "Message 3"]
    assert await told(0) == []
    assert len(await told(None)) == 4
