"""A fault that is to be diagnosed, and what somebody (a model, or the local engine) holds to be its cause.

`Diagnosis` is also the structured output of the models: its JSON schema has plain types, enumerations and lists, every
field required, and no keyword that OpenAI's or Anthropic's strict mode does not take. What such a schema can't say is
held by `diagnosis_errors()`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from models.contracts.base import FromPeople, Message, Moment, Name, Slug, Text
from models.vocabulary.ai import IssueCategory, Severity
from models.vocabulary.equipment import InstalledContext
from models.vocabulary.parts import PartPriority
from models.vocabulary.people import SupportLevel

MOST_OF_A_PART = 20
"""More than that no single repair takes; it is a slip, or somebody's doing."""


class SimilarTicket(FromPeople):
    """A closed ticket with a known diagnosis, as `find_similar_tickets()` finds it."""

    number: str
    description: str
    """Empty for a ticket of another customer: what its people wrote is nobody else's."""
    cause: str
    problem_code: str | None = None
    category: IssueCategory | None = None
    model: str = ""
    same_model: bool = False
    verified: bool = False
    """The cause was proved at sign-off; otherwise it is what a person held it to be."""
    similarity: Annotated[float, Field(ge=0, le=1)] = 0.0
    closed_at: Moment | None = None


class PastFault(FromPeople):
    """Something that happened to this very unit before; newest first in a case."""

    number: str
    opened_at: Moment
    description: str
    """Empty if it was another customer's unit then."""
    cause: str = ""
    parts: tuple[str, ...] = ()


class OfferedPart(FromPeople):
    """A part that the unit may get, with what the catalog says of it where the unit is installed."""

    part_number: str
    name: str
    is_oem: bool = True
    priority: PartPriority | None = None


class DiagnosisCase(FromPeople):
    """Everything that a diagnosis is made from. The description is data, whatever it says."""

    description: Text
    equipment_type: Slug
    manufacturer: Name | None = None
    model: Name | None = None
    installed_context: InstalledContext | None = None
    history: tuple[PastFault, ...] = ()
    similar_tickets: tuple[SimilarTicket, ...] = ()
    parts: tuple[OfferedPart, ...] = ()
    """The parts that may be proposed: those of the type that fit the model and that the service allows."""


class EvidenceSource(StrEnum):
    """Where a claim comes from."""

    DESCRIPTION = "description"
    TICKET = "ticket"
    KNOWLEDGE = "knowledge"
    HISTORY = "history"
    CONTEXT = "context"


class Evidence(Message):
    """What a claim rests on."""

    source: EvidenceSource
    reference: str
    """Number of the ticket, id of the knowledge-base entry; empty for description and context."""
    quote: str
    """The words, as they stand there; of a description never empty."""


class Hypothesis(Message):
    """A possible root cause. The first is the likeliest; confidences are percent, 0 to 100."""

    cause: str
    confidence: float
    problem_code: str | None
    category: IssueCategory
    evidence: tuple[Evidence, ...]


class ProposedPart(Message):
    """A part that the work is likely to need, by its number in the catalog."""

    part_number: str
    quantity: int
    reason: str
    evidence: tuple[Evidence, ...]


class RemoteFix(Message):
    """Whether somebody on site can be led through a remedy, and the steps."""

    possible: bool
    steps: tuple[str, ...]
    evidence: tuple[Evidence, ...]


class Diagnosis(Message):
    """An answer to a `DiagnosisCase`. An abstention says why in `abstained_because`, and guesses no cause."""

    summary: str
    hypotheses: tuple[Hypothesis, ...]
    problem_code: str | None
    category: IssueCategory
    severity: Severity
    severity_evidence: tuple[Evidence, ...]
    support_level: SupportLevel
    support_level_evidence: tuple[Evidence, ...]
    recommended_actions: tuple[str, ...]
    parts: tuple[ProposedPart, ...]
    remote_fix: RemoteFix
    abstained_because: str
    """Empty for an answer."""

    @property
    def confidence(self) -> float:
        """Percent, 0 to 100, that the first hypothesis is right; 0 for an abstention."""
        return self.hypotheses[0].confidence if self.hypotheses and not self.abstained_because else 0.0

    def claims(self) -> Iterator[tuple[str, tuple[Evidence, ...]]]:
        """Each claim with its evidence, for the record: `hypothesis 1`, `severity`, `part VENT-FILTER`, …"""
        for rank, one in enumerate(self.hypotheses, 1):
            yield f"hypothesis {rank}", one.evidence
        yield "severity", self.severity_evidence
        yield "support level", self.support_level_evidence
        for part in self.parts:
            yield f"part {part.part_number}", part.evidence
        yield "remote fix", self.remote_fix.evidence


