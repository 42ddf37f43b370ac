"""How far confidences can be believed, and how they are made believable. Probabilities here are 0 to 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

Outcomes = Sequence[tuple[float, bool]]
"""Pairs of a claimed probability and whether it came true."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Claims between two probabilities: how many, what they claimed on average, how many came true."""

    low: float
    high: float
    count: int
    mean_confidence: float
    accuracy: float


def brier(outcomes: Outcomes) -> float | None:
    """Mean of (probability − truth)², 0 is perfect (Brier 1950, of the one claim that was made); None for no claims."""
    if not outcomes:
        return None
    return sum((claimed - came) ** 2 for claimed, came in outcomes) / len(outcomes)


def reliability(outcomes: Outcomes, bins: int = 10) -> tuple[Bin, ...]:
    """Claims by probability, in bins of equal width; empty ones are left out."""
    found = []
    for number in range(bins):
        low, high = number / bins, (number + 1) / bins
        inside = [one for one in outcomes if low <= one[0] < high or (high == 1 and one[0] == 1)]
        if inside:
            found.append(
                Bin(
                    low,
                    high,
                    len(inside),
                    sum(claimed for claimed, _ in inside) / len(inside),
                    sum(came for _, came in inside) / len(inside),
                )
            )
    return tuple(found)


def calibration_error(outcomes: Outcomes, bins: int = 10) -> float | None:
    """Expected calibration error: |mean confidence − accuracy| over the bins, weighted by their claims."""
    if not outcomes:
        return None
    return sum(one.count * abs(one.mean_confidence - one.accuracy) for one in reliability(outcomes, bins)) / len(
        outcomes
    )


class Platt(BaseModel):
    """A raw probability made believable: sigmoid(slope · logit(raw) + intercept) (Platt 1999)."""

    model_config = ConfigDict(frozen=True)

    slope: float = 1.0
    intercept: float = 0.0

    def __call__(self, raw: float) -> float:
        return sigmoid(self.slope * logit(raw) + self.intercept)


def fit_platt(outcomes: Outcomes, pull: float = 1.0, rounds: int = 60) -> Platt:
    """The two numbers that make `outcomes` likeliest, by Newton's method.

    Args:
        outcomes: raw probabilities and what came true.
        pull: of a ridge towards leaving them as they are (slope 1, intercept 0), in outcomes' worth: few outcomes
            change little, and outcomes that are all true or all false have a solution at all.
    """
    slope, intercept = 1.0, 0.0
    points = [(logit(raw), float(came)) for raw, came in outcomes]
    for _ in range(rounds):
        gradient = [pull * (slope - 1), pull * intercept]
        hessian = [pull, 0.0, pull]
        for x, came in points:
            p = sigmoid(slope * x + intercept)
            weight = max(p * (1 - p), 1e-9)
            gradient[0] += (p - came) * x
            gradient[1] += p - came
            hessian[0] += weight * x * x
            hessian[1] += weight * x
            hessian[2] += weight
        determinant = hessian[0] * hessian[2] - hessian[1] ** 2
        step = (
            (hessian[2] * gradient[0] - hessian[1] * gradient[1]) / determinant,
            (hessian[0] * gradient[1] - hessian[1] * gradient[0]) / determinant,
        )
        slope, intercept = slope - step[0], intercept - step[1]
        if max(map(abs, step)) < 1e-9:
            break
    return Platt(slope=round(slope, 6), intercept=round(intercept, 6))


def logit(probability: float) -> float:
    """ln(p / (1 − p)), with p kept a little away from 0 and 1."""
    kept = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(kept / (1 - kept))


def sigmoid(value: float) -> float:
    """1 / (1 + e^−x), without overflow."""
    if value >= 0:
        return 1 / (1 + math.exp(-value))
    grown = math.exp(value)
    return grown / (1 + grown)
