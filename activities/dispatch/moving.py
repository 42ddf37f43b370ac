"""Why a visit is served by somebody else than who has it."""

from __future__ import annotations

from activities.dispatch.draft import Draft
from activities.dispatch.planning import Planned, moved
from activities.dispatch.qualifying import Lacks, lacks
from models.dispatch.plan import Move
from models.dispatch.problem import Engineer, Visit


def moves_of(planned: Planned) -> list[Move]:
    """Each visit that moves, with its reason: found by giving it back and looking at what that does."""
    draft = planned.draft
    return [_move(draft, number) for number in moved(draft)]


def _move(draft: Draft, number: int) -> Move:
    compiled = draft.compiled
    task, visit = compiled.tasks[number], compiled.visit(number)
    before = compiled.problem.engineers[task.present or 0]
    after = compiled.problem.engineers[compiled.shifts[draft.on[number]].engineer]
    return Move(
        visit=visit.key,
        present=before.code,
        planned=after.code,
        says=_why(draft, number, before, visit),
    )


def _why(draft: Draft, number: int, before: Engineer, visit: Visit) -> str:
    compiled = draft.compiled
    task = compiled.tasks[number]
    if not before.duties:
        return f"{before.code} has no duty within the plan"
    missing = [lacks(before, visit, one.day) for one in before.duties]
    if all(each is not Lacks.NOTHING for each, _ in missing):
        kind, what = missing[0]
        return f"{before.code} lacks the {kind.value} {what}".rstrip()
    if visit.pinned_engineer is not None and visit.pinned_engineer != before.code:
        return f"it is fixed to {visit.pinned_engineer}"
    theirs = [one for one in task.allowed if compiled.shifts[one].engineer == task.present]
    if not theirs:
        return f"{before.code} is on no duty in its windows"
    without = draft.copy()
    lost = without.remove(number)
    back = without.best(number, theirs)
    if lost or back is None:
        return f"the day of {before.code} has no room for it any more"
    without.insert(number, back)
    saved = _field_cost(without) - _field_cost(draft)
    return f"{round(saved / 60)} min of travel and lateness less than with {before.code}"


def _field_cost(draft: Draft) -> float:
    return sum(draft.timed(one.number).cost for one in draft.compiled.shifts)
