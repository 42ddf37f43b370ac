"""Migrations run forward on a database with rows in it, and one that fails leaves everything as it was."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from alembic.script import ScriptDirectory
from sqlalchemy import make_url

from migrations import runner
from migrations.runner import MigrationError, MigrationReport, current, migrate
from models.sla.calendar import Calendar
from models.tables import metadata
from tests.databases import drop_database, make_database
from tests.migrations.late_rows import LATE
from tests.migrations.rows import EARLY, inserts

BEFORE = "0005"
"""The last revision of the first release: databases with tickets in them stand there."""

LATER_REVISIONS = sorted(
    one.revision for one in ScriptDirectory(str(runner.FOLDER)).walk_revisions() if one.revision > BEFORE
)


def folder_up_to(revision: str, place: Path) -> Path:
    """The house's migrations up to a revision, without functions and views."""
    folder = place / f"migrations_{revision}"
    (folder / "versions").mkdir(parents=True)
    shutil.copy(runner.FOLDER / "env.py", folder)
    for file in runner.FOLDER.glob("versions/*.py"):
        if file.name[:4] <= revision:
            shutil.copy(file, folder / "versions")
    return folder


@pytest_asyncio.fixture(scope="module")
async def old_url(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A database of the first release, with rows in every table. Nobody changes it: it is copied."""
    server, name = make_url(postgres_url).set(database="postgres"), f"old_{uuid4().hex}"
    url = await make_database(server.render_as_string(hide_password=False), name)
    await migrate(url, folder=folder_up_to(BEFORE, tmp_path_factory.mktemp("forward")))
    await execute(url, inserts(EARLY))
    yield url
    await drop_database(server.render_as_string(hide_password=False), name)


@dataclass(frozen=True, slots=True)
class Upgraded:
    """A copy of the old database that was brought to the newest revision; nobody deletes its rows."""

    url: str
    report: MigrationReport
    columns: dict[str, list[str]]
    """Those of the old schema, by table."""
    before: dict[str, list[str]]
    """The rows before, by table."""


@pytest_asyncio.fixture(scope="module")
async def upgraded(old_url: str) -> AsyncIterator[Upgraded]:
    async with copied(old_url) as url:
        columns = await columns_of(url)
        before = await contents(url, columns)
        yield Upgraded(url, await migrate(url), columns, before)


@asynccontextmanager
async def copied(url: str) -> AsyncIterator[str]:
    """A copy of a database, for as long as the block lasts."""
    server, name = make_url(url).set(database="postgres"), f"copy_{uuid4().hex}"
    address = server.render_as_string(hide_password=False)
    yield await make_database(address, name, str(make_url(url).database))
    await drop_database(address, name)


async def execute(url: str, statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statements)
    finally:
        await connection.close()


async def contents(url: str, columns: dict[str, list[str]] | None = None) -> dict[str, list[str]]:
    """Every row of every table as JSON, in the given columns where some are given."""
    connection = await asyncpg.connect(url)
    try:
        tables = columns or {row[0]: ["*"] for row in await connection.fetch(TABLES)}
        return {
            table: [
                row[0]
                for row in await connection.fetch(
                    f"SELECT to_jsonb(t)::text FROM (SELECT {', '.join(names)} FROM {table}) AS t ORDER BY 1"  # noqa: S608
                )
            ]
            for table, names in tables.items()
        }
    finally:
        await connection.close()


async def columns_of(url: str) -> dict[str, list[str]]:
    """The columns of every table of the domain."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
            "ORDER BY table_name, ordinal_position"
        )
    finally:
        await connection.close()
    found: dict[str, list[str]] = {}
    for table, column in rows:
        if table in metadata.tables:
            found.setdefault(table, []).append(f'"{column}"')
    return found


TABLES = "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
SCHEMA = {
    "relations": "SELECT relname, relkind::text, relacl::text, obj_description(oid) FROM pg_class "
    "WHERE relnamespace = 'public'::regnamespace",
    "columns": "SELECT attrelid::regclass::text, attnum, attname, atttypid::regtype::text, atttypmod, attnotnull, "
    "attisdropped, pg_get_expr(d.adbin, d.adrelid), col_description(attrelid, attnum) "
    "FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid "
    "LEFT JOIN pg_attrdef d ON d.adrelid = attrelid AND d.adnum = attnum "
    "WHERE attnum > 0 AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace",
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated "
    "FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
    "indexes": "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid), indisvalid FROM pg_index "
    "JOIN pg_class c ON c.oid = indrelid WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace",
    "views": "SELECT oid::regclass::text, pg_get_viewdef(oid) FROM pg_class "
    "WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace",
    "functions": "SELECT oid::regprocedure::text, md5(prosrc), provolatile::text, proconfig::text, proacl::text, "
    "obj_description(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "triggers": "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
}