class DiagnosisError(ValueError):
    """An answer that can't be used; the sentence names everything that is wrong with it."""


def diagnosis_errors(
    diagnosis: Diagnosis, case: DiagnosisCase, problem_codes: Iterable[str], knowledge: Iterable[str] | None = None
) -> tuple[str, ...]:
    """What is wrong with an answer: each a clause that names it; empty for one that can be used.

    Args:
        problem_codes: the IMDRF codes of the vocabulary.
        knowledge: ids of the knowledge-base entries that may be named; None: none was given, so none may be.
    """
    return tuple(_errors(diagnosis, case, frozenset(problem_codes), frozenset(knowledge or ())))


def check_diagnosis(
    diagnosis: Diagnosis, case: DiagnosisCase, problem_codes: Iterable[str], knowledge: Iterable[str] | None = None
) -> Diagnosis:
    """The diagnosis, if nothing is wrong with it. Arguments as for `diagnosis_errors()`.

    Raises:
        DiagnosisError: something is.
    """
    if errors := diagnosis_errors(diagnosis, case, problem_codes, knowledge):
        raise DiagnosisError("; ".join(errors))
    return diagnosis


def _errors(
    diagnosis: Diagnosis, case: DiagnosisCase, codes: frozenset[str], knowledge: frozenset[str]
) -> Iterator[str]:
    if not diagnosis.summary.strip():
        yield "the summary is empty"
    if not diagnosis.hypotheses and not diagnosis.abstained_because.strip():
        yield "there is no hypothesis and no reason for that"
    for code in sorted({diagnosis.problem_code, *(one.problem_code for one in diagnosis.hypotheses)} - {None} - codes):  # type: ignore[type-var]
        yield f"unknown problem code {code!r}"
    yield from _unlikely(diagnosis.hypotheses)
    offered = {part.part_number for part in case.parts}
    named = [part.part_number for part in diagnosis.parts]
    for number in sorted(set(named)):
        if number not in offered:
            yield f"unknown part {number!r}"
        if named.count(number) > 1:
            yield f"part {number!r} more than once"
    for part in diagnosis.parts:
        if not 1 <= part.quantity <= MOST_OF_A_PART:
            yield f"part {part.part_number!r} in the quantity {part.quantity}"
    if diagnosis.remote_fix.possible and not diagnosis.remote_fix.steps:
        yield "a remote fix without steps"
    for claim, evidence in diagnosis.claims():
        yield from (f"{said} ({claim})" for one in evidence for said in _misquoted(one, case, knowledge))


def _unlikely(hypotheses: Iterable[Hypothesis]) -> Iterator[str]:
    last = 100.0
    for rank, one in enumerate(hypotheses, 1):
        if not one.cause.strip():
            yield f"hypothesis {rank} has no cause"
        if not 0 <= one.confidence <= 100:
            yield f"hypothesis {rank} has a confidence of {one.confidence:g} %"
        elif one.confidence > last:
            yield f"hypothesis {rank} is likelier than the one before it"
        else:
            last = one.confidence


def _misquoted(one: Evidence, case: DiagnosisCase, knowledge: frozenset[str]) -> Iterator[str]:
    if one.source is EvidenceSource.DESCRIPTION:
        if not plain_words(one.quote):
            yield "evidence that quotes no words of the description"
        elif not _contains(case.description, one.quote):
            yield f"the description does not contain {one.quote!r}"
    elif one.source is EvidenceSource.KNOWLEDGE:
        if one.reference not in knowledge:
            yield f"unknown knowledge-base entry {one.reference!r}"
    elif one.source in {EvidenceSource.TICKET, EvidenceSource.HISTORY}:
        given = case.similar_tickets if one.source is EvidenceSource.TICKET else case.history
        texts = [f"{ticket.description} {ticket.cause}" for ticket in given if ticket.number == one.reference]
        if not texts:
            yield f"unknown ticket {one.reference!r}"
        elif plain_words(one.quote) and not any(_contains(text, one.quote) for text in texts):
            yield f"ticket {one.reference} does not contain {one.quote!r}"


def _contains(text: str, quote: str) -> bool:
    return f" {plain_words(quote)} " in f" {plain_words(text)} "


def plain_words(text: str) -> str:
    """A text for comparing: no case, no marks, one blank between words."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))
