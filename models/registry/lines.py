"""Things that a row has several of, each of which is a line of a form, and an object for programs."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

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


class Columns(Line):
    """A line whose fields stand beside each other, with | between them; those at its end may be left out."""

    @classmethod
    def several(cls, text: str) -> list[dict[str, Any]]:
        """The one thing that a line says."""
        names, cells = list(cls.model_fields), [one.strip() for one in text.split(SEPARATOR)]
        if len(cells) > len(names):
            raise ValueError(f"{text!r} says too much: write {f' {SEPARATOR} '.join(names)}")
        said: dict[str, Any] = {}
        for name, cell in zip(names, cells, strict=False):
            if cell:
                is_list = get_origin(cls.model_fields[name].annotation) is list
                said[name] = [one.strip() for one in cell.split(",") if one.strip()] if is_list else cell
        return [said]

    @classmethod
    def written(cls, said: Mapping[str, Any]) -> str:
        cells = [_cell(said.get(name)) for name in cls.model_fields]
        while cells and not cells[-1]:
            cells.pop()
        return f" {SEPARATOR} ".join(cells)


SEPARATOR = "|"
Cell = Annotated[str, BeforeValidator(trimmed), StringConstraints(max_length=1000, pattern=r"^[^|\r\n]*$")]
"""A text in a column, which does not part columns or lines."""

NeededCell = Annotated[Cell, Field(min_length=1)]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    shown = f"{value:.15g}" if isinstance(value, float) else str(value)
    return " ".join(shown.replace(SEPARATOR, "/").split())


MOST_LINES = 1000


def lines_of(kind: type[Line]) -> Any:
    """The type of a field that has several of these: objects, or lines."""

    def read(value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return [one for each in value for one in (kind.several(each.strip()) if isinstance(each, str) else [each])]

    return Annotated[list[kind], BeforeValidator(read), Field(max_length=MOST_LINES)]  # type: ignore[valid-type]
