"""How a field of the registry is entered by a person: in a form, or as `field=value`. Made of what a kind declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from models.registry.kinds import KINDS
from models.registry.lines import Line
from models.vocabulary.registry import RegistryKind


class Widget(StrEnum):
    """In what a field is entered."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    LINES = "lines"


SUGGESTED: Mapping[str, str] = {
    "calendar": "calendar",
    "shift_calendar": "calendar",
    "equipment_type": "equipment_type",
    "manufacturer": "manufacturer",
}
"""By the field, which of the short lists of `registry_choices()` has what it may name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A field as it is entered.

    Attributes:
        choices: what it may be, where that is a few words.
        suggested: the short list that has what it may name.
        line: what each of its lines is, where that is more than a text.
    """

    name: str
    label: str
    help: str
    widget: Widget
    required: bool
    fixed: bool
    choices: tuple[str, ...] = ()
    suggested: str | None = None
    line: type[Line] | None = None

    def value(self, text: str) -> Any:
        """What was entered, before it is looked at; nothing is None, and of several things none."""
        if self.widget is Widget.LINES:
            return [one for one in (part.strip() for part in text.splitlines()) if one]
        return text.strip() or None

    def written(self, value: Any) -> str:
        """What is entered for that value."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, list):
            return "\n".join(one if self.line is None else self.line.written(one) for one in value)
        return f"{value:.15g}" if isinstance(value, float) else str(value)


@cache
def entries_of(kind: RegistryKind) -> tuple[Entry, ...]:
    """The fields of a kind in their order."""
    declared = KINDS[kind]
    return tuple(_entry(name, one, fixed=name in declared.fixed) for name, one in declared.said.model_fields.items())


def values_of(kind: RegistryKind, texts: Mapping[str, str]) -> dict[str, Any]:
    """What was entered, by the field. A field that the kind has not is left as it is, to be refused."""
    known = {one.name: one for one in entries_of(kind)}
    return {name: known[name].value(text) if name in known else text for name, text in texts.items()}


def _entry(name: str, said: FieldInfo, *, fixed: bool) -> Entry:
    plain, is_list = _plain(said.annotation)
    widget = Widget.TEXT
    choices: tuple[str, ...] = ()
    line = plain if is_list and isinstance(plain, type) and issubclass(plain, Line) else None
    if is_list:
        widget = Widget.LINES
    elif plain is bool:
        widget, choices = Widget.CHOICE, ("yes", "no")
    elif isinstance(plain, type) and issubclass(plain, StrEnum):
        widget, choices = Widget.CHOICE, tuple(one.value for one in plain)
    elif plain is date:
        widget = Widget.DATE
    elif plain in {int, float, Decimal}:
        widget = Widget.NUMBER
    return Entry(
        name=name,
        label=said.title or name,
        help=said.description or "",
        widget=widget,
        required=said.is_required(),
        fixed=fixed,
        choices=choices,
        suggested=SUGGESTED.get(name),
        line=line,
    )


def _plain(annotation: Any) -> tuple[Any, bool]:
    """The type of a value, or of each of several, and whether it is several."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _plain(get_args(annotation)[0])
    if origin in {Union, UnionType}:
        return _plain(next(one for one in get_args(annotation) if one is not type(None)))
    if origin in {list, tuple}:
        return _plain(get_args(annotation)[0])[0], True
    return annotation, False
