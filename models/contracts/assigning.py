"""What is said for and against an engineer, as words with values in them."""

from __future__ import annotations

from pydantic import Field

from models.contracts.base import FromPeople
from models.vocabulary.assigning import AssignmentConcern, Gravity


class Sentence(FromPeople):
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
