"""What the roles may do and what they may not, tried as each of them; and that nothing is left undecided."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import make_url, text

from migrations import grants, privileges
from migrations.grants import DatabaseRole, Privilege
from migrations.privileges import apply_grants, read_grants
from migrations.roles import ROLE_SETTINGS, RolesError, ensure_roles, handover_sql, read_role, scram_verifier
from migrations.runner import FOLDER, grant, migrate
from models.database import Database, DatabaseOutdated
from models.database_calls import IDLE_IN_TRANSACTION_TIMEOUT, LOCK_TIMEOUT, STATEMENT_TIMEOUT
from models.sql_functions import SqlFunction
from starter.embedded import Stack
from tests.databases import as_role
from tests.migrations.story import open_story

DENIED = asyncpg.InsufficientPrivilegeError


@pytest_asyncio.fixture(scope="module")
async def record(database: Database) -> str:
    """A ticket in the shared database; returns its number."""
    return (await open_story(database)).row.number


@pytest_asyncio.fixture(scope="module")
async def app(stack: Stack, shared_url: str, record: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(as_role(shared_url, stack.addresses.application_url))
    yield connection
    await connection.close()


@pytest_asyncio.fixture(scope="module")
async def reporting(stack: Stack, shared_url: str, record: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(as_role(shared_url, stack.addresses.reporting_url))
    yield connection
    await connection.close()


@pytest_asyncio.fixture(scope="module")
async def stranger(stack: Stack, shared_url: str) -> AsyncIterator[Any]:
    """Somebody with a login and nothing else."""
    owner = await asyncpg.connect(shared_url)
    await owner.execute(f"CREATE ROLE stranger LOGIN PASSWORD '{scram_verifier('strange')}'")
    url = make_url(shared_url).set(username="stranger", password="strange").render_as_string(hide_password=False)
    database = make_url(shared_url).database
    await owner.execute(f'GRANT CONNECT ON DATABASE "{database}" TO stranger')
    connection = await asyncpg.connect(url)
    await owner.execute(f'REVOKE CONNECT ON DATABASE "{database}" FROM stranger')  # whoever is in stays in
    yield connection
    await connection.close()
    await owner.execute("DROP ROLE stranger")
    await owner.close()


BEYOND = (
    "SELECT lo_create(0)",
    "SELECT lo_creat(-1)",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT lo_import('/etc/hostname')",
    "SELECT lo_export(1, '/tmp/x')",
    "SELECT lo_open(1, 131072)",
    "SELECT lo_get(1)",
    "SELECT lo_put(1, 0, 'x')",
    "SELECT lo_unlink(1)",
    "SELECT loread(0, 1)",
    "SELECT lowrite(0, 'x')",
    "SELECT lo_truncate(0, 1)",
    "SELECT pg_logical_emit_message(true, 'a', 'b')",
    "SELECT pg_logical_emit_message(false, 'a', 'b'::bytea)",
    "SELECT pg_create_restore_point('x')",
    "SELECT pg_switch_wal()",
    "SELECT pg_stat_reset()",
    "SELECT pg_reload_conf()",
    "SELECT pg_rotate_logfile()",
    "SELECT pg_ls_dir('.')",
    "SELECT pg_create_physical_replication_slot('mine')",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'fieldcare'",
    "SET lo_compat_privileges = on",
)
"""What no role but the owner may do with PostgreSQL itself: write, files, settings, other people's sessions."""


