"""A plan under somebody's hands: what stands where after each step, and what is wrong with it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from models.dispatch.plan import Engine, Plan, Route
from models.dispatch.problem import Engineer, Problem, Seconds, Visit
from starter.boarding.judging import Judged, judged
from starter.boarding.steps import Doing, Step, seconds_of
from starter.boarding.timing import Placed, timed
from starter.failures import BadInput

Duties = tuple[str, int]
"""An engineer's code, and which of their duties."""

TOGETHER = 6
"""How often the routes of visits of two engineers are timed again until both begin at the same time."""


class CantMove(BadInput):
    """A step that changes nothing, with the reason why it is none."""


@dataclass(frozen=True)
class Standing:
    """What stands where. Steps make another one of it.

    Attributes:
        problem: with what is locked as its pins.
        orders: what is wanted, by the duty.
        routes: when that happens.
        left_out: the rest.
        before: what was found in what it was made of.
    """

    problem: Problem
    orders: Mapping[Duties, tuple[Placed, ...]]
    routes: Mapping[Duties, Route] = field(repr=False)
    left_out: tuple[str, ...] = ()
    before: Judged | None = field(repr=False, compare=False, default=None)

    @cached_property
    def visits(self) -> dict[str, Visit]:
        return {one.key: one for one in self.problem.visits}

    @cached_property
    def engineers(self) -> dict[str, Engineer]:
        return {one.code: one for one in self.problem.engineers}

    @cached_property
    def where(self) -> dict[str, tuple[Duties, ...]]:
        """The duties on which each visit is."""
        found: dict[str, tuple[Duties, ...]] = {}
        for duties, order in self.orders.items():
            for one in order:
                found[one.visit] = (*found.get(one.visit, ()), duties)
        return found

    @cached_property
    def plan(self) -> Plan:
        routes = tuple(self.routes[one] for one in sorted(self.routes) if self.routes[one].stops)
        return Plan(engine=Engine.GREEDY, routes=routes, left_out=self.left_out)

    @cached_property
    def judged(self) -> Judged:
        """What the evaluator of plans finds in it."""
        return judged(self.problem, self.visits, self.plan, self.before)

    def start_of(self, visit: str, duties: Duties) -> Seconds:
        return next(one.start for one in self.routes[duties].stops if one.visit == visit)


def standing(problem: Problem, plan: Plan) -> tuple[Standing, dict[str, str]]:
    """A plan as it stands in a problem that may have moved on, and why what can't be held any more is left out.

    Visits that are new are left out, those that there are no more are gone, and so is what an engineer had on a duty
    that there is no more.
    """
    visits = {one.key for one in problem.visits}
    engineers = {one.code: one for one in problem.engineers}
    orders: dict[Duties, tuple[Placed, ...]] = {}
    lost: dict[str, str] = {}
    for route, stop in plan.stops():
        if stop.visit not in visits:
            continue
        duties = _duties_at(engineers.get(route.engineer), stop.start, within=True)
        if duties is None:
            lost[stop.visit] = f"{route.engineer} is not on duty then any more"
            continue
        orders[duties] = (*orders.get(duties, ()), Placed(stop.visit, stop.start))
    for key in lost:  # of a visit of two, half is nothing
        orders = {duties: tuple(one for one in order if one.visit != key) for duties, order in orders.items()}
    orders = {duties: tuple(sorted(order, key=lambda one: one.wanted)) for duties, order in orders.items() if order}
    served = {one.visit for order in orders.values() for one in order}
    left = [*(one for one in plan.left_out if one in visits and one not in served)]
    known = {*served, *left}
    left += [one.key for one in problem.visits if one.key not in known]
    return _timed(Standing(problem, orders, {}, tuple(left)), orders), lost


def after(before: Standing, step: Step) -> Standing:
    """What stands after a step.

    Raises:
        CantMove: there is no such visit or engineer, it is locked, or the engineer is on no duty.
    """
    return replace(_after(before, step), before=before.judged)


def _after(before: Standing, step: Step) -> Standing:
    visit = before.visits.get(step.visit)
    if visit is None:
        raise CantMove(f"There is no visit {step.visit} in this plan any more. Open the board again.")
    if step.doing is Doing.LOCK:
        return _locked(before, visit)
    if step.doing is Doing.UNLOCK:
        return _pinned(before, visit, None, None)
    if visit.pinned_engineer is not None or visit.pinned_start is not None:
        raise CantMove(f"{visit.key} is locked. Unlock it first.")
    if step.doing is Doing.LEAVE_OUT:
        orders = {one: tuple(each for each in before.orders[one] if each.visit != visit.key)
                  for one in before.where.get(visit.key, ())}  # fmt: skip
        left = before.left_out if visit.key in before.left_out else (*before.left_out, visit.key)
        return _timed(replace(before, left_out=left), orders)
    return _moved(before, visit, step)


