"""Published instances of routing as work for a solver: PyVRP's SDVRPTW (skills) and Solomon's VRPTW."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from math import hypot
from pathlib import Path

from activities.dispatch.work import Work, Worked, WorkShift, WorkTask

SCALE = 1000
"""Distances and times in thousandths, rounded, as the best known values of SDVRPTW are."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One to solve.

    Attributes:
        best: the best known cost, in `SCALE`ths.
    """

    name: str
    work: Work
    best: int


def sdvrptw(folder: Path) -> list[Instance]:
    """PR01 to PR10 of a folder that has PyVRP's `SDVRPTW/*.vrp` with their `.sol`.

    Raises:
        FileNotFoundError: none is there; the sentence says where they come from.
    """
    files = sorted(one for one in folder.glob("PR*.vrp") if one.stem[2:].isdigit() and int(one.stem[2:]) <= 10)
    if not files:
        raise FileNotFoundError(
            f"{folder} has no PR01.vrp to PR10.vrp: fetch SDVRPTW/ of github.com/PyVRP/Instances, and name that folder"
        )
    return [_sdvrptw(one) for one in files]


def _sdvrptw(file: Path) -> Instance:
    fields: dict[str, str] = {}
    sections: dict[str, list[list[str]]] = {}
    rows: list[list[str]] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.strip().endswith("_SECTION"):
            rows = sections.setdefault(line.strip(), [])
        elif ":" in line:
            name, _, value = line.partition(":")
            fields[name.strip()] = value.strip()
        elif line.strip() not in ("", "EOF"):
            rows.append(line.split())
    places = [(float(x), float(y)) for _, x, y in sections["NODE_COORD_SECTION"]]
    demands = [_scaled(row[1]) for row in sections["DEMAND_SECTION"]]
    services = [_scaled(row[1]) for row in sections["SERVICE_TIME_SECTION"]]
    windows = [(_scaled(row[1]), _scaled(row[2])) for row in sections["TIME_WINDOW_SECTION"]]
    capacities = [_scaled(row[1]) for row in sections["CAPACITY_SECTION"]]
    allowed = [{int(one) for one in row[1:]} for row in sections["VEHICLES_ALLOWED_CLIENTS_SECTION"]]
    longest = _scaled(fields["VEHICLES_MAX_DURATION"]) if "VEHICLES_MAX_DURATION" in fields else None
    matrix = _matrix(places)
    tasks = [
        WorkTask(
            location=at,
            service=services[at],
            windows=[(windows[at][0], windows[at][1] + services[at])],
            allowed=[number for number, clients in enumerate(allowed) if at + 1 in clients],
            weight=1,
            required=True,
            load=demands[at],
        )
        for at in range(1, len(places))
    ]
    shifts = [
        WorkShift(start=windows[0][0], end=windows[0][1], begins=0, home=0, capacity=capacity, longest=longest)
        for capacity in capacities
    ]
    best = next(
        line.split()[-1]
        for line in file.with_suffix(".sol").read_text(encoding="utf-8").splitlines()
        if line.lower().startswith("cost")
    )
    return Instance(file.stem, Work(matrix=matrix, tasks=tasks, shifts=shifts, seconds=0.0), int(float(best)))


def solomon(file: Path) -> list[Instance]:
    """Solomon's instances of a JSON file.

    Each has `customers` (id, x, y, demand, ready, due, service; the depot first), `vehicles`, `capacity` and
    `bks_distance`, which is of the fewest vehicles: a shorter way with more of them is possible.
    """
    return [_solomon(one) for one in json.loads(file.read_text(encoding="utf-8"))["instances"]]


def _solomon(one: dict[str, object]) -> Instance:
    rows: list[list[float]] = one["customers"]  # type: ignore[assignment]
    matrix = _matrix([(row[1], row[2]) for row in rows])
    vehicles = int(str(one["vehicles"]))
    tasks = [
        WorkTask(
            location=at,
            service=_scaled(row[6]),
            windows=[(_scaled(row[4]), _scaled(row[5]) + _scaled(row[6]))],
            allowed=list(range(vehicles)),
            weight=1,
            required=True,
            load=int(row[3]),
        )
        for at, row in enumerate(rows)
        if at
    ]
    shift = WorkShift(start=0, end=_scaled(rows[0][5]), begins=0, home=0, capacity=int(str(one["capacity"])))
    work = Work(matrix=matrix, tasks=tasks, shifts=[shift] * vehicles, seconds=0.0)
    return Instance(str(one["instance"]), work, _scaled(str(one["bks_distance"])))


def cost_of(instance: Instance, found: Worked) -> tuple[int, list[str]]:
    """The length of the routes, and what is wrong with them; checked here, whatever the solver says."""
    work, wrong = instance.work, list[str]()
    served = [one for route in found.routes for one in route]
    if sorted(served) != list(range(len(work.tasks))):
        wrong.append(f"{len(work.tasks) - len(set(served))} left out")
    total = 0
    for number, (shift, order) in enumerate(zip(work.shifts, found.routes, strict=True)):
        if not order:
            continue
        total += _length(work, shift, order)
        if any(number not in work.tasks[one].allowed for one in order):
            wrong.append(f"vehicle {number} serves whom it may not")
        if shift.capacity is not None and sum(work.tasks[one].load for one in order) > shift.capacity:
            wrong.append(f"vehicle {number} carries too much")
        leaves, returns = _times(work, shift, order)
        if returns is None or returns > shift.end:
            wrong.append(f"vehicle {number} is late")
        elif shift.longest is not None and returns - leaves > shift.longest:
            wrong.append(f"vehicle {number} is out for too long")
    return total, wrong


def _length(work: Work, shift: WorkShift, order: list[int]) -> int:
    places = [shift.begins, *(work.tasks[one].location for one in order), shift.home]
    return sum(work.matrix[a][b] for a, b in pairwise(places))


def _times(work: Work, shift: WorkShift, order: list[int]) -> tuple[int, int | None]:
    """When a vehicle may leave at the latest to be back as early as it can, and when that is; None: it is late."""
    # Forward as early as possible, then backward from there as late as possible.
    at, place, starts = shift.start, shift.begins, []
    for one in order:
        task = work.tasks[one]
        at = max(at + work.matrix[place][task.location], task.windows[0][0])
        if at + task.service > task.windows[0][1]:
            return shift.start, None
        starts.append(at)
        at, place = at + task.service, task.location
    returns = at + work.matrix[place][shift.home]
    latest, following = returns, shift.home
    for one in reversed(order):
        task = work.tasks[one]
        latest = min(latest - work.matrix[task.location][following], task.windows[0][1]) - task.service
        following = task.location
    return latest - work.matrix[shift.begins][following], returns


def _matrix(places: list[tuple[float, float]]) -> list[list[int]]:
    return [[round(SCALE * hypot(a[0] - b[0], a[1] - b[1])) for b in places] for a in places]


def _scaled(text: str | float) -> int:
    return round(SCALE * float(text))