async def attempt(connection: Any, statement: str) -> None:
    """Run a statement and undo it."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(statement)
    finally:
        await transaction.rollback()


# -- the application ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT prepare_intake('VENT-ICU-001', NULL)",
        "SELECT record_ai_check('local', 'no answer', NULL)",
        "SELECT seal_audit_trail()",
        "SELECT * FROM get_workflow_status(NULL)",
        "SELECT version_num FROM alembic_version",
        "SELECT hash FROM managed_sql_objects",
    ],
)
async def test_the_application_does_its_work(app: Any, statement: str) -> None:
    await attempt(app, statement)


@pytest.mark.parametrize("name", sorted(grants.TABLES))
async def test_the_application_reads_every_table_but_what_proves_who_somebody_is(app: Any, sql: Any, name: str) -> None:
    if await sql.fetchval("SELECT to_regclass($1)", f"public.{name}") is None:
        return
    if not grants.TABLES[name].secret:
        await attempt(app, f"TABLE {name} LIMIT 1")
        return
    with pytest.raises(DENIED):
        await attempt(app, f"TABLE {name} LIMIT 1")


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE audit_events DISABLE TRIGGER append_only",
        "TRUNCATE service_tickets CASCADE",
        "SELECT nextval('ticket_numbers')",
        "SELECT setval('ticket_numbers', 1)",
        *BEYOND,
        "CREATE TABLE mine (id integer)",
        "CREATE TEMPORARY TABLE mine (id integer)",
        "CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA mine",
        "ALTER TABLE service_tickets ADD COLUMN mine integer",
        "DROP FUNCTION get_ticket(text)",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "SET ROLE fieldcare",
        "SET ROLE fieldcare_reporting",
        "SELECT rolpassword FROM pg_authid",
        "SELECT pg_read_file('/etc/passwd')",
        "COPY service_tickets TO PROGRAM 'cat'",
        "ALTER ROLE fieldcare_app SUPERUSER",
        "CREATE ROLE another LOGIN",
        "SET session_replication_role = replica",
    ],
)
async def test_the_application_does_nothing_else(app: Any, statement: str) -> None:
    with pytest.raises(DENIED):
        await attempt(app, statement)


async def test_every_function_runs_with_the_rights_of_whoever_may_call_it(app: Any, reporting: Any, sql: Any) -> None:
    """Readers have the caller's rights: one that is granted and touches what is not would fail where it is called."""
    called, denied = 0, []
    for row in await sql.fetch("""
        SELECT p.oid::regprocedure::text AS signature, p.proname AS name,
            p.provolatile = 'v' AS writes,
            has_function_privilege('fieldcare_app', p.oid, 'EXECUTE') AS app,
            has_function_privilege('fieldcare_reporting', p.oid, 'EXECUTE') AS reporting,
            ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) AS t) AS types
        FROM pg_proc AS p
        WHERE p.pronamespace = 'public'::regnamespace AND p.prorettype <> 'trigger'::regtype AND p.prokind = 'f'
            AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')
    """):
        assert row["app"] == (row["name"] in grants.DOORS or not row["writes"]), row["signature"]
        arguments = ", ".join(f"NULL::{one}" for one in row["types"])
        for connection in (*([app] if row["app"] else []), *([reporting] if row["reporting"] else [])):
            called += 1
            try:
                await attempt(connection, f"SELECT * FROM {row['name']}({arguments})")  # noqa: S608 - of the catalog
            except DENIED as error:
                denied.append(f"{row['signature']}: {error}")
            except asyncpg.PostgresError:
                pass  # nothing but NULL is not what it is for
    assert denied == []  # for reporting: NOT_FOR_REPORTING in migrations/grants.py
    assert called > 30


# -- reporting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT number, status, priority, opened_at FROM service_tickets",
        "SELECT count(*) FROM ai_conversations",
        "SELECT input_tokens, cost_usd, latency FROM ai_conversations",
        "SELECT code, name, support_level FROM engineers",
        "SELECT action, occurred_at, actor_role FROM audit_events",
        "SELECT * FROM equipment_parts",
        "SELECT * FROM select_workflow_template(NULL)",
    ],
)
async def test_reporting_reads_figures(reporting: Any, statement: str) -> None:
    await attempt(reporting, statement)


async def test_reporting_reads_every_view(reporting: Any, app: Any, sql: Any) -> None:
    for row in await sql.fetch("SELECT name FROM managed_sql_objects WHERE kind <> 'function'"):
        for connection in (reporting, app):
            await attempt(connection, f"TABLE {row['name']} LIMIT 1")


COUNTED = {
    ("ai_cost_summary", "ai_conversations", "error"),
    ("ai_performance_summary", "ai_conversations", "error"),
    ("stage_execution_overview", "stage_execution_data", "actions"),
}
"""Hidden columns that a view counts by, and does not show."""


