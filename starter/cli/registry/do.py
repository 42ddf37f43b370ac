"""What `fieldcare registry …` does, and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from models.access import registry_action
from models.registry.entries import Widget, entries_of, values_of
from models.registry.kinds import KINDS
from models.vocabulary.registry import RegistryDoing, RegistryKind
from starter.addresses import read_settings
from starter.administering import looking
from starter.administering.changing import Hand, checked
from starter.administering.looking import Entry, Row, shown
from starter.cli.terminal.display import Listing, Times, print_json, show
from starter.cli.terminal.operator import as_operator
from starter.cli.terminal.run import out
from starter.failures import BadInput
from starter.services import database_only


async def list_rows(
    kind: RegistryKind, search: str | None, *, retired: bool, limit: int, after: str | None, as_json: bool
) -> None:
    """Print rows."""
    async with database_only(read_settings()) as database:
        page = await looking.list_rows(database, kind, search=search, retired=retired, limit=limit, after=after)
    if as_json:
        rows = [{"id": one.id, **one.said} for one in page.rows]
        print_json({"rows": rows, "after": page.following})
        return
    if not page.rows:
        show(out, "Nothing fits.")
        return
    fields = KINDS[kind].title
    heads = [one.label for name in fields for one in entries_of(kind) if one.name == name]
    listed = [
        (*(_cell(one.said[name]) for name in fields), "in use" if one.said["in_use"] else "retired")
        for one in page.rows
    ]
    show(out, Listing((*heads, "State"), listed, wrap=frozenset({"Name", "Model"})))
    if page.following is not None:
        show(out, f"There are more: --after '{page.following}'.")


async def show_row(kind: RegistryKind, reference: str, *, as_json: bool) -> None:
    """Print a row."""
    async with database_only(read_settings()) as database:
        row = await looking.read(database, kind, reference)
    _show_row(kind, row, as_json)


async def show_history(kind: RegistryKind, reference: str, limit: int, *, as_json: bool) -> None:
    """Print what was done to a row."""
    async with database_only(read_settings()) as database:
        row = await looking.read(database, kind, reference)
        entries = await looking.history(database, kind, row, limit)
    if as_json:
        print_json({"entries": [_entry(one) for one in entries]})
        return
    times = Times()
    listed = [(times.minute(one.at), one.actor, one.doing, _changes(one), one.reason) for one in entries]
    show(out, Listing((f"When ({times})", "Who", "Did", "What", "Why"), listed, wrap=frozenset({"What", "Why"})))


async def add(kind: RegistryKind, fields: Sequence[str], because: str, *, by: str | None, as_json: bool) -> None:
    """Add a row."""
    said = checked(kind, values_of(kind, _read(kind, fields)), new=True)
    async with as_operator(by, registry_action(kind, RegistryDoing.ADD)) as (database, who):
        row = await Hand(database, who).add(kind, said, because)
    _show_row(kind, row, as_json)


async def change(
    kind: RegistryKind,
    reference: str,
    fields: Sequence[str],
    because: str,
    *,
    version: str | None,
    by: str | None,
    as_json: bool,
) -> None:
    """Change a row."""
    said = checked(kind, values_of(kind, _read(kind, fields)), new=False)
    async with as_operator(by, registry_action(kind, RegistryDoing.CHANGE)) as (database, who):
        seen = version or (await looking.read(database, kind, reference)).version
        row = await Hand(database, who).change(kind, reference, seen, said, because)
    _show_row(kind, row, as_json)


async def put_in_use(
    kind: RegistryKind,
    reference: str,
    in_use: bool,
    because: str,
    *,
    version: str | None,
    by: str | None,
    as_json: bool,
) -> None:
    """Restore a row or retire it."""
    doing = RegistryDoing.RESTORE if in_use else RegistryDoing.RETIRE
    async with as_operator(by, registry_action(kind, doing)) as (database, who):
        seen = version or (await looking.read(database, kind, reference)).version
        hand = Hand(database, who)
        row = await (hand.restore if in_use else hand.retire)(kind, reference, seen, because)
    _show_row(kind, row, as_json)


def _read(kind: RegistryKind, fields: Sequence[str]) -> dict[str, str]:
    """What was typed, by the field."""
    found: dict[str, str] = {}
    for one in fields:
        name, is_said, value = one.partition("=")
        if not is_said:
            raise BadInput(f"{one!r} says no value. A field is said as FIELD=VALUE, such as name=Ward 7.")
        if name in found:
            raise BadInput(f"The field {name} is said twice. Keep one.")
        found[name] = value
    for entry in entries_of(kind):
        if entry.widget is Widget.LINES and "\n" not in found.get(entry.name, "\n"):
            found[entry.name] = found[entry.name].replace(";", "\n")
    return found


def _show_row(kind: RegistryKind, row: Row, as_json: bool) -> None:
    if as_json:
        print_json({"id": row.id, **row.said, "version": row.version, "open_tickets": row.open_tickets})
        return
    listed = [(one.name, one.written(row.said[one.name])) for one in entries_of(kind)]
    state = "in use" if row.said["in_use"] else "retired"
    listed += [("state", state), ("version", row.version), ("id", row.id)]
    show(out, Listing(("Field", "Value"), listed, wrap=frozenset({"Value"})))
    if row.open_tickets and KINDS[kind].touches:
        show(out, f"Open tickets about it: {row.open_tickets}. {KINDS[kind].touches}")


def _changes(entry: Entry) -> str:
    if entry.doing != "changed":
        return ", ".join(f"{name} {shown(new)}" for name, (_, new) in entry.changes.items() if new is not None)
    return ", ".join(f"{name} from {shown(old)} to {shown(new)}" for name, (old, new) in entry.changes.items())


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "at": entry.at,
        "actor": entry.actor,
        "role": entry.role,
        "doing": entry.doing,
        "reason": entry.reason,
        "changes": [{"field": name, "old": old, "new": new} for name, (old, new) in entry.changes.items()],
    }


def _cell(value: Any) -> str:
    return "" if value is None else shown(value)
