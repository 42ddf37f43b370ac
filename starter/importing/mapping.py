"""From a record to a report: which column is which field, what its values mean here, and what the report's key is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from models.contracts.base import Actor
from models.identity import KEY_PATTERN, NUMBER_PATTERN
from models.vocabulary import Priority, Role
from starter.importing.records import Record, RejectedError, shown

ANY_VALUE = "*"
DERIVED_KEY_PREFIX = "import-"
IMPORTER = Actor(code="import", role=Role.OPERATOR)
"""Who reports when the file does not say."""

LONGEST_DESCRIPTION = 20_000
_LONGEST_NAME = 200
_SHOWN_VALUE = 60


class Field(StrEnum):
    """What a report consists of. A report that has no unit names a type, and gets a unit of that type."""

    UNIT = "unit"
    TYPE = "type"
    DESCRIPTION = "description"
    PRIORITY = "priority"
    KEY = "key"
    REPORTER = "reporter"


class MappingError(Exception):
    """The options do not make a report out of these columns; the sentence says what is missing."""


@dataclass(frozen=True, slots=True)
class MappedReport:
    """A report that waits for its unit. `unit` or `equipment_type` is set. `digest` tells contents apart."""

    line: int
    key: str
    unit: str | None
    equipment_type: str | None
    description: str
    priority: Priority
    reporter: Actor
    digest: bytes
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """How a record is read.

    Attributes:
        columns: the column that each field stands in; a field without one stands in the column of its own name.
        constants: fields that are the same in every report.
        translations: what a field's value in the file means; `*` is any value that is not named.
        key_prefix: stands before every key; None: `import-` before derived keys, nothing before a column's.
    """

    columns: Mapping[Field, str] = field(default_factory=dict)
    constants: Mapping[Field, str] = field(default_factory=dict)
    translations: Mapping[Field, Mapping[str, str]] = field(default_factory=dict)
    key_prefix: str | None = None

    @classmethod
    def parse(
        cls,
        columns: Sequence[str] = (),
        constants: Sequence[str] = (),
        translations: Sequence[str] = (),
        key_prefix: str | None = None,
    ) -> FieldMapping:
        """Read the options `FIELD=COLUMN`, `FIELD=VALUE` and `FIELD:FROM=TO`.

        Raises:
            MappingError: one of them is not of that form, or says the same thing twice.
        """
        by_column = dict(_pair("--column", text, "FIELD=COLUMN") for text in _once("--column", columns))
        by_constant = dict(_pair("--set", text, "FIELD=VALUE") for text in _once("--set", constants))
        if both := sorted(by_column.keys() & by_constant.keys()):
            raise MappingError(f"{both[0]} has a --column and a --set. Give one of them.")
        if Field.KEY in by_constant:
            raise MappingError("A key belongs to one report: it can't be --set for all. Use --column or --key-prefix.")
        translated: dict[Field, dict[str, str]] = {}
        for text in translations:
            name, colon, rest = text.partition(":")
            if not colon:
                raise MappingError(f"--translate {text!r} is not of the form FIELD:FROM=TO.")
            where = _field("--translate", name)
            value, equals, meaning = rest.partition("=")
            if not equals:
                raise MappingError(f"--translate {text!r} is not of the form FIELD:FROM=TO.")
            if value.strip() in translated.setdefault(where, {}):
                raise MappingError(f"--translate {where.value}:{value} is given twice.")
            translated[where][value.strip()] = meaning.strip()
        return cls(by_column, by_constant, translated, key_prefix)

    def check(self, header: tuple[str, ...] | None) -> None:
        """Refuse a mapping that no record of this file could fit. `header` None: records name their own columns.

        Raises:
            MappingError: a column is not there, or a field that is needed has no source.
        """
        if header is None:
            return
        for where, column in self.columns.items():
            if column not in header:
                raise MappingError(f"There is no column {column!r} for {where.value}. The file has: {shown(header)}.")
        has = {where for where in Field if where in self.constants or self._column(where) in header}
        for needed in (Field.DESCRIPTION, Field.PRIORITY):
            if needed not in has:
                raise MappingError(
                    f"No column gives the {needed.value}. Name one with --column {needed.value}=COLUMN"
                    f"{' or --set priority=P3' if needed is Field.PRIORITY else ''}. The file has: {shown(header)}."
                )
        if not has & {Field.UNIT, Field.TYPE}:
            raise MappingError(
                "No column gives the unit. Name one with --column unit=COLUMN, or with --column type=COLUMN for an "
                f"equipment type. The file has: {shown(header)}."
            )

    @property
    def picks_units(self) -> bool:
        """Whether reports may name a type alone."""
        return Field.UNIT not in self.constants

    def report(self, record: Record) -> MappedReport:
        """The report of a record.

        Raises:
            RejectedError: a value is missing, or not what its field takes.
        """
        raw = {where: self._raw(where, record) for where in Field if where not in self.constants}
        values = {where: self._translated(where, text) for where, text in raw.items()} | dict(self.constants)
        unit, kind = values[Field.UNIT], values[Field.TYPE]
        if not unit and not kind:
            raise RejectedError("the unit is empty")
        description = values[Field.DESCRIPTION]
        if not description:
            raise RejectedError("the description is empty")
        if len(description) > LONGEST_DESCRIPTION:
            raise RejectedError(
                f"the description has {len(description):,} characters; {LONGEST_DESCRIPTION:,} are the most"
            )
        for where, text in ((Field.UNIT, unit), (Field.REPORTER, values[Field.REPORTER])):
            if len(text) > _LONGEST_NAME:
                raise RejectedError(f"the {where.value} has {len(text):,} characters; {_LONGEST_NAME} are the most")
        digest = sha256(json.dumps({where.value: text for where, text in sorted(raw.items()) if text}).encode())
        return MappedReport(
            line=record.line,
            key=self._key(raw[Field.KEY] and values[Field.KEY], digest.hexdigest()),
            unit=unit or None,
            equipment_type=None if unit else kind,
            description=description,
            priority=_priority(values[Field.PRIORITY]),
            reporter=Actor(code=values[Field.REPORTER], role=Role.HOSPITAL) if values[Field.REPORTER] else IMPORTER,
            digest=digest.digest()[:16],
            values=record.values,
        )

    # -- inside ------------------------------------------------------------------------------------------------------

    def _column(self, where: Field) -> str:
        return self.columns.get(where, where.value)

    def _raw(self, where: Field, record: Record) -> str:
        column = self._column(where)
        if where in self.columns and column not in record.values:
            raise RejectedError(f"there is no column {column!r} for {where.value}")
        value = record.values.get(column)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise RejectedError(f"the {where.value} is not a text but {_kind(value)} (column {column!r})")
        text = str(value).strip()
        try:
            text.encode()
        except UnicodeEncodeError:
            raise RejectedError(f"the {where.value} has half a character: a lone surrogate") from None
        if "\x00" in text:
            raise RejectedError(f"the {where.value} has a NUL character")
        return text

    def _translated(self, where: Field, text: str) -> str:
        meanings = self.translations.get(where, {})
        return meanings.get(text, meanings.get(ANY_VALUE, text))

    def _key(self, given: str, digest: str) -> str:
        if given:
            key = (self.key_prefix or "") + given
        elif Field.KEY in self.columns:
            raise RejectedError("the key is empty")
        else:
            # From what the file says, not from what the options make of it: a corrected --translate or --set opens
            # nothing anew.
            key = (DERIVED_KEY_PREFIX if self.key_prefix is None else self.key_prefix) + digest[:24]
        if not KEY_PATTERN.fullmatch(key) or NUMBER_PATTERN.fullmatch(key):
            raise RejectedError(
                f"the key {_short(key)} can't be used: 1 to 100 letters, digits and . _ : @ + -, beginning with a "
                "letter or digit, and not like a ticket number"
            )
        return key


def _priority(text: str) -> Priority:
    try:
        return Priority(text.upper())
    except ValueError:
        if not text:
            raise RejectedError("the priority is empty; --translate priority:=P3 gives it a meaning") from None
        raise RejectedError(
            f"the priority {_short(text)} is none of {', '.join(Priority)}; --translate priority:{text[:20]}=P3 gives "
            "it a meaning"
        ) from None


def _once(option: str, texts: Sequence[str]) -> Sequence[str]:
    names = [text.partition("=")[0] for text in texts]
    for name in names:
        if names.count(name) > 1:
            raise MappingError(f"{option} {name} is given twice.")
    return texts


def _pair(option: str, text: str, form: str) -> tuple[Field, str]:
    name, equals, value = text.partition("=")
    if not equals or not value.strip():
        raise MappingError(f"{option} {text!r} is not of the form {form}.")
    return _field(option, name), value.strip()


def _field(option: str, name: str) -> Field:
    try:
        return Field(name.strip())
    except ValueError:
        raise MappingError(f"{option}: there is no field {name!r}. The fields are {', '.join(Field)}.") from None


def _kind(value: object) -> str:
    return {bool: "true or false", list: "a list", dict: "an object"}.get(type(value), type(value).__name__)


def _short(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_VALUE else text[:_SHOWN_VALUE] + "…")
