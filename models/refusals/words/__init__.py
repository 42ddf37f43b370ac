"""What tables and columns are called, and what their rules ask for: the words of every context, together.

A test holds that each constraint of the schema has its words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from models.refusals.words import (
    accounts,
    ai,
    attachments,
    audit,
    common,
    dispatch,
    equipment,
    notifications,
    parts,
    people,
    signatures,
    sla,
    stages,
    stock,
    templates,
    tickets,
    webhooks,
)

_CONTEXTS = (
    accounts.WORDS,
    ai.WORDS,
    attachments.WORDS,
    audit.WORDS,
    common.WORDS,
    dispatch.WORDS,
    equipment.WORDS,
    notifications.WORDS,
    parts.WORDS,
    people.WORDS,
    signatures.WORDS,
    sla.WORDS,
    stages.WORDS,
    stock.WORDS,
    templates.WORDS,
    tickets.WORDS,
    webhooks.WORDS,
)


def _together(parts: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """All of them in one.

    Raises:
        ValueError: two contexts say the same thing, so that one of them would not be heard.
    """
    found: dict[str, str] = {}
    for part in parts:
        if twice := found.keys() & part.keys():
            raise ValueError(f"two contexts have words for {', '.join(sorted(twice))}: leave them to one")
        found.update(part)
    return found


def _by_column(rules: Mapping[str, str]) -> Mapping[str, str]:
    return {column: rule for rule, columns in rules.items() for column in columns.split()}


TABLES = _together(one.tables for one in _CONTEXTS)
COLUMNS = _together(one.columns for one in _CONTEXTS)
COLUMN_RULES = _together(_by_column(one.column_rules) for one in _CONTEXTS)
"""By column."""
RULES = _together(one.rules for one in _CONTEXTS)
CLASHES = _together(one.clashes for one in _CONTEXTS)
OVERLAPS = _together(one.overlaps for one in _CONTEXTS)
STRANGERS = _together(one.strangers for one in _CONTEXTS)
