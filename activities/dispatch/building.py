"""Plans by insertion: what has to be settled first, the rest where it costs least, and the repair of others' plans."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from activities.dispatch.compiled import NEVER, Compiled, Task
from activities.dispatch.draft import Draft, Insertion, earliest
from models.dispatch.plan import Engine, Plan, Route, Stop

SMALL_ENOUGH = 300
"""Tasks up to which every one of them is taken out once and put where it is better."""

EXCHANGES = 100
"""Missing tasks, the most valuable ones, for which others may have to go."""

MOMENTS = 40
"""Starts that are tried for a visit of two engineers."""


def settled(compiled: Compiled) -> tuple[Compiled, Draft]:
    """The same problem with what depends on others settled, and a draft that has just this.

    Visits that a person has fixed come first, then those of two engineers, which get a start, and those that wait for
    others, which get a moment between them. Solvers that know of no such things then see windows and nothing else.
    """
    draft = Draft(compiled.with_tasks([replace(one) for one in compiled.tasks]))
    tasks = draft.compiled.tasks
    for task in sorted(tasks, key=lambda one: one.windows[0][0] if one.windows else 0):
        if draft.compiled.visit(task.number).pinned_start is not None and not task.mates:
            found = draft.best(task.number)
            if found is not None:
                draft.insert(task.number, found)
    awaited = {before for one in tasks for before in one.before}
    for visit in _in_order(draft.compiled, awaited):
        numbers = draft.compiled.of_visit[visit]
        befores = {before for one in tasks[numbers[0]].before for before in draft.compiled.of_visit[one]}
        if any(before not in draft.on for before in befores):
            _bar(tasks, numbers)
            continue
        since = max((draft.start_of(one) + tasks[one].service for one in befores), default=-NEVER)
        for number in numbers:
            tasks[number].windows = [
                (max(start, since), end)
                for start, end in tasks[number].windows
                if end - max(start, since) >= tasks[number].service
            ]
        if not place_together(draft, numbers):
            if visit in awaited or len(numbers) > 1:
                _bar(tasks, numbers)
            continue
        if len(numbers) > 1 or visit in awaited:
            for number in numbers:
                _settle(draft, number, exactly=len(numbers) > 1)
    return draft.compiled, draft


def _in_order(compiled: Compiled, awaited: set[int]) -> list[int]:
    """Visits of two, and those that wait or are waited for: each after those that it waits for, else by value."""
    concerned = [
        visit
        for visit, numbers in compiled.of_visit.items()
        if len(numbers) > 1 or visit in awaited or compiled.tasks[numbers[0]].before
    ]
    concerned.sort(key=lambda visit: (-compiled.tasks[compiled.of_visit[visit][0]].weight, visit))
    order: list[int] = []
    while concerned:
        ready: int | None = next(
            (
                one
                for one in concerned
                if all(each in order for each in compiled.tasks[compiled.of_visit[one][0]].before)
            ),
            None,
        )
        # What waits for itself is left to the end, where it finds nothing placed before it.
        chosen: int = concerned[0] if ready is None else ready
        concerned.remove(chosen)
        order.append(chosen)
    return order


def _bar(tasks: list[Task], numbers: Iterable[int]) -> None:
    for number in numbers:
        tasks[number].allowed = []


def _settle(draft: Draft, number: int, *, exactly: bool) -> None:
    """Keep a task where it is: at its start, or (others wait for it) done by when it is done now."""
    task, start = draft.compiled.tasks[number], draft.start_of(number)
    task.fixed = True
    if exactly:
        task.windows, task.allowed = [(start, start + task.service)], [draft.on[number]]
        return
    done = start + task.service
    task.windows = [(opens, min(closes, done)) for opens, closes in task.windows if opens + task.service <= done]


def place_together(draft: Draft, numbers: list[int]) -> bool:
    """Place all tasks of a visit, at one start; nothing of it if that is not possible."""
    if all(one in draft.on for one in numbers):
        return True
    if len(numbers) == 1:
        found = draft.best(numbers[0])
        if found is not None:
            draft.insert(numbers[0], found)
        return found is not None
    first, second = (draft.compiled.tasks[one] for one in numbers)
    windows = first.windows
    for start in _moments(draft, first):
        first.windows = second.windows = [(start, start + first.service)]
        one = draft.best(first.number)
        if one is not None:
            draft.insert(first.number, one)
            other = draft.best(second.number)
            if other is not None:
                draft.insert(second.number, other)
                return True
            draft.remove(first.number)
    first.windows = second.windows = windows
    return False


def _moments(draft: Draft, task: Task) -> list[int]:
    """Starts that are worth trying: when a shift begins or one of its tasks is done, with the way to here."""
    found: set[int] = set()
    table = draft.compiled.table
    for number in task.allowed:
        shift, timed = draft.compiled.shifts[number], draft.timed(number)
        free = [(shift.start, shift.begins)]
        for one, start in zip(draft.orders[number], timed.starts, strict=True):
            done = draft.compiled.tasks[one]
            free.append((start + done.service, done.location))
        for at, place in free:
            there = earliest(task, at + table.at(place, task.location, at + shift.day), shift.breaks)
            if there is not None:
                # Quarters of an hour, so that two engineers can be there then.
                quarter = -(-there // 900) * 900
                found.update(each for each in (there, quarter, quarter + 900, quarter + 3600) if _fits(task, each))
    return sorted(found, key=lambda each: (task.lateness(each + task.service), each))[:MOMENTS]


def _fits(task: Task, start: int) -> bool:
    return any(opens <= start and start + task.service <= closes for opens, closes in task.windows)


def filled(draft: Draft) -> Draft:
    """The draft with every missing task where it costs least, if that is less than leaving it out."""
    for number in draft.missing():
        task = draft.compiled.tasks[number]
        if task.fixed and task.mates:
            continue
        found = draft.best(number, below=task.weight) if task.windows else None
        if found is not None:
            draft.insert(number, found)
    return draft


def exchanged(draft: Draft) -> Draft:
    """The draft with missing tasks in the places of others that are worth less, where that pays.

    What has to go is missing then, and may find a place of its own. What comes before or after other visits stays as it
    is, and so does an order that would not be possible otherwise: ways that are assumed are long.
    """
    tasks = draft.compiled.tasks
    awaited = {before for one in tasks for before in one.before}

    def alone(one: int) -> bool:
        task = tasks[one]
        return not (task.mates or task.fixed or task.before or task.visit in awaited)

    waiting = [one for one in draft.missing() if tasks[one].windows and alone(one)][:EXCHANGES]
    while waiting:
        number = waiting.pop(0)
        task, best, gone = tasks[number], 0.0, None
        for one in task.allowed:
            shift, order = draft.compiled.shifts[one], draft.orders[one]
            before = draft.timed(one).cost
            for place, each in enumerate(order):
                other = tasks[each]
                gain = task.weight - other.weight
                if gain <= best or not alone(each):
                    continue
                timed = draft.time(shift, [*order[:place], number, *order[place + 1 :]])
                if timed is None:
                    continue
                gain += before - timed.cost
                gain += draft.stay_cost(other, shift.engineer) - draft.stay_cost(task, shift.engineer)
                if gain > best:
                    best, gone = gain, (one, place, each)
        if gone is not None:
            draft = _exchange(draft, number, *gone)
    return draft


def _exchange(draft: Draft, number: int, shift: int, place: int, gone: int) -> Draft:
    """The draft with a task in the place of another, which may find one of its own; as it was where that can't be."""
    changed = draft.copy()
    if changed.remove(gone):
        return draft
    changed.insert(number, Insertion(0.0, shift, place))
    try:
        changed.timed(shift)
        where = changed.best(gone, below=draft.compiled.tasks[gone].weight)
    except RuntimeError:
        return draft
    if where is not None:
        changed.insert(gone, where)
    return changed


