"""Fills a database from the files in `seeds/`, which a person can edit.

A row is matched by its natural key (a code, a serial), inserted if it is missing, updated if the file says otherwise,
and left alone if not: seeding twice changes nothing. A column that a file leaves out gets its default. What is not in
the files is not touched, except the stages of a template that the files define.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import Column, Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from models.contracts.templates import TemplateSnapshot
from models.database import DatabaseRefused, classified_errors, make_engine, place
from models.tables import metadata

SEEDS = Path(__file__).parent / "seeds"
LOCK = 0x6669_656C_6463_6172
"""Key of the advisory lock that lets one migrator or seeder at a time work on a database."""

KEPT_BY_DATABASE = frozenset({"id", "created_at", "updated_at"})

_ACTOR = "SELECT set_config('fieldcare.actor_code', 'seed', true), set_config('fieldcare.actor_role', 'system', true)"
"""Who the audit trail says it was."""

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


@dataclass(frozen=True, slots=True)
class SeedReport:
    """What a seeding did, by table."""

    tables: Mapping[str, SeedCount] = field(default_factory=dict)

    @property
    def changed(self) -> int:
        """How many rows are not as they were; 0 when seeding found everything in place."""
        return sum(count.changed for count in self.tables.values())


async def seed(url: str, *, sample: bool = True, folder: Path = SEEDS) -> SeedReport:
    """Seed the database at `url` (`postgresql://…`), all or nothing.

    Args:
        sample: the sample customers, units and engineers as well as the reference data.

    Raises:
        SeedError: a file is wrong.
        DatabaseUnavailable: the database can't be reached, or is not migrated.
    """
    files = _Files(folder)
    engine = make_engine(url, statement_timeout=0)
    try:
        async with classified_errors(place(engine.url)), engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            await connection.execute(text(_ACTOR))
            seeder = _Seeder(connection)
            try:
                await seeder.reference(files)
                if sample:
                    await seeder.sample(files)
            except KeyError as error:
                raise SeedError(f"the seed files lack something that they refer to: {error.args[0]}") from None
            return SeedReport(seeder.counts)
    except DatabaseRefused as error:
        raise SeedError(f"the seed files do not fit the tables: {error}") from error
    finally:
        await engine.dispose()


class _Files:
    """The seed files, read when they are asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def records(self, name: str, key: str) -> list[Record]:
        """The records of the array `key` in the file `name`."""
        path = self._folder / f"{name}.toml"
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise SeedError(f"{path.name} can't be read: {error.strerror}") from error
        except tomllib.TOMLDecodeError as error:
            raise SeedError(f"{path.name} is not valid TOML: {error}") from error
        found: list[Record] = content.get(key, [])
        return found


class _Ids:
    """Ids by natural keys, which can say what they did not find."""

    def __init__(self, table: str, ids: Mapping[tuple[Any, ...], UUID]) -> None:
        self._table = table
        self._ids = ids

    def __getitem__(self, key: tuple[Any, ...]) -> str:
        if key not in self._ids:
            raise KeyError(f"{'/'.join(map(str, key))} in {self._table}")
        return str(self._ids[key])

    def optional(self, code: str | None) -> str | None:
        return None if code is None else self[(code,)]


