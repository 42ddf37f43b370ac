"""A linear classifier of texts: for each label a support vector machine against all the others.

The training is the dual coordinate descent of Hsieh, Chang, Lin, Keerthi and Sundararajan (ICML 2008, algorithm 1 with
squared hinge loss), in an order that a fixed seed shuffles: the same examples make the same machine.
"""

from __future__ import annotations

import random
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from operator import itemgetter, mul
from typing import Any

from activities.ai.local.learning.features import Vector, Vocabulary

COST = 0.5
"""What an example on the wrong side costs, in the squared hinge loss (C)."""

EVENNESS = 0.5
"""How much an example of a rare label counts more: (texts / labels / texts of the label) to this power. 0: nothing."""

ROUNDS = 12
_ENOUGH = 0.05
"""A round in which no example moved further than this was the last."""

_Row = tuple[Callable[[Any], Sequence[float]], tuple[int, ...], "array[float]", float]
"""An example: what takes its places out of the weights, its places, its values, its squared length."""


class Classifier:
    """Labels of texts, learnt from examples.

    Args:
        texts: one for each label.
        labels: at least two different ones.
        advance: is called after each label that was learnt.

    Raises:
        ValueError: there are not as many texts as labels, or not two different labels.
    """

    def __init__(
        self, texts: Sequence[str], labels: Sequence[str], advance: Callable[[], object] = lambda: None
    ) -> None:
        if len(texts) != len(labels):
            raise ValueError(f"{len(texts)} texts with {len(labels)} labels")
        counted = Counter(labels)
        if len(counted) < 2:
            raise ValueError("it takes two different labels to learn from")
        self.labels = tuple(sorted(counted))
        self._vocabulary = Vocabulary(texts)
        rows = [_row(self._vocabulary.vector(text)) for text in texts]
        self._weights = []
        for label in self.labels:
            share = len(texts) / len(counted) / counted[label]
            costs = [COST * share**EVENNESS if one == label else COST for one in labels]
            signs = [1.0 if one == label else -1.0 for one in labels]
            self._weights.append(_trained(rows, signs, costs, self._vocabulary.size))
            advance()

    def margins(self, text: str) -> tuple[float, ...]:
        """How far a text lies on each label's side, in the order of `labels`; above 0 it is on that side."""
        take, _, values, _ = _row(self._vocabulary.vector(text))
        return tuple(sum(map(mul, values, take(weights))) for weights in self._weights)

    def classify(self, text: str) -> str:
        """The label on whose side a text lies furthest."""
        margins = self.margins(text)
        return self.labels[max(range(len(margins)), key=margins.__getitem__)]


def _row(vector: Vector) -> _Row:
    places = vector.places
    take: Callable[[Any], Sequence[float]]
    if len(places) == 1:
        only = places[0]

        def take(weights: Any) -> Sequence[float]:
            return (weights[only],)

    else:
        take = itemgetter(*places)
    return take, places, array("d", vector.values), sum(value * value for value in vector.values)


def _trained(rows: Sequence[_Row], signs: Sequence[float], costs: Sequence[float], size: int) -> array[float]:
    """The weights of one label's machine."""
    weights = array("d", bytes(8 * size))
    alphas = [0.0] * len(rows)
    order = list(range(len(rows)))
    shuffled = random.Random(0)  # noqa: S311 - an order, and no secret
    for turn in range(ROUNDS):
        moved = 0.0
        idle: set[int] = set()
        shuffled.shuffle(order)
        for number in order:
            take, places, values, squared = rows[number]
            sign, alpha = signs[number], alphas[number]
            softness = 0.5 / costs[number]
            slope = sign * sum(map(mul, values, take(weights))) - 1 + softness * alpha
            if alpha == 0 and slope >= 0:
                if slope > 0.3:
                    idle.add(number)
                continue
            found = max(alpha - slope / (squared + softness), 0.0)
            step = found - alpha
            if step:
                moved = max(moved, abs(step))
                alphas[number] = found
                step *= sign
                for place, value in zip(places, values, strict=True):
                    weights[place] += step * value
        if moved < _ENOUGH:
            break
        # An example far on its own side rarely comes back: every fourth round asks all of them again.
        order = list(range(len(rows))) if turn % 4 == 3 else [number for number in order if number not in idle]
    return array("f", weights)
