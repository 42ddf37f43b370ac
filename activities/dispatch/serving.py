"""Whether a relaxation really serves a visit: the plan made so, and looked at by the evaluator."""

from __future__ import annotations

from activities.dispatch.building import place_together, plan_of
from activities.dispatch.compiled import Compiled, compile_problem
from activities.dispatch.draft import Draft
from activities.dispatch.evaluator import evaluate
from models.dispatch.plan import Engine
from models.dispatch.problem import Problem, Visit
from models.dispatch.relaxing import Relaxation, Relaxing, relaxed


def serves(draft: Draft, how: Relaxation) -> bool:
    """Whether the visit is really served under a relaxation, with all else (but for what it drops) as it is."""
    compiled = draft.compiled
    visit = next(one for one in compiled.problem.visits if one.key == how.visit)
    waits = {one for one in visit.after if how.kind is not Relaxing.AFTER}
    ready = visit.ready_at
    for number, each in enumerate(compiled.problem.visits):
        if each.key in waits:
            tasks = compiled.of_visit[number]
            if any(one not in draft.on for one in tasks):
                return False
            ready = max(ready, *(draft.start_of(one) + each.duration for one in tasks))
    eased = visit.model_copy(update={"after": (), "ready_at": ready})
    part = relaxed(_part(draft, how, eased), how)
    small = compile_problem(part)
    made = _same_orders(small, draft)
    numbers = [one.number for one in small.tasks if small.visit(one.number).key == how.visit]
    if made is None or not place_together(made, numbers):
        return False
    plan = plan_of(made, Engine.GREEDY)
    return not plan.left_out and not evaluate(part, plan).violations


def _part(draft: Draft, how: Relaxation, visit: Visit) -> Problem:
    """The problem of the engineers whom a relaxation concerns: what they serve, and the visit.

    What depends on visits of others keeps its start exactly.
    """
    compiled, problem = draft.compiled, draft.compiled.problem
    engineers = tuple(
        one for one in problem.engineers if how.engineer is None or visit.crew > 1 or one.code == how.engineer
    )
    codes = {one.code for one in engineers}
    awaited = {before for one in problem.visits for before in one.after}
    visits = [visit]
    for number, shift in draft.on.items():
        one = compiled.visit(number)
        if problem.engineers[compiled.shifts[shift].engineer].code not in codes or one in visits:
            continue
        if (one.crew > 1 and len(codes) == 1) or one.after or one.key in awaited:
            kept = {"crew": 1 if len(codes) == 1 else one.crew, "after": (), "pinned_engineer": None}
            one = one.model_copy(update={**kept, "pinned_start": draft.start_of(number), "frozen": False})
        if all(one.key != each.key for each in visits):
            visits.append(one)
    return problem.model_copy(update={"engineers": engineers, "visits": tuple(visits)})


def _same_orders(compiled: Compiled, draft: Draft) -> Draft | None:
    """The orders of a draft in the part of its problem that `compiled` is; None if they are not possible there."""
    made = Draft(compiled)
    shifts = {(compiled.problem.engineers[one.engineer].code, one.duty): one.number for one in compiled.shifts}
    numbers: dict[str, list[int]] = {}
    for task in compiled.tasks:
        numbers.setdefault(compiled.visit(task.number).key, []).append(task.number)
    for shift, order in enumerate(draft.orders):
        one = draft.compiled.shifts[shift]
        at = shifts.get((draft.compiled.problem.engineers[one.engineer].code, one.duty))
        if at is None:
            continue
        keys = [draft.compiled.visit(each).key for each in order]
        if made.put(at, [numbers[key].pop(0) for key in keys if numbers.get(key)]):
            return None
    return made
