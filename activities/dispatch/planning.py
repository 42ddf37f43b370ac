"""One call that makes a plan: VROOM builds, PyVRP polishes, insertion stands in for them, an evaluator checks."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from time import monotonic

from activities.dispatch.building import greedy, improved, independent, kept, of_orders, plan_of, settled
from activities.dispatch.compiled import Compiled, compile_problem
from activities.dispatch.draft import Draft
from activities.dispatch.evaluator import evaluate
from activities.dispatch.polishing import polished
from activities.dispatch.solver_process import SolverFailed, is_installed, run
from activities.dispatch.work import work_of
from models.dispatch.plan import Engine, Evaluation, Plan
from models.dispatch.problem import Problem, Weights

MODULES = {Engine.VROOM: ("vroom",), Engine.PYVRP: ("vroom", "pyvrp"), Engine.GREEDY: ()}
"""What has to be installed for an engine; the extra `dispatch` has all of it."""

SHARE_OF_VROOM = 0.6
"""Of the time that a plan is given: VROOM may use so much of it, and mostly needs less."""

MOSTLY = 0.5
"""From this share of visits with an engineer on, a plan starts from what is agreed on instead of from nothing."""

HEAVIER = 8.0
"""How much heavier staying weighs when too many visits would move."""


class PlanIsWrong(RuntimeError):  # noqa: N818 - a property of a plan
    """The evaluator found rules broken even in the plain plan: a fault of this program."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan that was checked, with what was found in it.

    Attributes:
        draft: what it is made of, for explanations.
    """

    plan: Plan
    evaluation: Evaluation
    draft: Draft


def best_engine() -> Engine:
    """The best engine that is installed."""
    return next(one for one in (Engine.PYVRP, Engine.VROOM, Engine.GREEDY) if all(map(is_installed, MODULES[one])))


def make_plan(problem: Problem, engine: Engine | None = None, seconds: float = 10.0) -> Planned:
    """A plan of `problem`, with no rule broken.

    Args:
        engine: None for the best that is installed. One that is not installed is replaced by a lesser one, and the
            plan's notes say so.
        seconds: of wall time that solvers may use together.

    Raises:
        PlanIsWrong: see there.
    """
    try:
        return _made(problem, engine, seconds)
    except RuntimeError as wrong:  # a fault of this program, which keeps nobody from having a plan
        planned = _checked(
            problem,
            independent(compile_problem(problem)),
            Engine.GREEDY,
            [f"visits that depend on each other are left to people, since no plan of them came about ({wrong})"],
        )
        if planned.evaluation.violations:
            raise PlanIsWrong(planned.evaluation.violations[0].says) from wrong
        return planned


def _made(problem: Problem, engine: Engine | None, seconds: float) -> Planned:
    began = monotonic()
    notes: list[str] = []
    wanted = best_engine() if engine is None else engine
    used = _installed(wanted, notes, asked=engine is not None)
    compiled, start = settled(compile_problem(problem))
    draft, used = _built(compiled, start, used, seconds, notes)
    if used is Engine.PYVRP:
        left = max(1.0, seconds - (monotonic() - began))
        draft, said = polished(draft, left)
        notes += said
    draft, said = _steady(draft, start, used, seconds)
    notes += said
    planned = _checked(problem, draft, used, notes)
    if planned.evaluation.violations:
        first = planned.evaluation.violations[0].says
        notes.append(f"the plan of {used.value} broke a rule ({first}), so the plain one stands")
        planned = _checked(problem, greedy(start), Engine.GREEDY, notes)
    if planned.evaluation.violations:
        raise PlanIsWrong(planned.evaluation.violations[0].says)
    return planned


def _installed(wanted: Engine, notes: list[str], *, asked: bool) -> Engine:
    missing = [one for one in MODULES[wanted] if not is_installed(one)]
    if missing:
        notes.append(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed: the plan is made without "
            "(install the extra: pip install 'fieldcare[dispatch]')"
        )
        return Engine.VROOM if wanted is Engine.PYVRP and is_installed("vroom") else Engine.GREEDY
    if not asked and wanted is Engine.GREEDY:
        notes.append("no solver is installed, so this is a plain plan (pip install 'fieldcare[dispatch]' for better)")
    return wanted


def _built(compiled: Compiled, start: Draft, engine: Engine, seconds: float, notes: list[str]) -> tuple[Draft, Engine]:
    """The first plan: from what is agreed on if most visits have an engineer, else VROOM's, else by insertion."""
    present = sum(one.present is not None for one in compiled.tasks)
    if engine is Engine.GREEDY:
        return (improved(kept(compiled, start)) if present else greedy(start)), engine
    if present and present >= MOSTLY * len(compiled.tasks):
        return kept(compiled, start), engine
    # What somebody has stays theirs while VROOM builds: it knows no cost of changing that.
    stays = compiled.with_tasks([replace(one, allowed=_of_present(compiled, one.number)) for one in compiled.tasks])
    work = work_of(
        stays,
        [one.number for one in compiled.shifts],
        {},
        [one.number for one in compiled.tasks],
        max(1.0, seconds * SHARE_OF_VROOM),
    ).model_copy(update={"threads": max(1, min(4, os.cpu_count() or 1))})
    with ThreadPoolExecutor(1) as aside:
        solving = aside.submit(run, "vroom_process", work)
        # Meanwhile: on days with far too much work VROOM may not come to an end, and insertion is better then.
        inserted = kept(compiled, start) if present else greedy(start)
    try:
        found = solving.result()
    except SolverFailed as failed:
        notes.append(f"VROOM {failed}: the plan is built by insertion instead")
        return inserted, engine if engine is Engine.PYVRP else Engine.GREEDY
    draft = of_orders(compiled, enumerate(found.routes))
    return (draft if draft.cost() <= inserted.cost() else inserted), engine