async def test_no_view_shows_what_reporting_may_not_read(sql: Any) -> None:
    """A view runs with its owner's rights, so nothing but this would stop it."""
    used = {
        (row["view"], row["relation"], row["attname"])
        for row in await sql.fetch("""
            SELECT v.relname AS view, t.relname AS relation, a.attname
            FROM pg_rewrite AS r
            JOIN pg_class AS v ON v.oid = r.ev_class
            JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refobjsubid > 0
            JOIN pg_class AS t ON t.oid = d.refobjid
            JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
            WHERE v.relnamespace = 'public'::regnamespace
        """)
    }
    hidden = {(table, column) for table, rule in grants.TABLES.items() for column in rule.hidden}
    assert {one for one in used if one[1:] in hidden} <= COUNTED


@pytest.mark.parametrize(
    ("table", "column"),
    [(table, column) for table, rule in sorted(grants.TABLES.items()) for column in sorted(rule.hidden)],
)
async def test_reporting_does_not_read_what_people_wrote(reporting: Any, table: str, column: str) -> None:
    with pytest.raises(DENIED):
        await attempt(reporting, f"SELECT {column} FROM {table}")  # noqa: S608 - of the list above


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM get_ticket('x')",
        "SELECT hash FROM managed_sql_objects",
        "SELECT prepare_intake('VENT-ICU-001', NULL)",
        "CREATE TABLE mine (id integer)",
        "CREATE TEMPORARY TABLE mine (id integer)",
        *BEYOND,
        "SELECT rolpassword FROM pg_authid",
    ],
)
async def test_reporting_reads_nothing_else(reporting: Any, statement: str) -> None:
    """Also when it takes off what its sessions begin with: read-only is a guard against mistakes, not the lock."""
    with pytest.raises(DENIED):
        await attempt(reporting, f"SET TRANSACTION READ WRITE; {statement}")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM service_tickets",
        "UPDATE manufacturers SET name = 'x'",
        "INSERT INTO audit_events (occurred_at, actor_code, actor_role, action) VALUES (now(), 'x', 'system', 'x')",
        "SELECT nextval('ticket_numbers')",
        "SELECT apply_ticket_facts(NULL, '[]')",
    ],
)
async def test_reporting_writes_nothing_even_when_it_says_that_it_will(reporting: Any, statement: str) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError if statement[0] in "DUI" else DENIED):
        await attempt(reporting, statement)
    with pytest.raises(DENIED):
        await attempt(reporting, f"SET TRANSACTION READ WRITE; {statement}")


# -- everybody else ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM service_tickets",
        "SELECT number FROM public.service_tickets",
        "SELECT version_num FROM alembic_version",
        "SELECT public.seconds(interval '1 s')",
        "SELECT public.refuse_change()",
        "SELECT public.gbtreekey4_out(NULL)",
        "SELECT nextval('ticket_numbers')",
        "CREATE TABLE public.mine (id integer)",
    ],
)
async def test_a_stranger_does_nothing(stranger: Any, statement: str) -> None:
    with pytest.raises((DENIED, asyncpg.UndefinedTableError)):  # what is in a closed schema is not even found
        await attempt(stranger, statement)


async def test_a_stranger_can_not_even_connect(stranger: Any, shared_url: str) -> None:
    url = make_url(shared_url).set(username="stranger", password="strange").render_as_string(hide_password=False)
    with pytest.raises(DENIED, match="permission denied for database"):
        await asyncpg.connect(url)


# -- decisions ---------------------------------------------------------------------------------------------------------


async def test_everything_is_decided(sql: Any) -> None:
    """A new table needs a line in `migrations/grants.py`, as does a function that a revision makes."""
    assert (await read_grants(sql)).undecided == ()


async def test_hidden_columns_exist(sql: Any) -> None:
    columns = {
        (row["table_name"], row["column_name"])
        for row in await sql.fetch("SELECT table_name, column_name FROM information_schema.columns")
    }
    tables = {table for table, _ in columns}
    decided = {(table, one) for table, rule in grants.TABLES.items() for one in rule.hidden}
    assert {one for one in decided if one[0] in tables} <= columns


VOLATILITY = re.compile(r"^(?:IMMUTABLE|STABLE|VOLATILE)\b|\b(?:IMMUTABLE|STABLE|VOLATILE)$", re.MULTILINE)


