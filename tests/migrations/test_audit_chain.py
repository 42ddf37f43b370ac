"""The chains of the audit trail and the seals over them."""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from migrations import runner
from migrations.runner import migrate
from models.database import Database, DatabaseUnavailable
from starter.auditing import seal_trail, verify_trail
from tests.migrations.story import Story, record_opening
from tests.waiting import until

CHAIN = "SELECT * FROM audit_events WHERE subject_id = $1 ORDER BY sequence"
ENTRY = """
    INSERT INTO audit_events (subject_table, subject_id, sequence, occurred_at, actor_code, actor_role, action, hash)
    VALUES ($1, $2, $3, now(), 'x', 'operator', 'tried', 'f')
"""


async def test_a_ticket_s_facts_are_links_of_one_chain(story: Story, sql: Any) -> None:
    entries = await sql.fetch(CHAIN, story.ticket_id)
    assert [entry["sequence"] for entry in entries] == [0, 1, 2]
    assert [entry["subject_table"] for entry in entries] == ["service_tickets"] * 3
    assert [entry["previous_hash"] for entry in entries] == [None, entries[0]["hash"], entries[1]["hash"]]
    assert entries[0]["entry_number"] < entries[1]["entry_number"] < entries[2]["entry_number"]


async def test_a_hash_is_that_of_the_whole_entry_as_anybody_can_write_it(story: Story, sql: Any) -> None:
    _, entry, _ = await sql.fetch(CHAIN, story.ticket_id)

    def microseconds(at: datetime) -> int:
        return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)

    scalars = [
        "service_tickets", str(story.ticket_id), 1, entry["entry_number"], str(entry["id"]),
        microseconds(entry["occurred_at"]), microseconds(entry["recorded_at"]), "fieldcare", "system", "clock_moved",
        "", None,
    ]  # fmt: skip
    texts = [json.dumps(one) for one in scalars]
    texts += [entry["old_value"] or "null", entry["new_value"], json.dumps(str(story.ticket_id))]
    payload = f"{entry['previous_hash']}\n[{', '.join(texts)}]"
    assert sha256(payload.encode()).hexdigest() == entry["hash"]


async def test_a_hash_does_not_depend_on_settings_of_the_session(story: Story, sql: Any) -> None:
    read = "SELECT array_agg(audit_payload(a) ORDER BY sequence) FROM audit_events AS a WHERE subject_id = $1"
    before = await sql.fetchval(read, story.ticket_id)
    async with sql.transaction():
        await sql.execute("SET LOCAL timezone = 'Asia/Kolkata'; SET LOCAL datestyle = 'SQL, DMY'")
        await sql.execute("SET LOCAL intervalstyle = 'iso_8601'; SET LOCAL extra_float_digits = 0")
        assert await sql.fetchval(read, story.ticket_id) == before


async def test_an_opening_that_comes_again_adds_no_entry(story: Story, database: Database, sql: Any) -> None:
    before = await sql.fetch(CHAIN, story.ticket_id)
    assert await record_opening(database, story.row, ()) == 2
    assert await sql.fetch(CHAIN, story.ticket_id) == before


async def test_an_entry_needs_the_one_before_it(sql: Any) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match=r"entry 5 of engineers .* has none before it"):
        await sql.execute(ENTRY, "engineers", uuid4(), 5)


async def test_no_two_entries_have_one_place(story: Story, sql: Any) -> None:
    again = ENTRY.replace("(subject_table,", "(ticket_id, subject_table,").replace("($1,", "($2, $1,")
    with pytest.raises(asyncpg.UniqueViolationError, match="audit_events_subject_id_sequence_key"):
        await sql.execute(again, "service_tickets", story.ticket_id, 2)


async def test_a_ticket_s_entry_names_that_ticket(story: Story, sql: Any) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="audit_events_of_its_ticket"):
        await sql.execute(ENTRY, "service_tickets", story.ticket_id, 3)


async def test_an_id_stays_that_of_one_table(sql: Any) -> None:
    engineer = await sql.fetchval("SELECT id FROM engineers LIMIT 1")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="was one of engineers before"):
        await sql.execute(ENTRY, "customers", engineer, None)


