"""What programs say and are answered about rows of the registry: made of what each kind declares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from models.registry.kinds import KINDS, change_of
from models.vocabulary.registry import RegistryKind

REASON = "Why: the history shows it."


class Reason(BaseModel):
    """Why something is done."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "The ward was closed."}]})

    reason: Annotated[str, Field(min_length=1, max_length=1000, pattern=r"\S", description=REASON)]


class FieldChange(BaseModel):
    """What a field was, and what it is since then."""

    field: str
    old: Any
    new: Any


class HistoryEntry(BaseModel):
    """What somebody has done to a row."""

    number: int = Field(description="Of the entry in the audit trail.")
    at: datetime
    actor: str
    role: str
    doing: str = Field(description="added, changed; recorded: it was there when history began.")
    reason: str
    changes: list[FieldChange]


class History(BaseModel):
    """A page of what was done to a row, newest first."""

    entries: list[HistoryEntry]
    next: str | None


def _row_shape(kind: RegistryKind) -> type[BaseModel]:
    """What a row says, as it is answered: what is on record is shown, also where it would not be taken any more."""
    fields: dict[str, Any] = {
        name: (_answered(one.annotation), Field(description=one.description))
        for name, one in KINDS[kind].said.model_fields.items()
    }
    whole: dict[str, Any] = {
        "id": (str, Field(description="By which the row is called in whatever way it changes.")),
        **fields,
        "in_use": (bool, Field(description="false: it is retired.")),
    }
    return create_model(f"{_title(kind)}Row", __doc__=f"A {KINDS[kind].one} of the registry.", **whole)


def _answered(annotation: Any) -> Any:
    plain = {
        datetime: str | None,
        date: date | None,
        float: float | None,
        Decimal: float | None,
        int: int | None,
        bool: bool,
    }
    if isinstance(annotation, type):
        return str if issubclass(annotation, str | StrEnum) else plain.get(annotation, Any)
    return Any


def _title(kind: RegistryKind) -> str:
    return KINDS[kind].one.title().replace(" ", "")


@dataclass(frozen=True, slots=True)
class Shapes:
    """What is said and answered about a kind.

    Attributes:
        whole: a row.
        listed: a page of them.
        new: what a request says of a new one.
        change: and of one that is there.
    """

    whole: type[BaseModel]
    listed: type[BaseModel]
    new: type[BaseModel]
    change: type[BaseModel]


@cache
def shapes_of(kind: RegistryKind) -> Shapes:
    """The shapes of a kind."""
    declared, title = KINDS[kind], _title(kind)
    row: Any = _row_shape(kind)
    about = f"Tickets that have not ended and are about it. {declared.touches}".strip()
    name = next(field for field in declared.title if field not in declared.fixed)
    changed = {name: declared.example[name], "reason": "It was misspelled."}
    new = create_model(
        f"New{title}",
        __base__=_exemplified(declared.said, dict(declared.example)),
        __doc__=declared.said.__doc__,
        reason=(str, Field("", max_length=1000, description=REASON)),
    )
    change = create_model(
        f"{title}Changes",
        __base__=_exemplified(change_of(kind), changed),
        __doc__=declared.said.__doc__,
        reason=(str, Field(min_length=1, max_length=1000, pattern=r"\S", description=REASON)),
    )
    return Shapes(
        whole=create_model(
            f"Registered{title}", __base__=row, __doc__=row.__doc__, open_tickets=(int, Field(description=about))
        ),
        listed=create_model(
            f"{title}Rows", __doc__=f"A page of {kind.value}.", rows=(list[row], ...), next=(str | None, ...)
        ),
        new=new,
        change=change,
    )


def _exemplified(shape: type[BaseModel], example: dict[str, Any]) -> type[BaseModel]:
    """The same shape with an example of its own."""

    class Exemplified(shape):  # type: ignore[misc, valid-type]
        model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [example]})

    return Exemplified
