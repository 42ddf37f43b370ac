"""What speaks for which cause of a case, before any weight is given to it: the engine and its training share this."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from activities.ai.local.denials import find_denials
from activities.ai.local.instructions import without_instructions
from activities.ai.local.matching import FaultIndex, Match
from activities.ai.local.precedents import precedents
from activities.ai.local.wording import Finding
from activities.ai.local.words import LONGEST, Token, language
from models.contracts.diagnosis import DiagnosisCase

_USUAL_LENGTH = 12
"""Words of a description that say something, as reports have them."""

_CHANCE = 1.2
"""Score by which "no known fault" gains for each factor e of more words: in a long text some phrase fits by chance."""

_LEARNT_WORDS = 6
"""Learnt words that count at the most: words of one complaint come together, so each more says less."""


_ALL_WELL = 1.5
"""Score by which it gains if the description says that nothing is wrong."""


@dataclass(frozen=True, slots=True)
class Clue:
    """A possible cause and what speaks for it.

    Attributes:
        match: how well the knowledge base's phrases fit; 0: not at all.
        learnt: the score of the learnt words in the description.
        tickets: verified and stated tickets like it, together 0 to 1.
        history: 1 if the unit had it before.
    """

    finding: Finding
    match: float = 0.0
    learnt: float = 0.0
    tickets: float = 0.0
    history: float = 0.0


@dataclass(frozen=True, slots=True)
class Clues:
    """All of a case.

    Attributes:
        chance: what "no known fault" gains by the length of the text, and by words that nothing is wrong.
        knows_words: whether any word of the description is one of this type's, and not denied.
        denies: whether it says of something that it is well or not there.
        all_well: whether it says that nothing is wrong at all, or that only a routine visit is due.
    """

    found: tuple[Clue, ...]
    chance: float
    knows_words: bool
    denies: bool
    all_well: bool


def find_clues(case: DiagnosisCase, index: FaultIndex, words: Mapping[str, Mapping[str, float]]) -> Clues:
    """The clues of a case.

    Args:
        index: of the case's type of equipment.
        words: learnt ones, as `LocalModel.words`.
    """
    text = without_instructions(case.description)[:LONGEST]
    denials = find_denials(text)
    sentences = tuple(language().sentences(text, denials))
    matches = {one.fault.id: one for one in index.match(sentences) if not (denials.all_well and one.by_absence)}
    past = precedents(case, index)
    there = telling_words(sentences) if words else {}
    found = []
    for fault in index.faults:
        match, tickets = matches.get(fault.id), past.of_fault.get(fault.id, ())
        history = past.history.get(fault.id, ())
        learnt, by = _learnt(there, words.get(fault.id))
        if match is None and not tickets and not by:
            continue
        found.append(
            Clue(
                Finding.of_fault(fault, _tokens(match), by, tickets, history),
                match=match.score if match else 0.0,
                learnt=learnt,
                tickets=_together(one.weight for one in tickets),
                history=1.0 if history else 0.0,
            )
        )
    for tickets in past.others:
        found.append(Clue(Finding.of_tickets(tickets), tickets=_together(one.weight for one in tickets)))
    length = sum(len(sentence) for sentence in sentences)
    chance = _CHANCE * math.log(max(length / _USUAL_LENGTH, 1.0)) + (_ALL_WELL if denials.all_well else 0.0)
    return Clues(tuple(found), chance, index.knows(sentences), bool(denials.spans), denials.all_well)


def telling_words(sentences: Iterable[Sequence[Token]]) -> dict[str, Token]:
    """Words that can be learnt from: each once, without those that are denied and without numbers of five digits."""
    there: dict[str, Token] = {}
    for sentence in sentences:
        for token in sentence:
            if (
                token.word != "not"
                and not token.negated
                and not token.denied
                and not (len(token.word) > 4 and token.word.isdigit())
            ):
                there.setdefault(token.word, token)
    return there


def _learnt(there: Mapping[str, Token], scores: Mapping[str, float] | None) -> tuple[float, tuple[Token, ...]]:
    """The score of the words that say most, and those words."""
    if not scores:
        return 0.0, ()
    said = sorted(((scores[word], word) for word in there.keys() & scores.keys()), key=lambda one: (-one[0], one[1]))
    return sum(score for score, _ in said[:_LEARNT_WORDS]), tuple(there[word] for _, word in said[:_LEARNT_WORDS])


def _tokens(match: Match | None) -> tuple[Token, ...]:
    return tuple(match.tokens) if match else ()


def _together(weights: Iterable[float]) -> float:
    """Weights of several tickets as one, 0 to 1 each: 1 − Π(1 − w), so that the hundredth adds next to nothing."""
    left = 1.0
    for weight in weights:
        left *= 1 - min(max(weight, 0.0), 0.99)
    return 1 - left
