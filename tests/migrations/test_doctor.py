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

from migrations.runner import current, migrate
from starter.doctor import CHECKS, Verdict, examine, server, upkeep
from starter.doctor.examination import Opinion, Patient
from starter.embedded import Stack
from tests.databases import as_role, drop_database, execute, make_database

NAMES = [name for name, _ in CHECKS]
BY_NAME = dict(CHECKS)


@pytest_asyncio.fixture(scope="module")
async def healthy_url(stack: Stack, postgres_url: str) -> AsyncIterator[str]:
    """A copy for this module, migrated so that it has the rights that a copy lacks: those on the database itself."""
    name = f"doctor_{uuid4().hex}"
    url = await make_database(stack.addresses.database_url, name, str(make_url(postgres_url).database))
    await migrate(url)
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
        "1 rights too many (DELETE on public.audit_events for fieldcare_app) → fieldcare db migrate",
    ),
    "REVOKE INSERT ON audit_events FROM fieldcare_app": (
        "rights",
        "1 rights are missing (INSERT on public.audit_events",
    ),
    "CREATE ROLE stray; GRANT SELECT ON engineers TO stray": ("rights", "note: other roles have rights here: stray"),
    "ALTER TABLE engineers SET (autovacuum_enabled = false)": (
        "vacuum",
        "autovacuum is off for engineers → ALTER TABLE engineers RESET (autovacuum_enabled)",
    ),
    "SET LOCAL timezone = 'Asia/Kolkata'": ("server", "note: the server's time zone is Asia/Kolkata"),
}


@pytest.mark.parametrize("change", BROKEN)
async def test_what_is_broken_is_named_with_its_remedy(patient: Patient, change: str) -> None:
    check, words = BROKEN[change]
    await patient.connection.execute(change)
    assert words in told(await BY_NAME[check](patient))


async def test_a_check_leaves_no_trace(patient: Patient) -> None:
    await BY_NAME["objects"](patient)
    assert await patient.connection.fetchval("SELECT to_regnamespace('fieldcare_as_filed')") is None


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
    await execute(healthy_url, "UPDATE alembic_version SET version_num = '0009'")
    connection = await asyncpg.connect(healthy_url)
    try:
        opinion = await BY_NAME["revision"](Patient(connection, healthy_url))
        assert "it stands at revision 0009" in told(opinion)
    finally:
        await connection.execute("UPDATE alembic_version SET version_num = $1", (await current(healthy_url)).head)
        await connection.close()


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


async def test_workers_who_can_not_connect_are_off(healthy_url: str) -> None:
    wrong = make_url(healthy_url).set(username="fieldcare_app", password="wrong").render_as_string(hide_password=False)
    findings = await examine(healthy_url, (("workers", BY_NAME["workers"]),), workers_url=wrong)
    assert findings[0].verdict is Verdict.OFF
    assert "password authentication failed" in findings[0].problems[0].what
