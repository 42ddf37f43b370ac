"""The five parts of an engineer's score for a stage, each 0 to 100, and their weighted mean.

docs/engineers.md has the formulas as a table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from models.contracts.recommendation import ExpertiseFacts, ScoreWeights, TrackFacts
from models.recommending.seen import LEVELS, Seen
from models.recommending.shifts import leaves_between
from models.vocabulary.people import Capability, SupportLevel
from models.vocabulary.stages import StageType

NEEDED: Final[Mapping[StageType, frozenset[Capability]]] = MappingProxyType(
    {
        StageType.DIAGNOSIS: frozenset({Capability.DIAGNOSE}),
        StageType.ASSESSMENT: frozenset({Capability.DIAGNOSE}),
        StageType.PROCUREMENT: frozenset(),
        StageType.REPAIR: frozenset({Capability.REPAIR}),
        StageType.TESTING: frozenset({Capability.REPAIR, Capability.CALIBRATE}),
        StageType.COMPLETION: frozenset(),
    }
)
"""What one has to be able to do for the work of a stage."""

LEVEL_POINTS, ABOVE_COSTS, BELOW_COSTS = 40.0, 12.0, 25.0
YEARS_POINTS, YEARS_ENOUGH = 25.0, 10.0
MAKE_POINTS, GENERAL_POINTS = 15.0, 8.0
CAPABILITY_POINTS = 10.0
CERTIFICATE_POINTS = 10.0

WAIT_HALVES = timedelta(hours=8)
"""Who is free so much later is half as available."""
LEAVES_EARLY = 0.75
"""What is left of availability where an absence begins before the work is due."""
WAY_HALVES = 60.0
"""Minutes of travel that halve the score of the location."""

PRIOR = 5.0
"""So many like tickets of the mean are added to each rate: with few of their own, an engineer is near the mean."""
UNKNOWN_RATE = 0.5
"""Where nobody has a like ticket."""
PERFORMANCE_PARTS: Final = MappingProxyType({"fixed_first": 0.4, "on_time": 0.3, "kept": 0.2, "rating": 0.1})
BEST_RATING = 10

SHARE_POINTS, VISITS_POINTS, VISITS_HALVE = 70.0, 30.0, 3.0


@dataclass(frozen=True, slots=True)
class Scores:
    """Each 0 to 100, to one decimal. `location` None: the work is remote, and it does not count."""

    overall: float
    expertise: float
    availability: float
    location: float | None
    performance: float
    workload: float


def scores_of(one: Seen) -> Scores:
    """The scores of a candidate for a stage, at the time at which its work is expected."""
    facts = one.facts
    parts = {
        "expertise": expertise_score(
            facts.expertise, one.stage.stage_type, one.needed, is_certified=one.is_certified(one.day)
        ),
        "availability": availability_score(
            one.expected, one.free_from, leaves=any(leaves_between(facts, one.expected, one.due or one.expected))
        ),
        "performance": performance_score(facts.track, one.case.all_like),
        "workload": workload_score(facts.load, facts.capacity, facts.open_visits),
    }
    if one.way is not None:
        parts["location"] = location_score(one.way.minutes)
    parts = {name: _rounded(score) for name, score in parts.items()}
    return Scores(
        overall=_rounded(overall_score(one.stage.weights, parts)),
        expertise=parts["expertise"],
        availability=parts["availability"],
        location=parts.get("location"),
        performance=parts["performance"],
        workload=parts["workload"],
    )


def overall_score(weights: ScoreWeights, parts: Mapping[str, float]) -> float:
    """The weighted mean of the parts that there are; the plain one where none of these has a weight."""
    weighted = [(float(getattr(weights, name)), score) for name, score in sorted(parts.items())]
    total = sum(weight for weight, _ in weighted)
    if total <= 0:
        return sum(parts.values()) / len(parts)
    return sum(weight * score for weight, score in weighted) / total


def expertise_score(
    known: ExpertiseFacts | None, work: StageType, needed: SupportLevel, *, is_certified: bool
) -> float:
    """Level (best fit: above what is needed costs less than below), years, make, capabilities, certificate."""
    if known is None:
        return 0.0
    above = LEVELS.index(known.support_level) - LEVELS.index(needed)
    level = LEVEL_POINTS - (ABOVE_COSTS * above if above >= 0 else BELOW_COSTS * -above)
    years = YEARS_POINTS * min(1.0, known.years / YEARS_ENOUGH)
    make = MAKE_POINTS if known.make_specific else GENERAL_POINTS
    wanted = NEEDED[work]
    share = len(wanted & set(known.capabilities)) / len(wanted) if wanted else 1.0
    certificate = CERTIFICATE_POINTS if is_certified else 0.0
    return max(0.0, level) + years + make + CAPABILITY_POINTS * share + certificate


def availability_score(expected: datetime, free_from: datetime | None, *, leaves: bool = False) -> float:
    """Halved by each `WAIT_HALVES` that pass until they are free; less where they leave before the work is due."""
    if free_from is None:
        return 0.0
    waits = max(free_from - expected, timedelta(0))
    return float(100.0 * 0.5 ** (waits / WAIT_HALVES)) * (LEAVES_EARLY if leaves else 1.0)


def location_score(minutes: float) -> float:
    """Halved by each `WAY_HALVES` minutes of travel."""
    return float(100.0 * 0.5 ** (max(0.0, minutes) / WAY_HALVES))


def performance_score(track: TrackFacts, everybody: TrackFacts) -> float:
    """Rates of like tickets, each shrunk to the mean of everybody's by `PRIOR` tickets of it."""
    rates = {
        "fixed_first": _shrunk(track.fixed_first, track.jobs, everybody.fixed_first, everybody.jobs),
        "on_time": _shrunk(track.on_time, track.timed, everybody.on_time, everybody.timed),
        "kept": _shrunk(
            track.tickets - track.reopened,
            track.tickets,
            everybody.tickets - everybody.reopened,
            everybody.tickets,
        ),
        "rating": _shrunk(
            track.rating_sum / BEST_RATING, track.ratings, everybody.rating_sum / BEST_RATING, everybody.ratings
        ),
    }
    return 100.0 * sum(share * rates[name] for name, share in PERFORMANCE_PARTS.items())


def _shrunk(good: float, number: int, good_of_all: float, number_of_all: int) -> float:
    mean = good_of_all / number_of_all if number_of_all else UNKNOWN_RATE
    return (good + PRIOR * mean) / (number + PRIOR)


def workload_score(load: int, capacity: int, open_visits: int) -> float:
    """The share of the month's capacity that is left, and fewer points with every visit that is open."""
    left = 1.0 - min(1.0, load / capacity)
    return float(SHARE_POINTS * left + VISITS_POINTS * 0.5 ** (open_visits / VISITS_HALVE))


def _rounded(score: float) -> float:
    return round(min(100.0, max(0.0, score)), 1)