async def test_every_function_says_whether_it_only_reads(sql: Any) -> None:
    """That decides who may run it."""
    for path in sorted((FOLDER / "sql/functions").glob("*.sql")):
        assert len(VOLATILITY.findall(path.read_text(encoding="utf-8"))) == 1, path.name


@pytest.mark.parametrize("database", ["postgres", "template1"])
async def test_the_roles_come_into_no_other_database_of_the_embedded_cluster(stack: Stack, database: str) -> None:
    """In one of their own PUBLIC may make large objects and temporary tables; from template1 they would be copied."""
    for url in (stack.addresses.application_url, stack.addresses.reporting_url):
        with pytest.raises(DENIED, match="permission denied for database"):
            await asyncpg.connect(make_url(url).set(database=database).render_as_string(hide_password=False))


# -- applying them -----------------------------------------------------------------------------------------------------


async def test_a_migrated_database_has_the_rights_and_a_second_migration_changes_none(database_url: str) -> None:
    await migrate(database_url)
    connection = await asyncpg.connect(database_url)
    grants_found = await read_grants(connection)
    await connection.close()
    assert (grants_found.missing, grants_found.surplus, grants_found.strangers) == ((), (), ())
    assert not (await migrate(database_url)).changed


CHANGED = (
    "GRANT DELETE ON service_tickets TO fieldcare_app",
    "GRANT SELECT ON service_tickets TO fieldcare_reporting",
    "GRANT SELECT (content) ON ai_conversations TO fieldcare_reporting",
    "GRANT SELECT ON engineers TO PUBLIC",
    "GRANT EXECUTE ON FUNCTION get_ticket(text) TO fieldcare_reporting",
    "GRANT SELECT ON manufacturers TO fieldcare_app WITH GRANT OPTION",
    "GRANT CREATE ON SCHEMA public TO PUBLIC",
    "GRANT UPDATE (health) ON ai_providers TO fieldcare_app",
    "GRANT USAGE ON SEQUENCE ticket_numbers TO fieldcare_app",
    "GRANT EXECUTE ON FUNCTION raise_issue(uuid, text, timestamptz) TO fieldcare_app",
    "GRANT EXECUTE ON FUNCTION lo_create(oid) TO PUBLIC",
    "GRANT EXECUTE ON FUNCTION lo_put(oid, bigint, bytea) TO fieldcare_reporting",
    "GRANT EXECUTE ON FUNCTION pg_read_file(text) TO fieldcare_app",
    "GRANT SET ON PARAMETER session_replication_role TO fieldcare_app",
    "GRANT TEMPORARY ON DATABASE {database} TO PUBLIC",
    "REVOKE SELECT ON audit_events FROM fieldcare_app",
    "REVOKE SELECT (code) ON engineers FROM fieldcare_reporting",
    "REVOKE USAGE ON SCHEMA public FROM fieldcare_app",
    "REVOKE EXECUTE ON FUNCTION get_ticket(text) FROM fieldcare_app",
)


async def test_rights_that_somebody_changed_are_put_back(sql: Any) -> None:
    transaction = sql.transaction()
    await transaction.start()
    try:
        database = await sql.fetchval("SELECT quote_ident(current_database())")
        for change in CHANGED:
            await sql.execute(change.format(database=database))
        found = await read_grants(sql)
        assert {(one.right, one.target, one.column, one.grantee, one.grantable) for one in found.surplus} == {
            ("DELETE", "public.service_tickets", "", "fieldcare_app", False),
            ("SELECT", "public.service_tickets", "", "fieldcare_reporting", False),
            ("SELECT", "public.ai_conversations", "content", "fieldcare_reporting", False),
            ("SELECT", "public.engineers", "", "public", False),
            ("EXECUTE", "public.get_ticket(text)", "", "fieldcare_reporting", False),
            ("SELECT", "public.manufacturers", "", "fieldcare_app", True),
            ("CREATE", "public", "", "public", False),
            ("UPDATE", "public.ai_providers", "health", "fieldcare_app", False),
            ("USAGE", "public.ticket_numbers", "", "fieldcare_app", False),
            (
                "EXECUTE",
                "public.raise_issue(uuid, text, timestamp with time zone)",
                "",
                "fieldcare_app",
                False,
            ),
            ("EXECUTE", "pg_catalog.lo_create(oid)", "", "public", False),
            ("EXECUTE", "pg_catalog.lo_put(oid, bigint, bytea)", "", "fieldcare_reporting", False),
            ("EXECUTE", "pg_catalog.pg_read_file(text)", "", "fieldcare_app", False),
            ("SET", "session_replication_role", "", "fieldcare_app", False),
            ("TEMPORARY", database, "", "public", False),
        }
        assert {(one.right, one.target, one.column) for one in found.missing} == {
            ("SELECT", "public.manufacturers", ""),
            ("SELECT", "public.audit_events", ""),
            ("SELECT", "public.engineers", "code"),
            ("USAGE", "public", ""),
            ("EXECUTE", "public.get_ticket(text)", ""),
        }
        await apply_grants(sql)
        assert not (await read_grants(sql)).differ
    finally:
        await transaction.rollback()


