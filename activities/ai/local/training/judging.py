"""How a model does on verified tickets that it was not fitted to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from activities.ai.local.calibration import Bin, brier, calibration_error, reliability
from activities.ai.local.engine import LocalDiagnostician
from activities.ai.local.training.counting import Counts
from activities.ai.local.training.probability import LEAST, given_to_truth
from activities.ai.local.training.verified import Lesson

BINS = 10


@dataclass(frozen=True, slots=True)
class Scores:
    """What is reported of a model; None where there is nothing to divide by.

    Attributes:
        cases: how many it was judged on; `answered` of them, the others were abstentions.
        right: answered ones whose first cause was the verified one.
        first: cases whose likeliest cause was the verified one, answered or not.
        with_code: cases with a verified problem code, and `code_right` those whose likeliest cause has that code.
        brier: mean of (confidence in the likeliest cause − whether it was the cause)², over the cases that had one. It
            says whether confidence can be believed, not whether there is much of it: silence costs nothing.
        brier_of_all: the mean over all cases of Σ(probability − truth)², over all causes (Brier 1950): 0 to 2.
        calibration_error: expected one, over ten bins.
        log_loss: mean of −ln(probability given to the verified cause), see `given_to_truth`.
    """

    cases: int
    answered: int
    right: int
    first: int
    with_code: int
    code_right: int
    brier: float | None
    brier_of_all: float | None
    calibration_error: float | None
    log_loss: float | None
    reliability: tuple[Bin, ...]

    @property
    def accuracy(self) -> float | None:
        """Share of the cases whose likeliest cause was the verified one."""
        return self.first / self.cases if self.cases else None


@dataclass(slots=True)
class Judge:
    """Judges one model, a case at a time; `given_to_truth` says what probability a case gets. None counts as less than
    1 in 10,000.
    """

    engine: LocalDiagnostician
    losses: list[float] = field(default_factory=list)
    """−ln(probability of the verified cause), case by case."""
    hits: list[bool] = field(default_factory=list)
    """Whether the likeliest cause was the verified one, case by case."""
    squares: list[float] = field(default_factory=list)
    """Σ(probability − truth)² over all causes, case by case."""
    _claims: list[tuple[float, bool]] = field(default_factory=list)
    _answered: int = 0
    _right: int = 0
    _with_code: int = 0
    _code_right: int = 0

    def add(self, lesson: Lesson) -> None:
        """Judge one more case."""
        truth, ranked = lesson.truth, self.engine.rank(lesson.case)
        confident = [one / 100 for one in self.engine.confident(ranked)]
        said = [truth.is_named_by(one) for one in ranked.findings]
        index = self.engine.index(lesson.case.equipment_type)
        unlisted = (len(index.faults) if index else 0) + 1 - sum(one.fault is not None for one in ranked.findings)
        given, each = given_to_truth(confident, said, unlisted)
        hit = bool(said) and said[0]
        self.losses.append(-math.log(max(given, LEAST)))
        self.squares.append(sum(one**2 for one in confident) + unlisted * each**2 - 2 * given + 1)
        self.hits.append(hit)
        if confident:
            self._claims.append((confident[0], hit))
            answered = 100 * confident[0] >= self.engine.model.abstain_below
            self._answered += answered
            self._right += answered and hit
        if truth.code is not None:
            self._with_code += 1
            self._code_right += bool(ranked.findings) and ranked.findings[0].code == truth.code

    def scores(self) -> Scores:
        """Over all cases so far."""
        return Scores(
            cases=len(self.losses),
            answered=self._answered,
            right=self._right,
            first=sum(self.hits),
            with_code=self._with_code,
            code_right=self._code_right,
            brier=brier(self._claims),
            brier_of_all=mean(self.squares) if self.squares else None,
            calibration_error=calibration_error(self._claims, BINS),
            log_loss=mean(self.losses) if self.losses else None,
            reliability=reliability(self._claims, BINS),
        )


@dataclass(slots=True)
class ByFrequency:
    """What nobody who reads descriptions may do worse than: every cause as often as it was before, whatever is said."""

    counts: Counts
    losses: list[float] = field(default_factory=list)
    hits: list[bool] = field(default_factory=list)

    def add(self, lesson: Lesson) -> None:
        """Judge it on one more case."""
        of_type, fault = lesson.case.equipment_type, lesson.truth.fault
        self.losses.append(-math.log(max(self.counts.share(of_type, fault), LEAST)))
        self.hits.append(fault is not None and fault == self.counts.commonest(of_type))


def mean(values: Sequence[float]) -> float:
    """The arithmetic mean; there must be a value."""
    return sum(values) / len(values)


def standard_error(values: Sequence[float]) -> float:
    """Of the mean; endless for fewer than two values, for then nothing is known of their spread."""
    if len(values) < 2:
        return math.inf
    middle = mean(values)
    return math.sqrt(sum((one - middle) ** 2 for one in values) / (len(values) - 1) / len(values))
