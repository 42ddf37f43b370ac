"""Which faults strike a drill's stack, when, and for how long: all of it follows from a seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Lane(StrEnum):
    """What a fault takes hold of; two faults never hold the same thing at once, so that each does what it says."""

    WORKERS = "workers"
    TEMPORAL = "Temporal"
    POSTGRES = "PostgreSQL"
    TEMPORAL_LINK = "the link to Temporal"
    DATABASE_LINK = "the link to PostgreSQL"
    HOUSE = "the other house"


class FaultKind(StrEnum):
    """One kind of fault; the value is how reports call it."""

    KILL_WORKER = "a worker killed"
    FREEZE_WORKER = "a worker frozen"
    KILL_TEMPORAL = "Temporal killed"
    FREEZE_TEMPORAL = "Temporal frozen"
    KILL_POSTGRES = "PostgreSQL killed"
    FREEZE_POSTGRES = "PostgreSQL frozen"
    KILL_BACKEND = "a backend of PostgreSQL killed"
    FREEZE_BACKEND = "a backend of PostgreSQL frozen"
    FREEZE_ALL = "everything frozen at once"
    KILL_STACK = "the whole stack killed"
    SLOW_DATABASE = "a slow link to PostgreSQL"
    SLOW_TEMPORAL = "a slow link to Temporal"
    READ_ONLY = "the database set read-only"
    FULL_DISK = "the disk of the home full"
    HOUSE_AWAY = "the other house away"
    HOUSE_SLOW = "the other house slow"
    HOUSE_FAILS = "the other house answers 500"
    HOUSE_SILENT = "the other house never answers"


ENGINES = (Lane.WORKERS, Lane.TEMPORAL, Lane.POSTGRES)
LANES: Mapping[FaultKind, Sequence[Lane]] = {
    FaultKind.KILL_WORKER: (Lane.WORKERS,),
    FaultKind.FREEZE_WORKER: (Lane.WORKERS,),
    FaultKind.KILL_TEMPORAL: (Lane.TEMPORAL,),
    FaultKind.FREEZE_TEMPORAL: (Lane.TEMPORAL,),
    FaultKind.KILL_POSTGRES: (Lane.POSTGRES,),
    FaultKind.FREEZE_POSTGRES: (Lane.POSTGRES,),
    FaultKind.KILL_BACKEND: (Lane.POSTGRES,),
    FaultKind.FREEZE_BACKEND: (Lane.POSTGRES,),
    FaultKind.FREEZE_ALL: ENGINES,
    FaultKind.KILL_STACK: ENGINES,
    FaultKind.SLOW_DATABASE: (Lane.DATABASE_LINK,),
    FaultKind.SLOW_TEMPORAL: (Lane.TEMPORAL_LINK,),
    FaultKind.READ_ONLY: (Lane.POSTGRES,),
    FaultKind.FULL_DISK: (Lane.TEMPORAL, Lane.POSTGRES),
    FaultKind.HOUSE_AWAY: (Lane.HOUSE,),
    FaultKind.HOUSE_SLOW: (Lane.HOUSE,),
    FaultKind.HOUSE_FAILS: (Lane.HOUSE,),
    FaultKind.HOUSE_SILENT: (Lane.HOUSE,),
}
WEIGHTS: Mapping[FaultKind, int] = {
    FaultKind.KILL_WORKER: 18,
    FaultKind.FREEZE_WORKER: 16,
    FaultKind.KILL_TEMPORAL: 5,
    FaultKind.FREEZE_TEMPORAL: 10,
    FaultKind.KILL_POSTGRES: 5,
    FaultKind.FREEZE_POSTGRES: 13,
    FaultKind.KILL_BACKEND: 4,
    FaultKind.FREEZE_BACKEND: 8,
    FaultKind.FREEZE_ALL: 3,
    FaultKind.KILL_STACK: 2,
    FaultKind.SLOW_DATABASE: 7,
    FaultKind.SLOW_TEMPORAL: 5,
    FaultKind.READ_ONLY: 2,
    FaultKind.FULL_DISK: 2,
    FaultKind.HOUSE_AWAY: 4,
    FaultKind.HOUSE_SLOW: 4,
    FaultKind.HOUSE_FAILS: 4,
    FaultKind.HOUSE_SILENT: 3,
}
WIDE = tuple(kind for kind in FaultKind if len(LANES[kind]) > 1)
"""What several lanes have to be free for: a wave begins with one of these, or they would hardly ever come."""

SHORTEST = 1.0
"""Seconds that a fault lasts at the least."""

LASTING = ((1.0, 40), (2.0, 24), (4.0, 20), (8.0, 9), (15.0, 5), (30.0, 2))
"""Seconds that faults last, by weight: most are short, so that many fit into a drill; some outlast every time-out."""

OUTAGE = 3.0
"""Seconds that what was killed stays away, at the most."""

DELAYS = (0.05, 0.3, 1.0, 2.5)
"""Seconds by which a slow link delays either way."""

REST = 0.5
"""Seconds that a thing is left alone after a fault."""

WAVE = 12
CALM = 6.0
"""After so many faults, nothing strikes for so many seconds: somebody has to get something done."""


FORGETFUL = 0.4
"""The share of new workers that keep no workflow in memory."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: `at` seconds after the first command it strikes, and `lasting` seconds later it is mended.

    Attributes:
        which: chooses among several workers or backends.
        delay: seconds, of a slow link.
        forgetful: a worker that comes after a killed one keeps no workflow in memory, so it replays every task.
    """

    at: float
    kind: FaultKind
    lasting: float
    which: int = 0
    delay: float = 0.0
    forgetful: bool = False


def schedule(
    seed: int, faults: int, *, longest: float = 30.0, gap: float = 2.0, without: frozenset[FaultKind] = frozenset()
) -> tuple[Fault, ...]:
    """The faults of a drill, in the order in which they strike. The same arguments give the same faults.

    Args:
        longest: no fault lasts longer; seconds.
        gap: seconds between two faults, on average; they may overlap.
        without: kinds that can't be had here. The other faults stay where they are.
    """
    lots = Random(f"faults {seed}")  # noqa: S311  # a schedule that can be repeated, no secret
    free = dict.fromkeys(Lane, 0.0)
    now, planned = 0.0, list[Fault]()
    for number in range(faults):
        if number % WAVE:
            now += min(lots.expovariate(1 / gap), 4 * gap)
        else:
            now = max(now, *free.values()) + (CALM if number else 0)
        among = WEIGHTS if number % WAVE else WIDE
        while not (possible := [kind for kind in among if all(free[lane] <= now for lane in LANES[kind])]):
            now = min(until for until in free.values() if until > now)
        kind = lots.choices(possible, [WEIGHTS[kind] for kind in possible])[0]
        fault = Fault(
            at=now,
            kind=kind,
            lasting=max(SHORTEST, min(_lasting(kind, lots), longest)),
            which=lots.randrange(1000),
            delay=lots.choice(DELAYS),
            forgetful=lots.random() < FORGETFUL,
        )
        for lane in LANES[kind]:
            free[lane] = now + fault.lasting + REST
        planned.append(fault)
    return tuple(fault for fault in planned if fault.kind not in without)


def _lasting(kind: FaultKind, lots: Random) -> float:
    drawn = lots.choices([length for length, _ in LASTING], [weight for _, weight in LASTING])[0]
    killed = kind in {FaultKind.KILL_WORKER, FaultKind.KILL_TEMPORAL, FaultKind.KILL_POSTGRES, FaultKind.KILL_STACK}
    return min(drawn, OUTAGE) if killed else drawn
