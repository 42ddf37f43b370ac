"""Views of what is done in stages, and of parts on their way: figures worked out by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from models.contracts.facts import EngineerAssigned, StageFinish, StagesMoved, TicketEnded
from models.contracts.told import StageRef
from models.vocabulary.sla import ClockEventKind, ClockKind, ClockState
from models.vocabulary.stages import StageStatus
from models.vocabulary.tickets import TicketStatus
from tests.factories import HOUR, T0
from tests.migrations.story import engineer
from tests.migrations.view_scene import Scene, open_scene, undone

DAY = timedelta(days=1)


@pytest_asyncio.fixture(scope="module")
async def module_scene(postgres_url: str) -> AsyncIterator[Scene]:
    async with open_scene(postgres_url) as opened:
        yield opened


@pytest_asyncio.fixture
async def scene(module_scene: Scene) -> AsyncIterator[Scene]:
    async with undone(module_scene) as opened:
        yield opened


@pytest_asyncio.fixture
async def now(scene: Scene) -> Any:
    """The moment of the whole test."""
    return await scene.sql.fetchval("SELECT now()")


# -- stage_execution_overview ------------------------------------------------------------------------------------------


async def test_a_visit_shows_people_parts_files_checklist_and_clock(scene: Scene) -> None:
    story = await scene.story()
    first, second = await engineer(scene.database, "ZZ-E1"), await engineer(scene.database, "ZZ-E2")
    stage = StageRef(key="check", visit=1)
    await story.apply(
        story.tell(EngineerAssigned, engineer=first, stages=(stage,)),
        story.tell(EngineerAssigned, engineer=second, stages=(stage,)),  # replaces the first
        story.clock(ClockEventKind.STARTED, name="check", kind=ClockKind.STAGE, stage=stage),
    )
    visit_id = await scene.visit_id(story, "check")
    story.now += 3 * HOUR
    await story.apply(
        story.clock(
            ClockEventKind.STOPPED,
            ClockState.MET,
            name="check",
            kind=ClockKind.STAGE,
            stage=stage,
            elapsed=3 * HOUR,
        ),
        story.complete("check", actions={"finding": "Worn seal", "safe": False}),  # a check that is not done
        story.enter("mend"),
    )
    parts = [await scene.part(f"ZZ-{number}") for number in range(4)]
    await scene.part_line(story, parts[0], "ordered", 3, 3, 0, transition_id=visit_id)
    await scene.part_line(story, parts[1], "received", 2, 2, 1, transition_id=visit_id)
    await scene.part_line(story, parts[2], "cancelled", 5, transition_id=visit_id)
    await scene.part_line(story, parts[3], "identified", 7)  # of the ticket as a whole
    await scene.attachment(story, transition_id=visit_id)
    await scene.attachment(story, transition_id=visit_id, deleted_at=T0 + HOUR)
    await scene.attachment(story)

    rows = await scene.rows("stage_execution_overview", ticket_id=story.ticket_id)
    assert rows == await scene.rows("stage_execution_overview", number=story.row.number)
    check, mend, close = sorted(rows, key=lambda row: row["position"])
    assert (check["transition_id"], check["stage_name"], check["status"]) == (visit_id, "Check", "completed")
    assert (check["duration"], check["time_in_stage"]) == (3 * HOUR, 3 * HOUR)
    assert (check["primary_engineer_code"], check["engineers_count"]) == ("ZZ-E2", 1)
    assert (check["parts_count"], check["parts_outstanding"], check["attachments_count"]) == (2, 4, 1)
    assert (check["checklist_required"], check["checklist_done"]) == (2, 1)
    assert check["checklist_percentage"] == Decimal("50.00")
    assert (check["clock_state"], check["clock_elapsed"], check["target"]) == ("met", 3 * HOUR, 60 * HOUR)

    assert (mend["status"], mend["duration"]) == ("in_progress", None)
    assert mend["time_in_stage"] == await scene.sql.fetchval("SELECT now()") - story.now
    assert (mend["primary_engineer_code"], mend["engineers_count"]) == (None, 0)
    assert (mend["checklist_required"], mend["checklist_percentage"], mend["clock_state"]) == (0, None, None)
    assert (mend["target"], mend["parts_count"], mend["parts_outstanding"]) == (8 * HOUR, 0, 0)
    assert (close["status"], close["entered_at"], close["time_in_stage"]) == ("pending", None, None)


async def test_an_unfinished_checklist_shows_what_is_required(scene: Scene) -> None:
    story = await scene.story()
    row = await scene.row("stage_execution_overview", ticket_id=story.ticket_id, stage_key="check")
    assert (row["checklist_required"], row["checklist_done"], row["checklist_percentage"]) == (2, 0, Decimal(0))


async def test_nothing_is_required_of_a_skipped_visit(scene: Scene) -> None:
    story = await scene.story()
    finish = StageFinish(key="check", visit=1, status=StageStatus.SKIPPED, reason="Not needed")
    await story.apply(story.tell(StagesMoved, finished=(finish,)))
    row = await scene.row("stage_execution_overview", ticket_id=story.ticket_id, stage_key="check")
    assert (row["status"], row["reason"], row["checklist_required"]) == ("skipped", "Not needed", 0)
    assert row["checklist_percentage"] is None


async def test_a_further_visit_is_a_row_of_its_own(scene: Scene) -> None:
    story = await scene.story()
    await story.apply(
        story.complete("check", planned=(StageRef(key="check", visit=2),)),
        story.enter("check", 2),
    )
    rows = await scene.rows("stage_execution_overview", ticket_id=story.ticket_id, stage_key="check")
    assert sorted((row["visit"], row["status"]) for row in rows) == [(1, "completed"), (2, "in_progress")]


async def test_time_in_a_stage_ends_with_the_ticket(scene: Scene) -> None:
    story = await scene.story()
    story.now += 5 * HOUR
    await story.apply(story.tell(TicketEnded, status=TicketStatus.CANCELLED))
    row = await scene.row("stage_execution_overview", ticket_id=story.ticket_id, stage_key="check")
    assert (row["ticket_status"], row["status"], row["duration"]) == ("cancelled", "in_progress", None)
    assert row["time_in_stage"] == 5 * HOUR


# -- parts_procurement_status ------------------------------------------------------------------------------------------


async def test_a_ticket_s_parts_are_counted_and_costed(scene: Scene, now: Any) -> None:
    story = await scene.story()
    parts = [await scene.part(f"ZZ-{number}") for number in range(7)]
    for part, status, counts, values in (
        (0, "identified", (2,), {"estimated_unit_price": 10}),
        (1, "requested", (1,), {"estimated_unit_price": 5, "expected_at": now - DAY}),  # overdue
        (2, "ordered", (4, 4), {"estimated_unit_price": 2.5, "actual_unit_price": 3, "expected_at": now + 2 * DAY}),
        (3, "received", (3, 3, 2), {"actual_unit_price": 7, "expected_at": now + DAY}),  # one has not come
        (4, "received", (1, 1, 1, 0, 1), {"estimated_unit_price": 8, "actual_unit_price": 9, "expected_at": now - DAY}),
        (5, "used", (2, 2, 2, 1, 0, 1), {"estimated_unit_price": 1, "actual_unit_price": 1.25}),
        (6, "cancelled", (9,), {"estimated_unit_price": 99, "expected_at": now - DAY}),
    ):
        used = {"used_at": T0} if counts[3:4] > (0,) else {}
        await scene.part_line(story, parts[part], status, *counts, **used | values)
    row = await scene.row("parts_procurement_status", ticket_id=story.ticket_id)
    assert row == await scene.row("parts_procurement_status", number=story.row.number)
    lines = ("lines", "identified", "requested", "ordered", "received", "used", "cancelled")
    assert tuple(row[name] for name in lines) == (7, 1, 1, 1, 2, 1, 1)
    quantities = ("identified", "ordered", "received", "used", "returned", "wasted", "outstanding")
    assert tuple(row[f"quantity_{name}"] for name in quantities) == (13, 10, 5, 1, 1, 1, 5)
    assert row["estimated_cost"] == Decimal("45.00")  # 20 + 5 + 10 + 8 + 2
    assert row["actual_cost"] == Decimal("25.50")  # 4 × 3 has not come; 2 × 7 + 9 + 2 × 1.25
    assert (row["currency"], row["lines_without_estimate"], row["lines_without_actual"]) == ("USD", 1, 2)
    assert (row["next_expected_at"], row["overdue"]) == (now + DAY, 1)
    assert row["everything_received"] is False


async def test_everything_received_is_true_once_all_of_it_has_come(scene: Scene) -> None:
    story = await scene.story()
    await scene.part_line(story, await scene.part("ZZ-A"), "used", 2, 1, 1, 1)
    await scene.part_line(story, await scene.part("ZZ-B"), "received", 2, 2, 2)
    await scene.part_line(story, await scene.part("ZZ-C"), "cancelled", 1)
    row = await scene.row("parts_procurement_status", ticket_id=story.ticket_id)
    assert (row["everything_received"], row["overdue"], row["next_expected_at"]) == (True, 0, None)
    assert (row["estimated_cost"], row["actual_cost"], row["lines_without_actual"]) == (None, None, 2)


async def test_of_cancelled_parts_alone_nothing_is_said(scene: Scene) -> None:
    story = await scene.story()
    await scene.part_line(story, await scene.part("ZZ-A"), "cancelled", 1, estimated_unit_price=5)
    row = await scene.row("parts_procurement_status", ticket_id=story.ticket_id)
    assert (row["lines"], row["quantity_identified"], row["quantity_outstanding"]) == (1, 0, 0)
    assert (row["everything_received"], row["currency"], row["estimated_cost"]) == (None, None, None)


async def test_costs_in_several_currencies_are_not_added(scene: Scene) -> None:
    story = await scene.story()
    for number, currency in (("ZZ-A", "USD"), ("ZZ-B", "INR")):
        part_id = await scene.part(number)
        await scene.part_line(story, part_id, "identified", 1, estimated_unit_price=5, currency=currency)
    row = await scene.row("parts_procurement_status", ticket_id=story.ticket_id)
    assert (row["lines"], row["currency"], row["estimated_cost"], row["actual_cost"]) == (2, None, None, None)


async def test_a_ticket_without_parts_is_not_listed(scene: Scene) -> None:
    story = await scene.story()
    assert await scene.rows("parts_procurement_status", ticket_id=story.ticket_id) == []


# -- parts_inventory_status --------------------------------------------------------------------------------------------


async def test_the_inventory_shows_stock_and_how_fast_it_goes(scene: Scene, now: Any) -> None:
    part_id = await scene.part(
        "ZZ-SEAL", stock_quantity=8, reorder_level=10, unit_price=12.5, lifespan=365 * DAY, is_oem=False
    )
    first, second, third = [await scene.story() for _ in range(3)]
    then = {f"{name}_at": now - 100 * DAY for name in ("identified", "requested", "ordered", "received", "used")}
    await scene.part_line(first, part_id, "used", 6, 6, 6, 3, 1, 2, **then | {"used_at": now - 90 * DAY})
    await scene.part_line(second, part_id, "used", 4, 5, 4, 4, **then | {"used_at": now - 91 * DAY})
    visit_id = await scene.visit_id(first, "check")
    await scene.part_line(first, part_id, "used", 1, 1, 1, 1, transition_id=visit_id, **then | {"used_at": now})
    await scene.part_line(second, part_id, "requested", 7, transition_id=await scene.visit_id(second, "check"))
    await scene.part_line(third, part_id, "ordered", 9, 2)
    row = await scene.row("parts_inventory_status", part_number="ZZ-SEAL")
    assert (row["stock_quantity"], row["reorder_level"], row["stock_status"]) == (8, 10, "low_stock")
    assert (row["unit_price"], row["stock_value"], row["currency"]) == (Decimal("12.50"), Decimal("100.00"), "USD")
    assert (row["lead_time"], row["lifespan"], row["is_oem"]) == (2 * DAY, 365 * DAY, False)
    assert (row["tickets_used"], row["quantity_used_90_days"], row["quantity_used"]) == (2, 4, 8)
    assert (row["quantity_wasted"], row["quantity_returned"]) == (2, 1)
    assert (row["quantity_outstanding"], row["quantity_to_order"]) == (3, 7)
    assert row["days_of_stock_left"] == Decimal("180.00")  # 8 ÷ (4 ÷ 90)
    assert (row["equipment_type_name"], row["manufacturer_name"]) == ("ZZ Scope", None)


async def test_what_ended_tickets_wanted_is_not_to_be_ordered(scene: Scene) -> None:
    part_id, story = await scene.part("ZZ-GASKET"), await scene.story()
    await scene.part_line(story, part_id, "identified", 3)
    assert (await scene.row("parts_inventory_status", part_number="ZZ-GASKET"))["quantity_to_order"] == 3
    await scene.sql.execute("UPDATE ticket_parts_required SET status = 'cancelled', cancelled_at = identified_at")
    assert (await scene.row("parts_inventory_status", part_number="ZZ-GASKET"))["quantity_to_order"] == 0
    await scene.sql.execute("UPDATE ticket_parts_required SET status = 'identified', cancelled_at = NULL")
    await scene.sql.execute(
        "UPDATE service_tickets SET status = 'closed', closed_at = now() WHERE id = $1", story.ticket_id
    )
    assert (await scene.row("parts_inventory_status", part_number="ZZ-GASKET"))["quantity_to_order"] == 0


async def test_a_part_that_was_never_used_lasts_for_no_number_of_days(scene: Scene) -> None:
    await scene.part("ZZ-NEVER", stock_quantity=5, reorder_level=1)
    row = await scene.row("parts_inventory_status", part_number="ZZ-NEVER")
    assert (row["stock_status"], row["days_of_stock_left"]) == ("in_stock", None)
    figures = ("tickets_used", "quantity_used_90_days", "quantity_used", "quantity_wasted", "quantity_outstanding")
    assert {row[name] for name in figures} == {0}


# -- speed -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", ["stage_execution_overview", "parts_procurement_status", "active_workflows_overview"])
@pytest.mark.parametrize("filter_", ["number = 'FC-2026-000001'", "ticket_id = '01a201fc-5614-7908-b5a4-1441ef9b5d80'"])
async def test_one_ticket_is_found_by_indexes_alone(scene: Scene, view: str, filter_: str) -> None:
    """However many tickets there are: the filter reaches the tables."""
    await scene.sql.execute("SET LOCAL enable_seqscan = off")
    rows = await scene.sql.fetch(f"EXPLAIN SELECT * FROM {view} WHERE {filter_}")  # noqa: S608 - own names
    plan = "\n".join(row[0] for row in rows)
    assert "Seq Scan" not in plan
    assert filter_.partition("= ")[2] in plan.partition("Index Cond: (")[2]
