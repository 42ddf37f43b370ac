"""Views of AI: what it costs, how fast it is, how often it was right; figures worked out by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest_asyncio

from tests.factories import T0
from tests.migrations.story import Story
from tests.migrations.view_scene import Scene, open_scene, undone

SECOND = timedelta(seconds=1)


@pytest_asyncio.fixture(scope="module")
async def module_scene(postgres_url: str) -> AsyncIterator[Scene]:
    async with open_scene(postgres_url) as opened:
        yield opened


@pytest_asyncio.fixture
async def scene(module_scene: Scene) -> AsyncIterator[Scene]:
    """With a provider that has two models, one of which nobody asks, and a provider without models."""
    async with undone(module_scene) as opened:
        await opened.provider("zz_cloud", "zz-large", "zz-idle")
        await opened.provider("zz_bare")
        yield opened


async def say(scene: Scene, seconds: float, at: datetime = T0, **values: Any) -> None:
    """A message of the assistant, of the model zz-large, unless told otherwise."""
    given = {"session_id": uuid4(), "message_index": 1, "task": "diagnosis", "role": "assistant", "content": "…"}
    cost = {"input_tokens": 100, "cached_input_tokens": 40, "output_tokens": 10, "cost_usd": Decimal("0.01")}
    asked = {"provider_id": scene.ids["zz_cloud"], "model_id": scene.ids["zz-large"]}
    told = {"latency": seconds * SECOND, "occurred_at": at}
    await scene.put("ai_conversations", **given | cost | asked | told | values)


async def propose(scene: Scene, story: Story, table: str, **values: Any) -> None:
    given = {"ticket_id": story.ticket_id, "session_id": uuid4(), "proposed_at": T0}
    asked = {"provider_id": scene.ids["zz_cloud"], "model_id": scene.ids["zz-large"]}
    await scene.put(table, **given | asked | values)


async def diagnose(scene: Scene, story: Story, confidence: int, was_correct: bool | None) -> None:
    found = {"summary": "s", "root_cause": "r", "issue_category": "sensor", "severity": "low", "support_level": "L1"}
    known = {"was_correct": was_correct, "verified_at": None if was_correct is None else T0}
    await propose(
        scene, story, "ai_diagnosis_results", confidence=confidence, remote_fix_possible=False, **found | known
    )


# -- ai_performance_summary --------------------------------------------------------------------------------------------


async def test_requests_errors_and_latency_of_a_model_and_task(scene: Scene) -> None:
    for seconds in (1, 2, 3):
        await say(scene, seconds)
    await say(scene, 60, content="", error="timed out", input_tokens=0, cached_input_tokens=0, output_tokens=0)
    await say(scene, 9, role="user", input_tokens=999, output_tokens=999, cost_usd=Decimal(0))  # not a request
    row = await scene.row("ai_performance_summary", model_code="zz-large")
    assert (row["provider_name"], row["model_name"], row["task"]) == ("zz_cloud", "zz-large", "diagnosis")
    assert (row["requests"], row["errors"], row["error_rate"]) == (4, 1, Decimal("25.00"))
    assert (row["input_tokens"], row["cached_input_tokens"], row["output_tokens"]) == (300, 120, 30)
    assert row["cost_usd"] == Decimal("0.04")
    assert (row["average_latency"], row["p95_latency"]) == (2 * SECOND, 2.9 * SECOND)
    assert (row["results"], row["verified"], row["accuracy"], row["mean_confidence"]) == (0, 0, None, None)


async def test_an_abstention_is_a_request_and_no_error(scene: Scene) -> None:
    await say(scene, 1)
    await say(scene, 60, content="", error="no symptom", finish_reason="abstained")
    row = await scene.row("ai_performance_summary", model_code="zz-large")
    assert (row["requests"], row["errors"], row["abstentions"]) == (2, 0, 1)
    assert row["average_latency"] == SECOND, "of what was answered"
    row = await scene.row("ai_cost_summary", model_code="zz-large")
    assert (row["requests"], row["failed_requests"]) == (2, 0)


async def test_accuracy_is_that_of_verified_results(scene: Scene) -> None:
    story = await scene.story()
    await diagnose(scene, story, 90, True)
    await diagnose(scene, story, 60, True)
    await diagnose(scene, story, 70, False)
    await diagnose(scene, story, 25, None)
    await say(scene, 1)
    row = await scene.row("ai_performance_summary", model_code="zz-large")
    assert (row["requests"], row["results"], row["verified"], row["correct"]) == (1, 4, 3, 2)
    assert (row["accuracy"], row["mean_confidence"]) == (Decimal("66.67"), Decimal("61.25"))


async def test_results_of_every_task_have_a_row_also_without_a_request(scene: Scene) -> None:
    story = await scene.story()
    session = uuid4()
    scores = ("overall", "expertise", "availability", "location", "performance", "workload")
    for rank, (code, outcome) in enumerate((("ZZ-E1", "selected"), ("ZZ-E2", "not_selected")), 1):
        ranked = {f"{name}_score": 80 for name in scores} | {"rank": rank, "reasoning": "r", "outcome": outcome}
        await propose(
            scene,
            story,
            "ai_engineer_recommendations",
            engineer_id=scene.ids[code],
            **ranked | {"session_id": session, "decided_at": T0},
        )
    for rank, (confidence, outcome) in enumerate(((80, "used"), (50, "not_used"), (20, "pending")), 1):
        part = {"part_id": await scene.part(f"ZZ-{rank}"), "rank": rank, "is_oem": True, "reasoning": "r"}
        decided = {"outcome": outcome, "decided_at": None if outcome == "pending" else T0}
        await propose(scene, story, "ai_parts_recommendations", confidence=confidence, **part | decided)
    attachment_id = await scene.attachment(story)
    await propose(scene, story, "ai_attachment_analysis", attachment_id=attachment_id, summary="s", confidence=40)
    rows = await scene.rows("ai_performance_summary", model_code="zz-large")
    shown = {row["task"]: (row["results"], row["verified"], row["accuracy"], row["mean_confidence"]) for row in rows}
    assert shown == {
        "engineer_recommendation": (1, 1, Decimal("100.00"), None),  # the first choice of the ranking
        "parts_recommendation": (3, 2, Decimal("50.00"), Decimal("50.00")),
        "attachment_analysis": (1, 0, None, Decimal("40.00")),
    }
    assert {(row["requests"], row["error_rate"], row["average_latency"]) for row in rows} == {(0, None, None)}


async def test_models_and_providers_that_were_never_asked_are_listed_without_a_task(scene: Scene) -> None:
    await say(scene, 1)
    idle = await scene.row("ai_performance_summary", model_code="zz-idle")
    bare = await scene.row("ai_performance_summary", provider_code="zz_bare")
    assert (bare["model_code"], idle["provider_code"]) == (None, "zz_cloud")
    for row in (idle, bare):
        assert (row["task"], row["requests"], row["results"], row["cost_usd"]) == (None, 0, 0, 0)
        assert (row["error_rate"], row["accuracy"], row["p95_latency"]) == (None, None, None)


async def test_a_request_for_no_certain_model_has_its_own_row(scene: Scene) -> None:
    await say(scene, 1, model_id=None, content="", error="no key")
    rows = await scene.rows("ai_performance_summary", provider_code="zz_cloud")
    found = {(row["model_code"], row["task"]): (row["requests"], row["error_rate"]) for row in rows}
    assert found == {
        (None, "diagnosis"): (1, Decimal("100.00")),
        ("zz-large", None): (0, None),
        ("zz-idle", None): (0, None),
    }
    assert next(row for row in rows if row["model_code"] is None)["average_latency"] is None


# -- ai_cost_summary ---------------------------------------------------------------------------------------------------


async def test_costs_are_summed_by_utc_day_provider_and_model(scene: Scene) -> None:
    midnight = datetime(2026, 3, 3, tzinfo=UTC)
    await say(scene, 1, midnight - timedelta(microseconds=1), task="parts_recommendation")
    await say(scene, 1, midnight, cost_usd=Decimal("0.02"))
    await say(scene, 1, midnight + timedelta(hours=23), cost_usd=Decimal("0.03"))
    await say(scene, 1, midnight, content="", error="refused", cost_usd=Decimal(0))
    await say(scene, 1, midnight, model_id=None, content="", error="no key", cost_usd=Decimal(0))
    await say(scene, 1, midnight, role="user", cost_usd=Decimal(0))
    await scene.sql.execute("SET LOCAL TIME ZONE 'Asia/Kolkata'")  # whoever asks
    rows = await scene.rows("ai_cost_summary", provider_code="zz_cloud")
    second, third = date(2026, 3, 2), date(2026, 3, 3)
    assert {(row["day"], row["model_code"]): (row["requests"], row["failed_requests"]) for row in rows} == {
        (second, "zz-large"): (1, 0),
        (third, "zz-large"): (3, 1),
        (third, None): (1, 1),
    }
    row = await scene.row("ai_cost_summary", day=third, model_code="zz-large")
    assert (row["input_tokens"], row["cached_input_tokens"], row["output_tokens"]) == (300, 120, 30)
    assert (row["cost_usd"], row["cost_per_request_usd"]) == (Decimal("0.05"), Decimal("0.016667"))


async def test_a_provider_without_calls_costs_nothing_on_no_day(scene: Scene) -> None:
    assert await scene.rows("ai_cost_summary", provider_code="zz_bare") == []
