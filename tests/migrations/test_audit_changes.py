"""Every change of a table that people decide on is an entry of the audit trail: who, when, old and new value."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from models.tables import metadata
from tests.migrations.story import Story

BY_FACTS = {
    "service_tickets", "ticket_workflow_instances", "workflow_stage_transitions", "stage_assignments",
    "stage_execution_data", "sla_clocks", "sla_events", "notifications", "offer_answers",
}  # fmt: skip
"""Folds of a ticket's facts, each of which is an entry."""

BY_MODELS = {
    "ai_calls", "ai_conversations", "ai_diagnosis_results", "ai_engineer_recommendations", "ai_parts_recommendations",
    "ai_attachment_analysis",
}  # fmt: skip
"""What models say: people decide on them by facts and feedback."""

THE_TRAIL = {"audit_events", "audit_seals"}

BY_TRIGGERS = {"free_tickets", "ticket_search", "ticket_words"}
"""What the database derives from other tables."""

BY_WATCHING = {"reconciliation_findings", "reconciliation_rounds"}
"""What the program notes of its own watch: nobody decides on it, and one function alone writes it."""

BY_PLANNING = {"dispatch_drafts", "dispatch_plan_visits", "dispatch_plans"}
"""What is tried and proposed: what becomes of it at a ticket is a fact of that ticket."""

BY_COURIERS = {"webhook_attempts", "webhook_deliveries"}
"""What becomes of events on their way to other houses: that they are told, their endpoint's entry says."""

BY_MOVEMENTS = {"stock_balances", "stock_events"}
"""What movements and reservations, which are audited, make of stock, and the answers to whoever sends one again."""

SECRETS = {
    "account_devices",
    "account_keys",
    "account_passwords",
    "identity_states",
    "passkey_challenges",
    "password_guesses",
    "sign_in_tries",
    "webhook_secrets",
}
"""What proves who somebody is: a copy of it in the trail would be one more to lose. Its owner's row has an entry."""

CUSTOMER = "INSERT INTO customers (code, name) VALUES ('NEW', 'New') RETURNING id"


@pytest_asyncio.fixture
async def tx(sql: Any) -> AsyncIterator[Any]:
    """The shared database in a transaction that is taken back."""
    transaction = sql.transaction()
    await transaction.start()
    yield sql
    await transaction.rollback()


async def entries(sql: Any, subject_id: Any) -> list[dict[str, Any]]:
    """A subject's entries, JSON decoded."""
    rows = await sql.fetch("SELECT * FROM audit_events WHERE subject_id = $1 ORDER BY sequence", subject_id)
    decoded = {"old_value", "new_value"}
    return [{k: json.loads(v) if k in decoded and v is not None else v for k, v in row.items()} for row in rows]


async def test_every_table_is_audited_by_rows_or_by_facts(sql: Any) -> None:
    triggers = await sql.fetch(
        "SELECT tgname, tgrelid::regclass::text AS name FROM pg_trigger "
        "WHERE tgname IN ('audit_change', 'refuse_truncate')"
    )
    by_rows = {row["name"] for row in triggers if row["tgname"] == "audit_change"}
    assert by_rows == {row["name"] for row in triggers if row["tgname"] == "refuse_truncate"}
    assert (
        by_rows
        == set(metadata.tables)
        - BY_FACTS
        - BY_MODELS
        - BY_TRIGGERS
        - BY_WATCHING
        - BY_COURIERS
        - BY_PLANNING
        - BY_MOVEMENTS
        - SECRETS
        - THE_TRAIL
    )


async def test_the_ends_of_all_audited_tables_are_compared(sql: Any) -> None:
    source = await sql.fetchval("SELECT prosrc FROM pg_proc WHERE proname = 'find_audit_breaks'")
    audited = await sql.fetch("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'audit_change'")
    for (table,) in audited:
        assert f"'{table}', r.id, NULL FROM {table} AS r" in source


async def test_a_new_row_is_recorded_as_a_whole(tx: Any) -> None:
    customer = await tx.fetchval(CUSTOMER)
    (entry,) = await entries(tx, customer)
    row = json.loads(await tx.fetchval("SELECT to_jsonb(c) FROM customers AS c WHERE id = $1", customer))
    assert (entry["subject_table"], entry["sequence"], entry["action"]) == ("customers", 0, "row_inserted")
    assert entry["new_value"].keys() == row.keys()
    assert (entry["new_value"]["code"], entry["new_value"]["name"]) == ("NEW", "New")
    assert entry["old_value"] is None
    assert entry["ticket_id"] is None


