"""OR-Tools' routing on the same work, for comparison, in a process of its own: `python -m bench.dispatch_ortools`."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import Any

from activities.dispatch.solver_process import answer
from activities.dispatch.work import Work, Worked

FIRST, SEARCH = "PARALLEL_CHEAPEST_INSERTION", "GUIDED_LOCAL_SEARCH"


def solve(work: Work) -> Worked:
    """Routes by guided local search from parallel cheapest insertion."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    tasks, shifts = work.tasks, work.shifts
    places = [one.location for one in tasks]
    for shift in shifts:
        places += [shift.begins, shift.home]
    count = len(tasks)
    starts = [count + 2 * number for number in range(len(shifts))]
    manager = pywrapcp.RoutingIndexManager(len(places), len(shifts), starts, [one + 1 for one in starts])
    routing = pywrapcp.RoutingModel(manager)

    def way(a: int, b: int) -> int:
        seconds: int = work.matrix[places[manager.IndexToNode(a)]][places[manager.IndexToNode(b)]]
        return seconds

    def lasts(a: int, b: int) -> int:
        node = manager.IndexToNode(a)
        return way(a, b) + (tasks[node].service if node < count else 0)

    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitCallback(way))
    end = max(one.end for one in shifts)
    routing.AddDimension(routing.RegisterTransitCallback(lasts), end, end, False, "time")
    time = routing.GetDimensionOrDie("time")
    for number, task in enumerate(tasks):
        index = manager.NodeToIndex(number)
        routing.AddDisjunction([index], task.weight)
        windows = [(max(0, a), min(b, end) - task.service) for a, b in task.windows if min(b, end) - task.service >= a]
        if not windows or not task.allowed:
            routing.solver().Add(routing.ActiveVar(index) == 0)
            continue
        time.CumulVar(index).SetRange(windows[0][0], windows[-1][1])
        for (_, before), (after, _) in pairwise(windows):
            time.CumulVar(index).RemoveInterval(before + 1, after - 1)
        routing.VehicleVar(index).SetValues([-1, *task.allowed])
    for number, shift in enumerate(shifts):
        for index in (routing.Start(number), routing.End(number)):
            time.CumulVar(index).SetRange(shift.start, shift.end)
        if shift.breaks:
            solver = routing.solver()
            breaks = [
                solver.FixedInterval(start, until - start, f"break {number} {nth}")
                for nth, (start, until) in enumerate(shift.breaks)
            ]
            services = [tasks[node].service if node < count else 0 for node in range(len(places))]
            time.SetBreakIntervalsOfVehicle(breaks, number, services)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = getattr(routing_enums_pb2.FirstSolutionStrategy, FIRST)
    parameters.local_search_metaheuristic = getattr(routing_enums_pb2.LocalSearchMetaheuristic, SEARCH)
    parameters.time_limit.FromMilliseconds(round(work.seconds * 1000))
    found: Any = routing.SolveWithParameters(parameters)
    routes: list[list[int]] = [[] for _ in shifts]
    if found is not None:
        for number in range(len(shifts)):
            index = routing.Start(number)
            while not routing.IsEnd(index):
                node = manager.IndexToNode(index)
                if node < count:
                    routes[number].append(node)
                index = found.Value(routing.NextVar(index))
    return Worked(routes=routes)


if __name__ == "__main__":
    answer(solve, io.FileIO(0, "rb", closefd=False))