async def picture(url: str) -> dict[str, list[str]]:
    """The whole schema and all rows, the register of objects and the revision among them."""
    connection = await asyncpg.connect(url)
    try:
        schema = {
            part: sorted(repr(tuple(row)) for row in await connection.fetch(query)) for part, query in SCHEMA.items()
        }
    finally:
        await connection.close()
    return {**schema, **await contents(url)}


async def test_the_old_database_has_rows_in_every_table(old_url: str) -> None:
    assert (await current(old_url)).revision == BEFORE
    rows = await contents(old_url)
    assert {table for table, found in rows.items() if len(found) == 2} == EARLY.keys()
    assert rows.keys() - EARLY.keys() == {"alembic_version", "managed_sql_objects"}


async def test_rows_come_through_to_the_newest_revision(upgraded: Upgraded) -> None:
    assert (upgraded.report.from_revision, upgraded.report.revisions) == (BEFORE, tuple(LATER_REVISIONS))
    assert (await current(upgraded.url)).is_current
    after = await contents(upgraded.url, upgraded.columns)
    # The audit trail has got a first entry for every row that people decide on.
    assert {*after.pop("audit_events")} > {*upgraded.before["audit_events"]}
    assert after == {table: rows for table, rows in upgraded.before.items() if table != "audit_events"}


async def test_old_rows_have_sane_values_in_the_new_columns_and_are_read(upgraded: Upgraded) -> None:
    connection = await asyncpg.connect(upgraded.url)
    engineer = await connection.fetchrow("SELECT time_zone, shift_calendar_id FROM engineers WHERE code = 'T-ENG-1'")
    kind = await connection.fetchrow(
        "SELECT maintenance_requirements, synonyms, product_codes FROM equipment_catalog WHERE code = 't_pump'"
    )
    assignment = await connection.fetchrow("SELECT work_location, travel_distance_km, notes FROM stage_assignments")
    instance = await connection.fetchrow(
        "SELECT issues_raised, latest_issue, calendar_snapshot FROM ticket_workflow_instances"
    )
    signed = await connection.fetchrow(
        "SELECT forms, completion_criteria, signed_at FROM stage_execution_data WHERE customer_signature IS NOT NULL"
    )
    shown = json.loads(await connection.fetchval("SELECT get_ticket('FC-2026-900001')"))
    found = await connection.fetch("SELECT * FROM find_engineer('T-ENG-2')")
    await connection.close()

    assert tuple(engineer) == ("UTC", None)
    assert tuple(kind) == ("", [], [])
    assert tuple(assignment) == ("remote", None, "")
    assert tuple(instance)[:2] == (0, None)
    assert Calendar.model_validate_json(instance["calendar_snapshot"]) == Calendar()
    assert tuple(signed) == ("{}", "[]", None)
    assert shown["ticket"]["description"] == "No flow"
    assert shown["stages"][0]["assignments"][0]["engineer_code"] == "T-ENG-1"
    assert len(found) == 1


async def test_new_rows_fit_beside_the_old_ones(upgraded: Upgraded) -> None:
    connection = await asyncpg.connect(upgraded.url)
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(inserts(LATE))
    assert await connection.fetchval("SELECT count(*) FROM ticket_parts_required") == 2
    await transaction.rollback()
    await connection.close()


async def test_every_single_step_works_on_rows(old_url: str, upgraded: Upgraded, tmp_path: Path) -> None:
    async with copied(old_url) as url:
        for revision in LATER_REVISIONS:
            report = await migrate(url, folder=folder_up_to(revision, tmp_path))
            assert report.revisions == (revision,)
        in_steps = await picture(url)
    at_once = await picture(upgraded.url)
    for part in ("columns", "constraints", "indexes", "triggers", "alembic_version"):
        assert at_once[part] == in_steps[part] or (part == "columns" and set(in_steps[part]) < set(at_once[part]))


