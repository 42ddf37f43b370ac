"""What the evaluator of plans finds in a draft, asked anew only of what a step has changed.

Engineers have nothing to do with each other unless they share a visit or one waits for another's. Each such group is a
small problem of its own, which the evaluator is asked of; what it has said of the others still holds. A test holds that
the sum is what it says of the whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from activities.dispatch.evaluator import evaluate
from models.dispatch.plan import Engine, Evaluation, Plan, Route, Violation
from models.dispatch.problem import Problem, Visit
from models.vocabulary.tickets import Priority

Asked = tuple[tuple[Route, ...], tuple[str, ...]]
"""Routes, and the visits that they wait for and that are left out."""


@dataclass(frozen=True)
class Judged:
    """What is wrong with a draft, and what it costs, in seconds of travel.

    Attributes:
        travel, lateness, drops: the parts of the objective; lateness has that of what is left out, too.
        moved: visits that are served by somebody else than who has them.
        left_out: number of visits, by priority.
        known: what the evaluator has been asked, by the first engineer of a group.
    """

    violations: tuple[Violation, ...]
    travel: float
    drops: float
    lateness: float
    late: int
    moved: tuple[str, ...]
    left_out: Mapping[Priority, int]
    known: Mapping[str, tuple[Asked, Evaluation]] = field(repr=False, compare=False, default_factory=dict)

    @property
    def total(self) -> float:
        return self.travel + self.drops + self.lateness


def judged(problem: Problem, visits: Mapping[str, Visit], plan: Plan, before: Judged | None = None) -> Judged:
    """What the evaluator finds in a plan.

    Args:
        before: what was found before a step: groups whose routes are the same objects are not asked of again.
    """
    known: dict[str, tuple[Asked, Evaluation]] = {}
    engineers = {one.code: one for one in problem.engineers}
    for routes in _groups(plan, visits):
        served = {stop.visit for route in routes for stop in route.stops}
        waits = tuple(
            sorted({one for key in served for one in visits[key].after if one in visits and one not in served})
        )
        name, asked = routes[0].engineer, (routes, waits)
        had = None if before is None else before.known.get(name)
        if had is not None and _same(had[0], asked):
            known[name] = had
            continue
        part = problem.model_copy(
            update={
                "engineers": tuple(engineers[one] for one in dict.fromkeys(each.engineer for each in routes)),
                "visits": tuple(visits[one] for one in (*served, *waits)),
            }
        )
        known[name] = asked, evaluate(part, Plan(engine=Engine.GREEDY, routes=routes, left_out=waits))
    rest = problem.model_copy(update={"engineers": (), "visits": tuple(visits[one] for one in plan.left_out)})
    left = evaluate(rest, Plan(engine=Engine.GREEDY, left_out=plan.left_out))
    # Of what is waited for and left out the costs are counted once, with the rest.
    doubly = [visits[one] for asked, _ in known.values() for one in asked[1]]
    twice = [
        evaluate(
            problem.model_copy(update={"engineers": (), "visits": (one,)}),
            Plan(engine=Engine.GREEDY, left_out=(one.key,)),
        )
        for one in doubly
    ]
    parts = [each for _, each in known.values()]
    return Judged(
        violations=(*left.violations, *(one for each in parts for one in each.violations)),
        travel=sum(one.objective.travel for one in parts),
        drops=left.objective.drops,
        lateness=sum(one.objective.lateness for one in (left, *parts)) - sum(one.objective.lateness for one in twice),
        late=sum(one.late for one in parts),
        moved=tuple(key for one in parts for key in one.moved),
        left_out=dict(left.left_out),
        known=known,
    )


def _groups(plan: Plan, visits: Mapping[str, Visit]) -> Iterator[tuple[Route, ...]]:
    """The routes of engineers who have to do with each other."""
    leader: dict[str, str] = {route.engineer: route.engineer for route in plan.routes}

    def first(code: str) -> str:
        while leader[code] != code:
            code = leader[code]
        return code

    def join(codes: list[str]) -> None:
        for one in codes[1:]:
            a, b = sorted((first(codes[0]), first(one)))
            leader[b] = a

    serving: dict[str, list[str]] = defaultdict(list)
    for route, stop in plan.stops():
        serving[stop.visit].append(route.engineer)
    for key, codes in serving.items():
        join([*codes, *(code for one in visits[key].after for code in serving.get(one, ()))])
    found: dict[str, list[Route]] = defaultdict(list)
    for route in plan.routes:
        found[first(route.engineer)].append(route)
    for routes in found.values():
        yield tuple(routes)


def _same(one: Asked, other: Asked) -> bool:
    return (
        one[1] == other[1]
        and len(one[0]) == len(other[0])
        and all(a is b for a, b in zip(one[0], other[0], strict=True))
    )
