"""What is signed, as a person reads it: every part of the document in their words, and the document itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starter.reading.signing import canonical
from starter.reading.words import words
from starter.signing.ready import ToSign

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer: to what, and what it was."""

    asked: str
    said: str


@dataclass(frozen=True, slots=True)
class SignedStage:
    """A visit that was over, with what was answered in it."""

    name: str
    row: Row
    answers: Sequence[Answered]


@dataclass(frozen=True, slots=True)
class DocumentView:
    """The document of a signature.

    Attributes:
        stages: by their visits, in the order of the record.
        answers: what is answered with the signature.
        text: the document as it is hashed.
    """

    ticket: Row
    diagnoses: Sequence[Row]
    stages: Sequence[SignedStage]
    parts: Sequence[Row]
    answers: Sequence[Answered]
    text: str


def document_view(ready: ToSign) -> DocumentView:
    """What somebody is shown who signs it."""
    labels = {
        (stage.key, action.key): action.label
        for stage in ready.record.stage_definitions
        for action in stage.required_actions
    }

    def answered(stage: str, given: Mapping[str, Any]) -> list[Answered]:
        return [
            Answered(labels.get((stage, key)) or words(key).capitalize(), _said(value)) for key, value in given.items()
        ]

    document = ready.document
    signed = document["signed"]
    return DocumentView(
        ticket=document["ticket"],
        diagnoses=document["diagnoses"],
        stages=[SignedStage(one["name"], one, answered(one["stage"], one["answers"])) for one in document["stages"]],
        parts=document["parts"],
        answers=answered(signed["stage"], signed["answers"]),
        text=canonical(document).decode(),
    )


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None else str(value)
