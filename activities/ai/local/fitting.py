"""Fitting the local engine to cases whose cause is known, and judging it on cases that it was not fitted to."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from activities.ai.local.calibration import Outcomes, Platt, brier, calibration_error, fit_platt
from activities.ai.local.denials import find_denials
from activities.ai.local.engine import LocalDiagnostician
from activities.ai.local.faults import KnowledgeBase
from activities.ai.local.model import LocalModel
from models.contracts.diagnosis import DiagnosisCase

TEMPERATURES = (1.0, 1.5, 2.0, 2.5)
NONE_SCORES = (1.5, 2.5, 3.5)
_LEAST = 1e-4
"""Of a share, when its logarithm is taken: one hopeless case must not decide."""


@dataclass(frozen=True, slots=True)
class KnownCase:
    """A case and the fault that was its cause, by its id in the knowledge base; None: no entry explains it."""

    case: DiagnosisCase
    fault: str | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """How a model did.

    Attributes:
        cases: how many there were.
        known: how many of them had a fault of the knowledge base as their cause.
        answered: cases that were answered; the others were abstentions.
        right: of the answered ones, those whose first hypothesis was the cause.
        first: of the known ones, those whose likeliest fault was the cause, answered or not.
        brier: of the confidence in the likeliest fault, over all cases in which there was one.
        calibration_error: likewise, see there.
        outcomes: those confidences, 0 to 1, with what came true.
    """

    cases: int
    known: int
    answered: int
    right: int
    first: int
    brier: float | None
    calibration_error: float | None
    outcomes: Outcomes


def read_cases(path: Path) -> tuple[tuple[KnownCase, ...], tuple[KnownCase, ...]]:
    """Cases of a TOML file: for each type of equipment descriptions by fault, or by `none`.

    Returns:
        Those to fit to (the first, third, … description of each fault) and those held back (the second, fourth, …).
    """
    content: dict[str, dict[str, list[str]]] = tomllib.loads(path.read_text(encoding="utf-8"))
    halves: tuple[list[KnownCase], list[KnownCase]] = ([], [])
    for equipment_type, faults in content.items():
        for fault, descriptions in faults.items():
            for number, description in enumerate(descriptions):
                case = DiagnosisCase(description=description, equipment_type=equipment_type)
                halves[number % 2].append(KnownCase(case, None if fault == "none" else fault))
    return tuple(halves[0]), tuple(halves[1])


def with_terse_ones(cases: Iterable[KnownCase]) -> tuple[KnownCase, ...]:
    """The cases, and each once more as the first half of its words: reports are often shorter than one would like.

    Those in which no fault is told of and something is denied are not halved: half of "valve works" is no such report.
    """
    found = []
    for one in cases:
        found.append(one)
        words = one.case.description.split()
        if len(words) >= 4 and not (one.fault is None and find_denials(one.case.description).spans):
            half = " ".join(words[: len(words) // 2])
            found.append(KnownCase(one.case.model_copy(update={"description": half}), one.fault))
    return tuple(found)


def fit_model(knowledge: KnowledgeBase, cases: Sequence[KnownCase], start: LocalModel, fitted_on: str) -> LocalModel:
    """The model that fits the cases best; what is not fitted is as in `start`.

    Temperature and the worth of "no known fault" are those of a small grid under which the causes are likeliest. Then
    confidences are calibrated to how often the likeliest fault is the cause.
    """

    def fitness(model: LocalModel) -> float:
        return _log_likelihood(LocalDiagnostician(knowledge, model), cases)

    plain: dict[str, Any] = {"calibration": Platt(), "fitted_on": fitted_on}
    candidates = [
        start.model_copy(update={"temperature": temperature, "none_score": none_score, **plain})
        for temperature in TEMPERATURES
        for none_score in NONE_SCORES
    ]
    best = max(candidates, key=fitness)
    outcomes = _outcomes(LocalDiagnostician(knowledge, best), cases)
    return best.model_copy(update={"calibration": fit_platt(outcomes)})


def judge(knowledge: KnowledgeBase, model: LocalModel, cases: Sequence[KnownCase]) -> Judgement:
    """How a model does on cases."""
    engine = LocalDiagnostician(knowledge, model)
    outcomes = _outcomes(engine, cases)
    answered = right = first = 0
    for one in cases:
        ranked = engine.rank(one.case)
        fault = ranked.findings[0].fault if ranked.findings else None
        hit = fault is not None and fault.id == one.fault
        first += hit
        if not engine.diagnose(one.case).abstained_because:
            answered += 1
            right += hit
    return Judgement(
        cases=len(cases),
        known=sum(one.fault is not None for one in cases),
        answered=answered,
        right=right,
        first=first,
        brier=brier(outcomes),
        calibration_error=calibration_error(outcomes, bins=5),
        outcomes=outcomes,
    )


def _outcomes(engine: LocalDiagnostician, cases: Iterable[KnownCase]) -> Outcomes:
    found = []
    for one in cases:
        ranked = engine.rank(one.case)
        if ranked.findings:
            fault = ranked.findings[0].fault
            found.append((engine.confident(ranked)[0] / 100, fault is not None and fault.id == one.fault))
    return found


def _log_likelihood(engine: LocalDiagnostician, cases: Iterable[KnownCase]) -> float:
    total = 0.0
    for one in cases:
        shares = {finding.fault.id: finding.share for finding in engine.rank(one.case).findings if finding.fault}
        share = 1 - sum(shares.values()) if one.fault is None else shares.get(one.fault, 0.0)
        total += math.log(max(share, _LEAST))
    return total
