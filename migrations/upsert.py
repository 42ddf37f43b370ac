"""How the records of seed files reach their tables.

A record is matched with its row by the columns of its natural key. A missing row is inserted. A row that differs is
left as it is and reported, because somebody may have meant it so; only an overwriting seeding brings it back to what
its file says. What the program itself keeps up to date in a row counts when the row is inserted and never again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Table, UniqueConstraint, text
from sqlalchemy.ext.asyncio import AsyncConnection

from migrations.seed_files import Record, SeedError, words_of
from models.database import DatabaseRefused, classified_errors
from models.known_words import unknown_words
from models.tables import metadata
from models.tables.base import TextEnum

KEPT_BY_DATABASE = frozenset({"id", "created_at", "updated_at"})
KEPT_BY_PROGRAM: Mapping[str, frozenset[str]] = {
    "ai_providers": frozenset(
        {
            "health",
            "circuit",
            "circuit_opened_at",
            "circuit_retry_at",
            "consecutive_failures",
            "last_checked_at",
            "last_error",
        }
    ),
    "equipment_parts": frozenset({"stock_quantity"}),
}
"""Columns that the work itself changes: a seeding never compares and never overwrites them."""


@dataclass(slots=True)
class SeedCount:
    """What became of one table's rows. `kept`: they are not as the file says, and stayed."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    kept: int = 0
    removed: int = 0

    @property
    def changed(self) -> int:
        return self.inserted + self.updated + self.removed


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A record whose row was left as it is: where the record stands, and what is different."""

    record: str
    why: str


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a record ended up. No id: it was left out. `is_new`: this seeding inserted it."""

    id: str | None = None
    is_new: bool = False


@dataclass(slots=True)
class Upsert:
    """Puts records into tables, through a connection in the caller's transaction, and counts what it did."""

    connection: AsyncConnection
    place: str
    overwrite: bool
    counts: dict[str, SeedCount] = field(default_factory=dict)
    kept: list[KeptRow] = field(default_factory=list)

    async def put(
        self, table: str, records: Sequence[Record], key: tuple[str, ...], *, insert: bool = True
    ) -> list[Placed]:
        """Put records into a table; the answers are in the order of the records. Without `insert` none is added.

        Raises:
            SeedError: a record does not fit the table.
        """
        self.counts.setdefault(table, SeedCount())
        if not records:
            return []
        _check(metadata.tables[table], records, key)
        try:
            return await self._put(metadata.tables[table], records, key, insert=insert)
        except DatabaseRefused as error:
            for record in records:  # all are rolled back in the end, so that each may be tried by itself
                try:
                    await self._put(metadata.tables[table], [record], key, insert=insert)
                except DatabaseRefused as alone:
                    raise SeedError(f"{record.where}: {_reason(alone)}. Correct the record.") from alone
            raise SeedError(f"{records[0].where} and those beside it: {_reason(error)}. Correct them.") from error

    async def put_whole(
        self, table: str, records: Sequence[Record], key: tuple[str, ...], *, new_owners: set[str]
    ) -> None:
        """Put records that make sense only together, such as the stages of a template.

        The first column of the key is their owner. Overwriting, an owner has just these records afterwards; otherwise
        only new owners get theirs, and the others' are compared and stay.
        """
        fresh = [record for record in records if self.overwrite or record.values[key[0]] in new_owners]
        others = [record for record in records if not (self.overwrite or record.values[key[0]] in new_owners)]
        if self.overwrite and records:
            _check(metadata.tables[table], records, key)
            await self._remove_others(metadata.tables[table], records, key)
        await self.put(table, fresh, key)
        await self.put(table, others, key, insert=False)

    def keep(self, table: str, record: Record, why: str) -> None:
        """Say that a record was left out, or its row left as it is."""
        self.counts.setdefault(table, SeedCount()).kept += 1
        self.kept.append(KeptRow(record.where, why))

    async def _put(
        self, table: Table, records: Sequence[Record], key: tuple[str, ...], *, insert: bool
    ) -> list[Placed]:
        async with classified_errors(self.place), self.connection.begin_nested():
            found = await self._compare(table, records, key)
            missing = [place for place, (row, _) in enumerate(found) if row is None]
            if missing and insert:
                await self._run(_insert(table, key, careful=not self.overwrite), [records[place] for place in missing])
                made = await self._compare(table, [records[place] for place in missing], key)
            else:
                made = [(None, [])] * len(missing)
            differing = [record for record, (row, columns) in zip(records, found, strict=True) if row and columns]
            if differing and self.overwrite:
                await self._run(_update(table, key), differing)
        new = dict(zip(missing, (row for row, _ in made), strict=True))
        self._count(table.name, records, found, new)
        return [Placed(row or new[place], row is None) for place, (row, _) in enumerate(found)]

    def _count(
        self,
        table: str,
        records: Sequence[Record],
        found: Sequence[tuple[str | None, list[str]]],
        new: Mapping[int, str | None],
    ) -> None:
        count = self.counts.setdefault(table, SeedCount())
        for place, (record, (row, columns)) in enumerate(zip(records, found, strict=True)):
            if row is None and new[place] is None:
                self.keep(table, record, "not added: the database has something else in its place")
            elif row is None:
                count.inserted += 1
            elif not columns:
                count.unchanged += 1
            elif self.overwrite:
                count.updated += 1
            else:
                self.keep(table, record, f"differs in {', '.join(columns)}")

    async def _compare(
        self, table: Table, records: Sequence[Record], key: tuple[str, ...]
    ) -> list[tuple[str | None, list[str]]]:
        """For each record the id of its row, if there is one, and the columns in which they differ."""
        compared = [name for name in _names(table) if name not in {*key, *KEPT_BY_PROGRAM.get(table.name, ())}]
        differing = ", ".join(
            f'CASE WHEN t."{name}" IS DISTINCT FROM v."{name}" THEN \'{name}\' END' for name in compared
        )
        result = await self._run(
            f"""
            SELECT t.id, array_remove(ARRAY[{differing}]::text[], NULL) AS columns
            FROM {table.name} AS t RIGHT JOIN {_given(table)} ON {_same(key)}
            ORDER BY v.ordinal
            """,  # noqa: S608 - names are those of the table's own columns, nothing of a file
            records,
        )
        return [(None if row.id is None else str(row.id), row.columns) for row in result]

    async def _remove_others(self, table: Table, records: Sequence[Record], key: tuple[str, ...]) -> None:
        """Drop the rows of the records' owners that no record stands for."""
        result = await self._run(
            f"""
            DELETE FROM {table.name} AS t
            WHERE t."{key[0]}" IN (SELECT v."{key[0]}" FROM {_given(table)})
                AND NOT EXISTS (SELECT FROM {_given(table)} WHERE {_same(key)})
            """,  # noqa: S608 - as above
            [Record({name: record.values[name] for name in key}, record.where) for record in records],
        )
        self.counts.setdefault(table.name, SeedCount()).removed += result.rowcount

    async def _run(self, statement: str, records: Sequence[Record]) -> Any:
        values = json.dumps([record.values for record in records], default=str)
        return await self.connection.execute(text(statement), {"records": values})


