"""Things that a row has several of, each of which is a line of a form, and an object for programs."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from models.spelling import BLANKS


def trimmed(value: Any) -> Any:
    """A text without the blanks around it; everything else as it is."""
    return value.strip(BLANKS) if isinstance(value, str) else value


class Line(BaseModel):
    """One of several things that belong to a row."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    @abstractmethod
    def several(cls, text: str) -> list[dict[str, Any]]:
        """The things that a line of a form says.

        Raises:
            ValueError: it is no such line; the clause says how one is written.
        """

    @classmethod
    @abstractmethod
    def written(cls, said: Mapping[str, Any]) -> str:
        """The line that says these fields."""


MOST_LINES = 1000


def lines_of(kind: type[Line]) -> Any:
    """The type of a field that has several of these: objects, or lines."""

    def read(value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return [one for each in value for one in (kind.several(each.strip()) if isinstance(each, str) else [each])]

    return Annotated[list[kind], BeforeValidator(read), Field(max_length=MOST_LINES)]  # type: ignore[valid-type]
