"""PyVRP over a draft, a day and a neighbourhood at a time: small problems, in which each engineer is one of a kind.

The whole of a hundred engineers would need a matrix of travel for each; a neighbourhood of twenty is polished in
seconds and megabytes, and in a second round the neighbourhoods are cut the other way.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from activities.dispatch.building import whole
from activities.dispatch.compiled import NEVER
from activities.dispatch.draft import Draft
from activities.dispatch.solver_process import SolverFailed, run
from activities.dispatch.work import Work, Worked, work_of

NEIGHBOURS = 20
"""Shifts of a neighbourhood."""

SHORTEST = 0.5
"""Seconds below which a neighbourhood isn't worth a process."""

ROUNDS = 2


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    shifts: list[int]
    tasks: list[int]


Solver = Callable[[Work], Worked]


def polished(draft: Draft, seconds: float, *, solver: Solver | None = None, seed: int = 1) -> tuple[Draft, list[str]]:
    """The draft, or a better one; and what went wrong on the way.

    Args:
        seconds: of wall time for all of it, not counting what processes take to start.
    """
    solve = solver or (lambda work: run("pyvrp_process", work))
    workers = max(1, min(4, os.cpu_count() or 1))
    notes: list[str] = []
    parts = _neighbourhoods(draft, 0)
    rounds = 1 if len(parts) == 1 else ROUNDS
    for nth in range(rounds):
        if nth:
            parts = _neighbourhoods(draft, nth)
        each = max(SHORTEST, seconds / rounds / max(1, -(-len(parts) // workers)))
        works = [
            (part, _work(draft, part, each).model_copy(update={"seed": seed + nth}))
            for part in parts
            if part.tasks and part.shifts
        ]
        with ThreadPoolExecutor(workers) as pool:
            answers = list(pool.map(lambda one: _answered(solve, one), [work for _, work in works]))
        for (part, _), found in zip(works, answers, strict=True):
            if isinstance(found, str):
                if found not in notes:
                    notes.append(found)
                continue
            draft = _taken(draft, part, found)
    before = draft.copy()
    whole(draft)
    return (draft if draft.cost() <= before.cost() else before), notes


def _answered(solve: Solver, work: Work) -> Worked | str:
    try:
        return solve(work)
    except SolverFailed as failed:
        return f"PyVRP {failed}: that part of the plan is as it was before it"


def _work(draft: Draft, part: Neighbourhood, seconds: float) -> Work:
    made = work_of(draft.compiled, part.shifts, {one: draft.orders[one] for one in part.shifts}, part.tasks, seconds)
    return made.model_copy(
        update={
            "shifts": [
                one.model_copy(update={"capacity": _room(draft, shift)})
                for one, shift in zip(made.shifts, part.shifts, strict=True)
            ]
        }
    )


def _room(draft: Draft, shift: int) -> int | None:
    """How many tasks a shift may have beside what its engineer has on others."""
    engineer = draft.compiled.shifts[shift].engineer
    capacity = draft.compiled.capacity[engineer]
    if capacity >= NEVER:
        return None
    others = (
        len(draft.orders[one.number])
        for one in draft.compiled.shifts
        if one.engineer == engineer and one.number != shift
    )
    return max(0, capacity - sum(others))


def _taken(draft: Draft, part: Neighbourhood, found: Worked) -> Draft:
    """The draft with what was found in a part, if it is better."""
    made = draft.copy()
    for shift in part.shifts:
        for one in list(made.orders[shift]):
            if one in made.on:
                made.remove(one)
    lost: list[int] = []
    for shift, order in zip(part.shifts, found.routes, strict=True):
        lost += made.put(shift, [part.tasks[one] for one in order])
    here = set(part.shifts)
    for one in sorted({*lost, *(each for each in part.tasks if each not in made.on)}, key=_by_value(made)):
        if one in made.on:
            continue
        task = made.compiled.tasks[one]
        where = made.best(one, [each for each in task.allowed if each in here], below=task.weight)
        if where is not None:
            made.insert(one, where)
    return made if _is_whole(made) and made.cost() < draft.cost() - 1e-6 else draft


def _by_value(draft: Draft) -> Callable[[int], float]:
    return lambda one: -draft.compiled.tasks[one].weight


def _is_whole(draft: Draft) -> bool:
    """Whether every visit of two has both, and none is before what it waits for."""
    tasks = draft.compiled.tasks
    return all(
        all(mate in draft.on for mate in tasks[one].mates)
        and all(each in draft.on for before in tasks[one].before for each in draft.compiled.of_visit[before])
        for one in draft.on
    )


def _neighbourhoods(draft: Draft, nth: int) -> list[Neighbourhood]:
    """Shifts of a day that are near each other, with their tasks and those left out that are nearest to them."""
    compiled = draft.compiled
    days: dict[object, list[int]] = {}
    for one in compiled.shifts:
        days.setdefault(compiled.problem.engineers[one.engineer].duties[one.duty].day, []).append(one.number)
    groups = [group for shifts in days.values() for group in _halved(draft, shifts, nth)]
    tasks: list[list[int]] = [[one for shift in group for one in draft.orders[shift]] for group in groups]
    for task in draft.missing():
        nearest = _nearest(draft, task, groups, nth)
        if nearest is not None:
            tasks[nearest].append(task)
    return [Neighbourhood(shifts, given) for shifts, given in zip(groups, tasks, strict=True)]


def _nearest(draft: Draft, number: int, groups: Sequence[Sequence[int]], nth: int) -> int | None:
    task, usual = draft.compiled.tasks[number], draft.compiled.table.usual
    allowed = set(task.allowed)
    found: list[tuple[int, int]] = []
    for at, group in enumerate(groups):
        ways = [
            min(
                [
                    usual[shift.home][task.location],
                    *(usual[place][task.location] for place in _places(draft, shift.number)),
                ]
            )
            for shift in (draft.compiled.shifts[one] for one in group if one in allowed)
        ]
        if ways:
            found.append((min(ways), at))
    found.sort()
    # Of several days that are as near, another one in each round.
    return found[nth % len(found)][1] if found else None


def _places(draft: Draft, shift: int) -> list[int]:
    return [draft.compiled.tasks[one].location for one in draft.orders[shift]]


def _halved(draft: Draft, shifts: list[int], nth: int) -> list[list[int]]:
    """The shifts in groups of at most `NEIGHBOURS`, cut by where they are, north-south and east-west in turn."""
    if len(shifts) <= NEIGHBOURS:
        return [shifts]
    ordered = sorted(shifts, key=lambda one: (_where(draft, one)[nth % 2], one))
    middle = len(ordered) // 2
    return [*_halved(draft, ordered[:middle], nth + 1), *_halved(draft, ordered[middle:], nth + 1)]


def _where(draft: Draft, shift: int) -> tuple[float, float]:
    engineer = draft.compiled.problem.engineers[draft.compiled.shifts[shift].engineer]
    home = engineer.home
    places = [draft.compiled.visit(one).place for one in draft.orders[shift]]
    known = [one for one in (home, *places) if one is not None]
    if not known:
        return 0.0, 0.0
    return sum(one.latitude for one in known) / len(known), sum(one.longitude for one in known) / len(known)
