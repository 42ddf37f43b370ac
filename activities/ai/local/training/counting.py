"""What many verified tickets say by their numbers: how often each fault is the cause, and which words come with it."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from activities.ai.local.clues import telling_words
from activities.ai.local.faults import KnowledgeBase
from activities.ai.local.instructions import without_instructions
from activities.ai.local.training.verified import Lesson
from activities.ai.local.words import language

_PRIOR_TICKETS = 20
"""Tickets' worth of "all faults of a type are equally frequent", so that a few tickets say little."""

_FURTHEST = 2.0
"""A fault counts as e² times as frequent as the average one, or as rare, at the most."""

_LEAST_TICKETS, _LEAST_WITH_WORD = 5, 3
"""Tickets of a fault before any word is learnt for it, and those of them that must have the word."""

_LEAST_SCORE, _MOST_SCORE = 0.4, 3.0
_WORDS_OF_A_FAULT = 40
_VOCABULARY = 20_000
"""Words of a type that are counted at a time; beyond that those seen once are forgotten, so that memory is bounded."""

UNKNOWN = ""
"""In the place of a fault's id: causes that no entry knows."""


@dataclass(slots=True)
class _OfType:
    tickets: Counter[str] = field(default_factory=Counter)
    """By the fault's id, or `UNKNOWN`."""
    words: Counter[str] = field(default_factory=Counter)
    """Tickets that have the word."""
    of_fault: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


class Counts:
    """Counts of lessons, in memory that does not grow with their number."""

    def __init__(self, knowledge: KnowledgeBase) -> None:
        self._faults = {of: tuple(one.id for one in faults) for of, faults in knowledge.faults.items()}
        self._types: defaultdict[str, _OfType] = defaultdict(_OfType)
        self.lessons = 0

    def add(self, lesson: Lesson) -> None:
        """Count one."""
        of_type = self._types[lesson.case.equipment_type]
        fault = lesson.truth.fault or UNKNOWN
        sentences = tuple(language().sentences(without_instructions(lesson.case.description)))
        words = telling_words(sentences).keys()
        of_type.tickets[fault] += 1
        of_type.words.update(words)
        if fault:
            of_type.of_fault[fault].update(words)
        if len(of_type.words) > _VOCABULARY:
            _forget_rarest(of_type)
        self.lessons += 1

    def share(self, equipment_type: str, fault: str | None) -> float:
        """How likely a cause is before anything is said: by Laplace's rule, over the type's faults and "unknown"."""
        tickets = self._types[equipment_type].tickets
        return (tickets[fault or UNKNOWN] + 1) / (tickets.total() + len(self._faults[equipment_type]) + 1)

    def commonest(self, equipment_type: str) -> str | None:
        """The fault that was the cause most often; None where no ticket says."""
        known = [(-count, fault) for fault, count in self._types[equipment_type].tickets.items() if fault]
        return min(known)[1] if known else None

    def priors(self) -> dict[str, float]:
        """Of each fault of a type with tickets: ln(its share of the known causes ÷ an equal share), smoothed."""
        found = {}
        for equipment_type, of_type in sorted(self._types.items()):
            faults = self._faults[equipment_type]
            known = sum(of_type.tickets[fault] for fault in faults)
            for fault in faults if known else ():
                share = (of_type.tickets[fault] + _PRIOR_TICKETS / len(faults)) / (known + _PRIOR_TICKETS)
                found[fault] = min(max(math.log(share * len(faults)), -_FURTHEST), _FURTHEST)
        return found

    def words(self) -> dict[str, dict[str, float]]:
        """Of each fault the words that come with it more often than with other causes of its type.

        A word's score is the logarithm of how many times as often, less its standard error, so that chance teaches
        nothing.
        """
        found = {}
        for _, of_type in sorted(self._types.items()):
            for fault, counts in sorted(of_type.of_fault.items()):
                tickets = of_type.tickets[fault]
                if tickets >= _LEAST_TICKETS:
                    others = of_type.tickets.total() - tickets
                    scored = (
                        (word, _score(count, tickets, of_type.words[word] - count, others))
                        for word, count in counts.items()
                        if count >= _LEAST_WITH_WORD
                    )
                    if best := _strongest(scored):
                        found[fault] = best
        return found


def _score(with_word: int, tickets: int, others_with_word: int, others: int) -> float:
    """ln of the ratio of two frequencies, each with half a ticket added, less the standard error of that."""
    ratio = ((with_word + 0.5) / (tickets + 1)) / ((others_with_word + 0.5) / (others + 1))
    return math.log(ratio) - math.sqrt(1 / (with_word + 0.5) + 1 / (others_with_word + 0.5))


def _strongest(scored: Iterable[tuple[str, float]]) -> dict[str, float]:
    kept = sorted(((-score, word) for word, score in scored if score >= _LEAST_SCORE))[:_WORDS_OF_A_FAULT]
    return {word: min(-score, _MOST_SCORE) for score, word in kept}


def _forget_rarest(of_type: _OfType) -> None:
    """Words seen once; if that leaves too many still, those seen twice, and so on. Numbers alone decide, no order."""
    least = 2
    while len(of_type.words) > _VOCABULARY // 2:
        of_type.words = Counter({word: count for word, count in of_type.words.items() if count >= least})
        least += 1
    for fault, counts in of_type.of_fault.items():
        of_type.of_fault[fault] = Counter({word: count for word, count in counts.items() if word in of_type.words})
