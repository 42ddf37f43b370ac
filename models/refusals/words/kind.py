"""What contexts say of their tables, and the rules that more than one of them has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

KEY_LETTERS = "small letters, digits and underscores, beginning with a letter, such as ct_scanner"
VALID = "must end after it begins: valid_to later than valid_from"
CODE_OF_CAPITALS = "must have a code of capital letters, digits and hyphens, beginning with a letter, such as AIIMS-2"
CODE_OF_SMALL_LETTERS = f"must have a code of {KEY_LETTERS}"

OPTIONAL_TEXT = "must not be empty: leave it out if there is none"
TEXT = "must not be empty"
POSITIVE = "must be more than 0"
NOT_NEGATIVE = "must not be negative"
AMOUNT = "must be a number that is not negative"
DURATION = "must be longer than nothing"
PERCENT = "must be between 0 and 100 percent"
JSON_OBJECT = "must be a JSON object"
JSON_LIST = "must be a JSON list"
NO_EMPTY_ENTRY = "must not list an empty value"
SHA256 = "must be 64 hexadecimal digits in small letters"


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one context.

    A CHECK of one column is named `table_column_check`: its rule is found by the column. Every other rule is found by
    its own name.

    Attributes:
        tables: one row of a table, with its article.
        columns: columns whose name does not say it in words by itself.
        column_rules: what a column must be, and the columns that it holds for in every table, with blanks between them.
        rules: what a row must be, for CHECKs of several columns, or of a column that has another rule in another table.
        clashes: sentences for UNIQUE constraints and indexes that a key in words would say less well.
        overlaps: sentences for exclusion constraints.
        strangers: sentences for foreign keys over several columns, when what they point at is not there.
    """

    tables: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    column_rules: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    clashes: Mapping[str, str] = field(default_factory=dict)
    overlaps: Mapping[str, str] = field(default_factory=dict)
    strangers: Mapping[str, str] = field(default_factory=dict)