class _Seeder:
    """One seeding, in one transaction: parents before children."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.counts: dict[str, SeedCount] = {}

    async def reference(self, files: _Files) -> None:
        await self._put("manufacturers", files.records("reference/manufacturers", "manufacturer"), "code")
        await self._put("equipment_catalog", files.records("reference/equipment_catalog", "equipment_type"), "code")
        types = await self._ids("equipment_catalog", "code")
        makers = await self._ids("manufacturers", "code")
        services = files.records("reference/service_configurations", "service")
        await self._put("manufacturer_service_config", [_scoped(one, types, makers) for one in services], "code")
        await self._templates(files.records("reference/workflow_templates", "template"), types, makers)

    async def sample(self, files: _Files) -> None:
        await self._put("engineers", files.records("sample/engineers", "engineer"), "code")
        customers = files.records("sample/customers", "customer")
        sites = [(record["code"], site) for record in customers for site in record.pop("sites", [])]
        await self._put("customers", customers, "code")
        ids = await self._ids("customers", "code")
        placed = [{**site, "customer_id": ids[(customer,)]} for customer, site in sites]
        await self._put("customer_sites", placed, "customer_id", "code")
        await self._units(files.records("sample/equipment", "unit"))

    async def _units(self, units: list[Record]) -> None:
        types = await self._ids("equipment_catalog", "code")
        makers = await self._ids("manufacturers", "code")
        customers = await self._ids("customers", "code")
        sites = await self._ids("customer_sites", "customer_id", "code")
        rows = []
        for unit in units:
            customer_id = customers[(unit.pop("customer"),)]
            rows.append(
                {
                    "equipment_type_id": types[(unit.pop("equipment_type"),)],
                    "manufacturer_id": makers[(unit.pop("manufacturer"),)],
                    "customer_id": customer_id,
                    "site_id": sites[(UUID(customer_id), unit.pop("site"))],
                    **unit,
                }
            )
        await self._put("equipment_registry", rows, "serial")

    async def _templates(self, templates: list[Record], types: _Ids, makers: _Ids) -> None:
        """Templates with their stages. A template with several scopes is a row, and a set of stages, for each."""
        key = ("code", "version", "equipment_type_id", "manufacturer_id")
        rows, stages = [], []
        for template in templates:
            defined = template.pop("stages")
            for scope in template.pop("scopes", [{}]):
                row = _scoped({**template, **scope}, types, makers)
                rows.append(row)
                natural = (row["code"], row["version"], _uuid(row["equipment_type_id"]), _uuid(row["manufacturer_id"]))
                stages.append((natural, defined))
        await self._put("workflow_templates", rows, *key)
        ids = await self._ids("workflow_templates", *key)
        steps = [
            {"template_id": ids[natural], "position": position, **stage}
            for natural, defined in stages
            for position, stage in enumerate(defined, start=1)
        ]
        await self._remove_stages(steps)
        await self._put("stage_configuration_templates", steps, "template_id", "key")
        for template_id in {step["template_id"] for step in steps}:
            await self._check_template(template_id)

    async def _remove_stages(self, steps: Iterable[Record]) -> None:
        """Drop the stages that a template's file no longer has."""
        kept = [{"template_id": step["template_id"], "key": step["key"]} for step in steps]
        result = await self._connection.execute(
            text("""
                DELETE FROM stage_configuration_templates s
                USING (SELECT template_id, array_agg(key) AS keys
                       FROM jsonb_to_recordset(CAST(:kept AS jsonb)) AS k (template_id uuid, key text)
                       GROUP BY template_id) AS k
                WHERE s.template_id = k.template_id AND s.key <> ALL (k.keys)
            """),
            {"kept": json.dumps(kept)},
        )
        self.counts.setdefault("stage_configuration_templates", SeedCount()).removed += result.rowcount

    async def _check_template(self, template_id: str) -> None:
        snapshot = await self._connection.scalar(
            text("SELECT CAST(template_snapshot(CAST(:id AS uuid), 'default') AS text)"), {"id": template_id}
        )
        try:
            TemplateSnapshot.model_validate_json(str(snapshot))
        except ValidationError as error:
            raise SeedError(f"workflow_templates.toml has a template that can't work: {error}") from error

    async def _ids(self, table: str, *key: str) -> _Ids:
        columns = metadata.tables[table].c
        rows = await self._connection.execute(
            metadata.tables[table].select().with_only_columns(columns.id, *(columns[name] for name in key))
        )
        return _Ids(table, {tuple(row[1:]): row[0] for row in rows})

    async def _put(self, table: str, records: list[Record], *key: str) -> None:
        """Insert or update the records of a table, matched by the columns of its natural key."""
        count = self.counts.setdefault(table, SeedCount())
        statement = _upsert(metadata.tables[table], records, key)
        payload = json.dumps(records, default=str)
        rows = (await self._connection.execute(text(statement), {"records": payload})).all()
        count.inserted += sum(row.inserted for row in rows)
        count.updated += sum(not row.inserted for row in rows)
        count.unchanged += len(records) - len(rows)


def _scoped(record: Record, types: _Ids, makers: _Ids) -> Record:
    """A record whose scope is given in codes, with the ids in their stead."""
    return {
        **{key: value for key, value in record.items() if key not in {"equipment_type", "manufacturer"}},
        "equipment_type_id": types.optional(record.get("equipment_type")),
        "manufacturer_id": makers.optional(record.get("manufacturer")),
    }


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


def _uuid(value: str | None) -> UUID | None:
    return None if value is None else UUID(value)