def _of_present(compiled: Compiled, number: int) -> list[int]:
    task = compiled.tasks[number]
    theirs = [one for one in task.allowed if compiled.shifts[one].engineer == task.present]
    return theirs or task.allowed


def _steady(draft: Draft, start: Draft, engine: Engine, seconds: float) -> tuple[Draft, list[str]]:
    """The draft, or one that moves fewer visits, if the draft moves more than it may and that costs little."""
    weights = draft.compiled.problem.weights
    having = [one for one in draft.compiled.tasks if one.present is not None]
    limit = weights.moved_share * len(having)
    if not having or len(moved(draft)) <= limit:
        return draft, []
    candidates = [draft]
    keeping = kept(draft.compiled, start)
    if engine is Engine.PYVRP and len(moved(keeping)) <= limit:
        heavier = _weighted(keeping, weights, weights.stay * HEAVIER)
        steadier, _ = polished(heavier, max(1.0, seconds / 3))
        candidates.append(_weighted(steadier, weights, weights.stay))
    candidates.append(keeping)
    steady = [one for one in candidates if len(moved(one)) <= limit]
    forced = len(moved(keeping))
    if not steady:
        # Some have to move whatever is planned: then as few as that, if it costs little.
        steady = [keeping] if forced < len(moved(draft)) else []
        if not steady:
            return draft, [f"{forced} visits have to move: who had them can't serve them"]
    best = min(steady, key=lambda one: one.cost())
    free, bound = _cost(draft), _cost(draft) * (1 + weights.change_bound)
    if _cost(best) <= bound:
        return best, []
    more = 100 * (_cost(best) / free - 1) if free else 0.0
    return draft, [
        f"{len(moved(draft))} of {len(having)} visits move: keeping to {weights.moved_share:.0%} would cost "
        f"{more:.0f} % more, and {weights.change_bound:.0%} is what that may cost"
    ]


def _weighted(draft: Draft, weights: Weights, stay: float) -> Draft:
    """The same orders where staying weighs otherwise."""
    problem = draft.compiled.problem.model_copy(update={"weights": weights.model_copy(update={"stay": stay})})
    made = Draft(replace(draft.compiled, problem=problem))
    for shift, order in enumerate(draft.orders):
        made.put(shift, order)
    return made


def moved(draft: Draft) -> list[int]:
    """Tasks that somebody else serves than who has them."""
    return [
        one
        for one, shift in draft.on.items()
        if draft.compiled.tasks[one].present is not None
        and not any(
            draft.compiled.shifts[draft.on[each]].engineer == draft.compiled.tasks[one].present
            for each in (one, *draft.compiled.tasks[one].mates)
            if each in draft.on
        )
        and shift >= 0
    ]


def _cost(draft: Draft) -> float:
    """What a draft costs in the field: without what staying is worth."""
    tasks, shifts = draft.compiled.tasks, draft.compiled.shifts
    return draft.cost() - sum(draft.stay_cost(tasks[one], shifts[shift].engineer) for one, shift in draft.on.items())


def _checked(problem: Problem, draft: Draft, engine: Engine, notes: list[str]) -> Planned:
    plan = plan_of(draft, engine, (*problem.assumptions, *notes))
    return Planned(plan, evaluate(problem, plan), draft)
