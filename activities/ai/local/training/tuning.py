"""The numbers of the engine, tuned to cases that nothing was counted from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from activities.ai.local.calibration import Platt, fit_platt
from activities.ai.local.engine import LocalDiagnostician, claims
from activities.ai.local.model import LocalModel
from activities.ai.local.training.probability import LEAST, given_to_truth
from activities.ai.local.training.verified import Lesson

_PRICE = 1.0
"""What a number must gain in log likelihood to be moved from the shipped one (Akaike 1974: one a parameter)."""

_SWEEPS = 4

MOST_EXAMPLES = 10_000
"""That are kept in memory, some 2 kB each: there are more where very many tickets were verified at one moment."""


class _Candidate(NamedTuple):
    match: float
    prior: float
    learnt: float
    tickets: float
    history: float
    without_words: bool
    """Whether it is a candidate without learnt words, too."""
    is_true: bool


@dataclass(frozen=True, slots=True)
class Example:
    """A lesson as numbers. `unlisted`: how many causes there are beside the candidates, with learnt words and without;
    faults of the type, and one for all causes that no entry knows.
    """

    candidates: tuple[_Candidate, ...]
    chance: float
    unlisted: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Numbers:
    """What is tuned."""

    temperature: float
    none_score: float
    ticket_weight: float
    history_weight: float
    prior_weight: float = 0.0
    word_weight: float = 0.0


GRIDS: Mapping[str, tuple[float, ...]] = {
    "temperature": (0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 2.5, 3.5),
    "none_score": (-1.0, 0.0, 0.5, 1.0, 1.5, 2.5, 3.5, 5.0),
    "prior_weight": (0.0, 0.5, 1.0, 1.5, 2.0),
    "word_weight": (0.0, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5),
    "ticket_weight": (0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0),
    "history_weight": (0.0, 0.5, 1.0, 2.0, 3.0),
}


class Tuner:
    """Tunes a model that starts from the shipped one, with these priors and words at full weight."""

    def __init__(
        self,
        engine: LocalDiagnostician,
        start: LocalModel,
        priors: Mapping[str, float],
        words: Mapping[str, Mapping[str, float]],
    ) -> None:
        self._start, self._priors, self._words = start, priors, words
        self._engine = engine.using(start.model_copy(update={"words": words}))
        self.examples: list[Example] = []

    def add(self, lesson: Lesson) -> None:
        """One more example; beyond `MOST_EXAMPLES` it is passed over."""
        if len(self.examples) >= MOST_EXAMPLES:
            return
        clues = self._engine.clues(lesson.case)
        candidates = tuple(
            _Candidate(
                one.match,
                self._priors.get(one.finding.fault.id, 0.0) if one.finding.fault else 0.0,
                one.learnt,
                one.tickets,
                one.history,
                bool(one.finding.tokens or one.finding.tickets),
                lesson.truth.is_named_by(one.finding),
            )
            for one in clues.found
        )
        known = [one.finding for one in clues.found if one.finding.fault]
        index = self._engine.index(lesson.case.equipment_type)
        causes = (len(index.faults) if index else 0) + 1
        unlisted = causes - len(known), causes - sum(bool(one.tokens or one.tickets) for one in known)
        self.examples.append(Example(candidates, clues.chance, unlisted))

    def tuned(self, fitted_on: str) -> LocalModel:
        """The model under which the true causes are likeliest, calibrated to how often its first cause is right."""
        start = Numbers(
            self._start.temperature, self._start.none_score, self._start.ticket_weight, self._start.history_weight
        )
        tuned = _climb(start, self.examples)
        # Raw shares were climbed by, and calibrated ones are served: what is no better when served is left as it was.
        numbers, calibration = min(
            ((n, c) for n in (start, tuned) for c in (self._start.calibration, self._calibration(n))),
            key=lambda pair: self._served_loss(*pair),
        )
        weighted = {fault: round(numbers.prior_weight * score, 3) for fault, score in self._priors.items()}
        words = {
            fault: {word: round(numbers.word_weight * score, 2) for word, score in of_fault.items()}
            for fault, of_fault in self._words.items()
        }
        return LocalModel(
            revision=self._start.revision,
            fitted_on=fitted_on,
            temperature=numbers.temperature,
            none_score=numbers.none_score,
            ticket_weight=numbers.ticket_weight,
            history_weight=numbers.history_weight,
            priors=weighted if numbers.prior_weight else {},
            words=words if numbers.word_weight else {},
            calibration=calibration,
            abstain_below=self._start.abstain_below,
        )

    def _calibration(self, numbers: Numbers) -> Platt:
        outcomes = []
        for one in self.examples:
            shares = _shares(one, numbers)
            if shares:
                share, came = max(shares, key=lambda pair: pair[0])
                outcomes.append((share, came))
        return fit_platt(outcomes)

    def _served_loss(self, numbers: Numbers, calibration: Platt) -> float:
        total = 0.0
        for one in self.examples:
            shares = sorted(_shares(one, numbers), key=lambda pair: -pair[0])
            claimed = claims([share for share, _ in shares], calibration)
            unlisted = one.unlisted[0 if numbers.word_weight else 1]
            given, _ = given_to_truth(claimed, [is_true for _, is_true in shares], unlisted)
            total -= math.log(max(given, LEAST))
        return total


def _climb(start: Numbers, examples: Sequence[Example]) -> Numbers:
    """One number after the other to its best place, until none moves."""

    def fitness(numbers: Numbers) -> float:
        moved: int = sum(getattr(numbers, name) != getattr(start, name) for name in GRIDS)
        return _log_likelihood(examples, numbers) - _PRICE * moved

    best, reached = start, fitness(start)
    for _ in range(_SWEEPS):
        before = best
        for name, grid in GRIDS.items():
            for value in grid:
                if value != getattr(best, name):
                    tried = replace(best, **{name: value})
                    if (there := fitness(tried)) > reached:
                        best, reached = tried, there
        if best == before:
            break
    return best


def _log_likelihood(examples: Iterable[Example], numbers: Numbers) -> float:
    total = 0.0
    for one in examples:
        shares = _shares(one, numbers)
        unlisted = one.unlisted[0 if numbers.word_weight else 1]
        true, _ = given_to_truth([share for share, _ in shares], [is_true for _, is_true in shares], unlisted)
        total += math.log(max(true, LEAST))
    return total


def _shares(one: Example, numbers: Numbers) -> list[tuple[float, bool]]:
    """As the engine works them out (`activities.ai.local.engine`), in fewer steps."""
    weigh_words = numbers.word_weight
    scores = [
        c.match
        + numbers.prior_weight * c.prior
        + weigh_words * c.learnt
        + numbers.ticket_weight * c.tickets
        + numbers.history_weight * c.history
        for c in one.candidates
        if c.without_words or weigh_words
    ]
    none = numbers.none_score + one.chance
    top = max([none, *scores])
    weights = [math.exp((score - top) / numbers.temperature) for score in scores]
    total = sum(weights) + math.exp((none - top) / numbers.temperature)
    trues = [c.is_true for c in one.candidates if c.without_words or weigh_words]
    return [(weight / total, is_true) for weight, is_true in zip(weights, trues, strict=True)]
