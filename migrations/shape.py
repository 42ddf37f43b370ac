"""How the tables of a database differ from what the revisions made: columns, constraints, indexes, triggers.

All revisions run once more, on empty tables in a schema of their own that is rolled back, and the server's own words
for both are compared. Nothing real is locked or changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from migrations.drift import SCRATCH, revision_statements
from migrations.objects import MigrationError
from migrations.runner import FOLDER

OWN = "alembic_version"
"""The one table that no revision makes."""

_PARTS = """
    SELECT 'table' AS kind, c.relname::text AS relation, '' AS name, '' AS definition
    FROM pg_class AS c
    WHERE c.relnamespace = $1::text::regnamespace AND c.relkind IN ('r', 'p')
    UNION ALL
    SELECT 'column', c.relname, a.attname,
        concat_ws(' ', format_type(a.atttypid, a.atttypmod), 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid),
                  CASE WHEN a.attnotnull THEN 'NOT NULL' END)
    FROM pg_attribute AS a
    JOIN pg_class AS c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = $1::text::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 'constraint', c.relname, k.conname, regexp_replace(pg_get_constraintdef(k.oid), ' NOT (VALID|ENFORCED)$', '')
    FROM pg_constraint AS k
    JOIN pg_class AS c ON c.oid = k.conrelid
    WHERE k.connamespace = $1::text::regnamespace AND k.contype <> 'n'  -- which is told with its column
    UNION ALL
    SELECT 'index', r.relname, c.relname, pg_get_indexdef(c.oid)
    FROM pg_index AS i
    JOIN pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_class AS r ON r.oid = i.indrelid
    WHERE c.relnamespace = $1::text::regnamespace AND r.relkind IN ('r', 'p')
        AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))
    UNION ALL
    SELECT 'trigger', c.relname, t.tgname, pg_get_triggerdef(t.oid)
    FROM pg_trigger AS t
    JOIN pg_class AS c ON c.oid = t.tgrelid
    WHERE c.relnamespace = $1::text::regnamespace AND NOT t.tgisinternal
"""


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """A table (without `name`), or a column, constraint, index or trigger of one."""

    relation: str
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name} of {self.relation}" if self.name else f"{self.kind} {self.relation}"


@dataclass(frozen=True, slots=True)
class Misshape:
    """The differences; all empty: none.

    Attributes:
        missing: revisions make it, and the database does not have it. A missing table stands for all its parts.
        changed: it is not as the revisions make it.
        unknown: no revision makes it. Tables are not among these: `Drift` has them.
        made: how the revisions make each part, in SQL.
        compared: how many parts are as they should be.
    """

    missing: tuple[Part, ...]
    changed: tuple[Part, ...]
    unknown: tuple[Part, ...]
    made: dict[Part, str]
    compared: int


async def read_shape(connection: Any, folder: Path = FOLDER) -> Misshape:
    """Compare the tables of an asyncpg connection's database with the revisions of `folder`. Changes nothing.

    Raises:
        MigrationError: a revision can't run in this database.
    """
    there = await _parts(connection, "public")
    scratch = connection.transaction()
    await scratch.start()
    try:
        await connection.execute(f"CREATE SCHEMA {SCRATCH}")
        await connection.execute(f"SET LOCAL check_function_bodies = off; SET LOCAL search_path = {SCRATCH}, public")
        for statement in revision_statements(folder):
            try:
                await connection.execute(statement)
            except asyncpg.PostgresError as error:
                raise MigrationError(f"the revisions can't be run for comparison: {error}.") from error
        made = await _parts(connection, SCRATCH)
    finally:
        await scratch.rollback()
    tables = {part.relation for part in made if part.kind == "table"}
    lost = {part.relation for part in made if part.kind == "table" and part not in there}
    return Misshape(
        missing=_sorted(part for part in made.keys() - there.keys() if not part.name or part.relation not in lost),
        changed=_sorted(part for part in made.keys() & there.keys() if made[part] != there[part]),
        unknown=_sorted(part for part in there.keys() - made.keys() if part.name and part.relation in tables),
        made=made,
        compared=sum(made[part] == there.get(part) for part in made),
    )


def _sorted(parts: Iterable[Part]) -> tuple[Part, ...]:
    return tuple(sorted(parts))


async def _parts(connection: Any, schema: str) -> dict[Part, str]:
    """The server's words for every table in a schema and all of its parts, as if the schema were the only one."""
    async with connection.transaction():
        await connection.execute("SELECT set_config('search_path', $1, true)", f"{schema}, public")
        return {
            Part(row["relation"], row["kind"], row["name"]): row["definition"].replace(f" ON {schema}.", " ON ")
            for row in await connection.fetch(_PARTS, schema)
            if row["relation"] != OWN
        }
