"""From a record to a report: which column is which field, what its values mean here, and what the report's key is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from models.contracts.base import Actor
from models.contracts.intake import FNC1
from models.identity import KEY_PATTERN, NUMBER_PATTERN
from models.placeholders import is_error, is_rounded, says_nothing
from models.spelling import unreadable
from models.vocabulary import Priority, Role
from starter.importing.columns import ColumnMapping, MappingError, read_options, short
from starter.importing.formulas import unmarked
from starter.importing.occasions import occasion, occasion_columns
from starter.importing.records import Record, RejectedError, shown

DERIVED_KEY_PREFIX = "import-"
IMPORTER = Actor(code="import", role=Role.OPERATOR)
"""Who reports when the file does not say."""

LONGEST_DESCRIPTION = 20_000
_LONGEST_NAME = 200


class Field(StrEnum):
    """What a report consists of. A report that has no unit names a type, and gets a unit of that type.

    When it was reported only tells a fault that recurs from one that is told twice.
    """

    UNIT = "unit"
    TYPE = "type"
    DESCRIPTION = "description"
    PRIORITY = "priority"
    KEY = "key"
    REPORTER = "reporter"
    REPORTED_AT = "reported_at"


_NAMING = frozenset({Field.UNIT, Field.TYPE, Field.KEY, Field.REPORTER})


@dataclass(frozen=True, slots=True)
class MappedReport:
    """A report that waits for its unit. `unit` or `equipment_type` is set. `digest` tells contents apart.

    `keyed`: the file gives its key. `singular`: it does, or the key is made of when or which incident it was, so that
    none that recurs has the same.
    """

    line: int
    key: str
    unit: str | None
    equipment_type: str | None
    description: str
    priority: Priority
    reporter: Actor
    digest: bytes
    values: Mapping[str, object] = field(default_factory=dict)
    singular: bool = True
    keyed: bool = True


@dataclass(frozen=True, slots=True)
class FieldMapping(ColumnMapping[Field]):
    """How a record is read as a report.

    Attributes:
        key_prefix: stands before every key; None: `import-` before derived keys, nothing before a column's.
    """

    key_prefix: str | None = None
    _occasions: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict, compare=False)

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
        read = read_options(Field, columns, constants, translations)
        if Field.KEY in read.constants:
            raise MappingError("A key belongs to one report: it can't be --set for all. Use --column or --key-prefix.")
        if Field.REPORTED_AT in read.constants:
            raise MappingError("A time belongs to one report: it can't be --set for all. Use --column.")
        return cls(read.columns, read.constants, read.translations, key_prefix)

    def check(self, header: tuple[str, ...] | None) -> None:
        """Refuse a mapping that no record of this file could fit. `header` None: records name their own columns.

        Raises:
            MappingError: a column is not there, or a field that is needed has no source.
        """
        if header is None:
            return
        self.check_named(header)
        has = {where for where in Field if where in self.constants or self.column(where) in header}
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
        raw = {where: self.raw(where, record) for where in Field if where not in self.constants}
        values = {where: _said(where, self.translated(where, text)) for where, text in raw.items()}
        values |= self.constants
        unit, kind = values[Field.UNIT], values[Field.TYPE]
        if not unit and not kind:
            raise RejectedError("the unit is empty")
        description = values[Field.DESCRIPTION]
        if not description:
            nothing = raw.get(Field.DESCRIPTION)
            raise RejectedError(
                f"the description {f'is {short(nothing)}, which says nothing' if nothing else 'is empty'}"
            )
        if len(description) > LONGEST_DESCRIPTION:
            raise RejectedError(
                f"the description has {len(description):,} characters; {LONGEST_DESCRIPTION:,} are the most"
            )
        for where, text in ((Field.UNIT, unit), (Field.REPORTER, values[Field.REPORTER])):
            if len(text) > _LONGEST_NAME:
                raise RejectedError(f"the {where.value} has {len(text):,} characters; {_LONGEST_NAME} are the most")
        told = occasion(record.values, self._occasion_columns(record))
        # When it was reported is in `told`, in one form however it is written.
        said = {where.value: text for where, text in sorted(raw.items()) if text and where is not Field.REPORTED_AT}
        digest = sha256(json.dumps({**said, "occasion": told} if told else said).encode())
        key = raw[Field.KEY] and values[Field.KEY]
        return MappedReport(
            line=record.line,
            key=self._key(key, digest.hexdigest()),
            unit=unit or None,
            equipment_type=None if unit else kind,
            description=description,
            priority=_priority(values[Field.PRIORITY]),
            reporter=Actor(code=values[Field.REPORTER], role=Role.HOSPITAL) if values[Field.REPORTER] else IMPORTER,
            digest=digest.digest()[:16],
            values=record.values,
            singular=bool(key or told),
            keyed=bool(key),
        )

    # -- inside ------------------------------------------------------------------------------------------------------

    def _occasion_columns(self, record: Record) -> tuple[str, ...]:
        """The columns that say when it happened or which incident it was, apart from those of other fields."""
        columns = tuple(record.values)
        if (known := self._occasions.get(columns)) is None:
            others = {self.column(where) for where in Field if where is not Field.REPORTED_AT}
            named = {self.column(Field.REPORTED_AT)} & set(columns)
            known = tuple(sorted(named | (set(occasion_columns(columns)) - others)))
            self._occasions[columns] = known
        return known

    def _key(self, given: str, digest: str) -> str:
        if given:
            key = (self.key_prefix or "") + given
        elif Field.KEY in self.columns:
            raise RejectedError("the key is empty")
        else:
            # From what the file says, not from what the options make of it: a corrected --translate or --set opens
            # nothing anew.
            key = (DERIVED_KEY_PREFIX if self.key_prefix is None else self.key_prefix) + digest[:24]
        if is_rounded(given):
            raise RejectedError(f"the key {short(given)} was rounded by a spreadsheet: format the column as text")
        if not KEY_PATTERN.fullmatch(key) or NUMBER_PATTERN.fullmatch(key.upper()):
            raise RejectedError(
                f"the key {short(key)} can't be used: 1 to 100 letters, digits and . _ : @ + -, beginning with a "
                "letter or digit, and not like a ticket number"
            )
        return key


def _said(where: Field, text: str) -> str:
    """What a field says: without what a spreadsheet put around it, and empty where it says nothing.

    Raises:
        RejectedError: it shows an error of the spreadsheet, or has something in it that nobody sees.
    """
    if not text:
        return text
    if where in _NAMING:
        text = unmarked(text)
        if (flaw := unreadable(text.replace(FNC1, ""))) is not None:
            raise RejectedError(f"the {where.value} {short(text)} {flaw}")
    if is_error(text):
        raise RejectedError(
            f"the {where.value} is {text}, an error of the spreadsheet: correct it there, or give it a meaning with "
            "--translate"
        )
    return "" if says_nothing(text) else text


def _priority(text: str) -> Priority:
    try:
        return Priority(text.upper())
    except ValueError:
        if not text:
            raise RejectedError("the priority is empty; --translate priority:=P3 gives it a meaning") from None
        raise RejectedError(
            f"the priority {short(text)} is none of {', '.join(Priority)}; --translate priority:{text[:20]}=P3 gives "
            "it a meaning"
        ) from None