async def test_who_it_was_is_the_login_unless_the_program_says_better(tx: Any) -> None:
    login = await tx.fetchval("SELECT session_user::text")
    customer = await tx.fetchval(CUSTOMER)
    await tx.execute(
        "SELECT set_config('fieldcare.actor_code', 'anna', true), "
        "set_config('fieldcare.actor_role', 'coordinator', true), "
        "set_config('fieldcare.reason', 'Renamed by the board', true)"
    )
    await tx.execute("UPDATE customers SET name = 'Newer' WHERE id = $1", customer)
    first, second = await entries(tx, customer)
    assert (first["actor_code"], first["actor_role"], first["reason"]) == (login, "operator", "")
    assert (second["actor_code"], second["actor_role"]) == ("anna", "coordinator")
    assert second["reason"] == "Renamed by the board"


async def test_seeding_says_that_it_was_seeding(sql: Any) -> None:
    found = await sql.fetch(
        "SELECT DISTINCT actor_code, actor_role FROM audit_events "
        "WHERE subject_table = 'engineers' AND sequence = 0 AND new_value ->> 'code' LIKE 'ENG-0__'"
    )
    assert [tuple(row) for row in found] == [("seed", "system")]


async def test_a_change_has_the_changed_columns_on_both_sides(tx: Any) -> None:
    engineer = await tx.fetchval("SELECT id FROM engineers WHERE code = 'ENG-001'")
    before = await tx.fetchval("SELECT monthly_capacity FROM engineers WHERE id = $1", engineer)
    await tx.execute("UPDATE engineers SET monthly_capacity = 7, home_latitude = NULL, home_longitude = NULL "
                     "WHERE id = $1", engineer)  # fmt: skip
    *_, entry = await entries(tx, engineer)
    assert entry["action"] == "row_updated"
    assert entry["new_value"] == {"monthly_capacity": 7, "home_latitude": None, "home_longitude": None}
    assert entry["old_value"].keys() == entry["new_value"].keys()
    assert entry["old_value"]["monthly_capacity"] == before


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE customers SET name = name",
        "UPDATE customers SET updated_at = now() + interval '1 h'",
        "UPDATE ai_providers SET health = 'down', consecutive_failures = 3, last_error = 'no answer', "
        "circuit = 'open', circuit_opened_at = now(), circuit_retry_at = now(), last_checked_at = now()",
    ],
)
async def test_what_changes_nothing_that_people_decide_leaves_no_entry(tx: Any, change: str) -> None:
    await tx.execute("INSERT INTO ai_providers (code, name, fallback_priority) VALUES ('new', 'New', 1000)")
    before = await tx.fetchval("SELECT count(*) FROM audit_events")
    assert await tx.execute(change) != "UPDATE 0"
    assert await tx.fetchval("SELECT count(*) FROM audit_events") == before


async def test_a_decision_about_a_provider_is_recorded_without_its_state(tx: Any) -> None:
    provider = await tx.fetchval(
        "INSERT INTO ai_providers (code, name, fallback_priority) VALUES ('new', 'New', 1000) RETURNING id"
    )
    await tx.execute("UPDATE ai_providers SET active = false, health = 'down' WHERE id = $1", provider)
    *_, entry = await entries(tx, provider)
    assert (entry["old_value"], entry["new_value"]) == ({"active": True}, {"active": False})


async def test_a_row_that_goes_is_recorded_and_its_id_goes_on_with_the_chain(tx: Any) -> None:
    customer = await tx.fetchval(CUSTOMER)
    await tx.execute("DELETE FROM customers WHERE id = $1", customer)
    await tx.execute("INSERT INTO customers (id, code, name) VALUES ($1, 'NEW', 'Back')", customer)
    inserted, deleted, back = await entries(tx, customer)
    assert (deleted["action"], deleted["new_value"]) == ("row_deleted", None)
    assert deleted["old_value"] == inserted["new_value"]
    assert (back["sequence"], back["action"], back["previous_hash"]) == (2, "row_inserted", deleted["hash"])


async def test_what_goes_with_its_parent_is_recorded_too(tx: Any) -> None:
    calendar = await tx.fetchval(
        "INSERT INTO business_calendars (code, version, name) VALUES ('new', 1, 'New') RETURNING id"
    )
    holiday = await tx.fetchval(
        "INSERT INTO business_calendar_holidays (calendar_id, day, name) VALUES ($1, '2026-12-25', 'X') RETURNING id",
        calendar,
    )
    await tx.execute("DELETE FROM business_calendars WHERE id = $1", calendar)
    assert [entry["action"] for entry in await entries(tx, holiday)] == ["row_inserted", "row_deleted"]


