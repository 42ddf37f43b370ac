"""The yardstick: the label of the most similar example, by the cosine of TF-IDF vectors of words."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from activities.ai.local.learning.features import majority, words


class NearestNeighbour:
    """Labels of texts, each that of the nearest example; of equals the first example's.

    A text that shares no word with any example gets the commonest label.
    """

    def __init__(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        self._labels = tuple(labels)
        self._commonest = majority(labels)
        counted = [Counter(words(text)) for text in texts]
        having = Counter(word for one in counted for word in one)
        self._rarity = {word: math.log((1 + len(texts)) / (1 + found)) + 1 for word, found in having.items()}
        self._with_word: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, one in enumerate(counted):
            values = {word: times * self._rarity[word] for word, times in one.items()}
            length = math.sqrt(sum(value * value for value in values.values()))
            for word, value in values.items():
                self._with_word[word].append((number, value / length))

    def classify(self, text: str) -> str:
        """The label of the nearest example."""
        likeness: defaultdict[int, float] = defaultdict(float)
        for word, times in Counter(words(text)).items():
            if word in self._rarity:
                weight = times * self._rarity[word]
                for number, value in self._with_word[word]:
                    likeness[number] += weight * value
        if not likeness:
            return self._commonest
        return self._labels[min(likeness, key=lambda number: (-round(likeness[number], 9), number))]
