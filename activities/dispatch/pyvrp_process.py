"""PyVRP in a process of its own: `python -m activities.dispatch.pyvrp_process`, work with routes in, better routes out.

A task that a shift may not do is far away for it, and the way takes as long as ever: durations beyond reason leave the
search nothing to compare. Of breaks PyVRP knows nothing: a shift with some begins as much later.
"""

from __future__ import annotations

import io
from time import process_time
from typing import TYPE_CHECKING, Any

from activities.dispatch.solver_process import answer
from activities.dispatch.work import LONGEST_WAIT, Work, Worked, WorkShift

if TYPE_CHECKING:
    import pyvrp

FAR = 1_000_000
"""Seconds of travel that a task costs which is not allowed, at least: twice what any is worth."""


def solve(work: Work) -> Worked:
    """The best routes that are found from `work.routes` within the time; those themselves if none is better."""
    import pyvrp
    from pyvrp.stop import MaxRuntime

    data = _data(work)
    start = None
    if any(work.routes):
        routes = [
            pyvrp.Route(data, [pyvrp.Activity(pyvrp.ActivityType.CLIENT, one) for one in order], number)
            for number, order in enumerate(work.routes)
            if order
        ]
        start = pyvrp.Solution(data, routes)
    result = pyvrp.solve(
        data,
        stop=_Used(work.seconds) if work.by_processor else MaxRuntime(work.seconds),
        seed=work.seed,
        collect_stats=False,
        display=False,
        initial_solution=start,
    )
    if not result.best.is_feasible():
        return Worked(routes=work.routes or [[] for _ in work.shifts])
    routes_found: list[list[int]] = [[] for _ in work.shifts]
    for route in result.best.routes():
        routes_found[route.vehicle_type()] = [
            one.idx for one in route if one.is_client() and route.vehicle_type() in work.tasks[one.idx].allowed
        ]
    return Worked(routes=routes_found)


class _Used:
    """Stops when so much processor time was used since it was first asked."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until: float | None = None

    def __call__(self, best_cost: int) -> bool:  # noqa: ARG002
        if self._until is None:
            self._until = process_time() + self._seconds
        return process_time() > self._until


def _data(work: Work) -> pyvrp.ProblemData:
    import numpy
    import pyvrp

    ends = sorted({place for one in work.shifts for place in (one.begins, one.home)})
    depots = {place: number for number, place in enumerate(ends)}
    # A place of its own for each task: two at one site may be allowed to different shifts.
    rows = [one.location for one in work.tasks] + ends
    duration: Any = numpy.asarray(work.matrix, dtype=numpy.int64)[numpy.ix_(rows, rows)]
    numpy.fill_diagonal(duration, 0)
    far = max(FAR, 2 * max((one.weight for one in work.tasks), default=0))
    profiles: dict[bytes, int] = {}
    distances: list[Any] = []
    types = []
    for number, shift in enumerate(work.shifts):
        extra = numpy.zeros(len(rows), dtype=numpy.int64)
        for at, task in enumerate(work.tasks):
            if number not in task.allowed:
                extra[at] = far
            elif task.stays and number not in task.stays:
                extra[at] = work.stay
        profile = profiles.setdefault(extra.tobytes(), len(profiles))
        if profile == len(distances):
            distance = duration + extra[None, :]
            numpy.fill_diagonal(distance, 0)
            distances.append(distance)
        types.append(_vehicle(work, shift, profile, depots))
    clients = []
    for at, task in enumerate(work.tasks):
        window = _window(work, task.windows, task.service)
        clients.append(
            pyvrp.Client(
                location=at,
                delivery=[task.load],
                service_duration=task.service,
                tw_early=window[0],
                tw_late=window[1],
                prize=0 if task.required else task.weight,
                required=task.required,
            )
        )
    durations = [duration] * len(distances)
    return pyvrp.ProblemData(
        locations=[pyvrp.Location(0, 0) for _ in rows],
        clients=clients,
        depots=[pyvrp.Depot(location=len(work.tasks) + number) for number in depots.values()],
        vehicle_types=types,
        distance_matrices=distances,
        duration_matrices=durations,
    )


def _vehicle(work: Work, shift: WorkShift, profile: int, depots: dict[int, int]) -> pyvrp.VehicleType:
    import pyvrp

    start = shift.start + sum(until - begins for begins, until in shift.breaks)
    return pyvrp.VehicleType(
        num_available=1,
        capacity=[sum(one.load for one in work.tasks) if shift.capacity is None else shift.capacity],
        start_depot=depots[shift.begins],
        end_depot=depots[shift.home],
        tw_early=min(start, shift.end),
        tw_late=shift.end,
        shift_duration=shift.end - shift.start if shift.longest is None else shift.longest,
        unit_distance_cost=1,
        profile=profile,
    )


def _window(work: Work, windows: list[tuple[int, int]], service: int) -> tuple[int, int]:
    """From when to when a task may begin; of several windows the first that a shift reaches."""
    begins = min((one.start for one in work.shifts), default=0)
    for start, until in windows:
        if until - service >= max(start, begins):
            return start, min(until - service, LONGEST_WAIT)
    return 0, 0


if __name__ == "__main__":
    answer(solve, io.FileIO(0, "rb", closefd=False))