async def test_instants_are_recorded_in_utc(tx: Any) -> None:
    await tx.execute("SET LOCAL timezone = 'Asia/Kolkata'")
    (entry,) = await entries(tx, await tx.fetchval(CUSTOMER))
    assert entry["new_value"]["created_at"].endswith("+00:00")


async def test_an_id_never_changes(tx: Any) -> None:
    await tx.execute(CUSTOMER)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="the id of a row of customers never changes"):
        async with tx.transaction():
            await tx.execute("UPDATE customers SET id = uuidv7() WHERE code = 'NEW'")


async def test_an_audited_table_is_not_emptied_at_once(tx: Any) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="engineer_absences is audited row by row"):
        async with tx.transaction():
            await tx.execute("TRUNCATE engineer_absences")


async def test_who_may_not_write_the_trail_leaves_an_entry_all_the_same(tx: Any) -> None:
    await tx.execute(
        "CREATE ROLE audit_test_clerk; GRANT USAGE ON SCHEMA public TO audit_test_clerk; "
        "GRANT SELECT, UPDATE ON customers TO audit_test_clerk"
    )
    await tx.execute("SET LOCAL ROLE audit_test_clerk")
    customer = await tx.fetchval("UPDATE customers SET name = 'Clerk''s' WHERE code = 'APOLLO' RETURNING id")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with tx.transaction():
            await tx.execute("SELECT FROM audit_events")
    await tx.execute("RESET ROLE")
    assert (await entries(tx, customer))[-1]["new_value"] == {"name": "Clerk's"}


# -- reading -----------------------------------------------------------------------------------------------------------

PART = """
    INSERT INTO equipment_parts (part_number, name, equipment_type_id, category, is_oem, unit_price, lead_time)
    SELECT 'PART-1', 'Tube', e.equipment_type_id, 'accessory', true, 10, '1 d'
    FROM equipment_registry AS e JOIN service_tickets AS t ON t.equipment_id = e.id WHERE t.id = $1 RETURNING id
"""
NEEDED = """
    INSERT INTO ticket_parts_required (ticket_id, part_id, quantity_identified, identified_at)
    VALUES ($1, $2, 1, now()) RETURNING id
"""
LOG = "SELECT * FROM read_audit_log($1, $2, $3, $4)"


async def test_a_ticket_s_log_has_its_facts_and_its_parts(tx: Any, story: Story) -> None:
    part = await tx.fetchval(PART, story.ticket_id)
    needed = await tx.fetchval(NEEDED, story.ticket_id, part)
    await tx.execute("DELETE FROM ticket_parts_required WHERE id = $1", needed)
    log = await tx.fetch(LOG, story.ticket_id, None, None, 50)
    assert [(row["subject_table"], row["sequence"]) for row in log] == [
        ("ticket_parts_required", 1),
        ("ticket_parts_required", 0),
        ("service_tickets", 2),
        ("service_tickets", 1),
        ("service_tickets", 0),
    ]
    assert [row["subject"] for row in log] == [str(needed)] * 2 + [story.row.number] * 3
    timeline = (await story.shown())["timeline"]
    assert [entry["sequence"] for entry in timeline] == [0, 1, 2]


async def test_a_table_s_log_has_its_newest_changes_first(tx: Any, story: Story) -> None:
    await tx.fetchval(PART, story.ticket_id)
    await tx.execute("UPDATE equipment_parts SET stock_quantity = 3 WHERE part_number = 'PART-1'")
    begin = await tx.fetchval("SELECT clock_timestamp()")
    await tx.execute("UPDATE equipment_parts SET stock_quantity = 4 WHERE part_number = 'PART-1'")
    newest = await tx.fetch(LOG, None, "equipment_parts", None, 2)
    assert [json.loads(row["new_value"])["stock_quantity"] for row in newest] == [4, 3]
    assert {row["subject"] for row in newest} == {"PART-1"}
    assert len(await tx.fetch(LOG, None, "equipment_parts", begin, 50)) == 1


async def test_where_nothing_fits_the_log_is_empty(sql: Any) -> None:
    assert await sql.fetch(LOG, uuid4(), None, None, 50) == []
    assert await sql.fetch(LOG, None, "no_table", None, 50) == []


async def test_a_subject_without_a_name_goes_by_its_id(sql: Any) -> None:
    nobody = uuid4()
    assert await sql.fetchval("SELECT name_audit_subject('customers', $1)", nobody) == str(nobody)
    apollo = await sql.fetchval("SELECT id FROM customers WHERE code = 'APOLLO'")
    assert await sql.fetchval("SELECT name_audit_subject('customers', $1)", apollo) == "APOLLO"
