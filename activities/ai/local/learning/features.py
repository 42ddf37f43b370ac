"""Texts as sparse vectors: words, pairs of words and pieces of words, weighted by how rare they are."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

LONGEST_TEXT = 4_000
"""Characters of a text that are read."""

MOST_FEATURES = 60_000
"""What a vocabulary keeps: those that most texts have."""

PIECES = (3, 5)
"""Letters in a piece of a word."""

_LONG_NUMBER = re.compile(r"\d{5,}")
_WORD = re.compile(r"[^\W_]+(?:['’/][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Vector:
    """A sparse vector: `values` at `places`, which rise."""

    places: tuple[int, ...]
    values: tuple[float, ...]


def words(text: str) -> list[str]:
    """The words of a text, in small letters; `l/h` and `won't` are one each. Five digits or more count by their number
    alone: codes of alarms say something, dates and serial numbers hardly do."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST_TEXT]).casefold()
    return [_LONG_NUMBER.sub(_shape, word) for word in _WORD.findall(plain)]


def _shape(number: re.Match[str]) -> str:
    return "0" * len(number.group())


def features(text: str) -> tuple[Counter[str], Counter[str]]:
    """How often each word and pair of words is there; and each piece of a word, `_` being its edge."""
    said = words(text)
    whole = Counter(said)
    whole.update(f"{one} {other}" for one, other in pairwise(said))
    pieces: Counter[str] = Counter()
    for word, times in Counter(said).items():
        edged = f"_{word[:30]}_"
        for length in PIECES:
            for start in range(len(edged) - length + 1):
                pieces[f"#{edged[start : start + length]}"] += times
    return whole, pieces


class Vocabulary:
    """The features of a set of texts and their rarity; makes vectors of texts.

    Args:
        texts: those to learn from. A feature that only one of them has is left out, if there are fifty or more.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        having: Counter[str] = Counter()
        count = 0
        for text in texts:
            count += 1
            for part in features(text):
                having.update(part.keys())
        least = 2 if count >= 50 else 1
        kept = sorted(
            (feature for feature, found in having.items() if found >= least),
            key=lambda feature: (-having[feature], feature),
        )[:MOST_FEATURES]
        self._places = {feature: place for place, feature in enumerate(kept)}
        self._rarity = [math.log((1 + count) / (1 + having[feature])) + 1 for feature in kept]
        self.size = len(kept) + 1
        """Length of a vector: the last place is 1 in every one."""

    def vector(self, text: str) -> Vector:
        """A text's vector: words and pieces each of unit length, and the constant."""
        found = sorted(one for part in features(text) for one in self._scaled(part))
        return Vector(
            (*(place for place, _ in found), self.size - 1),
            (*(value for _, value in found), 1.0),
        )

    def _scaled(self, part: Counter[str]) -> Iterator[tuple[int, float]]:
        known = [
            (place, (1 + math.log(times)) * self._rarity[place])
            for feature, times in part.items()
            if (place := self._places.get(feature)) is not None
        ]
        length = math.sqrt(sum(value * value for _, value in known))
        return ((place, value / length) for place, value in known)


def majority(labels: Sequence[str]) -> str:
    """The commonest label; of equals the first in the alphabet."""
    counted = Counter(labels)
    return min(counted, key=lambda label: (-counted[label], label))
