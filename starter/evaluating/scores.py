"""Accuracy and F1 of labels that were given to texts, counted and never kept one by one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LabelScore:
    """One label: how many texts have it, and how well it was found. 0 where there is nothing to divide by."""

    label: str
    texts: int
    precision: float
    recall: float
    f1: float


@dataclass(slots=True)
class Scores:
    """What a way of labelling did; `pairs` counts (label that is true, label that was given)."""

    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, true: str, given: str) -> None:
        self.pairs[true, given] += 1

    @property
    def texts(self) -> int:
        return self.pairs.total()

    @property
    def accuracy(self) -> float:
        """The share of texts with the right label; there must be one text."""
        return sum(count for (true, given), count in self.pairs.items() if true == given) / self.texts

    def labels(self) -> list[LabelScore]:
        """Every label that is true of a text or was given to one, the commonest first."""
        true, given, right = Counter[str](), Counter[str](), Counter[str]()
        for (one, other), count in self.pairs.items():
            true[one] += count
            given[other] += count
            right[one] += count if one == other else 0
        found = [
            LabelScore(
                label=label,
                texts=true[label],
                precision=right[label] / given[label] if given[label] else 0.0,
                recall=right[label] / true[label] if true[label] else 0.0,
                f1=2 * right[label] / (true[label] + given[label]),
            )
            for label in true | given
        ]
        return sorted(found, key=lambda one: (-one.texts, one.label))

    @property
    def macro_f1(self) -> float:
        """The mean of the labels' F1, each counting the same: those of `labels()`."""
        scores = self.labels()
        return sum(one.f1 for one in scores) / len(scores)
