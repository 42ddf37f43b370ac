"""What the registry has: lists, rows, and who has changed a row from what to what."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.access import Action, registry_action
from models.database_calls import Calls
from models.sql_functions import SqlFunction
from models.vocabulary.registry import RegistryKind
from starter.accounts.gate import check
from starter.failures import FailureCode, Refused
from starter.given import storable


class UnknownRow(Refused):
    """The registry has no such row."""

    code = FailureCode.UNKNOWN_ROW


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it is.

    Attributes:
        version: which state that is; whoever changes it says which one they have seen.
        open_tickets: how many tickets that have not ended are about it.
        said: its fields, as the kind declares them, and `in_use`: false where it is retired.
    """

    id: str
    version: str
    open_tickets: int
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """A row in a list."""

    id: str
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list.

    Attributes:
        following: where the next one goes on; None: this is the last one.
    """

    rows: Sequence[Listed]
    following: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody has done to a row.

    Attributes:
        number: of the entry in the audit trail.
        doing: added, changed, or recorded: it was there when history began.
        changes: by the field, what it was and what it is since then; of a new row everything that it says.
    """

    number: int
    at: datetime
    actor: str
    role: str
    doing: str
    reason: str
    changes: Mapping[str, tuple[Any, Any]]


def row_of(document: str) -> Row:
    """A row as the database answers it."""
    found = json.loads(document)
    return Row(found["id"], found["version"], found["open_tickets"], found["row"])


async def read(database: Calls, kind: RegistryKind, reference: str) -> Row:
    """A row, by its id, code or serial number; a site is CUSTOMER.SITE.

    Raises:
        NotAllowed: whoever asks may not look at the registry.
        UnknownRow: there is none.
    """
    check(database, registry_action(kind))
    document = await database.call(SqlFunction.READ_REGISTRY, kind.value, storable(reference, "reference"))
    if document is None:
        raise UnknownRow(f"The registry has none of {kind.value} called {reference}.")
    return row_of(document)


async def list_rows(
    database: Calls,
    kind: RegistryKind,
    *,
    search: str | None = None,
    retired: bool = False,
    limit: int = 50,
    after: str | None = None,
) -> Page:
    """Rows in the order of what they are called.

    Args:
        search: words, each of which stands somewhere in what a row is called.
        retired: whether retired ones come along.
        after: where the page before ended.
    """
    check(database, registry_action(kind))
    rows = await database.rows(
        SqlFunction.LIST_REGISTRY, kind.value, storable(search or "", "search"), limit, after, retired
    )
    listed = [Listed(str(row["id"]), _decoded(row["document"])) for row in rows]
    return Page(listed, str(rows[-1]["key"]) if len(rows) == limit else None)


async def history(
    database: Calls, kind: RegistryKind, row: Row, limit: int = 50, before: int | None = None
) -> list[Entry]:
    """What was done to a row, newest first.

    Args:
        before: the number of the entry that the page before ended with.
    """
    check(database, registry_action(kind))
    found = await database.rows(SqlFunction.READ_REGISTRY_HISTORY, kind.value, row.id, limit, before)
    return [_entry(one) for one in found]


async def choices(database: Calls) -> Mapping[str, Sequence[str]]:
    """What fields can name of short lists: codes, by the field."""
    check(database, Action.REGISTRY)
    found = json.loads(await database.call(SqlFunction.REGISTRY_CHOICES))
    return {name: codes or [] for name, codes in found.items()}


def shown(value: Any) -> str:
    """A value in a sentence."""
    if value is None or value in ("", []):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(map(shown, value))
    if isinstance(value, dict):
        return " ".join(shown(one) for one in value.values() if one is not None and one not in ("", []))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _entry(one: Mapping[str, Any]) -> Entry:
    old, new = _decoded(one["old_value"]) or {}, _decoded(one["new_value"]) or {}
    names = dict.fromkeys([*new, *old])
    return Entry(
        number=one["entry_number"],
        at=one["at"],
        actor=one["actor"],
        role=one["actor_role"],
        doing=one["doing"],
        reason=one["reason"],
        changes={name: (old.get(name), new.get(name)) for name in names},
    )


def _decoded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
