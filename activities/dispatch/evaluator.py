"""Whether a plan keeps to its problem, and what it costs.

It shares no code with what makes plans, on purpose: a mistake in their reading of the rules is seen here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from models.dispatch.plan import Evaluation, Objective, Plan, Route, Stop, Violated, Violation
from models.dispatch.problem import Certificate, Duty, Engineer, Problem, Skill, Visit
from models.travel import Place
from models.vocabulary.tickets import Priority

ROUNDING = 1
"""Seconds: travel is reckoned in fractions, plans are in whole seconds."""


def evaluate(problem: Problem, plan: Plan) -> Evaluation:
    """What `plan` breaks of `problem`, and its objective by its parts."""
    visits = {one.key: one for one in problem.visits}
    engineers = {one.code: one for one in problem.engineers}
    served: dict[str, list[tuple[str, Stop]]] = defaultdict(list)
    for route in plan.routes:
        for stop in route.stops:
            served[stop.visit].append((route.engineer, stop))
    violations = [
        *_accounted(problem, plan, served),
        *_unknown(plan, visits, engineers),
        *(found for route in plan.routes for found in _of_route(problem, route, visits, engineers)),
        *(found for key in served if key in visits for found in _of_visit(visits[key], served, visits)),
        *_capacities(plan, engineers),
    ]
    moved = tuple(
        key
        for key in served
        if key in visits
        and (present := visits[key].present_engineer) is not None
        and all(engineer != present for engineer, _ in served[key])
    )
    # A visit that is said to be served and is not belongs to the left-out ones, whatever the plan says.
    left = [one for one in problem.visits if one.key not in served]
    late = {key: _late(visits[key], stops) for key, stops in served.items() if key in visits}
    weights = problem.weights
    return Evaluation(
        violations=tuple(violations),
        objective=Objective(
            travel=weights.travel
            * sum(sum(stop.travel for stop in route.stops) + route.return_travel for route in plan.routes),
            drops=sum(weights.of_drop(one) for one in left),
            lateness=sum(weights.of_lateness(visits[key]) * seconds for key, seconds in late.items())
            # What is left out is not done before the horizon is over.
            + sum(weights.of_lateness(one) * _overdue(one, problem.horizon) for one in left),
            stay=weights.stay * len(moved),
        ),
        left_out=dict(sorted(Counter(one.priority for one in left).items())) or dict[Priority, int](),
        late=sum(1 for seconds in late.values() if seconds > 0),
        moved=moved,
        kept=sum(1 for key in served if key in visits and visits[key].present_engineer is not None),
        kilometres=sum(sum(stop.kilometres for stop in route.stops) + route.return_kilometres for route in plan.routes),
        busy=_busy(plan),
        on_duty={
            one.code: sum(duty.span.length - sum(each.length for each in duty.breaks) for duty in one.duties)
            for one in problem.engineers
        },
    )


def _accounted(problem: Problem, plan: Plan, served: dict[str, list[tuple[str, Stop]]]) -> Iterator[Violation]:
    left = Counter(plan.left_out)
    for visit in problem.visits:
        if (visit.key in served) == (visit.key in left):
            said = "both served and left out" if visit.key in served else "neither served nor left out"
            yield Violation(kind=Violated.MISSING, visit=visit.key, says=f"{visit.key} is {said}")
    for key, times in left.items():
        if times > 1:
            yield Violation(kind=Violated.MISSING, visit=key, says=f"{key} is left out {times} times")


def _unknown(plan: Plan, visits: dict[str, Visit], engineers: dict[str, Engineer]) -> Iterator[Violation]:
    for key in {*(stop.visit for route in plan.routes for stop in route.stops), *plan.left_out} - visits.keys():
        yield Violation(kind=Violated.UNKNOWN, visit=key, says=f"{key} is no visit of the problem")
    seen: set[tuple[str, int]] = set()
    for route in plan.routes:
        engineer = engineers.get(route.engineer)
        if engineer is None or not 0 <= route.duty < len(engineer.duties):
            yield Violation(
                kind=Violated.UNKNOWN,
                engineer=route.engineer,
                says=f"{route.engineer} has no duty {route.duty}",
            )
        if (route.engineer, route.duty) in seen:
            yield Violation(
                kind=Violated.UNKNOWN,
                engineer=route.engineer,
                says=f"{route.engineer} has two routes on duty {route.duty}",
            )
        seen.add((route.engineer, route.duty))


def _of_route(
    problem: Problem, route: Route, visits: dict[str, Visit], engineers: dict[str, Engineer]
) -> Iterator[Violation]:
    engineer = engineers.get(route.engineer)
    if engineer is None or not 0 <= route.duty < len(engineer.duties):
        return
    duty = engineer.duties[route.duty]
    place = duty.begins_at if duty.begins_at is not None else engineer.home
    free = duty.span.start
    for stop in route.stops:
        visit = visits.get(stop.visit)
        if visit is None:
            continue
        way = _Way(place, visit.place, free, stop.start, stop.travel)
        yield from _way(problem, engineer, duty, way, stop.visit)
        yield from _stop(engineer, duty, visit, stop)
        place, free = visit.place, stop.end
    yield from _way(problem, engineer, duty, _Way(place, engineer.home, free, route.returns, route.return_travel))
    if route.returns > duty.span.end:
        yield Violation(
            kind=Violated.HOURS,
            engineer=engineer.code,
            says=f"{engineer.code} is home {route.returns - duty.span.end} s after the end of the duty",
        )


class _Way(NamedTuple):
    """Between two places, from when somebody is free until when they are there, and how long the plan says it takes."""

    a: Place | None
    b: Place | None
    free: int
    there: int
    said: int


def _way(problem: Problem, engineer: Engineer, duty: Duty, way: _Way, visit: str | None = None) -> Iterator[Violation]:
    """A way that begins as soon as the engineer is free, and is interrupted by breaks."""
    free, there, said = way.free, way.there, way.said
    of_day = (problem.origin.timestamp() + free + duty.utc_offset) % 86_400
    takes = problem.travel.minutes(way.a, way.b, of_day / 3600) * 60
    has = there - free - sum(max(0, min(one.end, there) - max(one.start, free)) for one in duty.breaks)
    to = visit or "home"
    if has < takes - ROUNDING:
        yield Violation(
            kind=Violated.TRAVEL,
            visit=visit,
            engineer=engineer.code,
            says=f"{engineer.code} has {has} s for the way to {to}, which takes {takes:.0f} s",
        )
    if abs(said - takes) > ROUNDING:
        yield Violation(
            kind=Violated.TRAVEL,
            visit=visit,
            engineer=engineer.code,
            says=f"the way of {engineer.code} to {to} takes {takes:.0f} s, and the plan says {said} s",
        )


def _stop(engineer: Engineer, duty: Duty, visit: Visit, stop: Stop) -> Iterator[Violation]:
    def wrong(kind: Violated, says: str) -> Violation:
        return Violation(kind=kind, visit=visit.key, engineer=engineer.code, says=f"{visit.key}: {says}")

    if stop.end - stop.start != visit.duration:
        yield wrong(Violated.DURATION, f"it has {stop.end - stop.start} s and takes {visit.duration} s")
    if stop.start < duty.span.start or stop.end > duty.span.end:
        yield wrong(Violated.HOURS, f"it lies outside the duty of {engineer.code}")
    if any(stop.start < one.end and one.start < stop.end for one in duty.breaks):
        yield wrong(Violated.BREAK, f"it lies in a break of {engineer.code}")
    # Who fixes a start has decided on the window and the parts, too.
    fixed = visit.pinned_start is not None
    if (
        not fixed
        and visit.windows
        and not any(one.start <= stop.start and stop.end <= one.end for one in visit.windows)
    ):
        yield wrong(Violated.WINDOW, "it lies in none of the site's windows")
    if not fixed and stop.start < visit.ready_at:
        yield wrong(Violated.PARTS, f"its parts are there {visit.ready_at - stop.start} s after its start")
    if visit.pinned_start is not None and stop.start != visit.pinned_start:
        yield wrong(Violated.PIN, f"its start is fixed {visit.pinned_start - stop.start:+d} s from the plan's")
    known = _expertise(engineer, visit)
    if known is None:
        yield wrong(Violated.SKILL, f"{engineer.code} is not qualified for {visit.equipment_type} at {visit.level}")
    elif known.certification and not _certified(engineer, known.certification, visit, duty.day):
        yield wrong(Violated.CERTIFICATE, f"{engineer.code} does not hold {known.certification} on {duty.day}")


def _expertise(engineer: Engineer, visit: Visit) -> Skill | None:
    """The expertise that counts: that for the make, where there is one, and otherwise that for any."""
    of_type = [one for one in engineer.skills if one.equipment_type == visit.equipment_type]
    if visit.manufacturer is not None:
        of_make = [one for one in of_type if one.manufacturer == visit.manufacturer]
        of_type = of_make or [one for one in of_type if one.manufacturer is None]
    for one in of_type:
        if one.level.value >= visit.level.value and visit.capabilities <= one.capabilities:
            return one
    return None


def _certified(engineer: Engineer, certification: str, visit: Visit, day: date) -> bool:
    def counts(one: Certificate) -> bool:
        return (
            one.certification == certification
            and one.equipment_type in (None, visit.equipment_type)
            and (one.manufacturer is None or visit.manufacturer in (None, one.manufacturer))
            and one.valid_from <= day
            and (one.valid_until is None or day <= one.valid_until)
        )

    return any(counts(one) for one in engineer.certificates)


def _of_visit(visit: Visit, served: dict[str, list[tuple[str, Stop]]], visits: dict[str, Visit]) -> Iterator[Violation]:
    stops = served[visit.key]
    engineers = [engineer for engineer, _ in stops]
    if len(set(engineers)) != visit.crew or len(engineers) != visit.crew:
        yield Violation(
            kind=Violated.CREW,
            visit=visit.key,
            says=f"{visit.key} takes {visit.crew} engineers and has {', '.join(engineers)}",
        )
    if len({stop.start for _, stop in stops}) > 1:
        yield Violation(kind=Violated.CREW, visit=visit.key, says=f"{visit.key} begins at different times")
    if visit.pinned_engineer is not None and visit.pinned_engineer not in engineers:
        yield Violation(
            kind=Violated.PIN,
            visit=visit.key,
            says=f"{visit.key} is fixed to {visit.pinned_engineer}, who is not on it",
        )
    begins = min(stop.start for _, stop in stops)
    for before in visit.after:
        # What is no visit of the problem is done already.
        if before in visits and (before not in served or max(stop.end for _, stop in served[before]) > begins):
            yield Violation(
                kind=Violated.PRECEDENCE, visit=visit.key, says=f"{visit.key} begins before {before} is done"
            )


def _capacities(plan: Plan, engineers: dict[str, Engineer]) -> Iterator[Violation]:
    given: Counter[str] = Counter(route.engineer for route in plan.routes for _ in route.stops)
    for code, visits in given.items():
        engineer = engineers.get(code)
        if engineer is not None and engineer.capacity is not None and visits > engineer.capacity:
            yield Violation(
                kind=Violated.CAPACITY,
                engineer=code,
                says=f"{code} has {visits} visits and may have {engineer.capacity}",
            )


def _late(visit: Visit, stops: list[tuple[str, Stop]]) -> int:
    return _overdue(visit, max(stop.end for _, stop in stops))


def _overdue(visit: Visit, done: int) -> int:
    return 0 if visit.deadline is None else max(0, done - visit.deadline)


def _busy(plan: Plan) -> dict[str, int]:
    busy: Counter[str] = Counter()
    for route in plan.routes:
        busy[route.engineer] += sum(one.travel + one.end - one.start for one in route.stops) + route.return_travel
    return dict(busy)
