"""Each check sees what it is for. Most things are broken in a transaction, looked at, and undone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import make_url

from migrations.runner import current, migrate, seed
from starter.doctor import CHECKS, Verdict, examine, server, tables, trail, upkeep
from starter.doctor.examination import Opinion, Patient
from starter.embedded import Stack
from tests.databases import as_role, drop_database, execute, make_database

NAMES = [name for name, _ in CHECKS]
BY_NAME = dict(CHECKS)


@pytest_asyncio.fixture(scope="module")
async def healthy_url(stack: Stack, postgres_url: str) -> AsyncIterator[str]:
    """A copy for this module."""
    name = f"doctor_{uuid4().hex}"
    url = await make_database(stack.addresses.database_url, name, str(make_url(postgres_url).database))
    yield url
    await drop_database(stack.addresses.database_url, name)


@pytest_asyncio.fixture
async def patient(healthy_url: str) -> AsyncIterator[Patient]:
    """The copy, as its owner, in a transaction that is undone."""
    connection = await asyncpg.connect(healthy_url)
    transaction = connection.transaction()
    await transaction.start()
    yield Patient(connection, healthy_url)
    await transaction.rollback()
    await connection.close()


def told(opinion: Opinion) -> str:
    """Every problem with its remedy."""
    return "\n".join(f"{one.verdict}: {one.what} → {one.remedy}" for one in opinion.problems)


async def test_a_healthy_database_is_well(stack: Stack, healthy_url: str) -> None:
    findings = await examine(healthy_url, CHECKS, workers_url=as_role(healthy_url, stack.addresses.application_url))
    assert [finding.check for finding in findings] == NAMES
    assert [finding for finding in findings if finding.verdict is Verdict.OFF] == []
    assert all(finding.seen for finding in findings)


BROKEN = {
    "DROP FUNCTION get_ticket(text)": (
        "objects",
        "function get_ticket is missing → fieldcare db migrate --again get_ticket",
    ),
    "CREATE OR REPLACE FUNCTION find_ticket(p_reference text) RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'": (
        "objects",
        "function find_ticket is not as its file says → fieldcare db migrate --again find_ticket",
    ),
    "ALTER FUNCTION find_ticket(text) RESET ALL": ("objects", "function find_ticket is not as its file says"),
    "CREATE FUNCTION find_ticket(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'": (
        "objects",
        "function find_ticket is not as its file says",
    ),
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'": (
        "objects",
        "function refuse_change is not as its file says → ask who replaced it",
    ),
    "CREATE VIEW somebodys AS SELECT 1 AS one": ("objects", "view somebodys is not ours → drop it"),
    "CREATE TABLE somebodys (id integer)": ("objects", "table somebodys is not ours → drop it"),
    "ALTER TABLE audit_events DISABLE TRIGGER append_only": (
        "objects",
        "audit_events has triggers that are off → ALTER TABLE audit_events ENABLE TRIGGER ALL",
    ),
    "ALTER TABLE engineers ADD CONSTRAINT named CHECK (name <> 'x') NOT VALID": (
        "constraints",
        "constraint named of engineers was never validated → ALTER TABLE engineers VALIDATE CONSTRAINT named",
    ),
    "ALTER TABLE engineers ADD CONSTRAINT named CHECK (name <> 'x') NOT ENFORCED": (
        "constraints",
        "constraint named of engineers is not enforced",
    ),
    "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'service_tickets_newest'::regclass": (
        "constraints",
        "index service_tickets_newest is invalid → REINDEX INDEX CONCURRENTLY service_tickets_newest",
    ),
    "ALTER SEQUENCE ticket_numbers MAXVALUE 100 RESTART 81; SELECT nextval('ticket_numbers')": (
        "sequences",
        "ticket_numbers has used up 81%",
    ),
    "UPDATE workflow_templates SET active = false": (
        "reference data",
        "no default workflow template with stages is in force → fieldcare db seed",
    ),
    "UPDATE manufacturer_service_config SET active = false": (
        "reference data",
        "no default service configuration is in force",
    ),
    "ALTER TABLE equipment_catalog RENAME TO elsewhere; CREATE TABLE equipment_catalog ()": (
        "reference data",
        "there is no type of equipment → fieldcare db seed",
    ),
    "INSERT INTO business_calendars (code, version, name) VALUES ('shut', 1, 'Shut')": (
        "calendars",
        "calendar shut version 1 is never open: clocks do without it → give it opening hours",
    ),
    "UPDATE business_calendars SET holiday_country = 'XX' WHERE code = '24x7'": (
        "calendars",
        'calendar 24x7 version 1: the public holidays of the country "XX" are not known',
    ),
    "UPDATE customers SET calendar_id = (SELECT id FROM business_calendars WHERE code = 'weekdays_9_17') "
    "WHERE code = 'APOLLO'; UPDATE business_calendars SET active = false WHERE code = 'weekdays_9_17'": (
        "calendars",
        "customer APOLLO agrees on the calendar weekdays_9_17, which is not in force",
    ),
    "ALTER TABLE customer_sites DISABLE TRIGGER check_time_zone; "
    "UPDATE customer_sites SET time_zone = 'Asia/almaty' WHERE code = 'WARD-3'": (
        "time zones",
        'the site WARD-3 of CITY-GENERAL: "Asia/almaty" is not an IANA time zone: write Asia/Almaty → correct '
        "customer_sites.time_zone",
    ),
    "ALTER TABLE engineers DISABLE TRIGGER check_time_zone; "
    "UPDATE engineers SET time_zone = 'localtime' WHERE code = 'ENG-001'": (
        "time zones",
        'the engineer ENG-001: "localtime" is not an IANA time zone: use a name such as Asia/Kolkata',
    ),
    "GRANT EXECUTE ON FUNCTION lo_create(oid) TO PUBLIC": (
        "rights",
        "rights too many: 1 (EXECUTE on pg_catalog.lo_create(oid) for public) → fieldcare db migrate",
    ),
    "GRANT EXECUTE ON FUNCTION pg_read_file(text) TO fieldcare_reporting": (
        "rights",
        "rights too many: 1 (EXECUTE on pg_catalog.pg_read_file(text) for fieldcare_reporting)",
    ),
    "GRANT SET ON PARAMETER session_replication_role TO fieldcare_app": (
        "rights",
        "rights too many: 1 (SET on session_replication_role for fieldcare_app) → fieldcare db migrate",
    ),
    "ALTER ROLE fieldcare_app CREATEDB": ("roles", "fieldcare_app is createdb → fieldcare db roles"),
    "ALTER ROLE fieldcare_app NOLOGIN": ("roles", "fieldcare_app is nologin → fieldcare db roles"),
    "GRANT fieldcare TO fieldcare_app": ("roles", "fieldcare_app is a member of fieldcare → REVOKE fieldcare FROM"),
    "ALTER ROLE fieldcare_app SET statement_timeout = 0": (
        "roles",
        "fieldcare_app begins with statement_timeout = 0, not 15s → fieldcare db roles",
    ),
    "ALTER ROLE fieldcare_reporting RESET default_transaction_read_only": (
        "roles",
        "begins with default_transaction_read_only = the default of the server, not on",
    ),
    "ALTER ROLE fieldcare_reporting RENAME TO elsewhere": ("roles", "there is no role fieldcare_reporting"),
    "GRANT DELETE ON audit_events TO fieldcare_app": (
        "rights",
        "rights too many: 1 (DELETE on public.audit_events for fieldcare_app) → fieldcare db migrate",
    ),
    "REVOKE SELECT ON audit_events FROM fieldcare_app": (
        "rights",
        "rights missing: 1 (SELECT on public.audit_events",
    ),
    "CREATE ROLE stray; GRANT SELECT ON engineers TO stray": ("rights", "note: other roles have rights here: stray"),
    "ALTER TABLE engineers SET (autovacuum_enabled = false)": (
        "vacuum",
        "autovacuum is off for engineers → ALTER TABLE engineers RESET (autovacuum_enabled)",
    ),
    "ALTER TABLE service_tickets SET (toast.autovacuum_enabled = false)": (
        "vacuum",
        "autovacuum is off for service_tickets → ALTER TABLE service_tickets RESET (toast.autovacuum_enabled)",
    ),
    "SET LOCAL timezone = 'Asia/Kolkata'": ("server", "note: the server's time zone is Asia/Kolkata"),
}


@pytest.mark.parametrize("change", BROKEN)
async def test_what_is_broken_is_named_with_its_remedy(patient: Patient, change: str) -> None:
    check, words = BROKEN[change]
    await patient.connection.execute(change)
    assert words in told(await BY_NAME[check](patient))


MISSHAPEN = {
    "DROP TRIGGER audit_change ON customers": (
        "off: trigger audit_change of customers is missing → CREATE TRIGGER audit_change AFTER INSERT OR DELETE "
        "OR UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION audit_change()"
    ),
    "CREATE OR REPLACE TRIGGER append_only BEFORE DELETE ON audit_events EXECUTE FUNCTION refuse_change()": (
        "off: trigger append_only of audit_events is not as it was made → DROP TRIGGER append_only ON "
    ),
    "CREATE TRIGGER theirs BEFORE INSERT ON engineers FOR EACH ROW EXECUTE FUNCTION refuse_change()": (
        "off: trigger theirs of engineers is not ours → drop it"
    ),
    "ALTER TABLE engineer_absences DROP CONSTRAINT engineer_absences_span": (
        "off: constraint engineer_absences_span of engineer_absences is missing → "
        "ALTER TABLE engineer_absences ADD CONSTRAINT engineer_absences_span CHECK"
    ),
    "DROP INDEX service_tickets_newest": (
        "off: index service_tickets_newest of service_tickets is missing → CREATE INDEX service_tickets_newest ON "
        "service_tickets USING btree (opened_at, id)"
    ),
    "CREATE INDEX theirs ON engineers (name)": "note: index theirs of engineers is not ours → drop it, unless",
    "ALTER TABLE engineers DROP COLUMN monthly_capacity CASCADE": (
        "off: column monthly_capacity of engineers is missing → restore it from a backup"
    ),
    "ALTER TABLE equipment_parts ALTER unit_price DROP NOT NULL": (
        "off: column unit_price of equipment_parts is not as it was made → ALTER TABLE equipment_parts, so that it is "
        "numeric(12,2) NOT NULL again"
    ),
    "DROP TABLE notifications CASCADE": "off: table notifications is missing → restore it from a backup",
}


async def test_what_became_of_the_tables_is_named_with_the_statement_that_mends_it(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for change in MISSHAPEN:
        await patient.connection.execute(change)
    monkeypatch.setattr(tables, "TOLD", 100)
    everything = told(await BY_NAME["tables"](patient))
    assert [words for words in MISSHAPEN.values() if words not in everything] == []
    monkeypatch.setattr(tables, "TOLD", 2)
    *_, last = (await BY_NAME["tables"](patient)).problems
    assert last.what == f"{len(everything.splitlines()) - 2} more differences"


async def test_a_check_leaves_no_trace(patient: Patient) -> None:
    await BY_NAME["objects"](patient)
    assert await patient.connection.fetchval("SELECT to_regnamespace('fieldcare_as_filed')") is None


async def test_seeds_that_are_missing_are_counted_by_table_and_come_back(healthy_url: str) -> None:
    findings = [await examine(healthy_url, (("seeds", BY_NAME["reference data"]),))]
    await execute(healthy_url, "DELETE FROM ai_models WHERE ctid IN (SELECT ctid FROM ai_models LIMIT 2)")
    try:
        findings.append(await examine(healthy_url, (("seeds", BY_NAME["reference data"]),)))
    finally:
        await seed(healthy_url)
    findings.append(await examine(healthy_url, (("seeds", BY_NAME["reference data"]),)))
    assert [finding.verdict for (finding,) in findings] == [Verdict.OK, Verdict.OFF, Verdict.OK]
    assert [(one.what, one.remedy) for one in findings[1][0].problems] == [
        ("rows of the seed files are missing: 2 in ai_models", "fieldcare db seed")
    ]


TAMPER = """
    ALTER TABLE audit_events DISABLE TRIGGER ALL;
    UPDATE audit_events SET actor_code = 'x' || actor_code WHERE subject_table = 'engineers' AND sequence = 0
        AND subject_id = (SELECT id FROM engineers WHERE code = 'ENG-001');
    ALTER TABLE audit_events ENABLE TRIGGER ALL
