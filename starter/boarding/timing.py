"""When what of a route happens: nobody is asked to be anywhere sooner than they can be there.

A plan's solver never writes down what is not possible. Here somebody wants it so, and what is wrong with it is found
afterwards, by the evaluator: this says no more than when things would really happen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil

from activities.dispatch.compiled import windows_of
from activities.dispatch.draft import passed
from models.dispatch.plan import Route, Stop
from models.dispatch.problem import Duty, Engineer, Problem, Seconds, Visit
from models.travel import Place


@dataclass(frozen=True, slots=True)
class Placed:
    """A visit on a route, and when somebody or the plan wants it to begin."""

    visit: str
    wanted: Seconds


def timed(
    problem: Problem, visits: Mapping[str, Visit], engineer: Engineer, duty: int, order: Iterable[Placed]
) -> Route:
    """The route of an order: each visit when it is wanted, or as soon after that as hours, ways and breaks let it.

    Where nothing lets it, it begins when the engineer is there.
    """
    on = engineer.duties[duty]
    breaks = [(one.start, one.end) for one in sorted(on.breaks, key=lambda one: one.start)]
    place: Place | None = on.begins_at if on.begins_at is not None else engineer.home
    at, stops = on.span.start, list[Stop]()
    for one in order:
        visit = visits[one.visit]
        travel, kilometres, assumed = _way(problem, on, at, place, visit.place)
        start = _start(visit, max(passed(at, travel, breaks), one.wanted), breaks)
        stops.append(
            Stop(
                visit=visit.key,
                start=start,
                end=start + visit.duration,
                travel=travel,
                kilometres=kilometres,
                assumed=assumed,
            )
        )
        at, place = start + visit.duration, visit.place
    travel, kilometres, _ = _way(problem, on, at, place, engineer.home)
    return Route(
        engineer=engineer.code,
        duty=duty,
        stops=tuple(stops),
        return_travel=travel,
        return_kilometres=kilometres,
        returns=passed(at, travel, breaks),
    )


def _way(problem: Problem, duty: Duty, at: Seconds, a: Place | None, b: Place | None) -> tuple[int, float, bool]:
    hours = (problem.origin.timestamp() + at + duty.utc_offset) % 86_400 / 3600
    leg = problem.travel.leg(a, b, hours)
    return ceil(leg.minutes * 60 - 1e-6), leg.kilometres, leg.assumed


def _start(visit: Visit, soonest: Seconds, breaks: list[tuple[int, int]]) -> Seconds:
    if visit.pinned_start is not None:
        return visit.pinned_start
    for opens, closes in windows_of(visit):
        start = _outside(max(soonest, opens), visit.duration, breaks)
        if start + visit.duration <= closes:
            return start
    return _outside(soonest, visit.duration, breaks)


def _outside(start: Seconds, lasts: Seconds, breaks: list[tuple[int, int]]) -> Seconds:
    for begins, ends in breaks:
        if start < ends and begins < start + lasts:
            start = ends
    return start
