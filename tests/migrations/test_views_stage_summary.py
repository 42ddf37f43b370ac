"""The view of how stages go: four stories on a template of their own, figures worked out by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from models.contracts.facts import StageFinish, StagesMoved, TicketEnded
from models.contracts.told import StageRef
from models.vocabulary.sla import ClockEventKind, ClockKind, ClockState
from models.vocabulary.stages import StageOutcome, StageStatus
from models.vocabulary.tickets import TicketStatus
from tests.factories import HOUR, T0
from tests.migrations.story import Story
from tests.migrations.view_scene import MAKE, Scene, add_template, add_unit, open_scene, undone

BUSY = "zz_busy"


@pytest_asyncio.fixture(scope="module")
async def module_scene(postgres_url: str) -> AsyncIterator[Scene]:
    async with open_scene(postgres_url) as opened:
        yield opened


def stage_clock(story: Story, key: str, event: ClockEventKind, state: ClockState, visit: int = 1) -> Any:
    return story.clock(event, state, name=f"{key} {visit}", kind=ClockKind.STAGE, stage=StageRef(key=key, visit=visit))


def leave(story: Story, key: str, after: timedelta, verdict: ClockState, visit: int = 1) -> list[Any]:
    """The visit's clock stops with a verdict and the visit is completed, so long after now."""
    story.now += after
    return [
        stage_clock(story, key, ClockEventKind.STOPPED, verdict, visit),
        story.complete(key, visit),
    ]


@pytest_asyncio.fixture(scope="module")
async def busy(module_scene: Scene) -> Scene:
    """Four tickets on a template of their own, one in each way of going."""
    scene = module_scene
    kind = await scene.put("equipment_catalog", code="zz_busy", name="ZZ Busy", category="surgical")
    stages = (("check", 4), ("mend", 8), ("close", 2))
    template_id = await add_template(scene, BUSY, *stages, equipment_type_id=kind)
    await add_unit(scene, "ZZ-BUSY", equipment_type_id=kind)

    done = await scene.story("ZZ-BUSY")  # check 2 h, mend 5 h, both in time; close under way
    await done.apply(
        *leave(done, "check", 2 * HOUR, ClockState.MET),
        done.enter("mend"),
        *leave(done, "mend", 5 * HOUR, ClockState.MET),
        done.enter("close"),
    )
    late = await scene.story("ZZ-BUSY")  # check 4 h, in time; mend under way and breached
    await late.apply(
        *leave(late, "check", 4 * HOUR, ClockState.MET),
        late.enter("mend"),
        stage_clock(late, "mend", ClockEventKind.STARTED, ClockState.RUNNING),
        stage_clock(late, "mend", ClockEventKind.THRESHOLD, ClockState.BREACHED).model_copy(update={"percent": 100}),
    )
    again = await scene.story("ZZ-BUSY")  # check 6 h, late; back for 10 h, in time; mend skipped; close pending
    await again.apply(
        *leave(again, "check", 6 * HOUR, ClockState.BREACHED),
        again.tell(StagesMoved, planned=(StageRef(key="check", visit=2),)),
        again.enter("check", 2),
        *leave(again, "check", 10 * HOUR, ClockState.MET, 2),
        again.tell(
            StagesMoved,
            finished=(StageFinish(key="mend", visit=1, status=StageStatus.SKIPPED, outcome=StageOutcome.DONE),),
        ),
    )
    gone = await scene.story("ZZ-BUSY")  # cancelled at check; its clock has no verdict
    await gone.apply(
        stage_clock(gone, "check", ClockEventKind.STARTED, ClockState.RUNNING),
        stage_clock(gone, "check", ClockEventKind.CANCELLED, ClockState.CANCELLED),
        gone.tell(TicketEnded, status=TicketStatus.CANCELLED),
    )
    # The next version has another target for check, a new stage, and no stage close.
    await scene.sql.execute(
        "UPDATE workflow_templates SET valid_to = $1 WHERE id = $2", T0.replace(year=2027), template_id
    )
    await add_template(scene, BUSY, ("check", 3), ("mend", 8), version=2, equipment_type_id=kind, active=False)
    await scene.sql.execute(
        "DELETE FROM stage_configuration_templates WHERE template_id = $1 AND key = 'close'", template_id
    )
    return scene


COUNTS = ("visits", "pending", "in_progress", "blocked", "completed", "skipped", "abandoned", "further_visits")


@pytest.mark.parametrize(
    ("key", "counts"),
    [("check", (5, 0, 0, 0, 4, 0, 1, 1)), ("mend", (4, 0, 1, 0, 1, 1, 1, 0)), ("close", (4, 2, 1, 0, 0, 0, 1, 0))],
)
async def test_every_visit_to_a_stage_is_counted_once(busy: Scene, key: str, counts: tuple[int, ...]) -> None:
    row = await busy.row("workflow_stage_summary", template_code=BUSY, stage_key=key)
    assert tuple(row[name] for name in COUNTS) == counts
    assert row["visits"] == sum(row[name] for name in COUNTS[1:-1])


async def test_durations_are_those_of_completed_visits(busy: Scene) -> None:
    row = await busy.row("workflow_stage_summary", template_code=BUSY, stage_key="check")  # 2, 4, 6 and 10 hours
    assert row["average_duration"] == 5.5 * HOUR
    assert row["median_duration"] == 5 * HOUR
    assert row["p90_duration"] == 8.8 * HOUR  # 6 h + 0.7 × (10 h - 6 h)
    mend = await busy.row("workflow_stage_summary", template_code=BUSY, stage_key="mend")
    assert mend["average_duration"] == mend["median_duration"] == mend["p90_duration"] == 5 * HOUR


async def test_compliance_is_met_of_those_with_a_verdict(busy: Scene) -> None:
    rows = await busy.rows("workflow_stage_summary", template_code=BUSY)
    assert {row["stage_key"]: (row["clocks_met"], row["clocks_breached"], row["sla_compliance"]) for row in rows} == {
        "check": (3, 1, Decimal("75.00")),
        "mend": (1, 1, Decimal("50.00")),
        "close": (0, 0, None),
    }


async def test_the_target_is_that_of_the_highest_version_with_the_stage(busy: Scene) -> None:
    rows = await busy.rows("workflow_stage_summary", template_code=BUSY)
    shown = {row["stage_key"]: (row["position"], row["stage_name"], row["stage_type"], row["target"]) for row in rows}
    assert shown == {
        "check": (1, "Check", "diagnosis", 3 * HOUR),
        "mend": (2, "Mend", "repair", 8 * HOUR),
        "close": (3, "Close", "completion", 2 * HOUR),  # no template has it any more: as the tickets had it
    }


async def test_a_stage_without_completed_visits_has_no_duration(busy: Scene) -> None:
    row = await busy.row("workflow_stage_summary", template_code=BUSY, stage_key="close")
    assert (row["average_duration"], row["median_duration"], row["p90_duration"]) == (None, None, None)


async def test_a_template_that_was_never_used_shows_its_stages_with_zeros(module_scene: Scene) -> None:
    async with undone(module_scene) as scene:
        await add_template(scene, "zz_unused", ("check", 4), manufacturer_id=scene.ids[MAKE])
        row = await scene.row("workflow_stage_summary", template_code="zz_unused")
    assert (row["stage_key"], row["target"]) == ("check", 4 * HOUR)
    assert {row[name] for name in COUNTS} == {0}
    assert (row["clocks_met"], row["clocks_breached"], row["sla_compliance"]) == (0, 0, None)
