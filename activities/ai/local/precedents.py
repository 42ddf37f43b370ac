"""What past tickets say about a case: those like it, and those of the same unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from activities.ai.local.matching import FaultIndex
from models.contracts.diagnosis import DiagnosisCase, PastFault, SimilarTicket, plain_words

_UNVERIFIED = 0.5
"""What a person's word for a cause counts beside one that sign-off proved."""

_OTHER_MODEL = 0.8


@dataclass(frozen=True, slots=True)
class Precedent:
    """A ticket like the case; `weight` is 0 to 1."""

    ticket: SimilarTicket
    weight: float


@dataclass(frozen=True, slots=True)
class Precedents:
    """Past tickets by the fault of the knowledge base that was their cause.

    Attributes:
        of_fault: tickets like the case, by the fault's id.
        others: tickets like the case whose cause is no fault of the knowledge base, those of one cause together.
        history: faults that this very unit had before.
    """

    of_fault: Mapping[str, tuple[Precedent, ...]]
    others: tuple[tuple[Precedent, ...], ...]
    history: Mapping[str, tuple[PastFault, ...]]


def precedents(case: DiagnosisCase, index: FaultIndex) -> Precedents:
    """Sort the past of a case by cause."""
    of_fault: dict[str, tuple[Precedent, ...]] = {}
    others: dict[str, tuple[Precedent, ...]] = {}
    for ticket in case.similar_tickets:
        if not plain_words(ticket.cause):
            continue
        weight = ticket.similarity * (1.0 if ticket.verified else _UNVERIFIED)
        one = Precedent(ticket, weight * (1.0 if ticket.same_model else _OTHER_MODEL))
        fault = index.nearest(ticket.cause, ticket.problem_code)
        if fault is not None:
            of_fault[fault.id] = (*of_fault.get(fault.id, ()), one)
        else:
            key = plain_words(ticket.cause)
            others[key] = (*others.get(key, ()), one)
    history: dict[str, tuple[PastFault, ...]] = {}
    for past in case.history:
        known = index.nearest(past.cause, None) if plain_words(past.cause) else None
        if known is not None:
            history[known.id] = (*history.get(known.id, ()), past)
    return Precedents(of_fault, tuple(others.values()), history)
