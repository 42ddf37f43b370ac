"""Which column of a file is which field, and what its values mean here: the options that every import shares."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from models.spelling import BLANKS
from starter.failures import BadInput
from starter.importing.records import Record, RejectedError, shown

ANY_VALUE = "*"
_SHOWN_VALUE = 60

F = TypeVar("F", bound=StrEnum)


def check_directives(form: str) -> str:
    """The form of --date-format, if times can be read by it.

    Raises:
        MappingError: it has a directive that there is not, or one twice.
    """
    try:
        datetime.strptime("", form)  # noqa: DTZ007 - nothing comes of it
    except re.error:
        raise MappingError(f"--date-format {form!r} has a directive twice. Write it like %d/%m/%Y %H:%M.") from None
    except ValueError as error:
        if "bad directive" in str(error) or "stray %" in str(error):
            raise MappingError(f"--date-format {form!r}: {error}. Write it like %d/%m/%Y %H:%M.") from None
    return form


class MappingError(BadInput):
    """The options do not make what is imported out of these columns; the sentence says what is missing."""


@dataclass(frozen=True, slots=True)
class ColumnMapping(Generic[F]):
    """How a record is read.

    Attributes:
        columns: the column that each field stands in; a field without one stands in the column of its own name.
        constants: fields that are the same in every record.
        translations: what a field's value in the file means; `*` is any value that is not named.
    """

    columns: Mapping[F, str] = field(default_factory=dict)
    constants: Mapping[F, str] = field(default_factory=dict)
    translations: Mapping[F, Mapping[str, str]] = field(default_factory=dict)

    def check_named(self, header: tuple[str, ...]) -> None:
        """Refuse options that name a column which is not there.

        Raises:
            MappingError: the column and those that there are.
        """
        for where, column in self.columns.items():
            if column not in header:
                raise MappingError(f"There is no column {column!r} for {where.value}. The file has: {shown(header)}.")

    def column(self, where: F) -> str:
        return self.columns.get(where, where.value)

    def raw(self, where: F, record: Record) -> str:
        """The text of a field as it stands in the file; empty when its default column is not there.

        Raises:
            RejectedError: it is no text, or its named column is missing.
        """
        column = self.column(where)
        if where in self.columns and column not in record.values:
            raise RejectedError(f"there is no column {column!r} for {where.value}")
        value = record.values.get(column)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise RejectedError(f"the {where.value} is not a text but {_kind(value)} (column {column!r})")
        text = str(value).strip(BLANKS)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise RejectedError(f"the {where.value} has half a character: a lone surrogate") from None
        if "\x00" in text:
            raise RejectedError(f"the {where.value} has a NUL character")
        return text

    def translated(self, where: F, text: str) -> str:
        """What a field's text means."""
        meanings = self.translations.get(where, {})
        return meanings.get(text, meanings.get(ANY_VALUE, text))


def read_options(
    fields: type[F], columns: Sequence[str] = (), constants: Sequence[str] = (), translations: Sequence[str] = ()
) -> ColumnMapping[F]:
    """Read the options `FIELD=COLUMN`, `FIELD=VALUE` and `FIELD:FROM=TO`.

    Raises:
        MappingError: one of them is not of that form, or says the same thing twice.
    """
    by_column = dict(_pair(fields, "--column", text, "FIELD=COLUMN") for text in _once("--column", columns))
    by_constant = dict(_pair(fields, "--set", text, "FIELD=VALUE") for text in _once("--set", constants))
    if both := sorted(by_column.keys() & by_constant.keys()):
        raise MappingError(f"{both[0]} has a --column and a --set. Give one of them.")
    translated: dict[F, dict[str, str]] = {}
    for text in translations:
        name, colon, rest = text.partition(":")
        if not colon:
            raise MappingError(f"--translate {text!r} is not of the form FIELD:FROM=TO.")
        where = _field(fields, "--translate", name)
        value, equals, meaning = rest.partition("=")
        if not equals:
            raise MappingError(f"--translate {text!r} is not of the form FIELD:FROM=TO.")
        if value.strip() in translated.setdefault(where, {}):
            raise MappingError(f"--translate {where.value}:{value} is given twice.")
        translated[where][value.strip()] = meaning.strip()
    return ColumnMapping(by_column, by_constant, translated)


def short(text: str) -> str:
    """A value for a message."""
    return repr(text if len(text) <= _SHOWN_VALUE else text[:_SHOWN_VALUE] + "…")


def _once(option: str, texts: Sequence[str]) -> Sequence[str]:
    names = [text.partition("=")[0] for text in texts]
    for name in names:
        if names.count(name) > 1:
            raise MappingError(f"{option} {name} is given twice.")
    return texts


def _pair(fields: type[F], option: str, text: str, form: str) -> tuple[F, str]:
    name, equals, value = text.partition("=")
    if not equals or not value.strip():
        raise MappingError(f"{option} {text!r} is not of the form {form}.")
    return _field(fields, option, name), value.strip()


def _field(fields: type[F], option: str, name: str) -> F:
    try:
        return fields(name.strip())
    except ValueError:
        raise MappingError(f"{option}: there is no field {name!r}. The fields are {', '.join(fields)}.") from None


def _kind(value: object) -> str:
    return {bool: "true or false", list: "a list", dict: "an object"}.get(type(value), type(value).__name__)
