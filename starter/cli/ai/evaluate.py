"""What `fieldcare ai evaluate` does and shows."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.table import Table

from starter.cli.ai.declare import EvaluateOptions
from starter.cli.terminal.bars import Bar
from starter.cli.terminal.display import show
from starter.cli.terminal.file_records import open_records
from starter.cli.terminal.run import NOT_WELL, err, out
from starter.evaluating.evaluation import Evaluation, evaluate_folds, evaluate_split
from starter.evaluating.examples import Examples, Wanted, read_examples
from starter.evaluating.scores import Scores

_BROKEN_OFF = "Nothing was judged; get a whole copy."
_NAMES = {"classifier": "built-in learner", "nearest": "nearest neighbour (TF-IDF)", "commonest": "commonest label"}


async def evaluate_file(options: EvaluateOptions) -> int:
    """Evaluate and return the exit code."""
    wanted = Wanted(options.text, options.label, options.mask, options.limit)
    path = None if options.file == "-" else Path(options.file)
    train = _read(options.train, wanted, options) if options.train is not None else None
    test = _read(path, wanted, options)
    with Bar("Learning and judging", 1.0, counts=False) as bar:
        advance = bar.advance
        found = evaluate_folds(test, advance) if train is None else evaluate_split(train, test, advance)
    if options.as_json:
        sys.stdout.write(json.dumps(_as_json(found, test, train)) + "\n")
    else:
        _show(found, test, train, by_label=options.by_label)
    rejected = test.rejected_count + (train.rejected_count if train else 0)
    return NOT_WELL if rejected else 0


def _read(path: Path | None, wanted: Wanted, options: EvaluateOptions) -> Examples:
    with ExitStack() as exits:
        source, records = open_records(path, options, exits, _BROKEN_OFF)
        bar = exits.enter_context(Bar("Reading", source.size, counts=False))
        examples = read_examples(source, records, wanted, lambda: bar("Reading", source.position, source.size))
        name = source.name
    for reject in examples.rejected:
        show(err, f"{name}, line {reject.line}: {reject.reason}")
    if examples.rejected_count > len(examples.rejected):
        show(err, f"… and {examples.rejected_count - len(examples.rejected):,} more.")
    return examples


def _show(found: Evaluation, test: Examples, train: Examples | None, *, by_label: bool) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for heading in ("accuracy", "macro-F1"):
        table.add_column(heading, justify="right")
    for key, name in _NAMES.items():
        scores: Scores = getattr(found, key)
        table.add_row(name, f"{scores.accuracy:.3f}", f"{scores.macro_f1:.3f}")
    out.print(table)
    if by_label:
        out.print()
        out.print(_label_table(found.classifier))
    for sentence in _sentences(found, test, train):
        show(err, sentence)


def _label_table(scores: Scores) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("label")
    for heading in ("texts", "precision", "recall", "F1"):
        table.add_column(heading, justify="right")
    for one in scores.labels():
        table.add_row(
            one.label.replace("[", r"\["),
            f"{one.texts:,}",
            f"{one.precision:.3f}",
            f"{one.recall:.3f}",
            f"{one.f1:.3f}",
        )
    return table


def _sentences(found: Evaluation, test: Examples, train: Examples | None) -> list[str]:
    how = (
        f"{found.folds}-fold cross-validation, learning from {found.learnt_from:,} at a time"
        if found.folds
        else f"learnt from {found.learnt_from:,} texts of --train"
    )
    sentences = [f"Judged on {found.classifier.texts:,} texts with {len(set(test.labels))} labels; {how}."]
    for name, examples in (("FILE", test), ("--train", train)):
        if examples is None:
            continue
        if examples.found > len(examples.texts):
            sentences.append(
                f"{name}: {len(examples.texts):,} of {examples.found:,} texts were chosen by lot (--limit)."
            )
        left_out = {
            "without a label": examples.without_label,
            "without a text": examples.without_text,
            "unreadable": examples.rejected_count,
        }
        told = ", ".join(f"{count:,} {what}" for what, count in left_out.items() if count)
        if told:
            sentences.append(f"{name}: records left out: {told}.")
    if found.seen:
        sentences.append(f"{found.seen:,} of the judged texts stand word for word among those learnt from.")
    if found.strange:
        sentences.append(f"{found.strange:,} of them have a label that none of those learnt from has.")
    return sentences


def _as_json(found: Evaluation, test: Examples, train: Examples | None) -> dict[str, Any]:
    def scored(scores: Scores) -> dict[str, float]:
        return {"accuracy": round(scores.accuracy, 6), "macro_f1": round(scores.macro_f1, 6)}

    return {
        "texts": found.classifier.texts,
        "labels": len(set(test.labels)),
        "folds": found.folds or None,
        "learnt_from": found.learnt_from,
        "classifier": scored(found.classifier),
        "nearest_neighbour": scored(found.nearest),
        "majority": scored(found.commonest),
        "judged_texts_also_learnt": found.seen,
        "judged_labels_never_learnt": found.strange,
        "left_out": {
            "without_label": test.without_label + (train.without_label if train else 0),
            "without_text": test.without_text + (train.without_text if train else 0),
            "unreadable": test.rejected_count + (train.rejected_count if train else 0),
        },
        "by_label": [
            {"label": one.label, "texts": one.texts, "precision": one.precision, "recall": one.recall, "f1": one.f1}
            for one in found.classifier.labels()
        ],
    }
