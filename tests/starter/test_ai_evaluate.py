"""`fieldcare ai evaluate`: figures beside two yardsticks, and clear words for files that can't be judged."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from starter.evaluating.evaluation import evaluate_folds, evaluate_split
from starter.evaluating.examples import Examples, ExamplesError, masked
from starter.evaluating.scores import Scores
from tests.starter.terminal import clean_environment, fieldcare

PARTS = {"pump": ["pumps nothing", "no flow", "rattles"], "door": ["will not latch", "hinge broken", "does not close"]}
ROWS = [(f"{words} {where}", part) for part, said in PARTS.items() for words in said for where in ("icu", "ward", "or")]
COLUMNS = ("--text", "text", "--label", "part")


def written(folder: Path, rows: list[tuple[str, str]], name: str = "orders.csv", header: str = "text,part") -> str:
    content = "\n".join([header, *(f'"{text}",{label}' for text, label in rows)]) + "\n"
    path = folder / name
    path.write_bytes(gzip.compress(content.encode()) if name.endswith(".gz") else content.encode())
    return str(path)


def evaluated(*arguments: str) -> Any:
    done = fieldcare(clean_environment(), "ai", "evaluate", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def refused(*arguments: str) -> str:
    done = fieldcare(clean_environment(), "ai", "evaluate", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.strip().splitlines()) == 1
    return done.stderr


def test_a_file_is_judged_by_cross_validation(tmp_path: Path) -> None:
    found = evaluated(written(tmp_path, ROWS, "orders.csv.gz"), *COLUMNS)
    assert (found["texts"], found["labels"], found["folds"], found["learnt_from"]) == (18, 2, 5, 15)
    assert found["classifier"]["accuracy"] > 0.9 > found["majority"]["accuracy"]
    assert [one["label"] for one in found["by_label"]] == ["door", "pump"]
    assert found == evaluated(written(tmp_path, ROWS), *COLUMNS)


def test_one_file_is_learnt_from_and_another_judged(tmp_path: Path) -> None:
    train = written(tmp_path, ROWS, "train.csv")
    test = written(tmp_path, [("pumps nothing at all", "pump"), ("hinge bent", "door"), ("no flow icu", "lamp")])
    found = evaluated(test, "--train", train, *COLUMNS)
    assert found["classifier"]["accuracy"] == pytest.approx(2 / 3, abs=1e-6)
    assert (found["folds"], found["learnt_from"]) == (None, 18)
    assert (found["judged_texts_also_learnt"], found["judged_labels_never_learnt"]) == (1, 1)


def test_what_is_shown_names_every_way_and_what_was_left_out(tmp_path: Path) -> None:
    file = written(tmp_path, [*ROWS, ("no label", ""), ("", "pump")])
    done = fieldcare(clean_environment(), "ai", "evaluate", file, *COLUMNS, "--by-label")
    assert done.returncode == 0
    for words in ("built-in learner", "nearest neighbour", "commonest label", "macro-F1", "door"):
        assert words in done.stdout
    assert "5-fold cross-validation" in done.stderr
    assert "records left out: 1 without a label, 1 without a text" in done.stderr


def test_words_of_another_column_can_be_masked(tmp_path: Path) -> None:
    path = tmp_path / "notices.jsonl"
    said = [
        ("pump", "motor"),
        ("pump", "valve"),
        ("pump", "wheel"),
        ("door", "latch"),
        ("door", "hinge"),
        ("door", "pin"),
    ]
    lines = [{"text": f"{kind} {word} failed", "part": kind, "name": f"A {kind} of one"} for kind, word in said]
    path.write_text("\n".join(map(json.dumps, lines)))
    open_, hidden = (
        evaluated(str(path), *COLUMNS, *mask)["classifier"]["accuracy"] for mask in ((), ("--mask", "name"))
    )
    assert hidden < open_ == 1
    assert masked("The Ventilator's fan: VENTILATOR-fan", "ventilator, No. 5") == "The 's fan: -fan"


def test_bad_lines_are_named_and_left_out(tmp_path: Path) -> None:
    path = Path(written(tmp_path, ROWS))
    path.write_bytes(path.read_bytes() + b"caf\xe9,door\n" + b"one,two,three\n")
    done = fieldcare(clean_environment(), "ai", "evaluate", str(path), *COLUMNS)
    assert done.returncode == 1
    assert "line 20: not UTF-8: byte 0xe9" in done.stderr
    assert "line 21: 3 columns where the header has 2" in done.stderr
    assert "built-in learner" in done.stdout


def test_a_missing_column_is_named_with_those_that_there_are(tmp_path: Path) -> None:
    file = written(tmp_path, ROWS)
    assert "--label: " in refused(file, "--text", "text", "--label", "cause")
    assert "has no column 'cause'. It has: text, part." in refused(file, "--text", "text", "--label", "cause")
    assert "--mask: " in refused(file, *COLUMNS, "--mask", "name")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"text,part\n", "has no record with a text in 'text' and a label in 'part'"),
        (b"text,part\na,\n,b\n", "1 without a text; 1 without a label"),
        (b"text,part\na,x\nb,x\n", "have the label 'x': there is nothing to tell apart"),
        (b"text,part\na,x\nb,y\n", "too few different texts"),
        (b"text,part\na,x\na,y\n", "too few different texts"),
        (b"text,part\n" + b"".join(b"a,%d\n" % number for number in range(501)), "hardly a label"),
        (b"PK\x03\x04rest", "is a zip file or an Excel workbook"),
        (b"\x1f\x8bnot really", "can't be read: the gzip data"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old Excel workbook"),
        (b"text,text\n", "has the column 'text' twice"),
    ],
)
def test_a_file_that_can_t_be_judged_is_refused_in_a_sentence(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "orders"
    path.write_bytes(content)
    assert why in refused(str(path), *COLUMNS)


def test_a_file_that_is_not_there_is_named() -> None:
    assert "There is no file nowhere.csv" in refused("nowhere.csv", *COLUMNS)


def test_one_label_to_learn_from_is_too_few(tmp_path: Path) -> None:
    train = written(tmp_path, [("no flow", "pump")], "train.csv")
    assert "the file to learn from have the label 'pump'" in refused(
        written(tmp_path, ROWS), "--train", train, *COLUMNS
    )


def test_no_more_texts_are_kept_than_the_limit(tmp_path: Path) -> None:
    file = written(tmp_path, [(f"{text} {number}", part) for number in range(20) for text, part in ROWS])
    found = evaluated(file, *COLUMNS, "--limit", "40")
    assert found["texts"] == 40
    assert found == evaluated(file, *COLUMNS, "--limit", "40")


# -- the arithmetic ----------------------------------------------------------------------------------------------------


def test_macro_f1_is_the_mean_over_all_labels_that_are_true_or_given() -> None:
    scores = Scores()
    for true, given in (("a", "a"), ("a", "a"), ("a", "b"), ("b", "b"), ("c", "a"), ("c", "d")):
        scores.add(true, given)
    by_label = {one.label: one for one in scores.labels()}
    assert scores.accuracy == pytest.approx(3 / 6)
    assert by_label["a"].f1 == pytest.approx(2 * 2 / (3 + 3))
    assert by_label["a"].precision == pytest.approx(2 / 3)
    assert by_label["a"].recall == pytest.approx(2 / 3)
    assert by_label["b"].f1 == pytest.approx(2 / 3)
    assert (by_label["c"].f1, by_label["d"].f1, by_label["d"].texts) == (0, 0, 0)
    assert scores.macro_f1 == pytest.approx((2 / 3 + 2 / 3) / 4)


def test_a_text_that_occurs_twice_is_never_learnt_and_judged() -> None:
    """Each text has a label of its own, twice: learnt by heart, all would be right."""
    names = ["alpha one", "bravo two", "charlie three", "delta four", "echo five", "foxtrot six"]
    examples = Examples(texts=[*names, *names], labels=[*names, *names], found=12)
    found = evaluate_folds(examples, lambda _: None)
    assert found.classifier.texts == 12
    assert (found.classifier.accuracy, found.seen, found.strange) == (0, 0, 12)


def test_work_is_told_until_it_is_done() -> None:
    examples = Examples(texts=[text for text, _ in ROWS], labels=[part for _, part in ROWS], found=len(ROWS))
    told: list[float] = []
    evaluate_folds(examples, told.append)
    assert sum(told) == pytest.approx(1)
    evaluate_split(examples, examples, told.append)
    assert sum(told) == pytest.approx(2)


def test_one_label_is_refused_by_the_evaluation_itself() -> None:
    with pytest.raises(ExamplesError, match="nothing to tell apart"):
        evaluate_folds(Examples(texts=["a", "b"], labels=["x", "x"], found=2), lambda _: None)
