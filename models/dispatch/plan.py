"""A plan: the routes of the engineers, the visits that are left out, and what an evaluation finds in it."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from models.dispatch.problem import Part, Seconds
from models.vocabulary.tickets import Priority


class Engine(StrEnum):
    """What makes a plan."""

    GREEDY = "greedy"
    """Each visit where it costs least, the most valuable first; needs nothing installed."""

    VROOM = "vroom"
    PYVRP = "pyvrp"
    """Builds as VROOM does, and polishes that."""


class Stop(Part):
    """A visit of a route.

    Attributes:
        travel: seconds on the way to it.
        kilometres: of that way, on roads.
        assumed: the way is not known, because coordinates are missing.
    """

    visit: str
    start: Seconds
    end: Seconds
    travel: Seconds
    kilometres: float = 0.0
    assumed: bool = False


class Route(Part):
    """What one engineer does on one duty.

    Attributes:
        duty: its place among the engineer's duties.
        return_travel: seconds from the last visit home.
        returns: when the engineer is home.
    """

    engineer: str
    duty: int
    stops: tuple[Stop, ...]
    return_travel: Seconds
    return_kilometres: float = 0.0
    returns: Seconds


class Plan(Part):
    """Routes with at least one visit each, and the rest.

    Attributes:
        engine: what made it in the end.
        notes: what whoever reads it should know: a solver that is not installed, crashed, or was killed.
    """

    engine: Engine
    routes: tuple[Route, ...] = ()
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def stops(self) -> Iterator[tuple[Route, Stop]]:
        """Every stop with its route; a visit of two engineers comes twice."""
        for route in self.routes:
            for stop in route.stops:
                yield route, stop

    def engineers_of(self) -> dict[str, list[str]]:
        """Who serves each visit, in the order of the routes."""
        found: dict[str, list[str]] = {}
        for route, stop in self.stops():
            found.setdefault(stop.visit, []).append(route.engineer)
        return found


class Outcome(StrEnum):
    """What became of a visit when its plan was applied."""

    APPLIED = "applied"
    """Its ticket has the engineer now."""

    KEPT = "kept"
    """It had the engineer already."""

    SKIPPED = "skipped"
    """Something has changed since the plan was made, or the ticket refused."""


class Violated(StrEnum):
    """What a plan can break."""

    UNKNOWN = "unknown"
    MISSING = "missing"
    HOURS = "hours"
    BREAK = "break"
    TRAVEL = "travel"
    DURATION = "duration"
    WINDOW = "window"
    SKILL = "skill"
    CERTIFICATE = "certificate"
    CREW = "crew"
    PRECEDENCE = "precedence"
    PARTS = "parts"
    PIN = "pin"
    CAPACITY = "capacity"


class Violation(Part):
    """One thing that is wrong with a plan, as a sentence."""

    kind: Violated
    visit: str | None = None
    engineer: str | None = None
    says: str


class Objective(Part):
    """What a plan costs, in seconds of travel; lower is better. `lateness` has that of what is left out, too."""

    travel: float
    drops: float
    lateness: float
    stay: float

    @property
    def total(self) -> float:
        """Without `stay`, which is a means to keep plans steady and no cost of the field."""
        return self.travel + self.drops + self.lateness


class Evaluation(Part):
    """What an evaluation finds.

    Attributes:
        left_out: number of visits, by priority.
        late: number of visits that end after their deadline.
        moved: visits that are served by somebody else than their present engineer.
        kept: visits that have a present engineer, moved or not, and are served.
        busy: seconds of travel and visits, by engineer; `on_duty` of their duties without breaks.
    """

    violations: tuple[Violation, ...]
    objective: Objective
    left_out: dict[Priority, int]
    late: int
    moved: tuple[str, ...]
    kept: int
    kilometres: float
    busy: dict[str, int]
    on_duty: dict[str, int]


class Move(Part):
    """A visit that somebody else serves than who has it, with the reason."""

    visit: str
    present: str
    planned: str
    says: str
