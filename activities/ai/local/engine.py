"""The local diagnosis: which faults a case fits, how sure that is, and what follows. Pure, and the same every time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from activities.ai.faults import KnowledgeBase
from activities.ai.instructions import without_instructions
from activities.ai.local.matching import FaultIndex, Match
from activities.ai.local.model import LocalModel
from activities.ai.local.precedents import Precedents, precedents
from activities.ai.local.wording import Finding, abstention, answer
from activities.ai.local.words import Token, language
from models.contracts.diagnosis import Diagnosis, DiagnosisCase

_SHOWN = 4
"""Hypotheses of an answer."""

_LIKELIEST_OTHER = 0.9
"""Of what the first hypothesis leaves over, so that a second one is never as sure as its raw share may say."""


_SUREST = 98.0
"""Percent. Nothing that was measured supports more: of the surest held-back cases a few in a hundred were wrong."""


_USUAL_LENGTH = 12
"""Words of a description that say something, as reports have them."""

_CHANCE = 1.2
"""Score by which "no known fault" gains for each factor e of more words: in a long text some phrase fits by chance."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """The faults of a case, best first, with shares of probability that are not calibrated yet; together below 1."""

    findings: tuple[Finding, ...]
    knows_words: bool

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
        self._model = model
        self._indexes: Mapping[str, FaultIndex] = {
            equipment_type: FaultIndex(faults, language()) for equipment_type, faults in knowledge.faults.items()
        }

    def diagnose(self, case: DiagnosisCase) -> Diagnosis:
        """An answer, or an abstention that says why."""
        if case.equipment_type not in self._indexes:
            return abstention(case, f"there is no knowledge base for {case.equipment_type}", ())
        ranked = self.rank(case)
        if not ranked.findings:
            what = "fits none of the known faults" if ranked.knows_words else "names no symptom that is known"
            return abstention(case, f"the description {what} of this type, and no verified ticket is like it", ())
        confident = self.confident(ranked)
        if confident[0] < self._model.abstain_below:
            likeliest = ranked.findings[0]
            return abstention(
                case,
                f"the likeliest cause ({likeliest.cause}) reaches {confident[0]:.0f} % only, "
                f"below {self._model.abstain_below:.0f} %",
                tuple(zip(ranked.findings[:_SHOWN], confident, strict=False)),
            )
        return answer(case, tuple(zip(ranked.findings[:_SHOWN], confident, strict=False)))

    def rank(self, case: DiagnosisCase) -> Ranked:
        """The findings of a case before calibration. The type must be one of the knowledge base."""
        index = self._indexes[case.equipment_type]
        sentences = tuple(language().sentences(without_instructions(case.description)))
        matches = {one.fault.id: one for one in index.match(sentences)}
        past = precedents(case, index)
        words = sum(len(sentence) for sentence in sentences)
        none_score = self._model.none_score + _CHANCE * math.log(max(words / _USUAL_LENGTH, 1.0))
        return Ranked(self._shares(index, matches, past, none_score), index.knows(sentences))

    def confident(self, ranked: Ranked) -> tuple[float, ...]:
        """Calibrated confidences of the findings, percent, not rising."""
        if not ranked.findings:
            return ()
        first = min(self._model.calibration(ranked.raw), _SUREST / 100)
        rest = max(1e-9, 1 - ranked.raw)
        left = min(1 - first, first) * _LIKELIEST_OTHER
        others = (left * one.share / rest for one in ranked.findings[1:])
        found = [first, *others]
        for place in range(1, len(found)):
            found[place] = min(found[place], found[place - 1])
        return tuple(round(100 * one, 1) for one in found)

    def _shares(
        self, index: FaultIndex, matches: dict[str, Match], past: Precedents, none_score: float
    ) -> tuple[Finding, ...]:
        model = self._model
        scored: list[tuple[float, Finding]] = []
        for fault in index.faults:
            match, tickets = matches.get(fault.id), past.of_fault.get(fault.id, ())
            history = past.history.get(fault.id, ())
            if match is None and not tickets:
                continue
            score = (match.score if match else 0.0) + model.priors.get(fault.id, 0.0)
            score += model.ticket_weight * _together(one.weight for one in tickets)
            score += model.history_weight if history else 0.0
            tokens: tuple[Token, ...] = tuple(match.tokens) if match else ()
            scored.append((score, Finding.of_fault(fault, tokens, tickets, history)))
        for tickets in past.others:
            score = model.ticket_weight * _together(one.weight for one in tickets)
            scored.append((score, Finding.of_tickets(tickets)))
        scored.sort(key=lambda one: (-one[0], one[1].cause))
        top = max([none_score, *(score for score, _ in scored)])
        weights = [math.exp((score - top) / model.temperature) for score, _ in scored]
        total = sum(weights) + math.exp((none_score - top) / model.temperature)
        return tuple(finding.with_share(weight / total) for weight, (_, finding) in zip(weights, scored, strict=True))


def _together(weights: Iterable[float]) -> float:
    """Weights of several tickets as one, 0 to 1 each: 1 − Π(1 − w), so that the hundredth adds next to nothing."""
    left = 1.0
    for weight in weights:
        left *= 1 - min(max(weight, 0.0), 0.99)
    return 1 - left
