"""A problem as solvers want it: tasks, shifts and places by number, and how long each way takes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

from activities.dispatch.qualifying import Lacks, lacks
from activities.dispatch.table import TravelTable
from models.dispatch.problem import Duty, Engineer, Problem, Visit
from models.travel import Place

NEVER = 10**9
"""Later than any plan looks."""

Window = tuple[int, int]


@dataclass(slots=True)
class Task:
    """One engineer's part of a visit.

    Attributes:
        windows: in one of which it lies whole, in order.
        allowed: numbers of the shifts on which it may be, in order.
        present: number of the engineer who has it.
        mates: the tasks of the same visit, which begin at the same time.
        fixed: its shift and start were settled before the rest, because others depend on them.
    """

    number: int
    visit: int
    location: int
    service: int
    windows: list[Window]
    allowed: list[int]
    weight: float
    urgency: float
    deadline: int
    present: int | None
    mates: tuple[int, ...] = ()
    before: tuple[int, ...] = ()
    fixed: bool = False

    def lateness(self, end: int) -> float:
        """What it costs to be done at `end`."""
        return self.urgency * (end - self.deadline) if end > self.deadline else 0.0


@dataclass(slots=True)
class Shift:
    """A duty.

    Attributes:
        day: what added to a second gives the seconds since local midnight, but for whole days.
    """

    number: int
    engineer: int
    duty: int
    start: int
    end: int
    breaks: list[Window]
    begins: int
    home: int
    day: float


@dataclass
class Compiled:
    """A problem by numbers. Tasks may be narrowed; shifts and ways stay as they are."""

    problem: Problem
    shifts: list[Shift]
    tasks: list[Task]
    table: TravelTable
    of_visit: dict[int, list[int]] = field(default_factory=dict)
    given: tuple[Task, ...] = ()
    """The tasks as the problem has them, whatever they are narrowed to."""

    @cached_property
    def capacity(self) -> list[int]:
        """By engineer: how many visits they may have."""
        return [NEVER if one.capacity is None else one.capacity for one in self.problem.engineers]

    def visit(self, task: int) -> Visit:
        return self.problem.visits[self.tasks[task].visit]

    def with_tasks(self, tasks: list[Task]) -> Compiled:
        """The same with other tasks."""
        return replace(self, tasks=tasks)


def compile_problem(problem: Problem) -> Compiled:
    """The problem by numbers.

    A task is allowed on the shifts of the engineers who are qualified on that day, and to whom it may be fixed.
    """
    places: list[Place | None] = []
    numbers: dict[Place, int] = {}

    def number(place: Place | None) -> int:
        if place is not None and place in numbers:
            return numbers[place]
        places.append(place)
        if place is not None:
            numbers[place] = len(places) - 1
        return len(places) - 1

    engineers = {one.code: at for at, one in enumerate(problem.engineers)}
    shifts: list[Shift] = []
    for at, engineer in enumerate(problem.engineers):
        home = number(engineer.home)
        for nth, duty in enumerate(engineer.duties):
            begins = home if duty.begins_at is None else number(duty.begins_at)
            shifts.append(_shift(problem, len(shifts), (at, nth), duty, (begins, home)))
    visits = {one.key: at for at, one in enumerate(problem.visits)}
    tasks: list[Task] = []
    of_visit: dict[int, list[int]] = {}
    known: dict[tuple[object, ...], list[int]] = {}
    for at, visit in enumerate(problem.visits):
        # Visits that ask for the same have the same engineers.
        asked = (visit.equipment_type, visit.manufacturer, visit.level, visit.capabilities)
        if asked not in known:
            known[asked] = [
                one.number
                for one in shifts
                if may_do(problem.engineers[one.engineer], visit, problem.engineers[one.engineer].duties[one.duty])
            ]
        windows = windows_of(visit)
        fits = [one for one in known[asked] if _overlaps(shifts[one], windows, visit.duration)]
        pinned = None if visit.pinned_engineer is None else engineers.get(visit.pinned_engineer, -1)
        of_visit[at] = [len(tasks) + one for one in range(visit.crew)]
        for place in range(visit.crew):
            first = place == 0
            tasks.append(
                Task(
                    number=len(tasks),
                    visit=at,
                    location=number(visit.place) if first else tasks[-1].location,
                    service=visit.duration,
                    windows=windows,
                    allowed=[one for one in fits if pinned is None or not first or shifts[one].engineer == pinned],
                    weight=left_out(problem, visit) / visit.crew,
                    urgency=problem.weights.of_lateness(visit) / visit.crew,
                    deadline=NEVER if visit.deadline is None else visit.deadline,
                    present=engineers.get(visit.present_engineer or "") if first else None,
                    mates=tuple(one for one in of_visit[at] if one != of_visit[at][place]),
                    before=tuple(visits[one] for one in visit.after if one in visits),
                )
            )
    given = tuple(replace(one) for one in tasks)
    return Compiled(problem, shifts, tasks, TravelTable(problem.travel, places), of_visit, given)


def left_out(problem: Problem, visit: Visit) -> float:
    """What leaving a visit out costs: it is not done, and late until the horizon is over.

    Otherwise what is late already would cost more served than left.
    """
    late = 0 if visit.deadline is None else max(0, problem.horizon - visit.deadline)
    return problem.weights.of_drop(visit) + problem.weights.of_lateness(visit) * late


def may_do(engineer: Engineer, visit: Visit, duty: Duty) -> bool:
    """Whether the engineer is qualified on the day of the duty."""
    return lacks(engineer, visit, duty.day)[0] is Lacks.NOTHING


def windows_of(visit: Visit) -> list[Window]:
    """In which the visit may lie; none if it fits into none."""
    if visit.pinned_start is not None:
        return [(visit.pinned_start, visit.pinned_start + visit.duration)]
    given = [(one.start, one.end) for one in visit.windows] or [(-NEVER, NEVER)]
    clipped = ((max(start, visit.ready_at), end) for start, end in sorted(given))
    return [(start, end) for start, end in clipped if end - start >= visit.duration]


def _shift(problem: Problem, number: int, whose: tuple[int, int], duty: Duty, places: tuple[int, int]) -> Shift:
    return Shift(
        number=number,
        engineer=whose[0],
        duty=whose[1],
        start=duty.span.start,
        end=duty.span.end,
        breaks=[(one.start, one.end) for one in sorted(duty.breaks, key=lambda one: one.start)],
        begins=places[0],
        home=places[1],
        day=(problem.origin.timestamp() + duty.utc_offset) % 86_400,
    )


def _overlaps(shift: Shift, windows: list[Window], service: int) -> bool:
    return any(min(end, shift.end) - max(start, shift.start) >= service for start, end in windows)
