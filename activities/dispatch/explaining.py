"""Why a visit is left out: the smallest relaxation that would serve it, found by solving again.

Solving again is inserting the visit into the plan that stands, under each relaxation in turn, with all that is served
staying served (but for the one visit that a relaxation drops). What is found is made true of the problem
(`models.dispatch.relaxing`), and the evaluator has to find nothing wrong with the routes that it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from activities.dispatch.compiled import NEVER, Shift, Task, may_do, windows_of
from activities.dispatch.draft import Insertion, Timed
from activities.dispatch.planning import Planned
from activities.dispatch.qualifying import Lacks, lacks
from activities.dispatch.serving import serves
from models.dispatch.problem import Visit
from models.dispatch.relaxing import EXTRA, FIXED_MINUTES, Relaxation, Relaxing

MOST_OVERTIME = 4 * 3600
MOST_WIDER = 24 * 3600
MINUTE = 60

LACKING = {
    Lacks.CERTIFICATE: Relaxing.CERTIFICATE,
    Lacks.LEVEL: Relaxing.LEVEL,
    Lacks.SKILL: Relaxing.SKILL,
}


def explained(planned: Planned, keys: Iterable[str] | None = None) -> list[Relaxation]:
    """Why the visits of a plan that are left out are so, in the plan's order.

    Args:
        keys: of which visits; None for all.
    """
    wanted = set(planned.plan.left_out) if keys is None else set(keys) & set(planned.plan.left_out)
    looking = _Looking(planned)
    return [looking.smallest(key) for key in planned.plan.left_out if key in wanted]


class _Looking:
    def __init__(self, planned: Planned) -> None:
        self._draft = planned.draft
        self._compiled = planned.draft.compiled
        self._problem = self._compiled.problem
        self._visits = {one.key: number for number, one in enumerate(self._problem.visits)}

    def smallest(self, key: str) -> Relaxation:
        """The smallest that is found and holds."""
        visit = self._problem.visits[self._visits[key]]
        found = sorted(self._candidates(visit, self._visits[key]), key=lambda one: one.size)
        return next(one for one in found if one.kind is Relaxing.NOTHING or serves(self._draft, one))

    def _candidates(self, visit: Visit, number: int) -> Iterator[Relaxation]:
        tasks = [self._compiled.given[one] for one in self._compiled.of_visit[number]]
        yield _nothing(visit)
        yield from self._waiting(visit)
        if len(tasks) > 1:
            yield _fixed(Relaxing.CREW, visit, f"{visit.key} would be served if one engineer were enough for it")
        task = self._after_others(tasks[0])
        yield from self._worth(visit, task)
        yield from self._overtime(visit, task)
        yield from self._wider(visit, task)
        yield from self._parts(visit, task)
        yield from self._capacity(visit, task)
        yield from self._unqualified(visit, task)
        yield from self._dropping(visit, task)
        yield from self._unpinned(visit, task)
        yield _fixed(
            Relaxing.ANOTHER_ENGINEER,
            visit,
            f"{visit.key} would be served by one more engineer who is qualified for it and lives near by",
            engineer=EXTRA,
        )

    def _after_others(self, task: Task) -> Task:
        """The task when what it waits for is done, as far as that is served."""
        done = [
            self._draft.start_of(one) + self._compiled.tasks[one].service
            for before in task.before
            for one in self._compiled.of_visit[before]
            if one in self._draft.on
        ]
        if not done:
            return task
        return replace(task, windows=[(max(start, *done), end) for start, end in task.windows if end > max(done)])

    def _qualified(self, visit: Visit) -> list[int]:
        """Shifts of those who may do it, whether or not it fits into their hours."""
        engineers = self._problem.engineers
        return [
            one.number
            for one in self._compiled.shifts
            if visit.pinned_engineer in (None, engineers[one.engineer].code)
            and may_do(engineers[one.engineer], visit, engineers[one.engineer].duties[one.duty])
        ]

    def _unpinned(self, visit: Visit, task: Task) -> Iterator[Relaxation]:
        if visit.pinned_engineer is None and visit.pinned_start is None:
            return
        free = visit.model_copy(update={"pinned_engineer": None, "pinned_start": None, "frozen": False})
        where = self._best(replace(task, windows=windows_of(free)), self._qualified(free))
        if where is not None:
            says = f"{visit.key} would be served by {self._code(where.shift)} if it were not fixed as it is"
            yield _fixed(Relaxing.PIN, visit, says, engineer=self._code(where.shift))

    def _waiting(self, visit: Visit) -> Iterator[Relaxation]:
        for before in visit.after:
            if before in self._visits and all(
                one not in self._draft.on for one in self._compiled.of_visit[self._visits[before]]
            ):
                yield _fixed(
                    Relaxing.AFTER, visit, f"{visit.key} waits for {before}, which is left out as well", other=before
                )

    def _worth(self, visit: Visit, task: Task) -> Iterator[Relaxation]:
        where = self._best(task, task.allowed)
        if where is None:
            return
        more = max(0.0, where.cost - task.weight)
        late = f" ({_minutes(where.cost)} of travel and lateness, weighted)"
        yield Relaxation(
            kind=Relaxing.WORTH,
            visit=visit.key,
            engineer=self._code(where.shift),
            seconds=round(more),
            size=more / MINUTE,
            says=f"{visit.key} costs more than a visit of {visit.priority.value} is worth{late}: "
            f"{self._code(where.shift)} could do it if it were more important",
        )

    def _overtime(self, visit: Visit, task: Task) -> Iterator[Relaxation]:
        found: tuple[int, Shift] | None = None
        for shift in self._open(self._qualified(visit)):
            longer = replace(shift, end=shift.end + MOST_OVERTIME)
            for order in _orders(self._draft.orders[shift.number], task.number):
                timed = self._timed(task, longer, order)
                if timed is not None:
                    last = timed.starts[-1] + self._compiled.tasks[order[-1]].service
                    over = max(timed.returns, last) - shift.end
                    if over > 0 and (found is None or over < found[0]):
                        found = over, shift
        if found is not None:
            seconds = -(-found[0] // MINUTE) * MINUTE
            code = self._code(found[1].number)
            yield Relaxation(
                kind=Relaxing.OVERTIME,
                visit=visit.key,
                engineer=code,
                duty=found[1].duty,
                seconds=seconds,
                size=seconds / MINUTE,
                says=f"{visit.key} would be served with {_minutes(seconds)} overtime of {code}",
            )

    def _wider(self, visit: Visit, task: Task) -> Iterator[Relaxation]:
        if not visit.windows or visit.pinned_start is not None:
            return

        def windows(by: int) -> list[tuple[int, int]]:
            spans = ((max(one.start - by, visit.ready_at), one.end + by) for one in visit.windows)
            return sorted((start, end) for start, end in spans if end - start >= visit.duration)

        found = self._least(visit, task, windows, MOST_WIDER)
        if found is not None:
            by, code = found
            yield Relaxation(
                kind=Relaxing.WINDOW,
                visit=visit.key,
                engineer=code,
                seconds=by,
                size=by / MINUTE,
                says=f"{visit.key} would be served if the site were open {_minutes(by)} earlier and later",
            )

    def _parts(self, visit: Visit, task: Task) -> Iterator[Relaxation]:
        if visit.ready_at <= 0 or visit.pinned_start is not None:
            return
        given = [(one.start, one.end) for one in visit.windows] or [(-NEVER, NEVER)]

        def windows(by: int) -> list[tuple[int, int]]:
            spans = ((max(start, visit.ready_at - by), end) for start, end in given)
            return sorted((start, end) for start, end in spans if end - start >= visit.duration)

        found = self._least(visit, task, windows, visit.ready_at)
        if found is not None:
            by, code = found
            yield Relaxation(
                kind=Relaxing.PARTS,
                visit=visit.key,
                engineer=code,
                seconds=by,
                size=by / MINUTE,
                says=f"{visit.key} would be served if its parts were there {_minutes(by)} earlier",
            )

    def _least(
        self, visit: Visit, task: Task, windows: Callable[[int], list[tuple[int, int]]], most: int
    ) -> tuple[int, str] | None:
        """The least seconds (in whole minutes) with which the task fits, and to whom; None if none up to `most` do."""

        qualified = self._qualified(visit)

        def fits(minutes: int) -> Insertion | None:
            return self._best(replace(task, windows=windows(minutes * MINUTE)), qualified)

        low, high = 0, -(-most // MINUTE)
        where = fits(high)
        if where is None:
            return None
        while high - low > 1:
            middle = (low + high) // 2
            found = fits(middle)
            low, high, where = (low, middle, found) if found is not None else (middle, high, where)
        return high * MINUTE, self._code(where.shift)

    def _capacity(self, visit: Visit, task: Task) -> Iterator[Relaxation]:
        full = [one for one in task.allowed if not self._has_room(one)]
        where = self._best(task, full, even_full=True)
        if where is not None:
            code = self._code(where.shift)
            yield _fixed(
                Relaxing.CAPACITY,
                visit,
                f"{visit.key} would be served if {code} might have one visit more",
                engineer=code,
            )

    def _unqualified(self, visit: Visit, task: Task) -> Iterator[Relaxation]:
        lacking: dict[Relaxing, list[int]] = {}
        words: dict[int, str] = {}
        for shift in self._compiled.shifts:
            engineer = self._problem.engineers[shift.engineer]
            missing, what = lacks(engineer, visit, engineer.duties[shift.duty].day)
            if missing is not Lacks.NOTHING:
                lacking.setdefault(LACKING[missing], []).append(shift.number)
                words[shift.number] = what
        for kind, shifts in lacking.items():
            where = self._best(task, shifts)
            if where is not None:
                code, what = self._code(where.shift), words[where.shift]
                says = {
                    Relaxing.CERTIFICATE: f"{code} held {what} on that day",
                    Relaxing.LEVEL: f"{code} were of level {what} for it",
                    Relaxing.SKILL: f"{code} could do {what}",
                }[kind]
                yield _fixed(kind, visit, f"{visit.key} would be served if {says}", engineer=code, other=what)

    def _dropping(self, visit: Visit, task: Task) -> Iterator[Relaxation]:
        found: tuple[float, int, int] | None = None
        for number in task.allowed:
            shift, order = self._compiled.shifts[number], self._draft.orders[number]
            for gone in order:
                other = self._compiled.tasks[gone]
                if other.mates or other.fixed or (found is not None and other.weight >= found[0]):
                    continue
                rest = [one for one in order if one != gone]
                if any(self._timed(task, shift, each) for each in _orders(rest, task.number)):
                    found = other.weight, gone, number
        if found is not None:
            other_key = self._compiled.visit(found[1]).key
            yield Relaxation(
                kind=Relaxing.DROP,
                visit=visit.key,
                engineer=self._code(found[2]),
                other=other_key,
                size=found[0] / MINUTE,
                says=f"{visit.key} would be served instead of {other_key} "
                f"({self._compiled.visit(found[1]).priority.value})",
            )

    def _best(self, task: Task, shifts: Sequence[int], *, even_full: bool = False) -> Insertion | None:
        """Where the task costs least of all places on these shifts."""
        found: Insertion | None = None
        for shift in self._open(shifts, even_full=even_full):
            before = self._draft.timed(shift.number).cost
            for place, order in enumerate(_orders(self._draft.orders[shift.number], task.number)):
                timed = self._timed(task, shift, order)
                if timed is not None and (found is None or timed.cost - before < found.cost):
                    found = Insertion(timed.cost - before, shift.number, place)
        return found

    def _timed(self, task: Task, shift: Shift, order: list[int]) -> Timed | None:
        """An order timed with the task as it is given here, not as the draft has it."""
        tasks = self._compiled.tasks
        as_it_was, tasks[task.number] = tasks[task.number], task
        try:
            return self._draft.time(shift, order)
        finally:
            tasks[task.number] = as_it_was

    def _open(self, shifts: Iterable[int], *, even_full: bool = False) -> Iterator[Shift]:
        for one in shifts:
            if even_full or self._has_room(one):
                yield self._compiled.shifts[one]

    def _has_room(self, shift: int) -> bool:
        return self._draft.engineer_has_room(self._compiled.shifts[shift].engineer)

    def _code(self, shift: int) -> str:
        return self._problem.engineers[self._compiled.shifts[shift].engineer].code


def _nothing(visit: Visit) -> Relaxation:
    return Relaxation(
        kind=Relaxing.NOTHING,
        visit=visit.key,
        size=FIXED_MINUTES[Relaxing.NOTHING],
        says=f"{visit.key} fits into no day of this plan, whoever did it: look at its length, windows and the horizon",
    )


def _fixed(
    kind: Relaxing, visit: Visit, says: str, *, engineer: str | None = None, other: str | None = None
) -> Relaxation:
    return Relaxation(kind=kind, visit=visit.key, engineer=engineer, other=other, size=FIXED_MINUTES[kind], says=says)


def _minutes(seconds: float) -> str:
    minutes = round(seconds / MINUTE)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02} min"


def _orders(order: Sequence[int], number: int) -> Iterator[list[int]]:
    for place in range(len(order) + 1):
        yield [*order[:place], number, *order[place:]]
