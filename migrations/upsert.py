"""Puts the records of a seed file into their table: inserts what is missing, updates what is not as the file says."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from models.tables import metadata

KEPT_BY_DATABASE = frozenset({"id", "created_at", "updated_at"})

Record = dict[str, Any]


class SeedError(Exception):
    """A seed file can't be used; the message says which and why. Nothing was changed."""


@dataclass(slots=True)
class SeedCount:
    """What became of one table's rows."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0

    @property
    def changed(self) -> int:
        return self.inserted + self.updated + self.removed


async def put(connection: AsyncConnection, count: SeedCount, table: str, records: list[Record], *key: str) -> None:
    """Insert or update the records of a table, matched by the columns of its natural key."""
    statement = _upsert(metadata.tables[table], records, key)
    payload = json.dumps(records, default=str)
    rows = (await connection.execute(text(statement), {"records": payload})).all()
    count.inserted += sum(row.inserted for row in rows)
    count.updated += sum(not row.inserted for row in rows)
    count.unchanged += len(records) - len(rows)


def _upsert(table: Table, records: Iterable[Record], key: tuple[str, ...]) -> str:
    """The statement for records that come as JSON. Names are those of the table's own columns, nothing of a file."""
    columns = [column for column in table.c if column.name not in KEPT_BY_DATABASE]
    names = {column.name for column in columns}
    for record in records:
        if unknown := sorted(record.keys() - names):
            raise SeedError(f"{table.name} has no column {', '.join(unknown)}")
        if missing := sorted(column.name for column in columns if _is_required(column) and column.name not in record):
            raise SeedError(f"a record of {table.name} lacks {', '.join(missing)}: {record}")
    listed = ", ".join(f'"{column.name}"' for column in columns)
    values = ", ".join(_value(column) for column in columns)
    changes = ", ".join(f'"{column.name}" = excluded."{column.name}"' for column in columns if column.name not in key)
    before = ", ".join(f't."{column.name}"' for column in columns)
    after = ", ".join(f'excluded."{column.name}"' for column in columns)
    target = ", ".join(f'"{name}"' for name in key)
    return f"""
        INSERT INTO {table.name} AS t ({listed})
        SELECT {values}
        FROM jsonb_populate_recordset(CAST(NULL AS {table.name}), CAST(:records AS jsonb)) AS r
        ON CONFLICT ({target}) DO UPDATE SET {changes} WHERE ({before}) IS DISTINCT FROM ({after})
        RETURNING old.id IS NULL AS inserted
    """  # noqa: S608 - see the docstring


def _is_required(column: Column[Any]) -> bool:
    """No NULL, and no default that would stay the same from one seeding to the next."""
    return not column.nullable and _default(column) in {None, "now()", "clock_timestamp()"}


def _value(column: Column[Any]) -> str:
    default = _default(column)
    return f'COALESCE(r."{column.name}", {default})' if default else f'r."{column.name}"'


def _default(column: Column[Any]) -> str | None:
    if column.server_default is None:
        return None
    return str(getattr(column.server_default, "arg", "")) or None