def improved(draft: Draft) -> Draft:
    """Each task taken out once and put where it costs least."""
    if len(draft.on) > SMALL_ENOUGH:
        return draft
    for number in list(draft.on):
        if draft.compiled.tasks[number].fixed:
            continue
        before, as_it_was = draft.cost(), draft.copy()
        draft.remove(number)
        found = draft.best(number, below=draft.compiled.tasks[number].weight)
        if found is not None:
            draft.insert(number, found)
        if draft.cost() > before:
            draft = as_it_was
    return filled(draft)


def of_orders(compiled: Compiled, orders: Iterable[tuple[int, list[int]]]) -> Draft:
    """A draft of the orders that somebody else made of this problem, as far as they are possible, and filled."""
    draft = Draft(compiled)
    for shift, order in orders:
        draft.put(shift, order)
    return whole(exchanged(whole(draft)))


def whole(draft: Draft) -> Draft:
    """The draft filled, without visits that only half of their engineers have, or that wait for what is left out."""
    tasks = draft.compiled.tasks
    for task in tasks:
        if task.fixed and task.number not in draft.on:
            found = draft.best(task.number)
            if found is not None:
                draft.insert(task.number, found)
    filled(draft)
    while True:
        gone = [
            one
            for one in draft.on
            if any(mate not in draft.on for mate in tasks[one].mates)
            or any(each not in draft.on for before in tasks[one].before for each in draft.compiled.of_visit[before])
        ]
        if not gone:
            return draft
        for one in gone:
            if one in draft.on:
                draft.remove(one)