async def test_nobody_chooses_a_hash(own_sql: Any) -> None:
    subject = uuid4()
    await own_sql.execute(ENTRY, "engineers", subject, 0)
    assert await own_sql.fetchval(
        "SELECT hash = encode(sha256(convert_to(audit_payload(a), 'UTF8')), 'hex') FROM audit_events AS a "
        "WHERE subject_id = $1",
        subject,
    )


async def test_writers_of_one_row_follow_each_other(own_sql: Any, database_url: str) -> None:
    other = await asyncpg.connect(database_url)
    change = "UPDATE customers SET name = $1 WHERE code = 'APOLLO' RETURNING id"
    first = own_sql.transaction()
    await first.start()
    customer = await own_sql.fetchval(change, "First")
    second = asyncio.create_task(other.fetchval(change, "Second"))

    async def waits() -> bool:
        return bool(await own_sql.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))

    await until(waits)
    await first.commit()
    await second
    await other.close()
    entries = await own_sql.fetch(CHAIN, customer)
    assert [entry["sequence"] for entry in entries] == [0, 1, 2]
    assert entries[2]["previous_hash"] == entries[1]["hash"]
    assert json.loads(entries[2]["old_value"]) == {"name": "First"}
    assert json.loads(entries[2]["new_value"]) == {"name": "Second"}


# -- seals -----------------------------------------------------------------------------------------------------------


