"""Reads what a migrated database is made of: tables, views, functions, and what is said about each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg

OWN_TABLES = frozenset({"alembic_version", "managed_sql_objects"})
"""Tables of the migrations themselves."""


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str
    short_type: str
    """The type in one word, as Mermaid wants it."""
    required: bool
    default: str | None
    comment: str | None


@dataclass(frozen=True, slots=True)
class Constraint:
    name: str
    kind: str
    """p primary key, u unique, f foreign key, c check, x exclusion."""
    definition: str
    columns: tuple[str, ...]
    target: str | None
    """The table that a foreign key refers to."""


@dataclass(frozen=True, slots=True)
class Index:
    """An index that is not that of a constraint."""

    name: str
    definition: str
    method: str
    partial: bool
    unique: bool
    comment: str | None


@dataclass(frozen=True, slots=True)
class Trigger:
    name: str
    definition: str
    function: str
    comment: str | None
    """What is said about its function."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or a view."""

    name: str
    is_view: bool
    comment: str | None
    columns: tuple[Column, ...]
    constraints: tuple[Constraint, ...]
    indexes: tuple[Index, ...]
    triggers: tuple[Trigger, ...]

    @property
    def keys(self) -> Mapping[str, str]:
        """Which columns are keys: PK, FK or UK, the first that is true."""
        found: dict[str, str] = {}
        for kind, mark in (("p", "PK"), ("f", "FK"), ("u", "UK")):
            for one in self.constraints:
                if one.kind == kind and (kind != "u" or len(one.columns) == 1):
                    for column in one.columns:
                        found.setdefault(column, mark)
        return found


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    arguments: str
    result: str
    volatility: str
    comment: str | None
    is_trigger: bool


@dataclass(frozen=True, slots=True)
class Schema:
    tables: Mapping[str, Relation]
    views: Mapping[str, Relation]
    functions: tuple[Function, ...]


async def read_schema(url: str) -> Schema:
    """Everything in the schema `public` of the database at `url`, in the order of names."""
    connection = await asyncpg.connect(url)
    try:
        parts: list[defaultdict[str, list[Any]]] = [defaultdict(list) for _ in range(4)]
        for part, query in zip(parts, (COLUMNS, CONSTRAINTS, INDEXES, TRIGGERS), strict=True):
            for row in await connection.fetch(query):
                part[row["relation"]].append(row)
        columns, constraints, indexes, triggers = parts
        relations = [
            Relation(
                row["name"],
                row["kind"] != "r",
                row["comment"],
                tuple(map(_column, columns[row["name"]])),
                tuple(map(_constraint, constraints[row["name"]])),
                tuple(map(_index, indexes[row["name"]])),
                tuple(map(_trigger, triggers[row["name"]])),
            )
            for row in await connection.fetch(RELATIONS)
            if row["name"] not in OWN_TABLES
        ]
        functions = tuple(_function(row) for row in await connection.fetch(FUNCTIONS))
    finally:
        await connection.close()
    return Schema(
        {one.name: one for one in relations if not one.is_view},
        {one.name: one for one in relations if one.is_view},
        functions,
    )


def _column(row: Mapping[str, Any]) -> Column:
    return Column(row["name"], row["type"], row["short_type"], row["required"], row["value"], row["comment"])


def _constraint(row: Mapping[str, Any]) -> Constraint:
    return Constraint(row["name"], row["kind"], _joined(row["definition"]), tuple(row["columns"] or ()), row["target"])


def _index(row: Mapping[str, Any]) -> Index:
    return Index(row["name"], row["definition"], row["method"], row["partial"], row["is_unique"], row["comment"])


def _trigger(row: Mapping[str, Any]) -> Trigger:
    return Trigger(row["name"], row["definition"], row["function"], row["comment"])


def _function(row: Mapping[str, Any]) -> Function:
    volatility = {"i": "immutable", "s": "stable", "v": "volatile"}[row["volatility"]]
    return Function(
        row["name"], row["arguments"], row["result"], volatility, row["comment"], row["result"] == "trigger"
    )


def _joined(definition: str) -> str:
    return " ".join(definition.split())


RELATIONS = """
    SELECT c.relname AS name, c.relkind::text AS kind, obj_description(c.oid, 'pg_class') AS comment
    FROM pg_class AS c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'm')
    ORDER BY c.relname
"""
COLUMNS = """
    SELECT c.relname AS relation, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
           regexp_replace(t.typname, '^_(.*)$', '\\1[]') AS short_type, a.attnotnull AS required,
           CASE WHEN a.attidentity <> '' THEN 'identity' ELSE pg_get_expr(d.adbin, d.adrelid) END AS value,
           col_description(c.oid, a.attnum) AS comment
    FROM pg_attribute AS a
    JOIN pg_class AS c ON c.oid = a.attrelid
    JOIN pg_type AS t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'm')
        AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY c.relname, a.attnum
"""
CONSTRAINTS = """
    SELECT c.relname AS relation, n.conname AS name, n.contype::text AS kind,
           pg_get_constraintdef(n.oid, true) AS definition, f.relname AS target,
           (SELECT array_agg(a.attname ORDER BY k.position)
            FROM unnest(n.conkey) WITH ORDINALITY AS k (attnum, position)
            JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.attnum) AS columns
    FROM pg_constraint AS n
    JOIN pg_class AS c ON c.oid = n.conrelid
    LEFT JOIN pg_class AS f ON f.oid = n.confrelid
    WHERE n.connamespace = 'public'::regnamespace AND n.contype IN ('p', 'u', 'f', 'c', 'x')
    ORDER BY c.relname, n.contype, n.conname
"""
INDEXES = """
    SELECT t.relname AS relation, c.relname AS name, pg_get_indexdef(i.indexrelid, 0, true) AS definition,
           m.amname AS method, i.indpred IS NOT NULL AS partial, i.indisunique AS is_unique,
           obj_description(c.oid, 'pg_class') AS comment
    FROM pg_index AS i
    JOIN pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_class AS t ON t.oid = i.indrelid
    JOIN pg_am AS m ON m.oid = c.relam
    WHERE t.relnamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_constraint AS n WHERE n.conindid = i.indexrelid AND n.contype IN ('p', 'u', 'x'))
    ORDER BY t.relname, c.relname
"""
TRIGGERS = """
    SELECT c.relname AS relation, t.tgname AS name, pg_get_triggerdef(t.oid, true) AS definition,
           p.proname AS function, obj_description(p.oid, 'pg_proc') AS comment
    FROM pg_trigger AS t
    JOIN pg_class AS c ON c.oid = t.tgrelid
    JOIN pg_proc AS p ON p.oid = t.tgfoid
    WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal
    ORDER BY c.relname, t.tgname
"""
FUNCTIONS = """
    SELECT p.proname AS name, pg_get_function_arguments(p.oid) AS arguments, pg_get_function_result(p.oid) AS result,
           p.provolatile::text AS volatility, obj_description(p.oid, 'pg_proc') AS comment
    FROM pg_proc AS p
    LEFT JOIN pg_depend AS d ON d.objid = p.oid AND d.deptype = 'e'
    WHERE p.pronamespace = 'public'::regnamespace AND d.objid IS NULL
    ORDER BY p.proname
"""
