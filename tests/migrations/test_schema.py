"""The migrated schema: what the tables' classes say, and what the database itself refuses."""

from __future__ import annotations

import re
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from models.database import make_engine
from models.tables import metadata
from models.tables.base import TextEnum
from tests.migrations.story import Story

OWN_TABLES = {"managed_sql_objects", "alembic_version"}


async def test_the_tables_classes_and_the_migrated_schema_agree(postgres_url: str) -> None:
    def differences(connection: Connection) -> list[Any]:
        connection.dialect.supports_comments = False  # comments stand in the database alone
        options = {
            "compare_type": True,
            "compare_server_default": True,
            "include_object": lambda _one, name, kind, _reflected, _other: kind != "table" or name not in OWN_TABLES,
        }
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    engine = make_engine(postgres_url)
    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
    await engine.dispose()
    assert found == []


async def test_checks_list_exactly_the_values_of_the_enumerations(sql: Any) -> None:
    rows = await sql.fetch("""
        SELECT conrelid::regclass::text AS table, pg_get_constraintdef(oid) AS check
        FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace
    """)
    checks = {
        (row["table"], found["column"]): set(re.findall(r"'([^']*)'::text", found["values"]))
        for row in rows
        if (found := re.fullmatch(r"CHECK \(\((?P<column>\w+) = ANY \(ARRAY\[(?P<values>[^\]]*)\]\)\)\)", row["check"]))
    }
    wanted = {
        (table.name, column.name): {value.value for value in column.type.kind}
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, TextEnum)
    }
    assert {key: values for key, values in checks.items() if key[0] not in OWN_TABLES} == wanted


async def test_every_changing_table_keeps_its_own_updated_at(sql: Any) -> None:
    triggers = {
        row[0]
        for row in await sql.fetch("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'set_updated_at'")
    }
    assert triggers == {name for name, table in metadata.tables.items() if "updated_at" in table.columns}


async def test_updated_at_moves_with_a_change_and_only_then(own_sql: Any) -> None:
    read = "SELECT updated_at FROM engineers WHERE code = 'ENG-001'"
    before = await own_sql.fetchval(read)
    await own_sql.execute("UPDATE engineers SET name = name WHERE code = 'ENG-001'")
    assert await own_sql.fetchval(read) == before
    await own_sql.execute("UPDATE engineers SET name = 'Another' WHERE code = 'ENG-001'")
    assert await own_sql.fetchval(read) > before


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_events SET reason = 'x'",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events",
        "TRUNCATE service_tickets CASCADE",
    ],
)
async def test_the_audit_trail_is_append_only(sql: Any, story: Story, change: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="audit_events is append-only"):
        await sql.execute(change)


NO_ZONES = {
    "Use a name such as Asia/Kolkata.": (
        "Asia/Kolkatta",
        "IST5",
        "posix/Asia/Kolkata",
        "Posix/Asia/Kolkata",
        "right/Europe/Berlin",
        "",
        "localtime",
        "LocalTime",
        "posixrules",
        "Factory",
        "UTC+3",
        "<+03>-3",
        "5",
        "IST",
    ),
    "Write it Asia/Almaty.": ("Asia/almaty", "asia/Almaty", "ASIA/ALMATY"),
    "Write it Europe/Kyiv.": ("europe/kyiv",),
    "Write it Etc/GMT+5.": ("etc/gmt+5",),
    "Write it UTC.": ("utc",),
}


@pytest.mark.parametrize(("zone", "hint"), [(zone, hint) for hint, zones in NO_ZONES.items() for zone in zones])
async def test_a_site_s_time_zone_is_an_iana_name_spelled_as_there(sql: Any, zone: str, hint: str) -> None:
    transaction = sql.transaction()
    await transaction.start()
    try:
        with pytest.raises(asyncpg.CheckViolationError, match="is not an IANA time zone") as refused:
            await sql.execute("UPDATE customer_sites SET time_zone = $1", zone)
        assert refused.value.hint == hint
    finally:
        await transaction.rollback()