async def test_rights_of_other_roles_are_told_and_left_alone(stranger: Any, sql: Any) -> None:
    transaction = sql.transaction()
    await transaction.start()
    try:
        await sql.execute("GRANT SELECT ON manufacturers TO stranger")
        found = await read_grants(sql)
        assert found.strangers == (Privilege("table", "public.manufacturers", "", "stranger", "SELECT"),)
        await apply_grants(sql)
        assert await sql.fetchval("SELECT has_table_privilege('stranger', 'manufacturers', 'SELECT')")
    finally:
        await transaction.rollback()


async def test_what_an_operator_made_keeps_the_rights_that_he_gave(sql: Any) -> None:
    transaction = sql.transaction()
    await transaction.start()
    try:
        await sql.execute("""
            CREATE VIEW somebodys AS SELECT description FROM service_tickets;
            CREATE FUNCTION somebodys() RETURNS integer LANGUAGE sql AS 'SELECT 1';
            CREATE TABLE somebodys_too (id integer);
            GRANT DELETE ON somebodys_too TO fieldcare_app;
        """)
        found = await read_grants(sql)
        assert set(found.undecided) == {"somebodys", "somebodys_too"}
        assert not found.differ
        assert not await sql.fetchval("SELECT has_table_privilege('fieldcare_reporting', 'somebodys', 'SELECT')")
    finally:
        await transaction.rollback()


async def test_a_database_without_tables_gets_no_rights(empty_url: str) -> None:
    assert await grant(empty_url) is None


async def test_what_is_not_ours_is_named_with_its_remedy(app: Any, sql: Any) -> None:
    """The application owns nothing: it could put nothing right, and can say what would have to be done."""
    await sql.execute("GRANT DELETE ON engineers TO fieldcare_app")
    try:
        found = await read_grants(app)
        assert not found.differ
        assert found.handover == ("REVOKE DELETE ON TABLE public.engineers FROM fieldcare_app",)
    finally:
        await apply_grants(sql)


async def test_a_missing_right_is_repaired_by_whoever_migrates(stack: Stack, database_url: str) -> None:
    owner = await asyncpg.connect(database_url)
    await owner.execute("REVOKE EXECUTE ON FUNCTION find_engineer(text) FROM fieldcare_app")
    await owner.close()
    database = Database(as_role(database_url, stack.addresses.application_url))
    with pytest.raises(DatabaseOutdated, match="fieldcare db migrate"):
        await database.rows(SqlFunction.FIND_ENGINEER, "ENG-001")
    assert (await migrate(database_url)).rights
    assert await database.rows(SqlFunction.FIND_ENGINEER, "ENG-001")
    await database.aclose()


# -- making the roles --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "name", "shown"),
    [
        ("app", "statement_timeout", "15s"),
        ("app", "lock_timeout", "5s"),
        ("app", "idle_in_transaction_session_timeout", "30s"),
        ("app", "default_transaction_read_only", "off"),
        ("reporting", "statement_timeout", "1min"),
        ("reporting", "lock_timeout", "5s"),
        ("reporting", "default_transaction_read_only", "on"),
    ],
)
async def test_a_session_of_any_program_begins_with_its_limits(
    app: Any, reporting: Any, role: str, name: str, shown: str
) -> None:
    assert await {"app": app, "reporting": reporting}[role].fetchval("SELECT current_setting($1)", name) == shown


