"""Labelled texts out of a file: as many as memory is meant for, chosen by a lot that always falls the same way."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from activities.ai.local.learning.features import LONGEST_TEXT
from starter.failures import BadInput
from starter.importing.records import Record, Records, Rejected
from starter.importing.source import Source

LONGEST_LABEL = 200
MOST_LABELS = 500
_SHOWN = 12
_MASKED = re.compile(r"[^\W_]{3,}")


class ExamplesError(BadInput):
    """The file can't be learnt from or judged on; the sentence is for the person who named it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which columns hold what.

    Attributes:
        mask: a column whose words (of three letters or more) are taken out of the text; None: nothing is.
        limit: how many examples are kept at the most.
    """

    text: str
    label: str
    mask: str | None = None
    limit: int = 20_000

    @property
    def columns(self) -> Iterator[tuple[str, str]]:
        """Each option with its column."""
        yield "--text", self.text
        yield "--label", self.label
        if self.mask is not None:
            yield "--mask", self.mask


@dataclass(slots=True)
class Examples:
    """The examples that were kept, and what became of the other records."""

    texts: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    found: int = 0
    without_text: int = 0
    without_label: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    rejected_count: int = 0


def read_examples(source: Source, records: Records, wanted: Wanted, tell: Callable[[], object]) -> Examples:
    """The examples of an open file.

    Args:
        tell: is called for each record, for a progress bar.

    Raises:
        ExamplesError: a column is missing, no record has a text and a label, or the labels are none.
        SourceError: the file breaks off.
    """
    if records.columns is not None:
        _check(source.name, wanted, records.columns)
    examples, lot = Examples(), random.Random(0)  # noqa: S311 - a choice, and no secret
    for record in records:
        tell()
        if isinstance(record, Rejected):
            _reject(examples, record)
            continue
        if records.columns is None:
            _check(source.name, wanted, tuple(record.values))
        _take(examples, record, wanted, lot)
    _check_labels(source.name, wanted, examples)
    return examples


def _check(name: str, wanted: Wanted, columns: tuple[str, ...]) -> None:
    for option, column in wanted.columns:
        if column not in columns:
            shown = ", ".join(columns[:_SHOWN]) + (", …" if len(columns) > _SHOWN else "")
            raise ExamplesError(f"{option}: {name} has no column {column!r}. It has: {shown}.")


def _take(examples: Examples, record: Record, wanted: Wanted, lot: random.Random) -> None:
    values = [_written(record.values.get(column)) for _, column in wanted.columns]
    if None in values:
        _reject(examples, Rejected(record.line, "a text, a label or a mask is no text but a list or an object"))
        return
    text, label = _one_line(values[0] or ""), _one_line(values[1] or "")
    if wanted.mask is not None:
        text = masked(text, values[2] or "")
    if not text:
        examples.without_text += 1
    elif not label:
        examples.without_label += 1
    elif len(label) > LONGEST_LABEL:
        _reject(examples, Rejected(record.line, f"the label is longer than {LONGEST_LABEL} characters"))
    else:
        examples.found += 1
        if len(examples.texts) < wanted.limit:
            examples.texts.append(text[:LONGEST_TEXT])
            examples.labels.append(label)
        elif (place := lot.randrange(examples.found)) < wanted.limit:
            examples.texts[place], examples.labels[place] = text[:LONGEST_TEXT], label


def masked(text: str, name: str) -> str:
    """A text without the words of a name: every word of three letters or more that stands in it, whatever its case."""
    hidden = {word.casefold() for word in _MASKED.findall(name)}
    return _one_line(_MASKED.sub(lambda found: "" if found.group().casefold() in hidden else found.group(), text))


def _written(value: object) -> str | None:
    """A value as text; None if it is none."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _reject(examples: Examples, rejected: Rejected) -> None:
    examples.rejected_count += 1
    if len(examples.rejected) < 20:
        examples.rejected.append(rejected)


def _check_labels(name: str, wanted: Wanted, examples: Examples) -> None:
    if not examples.texts:
        why = _why_none(examples)
        raise ExamplesError(
            f"{name} has no record with a text in {wanted.text!r} and a label in {wanted.label!r}{why}."
        )
    labels = Counter(examples.labels)
    if len(labels) > MOST_LABELS:
        raise ExamplesError(
            f"{name} has {len(labels):,} different values in {wanted.label!r}, more than {MOST_LABELS}: "
            "that is hardly a label. Name another column as --label."
        )


def _why_none(examples: Examples) -> str:
    told: Mapping[str, int] = {
        "without a text": examples.without_text,
        "without a label": examples.without_label,
        "that can't be read": examples.rejected_count,
    }
    return "".join(f"; {count:,} {what}" for what, count in told.items() if count)
