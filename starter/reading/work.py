"""What people answered to what their stages asked of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.records import RecordedStage, RecordedWork, TicketRecord
from starter.reading.timeline import visit
from starter.reading.words import words

_SIGNATURE = "customer_signature"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: to what, what it was, and when it was signed, if it is a signature."""

    asked: str
    said: str
    signed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """What was done in a visit of a stage.

    Attributes:
        by: the code of whoever completed it.
        note: the remark that came with it.
    """

    stage: str
    by: str | None
    answers: tuple[Answer, ...]
    note: str = ""


def work_of(record: TicketRecord) -> Iterator[Work]:
    """The work of each visit that has any on record."""
    for stage in record.stages:
        done = stage.execution
        answers = () if done is None else tuple(_answers(done))
        note = "" if done is None else _note(stage)
        if answers or note:
            yield Work(f"{stage.name}{visit(stage.visit)}", stage.finished_by_code, answers, note)


def _note(stage: RecordedStage) -> str:
    """What was remarked at the end of a visit; where nothing was, its reason is that of the outcome, said otherwise.

    The visit's notes are no remark on it: they have why the step was made, or why there is a further visit.
    """
    unsaid = {words(stage.outcome).casefold(), stage.notes.casefold()}
    return "" if stage.reason.casefold() in unsaid else stage.reason


def _answers(done: RecordedWork) -> Iterator[Answer]:
    """What was asked for in the order of the template, then what was said beside it."""
    labels = {one["key"]: one["label"] for one in done.completion_criteria}
    given = done.actions
    for key in [*(key for key in labels if key in given), *(key for key in given if key not in labels)]:
        signed_at = done.signed_at if key == _SIGNATURE and done.customer_signature is not None else None
        yield Answer(labels.get(key) or words(key).capitalize(), _value(given[key]), signed_at)


def _value(value: Any) -> str:
    """An answer as people write it; what is made of parts, as JSON."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "–"
    return str(value) if isinstance(value, str | int | float) else json.dumps(value, ensure_ascii=False)
