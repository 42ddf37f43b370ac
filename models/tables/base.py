"""What every table has in common, and the columns' types in one place.

The migrations make the schema; these classes name it for Python, and a test holds the two together. CHECKs, triggers
and exclusion constraints stand in `migrations/versions/` alone: an enumeration's CHECK is compared with the enum of
its column here.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, DateTime, Float, ForeignKey, Interval, MetaData, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

NAMES = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
}
"""PostgreSQL's own names, so that plain SQL and these classes agree without saying them."""


class TextEnum(TypeDecorator[StrEnum]):
    """An enumeration kept as text; the column's CHECK lists the values."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002
        return None if value is None else self.kind(value)


class Timestamptz(TypeDecorator[datetime]):
    """An instant; aware on both sides."""

    impl = DateTime(timezone=True)
    cache_ok = True


class Row(SQLModel):
    """A row with an id of its own that grows with time."""

    metadata = MetaData(naming_convention=NAMES)

    id: UUID | None = Field(
        default=None,
        primary_key=True,
        sa_type=Uuid,
        sa_column_kwargs={"server_default": text("uuidv7()")},
    )


class ChangingRow(Row):
    """A row that may be changed; the trigger function `set_updated_at()` keeps `updated_at`."""

    created_at: datetime | None = Field(
        default=None, sa_type=Timestamptz, nullable=False, sa_column_kwargs={"server_default": text("now()")}
    )
    updated_at: datetime | None = Field(
        default=None, sa_type=Timestamptz, nullable=False, sa_column_kwargs={"server_default": text("now()")}
    )


def _column(kind: Any, *constraints: Any, nullable: bool, default: str | None) -> Any:
    server_default = None if default is None else text(default)
    column: Column[Any] = Column(kind, *constraints, nullable=nullable, server_default=server_default)
    return Field(default=None, sa_column=column)


def words(*, nullable: bool = False, default: str | None = None) -> Any:
    """A text."""
    return _column(Text(), nullable=nullable, default=default)


def one_of(kind: type[StrEnum], *, nullable: bool = False, default: str | None = None) -> Any:
    """A value of an enumeration."""
    return _column(TextEnum(kind), nullable=nullable, default=default)


def moment(*, nullable: bool = False, default: str | None = None) -> Any:
    """An instant."""
    return _column(Timestamptz(), nullable=nullable, default=default)


def duration(*, nullable: bool = False, default: str | None = None) -> Any:
    """A length of time."""
    return _column(Interval(), nullable=nullable, default=default)


def reference(target: str, *, nullable: bool = False, cascade: bool = False) -> Any:
    """A foreign key to `table.column`; `cascade`: the row goes when its target goes."""
    key = ForeignKey(target, ondelete="CASCADE" if cascade else None)
    return _column(Uuid(), key, nullable=nullable, default=None)


def identifier(*, nullable: bool = False) -> Any:
    """A UUID that is part of a foreign key over several columns."""
    return _column(Uuid(), nullable=nullable, default=None)


def of_type(kind: Any, *, nullable: bool = False, default: str | None = None) -> Any:
    """A column of the given SQL type."""
    return _column(kind, nullable=nullable, default=default)


def degrees() -> Any:
    """A latitude or longitude in decimal degrees, if known."""
    return _column(Float(53), nullable=True, default=None)


def flag(*, nullable: bool = False, default: str | None = None) -> Any:
    """Yes or no; NULL where that is not known."""
    return _column(Boolean(), nullable=nullable, default=default)


def several(kind: Any, *, default: str | None = None) -> Any:
    """An array of the given SQL type."""
    return _column(ARRAY(kind), nullable=False, default=default)


def document(*, nullable: bool = False, default: str | None = None) -> Any:
    """JSON whose shape the user chooses."""
    return _column(JSONB(), nullable=nullable, default=default)
