"""A cell that identifies something: what keeps it from doing so is said before anything is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from models.placeholders import is_error, says_nothing
from models.spelling import plain, unreadable
from starter.importing.columns import short
from starter.importing.equipment.fields import Field
from starter.importing.formulas import is_formula, unmarked

_TYPED = frozenset({Field.SERIAL, Field.UDI, Field.MODEL, Field.PRODUCT_CODE, Field.INSTALLED_ON})
"""Fields in which an apostrophe at the beginning is a spreadsheet's, not part of a name."""

_SCANNED = "\x1d"
"""FNC1 as a scanner sends it: seen in no text, but part of a UDI."""


def read_cells(values: Mapping[Field, str]) -> tuple[dict[Field, str], dict[Field, str]]:
    """What the cells of a row say, empty where they say nothing, and what is wrong with others: parts of sentences."""
    read: dict[Field, str] = {}
    wrong: dict[Field, str] = {}
    for where, text in values.items():
        if not text:
            read[where] = text
            continue
        said = unmarked(text) if where in _TYPED else text
        seen = said.replace(_SCANNED, "") if _SCANNED in said and where in (Field.UDI, Field.SERIAL) else said
        flaw, nothing = _judged(seen)
        if flaw is not None:
            wrong[where] = f"the {where.value} {flaw}"
        read[where] = "" if nothing else said
    return read, wrong


@lru_cache(maxsize=16_384)
def _judged(text: str) -> tuple[str | None, bool]:
    """What is wrong with a text, as a part of a sentence, and whether it says nothing that can be used."""
    if (hidden := unreadable(text)) is not None:
        return f"{short(text)} {hidden}", True
    if is_error(plain(text)):
        return f"is {text}, an error of the spreadsheet: correct it there, or give it a meaning with --translate", True
    if text.startswith("=") and is_formula(text):
        return f"{short(text)} is a formula, not what came of it: export the values", True
    return None, says_nothing(text)


def emptiness(text: str) -> str:
    """How a cell that says nothing says it, as a part of a sentence."""
    return f"is {short(text)}, which says nothing" if text else "is empty"
