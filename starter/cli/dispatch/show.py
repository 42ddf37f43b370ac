"""How plans of visits are shown: a table for each engineer, and what is left out with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from activities.dispatch.standing import Applied
from models.dispatch.plan import Outcome, Route
from starter.cli.terminal.display import Listing, Times, show
from starter.cli.terminal.run import out
from starter.dispatching.planning import Proposal

MOST_NOTES = 20


def show_proposal(proposal: Proposal, *, explain: bool) -> None:
    """A plan that was just made."""
    read, planned = proposal.read, proposal.planned
    zones = {one.code: one for one in read.problem.engineers}
    moves = {one.visit: one for one in proposal.moves}
    for route in planned.plan.routes:
        engineer = zones[route.engineer]
        _route(proposal, route, engineer.name, moves)
    if not planned.plan.routes:
        show(out, "No visit is planned.")
    _left_out(proposal)
    if explain:
        _explained(proposal)
    _summed_up(proposal)
    for note in planned.plan.notes[:MOST_NOTES]:
        show(out, f"Note: {note}.")
    show(out, f"Plan {proposal.plan_id}. Apply it with: fieldcare dispatch apply {proposal.plan_id}")


def _route(proposal: Proposal, route: Route, name: str, moves: Mapping[str, Any]) -> None:
    problem = proposal.read.problem
    times = Times(_zone(proposal, route.engineer), problem.at(route.stops[0].start))
    rows = []
    for stop in route.stops:
        visit = proposal.read.visits[stop.visit]
        present = visit.engineer
        moved = stop.visit in moves and present != route.engineer
        rows.append(
            (
                times.minute(problem.at(stop.start)),
                times.minute(problem.at(stop.end))[-5:],
                f"{round(stop.travel / 60)} min{' (assumed)' if stop.assumed else ''}",
                visit.number,
                visit.stage_name,
                visit.priority.value,
                f"{visit.customer}/{visit.site}",
                f"from {present}" if moved else "new" if present is None else "",
            )
        )
    back = f"home {times.minute(problem.at(route.returns))[-5:]} after {round(route.return_travel / 60)} min"
    headers = ("Start", "End", "Way", "Ticket", "Stage", "Priority", "Site", "Change")
    show(out, f"{route.engineer} {name} · times in {times} · {back}")
    show(out, Listing(headers, rows, right=frozenset({"Way"}), spare=("Stage", "Site")), "")


def _zone(proposal: Proposal, code: str) -> str:
    return proposal.zones.get(code, "UTC")


def _left_out(proposal: Proposal) -> None:
    if not proposal.why:
        return
    rows = []
    for one in proposal.why:
        visit = proposal.read.visits[one.visit]
        rows.append((visit.number, visit.stage_name, visit.priority.value, one.says.removeprefix(f"{one.visit} ")))
    show(out, f"Left out: {len(rows)}")
    show(out, Listing(("Ticket", "Stage", "Priority", "Why"), rows, spare=("Stage",)), "")


def _explained(proposal: Proposal) -> None:
    objective = proposal.planned.evaluation.objective
    for move in proposal.moves:
        show(out, f"{move.visit} goes from {move.present} to {move.planned}: {move.says}.")
    hours = {name: value / 3600 for name, value in objective.model_dump().items()}
    show(
        out,
        f"Cost in hours of travel: {objective.total / 3600:.1f} = travel {hours['travel']:.1f} + left out "
        f"{hours['drops']:.1f} + lateness {hours['lateness']:.1f}. Lower is better.",
    )
    evaluation = proposal.planned.evaluation
    busy = [
        (
            code,
            f"{evaluation.busy.get(code, 0) / 3600:.1f} h",
            f"{duty / 3600:.1f} h",
            _share(evaluation.busy, code, duty),
        )
        for code, duty in evaluation.on_duty.items()
        if duty
    ]
    numbers = frozenset({"Busy", "On duty", "Share"})
    show(out, Listing(("Engineer", "Busy", "On duty", "Share"), busy, right=numbers), "")


def _share(busy: Mapping[str, int], code: str, duty: int) -> str:
    return f"{100 * busy.get(code, 0) / duty:.0f} %"


def _summed_up(proposal: Proposal) -> None:
    evaluation = proposal.planned.evaluation
    served = len({stop.visit for _, stop in proposal.planned.plan.stops()})
    moved = f", {len(evaluation.moved)} of {evaluation.kept} move to somebody else" if evaluation.kept else ""
    show(
        out,
        f"{served} visits planned by {proposal.planned.plan.engine.value}, {len(proposal.why)} left out, "
        f"{evaluation.late} late{moved}; {evaluation.kilometres:.0f} km.",
    )


def show_kept(plan: Mapping[str, Any]) -> None:
    """A plan that is on record."""
    times = Times()
    applied = (
        f"applied {times.minute(plan['applied_at'])} by {plan['applied_by_code']}"
        if plan["applied_at"]
        else "not applied"
    )
    show(
        out,
        f"Plan {plan['id']} · {plan['engine']} · made {times.minute(plan['made_at'])} UTC "
        f"by {plan['made_by_code']} · {applied}",
    )
    placed = [
        (
            one["engineer"],
            times.minute(one["starts_at"]),
            times.minute(one["ends_at"])[-5:],
            one["number"],
            one["stage_name"],
            one["priority"],
            one["outcome"] or "",
            one["outcome_reason"] if one["outcome"] == Outcome.SKIPPED else one["reason"],
        )
        for one in plan["visits"]
        if one["engineer"] is not None
    ]
    headers = ("Engineer", "Start (UTC)", "End", "Ticket", "Stage", "Priority", "Outcome", "Reason")
    show(out, Listing(headers, placed, spare=("Stage",)), "")
    left = [
        (one["number"], one["stage_name"], one["priority"], one["reason"])
        for one in plan["visits"]
        if one["engineer"] is None
    ]
    if left:
        show(out, f"Left out: {len(left)}")
        show(out, Listing(("Ticket", "Stage", "Priority", "Why"), left, spare=("Stage",)), "")
    for note in plan["notes"][:MOST_NOTES]:
        show(out, f"Note: {note}.")


def show_applied(plan_id: UUID, applied: Iterable[Applied]) -> None:
    """What became of the visits of a plan."""
    found = list(applied)
    counts = Counter(one.outcome for one in found)
    said = ", ".join(f"{counts[one]} {one.value}" for one in Outcome)
    show(out, f"Plan {plan_id}: {said}.")
    for one in found:
        if one.outcome is Outcome.SKIPPED:
            show(out, f"{one.key} is left as it is: {one.says}")


def as_document(proposal: Proposal, applied: Iterable[Applied] | None) -> dict[str, Any]:
    """The plan for programs: times in UTC, durations in seconds."""
    read, planned = proposal.read, proposal.planned

    def at(second: int) -> datetime:
        return read.problem.at(second)

    return {
        "plan_id": proposal.plan_id,
        "from": at(0),
        "until": at(read.problem.horizon),
        "engine": planned.plan.engine,
        "objective": {**planned.evaluation.objective.model_dump(), "total": planned.evaluation.objective.total},
        "kilometres": round(planned.evaluation.kilometres, 1),
        "late": planned.evaluation.late,
        "notes": planned.plan.notes,
        "routes": [
            {
                "engineer": route.engineer,
                "returns": at(route.returns),
                "return_travel": route.return_travel,
                "stops": [
                    {
                        "visit": stop.visit,
                        "ticket": read.visits[stop.visit].number,
                        "stage": read.visits[stop.visit].stage_key,
                        "priority": read.visits[stop.visit].priority,
                        "start": at(stop.start),
                        "end": at(stop.end),
                        "travel": stop.travel,
                        "kilometres": round(stop.kilometres, 1),
                        "assumed": stop.assumed,
                        "present_engineer": read.visits[stop.visit].engineer,
                    }
                    for stop in route.stops
                ],
            }
            for route in planned.plan.routes
        ],
        "left_out": [one.model_dump() for one in proposal.why],
        "moves": [one.model_dump() for one in proposal.moves],
        "applied": None if applied is None else list(applied),
    }
