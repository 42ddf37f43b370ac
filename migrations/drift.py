"""How functions and views in a database differ from the files and revisions that made them.

`managed_sql_objects` says which file was applied; somebody may have replaced the object by hand since. So the files are
applied once more, in a schema of their own that is rolled back, and the server's own words for both are compared.
Nothing real is locked or changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from alembic.script import ScriptDirectory

from migrations.grants import TABLES
from migrations.objects import Kind, MigrationError, SqlObject, read_objects
from migrations.runner import FOLDER, alembic_config

SCRATCH = "fieldcare_as_filed"

_REVISED = re.compile(r"\s*(?P<verb>CREATE(?: OR REPLACE)?|DROP) FUNCTION (?:IF EXISTS )?(?:public\.)?(?P<name>\w+)\b")

_DEFINITIONS = """
    SELECT 'function' AS kind, p.proname::text AS name,
        replace(pg_get_functiondef(p.oid), format('FUNCTION %I.', n.nspname), 'FUNCTION ') AS definition
    FROM pg_proc AS p
    JOIN pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname = $1 AND p.prokind = 'f'
        AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 'view', c.relname, pg_get_viewdef(c.oid)
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relkind IN ('v', 'm')
        AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 'table', c.relname, ''
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')
"""


@dataclass(frozen=True, slots=True)
class Drift:
    """The differences, each as kind and name: `function get_ticket`. All empty: none.

    Attributes:
        missing: a file or revision makes it, and the database does not have it.
        changed: it is not as the file or revision makes it.
        unknown: nothing of ours makes it.
        compared: how many functions and views are as they should be.
    """

    missing: tuple[str, ...]
    changed: tuple[str, ...]
    unknown: tuple[str, ...]
    compared: int


class _Said:
    """Stands in for Alembic's `op`: notes what revisions would execute, and does nothing."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def execute(self, statement: str) -> None:
        self.statements.append(statement)


async def read_drift(connection: Any, folder: Path = FOLDER) -> Drift:
    """Compare the database of an asyncpg connection with `folder`. Changes nothing.

    Raises:
        MigrationError: an object can't be made as its file says; most often the database lacks a revision.
    """
    there = await _definitions(connection, "public")
    scratch = connection.transaction()
    await scratch.start()
    try:
        await connection.execute(f"CREATE SCHEMA {SCRATCH}")
        await connection.execute(f"SET LOCAL check_function_bodies = off; SET LOCAL search_path = {SCRATCH}, public")
        for name, statement in (*_revised_functions(folder), *_filed(read_objects(folder / "sql").values())):
            try:
                await connection.execute(statement)
            except asyncpg.PostgresError as error:
                raise MigrationError(f"{name} can't be made as its file says: {error}.") from error
        filed = await _definitions(connection, SCRATCH)
    finally:
        await scratch.rollback()
    wanted = {one for one in filed if not one.startswith("table ")}
    known = wanted | {f"table {name}" for name in TABLES}
    return Drift(
        missing=tuple(sorted(wanted - there.keys())),
        changed=tuple(sorted(one for one in wanted & there.keys() if filed[one] != there[one])),
        unknown=tuple(sorted(there.keys() - known)),
        compared=sum(filed[one] == there.get(one) for one in wanted),
    )


async def _definitions(connection: Any, schema: str) -> dict[str, list[str]]:
    """The server's words for everything in a schema; several for one name where a function is overloaded."""
    async with connection.transaction():
        # What is in the path is written without its schema: both sides then read the same.
        await connection.execute("SELECT set_config('search_path', $1, true)", f"{schema}, public")
        found: dict[str, list[str]] = {}
        for row in await connection.fetch(_DEFINITIONS, schema):
            found.setdefault(f"{row['kind']} {row['name']}", []).append(row["definition"])
        return {name: sorted(definitions) for name, definitions in found.items()}


def revision_statements(folder: Path) -> list[str]:
    """Everything that the revisions of `folder` execute, from the first to the newest."""
    said = _Said()
    for script in reversed(list(ScriptDirectory.from_config(alembic_config(folder)).walk_revisions())):
        vars(script.module)["op"] = said  # the modules are this directory's own: nobody else sees them
        script.module.upgrade()
    return said.statements


def _revised_functions(folder: Path) -> Iterable[tuple[str, str]]:
    """The functions that revisions make (those of triggers and checks), each as the last revision has it."""
    latest: dict[str, str] = {}
    for statement in revision_statements(folder):
        if (found := _REVISED.match(statement)) is None:
            continue
        if found["verb"] == "DROP":
            latest.pop(found["name"], None)
        else:
            latest[found["name"]] = statement
    return [(f"function {name}", _unqualified(statement)) for name, statement in latest.items()]


def _filed(objects: Iterable[SqlObject]) -> Iterable[tuple[str, str]]:
    for one in objects:
        statement = one.sql
        if one.kind is Kind.MATERIALIZED:
            # As a view: the same words, and nothing is computed. What follows (its index, its comment) is left out.
            statement = re.split(r";\s*$", statement, maxsplit=1, flags=re.MULTILINE)[0]
            statement = statement.replace("CREATE MATERIALIZED VIEW", "CREATE VIEW", 1)
            statement = re.sub(r"\bWITH (NO )?DATA\s*\Z", "", statement)
        yield f"{one.kind} {one.name}", _unqualified(statement)


def _unqualified(statement: str) -> str:
    """The statement, making its object in the schema that comes first in the path."""
    return re.sub(r"\b(FUNCTION|VIEW) public\.", r"\1 ", statement)
