"""A ranked list of findings as a `Diagnosis`: every claim with what it rests on, and not one word more."""

from __future__ import annotations

from dataclasses import dataclass, replace

from activities.ai.local.faults import Fault
from activities.ai.local.instructions import without_instructions
from activities.ai.local.precedents import Precedent
from activities.ai.local.severity import judge_severity, power_off_first
from activities.ai.local.words import LONGEST, Token
from models.contracts.diagnosis import (
    Diagnosis,
    DiagnosisCase,
    Evidence,
    EvidenceSource,
    Hypothesis,
    OfferedPart,
    PastFault,
    ProposedPart,
    RemoteFix,
)
from models.vocabulary.ai import IssueCategory, Severity
from models.vocabulary.parts import PartPriority
from models.vocabulary.people import SupportLevel

Ranking = tuple[tuple["Finding", float], ...]
"""Findings with their confidence in percent, best first."""

_QUOTES = 4
_TICKETS = 3
_ORDER = (PartPriority.REQUIRED, PartPriority.PREFERRED, None, PartPriority.OPTIONAL, PartPriority.ALTERNATIVE)
_ASK = (
    "Ask for the exact text or code of the alarm, and a picture of the screen",
    "Ask what was done just before, and whether the fault can be repeated",
    "Have a qualified engineer look at the unit",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A possible cause: a fault of the knowledge base, or what past tickets say alone.

    `tokens` are the words by which the knowledge base has it, `learnt` those by which verified tickets have taught it.
    """

    cause: str
    fault: Fault | None
    tokens: tuple[Token, ...] = ()
    learnt: tuple[Token, ...] = ()
    tickets: tuple[Precedent, ...] = ()
    history: tuple[PastFault, ...] = ()
    share: float = 0.0

    @classmethod
    def of_fault(
        cls,
        fault: Fault,
        tokens: tuple[Token, ...],
        learnt: tuple[Token, ...],
        tickets: tuple[Precedent, ...],
        history: tuple[PastFault, ...],
    ) -> Finding:
        return cls(fault.cause, fault, tokens, learnt, tickets, history)

    @classmethod
    def of_tickets(cls, tickets: tuple[Precedent, ...]) -> Finding:
        return cls(tickets[0].ticket.cause, None, tickets=tickets)

    def with_share(self, share: float) -> Finding:
        return replace(self, share=share)

    @property
    def code(self) -> str | None:
        return self.fault.code if self.fault else self.tickets[0].ticket.problem_code

    @property
    def category(self) -> IssueCategory:
        if self.fault:
            return self.fault.category
        return self.tickets[0].ticket.category or IssueCategory.UNKNOWN

    def evidence(self, case: DiagnosisCase) -> tuple[Evidence, ...]:
        """The entry of the knowledge base, the words of the description, the tickets, the unit's own past."""
        found = []
        words = tuple({token.start: token for token in (*self.tokens, *self.learnt)}.values())
        if self.fault and words:
            found.append(Evidence(source=EvidenceSource.KNOWLEDGE, reference=self.fault.id, quote=""))
        found.extend(
            Evidence(source=EvidenceSource.DESCRIPTION, reference="", quote=quote)
            for quote in quotes(case.description, words)
        )
        best = sorted(self.tickets, key=lambda one: (-one.weight, one.ticket.number))[:_TICKETS]
        found.extend(
            Evidence(source=EvidenceSource.TICKET, reference=one.ticket.number, quote=one.ticket.cause) for one in best
        )
        found.extend(
            Evidence(source=EvidenceSource.HISTORY, reference=one.number, quote=one.cause)
            for one in self.history[:_TICKETS]
        )
        return tuple(found)


def quotes(description: str, tokens: tuple[Token, ...]) -> tuple[str, ...]:
    """The words of a description by which something was found, those that stand close together in one quote."""
    spans: list[tuple[int, int]] = []
    for token in sorted(tokens, key=lambda one: one.start):
        between = description[spans[-1][1] : token.start] if spans else ""
        if spans and len(between) <= 12 and not any(mark in between for mark in ".;!?\n"):
            spans[-1] = (spans[-1][0], max(spans[-1][1], token.end))
        else:
            spans.append((token.start, token.end))
    longest = sorted(sorted(spans, key=lambda one: one[0] - one[1])[:_QUOTES])
    return tuple(dict.fromkeys(description[start:end] for start, end in longest))


def answer(case: DiagnosisCase, ranking: Ranking) -> Diagnosis:
    """What follows from the first finding, with the others beside it."""
    first, confidence = ranking[0]
    evidence = first.evidence(case)
    fault = first.fault
    own = fault.severity if fault else Severity.MEDIUM
    description = without_instructions(case.description)[:LONGEST]
    severity, why = judge_severity(own, description, case.installed_context)
    first_of_all = power_off_first(description)
    steps = fault.remote_steps if fault and not first_of_all else ()
    level = fault.level if fault else SupportLevel.L2
    if first_of_all and level is SupportLevel.L1:
        level = SupportLevel.L2
    return Diagnosis(
        summary=f"{first.cause}. {_basis(first)}; confidence {confidence:.0f} %.",
        hypotheses=tuple(_hypothesis(case, one, sure) for one, sure in ranking),
        problem_code=first.code,
        category=first.category,
        severity=severity,
        severity_evidence=(*why, *evidence[:1]),
        support_level=level,
        support_level_evidence=evidence[:1],
        recommended_actions=_actions(first_of_all, fault.checks if fault else _ASK),
        parts=_parts(case, fault, evidence[:2]) if fault else (),
        remote_fix=RemoteFix(possible=bool(steps), steps=steps, evidence=evidence[:1] if fault else ()),
        abstained_because="",
    )


def abstention(case: DiagnosisCase, reason: str, ranking: Ranking) -> Diagnosis:
    """No answer: the severity of the words alone, what to ask, and what was too unlikely to say."""
    description = without_instructions(case.description)[:LONGEST]
    severity, why = judge_severity(Severity.MEDIUM, description, case.installed_context)
    return Diagnosis(
        summary=f"No diagnosis: {reason}. An engineer has to look at it.",
        hypotheses=tuple(_hypothesis(case, one, sure) for one, sure in ranking),
        problem_code=None,
        category=IssueCategory.UNKNOWN,
        severity=severity,
        severity_evidence=why,
        support_level=SupportLevel.L1,
        support_level_evidence=(),
        recommended_actions=_actions(power_off_first(description), _ASK),
        parts=(),
        remote_fix=RemoteFix(possible=False, steps=(), evidence=()),
        abstained_because=reason,
    )


def _actions(first_of_all: str | None, others: tuple[str, ...]) -> tuple[str, ...]:
    return others if first_of_all is None else (first_of_all, *others)


def _basis(first: Finding) -> str:
    said = []
    if first.fault and first.tokens:
        said.append("by the fault knowledge base")
    if first.learnt:
        said.append("by words that verified tickets of it have")
    if first.tickets:
        count = len(first.tickets)
        said.append(f"by {count} ticket{'s' if count > 1 else ''} like it")
    if first.history:
        said.append("the unit had it before")
    return ("Found " + ", ".join(said)) if said else "Found by words alone"


def _hypothesis(case: DiagnosisCase, one: Finding, confidence: float) -> Hypothesis:
    return Hypothesis(
        cause=one.cause,
        confidence=confidence,
        problem_code=one.code,
        category=one.category,
        evidence=one.evidence(case),
    )


def _parts(case: DiagnosisCase, fault: Fault, evidence: tuple[Evidence, ...]) -> tuple[ProposedPart, ...]:
    """Of every group of alternatives, the part that fits best where the unit is installed; none that is not offered."""
    offered = {part.part_number: part for part in case.parts}
    found = []
    for group in fault.parts:
        choice = [offered[number] for number in group.split("|") if number in offered]
        if choice:
            part = min(choice, key=_rank)
            found.append(
                ProposedPart(
                    part_number=part.part_number, quantity=1, reason=_reason(case, fault, part), evidence=evidence
                )
            )
    return tuple(found)


def _rank(part: OfferedPart) -> tuple[int, bool]:
    return _ORDER.index(part.priority), not part.is_oem


def _reason(case: DiagnosisCase, fault: Fault, part: OfferedPart) -> str:
    where = f" ({part.priority.value} in {case.installed_context.value})" if _placed(case, part) else ""  # type: ignore[union-attr]
    return f"{part.name}{where}: {fault.cause}"


def _placed(case: DiagnosisCase, part: OfferedPart) -> bool:
    return part.priority is not None and case.installed_context is not None
