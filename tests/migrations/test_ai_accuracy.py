"""How often AI was right: every figure with its numerator and denominator, computed by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from tests.factories import HOUR, T0
from tests.migrations.lab import Lab


async def test_without_results_there_is_nothing_to_say(lab: Lab) -> None:
    assert await lab.accuracy() == []


async def test_accuracy_and_calibration_of_diagnoses(lab: Lab) -> None:
    await lab.diagnosis(confidence=90, was_correct=True)
    await lab.diagnosis(confidence=70, was_correct=True)
    await lab.diagnosis(confidence=60, was_correct=False)
    await lab.diagnosis(confidence=99)  # nobody knows yet
    (row,) = await lab.accuracy()
    assert (row["provider_code"], row["model_code"], row["task"]) == ("own_alpha", "alpha-large", "diagnosis")
    assert (row["results"], row["verified"], row["correct"]) == (4, 3, 2)
    assert row["accuracy"] == Decimal("0.6667")
    assert (row["mean_confidence_right"], row["mean_confidence_wrong"]) == (80, 60)
    assert row["brier_score"] == Decimal("0.1533")  # (0.1² + 0.3² + 0.6²) ÷ 3
    assert (row["outcome_verified"], row["outcome_correct"], row["human_verified"], row["human_correct"]) == (
        3,
        2,
        0,
        0,
    )


async def test_without_a_verdict_accuracy_is_unknown_not_zero(lab: Lab) -> None:
    await lab.diagnosis()
    (row,) = await lab.accuracy()
    assert (row["results"], row["verified"], row["correct"]) == (1, 0, 0)
    figures = ("accuracy", "mean_confidence_right", "mean_confidence_wrong", "brier_score")
    assert [row[name] for name in figures] == [None] * 4


async def test_always_right_has_no_confidence_when_wrong_and_always_wrong_is_zero(lab: Lab) -> None:
    await lab.diagnosis(confidence=100, was_correct=True)
    await lab.diagnosis(confidence=100, was_correct=False, provider="own_beta")
    right, wrong = await lab.accuracy()
    assert (right["accuracy"], right["mean_confidence_wrong"], right["brier_score"]) == (1, None, 0)
    assert (wrong["accuracy"], wrong["mean_confidence_right"], wrong["brier_score"]) == (0, None, 1)


async def test_an_outcome_counts_over_what_people_say_and_both_are_shown(lab: Lab) -> None:
    proved = await lab.diagnosis(was_correct=False)
    await lab.feedback(True, diagnosis_id=proved)
    told = await lab.diagnosis()
    await lab.feedback(False, kind="outcome", diagnosis_id=told)
    await lab.feedback(True, diagnosis_id=told)
    judged = await lab.diagnosis()
    await lab.feedback(True, diagnosis_id=judged)
    (row,) = await lab.accuracy()
    assert (row["results"], row["verified"], row["correct"]) == (3, 3, 1)
    assert (row["outcome_verified"], row["outcome_correct"]) == (2, 0)
    assert (row["human_verified"], row["human_correct"]) == (3, 3)


async def test_of_several_judgements_the_newest_counts(lab: Lab) -> None:
    diagnosis = await lab.diagnosis()
    await lab.feedback(False, hours=3, diagnosis_id=diagnosis)
    await lab.feedback(True, hours=2, diagnosis_id=diagnosis)
    (row,) = await lab.accuracy()
    assert (row["verified"], row["correct"], row["human_verified"], row["human_correct"]) == (1, 0, 1, 0)


async def test_of_recommended_engineers_the_first_choice_counts(lab: Lab) -> None:
    for outcome in ("selected", "not_selected", "declined", "selected"):
        session = uuid4()
        await lab.engineer("ENG-004", 1, session_id=session, outcome=outcome)
        await lab.engineer(
            "ENG-008", 2, session_id=session, outcome="selected" if outcome != "selected" else "declined"
        )
    await lab.engineer("ENG-004", 1)  # not decided
    (row,) = await lab.accuracy()
    assert row["task"] == "engineer_recommendation"
    assert (row["results"], row["verified"], row["correct"], row["accuracy"]) == (5, 4, 2, Decimal("0.5"))
    assert (row["mean_confidence_right"], row["brier_score"]) == (None, None)  # a score is no confidence


async def test_a_recommended_part_was_right_when_it_was_accepted_or_used(lab: Lab) -> None:
    parts = [await lab.bench.part(f"OWN-RANKED-{rank}") for rank in range(1, 6)]
    session = uuid4()
    for rank, outcome in enumerate(("used", "accepted", "rejected", "not_used"), start=1):
        await lab.part(parts[rank - 1], rank, session_id=session, outcome=outcome)
    await lab.part(parts[4], 5, session_id=session)
    (row,) = await lab.accuracy()
    assert row["task"] == "parts_recommendation"
    assert (row["results"], row["verified"], row["correct"], row["accuracy"]) == (5, 4, 2, Decimal("0.5"))
    assert row["brier_score"] == Decimal("0.26")  # (0.4² + 0.4² + 0.6² + 0.6²) ÷ 4


async def test_an_analysis_of_a_picture_is_right_when_it_was_found_to_be(lab: Lab) -> None:
    photo = await lab.bench.attachment(lab.ticket_id, "photo.jpg")
    seen: dict[str, Any] = {"attachment_id": photo, "summary": "Cracked", "confidence": 50}
    await lab.answer("ai_attachment_analysis", **seen, was_correct=True, verified_at=T0)
    later = await lab.answer("ai_attachment_analysis", **seen)
    await lab.feedback(False, attachment_analysis_id=later)
    (row,) = await lab.accuracy()
    assert (row["task"], row["results"], row["verified"], row["correct"]) == ("attachment_analysis", 2, 2, 1)
    assert (row["accuracy"], row["brier_score"]) == (Decimal("0.5"), Decimal("0.25"))


async def test_a_period_begins_with_its_first_moment_and_ends_before_its_last(lab: Lab) -> None:
    for hours in (0, 1, 2):
        await lab.diagnosis(proposed_at=T0 + hours * HOUR)

    async def results(start: Any, end: Any) -> list[int]:
        return [row["results"] for row in await lab.accuracy(start, end)]

    assert await results(T0, T0 + 2 * HOUR) == [2]
    assert await results(T0 + HOUR, None) == [2]
    assert await results(None, T0 + HOUR) == [1]
    assert await results(T0 + HOUR, T0 + HOUR) == []


@pytest.mark.parametrize(
    ("provider", "task", "found"),
    [
        (None, None, [("own_alpha", "diagnosis"), ("own_alpha", "engineer_recommendation"), ("own_beta", "diagnosis")]),
        ("own_beta", None, [("own_beta", "diagnosis")]),
        (None, "diagnosis", [("own_alpha", "diagnosis"), ("own_beta", "diagnosis")]),
        ("own_beta", "engineer_recommendation", []),
        ("nobody", None, []),
        (None, "horoscope", []),
    ],
)
async def test_accuracy_by_provider_and_task(
    lab: Lab, provider: str | None, task: str | None, found: list[tuple[str, str]]
) -> None:
    await lab.diagnosis()
    await lab.diagnosis(provider="own_beta")
    await lab.engineer("ENG-001", 1)
    rows = await lab.accuracy(None, None, provider, task)
    assert [(row["provider_code"], row["task"]) for row in rows] == found
