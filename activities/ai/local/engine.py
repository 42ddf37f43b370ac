"""The local diagnosis: which faults a case fits, how sure that is, and what follows. Pure, and the same every time."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from activities.ai.local.clues import Clue, Clues, find_clues
from activities.ai.local.faults import KnowledgeBase
from activities.ai.local.matching import FaultIndex
from activities.ai.local.model import LocalModel
from activities.ai.local.wording import Finding, abstention, answer
from activities.ai.local.words import language
from models.contracts.diagnosis import Diagnosis, DiagnosisCase

_SHOWN = 4
"""Hypotheses of an answer."""

_LEAST = 0.5
"""Percent of a hypothesis that is shown: less reads as 0 %."""

_LIKELIEST_OTHER = 0.9
"""Of what the first hypothesis leaves over, so that a second one is never as sure as its raw share may say."""


_SUREST = 0.98
"""Nothing that was measured supports more: of the surest held-back cases a few in a hundred were wrong."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """The faults of a case, best first, with shares of probability that are not calibrated yet; together below 1."""

    findings: tuple[Finding, ...]
    clues: Clues

    @property
    def raw(self) -> float:
        """Of the first; 0 if there is none."""
        return self.findings[0].share if self.findings else 0.0


class LocalDiagnostician:
    """Answers cases. Build it once: the knowledge base is indexed for every type of equipment.

    It follows nothing that a description asks for: sentences that talk to a model are left out, and the others are
    compared, never carried out.
    """

    def __init__(self, knowledge: KnowledgeBase, model: LocalModel) -> None:
        self.model = model
        self._indexes: Mapping[str, FaultIndex] = {
            equipment_type: FaultIndex(faults, language()) for equipment_type, faults in knowledge.faults.items()
        }

    def using(self, model: LocalModel) -> LocalDiagnostician:
        """The same with another model, without indexing anything again."""
        other = LocalDiagnostician.__new__(LocalDiagnostician)
        other.model, other._indexes = model, self._indexes
        return other

    def index(self, equipment_type: str) -> FaultIndex | None:
        """The faults of a type; None where there is no knowledge base for it."""
        return self._indexes.get(equipment_type)

    def diagnose(self, case: DiagnosisCase) -> Diagnosis:
        """An answer, or an abstention that says why."""
        if case.equipment_type not in self._indexes:
            return abstention(case, f"there is no knowledge base for {case.equipment_type}", ())
        ranked = self.rank(case)
        confident = self.confident(ranked)
        shown = tuple((one, sure) for one, sure in zip(ranked.findings, confident, strict=True) if sure > _LEAST)[
            :_SHOWN
        ]
        if not confident or confident[0] < self.model.abstain_below:
            return abstention(case, self._reason(ranked, confident), shown)
        return answer(case, shown)

    def _reason(self, ranked: Ranked, confident: tuple[float, ...]) -> str:
        """Why it abstains."""
        if ranked.clues.all_well:
            return "the description says that nothing is wrong, or that a routine visit is due, and names no fault"
        if confident:
            return (
                f"the likeliest cause ({ranked.findings[0].cause}) reaches {confident[0]:.0f} % only, "
                f"below {self.model.abstain_below:.0f} %"
            )
        if ranked.clues.denies:
            return "the description says what is well and names no fault, and no verified ticket is like it"
        what = "fits none of the known faults" if ranked.clues.knows_words else "names no symptom that is known"
        return f"the description {what} of this type, and no verified ticket is like it"

    def rank(self, case: DiagnosisCase) -> Ranked:
        """The findings of a case before calibration. The type must be one of the knowledge base."""
        clues = self.clues(case)
        return Ranked(_shares(clues, self.model), clues)

    def clues(self, case: DiagnosisCase) -> Clues:
        """What speaks for what; of the model only the words that it learnt have a part in that."""
        return find_clues(case, self._indexes[case.equipment_type], self.model.words)

    def confident(self, ranked: Ranked) -> tuple[float, ...]:
        """Calibrated confidences of the findings, percent, not rising."""
        found = claims([one.share for one in ranked.findings], self.model.calibration)
        return tuple(round(100 * one, 1) for one in found)


def claims(shares: Sequence[float], calibration: Callable[[float], float]) -> tuple[float, ...]:
    """What is claimed of findings with these shares, the largest first: calibrated, not rising, together below 1."""
    if not shares:
        return ()
    first = min(calibration(shares[0]), _SUREST)
    rest = max(1e-9, 1 - shares[0])
    left = min(1 - first, first) * _LIKELIEST_OTHER
    found = [first, *(left * share / rest for share in shares[1:])]
    for place in range(1, len(found)):
        found[place] = min(found[place], found[place - 1])
    return tuple(found)


def worth(clue: Clue, model: LocalModel) -> float:
    """The score that a finding has by a model."""
    prior = model.priors.get(clue.finding.fault.id, 0.0) if clue.finding.fault else 0.0
    past = model.ticket_weight * clue.tickets + model.history_weight * clue.history
    return clue.match + clue.learnt + prior + past


def _shares(clues: Clues, model: LocalModel) -> tuple[Finding, ...]:
    none_score = model.none_score + clues.chance
    scored = sorted(((worth(one, model), one.finding) for one in clues.found), key=lambda one: (-one[0], one[1].cause))
    top = max([none_score, *(score for score, _ in scored)])
    weights = [math.exp((score - top) / model.temperature) for score, _ in scored]
    total = sum(weights) + math.exp((none_score - top) / model.temperature)
    return tuple(finding.with_share(weight / total) for weight, (_, finding) in zip(weights, scored, strict=True))