def _moved(before: Standing, visit: Visit, step: Step) -> Standing:
    engineer = before.engineers.get(step.engineer or "")
    if engineer is None:
        raise CantMove("Choose an engineer of this plan.")
    at = seconds_of(step, before.problem)
    target = _duties_at(engineer, at, within=False)
    if target is None:
        raise CantMove(f"{engineer.code} is on no duty within this plan.")
    on = before.where.get(visit.key, ())
    gone = [one for one in on if visit.crew == 1 or one[0] in {step.instead_of, engineer.code}]
    if visit.crew > 1 and not gone and len(on) >= visit.crew:
        gone = list(on[:1])
    orders = {one: tuple(each for each in before.orders[one] if each.visit != visit.key) for one in gone}
    others = orders.get(target, before.orders.get(target, ()))
    starts = {one.visit: one.start for one in before.routes[target].stops} if target in before.routes else {}
    place = sum(1 for one in others if starts.get(one.visit, one.wanted) <= at)
    # The other half of a visit of two engineers comes at the same time.
    for one in set(on) - set(gone):
        orders[one] = tuple(
            replace(each, wanted=at) if each.visit == visit.key else each for each in before.orders[one]
        )
    orders[target] = (*others[:place], Placed(visit.key, at), *others[place:])
    return _timed(replace(before, left_out=tuple(one for one in before.left_out if one != visit.key)), orders)


def _locked(before: Standing, visit: Visit) -> Standing:
    on = before.where.get(visit.key, ())
    if not on:
        raise CantMove(f"{visit.key} is left out: give it to somebody first, then lock it.")
    return _pinned(before, visit, on[0][0], before.start_of(visit.key, on[0]))


def _pinned(before: Standing, visit: Visit, engineer: str | None, start: Seconds | None) -> Standing:
    pinned = visit.model_copy(update={"pinned_engineer": engineer, "pinned_start": start, "frozen": False})
    visits = tuple(pinned if one.key == visit.key else one for one in before.problem.visits)
    problem = before.problem.model_copy(update={"visits": visits})
    return _timed(
        replace(before, problem=problem), {one: before.orders[one] for one in before.where.get(visit.key, ())}
    )


def _timed(before: Standing, changed: Mapping[Duties, tuple[Placed, ...]]) -> Standing:
    """The same with these orders, timed, and so that two who work together begin together."""
    orders = {**before.orders, **changed}
    routes = dict(before.routes)
    now = replace(before, orders=orders)
    again: Iterable[Duties] = changed
    for _ in range(TOGETHER):
        for one in again:
            routes[one] = timed(now.problem, now.visits, now.engineers[one[0]], one[1], orders[one])
        again = _apart(now, orders, routes)
        if not again:
            break
    return replace(now, orders=orders, routes=routes)


def _apart(now: Standing, orders: dict[Duties, tuple[Placed, ...]], routes: Mapping[Duties, Route]) -> set[Duties]:
    """Has those wait who are there before the other one; returns whose routes that changes."""
    touched: set[Duties] = set()
    for visit in now.problem.visits:
        if visit.crew == 1:
            continue
        starts = {
            duties: stop.start
            for duties in now.where.get(visit.key, ())
            for stop in routes[duties].stops
            if stop.visit == visit.key
        }
        latest = max(starts.values(), default=0)
        for duties, start in starts.items():
            if start < latest:
                orders[duties] = tuple(
                    replace(one, wanted=latest) if one.visit == visit.key else one for one in orders[duties]
                )
                touched.add(duties)
    return touched


def _duties_at(engineer: Engineer | None, at: Seconds, *, within: bool) -> Duties | None:
    """The duty in which that moment lies; or the one that is nearest to it."""
    if engineer is None or not engineer.duties:
        return None
    far = [max(one.span.start - at, at - one.span.end, 0) for one in engineer.duties]
    nearest = min(range(len(far)), key=far.__getitem__)
    return None if within and far[nearest] > 0 else (engineer.code, nearest)
