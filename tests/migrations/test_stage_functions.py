"""The functions over a stage's work: its parts, its people, its files, and all of it at a glance."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from models.contracts.facts import EngineerAssigned, StagesMoved
from models.contracts.told import StageRef
from models.sql_functions import SqlFunction
from models.vocabulary.sla import ClockEventKind, ClockKind, ClockState
from tests.factories import COORDINATOR, HOUR, T0
from tests.migrations.own_rows import Bench
from tests.migrations.story import Story, engineer, open_story

DIAGNOSIS, PROCUREMENT, REPAIR, SIGN_OFF = (
    "remote_diagnosis",
    "parts_procurement",
    "onsite_repair",
    "completion_sign_off",
)


@pytest_asyncio.fixture(scope="module")
async def sensor(bench: Bench) -> UUID:
    return await bench.part("OWN-SENSOR-1", category="sensor")


@pytest_asyncio.fixture(scope="module")
async def tube(bench: Bench) -> UUID:
    return await bench.part("OWN-TUBE-1", category="accessory")


@pytest_asyncio.fixture
async def ticket(bench: Bench) -> Story:
    return await open_story(bench.database)


async def test_nothing_is_known_of_an_unknown_ticket(bench: Bench) -> None:
    for function in (
        SqlFunction.GET_STAGE_PARTS,
        SqlFunction.GET_STAGE_ENGINEERS,
        SqlFunction.GET_STAGE_ATTACHMENTS,
        SqlFunction.GET_STAGE_EXECUTION_SUMMARY,
    ):
        assert await bench.database.rows(function, uuid4()) == []


# -- parts -------------------------------------------------------------------------------------------------------------


async def test_a_part_shows_what_is_outstanding_what_is_there_and_what_it_costs(
    bench: Bench, ticket: Story, sensor: UUID
) -> None:
    visit = await bench.visit_id(ticket.ticket_id, PROCUREMENT)
    await bench.ticket_part(
        ticket.ticket_id,
        sensor,
        visit,
        status="used",
        installed_context="icu",
        source="ai",
        quantity_identified=5,
        quantity_ordered=5,
        quantity_received=4,
        quantity_used=1,
        quantity_returned=1,
        quantity_wasted=1,
        estimated_unit_price=Decimal("99.50"),
        actual_unit_price=Decimal("101.25"),
        estimated_lead_time=timedelta(days=2),
        supplier="MedParts",
        purchase_order="PO-7",
        requested_at=T0 + HOUR,
        ordered_at=T0 + 2 * HOUR,
        received_at=T0 + 20 * HOUR,
        used_at=T0 + 30 * HOUR,
    )
    (row,) = await bench.database.rows(SqlFunction.GET_STAGE_PARTS, ticket.ticket_id, PROCUREMENT)
    assert (row["part_number"], row["name"], row["category"], row["is_oem"]) == (
        "OWN-SENSOR-1",
        "Part OWN-SENSOR-1",
        "sensor",
        True,
    )
    assert (row["stage_key"], row["visit"], row["installed_context"]) == (PROCUREMENT, 1, "icu")
    assert (row["priority"], row["source"], row["status"]) == ("required", "ai", "used")
    assert (row["quantity_outstanding"], row["quantity_available"]) == (1, 1)  # 5 − 4; 4 − 1 − 1 − 1
    assert (row["estimated_cost"], row["actual_cost"]) == (
        Decimal("497.50"),
        Decimal("405.00"),
    )  # 5 × 99.50, 4 × 101.25
    assert (row["currency"], row["estimated_lead_time"]) == ("USD", timedelta(days=2))
    assert (row["supplier"], row["purchase_order"], row["used_at"]) == ("MedParts", "PO-7", T0 + 30 * HOUR)


async def test_a_part_without_prices_has_no_cost(bench: Bench, ticket: Story, sensor: UUID) -> None:
    await bench.ticket_part(ticket.ticket_id, sensor, await bench.visit_id(ticket.ticket_id, REPAIR))
    (row,) = await bench.database.rows(SqlFunction.GET_STAGE_PARTS, ticket.ticket_id)
    assert (row["estimated_cost"], row["actual_cost"]) == (None, None)
    assert (row["quantity_outstanding"], row["quantity_available"]) == (0, 0)


async def test_nothing_is_outstanding_of_a_cancelled_order(bench: Bench, ticket: Story, sensor: UUID) -> None:
    await bench.ticket_part(
        ticket.ticket_id,
        sensor,
        status="cancelled",
        quantity_identified=2,
        quantity_ordered=2,
        requested_at=T0,
        ordered_at=T0,
        cancelled_at=T0 + HOUR,
    )
    (row,) = await bench.database.rows(SqlFunction.GET_STAGE_PARTS, ticket.ticket_id)
    assert (row["quantity_ordered"], row["quantity_outstanding"]) == (2, 0)


async def revisited(bench: Bench) -> Story:
    """A ticket whose repair is planned a second time."""
    story = await open_story(bench.database)
    await story.apply(story.tell(StagesMoved, planned=(StageRef(key=REPAIR, visit=2),)))
    return story


async def test_parts_of_a_visit_of_a_stage_and_of_the_whole_workflow(bench: Bench, sensor: UUID, tube: UUID) -> None:
    ticket = await revisited(bench)
    first, second = [await bench.visit_id(ticket.ticket_id, REPAIR, visit) for visit in (1, 2)]
    identification = await bench.visit_id(ticket.ticket_id, "parts_identification")
    for part, visit in ((sensor, None), (tube, first), (sensor, first), (sensor, second), (tube, identification)):
        await bench.ticket_part(ticket.ticket_id, part, visit)

    async def found(*arguments: Any) -> list[tuple[str | None, int | None, str]]:
        rows = await bench.database.rows(SqlFunction.GET_STAGE_PARTS, ticket.ticket_id, *arguments)
        return [(row["stage_key"], row["visit"], row["part_number"]) for row in rows]

    of_first = [(REPAIR, 1, "OWN-SENSOR-1"), (REPAIR, 1, "OWN-TUBE-1")]
    of_second = [(REPAIR, 2, "OWN-SENSOR-1")]
    assert await found(REPAIR, 1) == of_first
    assert await found(REPAIR, 2) == of_second
    assert await found(REPAIR) == [*of_first, *of_second]
    assert await found() == [
        ("parts_identification", 1, "OWN-TUBE-1"),
        *of_first,
        *of_second,
        (None, None, "OWN-SENSOR-1"),
    ]
    assert await found(REPAIR, 3) == await found(SIGN_OFF) == await found("coffee") == []


# -- engineers ---------------------------------------------------------------------------------------------------------


async def test_the_primary_engineer_comes_first_and_the_one_before_after(bench: Bench, ticket: Story) -> None:
    first, second = [await engineer(bench.database, code) for code in ("ENG-001", "ENG-004")]
    stages = (StageRef(key=REPAIR, visit=1),)
    visit = await bench.visit_id(ticket.ticket_id, REPAIR)
    await bench.assignment(visit, "ENG-008", assignment_type="supervisor")
    await bench.assignment(
        visit,
        "ENG-002",
        assignment_type="support",
        work_location="hybrid",
        travel_distance_km=Decimal("12.5"),
        travel_requirements="Lift pass",
    )
    await ticket.apply(ticket.tell(EngineerAssigned, actor=COORDINATOR, engineer=first, stages=stages))
    ticket.now += HOUR
    await ticket.apply(ticket.tell(EngineerAssigned, actor=COORDINATOR, engineer=second, stages=stages))

    rows = await bench.database.rows(SqlFunction.GET_STAGE_ENGINEERS, ticket.ticket_id, REPAIR)
    assert [(row["engineer_code"], row["assignment_type"], row["status"]) for row in rows] == [
        ("ENG-004", "primary", "active"),
        ("ENG-001", "primary", "replaced"),
        ("ENG-002", "support", "active"),
        ("ENG-008", "supervisor", "active"),
    ]
    assert (rows[0]["work_location"], rows[0]["assigned_at"], rows[0]["ended_at"]) == ("onsite", T0 + HOUR, None)
    assert (rows[0]["engineer_name"], rows[0]["support_level"]) == (second.name, "L2")
    assert (rows[1]["ended_at"], rows[1]["assigned_by_code"]) == (T0 + HOUR, COORDINATOR.code)
    assert (rows[2]["work_location"], rows[2]["travel_distance_km"], rows[2]["travel_requirements"]) == (
        "hybrid",
        Decimal("12.5"),
        "Lift pass",
    )


async def test_engineers_of_a_visit_of_a_stage_and_of_the_whole_workflow(bench: Bench) -> None:
    ticket = await revisited(bench)
    for key, visit, code in ((REPAIR, 2, "ENG-008"), (REPAIR, 1, "ENG-004"), (DIAGNOSIS, 1, "ENG-001")):
        await bench.assignment(await bench.visit_id(ticket.ticket_id, key, visit), code)

    async def found(*arguments: Any) -> list[str]:
        rows = await bench.database.rows(SqlFunction.GET_STAGE_ENGINEERS, ticket.ticket_id, *arguments)
        return [row["engineer_code"] for row in rows]

    assert await found() == ["ENG-001", "ENG-004", "ENG-008"]
    assert await found(REPAIR) == ["ENG-004", "ENG-008"]
    assert await found(REPAIR, 2) == ["ENG-008"]
    assert await found(SIGN_OFF) == await found(REPAIR, 9) == []


# -- attachments -------------------------------------------------------------------------------------------------------


@pytest_asyncio.fixture(scope="module")
async def filed(bench: Bench) -> Story:
    """A ticket with files of every kind, one of them deleted."""
    ticket = await open_story(bench.database)
    diagnosis, repair = [await bench.visit_id(ticket.ticket_id, key) for key in (DIAGNOSIS, REPAIR)]
    await bench.attachment(ticket.ticket_id, "report.pdf", category="completion", media_type="application/pdf")
    await bench.attachment(ticket.ticket_id, "photo.jpg", diagnosis, visibility="customer", uploaded_at=T0 + HOUR)
    await bench.attachment(ticket.ticket_id, "log.txt", diagnosis, media_type="text/plain")
    await bench.attachment(ticket.ticket_id, "board.jpg", repair, category="repair", visibility="manufacturer")
    await bench.attachment(ticket.ticket_id, "face.jpg", diagnosis, deleted_at=T0 + HOUR)
    return ticket


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ((), ["log.txt", "photo.jpg", "board.jpg", "report.pdf"]),
        ((DIAGNOSIS,), ["log.txt", "photo.jpg"]),
        ((None, "repair"), ["board.jpg"]),
        ((DIAGNOSIS, "repair"), []),
        ((None, None, "internal"), ["log.txt", "photo.jpg", "board.jpg", "report.pdf"]),
        ((None, None, "customer"), ["photo.jpg"]),
        ((None, None, "manufacturer"), ["board.jpg"]),
        ((None, None, "everybody"), []),
        ((SIGN_OFF,), []),
    ],
)
async def test_files_by_stage_category_and_audience(
    bench: Bench, filed: Story, arguments: tuple[Any, ...], names: list[str]
) -> None:
    rows = await bench.database.rows(SqlFunction.GET_STAGE_ATTACHMENTS, filed.ticket_id, *arguments)
    assert [row["file_name"] for row in rows] == names


async def test_a_file_shows_its_newest_analysis(bench: Bench, ticket: Story) -> None:
    provider_id, (model_id,) = await bench.model("looker", "looker-1")
    photo = await bench.attachment(
        ticket.ticket_id,
        "photo.jpg",
        await bench.visit_id(ticket.ticket_id, DIAGNOSIS),
        contains_personal_data=True,
        retention_until=date(2027, 1, 1),
        analysis_status="done",
    )
    await bench.attachment(ticket.ticket_id, "later.jpg")
    for hours, summary, blurry in ((2, "Cracked housing", False), (1, "Too blurry", True)):
        await bench.put(
            "ai_attachment_analysis",
            ticket_id=ticket.ticket_id,
            session_id=uuid4(),
            provider_id=provider_id,
            model_id=model_id,
            proposed_at=T0 + hours * HOUR,
            attachment_id=photo,
            summary=summary,
            confidence=Decimal("81.5"),
            quality_score=60,
            is_blurry=blurry,
            is_dark=False,
        )
    seen, unseen = await bench.database.rows(SqlFunction.GET_STAGE_ATTACHMENTS, ticket.ticket_id)
    assert (seen["analysis_summary"], seen["analysis_confidence"]) == ("Cracked housing", Decimal("81.50"))
    assert (seen["is_blurry"], seen["is_dark"], seen["analysis_quality_score"]) == (False, False, 60)
    assert (seen["analyzed_at"], seen["retention_until"]) == (T0 + 2 * HOUR, date(2027, 1, 1))
    assert (unseen["stage_key"], unseen["analysis_summary"], unseen["is_blurry"]) == (None, None, None)


# -- summary -----------------------------------------------------------------------------------------------------------


async def test_the_summary_of_a_stage_that_is_done(bench: Bench, ticket: Story, sensor: UUID, tube: UUID) -> None:
    someone, before = [await engineer(bench.database, code) for code in ("ENG-004", "ENG-008")]
    visit, stage = await bench.visit_id(ticket.ticket_id, REPAIR), StageRef(key=REPAIR, visit=1)
    await ticket.apply(
        ticket.complete(DIAGNOSIS),
        ticket.tell(EngineerAssigned, engineer=before, stages=(stage,)),
        ticket.enter(REPAIR, engineer=someone),
        ticket.clock(ClockEventKind.STARTED, name=REPAIR, kind=ClockKind.STAGE, stage=stage),
    )
    await bench.assignment(visit, "ENG-002", assignment_type="support")
    ordered = {"quantity_identified": 3, "quantity_ordered": 3, "requested_at": T0, "ordered_at": T0}
    await bench.ticket_part(ticket.ticket_id, sensor, visit, status="ordered", **ordered)
    await bench.ticket_part(ticket.ticket_id, tube, visit, status="cancelled", cancelled_at=T0, **ordered)
    await bench.attachment(ticket.ticket_id, "before.jpg", visit)
    await bench.attachment(ticket.ticket_id, "gone.jpg", visit, deleted_at=T0)
    ticket.now = T0 + 3 * HOUR
    answers = {
        "work_performed": "Sensor replaced",
        "functional_test_passed": True,
        "electrical_safety_test_passed": False,
        "customer_signature": "A. Miller",
        "customer_rating": 8,
    }
    await ticket.apply(
        ticket.clock(
            ClockEventKind.STOPPED, ClockState.MET, name=REPAIR, kind=ClockKind.STAGE, stage=stage, elapsed=3 * HOUR
        ),
        ticket.complete(REPAIR, actions=answers),
    )

    (row,) = await bench.database.rows(SqlFunction.GET_STAGE_EXECUTION_SUMMARY, ticket.ticket_id, REPAIR)
    assert (row["stage_name"], row["visit"], row["status"], row["outcome"]) == ("Onsite Repair", 1, "completed", "done")
    assert (row["entered_at"], row["finished_at"], row["duration"]) == (T0, T0 + 3 * HOUR, 3 * HOUR)
    assert (row["target"], row["clock_state"]) == (60 * HOUR, "met")
    assert (row["primary_engineer_code"], row["engineers_count"]) == ("ENG-004", 2)  # ENG-008 was replaced
    assert (row["parts_count"], row["parts_outstanding"], row["attachments_count"]) == (1, 3, 1)
    assert (row["checklist_done"], row["checklist_required"]) == (2, 3)  # the safety test did not pass
    assert (row["tests_passed"], row["tests_failed"]) == (1, 1)
    assert (row["diagnosis_summary"], row["work_performed"]) == (None, "Sensor replaced")
    assert (row["customer_rating"], row["customer_signature"], row["signed_at"]) == (8, "A. Miller", T0 + 3 * HOUR)


async def test_the_summary_has_a_row_for_every_visit_in_order(bench: Bench) -> None:
    ticket = await revisited(bench)
    await ticket.apply(ticket.complete(DIAGNOSIS, actions={"safety_assessed": True, "diagnosis_summary": "  "}))
    rows = await bench.database.rows(SqlFunction.GET_STAGE_EXECUTION_SUMMARY, ticket.ticket_id)
    assert [(row["position"], row["visit"]) for row in rows] == [(1, 1), (2, 1), (3, 1), (4, 1), (4, 2), (5, 1)]
    assert [(row["checklist_done"], row["checklist_required"]) for row in rows] == [
        (1, 2),
        (0, 1),
        (0, 1),
        (0, 3),
        (0, 3),
        (0, 3),
    ]
    waiting = rows[1]
    assert (waiting["status"], waiting["duration"], waiting["clock_state"]) == ("pending", None, None)
    assert (waiting["primary_engineer_code"], waiting["engineers_count"], waiting["parts_count"]) == (None, 0, 0)
    assert (waiting["tests_passed"], waiting["tests_failed"], waiting["customer_rating"]) == (0, 0, None)


async def test_a_skipped_stage_has_no_duration_and_nothing_is_required_of_it(bench: Bench, ticket: Story) -> None:
    skipped = {"key": REPAIR, "visit": 1, "status": "skipped", "reason": "Fixed remotely"}
    await ticket.apply(ticket.tell(StagesMoved, finished=(skipped,)))
    (row,) = await bench.database.rows(SqlFunction.GET_STAGE_EXECUTION_SUMMARY, ticket.ticket_id, REPAIR)
    assert (row["status"], row["reason"], row["duration"]) == ("skipped", "Fixed remotely", None)
    assert (row["checklist_done"], row["checklist_required"]) == (0, 0)


@pytest.mark.parametrize(
    ("kind", "answer", "done"),
    [
        ("check", "true", 1),
        ("check", "false", 0),
        ("check", '"true"', 0),
        ("text", '"x"', 1),
        ("text", '" "', 0),
        ("text", "7", 0),
        ("rating", "0", 1),
        ("rating", "10", 1),
        ("rating", "11", 0),
        ("rating", "9.5", 0),
        ("rating", '"9"', 0),
        ("rating", "true", 0),
    ],
)
async def test_a_checklist_counts_what_the_workflow_would_accept(
    bench: Bench, kind: str, answer: str, done: int
) -> None:
    criteria = f'[{{"key": "one", "kind": "{kind}"}}, {{"key": "other", "kind": "{kind}"}}]'
    counted = await bench.sql.fetchval("SELECT checklist_done($1, $2)", criteria, f'{{"one": {answer}}}')
    assert counted == done


async def test_test_results_in_a_form_count_too(bench: Bench, ticket: Story) -> None:
    visit = await bench.visit_id(ticket.ticket_id, DIAGNOSIS)
    await bench.put(
        "stage_execution_data",
        transition_id=visit,
        test_results={"alarm_test_passed": True, "test_results": {"leak": True, "flow": False, "note": "low"}},
    )
    (row,) = await bench.database.rows(SqlFunction.GET_STAGE_EXECUTION_SUMMARY, ticket.ticket_id, DIAGNOSIS)
    assert (row["tests_passed"], row["tests_failed"]) == (2, 1)
