"""`python -m bench.dispatch`: plans of visits, by published instances and by made-up days, beside OR-Tools.

Instances are fetched by whoever runs this and committed by nobody. Seconds of solvers on instances are processor
seconds; on days they are seconds by the clock, and the processor's are told beside them. Every plan is checked: those
of days by the evaluator, those of instances by `cost_of()`.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import TypeVar

from activities.dispatch.building import of_orders, plan_of, settled
from activities.dispatch.compiled import compile_problem
from activities.dispatch.evaluator import evaluate
from activities.dispatch.explaining import explained
from activities.dispatch.planning import make_plan
from activities.dispatch.solver_process import SolverFailed, is_installed, run
from activities.dispatch.work import work_of
from bench.dispatch_days import a_day, without
from bench.dispatch_instances import Instance, cost_of, sdvrptw, solomon
from models.dispatch.plan import Engine, Evaluation
from models.dispatch.problem import Problem, Visit
from models.vocabulary.tickets import Priority

DAYS = ((60, 20, 10.0), (1000, 100, 60.0))
"""Visits, engineers, seconds."""

REPLANS = 20


Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Used:
    """What a call took: by the clock, of the processor (with its processes), and the largest process's memory."""

    wall: float
    processor: float
    megabytes: float


def measured(call: Callable[[], Found]) -> tuple[Found, Used]:
    began, processor = time.monotonic(), _processor()
    found = call()
    largest = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return found, Used(time.monotonic() - began, _processor() - processor, largest / 1024)


def _processor() -> float:
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in uses)


def instances(found: Iterable[Instance], seconds: float) -> None:
    """The gap to the best known value of each, and their mean."""
    gaps = []
    for one in found:
        work = one.work.model_copy(update={"seconds": seconds, "by_processor": True})
        worked = run("pyvrp_process", work, grace=20 * seconds + 60)
        cost, wrong = cost_of(one, worked)
        gaps.append(100 * (cost / one.best - 1))
        said = f"{cost / 1000:.2f} against {one.best / 1000:.2f}: {gaps[-1]:+.2f} %"
        print(
            f"  {one.name}: {len(one.work.tasks)} visits, {said}{'; ' + '; '.join(wrong) if wrong else ''}", flush=True
        )
    print(f"  mean gap {statistics.mean(gaps):.2f} %, worst {max(gaps):.2f} % at {seconds:g} processor s each")


def days(sizes: Iterable[tuple[int, int, float]]) -> None:
    """Every engine and OR-Tools on the same day."""
    for visits, engineers, seconds in sizes:
        problem = a_day(visits, engineers)
        print(f"{visits} visits x {engineers} engineers, {seconds:g} s:")
        for engine in Engine:
            planned, used = measured(partial(make_plan, problem, engine, seconds))
            _tell(engine.value, planned.evaluation, used, planned.plan.notes)
        why, used = measured(partial(explained, planned))
        print(f"  explaining {len(why)}: {used.wall:.1f} s, {used.processor:.1f} processor s", flush=True)
        _ortools(problem, seconds)


def _ortools(problem: Problem, seconds: float) -> None:
    if not is_installed("ortools"):
        print("  OR-Tools is not installed: pip install 'fieldcare[bench]' to compare with it")
        return
    compiled, _ = settled(compile_problem(problem))
    shifts, tasks = range(len(compiled.shifts)), range(len(compiled.tasks))
    work = work_of(compiled, list(shifts), {}, list(tasks), seconds)

    def theirs() -> Evaluation | str:
        try:
            found = run("dispatch_ortools", work, grace=120, package="bench")
        except SolverFailed as failed:
            return str(failed)
        draft = of_orders(compiled, enumerate(found.routes))
        return evaluate(problem, plan_of(draft, Engine.GREEDY))

    found, used = measured(theirs)
    if isinstance(found, Evaluation):
        _tell("or-tools", found, used, ())
    else:
        print(f"  or-tools {found}")