async def test_a_seal_covers_what_came_since_the_last_one(own_sql: Any) -> None:
    count, newest = await own_sql.fetchrow("SELECT count(*), max(entry_number) FROM audit_events")
    first = await own_sql.fetchrow("SELECT * FROM seal_audit_trail()")
    assert (first["seal_number"], first["from_entry"], first["to_entry"], first["entries"]) == (1, 1, newest, count)
    assert first["previous_hash"] is None
    assert await own_sql.fetch("SELECT * FROM seal_audit_trail()") == []

    await own_sql.execute("UPDATE customers SET name = name || '!'")
    (limited,) = await own_sql.fetch("SELECT * FROM seal_audit_trail(2)")
    assert (limited["seal_number"], limited["from_entry"], limited["entries"]) == (2, newest + 1, 2)
    assert limited["previous_hash"] == first["hash"]
    (rest,) = await own_sql.fetch("SELECT * FROM seal_audit_trail(2)")
    assert (rest["seal_number"], rest["entries"]) == (3, 1)

    hashes = await own_sql.fetch(
        "SELECT entry_number AS n, hash AS h FROM audit_events WHERE entry_number BETWEEN $1 AND $2 ORDER BY 1",
        limited["from_entry"],
        limited["to_entry"],
    )
    sealed_at = (limited["sealed_at"] - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    head = f"2 {limited['from_entry']} {limited['to_entry']} 2 {sealed_at}"
    lines = [first["hash"], head, *(f"{row['n']} {row['h']}" for row in hashes)]
    assert limited["hash"] == sha256("\n".join(lines).encode()).hexdigest()

    for change in ("UPDATE audit_seals SET hash = repeat('0', 64)", "DELETE FROM audit_seals", "TRUNCATE audit_seals"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="audit_seals is append-only"):
            await own_sql.execute(change)


async def test_sealing_keeps_no_writer_waiting_while_it_hashes(own_sql: Any) -> None:
    async with own_sql.transaction():
        await own_sql.execute("SELECT seal_audit_trail()")
        held = await own_sql.fetch(
            "SELECT mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation = 'audit_events'::regclass"
        )
    assert {row["mode"] for row in held} == {"AccessShareLock"}


async def test_while_a_writer_is_in_flight_nothing_is_sealed(own_sql: Any, database_url: str) -> None:
    """It may hold a number below the newest, which would be under no seal."""
    database = Database(database_url)
    async with own_sql.transaction():
        await own_sql.execute("UPDATE customers SET name = name || '!' WHERE code = 'APOLLO'")
        with pytest.raises(DatabaseUnavailable, match="lock timeout"):
            _ = [seal async for seal in seal_trail(database, patience=timedelta(0))]
    assert [seal.seal_number async for seal in seal_trail(database, patience=timedelta(0))] == [1]
    await database.aclose()


async def test_a_seal_that_could_not_see_what_is_committed_is_refused(own_sql: Any) -> None:
    with pytest.raises(asyncpg.InvalidTransactionStateError, match="read what is committed"):
        async with own_sql.transaction(isolation="repeatable_read"):
            await own_sql.execute("SELECT seal_audit_trail()")
    with pytest.raises(asyncpg.InvalidParameterValueError, match="over 0 entries"):
        await own_sql.execute("SELECT seal_audit_trail(0)")


# -- the revision on a database in use ---------------------------------------------------------------------------------

IN_USE = """
    INSERT INTO manufacturers (code, name) VALUES ('MAKER', 'Maker');
    INSERT INTO customers (code, name) VALUES ('HOSPITAL', 'Hospital');
    INSERT INTO customer_sites (customer_id, code, name, time_zone) SELECT id, 'ICU', 'ICU', 'UTC' FROM customers;
    INSERT INTO equipment_catalog (code, name, category) VALUES ('ventilator', 'Ventilator', 'life_support');
    INSERT INTO equipment_registry
        (serial, equipment_type_id, manufacturer_id, model, customer_id, site_id, installed_context)
        SELECT 'UNIT-1', k.id, m.id, 'Model', s.customer_id, s.id, 'icu'
        FROM equipment_catalog k, manufacturers m, customer_sites s;
    INSERT INTO manufacturer_service_config
        (code, service_provider, parts_provider, response_target, parts_lead_time, oem_parts_only)
        VALUES ('standard', 'geneqr', 'geneqr', '4 h', '1 d', false);
    INSERT INTO service_tickets
        (number, workflow_id, equipment_id, customer_id, site_id, service_configuration_id, description, priority,
         reporter_code, reporter_role, opened_at, last_sequence)
        SELECT 'FC-2026-00000' || n, 'w' || n, e.id, e.customer_id, e.site_id, c.id, 'Alarm', 'P1', 'n', 'hospital',
               now(), 2
        FROM equipment_registry e, manufacturer_service_config c, generate_series(1, 2) AS n;
    INSERT INTO audit_events (ticket_id, sequence, occurred_at, actor_code, actor_role, action, new_value)
        SELECT t.id, n, now(), 'n', 'hospital', 'clock_moved', '{"name": "é\\u0001"}'
        FROM generate_series(0, 2) AS n, service_tickets t;
    INSERT INTO audit_events (occurred_at, actor_code, actor_role, action) VALUES (now(), 'n', 'operator', 'noted');
"""


async def test_a_database_in_use_gets_its_chains(empty_url: str, tmp_path: Path) -> None:
    before = tmp_path / "migrations"
    shutil.copytree(runner.FOLDER, before, ignore=shutil.ignore_patterns("sql", "__pycache__", "00[1-9][0-9]_*.py"))
    await migrate(empty_url, folder=before)
    connection = await asyncpg.connect(empty_url)
    await connection.execute(IN_USE)

    await migrate(empty_url)

    found = await connection.fetch(
        "SELECT subject_table, action, count(*), min(sequence), max(sequence) "
        "FROM audit_events GROUP BY 1, 2 ORDER BY 1"
    )
    recorded = ("customer_sites", "customers", "equipment_catalog", "equipment_registry")
    assert [tuple(row) for row in found] == [
        ("audit_events", "noted", 1, 0, 0),
        *((table, "row_recorded", 1, 0, 0) for table in recorded),
        ("manufacturer_service_config", "row_recorded", 1, 0, 0),
        ("manufacturers", "row_recorded", 1, 0, 0),
        ("service_tickets", "clock_moved", 6, 0, 2),
    ]
    numbers = await connection.fetch("SELECT entry_number FROM audit_events ORDER BY 1")
    assert [row[0] for row in numbers] == list(range(1, 14))
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await connection.execute("UPDATE audit_events SET reason = 'x'")
    await connection.execute("UPDATE customers SET name = 'Clinic'")
    await connection.close()
    database = Database(empty_url)
    verification = await verify_trail(database)
    await database.aclose()
    assert verification.intact, verification.findings
    assert (verification.entries, verification.chains) == (14, 9)
