"""A plan in the making: the order of the tasks on each shift, timed as early as the rules allow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from activities.dispatch.compiled import Compiled, Shift, Task

Order = list[int]
"""Tasks of a shift, one after the other."""


@dataclass(slots=True)
class Timed:
    """When what of an order happens, and what it costs: travel and lateness, in seconds of travel."""

    starts: list[int]
    travels: list[int]
    returns: int
    return_travel: int
    cost: float


@dataclass(frozen=True, slots=True)
class Insertion:
    """A task between two others (or at an end), and by how much that raises the costs."""

    cost: float
    shift: int
    place: int


def passed(at: int, seconds: int, breaks: Sequence[tuple[int, int]]) -> int:
    """When `seconds` outside the breaks have passed since `at`."""
    for start, end in breaks:
        if end <= at:
            continue
        if at + seconds <= start:
            break
        seconds -= max(0, start - at)
        at = end
    return at + seconds


def earliest(task: Task, at: int, breaks: Sequence[tuple[int, int]]) -> int | None:
    """The first moment from `at` on at which the task fits into a window and into no break."""
    for opens, closes in task.windows:
        start = max(at, opens)
        for begins, ends in breaks:
            if start < ends and begins < start + task.service:
                start = ends
        if start + task.service <= closes:
            return start
    return None


class Draft:
    """Orders of all shifts. What stands in it is always possible by hours, windows, breaks, skills and capacity."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.orders: list[Order] = [[] for _ in compiled.shifts]
        self._timed: list[Timed | None] = [None] * len(compiled.shifts)
        self.on: dict[int, int] = {}
        """The shift of each task that is placed."""
        self._given = [0] * len(compiled.problem.engineers)
        self._stay = compiled.problem.weights.stay
        self._travel = compiled.problem.weights.travel

    def timed(self, shift: int) -> Timed:
        """When what of a shift happens."""
        found = self._timed[shift]
        if found is None:
            found = self.time(self.compiled.shifts[shift], self.orders[shift])
            if found is None:
                raise RuntimeError(f"the order of shift {shift} is not possible any more")
            self._timed[shift] = found
        return found

    def time(self, shift: Shift, order: Iterable[int]) -> Timed | None:
        """An order timed as early as possible; None if it is not possible."""
        table, tasks = self.compiled.table, self.compiled.tasks
        at, place, cost = shift.start, shift.begins, 0.0
        starts: list[int] = []
        travels: list[int] = []
        for number in order:
            task = tasks[number]
            travel = table.at(place, task.location, at + shift.day)
            start = earliest(task, passed(at, travel, shift.breaks), shift.breaks)
            if start is None or start + task.service > shift.end:
                return None
            starts.append(start)
            travels.append(travel)
            at, place = start + task.service, task.location
            cost += travel * self._travel + task.lateness(at)
        if not starts:
            return Timed([], [], shift.start, 0, 0.0)
        travel = table.at(place, shift.home, at + shift.day)
        returns = passed(at, travel, shift.breaks)
        if returns > shift.end:
            return None
        return Timed(starts, travels, returns, travel, cost + travel * self._travel)

    def start_of(self, task: int) -> int:
        """When a task that is placed begins."""
        shift = self.on[task]
        return self.timed(shift).starts[self.orders[shift].index(task)]

    def engineer_has_room(self, engineer: int) -> bool:
        return self._given[engineer] < self.compiled.capacity[engineer]

    def stay_cost(self, task: Task, engineer: int) -> float:
        """What it costs that this engineer is not the one who has it."""
        return self._stay if task.present is not None and task.present != engineer else 0.0

    def best(self, number: int, shifts: Iterable[int] | None = None, below: float = float("inf")) -> Insertion | None:
        """Where the task costs least, if that is less than `below`; None where it fits nowhere."""
        task = self.compiled.tasks[number]
        usual = self.compiled.table.usual
        found: Insertion | None = None
        mates = {self.compiled.shifts[self.on[one]].engineer for one in task.mates if one in self.on}
        for one in task.allowed if shifts is None else shifts:
            shift = self.compiled.shifts[one]
            if not self.engineer_has_room(shift.engineer) or shift.engineer in mates:
                continue
            order, before = self.orders[one], self.timed(one)
            stay = self.stay_cost(task, shift.engineer)
            windows_end = task.windows[-1][1] if task.windows else -1
            for place in range(len(order) + 1):
                if place and before.starts[place - 1] + self.compiled.tasks[order[place - 1]].service > windows_end:
                    break
                last = shift.begins if place == 0 else self.compiled.tasks[order[place - 1]].location
                following = shift.home if place == len(order) else self.compiled.tasks[order[place]].location
                way = usual[last][task.location] + usual[task.location][following]
                way -= usual[last][following] if order else 0
                # The usual times may be wrong by the hour's speed; half of what they say is a safe bound.
                if stay + way * self._travel * 0.5 >= below:
                    continue
                timed = self.time(shift, [*order[:place], number, *order[place:]])
                if timed is None:
                    continue
                cost = timed.cost - before.cost + stay
                if cost < below:
                    below, found = cost, Insertion(cost, one, place)
        return found

    def insert(self, number: int, where: Insertion) -> None:
        self.orders[where.shift].insert(where.place, number)
        self._changed(where.shift)
        self.on[number] = where.shift
        self._given[self.compiled.shifts[where.shift].engineer] += 1

    def remove(self, number: int) -> list[int]:
        """Take a task out; returns those that had to go with it.

        There are some only where a way is assumed: straight on may then be longer than by the place that is left out.
        """
        shift = self.on.pop(number)
        self.orders[shift].remove(number)
        self._changed(shift)
        self._given[self.compiled.shifts[shift].engineer] -= 1
        if self.time(self.compiled.shifts[shift], self.orders[shift]) is not None:
            return []
        order, self.orders[shift] = self.orders[shift], []
        for one in order:
            del self.on[one]
            self._given[self.compiled.shifts[shift].engineer] -= 1
        return self.put(shift, order)

    def put(self, shift: int, order: Sequence[int]) -> list[int]:
        """Give an empty shift this order, as far as it is possible; returns what had to be left.

        Of an order that is not possible the task goes whose going helps most: the least valuable one that makes it
        possible, and otherwise the least valuable at all.
        """
        kept = [one for one in order if shift in self.compiled.tasks[one].allowed and one not in self.on]
        left = [one for one in order if one not in kept]
        one_shift = self.compiled.shifts[shift]
        room = self.compiled.capacity[one_shift.engineer] - self._given[one_shift.engineer]
        by_value = sorted(kept, key=lambda one: self.compiled.tasks[one].weight)
        while len(kept) > room:
            kept.remove(by_value[0])
            left.append(by_value.pop(0))
        while self.time(one_shift, kept) is None:
            gone = next(
                (one for one in by_value if self.time(one_shift, [each for each in kept if each != one]) is not None),
                by_value[0],
            )
            kept.remove(gone)
            by_value.remove(gone)
            left.append(gone)
        for place, one in enumerate(kept):
            self.insert(one, Insertion(0.0, shift, place))
        return left

    def missing(self) -> list[int]:
        """Tasks that are not placed, the most valuable first and of these the most urgent."""
        left = (one for one in self.compiled.tasks if one.number not in self.on)
        return [one.number for one in sorted(left, key=lambda one: (-one.weight, one.deadline, one.number))]

    def cost(self) -> float:
        """Travel, lateness, staying and what is left out."""
        tasks, shifts = self.compiled.tasks, self.compiled.shifts
        return (
            sum(self.timed(one.number).cost for one in shifts)
            + sum(self.stay_cost(tasks[one], shifts[shift].engineer) for one, shift in self.on.items())
            + sum(one.weight for one in tasks if one.number not in self.on)
        )

    def copy(self) -> Draft:
        made = Draft(self.compiled)
        made.orders = [list(one) for one in self.orders]
        made._timed = list(self._timed)
        made.on = dict(self.on)
        made._given = list(self._given)
        return made

    def _changed(self, shift: int) -> None:
        self._timed[shift] = None
