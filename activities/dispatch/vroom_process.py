"""VROOM in a process of its own: `python -m activities.dispatch.vroom_process`, work in, routes out.

On input that it can't handle the library ends the process without a word; so nothing else lives in it.
"""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

from activities.dispatch.solver_process import answer
from activities.dispatch.work import Work, Worked


def solve(work: Work) -> Worked:
    """Routes that serve as much of the priorities as VROOM finds, on as short ways as it finds."""
    import numpy
    import vroom

    problem = vroom.Input()
    problem.set_durations_matrix("car", numpy.asarray(work.matrix, dtype=numpy.uint32))
    # Who may do a task is said by skills: tasks with the same shifts have one skill, which these shifts have.
    skills: dict[tuple[int, ...], int] = {}
    end = max((one.end for one in work.shifts), default=0)
    for number, task in enumerate(work.tasks):
        windows = [
            vroom.TimeWindow(start, min(until, end) - task.service)
            for start, until in task.windows
            if min(until, end) - task.service >= start
        ]
        if not windows or not task.allowed:
            continue
        problem.add_job(
            vroom.Job(
                id=number,
                location=task.location,
                default_service=task.service,
                skills={skills.setdefault(tuple(task.allowed), len(skills))},
                priority=task.priority,
                time_windows=windows,
                delivery=[task.load],
            )
        )
    for number, shift in enumerate(work.shifts):
        problem.add_vehicle(
            vroom.Vehicle(
                id=number,
                start=shift.begins,
                end=shift.home,
                skills={skill for allowed, skill in skills.items() if number in allowed},
                time_window=vroom.TimeWindow(shift.start, shift.end),
                breaks=[
                    vroom.Break(id=nth, time_windows=[vroom.TimeWindow(start, start)], service=until - start)
                    for nth, (start, until) in enumerate(shift.breaks)
                ],
                capacity=[len(work.tasks) * 1000 if shift.capacity is None else shift.capacity],
            )
        )
    found = problem.solve(
        exploration_level=1, nb_threads=work.threads, timeout=timedelta(milliseconds=round(work.seconds * 1000))
    )
    return Worked(routes=_routes(found, len(work.shifts)))


def _routes(found: Any, shifts: int) -> list[list[int]]:
    routes: list[list[int]] = [[] for _ in range(shifts)]
    frame = found.routes
    for vehicle, kind, number in zip(frame["vehicle_id"], frame["type"], frame.get("id", []), strict=False):
        if kind == "job":
            routes[int(vehicle)].append(int(number))
    return routes


if __name__ == "__main__":
    answer(solve, io.FileIO(0, "rb", closefd=False))