async def test_an_ai_task_that_nobody_serves_is_put_aside_and_keeps_its_thresholds(
    old_url: str, tmp_path: Path
) -> None:
    served, not_served = LATE["workflow_ai_configuration"]
    async with copied(old_url) as url:
        await migrate(url, folder=folder_up_to("0023", tmp_path))
        await execute(url, inserts({"workflow_ai_configuration": (served, {**not_served, "enabled": True})}))
        await migrate(url)
        connection = await asyncpg.connect(url)
        rows = await connection.fetch("SELECT task, enabled, minimum_confidence FROM workflow_ai_configuration")
        trail = await connection.fetch(
            "SELECT actor_code, actor_role, reason FROM audit_events "
            "WHERE subject_table = 'workflow_ai_configuration' AND action = 'row_updated'"
        )
        await connection.close()
    assert {tuple(row) for row in rows} == {("diagnosis", True, 40), ("attachment_analysis", False, 40)}
    assert [tuple(row) for row in trail] == [("migration", "system", "Nobody serves this AI task.")]


def house_with(tmp_path: Path) -> Path:
    """A copy of the house's migrations, to break."""
    folder = tmp_path / "migrations"
    shutil.copytree(runner.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__", "seeds"))
    return folder


STATEMENTS = (
    "ALTER TABLE service_tickets ADD COLUMN colour text NOT NULL DEFAULT 'red'",
    "UPDATE service_tickets SET description = 'overwritten'",
    "DELETE FROM notifications",
    "CREATE INDEX service_tickets_colour ON service_tickets (colour)",
    "DROP TABLE ai_feedback",
    "ALTER TABLE engineers ADD CONSTRAINT nobody_is_l1 CHECK (support_level <> 'L1')",
)
"""Good statements, and a last one that the rows do not allow."""


async def test_a_revision_that_fails_on_the_rows_leaves_everything_as_it_was(old_url: str, tmp_path: Path) -> None:
    folder = house_with(tmp_path)
    lines = "\n".join(f"    op.execute({statement!r})" for statement in STATEMENTS)
    (folder / "versions/9999_broken.py").write_text(
        f"from alembic import op\nrevision = '9999'\ndown_revision = {LATER_REVISIONS[-1]!r}\n\n"
        f"def upgrade() -> None:\n{lines}\n"
    )
    before = await picture(old_url)

    with pytest.raises(MigrationError, match='revision 9999 fails: check constraint "nobody_is_l1"'):
        await migrate(old_url, folder=folder)

    assert await picture(old_url) == before


@pytest.mark.parametrize(("place", "name"), [("functions", "get_ticket"), ("views", "a_broken_view")])
async def test_an_object_that_fails_leaves_everything_as_it_was(
    upgraded: Upgraded, tmp_path: Path, place: str, name: str
) -> None:
    folder = house_with(tmp_path)
    file = folder / f"sql/{place}/{name}.sql"
    if place == "functions":
        file.write_text(re.sub(r"RETURNS jsonb\b", "RETURNS no_such_type", file.read_text()))
    else:
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"-- A test.\nCREATE VIEW {name} AS SELECT nothing;\n\nCOMMENT ON VIEW {name} IS 'A test.';\n")
    before = await picture(upgraded.url)

    with pytest.raises(MigrationError, match=f"{name} fails"):
        await migrate(upgraded.url, folder=folder)

    assert await picture(upgraded.url) == before


CHANGES = {
    "customers": "UPDATE customers SET name = 'Other' WHERE code = 'T-NORTH'",
    "columns": "ALTER TABLE customers ALTER COLUMN name SET DEFAULT 'x'",
    "indexes": "CREATE INDEX an_index ON customers (name)",
    "constraints": "ALTER TABLE customers ADD CHECK (length(name) > 1)",
    "functions": "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "views": "CREATE VIEW v AS SELECT 1 AS one",
    "triggers": "DROP TRIGGER set_updated_at ON customer_sites",
    "relations": "COMMENT ON TABLE customers IS 'x'",
}


async def test_the_picture_shows_whatever_a_migration_may_change(old_url: str) -> None:
    before = await picture(old_url)
    async with copied(old_url) as url:
        await execute(url, "; ".join(CHANGES.values()))
        after = await picture(url)
    assert {part for part, rows in before.items() if after[part] != rows} == CHANGES.keys()
