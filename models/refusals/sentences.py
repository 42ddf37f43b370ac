"""What PostgreSQL refuses, in one sentence with the remedy: no SQL, no row, nothing of the statement.

A sentence begins small and has no full stop, so that it can follow a colon. The name of the constraint stands in
brackets at its end: it leads from a complaint to the rule. What a function of ours raises is taken as it is, with its
hint.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from models.refusals.words import CLASHES, COLUMN_RULES, COLUMNS, OVERLAPS, RULES, STRANGERS, TABLES

LONGEST_VALUE = 80
"""How much of a refused value is repeated, in characters."""

_KEY = r"Key \((?P<columns>.*?)\)=\((?P<values>.*)\) "
_TAKEN = re.compile(_KEY + r"already exists\.", re.DOTALL)
_MISSING = re.compile(_KEY + r'is not present in table "(?P<table>\w+)"\.', re.DOTALL)
_IN_USE = re.compile(_KEY + r'is (?:still )?referenced from table "(?P<table>\w+)"\.', re.DOTALL)
_NOT_OF_TYPE = re.compile(r'invalid input syntax for type (?P<type>[\w ]+)(?:: "(?P<value>.*)")?', re.DOTALL)
_OUT_OF_TYPE = re.compile(r'value "(?P<value>.*)" is out of range for type (?P<type>[\w ]+)', re.DOTALL)
_NO_DATE = re.compile(r'date/time field value out of range: "(?P<value>.*)"', re.DOTALL)
_TOO_LONG = re.compile(r"value too long for type \w[\w ]*\((?P<most>\d+)\)")

_TYPES = {
    "bigint": "whole number",
    "boolean": "yes or no (true or false)",
    "date": "date, such as 2026-03-02",
    "integer": "whole number",
    "interval": "length of time, such as 4 hours",
    "json": "JSON document",
    "jsonb": "JSON document",
    "numeric": "number",
    "smallint": "whole number",
    "time": "time of day, such as 08:30",
    "timestamp with time zone": "date and time with a zone, such as 2026-03-02T08:00:00Z",
    "uuid": "id (UUID)",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """What PostgreSQL says with an error, field by field (its protocol's names); None where it says nothing."""

    sqlstate: str
    message: str
    detail: str | None = None
    hint: str | None = None
    table: str | None = None
    column: str | None = None
    constraint: str | None = None
    raised: bool = False
    """A function of ours raised it: the message is written for people."""

    @classmethod
    def of(cls, error: BaseException) -> Refusal:
        """The refusal that a driver's error carries."""
        return cls(
            sqlstate=getattr(error, "sqlstate", None) or "",
            message=str(error.args[0]) if error.args else str(error),
            detail=getattr(error, "detail", None),
            hint=getattr(error, "hint", None),
            table=getattr(error, "table_name", None),
            column=getattr(error, "column_name", None),
            constraint=getattr(error, "constraint_name", None),
            raised=getattr(error, "server_source_function", None) == "exec_stmt_raise",
        )

    @property
    def sentence(self) -> str:
        """The refusal as one sentence."""
        if self.raised:
            return self._as_raised()
        said = _SENTENCES.get(self.sqlstate, Refusal._as_raised)(self)
        return f"{said} ({self.constraint})" if self.constraint else said

    def _as_raised(self) -> str:
        said = _plain(self.message)
        if not self.hint:
            return said
        hint = _plain(self.hint)
        return f"{said}: {hint[:1].lower()}{hint[1:]}"

    def _unique(self) -> str:
        if self.constraint in CLASHES:
            return CLASHES[self.constraint]
        row = _row(self.table)
        found = _TAKEN.fullmatch(self.detail or "")
        if found is None:
            return f"{row} with this key is on record already: use another key, or change that one"
        return f"{row} with {_pairs(found)} is on record already: use another, or change the one on record"

    def _foreign_key(self) -> str:
        if found := _IN_USE.fullmatch(self.detail or ""):
            return (
                f"it is still in use: {_row(found['table'])} refers to {_pairs(found)}; "
                "change or remove what refers to it first"
            )
        if self.constraint in STRANGERS:
            return STRANGERS[self.constraint]
        if found := _MISSING.fullmatch(self.detail or ""):
            columns = [_words(name) for name in _names(found["columns"])]
            there = _row(found["table"])
            if len(columns) == 1:
                return (
                    f"the {columns[0]} of {_row(self.table)} is not on record: there is no {_bare(there)} "
                    f"{_short(found['values'])}; name one that exists"
                )
            return f"{_row(self.table)} names {_pairs(found)}, and no {_bare(there)} fits: name one that exists"
        return f"{_row(self.table)} refers to something that is not on record, or is still in use itself: check both"

    def _not_null(self) -> str:
        if not self.column:
            return "a value is missing: give every value that is needed"
        return f"the {_words(self.column)} of {_row(self.table)} must not be missing: give one"

    def _check(self) -> str:
        row = _row(self.table)
        name = self.constraint or ""
        if name in RULES:
            return f"{row} {RULES[name]}"
        column = re.sub(r"_check\d*$", "", name.removeprefix(f"{self.table}_"))
        if rule := _choices(self.table, column) or COLUMN_RULES.get(column):
            return f"the {_words(column)} of {row} {rule}"
        return f"{row} can't be stored with these values: they break one of its rules"

    def _exclusion(self) -> str:
        if self.constraint in OVERLAPS:
            return OVERLAPS[self.constraint]
        return f"{_row(self.table)} overlaps with one in force: end that one first, or choose another time"

    def _not_of_type(self) -> str:
        found = _NOT_OF_TYPE.fullmatch(self.message)
        if found is None:
            return self._as_raised()
        value = "the text" if found["value"] is None else f'"{_short(found["value"])}"'
        reason = f": {_plain(self.detail)}" if self.detail and found["value"] is None else ""
        return f"{value} is not a valid {_TYPES.get(found['type'], found['type'])}{reason}"

    def _no_date(self) -> str:
        found = _NO_DATE.match(self.message)
        return f'"{_short(found["value"])}" is not a date or time that exists' if found else self._not_of_type()

    def _too_large(self) -> str:
        if found := _OUT_OF_TYPE.fullmatch(self.message):
            return f"{_short(found['value'])} is too large for a {_TYPES.get(found['type'], found['type'])}"
        limit = re.search(r"less than (\S+?)\.?$", self.detail or "")
        return f"a number is too large: it must be less than {limit[1]}" if limit else "a number is too large"

    def _too_long(self) -> str:
        found = _TOO_LONG.match(self.message)
        return f"a text is too long: at most {found['most']} characters fit" if found else "a text is too long"

    def _no_text(self) -> str:
        return "a text has a character that can't be stored, such as NUL (\\u0000): remove it"


_SENTENCES = {
    "22001": Refusal._too_long,
    "22003": Refusal._too_large,
    "22007": Refusal._not_of_type,
    "22008": Refusal._no_date,
    "22021": Refusal._no_text,
    "22P02": Refusal._not_of_type,
    "22P05": Refusal._no_text,
    "23001": Refusal._foreign_key,
    "23502": Refusal._not_null,
    "23503": Refusal._foreign_key,
    "23505": Refusal._unique,
    "23514": Refusal._check,
    "23P01": Refusal._exclusion,
}


def _choices(table: str | None, column: str) -> str | None:
    """The rule of a column that holds an enumeration."""
    from models.tables import metadata  # late: only a refusal needs the tables
    from models.tables.base import TextEnum

    if table is None or table not in metadata.tables or column not in metadata.tables[table].c:
        return None
    kind = metadata.tables[table].c[column].type
    return f"must be one of {', '.join(kind.kind)}" if isinstance(kind, TextEnum) else None


def _row(table: str | None) -> str:
    return TABLES.get(table or "", f"an entry of {table}" if table else "an entry")


def _bare(row: str) -> str:
    return row.split(" ", 1)[1]


def _words(column: str) -> str:
    return COLUMNS.get(column) or column.removesuffix("_id").replace("_", " ")


def _names(columns: str) -> list[str]:
    return [one.strip('"') for one in columns.split(", ")]


def _pairs(key: re.Match[str]) -> str:
    """The columns of a key with their values, in words."""
    columns, values = _names(key["columns"]), key["values"].split(", ")
    if len(columns) != len(values):  # a value with a comma in it: which is whose can't be known
        columns, values = [", ".join(columns)], [key["values"]]
    return ", ".join(f"the {_words(column)} {_short(value)}" for column, value in zip(columns, values, strict=True))


def _short(value: str) -> str:
    return value if len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]}…"


def _plain(text: str) -> str:
    return text.strip().splitlines()[0].rstrip(".") if text.strip() else "the database refused it"