"""


async def test_a_changed_entry_of_the_audit_trail_is_off_and_named(healthy_url: str) -> None:
    check = (("audit trail", BY_NAME["audit trail"]),)
    (before,) = await examine(healthy_url, check)
    await execute(healthy_url, TAMPER)
    try:
        (broken,) = await examine(healthy_url, check)
    finally:
        await execute(healthy_url, TAMPER.replace("'x' || actor_code", "substr(actor_code, 2)"))
    (after,) = await examine(healthy_url, check)
    assert [before.verdict, broken.verdict, after.verdict] == [Verdict.OK, Verdict.OFF, Verdict.OK]
    assert "entries intact, nothing is sealed yet" in before.seen
    assert broken.problems[0].what.startswith("broken at engineers ENG-001")
    assert broken.problems[0].what.endswith("its content is not what was recorded")
    assert "fieldcare audit verify" in broken.problems[0].remedy


async def test_a_long_trail_is_looked_at_where_its_chains_end(
    healthy_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail, "WALKED", 0)
    check = (("audit trail", BY_NAME["audit trail"]),)
    (before,) = await examine(healthy_url, check)
    assert (before.verdict, "each chain ends where it must" in before.seen) == (Verdict.OK, True)
    ghost = uuid4()
    row = f"INSERT INTO manufacturers (id, code, name) VALUES ('{ghost}', 'GHOST', 'Ghost')"  # noqa: S608
    off = "ALTER TABLE manufacturers DISABLE TRIGGER audit_change; {}; ALTER TABLE manufacturers ENABLE TRIGGER ALL"
    await execute(healthy_url, off.format(row))
    try:
        (broken,) = await examine(healthy_url, check)
    finally:
        await execute(healthy_url, off.format("DELETE FROM manufacturers WHERE code = 'GHOST'"))
    assert [one.what for one in broken.problems] == [f"broken at manufacturers {ghost}: all of its entries are missing"]


async def test_connections_of_other_users_are_counted_for_an_owner_who_is_no_superuser(healthy_url: str) -> None:
    theirs = [await asyncpg.connect(healthy_url) for _ in range(3)]
    connection = await asyncpg.connect(healthy_url)
    try:
        await connection.execute("SET ROLE fieldcare_app")
        opinion = await BY_NAME["connections"](Patient(connection, healthy_url))
    finally:
        for one in (*theirs, connection):
            await one.close()
    assert int(opinion.seen.split()[0]) >= 4


async def test_a_function_that_was_replaced_is_made_again(healthy_url: str) -> None:
    await execute(healthy_url, "ALTER FUNCTION find_engineer(text) RESET ALL")
    assert not (await migrate(healthy_url)).changed
    assert (await migrate(healthy_url, again=frozenset({"find_engineer"}))).replaced == ("find_engineer",)
    connection = await asyncpg.connect(healthy_url)
    opinion = await BY_NAME["objects"](Patient(connection, healthy_url))
    await connection.close()
    assert told(opinion) == ""


async def test_a_database_that_lacks_a_revision_or_everything_says_so(stack: Stack, healthy_url: str) -> None:
    name = f"doctor_{uuid4().hex}"
    url = await make_database(stack.addresses.database_url, name)
    try:
        findings = {one.check: one for one in await examine(url, CHECKS)}
    finally:
        await drop_database(stack.addresses.database_url, name)
    assert findings["revision"].problems[0].what == "the database is empty: it was never migrated"
    assert findings["server"].verdict is Verdict.OK
    assert findings["reference data"].verdict is Verdict.OFF
    assert "could not be examined" in findings["reference data"].problems[0].what
    for name in ("objects", "tables", "reference data", "audit trail"):
        (problem,) = findings[name].problems
        assert (problem.remedy, problem.what.count("\n")) == ("fieldcare db migrate", 0)
        assert not problem.what.endswith(".")
    head = (await current(healthy_url)).head
    await execute(healthy_url, "UPDATE alembic_version SET version_num = '0009'")
    connection = await asyncpg.connect(healthy_url)
    try:
        opinion = await BY_NAME["revision"](Patient(connection, healthy_url))
        assert "it stands at revision 0009" in told(opinion)
        await connection.execute("UPDATE alembic_version SET version_num = '9999'")
        (newer,) = await examine(healthy_url, (("revision", BY_NAME["revision"]),))
        assert newer.problems[0].remedy == "use the version that migrated it, or a newer one"
    finally:
        await connection.execute("UPDATE alembic_version SET version_num = $1", head)
        await connection.close()


async def test_who_is_not_the_owner_is_told_to_come_as_the_owner(stack: Stack, healthy_url: str) -> None:
    as_app = as_role(healthy_url, stack.addresses.application_url)
    (finding,) = await examine(as_app, (("objects", BY_NAME["objects"]),))
    (problem,) = finding.problems
    assert problem.remedy == "examine it as its owner: FIELDCARE_ADMIN_DATABASE_URL"
    assert "migrations" not in problem.what


async def test_a_check_that_fails_leaves_the_others_their_say(healthy_url: str) -> None:
    async def faint(patient: Patient) -> Opinion:
        await patient.connection.execute("SELECT 1 / 0")
        raise AssertionError

    async def look(patient: Patient) -> Opinion:
        return Opinion(str(await patient.connection.fetchval("SELECT 'well'")))

    first, second = await examine(healthy_url, (("faint", faint), ("look", look)))
    assert (first.verdict, second.verdict) == (Verdict.OFF, Verdict.OK)
    assert "division by zero" in first.problems[0].what


async def test_a_database_that_is_away_is_told_once_and_every_check_still_has_its_line() -> None:
    findings = await examine("postgresql://somebody:secret@127.0.0.1:1/nothing", CHECKS)
    assert [finding.check for finding in findings] == NAMES
    assert {finding.verdict for finding in findings} == {Verdict.OFF}
    assert "127.0.0.1:1/nothing can't be reached" in findings[0].problems[0].what
    assert "secret" not in str(findings)


async def test_an_encoding_that_is_not_utf_8_is_off(stack: Stack) -> None:
    name = f"doctor_{uuid4().hex}"
    owner_url = stack.addresses.database_url
    await execute(
        owner_url, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'"
    )
    try:
        connection = await asyncpg.connect(make_url(owner_url).set(database=name).render_as_string(hide_password=False))
        opinion = await BY_NAME["server"](Patient(connection, ""))
        await connection.close()
    finally:
        await drop_database(owner_url, name)
    assert "off: the encoding is SQL_ASCII, not UTF8" in told(opinion)


@pytest.mark.parametrize(
    ("limit", "check", "words"),
    [
        ((server, "OLDEST_VERSION", 99), "server", "is older than 99"),
        ((server, "BUSY", 0.0), "connections", "in use: more than 0%"),
        ((upkeep, "MANY_ROWS", -1), "vacuum", "was never analysed: plans are guesses → ANALYZE "),
        ((upkeep, "OLD_TRANSACTION_IDS", 0), "transaction ids", "writes will stop"),
    ],
)
async def test_what_can_not_be_broken_here_is_off_beyond_its_limit(
    patient: Patient, monkeypatch: pytest.MonkeyPatch, limit: tuple[Any, str, float], check: str, words: str
) -> None:
    assert told(await BY_NAME[check](patient)) == ""
    monkeypatch.setattr(*limit)
    assert words in told(await BY_NAME[check](patient))


@pytest.mark.parametrize(("hours", "words"), [(-1, "ahead of ours"), (1, "behind ours")])
async def test_clocks_that_differ_are_off(patient: Patient, hours: int, words: str) -> None:
    other = Patient(patient.connection, "", clock=lambda: datetime.now(UTC) + timedelta(hours=hours))
    assert f"3600 s {words}" in told(await BY_NAME["clock"](other))


async def test_workers_that_come_as_the_owner_are_noted(healthy_url: str) -> None:
    findings = await examine(healthy_url, (("workers", BY_NAME["workers"]),), workers_url=healthy_url)
    assert findings[0].verdict is Verdict.NOTE
    assert "connect as fieldcare, who may do more" in findings[0].problems[0].what


async def test_workers_in_another_database_are_off(stack: Stack, healthy_url: str, postgres_url: str) -> None:
    elsewhere = as_role(postgres_url, stack.addresses.application_url)
    findings = await examine(healthy_url, (("workers", BY_NAME["workers"]),), workers_url=elsewhere)
    (problem,) = findings[0].problems
    assert findings[0].verdict is Verdict.OFF
    assert "connect to another database: 127.0.0.1:" in problem.what
    assert str(make_url(elsewhere).password) not in problem.what


async def test_workers_who_can_not_connect_are_off(healthy_url: str) -> None:
    wrong = make_url(healthy_url).set(username="fieldcare_app", password="wrong").render_as_string(hide_password=False)
    findings = await examine(healthy_url, (("workers", BY_NAME["workers"]),), workers_url=wrong)
    assert findings[0].verdict is Verdict.OFF
    assert "password authentication failed" in findings[0].problems[0].what


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            "GRANT CONNECT ON DATABASE postgres TO PUBLIC",
            "note: the roles may connect to postgres as well, and fill those → have their owner run: REVOKE ALL ON "
            "DATABASE postgres FROM public",
        ),
        (
            "SELECT lo_create(4711); ALTER LARGE OBJECT 4711 OWNER TO fieldcare_reporting",
            "note: fieldcare_reporting has made large objects: 1 → look at them",
        ),
    ],
)
async def test_what_the_roles_have_beside_the_tables_is_noted(patient: Patient, change: str, words: str) -> None:
    assert told(await BY_NAME["rights"](patient)) == ""
    await patient.connection.execute(change)
    assert words in told(await BY_NAME["rights"](patient))
