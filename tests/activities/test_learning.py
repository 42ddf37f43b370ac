"""The learner of labels, and the nearest neighbour beside it."""

from __future__ import annotations

import pytest

from activities.ai.local.learning.classifier import Classifier
from activities.ai.local.learning.features import LONGEST_TEXT, Vocabulary, majority, words
from activities.ai.local.learning.nearest import NearestNeighbour

LEAKS = ["hose leaking oil", "oil leak at cylinder", "leaks coolant", "seal leaking", "fitting leak"]
STARTS = ["wont start", "no crank", "does not start in the morning", "starter dead", "engine will not start"]
HEAT = ["running hot", "over temp alarm", "engine overheating", "high coolant temp"]
TEXTS = LEAKS + STARTS + HEAT
LABELS = ["leak"] * 5 + ["start"] * 5 + ["heat"] * 4


def test_it_learns_what_tells_the_labels_apart() -> None:
    learnt = Classifier(TEXTS, LABELS)
    assert [learnt.classify(text) for text in TEXTS] == LABELS
    assert learnt.classify("big leak on the boom hose") == "leak"
    assert learnt.classify("machine WON'T START!") == "start"


def test_misspelt_words_are_known_by_their_pieces() -> None:
    assert Classifier(TEXTS, LABELS).classify("overheatng engne") == "heat"


def test_the_same_examples_make_the_same_machine() -> None:
    assert Classifier(TEXTS, LABELS).margins("hose hot") == Classifier(TEXTS, LABELS).margins("hose hot")


def test_a_rare_label_can_be_found_among_many_others() -> None:
    texts = TEXTS + [f"changed bucket tooth {number}" for number in range(200)]
    learnt = Classifier(texts, LABELS + ["wear"] * 200)
    assert learnt.classify("seal leaking at cylinder") == "leak"


def test_a_text_without_a_known_word_still_gets_a_label() -> None:
    assert Classifier(TEXTS, LABELS).classify("") in {"leak", "start", "heat"}


@pytest.mark.parametrize(
    ("texts", "labels", "why"),
    [
        (["a"], ["x"], "two different"),
        (["a", "b"], ["x", "x"], "two different"),
        (["a"], ["x", "y"], "1 texts with 2"),
        ([], [], "two different"),
    ],
)
def test_what_nothing_can_be_learnt_from_is_refused(texts: list[str], labels: list[str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Classifier(texts, labels)


def test_every_label_is_told_when_it_is_learnt() -> None:
    done: list[int] = []
    Classifier(TEXTS, LABELS, lambda: done.append(1))
    assert len(done) == 3


def test_words_are_small_long_numbers_are_shapes_and_slashes_hold() -> None:
    assert words("L/H Cyl. E-1723 of 20260302 won't ﬁt") == [
        "l/h",
        "cyl",
        "e",
        "1723",
        "of",
        "00000000",
        "won't",
        "fit",
    ]
    assert len(words("a " * LONGEST_TEXT)) == LONGEST_TEXT // 2


def test_vectors_have_the_parts_of_a_text_that_are_known() -> None:
    vocabulary = Vocabulary(TEXTS)
    vector = vocabulary.vector("leaking xylophone")
    assert list(vector.places) == sorted(set(vector.places))
    assert vector.places[-1] == vocabulary.size - 1
    assert sum(value * value for value in vector.values) == pytest.approx(3)  # words, pieces, constant
    assert vocabulary.vector("").places == (vocabulary.size - 1,)


def test_the_nearest_neighbour_is_the_likest_example() -> None:
    nearest = NearestNeighbour(TEXTS, LABELS)
    assert [nearest.classify(text) for text in TEXTS] == LABELS
    assert nearest.classify("cylinder oil") == "leak"
    assert nearest.classify("xylophone") == "leak"  # of equally common ones the first in the alphabet


def test_the_commonest_label_is_the_first_of_equals() -> None:
    assert majority(LABELS) == "leak"
    assert majority(["b", "a"]) == "a"
