"""The candidates of a case for one stage: scored, explained, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from models.contracts.assigning import AssignmentWarning, Sentence
from models.contracts.recommendation import (
    CandidateFacts,
    EngineerCase,
    EngineerQuestion,
    ScoredEngineer,
    StageFacts,
    TrackFacts,
)
from models.instants import on_the_clock
from models.recommending import sentences as say
from models.recommending.concerns import concerns_of
from models.recommending.scores import Scores, scores_of
from models.recommending.seen import Seen, seen
from models.recommending.sentences import sentence
from models.recommending.shifts import Shifts
from models.travel import TravelModel
from models.vocabulary.assigning import AssignmentConcern, Gravity

PUT_TO_PROVIDERS = 6
"""Candidates that whoever recommends is told of: the three, and who comes after them."""

MANY_YEARS = 3.0
NEAR, FARTHEST = 60.0, 480.0
"""Minutes of travel."""
ENOUGH_JOBS = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """An engineer for a stage.

    Attributes:
        concerns: what is warned of when they are assigned.
    """

    seen: Seen
    scores: Scores
    concerns: tuple[AssignmentWarning, ...]

    @property
    def facts(self) -> CandidateFacts:
        return self.seen.facts

    @property
    def code(self) -> str:
        return self.seen.facts.code

    @property
    def minutes(self) -> float | None:
        """Of travel, on site."""
        return None if self.seen.way is None else self.seen.way.minutes

    @property
    def obstacle(self) -> AssignmentWarning | None:
        """Why they are not recommended: something grave, or they are farther away than anybody travels for a visit."""
        too_far = self.minutes is not None and self.minutes > FARTHEST
        return next(
            (
                one
                for one in self.concerns
                if one.gravity is not Gravity.WARNING or (too_far and one.kind is AssignmentConcern.FAR)
            ),
            None,
        )

    @property
    def strengths(self) -> tuple[Sentence, ...]:
        """What speaks for them."""
        return (*_knows(self.seen), *_is_free(self.seen), *_is_near(self.seen), *_has_proved(self.seen.facts))

    @property
    def doubts(self) -> tuple[Sentence, ...]:
        """What speaks against them beside the concerns, and is no reason to warn of."""
        return tuple(_doubts(self.seen))

    @property
    def scored(self) -> ScoredEngineer:
        """The same as it is put to whoever recommends, and kept."""
        scores = self.scores
        return ScoredEngineer(
            code=self.code,
            overall=scores.overall,
            expertise=scores.expertise,
            availability=scores.availability,
            location=scores.location,
            performance=scores.performance,
            workload=scores.workload,
            reasoning=reasoning(self),
            strengths=tuple(one.words for one in self.strengths),
            concerns=tuple(one.words for one in (*self.concerns, *self.doubts)),
        )


@dataclass(frozen=True, slots=True)
class Ranking:
    """The candidates for a stage.

    Attributes:
        suitable: who may be recommended, the best first.
        others: who may not, with what speaks against each; the best first.
        too_low: engineers who know the equipment and whose own level the stage does not take.
    """

    case: EngineerCase
    stage: StageFacts
    suitable: tuple[Candidate, ...]
    others: tuple[Candidate, ...]
    too_low: int

    def passed_over(self) -> tuple[str, ...]:
        """Why nobody else is among them, the commonest reason first."""
        reasons = Counter(one.obstacle.kind for one in self.others if one.obstacle is not None)
        told = [f"{number} {_PASSED_OVER[kind]}" for kind, number in reasons.most_common()]
        if self.too_low:
            told.append(f"{self.too_low} below level {self.stage.support_level.value}")
        return tuple(told)

    def question(self) -> EngineerQuestion:
        """What is put to whoever recommends."""
        best = self.suitable[:PUT_TO_PROVIDERS]
        return EngineerQuestion(
            number=self.case.number,
            stage=self.stage.name,
            equipment_type=self.case.unit.equipment_type,
            support_level=best[0].seen.needed if best else self.stage.support_level,
            on_site=self.stage.on_site,
            candidates=tuple(one.scored for one in best),
            passed_over=self.passed_over(),
        )


_PASSED_OVER = MappingProxyType(
    {
        AssignmentConcern.AWAY_THROUGHOUT: "away until after it is due",
        AssignmentConcern.AWAY: "away",
        AssignmentConcern.NO_EXPERTISE: "without expertise for this equipment",
        AssignmentConcern.OTHER_MAKES: "with expertise for other makes alone",
        AssignmentConcern.LEVEL_BELOW_STAGE: "with too low a level for this equipment",
        AssignmentConcern.CERTIFICATE_MISSING: "without the certificate that is asked for",
        AssignmentConcern.FAR: "too far away",
    }
)
"""How each obstacle is counted."""


def ranked(case: EngineerCase, stage: StageFacts, travel: TravelModel | None = None) -> Ranking:
    """The candidates of a case for a stage. Whoever scores the same comes by expertise, then by code."""
    travel, shifts = travel or TravelModel(), Shifts(case)
    active = [one for one in case.candidates if one.active]
    beside = [seen(case, stage, one, shifts, travel) for one in active if one.support_level.covers(stage.support_level)]
    found = sorted(
        (Candidate(one, scores_of(one), concerns_of(one)) for one in beside),
        key=lambda one: (-one.scores.overall, -one.scores.expertise, one.code),
    )
    return Ranking(
        case=case,
        stage=stage,
        suitable=tuple(one for one in found if one.obstacle is None),
        others=tuple(one for one in found if one.obstacle is not None),
        too_low=len(active) - len(beside),
    )


def reasoning(candidate: Candidate) -> str:
    """The scores in a sentence."""
    scores = candidate.scores
    where = "location does not count (remote)" if scores.location is None else f"location {scores.location:g}"
    return (
        f"{candidate.code} {candidate.facts.name}: {scores.overall:g} of 100. Expertise {scores.expertise:g}, "
        f"availability {scores.availability:g}, {where}, performance {scores.performance:g} "
        f"({_track(candidate.facts.track)}), workload {scores.workload:g}."
    )


def _track(track: TrackFacts) -> str:
    if not _has_track(track):
        return "no like tickets"
    return (
        f"{track.fixed_first} of {track.jobs} jobs fixed at the first visit, {track.on_time} of {track.timed} stages "
        f"on time, {track.reopened} of {track.tickets} tickets reopened"
    )


def _has_track(track: TrackFacts) -> bool:
    return bool(track.jobs or track.timed or track.tickets)


def _knows(one: Seen) -> Iterator[Sentence]:
    known, needed, unit = one.facts.expertise, one.needed, one.case.unit
    if known is None:
        return
    if known.support_level is needed:
        yield sentence(say.EXACT_LEVEL, level=needed.value)
    elif known.support_level.covers(needed):
        yield sentence(say.HIGHER_LEVEL, level=known.support_level.value, needed=needed.value)
    if known.years >= MANY_YEARS:
        yield sentence(say.YEARS, years=f"{known.years:g}", equipment=unit.equipment_type)
    if known.make_specific:
        yield sentence(say.MAKE, equipment=unit.equipment_type, make=unit.manufacturer)
    if known.certification is not None and one.is_certified(one.day):
        yield sentence(say.CERTIFIED, certificate=known.certification)


def _is_free(one: Seen) -> Iterator[Sentence]:
    if one.free_from == one.expected:
        yield sentence(say.FREE_THEN)


def _is_near(one: Seen) -> Iterator[Sentence]:
    if one.way is None:
        yield sentence(say.REMOTE)
    elif one.way.minutes <= NEAR and not one.way.assumed:
        yield sentence(say.NEAR, minutes=f"{one.way.minutes:.0f}")


def _has_proved(facts: CandidateFacts) -> Iterator[Sentence]:
    track = facts.track
    if track.jobs >= ENOUGH_JOBS and 2 * track.fixed_first >= track.jobs:
        yield sentence(say.FIXED_FIRST, fixed=track.fixed_first, jobs=track.jobs)
    if 2 * facts.load <= facts.capacity:
        yield sentence(say.ROOM, load=facts.load, capacity=facts.capacity, visits=facts.open_visits)


def _doubts(one: Seen) -> Iterator[Sentence]:
    if one.free_from is None:
        yield sentence(say.NEVER_FREE)
    elif one.free_from > one.expected:
        hours = f"{(one.free_from - one.expected) / timedelta(hours=1):.1f}"
        yield sentence(say.FREE_LATER, free=on_the_clock(one.free_from, one.facts.time_zone), hours=hours)
    if not _has_track(one.facts.track):
        yield sentence(say.NO_TRACK)
