"""What a solver's process is given and gives back, as JSON: numbers only, nothing that names anybody."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from activities.dispatch.compiled import NEVER, Compiled, Task, Window

LONGEST_WAIT = 4 * 10**8
"""Later than any second that a solver has to handle; VROOM counts in 32 bits."""


DEPENDED_ON = 4


class WorkPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WorkTask(WorkPart):
    """A visit to be served by one of the shifts `allowed`, within one of `windows`, or left out for `weight`.

    Attributes:
        priority: 1 to 100, for VROOM, which weighs tasks by nothing else: by what serving is worth, without lateness.
        stays: with which shifts it costs nothing extra; empty: with all of them.
        load: of what a shift has `WorkShift.capacity`.
        required: it may not be left out at all (PyVRP alone knows that; plans of visits have no such visits).
    """

    location: int
    service: int
    windows: list[tuple[int, int]]
    allowed: list[int]
    weight: int
    priority: int = 1
    stays: list[int] = []
    load: int = 1
    required: bool = False


class WorkShift(WorkPart):
    """A vehicle in the solvers' words.

    Attributes:
        longest: seconds from leaving to being back; None: as long as the shift.
    """

    start: int
    end: int
    breaks: list[tuple[int, int]] = []
    begins: int
    home: int
    capacity: int | None = None
    longest: int | None = None


class Work(WorkPart):
    """A problem for a solver.

    Attributes:
        matrix: seconds from place to place.
        stay: what it costs to serve a task by a shift that is not one of its `stays`.
        routes: where to start from, by shift: tasks in their order.
        seconds: how long to look: by the clock, or (`by_processor`, for measuring) of processor time.
    """

    matrix: list[list[int]]
    tasks: list[WorkTask]
    shifts: list[WorkShift]
    stay: int = 0
    routes: list[list[int]] = []
    seconds: float
    by_processor: bool = False
    seed: int = 1
    threads: int = 1


class Worked(WorkPart):
    """What a solver found: for each shift its tasks in their order; tasks that stand nowhere are left out."""

    routes: list[list[int]]


def work_of(
    compiled: Compiled,
    shifts: Sequence[int],
    routes: dict[int, list[int]],
    tasks: Sequence[int],
    seconds: float,
) -> Work:
    """The part of a problem that these shifts and these tasks are, with the routes to start from.

    Seconds are counted from the first shift on, since VROOM knows none below zero.
    """
    base = min((compiled.shifts[one].start for one in shifts), default=0)
    places: dict[int, int] = {}

    def place(number: int) -> int:
        return places.setdefault(number, len(places))

    numbers = {one: at for at, one in enumerate(shifts)}
    task_numbers = {one: at for at, one in enumerate(tasks)}
    given = [compiled.tasks[one] for one in tasks]
    worth = [compiled.problem.weights.of_drop(compiled.visit(one)) for one in tasks]
    highest = max(worth, default=0.0) or 1.0
    work_tasks = [
        WorkTask(
            location=place(one.location),
            service=one.service,
            windows=[(max(0, start - base), min(end - base, LONGEST_WAIT)) for start, end in _on_time(one, compiled)],
            allowed=[numbers[each] for each in one.allowed if each in numbers],
            # What others depend on is not given up for a little travel.
            weight=max(1, round(one.weight * (DEPENDED_ON if one.fixed else 1))),
            priority=max(1, round(100 * drop / highest)),
            stays=[]
            if one.present is None
            else [at for each, at in numbers.items() if compiled.shifts[each].engineer == one.present],
        )
        for one, drop in zip(given, worth, strict=True)
    ]
    work_shifts = [
        WorkShift(
            start=one.start - base,
            end=one.end - base,
            breaks=[(start - base, end - base) for start, end in one.breaks],
            begins=place(one.begins),
            home=place(one.home),
            capacity=None if compiled.capacity[one.engineer] >= NEVER else compiled.capacity[one.engineer],
        )
        for one in (compiled.shifts[each] for each in shifts)
    ]
    usual, of_place = compiled.table.usual, list(places)
    return Work(
        matrix=[[usual[a][b] for b in of_place] for a in of_place],
        tasks=work_tasks,
        shifts=work_shifts,
        stay=round(compiled.problem.weights.stay),
        routes=[[task_numbers[each] for each in routes.get(one, [])] for one in shifts],
        seconds=seconds,
    )


def _on_time(task: Task, compiled: Compiled) -> list[Window]:
    """The windows as far as the task is on time in them; all of them where it can't be on time any more.

    Solvers know of no lateness: what they leave out for it is inserted afterwards, where it costs what it costs.
    """
    first = min((compiled.shifts[one].start for one in task.allowed), default=0)
    on_time = [
        (start, min(end, task.deadline))
        for start, end in task.windows
        if min(end, task.deadline) - max(start, first) >= task.service
    ]
    return on_time or task.windows