@pytest.mark.parametrize(
    "zone", ["Asia/Almaty", "Europe/Kyiv", "Asia/Calcutta", "US/Eastern", "UTC", "EST5EDT", "Etc/GMT+5", "Japan"]
)
async def test_every_other_name_of_the_iana_database_is_taken(sql: Any, zone: str) -> None:
    transaction = sql.transaction()
    await transaction.start()
    try:
        await sql.execute("SET LOCAL timezone = 'Asia/Tokyo'")
        await sql.execute("UPDATE customer_sites SET time_zone = $1", zone)
        assert await sql.fetchval("SHOW timezone") == "Asia/Tokyo"
    finally:
        await transaction.rollback()


async def test_a_unit_stands_at_a_site_of_its_own_customer(own_sql: Any) -> None:
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await own_sql.execute(
            "UPDATE equipment_registry SET customer_id = (SELECT id FROM customers WHERE code = 'AIIMS') "
            "WHERE serial = 'VENT-ICU-001'"
        )


COPY_TEMPLATE = """
    INSERT INTO workflow_templates (code, name, version, workflow_type, equipment_type_id, manufacturer_id,
                                    resolution_target, active, valid_from, valid_to)
    SELECT 'rival', name, version, workflow_type, equipment_type_id, manufacturer_id, resolution_target,
           $2, $3::text::timestamptz, $4::text::timestamptz
    FROM workflow_templates WHERE code = $1 LIMIT 1
"""


@pytest.mark.parametrize("code", ["standard_service", "manufacturer_service"])
async def test_two_templates_of_a_scope_and_version_are_never_in_force_together(own_sql: Any, code: str) -> None:
    await own_sql.execute(COPY_TEMPLATE, code, False, "2025-06-01", None)
    await own_sql.execute("DELETE FROM workflow_templates WHERE code = 'rival'")
    await own_sql.execute(COPY_TEMPLATE, code, True, "2024-01-01", "2025-01-01T00:00:00Z")  # ends as the other begins
    await own_sql.execute("DELETE FROM workflow_templates WHERE code = 'rival'")
    with pytest.raises(asyncpg.ExclusionViolationError, match="workflow_templates_one_in_force"):
        await own_sql.execute(COPY_TEMPLATE, code, True, "2025-06-01", None)


async def test_two_service_configurations_of_a_scope_are_never_in_force_together(own_sql: Any) -> None:
    with pytest.raises(asyncpg.ExclusionViolationError, match="manufacturer_service_config_one_in_force"):
        await own_sql.execute(
            "INSERT INTO manufacturer_service_config (code, service_provider, parts_provider, response_target, "
            "parts_lead_time, oem_parts_only) VALUES ('rival', 'geneqr', 'geneqr', '1 h', '1 d', false)"
        )


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE stage_configuration_templates SET target_duration = '0'",
        "UPDATE workflow_templates SET thresholds = '{50,101}'",
        "UPDATE workflow_templates SET thresholds = '{}'",
        "UPDATE workflow_templates SET thresholds = '{50,NULL}'",
        "UPDATE workflow_templates SET valid_to = valid_from",
        "UPDATE engineers SET home_latitude = 91",
        "UPDATE engineers SET home_latitude = NULL",
        "UPDATE stage_configuration_templates SET required_actions = '{}'",
    ],
)
async def test_values_that_make_no_sense_are_refused(own_sql: Any, change: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await own_sql.execute(change)


async def test_every_function_has_its_comment(sql: Any) -> None:
    bare = await sql.fetch("""
        SELECT p.oid::regprocedure::text FROM pg_proc p
        LEFT JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'
        WHERE p.pronamespace = 'public'::regnamespace AND d.objid IS NULL AND obj_description(p.oid, 'pg_proc') IS NULL
    """)
    assert bare == []
