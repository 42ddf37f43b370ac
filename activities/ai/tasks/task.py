"""What a task is to those who ask: its prompt, what goes into a question, what an answer must be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel

from activities.ai.local.instructions import seems_to_instruct
from activities.ai.providers.protocol import AiMessage, PicturePart, TextPart
from activities.ai.tasks.prompts import Prompt
from models.contracts.ai import PictureRef
from models.vocabulary.ai import AiTask, MessageRole

Subject = Mapping[str, Any]


def nothing(_: Subject) -> Iterable[tuple[str, str]]:
    """No texts."""
    return ()


def as_it_is(subject: Subject, _stage: str | None) -> Subject:
    """The subject as it was looked up."""
    return subject


def anything(_answer: BaseModel, _subject: Subject) -> None:
    """Every answer that fits its model will do."""


@dataclass(frozen=True, slots=True)
class AiTaskDefinition:
    """One task.

    Attributes:
        output: what an answer must be. Both SDKs make a strict JSON schema of it.
        prompt: what the model is told; the part that is ours.
        question: the user's message for a subject, in which everything that people wrote is between marks (`fence`).
        written: the texts of a subject that people wrote, each with where it stands (`description`); they are looked
            through for instructions, for a flag.
        check: raises `ValueError`, or `AiBadAnswer` with a reason of its own, for an answer that fits the model and
            can't be right all the same: a part that does not exist; `AiAbstained` for one that says that it can't say.
            The next provider is asked then.
        narrowed: what is left of a subject that was looked up, for a stage by its key: what is asked goes through the
            history of the ticket. It is the same however often it is narrowed.
        output_tokens: of an answer, at the most.
    """

    task: AiTask
    output: type[BaseModel]
    prompt: Prompt
    question: Callable[[Subject], str]
    written: Callable[[Subject], Iterable[tuple[str, str]]] = nothing
    check: Callable[[Any, Subject], None] = anything
    narrowed: Callable[[Subject, str | None], Subject] = as_it_is
    output_tokens: int = 4_096

    def messages(self, subject: Subject, pictures: Iterable[PicturePart] = ()) -> tuple[AiMessage, ...]:
        """What a provider is sent."""
        return (
            AiMessage.of(MessageRole.SYSTEM, self.prompt.text),
            AiMessage(MessageRole.USER, (TextPart(self.question(subject)), *pictures)),
        )

    def flags(self, subject: Subject) -> tuple[str, ...]:
        """What is odd about a subject: `instructions_in_description` where a report seems to talk to the model."""
        odd = (f"instructions_in_{where}" for where, text in self.written(subject) if seems_to_instruct([text]))
        return tuple(dict.fromkeys(odd))


class Pictures(Protocol):
    """Where pictures come from."""

    async def load(self, reference: PictureRef) -> PicturePart:
        """The picture, small enough to be sent and of a type that providers take.

        Raises:
            LookupError: there is none.
        """


class NoPictures:
    """Where no pictures are stored."""

    async def load(self, reference: PictureRef) -> PicturePart:
        raise LookupError(f"there is no picture {reference.key}")
