"""Who is suggested for a ticket, and who is free, as JSON: the same for the terminal and for programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from models.contracts.assigning import AssignmentWarning, Sentence
from models.recommending.ranking import Candidate, Ranking, reasoning
from starter.reading.candidates import Freedom


def as_document(ranking: Ranking | None, limit: int) -> dict[str, Any]:
    """A ranking with at most so many of each list."""
    if ranking is None:
        return {"stage": None, "suggested": [], "not_suggested": [], "passed_over": []}
    return {
        "stage": ranking.stage.key,
        "support_level": ranking.stage.support_level,
        "on_site": ranking.stage.on_site,
        "expected_at": ranking.case.expected_at(ranking.stage),
        "due_at": ranking.case.due(ranking.stage),
        "weights": ranking.stage.weights.model_dump(),
        "suggested": [_candidate(one) for one in ranking.suitable[:limit]],
        "not_suggested": [_candidate(one) for one in ranking.others[:limit]],
        "passed_over": list(ranking.passed_over()),
    }


def _candidate(one: Candidate) -> dict[str, Any]:
    scores = one.scores
    return {
        "engineer": one.code,
        "name": one.facts.name,
        "support_level": one.facts.support_level,
        "overall": scores.overall,
        "expertise": scores.expertise,
        "availability": scores.availability,
        "location": scores.location,
        "performance": scores.performance,
        "workload": scores.workload,
        "travel_minutes": None if one.minutes is None else round(one.minutes, 1),
        "free_from": one.seen.free_from,
        "like_tickets": one.facts.track.tickets,
        "reasoning": reasoning(one),
        "strengths": _said(one.strengths),
        "concerns": [_concern(each) for each in one.concerns],
        "doubts": _said(one.doubts),
    }


def _concern(one: AssignmentWarning) -> dict[str, Any]:
    return {"kind": one.kind, "gravity": one.gravity, "words": one.words}


def _said(sentences: Iterable[Sentence]) -> list[str]:
    return [one.words for one in sentences]


def freedom_document(one: Freedom) -> dict[str, Any]:
    """Whether an engineer can work at a moment."""
    engineer = one.engineer
    return {
        "engineer": engineer.code,
        "name": engineer.name,
        "support_level": engineer.support_level,
        "time_zone": engineer.time_zone,
        "free_from": one.free_from,
        "because": one.because,
        "open_visits": engineer.open_visits,
        "load": engineer.load,
        "capacity": engineer.capacity,
    }
