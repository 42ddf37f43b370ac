"""What is said for and against an engineer, as words with values in them."""

from __future__ import annotations

from pydantic import Field

from models.contracts.base import Message, Name
from models.identity import TicketId
from models.vocabulary.assigning import AssignmentConcern, Gravity


class Sentence(Message):
    """Words with `{names}` of values in them: a front has them in its language."""

    text: str
    values: dict[str, str] = Field(default_factory=dict)

    @property
    def words(self) -> str:
        """What it says, in English, as a clause without a full stop."""
        return self.text.format(**self.values)

    @property
    def whole(self) -> str:
        """The same as a sentence."""
        said = self.words
        return f"{said[:1].upper()}{said[1:]}."


class AssignmentWarning(Sentence):
    """Something that speaks against putting an engineer on a stage, as it was known when they were put there."""

    kind: AssignmentConcern
    gravity: Gravity = Gravity.WARNING


class AssignmentQuestion(Message):
    """Who is to be put on which stage of a ticket; no stage: all open ones that their level covers."""

    ticket_id: TicketId
    engineer_code: Name
    stage: str | None = None


class AssignmentWarnings(Message):
    """What speaks against it, the gravest first."""

    warnings: tuple[AssignmentWarning, ...] = ()