def _tell(name: str, found: Evaluation, used: Used, notes: Iterable[str]) -> None:
    objective = found.objective
    left = " ".join(f"{found.left_out.get(one, 0)} {one.value}" for one in Priority)
    total = sum(found.left_out.values())
    print(
        f"  {name:9} {objective.total:12,.0f} = travel {objective.travel:,.0f} + left out {objective.drops:,.0f} + "
        f"late {objective.lateness:,.0f}; left out {total} ({left}); {len(found.violations)} violations; "
        f"{used.wall:.1f} s, {used.processor:.1f} processor s, {used.megabytes:.0f} MB",
        *(f"    {one}" for one in notes),
        sep="\n",
        flush=True,
    )


def replans(visits: int, engineers: int, count: int = REPLANS) -> None:
    """A day that is agreed on, and then somebody is ill, an emergency comes, a visit is cancelled or takes longer."""
    agreed = _agreed(a_day(visits, engineers), seconds=10.0 if visits < 200 else 60.0)
    draw, walls, processors, shares = Random(7), [], [], []
    for number in range(count):
        problem = _event(agreed, number, draw)
        planned, used = measured(partial(make_plan, problem, None, 1.0))
        found = planned.evaluation
        walls.append(used.wall)
        processors.append(used.processor)
        shares.append(100 * len(found.moved) / max(1, found.kept))
    print(
        f"replanning {visits} x {engineers}, {count} events: p95 {_p95(walls):.2f} s by the clock, "
        f"{_p95(processors):.2f} processor s; moved: median {statistics.median(shares):.1f} %, "
        f"most {max(shares):.1f} %",
        flush=True,
    )


def _p95(values: list[float]) -> float:
    return sorted(values)[max(0, -(-95 * len(values) // 100) - 1)]


def _agreed(problem: Problem, seconds: float) -> Problem:
    plan = make_plan(problem, None, seconds).plan
    who = {stop.visit: (route.engineer, stop.start) for route, stop in plan.stops()}
    return problem.model_copy(
        update={
            "visits": tuple(
                one.model_copy(update={"present_engineer": who[one.key][0], "present_start": who[one.key][1]})
                for one in problem.visits
                if one.key in who
            )
        }
    )


def _event(problem: Problem, number: int, draw: Random) -> Problem:
    def changed(visits: tuple[Visit, ...]) -> Problem:
        return problem.model_copy(update={"visits": visits})

    one = draw.choice(problem.visits)
    match number % 4:
        case 0:
            return without(problem, draw.choice(problem.engineers).code)
        case 1:
            urgent = {"key": "P1", "priority": Priority.P1, "present_engineer": None, "present_start": None}
            return changed((*problem.visits, one.model_copy(update={**urgent, "windows": (), "deadline": 12 * 3600})))
        case 2:
            return changed(tuple(each for each in problem.visits if each.key != one.key))
        case _:
            longer = one.model_copy(update={"duration": one.duration + 3600})
            return changed(tuple(longer if each.key == one.key else each for each in problem.visits))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.dispatch", description=__doc__)
    parser.add_argument("--sdvrptw", type=Path, metavar="FOLDER", help="SDVRPTW/ of github.com/PyVRP/Instances")
    parser.add_argument("--solomon", type=Path, metavar="FILE", help="Solomon's instances as JSON")
    parser.add_argument("--seconds", type=float, default=30.0, help="processor seconds for an instance")
    parser.add_argument("--small", action="store_true", help="no day of 1,000 visits")
    parser.add_argument("--no-days", action="store_true", help="instances alone")
    given = parser.parse_args(arguments)
    try:
        if given.sdvrptw is not None:
            print("SDVRPTW:")
            instances(sdvrptw(given.sdvrptw), given.seconds)
        if given.solomon is not None:
            print("Solomon:")
            instances(solomon(given.solomon), given.seconds)
    except (FileNotFoundError, SolverFailed) as failed:
        print(failed, file=sys.stderr)
        return 2
    if not given.no_days:
        sizes = DAYS[:1] if given.small else DAYS
        days(sizes)
        for visits, engineers, _ in sizes:
            replans(visits, engineers)
    return 0


if __name__ == "__main__":
    sys.exit(main())
