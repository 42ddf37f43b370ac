"""The learner beside the commonest label and the nearest neighbour, on texts that none of them has learnt from."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from activities.ai.local.learning.classifier import Classifier
from activities.ai.local.learning.features import majority, words
from activities.ai.local.learning.nearest import NearestNeighbour
from starter.evaluating.examples import Examples, ExamplesError
from starter.evaluating.scores import Scores

FOLDS = 5

_WORK = 25_000_000
"""Characters times labels that a training may have: texts beyond that are left out, so that it ends within a minute."""

_LETTERS = 5_000_000
"""Characters that a training may have, which decides its memory: some 40 bytes for each."""


@dataclass(slots=True)
class Evaluation:
    """What came out.

    Attributes:
        learnt_from: how many texts were learnt from; in a cross-validation at once, at the most.
        folds: of a cross-validation; 0: there was a file to learn from.
        seen: judged texts that stood among those learnt from, word for word.
        strange: judged texts whose label did not occur among those learnt from: nobody could get them right.
    """

    classifier: Scores
    nearest: Scores
    commonest: Scores
    learnt_from: int
    folds: int
    seen: int = 0
    strange: int = 0


Advance = Callable[[float], object]
"""Is told how much of the work was done: 1 is all of it."""


Labelled = tuple[Sequence[str], Sequence[str]]
"""Texts and their labels."""


def evaluate_split(train: Examples, test: Examples, advance: Advance) -> Evaluation:
    """Learn from one file, judge on the other.

    Raises:
        ExamplesError: all of `train` have the same label.
    """
    _check_two(train, "the file to learn from")
    found = Evaluation(Scores(), Scores(), Scores(), learnt_from=0, folds=0)
    learn = _bounded(train, range(len(train.texts)))
    found.learnt_from = len(learn)
    _judge(found, _chosen(train, learn), (test.texts, test.labels), advance)
    return found


def evaluate_folds(examples: Examples, advance: Advance) -> Evaluation:
    """Cross-validation: each text is judged once, by what was learnt from the other folds.

    A text that occurs more than once is in one fold, so that nothing is judged that was learnt by heart.

    Raises:
        ExamplesError: all have the same label, or there are too few different texts.
    """
    _check_two(examples, "the file")
    folds = list(_folds(examples))
    found = Evaluation(Scores(), Scores(), Scores(), learnt_from=0, folds=len(folds))
    for judged in folds:
        held = set(judged)
        learn = _bounded(examples, [one for one in range(len(examples.texts)) if one not in held])
        found.learnt_from = max(found.learnt_from, len(learn))
        _judge(found, _chosen(examples, learn), _chosen(examples, judged), lambda share: advance(share / len(folds)))
    return found


def _folds(examples: Examples) -> Iterator[list[int]]:
    """Numbers of the texts of each fold: of every label about as many in each."""
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for number, text in enumerate(examples.texts):
        groups[" ".join(words(text))].append(number)
    by_label: defaultdict[str, list[list[int]]] = defaultdict(list)
    for group in groups.values():
        by_label[majority([examples.labels[one] for one in group])].append(group)
    count = min(FOLDS, len(groups))
    folds: list[list[int]] = [[] for _ in range(count)]
    lot, turn = random.Random(0), 0  # noqa: S311 - a deal, and no secret
    for label in sorted(by_label):
        lot.shuffle(by_label[label])
        for group in by_label[label]:
            folds[turn % count].extend(group)
            turn += 1
    for number in range(count):
        others = {examples.labels[one] for other in folds[:number] + folds[number + 1 :] for one in other}
        if len(others) < 2:
            raise ExamplesError(
                "There are too few different texts to judge on some what was learnt from the others. "
                "Name a file to learn from: --train FILE."
            )
    return iter([sorted(fold) for fold in folds])


def _chosen(examples: Examples, numbers: Sequence[int]) -> Labelled:
    return [examples.texts[one] for one in numbers], [examples.labels[one] for one in numbers]


def _judge(found: Evaluation, learn: Labelled, judge: Labelled, advance: Advance) -> None:
    (learnt, labels), (texts, truths) = learn, judge
    known = set(labels)
    classifier = Classifier(learnt, labels, lambda: advance(0.8 / len(known)))
    nearest, commonest = NearestNeighbour(learnt, labels), majority(labels)
    seen = {" ".join(words(text)) for text in learnt}
    for text, truth in zip(texts, truths, strict=True):
        found.classifier.add(truth, classifier.classify(text))
        found.nearest.add(truth, nearest.classify(text))
        found.commonest.add(truth, commonest)
        found.seen += " ".join(words(text)) in seen
        found.strange += truth not in known
        advance(0.2 / len(texts))


def _bounded(examples: Examples, numbers: Sequence[int]) -> list[int]:
    """As many of the numbers as there is time and memory for, chosen evenly."""
    labels = len({examples.labels[one] for one in numbers})
    letters = sum(len(examples.texts[one]) for one in numbers)
    most = max(1_000, len(numbers) * min(_WORK // labels, _LETTERS) // max(letters, 1))
    if len(numbers) <= most:
        return list(numbers)
    chosen = [numbers[place * len(numbers) // most] for place in range(most)]
    return chosen if len({examples.labels[one] for one in chosen}) > 1 else list(numbers)


def _check_two(examples: Examples, name: str) -> None:
    labels = Counter(examples.labels)
    if len(labels) < 2:
        raise ExamplesError(
            f"All {len(examples.labels):,} texts of {name} have the label {next(iter(labels))!r}: "
            "there is nothing to tell apart. It takes two labels or more."
        )