def _reason(error: DatabaseRefused) -> str:
    """What the database says, without the whole row that it shows in a second line."""
    return str(error).splitlines()[0].removesuffix(".")


def check_words(table: Table, record: Record, found: Iterable[str]) -> None:
    """Refuse words of a record that nobody would read."""
    if (said := unknown_words(found, words_of(table.name, _names(table)))) is not None:
        raise SeedError(f"{record.where}: {said}.")


def _check(table: Table, records: Iterable[Record], key: tuple[str, ...]) -> None:
    """Refuse what can be seen without the database."""
    columns = {name: table.c[name] for name in _names(table)}
    required = {name for name, column in columns.items() if _is_required(column)}
    seen = set()
    for record in records:
        check_words(table, record, record.values.keys() - columns.keys())
        if missing := sorted(required - record.values.keys()):
            raise SeedError(f"{record.where} lacks {', '.join(missing)}: add that.")
        for name, value in record.values.items():
            kind = columns[name].type
            if isinstance(kind, TextEnum) and value is not None and value not in set(kind.kind):
                raise SeedError(f'{record.where}: {name} "{value}" must be one of {", ".join(kind.kind)}.')
        natural = tuple(str(record.values.get(name)) for name in key)
        if natural in seen:
            raise SeedError(f"{record.where} stands there twice: remove one of them.")
        seen.add(natural)


def _insert(table: Table, key: tuple[str, ...], *, careful: bool) -> str:
    """Insert records. Careful: without those whose place something else has, by whatever constraint."""
    names = _names(table)
    deferred = [
        [column.name for column in constraint.columns]
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint) and constraint.deferrable
    ]
    condition = conflict = ""
    if careful:
        # PostgreSQL can't skip a conflict with a deferred constraint, and says so if a table has one.
        conflict = f"ON CONFLICT ({_listed(key)}) DO NOTHING" if deferred else "ON CONFLICT DO NOTHING"
        condition = "WHERE true " + " ".join(
            f"AND NOT EXISTS (SELECT FROM {table.name} AS t WHERE {_same(columns)})" for columns in deferred
        )
    return f"""
        INSERT INTO {table.name} ({_listed(names)})
        SELECT {_listed(names)} FROM {_given(table)} {condition}
        {conflict}
    """  # noqa: S608 - as above


def _update(table: Table, key: tuple[str, ...]) -> str:
    names = [name for name in _names(table) if name not in {*key, *KEPT_BY_PROGRAM.get(table.name, ())}]
    changes = ", ".join(f'"{name}" = v."{name}"' for name in names)
    return f"UPDATE {table.name} AS t SET {changes} FROM {_given(table)} WHERE {_same(key)}"  # noqa: S608 - as above


def _given(table: Table) -> str:
    """The records, which come as JSON, as rows `v` of the table's types, with defaults where they say nothing."""
    values = ", ".join(f'{_value(table.c[name])} AS "{name}"' for name in _names(table))
    return f"""(
        SELECT e.ordinal, {values}
        FROM jsonb_array_elements(CAST(:records AS jsonb)) WITH ORDINALITY AS e (record, ordinal),
            jsonb_populate_record(CAST(NULL AS {table.name}), e.record) AS r
    ) AS v"""  # noqa: S608 - as above


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _same(columns: Iterable[str]) -> str:
    return " AND ".join(f't."{name}" IS NOT DISTINCT FROM v."{name}"' for name in columns)


def _names(table: Table) -> list[str]:
    return [column.name for column in table.c if column.name not in KEPT_BY_DATABASE]


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
