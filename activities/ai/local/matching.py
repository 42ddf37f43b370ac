"""How well a description fits each fault of a type of equipment, and by which of its words."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from activities.ai.local.faults import Fault
from activities.ai.local.words import Language, Speller, Token

_SECOND = 0.35
"""Weight of a further phrase of the same fault: two symptoms are more than one, but often say the same."""

_LOOSE = 0.25
"""Weight of words that fit a fault outside its best phrase."""

_FEW = 4
"""Words that count so at the most: in a long text there are always some."""

_NEGATED = 0.4
"""What a word counts if "not" stands before it on one side only: "no reading" is not quite "reading wrong"."""

_DENIED = 0.15
"""What a phrase counts of which the description denies a word: "no leak" is no leak, "valve ok" no faulty valve."""

_FAR_MORE = 3.0
"""A fault that would fit so many times better by what is denied is not meant: "patient circuit has no leak"."""

_APART = 0.5
"""What a phrase counts whose words stand far apart in the sentence."""

_NEAR = 4
"""Words that may stand between those of a phrase."""

_SHAPE = 1.5
"""Exponent of the share of a phrase that is there: half of a phrase is less than half of its worth."""


@dataclass(frozen=True, slots=True)
class Match:
    """A fault, how well it fits (0: not at all; open above) and the words by which it does."""

    fault: Fault
    score: float
    tokens: list[Token]

    @property
    def by_absence(self) -> bool:
        """Whether it fits only by what the description says is not there."""
        return all(token.denied for token in self.tokens)


@dataclass(frozen=True, slots=True)
class _Phrase:
    fault: int
    words: dict[str, Token]
    """By word: how it stands there, negated, denied or plain."""
    weight: float
    absent: bool
    """Whether any is negated: what it tells of is missing."""


class FaultIndex:
    """The faults of one type, ready to be compared."""

    def __init__(self, faults: Sequence[Fault], language: Language) -> None:
        self.faults = tuple(faults)
        self._language = language
        phrases = [
            (number, {token.word: token for token in language.words(text)})
            for number, fault in enumerate(self.faults)
            for text in (*fault.symptoms, fault.cause)
        ]
        self._of_fault: list[set[str]] = [set() for _ in self.faults]
        for number, words in phrases:
            self._of_fault[number].update(words)
        having = Counter(word for words in self._of_fault for word in words)
        count = len(self.faults)
        self.weights = {word: math.log(1 + (count + 0.5) / (found + 0.5)) for word, found in having.items()}
        self._phrases = [
            _Phrase(
                number, words, sum(self.weights[word] for word in words), any(one.negated for one in words.values())
            )
            for number, words in phrases
            if words
        ]
        self._with_word: defaultdict[str, list[int]] = defaultdict(list)
        for place, phrase in enumerate(self._phrases):
            for word in phrase.words:
                self._with_word[word].append(place)
        self._speller = Speller(having)

    def match(self, sentences: Iterable[Sequence[Token]]) -> list[Match]:
        """Every fault that shares a word with the description, best first."""
        best: list[dict[int, float]] = [{} for _ in self.faults]
        denied = [0.0] * len(self.faults)
        touched: list[dict[str, Token]] = [{} for _ in self.faults]
        for sentence in sentences:
            there = self._known(sentence)
            for place in {place for word in there for place in self._with_word[word]}:
                phrase = self._phrases[place]
                number = phrase.fault
                worth, is_denied = self._worth(phrase, there)
                if is_denied:
                    denied[number] = max(denied[number], worth)
                    worth *= _DENIED
                best[number][place] = max(worth, best[number].get(place, 0.0))
                touched[number].update(
                    (word, there[word])
                    for word, own in phrase.words.items()
                    if word in there and (own.denied or not there[word].denied)
                )
        matches = (
            self._match(number, best[number], denied[number], touched[number])
            for number in range(len(self.faults))
            if best[number]
        )
        return sorted((one for one in matches if one.tokens), key=lambda one: (-one.score, one.fault.id))

    def _match(self, number: int, best: Mapping[int, float], denied: float, touched: Mapping[str, Token]) -> Match:
        """A fault by the worth of its phrases, by the most that a denied one would be worth, and by its words.

        It has no words if it is not meant.
        """
        ranked = sorted(best.items(), key=lambda item: (-item[1], item[0]))
        score = ranked[0][1] + (_SECOND * ranked[1][1] if len(ranked) > 1 else 0.0)
        in_best = self._phrases[ranked[0][0]].words
        loose = sorted((self.weights[word] for word in touched if word not in in_best), reverse=True)
        score += _LOOSE * sum(loose[:_FEW])
        if denied > _FAR_MORE * ranked[0][1]:
            return Match(self.faults[number], 0.0, [])
        tokens = sorted((one for one in touched.values() if one.word != "not"), key=lambda token: token.start)
        return Match(self.faults[number], score, tokens)

    def nearest(self, cause: str, code: str | None) -> Fault | None:
        """The fault that a person's words for a cause mean, if any does: most of them must be its words.

        A word that no fault has weighs as much as the rarest one: it is about something else.
        """
        said = [token.word for token in self._language.words(cause)]
        words = {known for word in said if (known := self._speller.known(word))}
        strange = sum(self._speller.known(word) is None for word in set(said))
        rarest = max(self.weights.values(), default=1.0)
        total = sum(self.weights[word] for word in words) + strange * rarest + 0.5
        best, found = 0.0, None
        for number, fault in enumerate(self.faults):
            share = sum(self.weights[word] for word in words & self._of_fault[number]) / total
            worth = share + (0.25 if code == fault.code else 0.0)
            if worth > best:
                best, found = worth, fault
        return found if best >= 0.5 else None

    def knows(self, sentences: Iterable[Sequence[Token]]) -> bool:
        """Whether any word that tells faults apart is one of this type's."""
        return any(
            word != "not" and not token.denied
            for sentence in sentences
            for word, token in self._known(sentence).items()
        )

    def _known(self, sentence: Sequence[Token]) -> dict[str, Token]:
        there: dict[str, Token] = {}
        for token in sentence:
            known = self._speller.known(token.word)
            if known is not None and (known not in there or (there[known].denied and not token.denied)):
                there[known] = token if known == token.word else replace(token, word=known)
        return there

    def _worth(self, phrase: _Phrase, there: Mapping[str, Token]) -> tuple[float, bool]:
        """What a phrase is worth as far as its words are there, and whether the description denies one of them."""
        here = {word: there[word] for word in phrase.words if word in there}
        alike = phrase.absent and any(token.negated for token in here.values())
        got, denied = 0.0, False
        for word, token in here.items():
            own = phrase.words[word]
            as_there = token.negated == own.negated and token.denied == own.denied
            if token.denied and not own.denied:
                denied = True
                got += self.weights[word]
            else:
                got += self.weights[word] * (1.0 if alike or as_there else _NEGATED)
        if not phrase.weight:
            return 0.0, denied
        places = [token.place for token in here.values()]
        near = max(places) - min(places) < len(phrase.words) + _NEAR
        return float((got / phrase.weight) ** _SHAPE * got) * (1.0 if near else _APART), denied