async def test_the_program_sets_its_limits_itself(postgres_url: str) -> None:
    database = Database(postgres_url)
    async with database.session() as session:
        connection = await session.connection()
        for name, seconds in (
            ("statement_timeout", STATEMENT_TIMEOUT),
            ("lock_timeout", LOCK_TIMEOUT),
            ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION_TIMEOUT),
        ):
            found = await connection.scalar(text("SELECT setting FROM pg_settings WHERE name = :name"), {"name": name})
            assert found == str(int(seconds * 1000))
    await database.aclose()
    assert LOCK_TIMEOUT < STATEMENT_TIMEOUT


async def test_roles_that_are_there_are_left_as_they_are(postgres_url: str) -> None:
    assert await ensure_roles(postgres_url, {}) == await ensure_roles(postgres_url, {})
    report = await ensure_roles(postgres_url, {})
    assert (report.created, report.changed) == ((), ())


async def test_a_role_that_became_more_is_cut_back(postgres_url: str, sql: Any) -> None:
    await sql.execute(
        "ALTER ROLE fieldcare_reporting CREATEDB NOLOGIN; ALTER ROLE fieldcare_reporting RESET lock_timeout"
    )
    assert (await ensure_roles(postgres_url, {})).changed == ("fieldcare_reporting",)
    state = await read_role(sql, DatabaseRole.REPORTING)
    assert state.attributes == frozenset()
    assert state.settings == ROLE_SETTINGS[DatabaseRole.REPORTING]


async def test_a_user_who_may_not_make_roles_is_told_what_to_do(stack: Stack, stranger: Any, postgres_url: str) -> None:
    url = as_role(postgres_url, stack.addresses.application_url)
    with pytest.raises(RolesError, match="fieldcare db roles --sql") as caught:
        await ensure_roles(url, {DatabaseRole.REPORTING: "a-secret"})
    assert "a-secret" not in str(caught.value)


async def test_a_password_is_what_the_role_then_logs_in_with_and_is_never_sent(sql: Any) -> None:
    name = f"probe_{uuid4().hex}"
    verifier = scram_verifier("correct horse ' battery")
    assert "horse" not in verifier
    await sql.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{verifier}'")
    database = await sql.fetchval("SELECT current_database()")
    await sql.execute(f'GRANT CONNECT ON DATABASE "{database}" TO {name}')
    try:
        host, port = await sql.fetchrow("SELECT host(inet_server_addr()), inet_server_port()")
        arguments = {"host": host, "port": port, "user": name, "database": database}
        await (await asyncpg.connect(**arguments, password="correct horse ' battery")).close()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(**arguments, password="wrong")
    finally:
        await sql.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


def test_a_verifier_is_that_of_rfc_7677() -> None:
    """The example of RFC 7677, section 3: user "user", password "pencil"."""
    salt = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
    assert scram_verifier("pencil", salt) == (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
        "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )


@pytest.mark.parametrize("password", ["", "línea", "two\nlines"])
def test_a_password_that_clients_would_read_in_different_ways_is_refused(password: str) -> None:
    with pytest.raises(RolesError, match="printable ASCII"):
        scram_verifier(password)


async def test_what_an_administrator_gets_makes_the_same_roles(sql: Any) -> None:
    statements = [line for line in handover_sql().splitlines() if not line.startswith("\\")]
    assert handover_sql().count("\\password") == len(DatabaseRole)
    transaction = sql.transaction()
    await transaction.start()
    try:
        for line in statements:
            await sql.execute(re.sub(r"\b(fieldcare_(?:app|reporting))\b", r"\1_copy", line))
        for role in DatabaseRole:
            state = await read_role(sql, f"{role}_copy")
            assert (state.attributes, state.settings) == (frozenset(), ROLE_SETTINGS[role])
    finally:
        await transaction.rollback()


def test_statements_name_the_catalog_s_own_names() -> None:
    privilege = Privilege("table", 'public."odd name"', "", "fieldcare_app", "SELECT")
    assert list(privileges._statements("GRANT", [privilege])) == [
        'GRANT SELECT ON TABLE public."odd name" TO fieldcare_app'
    ]
