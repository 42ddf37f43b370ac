"""Views of templates and running workflows: stories told in facts, figures worked out by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest_asyncio

from models.contracts.facts import EngineerAssigned, TicketEnded, TicketHeld
from models.contracts.told import StageRef
from models.vocabulary.sla import ClockEventKind, ClockState
from models.vocabulary.tickets import HoldReason, TicketStatus
from tests.factories import HOUR, T0
from tests.migrations.story import engineer
from tests.migrations.view_scene import FLOW, MAKE, TYPE, UNIT, Scene, add_template, open_scene, undone

DAY = 24 * HOUR


@pytest_asyncio.fixture(scope="module")
async def module_scene(postgres_url: str) -> AsyncIterator[Scene]:
    async with open_scene(postgres_url) as opened:
        yield opened


@pytest_asyncio.fixture
async def scene(module_scene: Scene) -> AsyncIterator[Scene]:
    async with undone(module_scene) as opened:
        yield opened


# -- workflow_template_hierarchy ---------------------------------------------------------------------------------------


async def test_a_template_shows_its_place_and_its_stages(scene: Scene) -> None:
    row = await scene.row("workflow_template_hierarchy", code=FLOW)
    assert (row["level"], row["specificity_rank"], row["hierarchy"]) == ("equipment", 2, "Default → ZZ Scope")
    assert (row["equipment_type_code"], row["manufacturer_code"], row["version"]) == (TYPE, None, 1)
    assert (row["total_stages"], row["total_target_duration"]) == (3, 14 * HOUR)
    assert row["stage_path"] == "Check → Mend → Close"
    assert (row["in_force"], row["selected"]) == (True, True)


async def test_the_hierarchy_goes_from_the_default_to_type_and_make(scene: Scene) -> None:
    kind, make = scene.ids[TYPE], scene.ids[MAKE]
    await add_template(scene, "zz_both", ("check", 1), equipment_type_id=kind, manufacturer_id=make)
    await add_template(scene, "zz_make", ("check", 1), manufacturer_id=make)
    await add_template(scene, "zz_default", ("check", 1), version=99)
    rows = [await scene.row("workflow_template_hierarchy", code=code) for code in ("zz_both", "zz_make", "zz_default")]
    assert [(row["specificity_rank"], row["level"], row["hierarchy"]) for row in rows] == [
        (1, "equipment", "Default → ZZ Scope → ZZ Make"),
        (3, "manufacturer", "Default → ZZ Make"),
        (4, "default", "Default"),
    ]


async def test_of_a_scope_the_highest_version_in_force_is_selected(scene: Scene) -> None:
    now, kind = await scene.sql.fetchval("SELECT now()"), scene.ids[TYPE]
    await add_template(scene, "zz_next", ("check", 1), version=2, equipment_type_id=kind)
    await add_template(scene, "zz_later", ("check", 1), version=3, equipment_type_id=kind, valid_from=now + DAY)
    await add_template(scene, "zz_past", ("check", 1), version=4, equipment_type_id=kind, valid_to=now)
    await add_template(scene, "zz_off", ("check", 1), version=5, equipment_type_id=kind, active=False)
    rows = await scene.rows("workflow_template_hierarchy", equipment_type_code=TYPE)
    assert {row["code"]: (row["in_force"], row["selected"]) for row in rows} == {
        FLOW: (True, False),
        "zz_next": (True, True),
        "zz_later": (False, False),
        "zz_past": (False, False),
        "zz_off": (False, False),
    }
    chosen = await scene.sql.fetchval(
        "SELECT s.template_id FROM equipment_registry e, select_workflow_template(e.id) s WHERE e.serial = $1", UNIT
    )
    assert chosen == (await scene.row("workflow_template_hierarchy", code="zz_next"))["template_id"]


async def test_a_template_without_stages_has_no_path_and_no_target(scene: Scene) -> None:
    await add_template(scene, "zz_empty", manufacturer_id=scene.ids[MAKE])
    row = await scene.row("workflow_template_hierarchy", code="zz_empty")
    assert (row["total_stages"], row["total_target_duration"], row["stage_path"]) == (0, None, None)
    assert row["running_tickets"] == 0


async def test_tickets_that_run_on_a_template_are_counted(scene: Scene) -> None:
    async def running() -> int:
        count: int = (await scene.row("workflow_template_hierarchy", code=FLOW))["running_tickets"]
        return count

    before = await running()
    first, _ = await scene.story(), await scene.story()
    assert await running() == before + 2
    await first.apply(first.tell(TicketEnded, status=TicketStatus.CANCELLED))
    assert await running() == before + 1


# -- active_workflows_overview -----------------------------------------------------------------------------------------


async def test_a_running_ticket_at_a_glance(scene: Scene) -> None:
    story = await scene.story()
    someone = await engineer(scene.database, "ZZ-E1")
    stage = StageRef(key="check", visit=1)
    await story.apply(
        story.tell(EngineerAssigned, engineer=someone, stages=(stage,)),
        story.clock(ClockEventKind.THRESHOLD, percent=75),
    )
    await scene.sql.execute(
        "UPDATE ticket_workflow_instances SET issues_raised = 2, latest_issue = 'Held', latest_issue_at = $1 "
        "WHERE ticket_id = $2",
        T0,
        story.ticket_id,
    )
    row = await scene.row("active_workflows_overview", ticket_id=story.ticket_id)
    assert row == await scene.row("active_workflows_overview", number=story.row.number)
    assert (row["ticket_status"], row["priority"], row["serial"]) == ("open", "P1", UNIT)
    assert (row["equipment_type_name"], row["manufacturer_name"], row["model"]) == ("ZZ Scope", "ZZ Make", "Z1")
    assert (row["customer_code"], row["customer_name"], row["site_name"]) == ("ZZ-CLINIC", "ZZ Clinic", "ZZ Room")
    assert (row["template_code"], row["template_name"], row["template_version"]) == (FLOW, "Flow zz_flow", 1)
    assert (row["current_stages"], row["current_stage_names"]) == (["check"], ["Check"])
    assert (row["completion_percentage"], row["engineers"]) == (Decimal(0), ["ZZ-E1"])
    assert (row["issues_raised"], row["latest_issue"], row["latest_issue_at"]) == (2, "Held", T0)
    assert (row["sla_state"], row["due_at"]) == ("at_risk", T0 + 60 * HOUR)
    assert (row["clocks_met"], row["clocks_breached"]) == (0, 0)
    assert row["age"] == await scene.sql.fetchval("SELECT now()") - T0


async def test_stages_side_by_side_are_all_shown_with_everybody_at_work(scene: Scene) -> None:
    story = await scene.story()
    first, second = await engineer(scene.database, "ZZ-E1"), await engineer(scene.database, "ZZ-E2")
    await story.apply(
        story.complete("check"), story.enter("mend", engineer=second), story.enter("close", engineer=first)
    )
    row = await scene.row("active_workflows_overview", ticket_id=story.ticket_id)
    assert (row["current_stages"], row["current_stage_names"]) == (["mend", "close"], ["Mend", "Close"])
    assert (row["engineers"], row["completion_percentage"]) == (["ZZ-E1", "ZZ-E2"], Decimal("33.33"))


async def test_a_ticket_keeps_the_template_that_it_was_opened_with(scene: Scene) -> None:
    story = await scene.story()
    await scene.sql.execute("UPDATE workflow_templates SET name = 'Renamed' WHERE code = $1", FLOW)
    row = await scene.row("active_workflows_overview", ticket_id=story.ticket_id)
    assert (row["template_name"], row["engineers"]) == ("Flow zz_flow", [])


async def test_held_tickets_run_and_ended_ones_do_not(scene: Scene) -> None:
    story = await scene.story()
    await story.apply(
        story.tell(
            TicketHeld, hold_reason=HoldReason.ACCESS_DENIED, resume_at=story.now + 24 * HOUR, pauses_clocks=True
        ),
        story.clock(ClockEventKind.PAUSED, ClockState.PAUSED),
    )
    row = await scene.row("active_workflows_overview", ticket_id=story.ticket_id)
    assert (row["ticket_status"], row["sla_state"], row["due_at"]) == ("on_hold", "paused", None)
    await story.apply(story.tell(TicketEnded, status=TicketStatus.CANCELLED))
    assert await scene.rows("active_workflows_overview", ticket_id=story.ticket_id) == []