def kept(compiled: Compiled, settled_draft: Draft) -> Draft:
    """What people and the last plan have agreed on, as far as it is possible, and the rest inserted."""
    draft = settled_draft.copy()
    having: dict[int, list[int]] = {}
    for task in compiled.tasks:
        if task.present is not None and task.number not in draft.on:
            having.setdefault(task.present, []).append(task.number)
    for engineer, numbers in having.items():
        shifts = [one.number for one in compiled.shifts if one.engineer == engineer]
        numbers.sort(key=lambda one: (_present_start(compiled, one), -compiled.tasks[one].weight))
        for number in numbers:
            allowed = set(compiled.tasks[number].allowed)
            found = draft.best(number, [one for one in shifts if one in allowed])
            if found is not None:
                draft.insert(number, found)
    return whole(draft)


def _present_start(compiled: Compiled, number: int) -> int:
    start = compiled.visit(number).present_start
    return NEVER if start is None else start


def greedy(settled_draft: Draft) -> Draft:
    """The plain plan: the most valuable first, each where it costs least."""
    return improved(whole(exchanged(whole(settled_draft.copy()))))


def independent(compiled: Compiled) -> Draft:
    """The plain plan of visits that neither wait nor are waited for, and take one engineer."""
    awaited = {before for one in compiled.tasks for before in one.before}
    for task in compiled.tasks:
        if task.mates or task.before or task.visit in awaited:
            task.windows, task.allowed = [], []
    return filled(Draft(compiled))


def plan_of(draft: Draft, engine: Engine, notes: tuple[str, ...] = ()) -> Plan:
    """The plan that a draft is."""
    compiled = draft.compiled
    routes = tuple(_route(draft, one.number) for one in compiled.shifts if draft.orders[one.number])
    served = {stop.visit for route in routes for stop in route.stops}
    left = tuple(one.key for one in compiled.problem.visits if one.key not in served)
    return Plan(engine=engine, routes=routes, left_out=left, notes=notes)


def _route(draft: Draft, number: int) -> Route:
    compiled, shift, timed = draft.compiled, draft.compiled.shifts[number], draft.timed(number)
    table = compiled.table
    place, stops = shift.begins, []
    for one, start, travel in zip(draft.orders[number], timed.starts, timed.travels, strict=True):
        task = compiled.tasks[one]
        stops.append(
            Stop(
                visit=compiled.visit(one).key,
                start=start,
                end=start + task.service,
                travel=travel,
                kilometres=table.kilometres[place][task.location],
                assumed=table.is_assumed(place, task.location),
            )
        )
        place = task.location
    return Route(
        engineer=compiled.problem.engineers[shift.engineer].code,
        duty=shift.duty,
        stops=tuple(stops),
        return_travel=timed.return_travel,
        return_kilometres=table.kilometres[place][shift.home],
        returns=timed.returns,
    )
