"""A plan as it is kept on record: `record_dispatch_plan()` takes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from activities.dispatch.planning import Planned
from activities.dispatch.reading import Read
from models.dispatch.plan import Move
from models.dispatch.relaxing import Relaxation


def as_kept(
    plan_id: UUID,
    read: Read,
    planned: Planned,
    why: Iterable[Relaxation],
    moves: Iterable[Move],
    *,
    by: str,
    because: str,
) -> dict[str, Any]:
    """The document of a plan.

    Args:
        by: whose plan it is.
        because: the event that it was made for; empty where somebody asked.
    """
    problem, objective = read.problem, planned.evaluation.objective
    return {
        "plan_id": str(plan_id),
        "made_by": by,
        "because": because,
        "from_at": problem.origin.isoformat(),
        "until_at": problem.at(problem.horizon).isoformat(),
        "engine": planned.plan.engine.value,
        "objective": {**objective.model_dump(), "total": objective.total},
        "notes": list(planned.plan.notes),
        "visits": [*_placed(read, planned, moves), *_left_out(read, planned, why)],
    }


def _placed(read: Read, planned: Planned, moves: Iterable[Move]) -> Iterator[dict[str, Any]]:
    reasons = {one.visit: one.says for one in moves}
    for route in planned.plan.routes:
        for position, stop in enumerate(route.stops):
            row = read.visits[stop.visit]
            moved = stop.visit in reasons and route.engineer != row.engineer
            yield {
                "transition_id": str(row.transition_id),
                "engineer": route.engineer,
                "position": position,
                "starts_at": read.problem.at(stop.start).isoformat(),
                "ends_at": read.problem.at(stop.end).isoformat(),
                "travel": stop.travel,
                "travel_km": round(stop.kilometres, 1),
                "travel_assumed": stop.assumed,
                "present_engineer": row.engineer,
                "reason_kind": "moved" if moved else "",
                "reason": reasons[stop.visit] if moved else "",
            }


def _left_out(read: Read, planned: Planned, why: Iterable[Relaxation]) -> Iterator[dict[str, Any]]:
    reasons = {one.visit: one for one in why}
    for position, key in enumerate(planned.plan.left_out):
        row, reason = read.visits[key], reasons.get(key)
        yield {
            "transition_id": str(row.transition_id),
            "position": position,
            "present_engineer": row.engineer,
            "reason_kind": "" if reason is None else reason.kind.value,
            "reason": "" if reason is None else reason.says,
        }
