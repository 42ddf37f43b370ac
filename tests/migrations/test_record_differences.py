"""A record that was changed behind its facts is found, whichever row it was, and nothing else is."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from models.contracts.facts import NotificationRaised, StageFinish, StagesMoved
from models.contracts.notices import StageHandedOver, UnitNamed
from models.database import Database
from models.sql_functions import SqlFunction
from models.vocabulary.people import Role, SupportLevel
from models.vocabulary.sla import ClockEventKind, ClockState
from models.vocabulary.stages import StageOutcome, StageStatus
from tests.factories import COORDINATOR, GOOD_ANSWERS, HOUR
from tests.migrations.story import Story, engineer, open_story
from tests.migrations.test_ticket_ledger import life

UNIT = UnitNamed(equipment_type="CT scanner", serial="CT-1", customer="City", site="Radiology")

HANDS_OFF = "session_replication_role = replica"
"""What somebody sets who may: no trigger fires."""


@pytest_asyncio.fixture
async def ticket(database: Database) -> Story:
    """A ticket with a row in every table that facts write, among them a visit that was signed."""
    story = await open_story(database)
    await story.apply(*await life(database, story))
    story.now += HOUR
    signed = StageFinish(
        key="completion_sign_off",
        visit=1,
        status=StageStatus.COMPLETED,
        outcome=StageOutcome.DONE,
        actions=GOOD_ANSWERS["completion_sign_off"],
    )
    await story.apply(
        story.tell(StagesMoved, finished=(signed,), actor=COORDINATOR),
        story.clock(ClockEventKind.THRESHOLD, percent=50, elapsed=30 * HOUR),
        story.tell(
            NotificationRaised, recipient=Role.COORDINATOR, level=SupportLevel.L2, subject="Half gone", body="Look"
        ),
        story.tell(
            NotificationRaised,
            recipient=Role.MANUFACTURER,
            notice=StageHandedOver(number="FC-1", unit=UNIT, stage="visit", visit=1, name="Visit", desk="Desk"),
        ),
        story.clock(ClockEventKind.PAUSED, ClockState.PAUSED, elapsed=30 * HOUR),
    )
    return story


async def differences(database: Database, story: Story) -> list[tuple[str, str, str | None]]:
    rows = await database.rows(SqlFunction.FIND_RECORD_DIFFERENCES, story.ticket_id)
    return [(row["table_name"], row["row_name"], row["column_name"]) for row in rows]


async def test_a_record_that_nobody_touched_is_what_its_facts_make_of_it(database: Database, ticket: Story) -> None:
    assert await differences(database, ticket) == []


VISITS = """SELECT v.id FROM workflow_stage_transitions AS v JOIN ticket_workflow_instances AS i ON i.id = v.instance_id
WHERE i.ticket_id = $1"""
OF_TICKET = {
    "service_tickets": "id = $1",
    "workflow_stage_transitions": f"id IN ({VISITS})",
    "stage_assignments": f"transition_id IN ({VISITS})",
    "stage_execution_data": f"transition_id IN ({VISITS})",
}
"""How the rows of a ticket are found in a table; in the others by `ticket_id`."""

REPAIR = "stage_key = 'onsite_repair' AND visit = 1"
SIGNED = "signed_at IS NOT NULL"


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "which"),
    [
        ("service_tickets", "", "description", "'Nothing'", "true"),
        ("service_tickets", "", "reporter_code", "'nurse-8'", "true"),
        ("service_tickets", "", "opened_at", "opened_at - interval '1 s'", "true"),
        ("service_tickets", "", "number", "'FC-1999-000001'", "true"),
        ("service_tickets", "", "idempotency_key", "'k'", "true"),
        ("service_tickets", "", "reopened", "0", "true"),
        ("ticket_workflow_instances", "", "completion_percentage", "99", "true"),
        ("ticket_workflow_instances", "", "calendar_snapshot", """'{"code": "x"}'""", "true"),
        ("ticket_workflow_instances", "", "template_snapshot", "template_snapshot - 'hold_rules'", "true"),
        ("workflow_stage_transitions", "onsite_repair visit 1", "finished_by_code", "'ENG-009'", REPAIR),
        ("workflow_stage_transitions", "onsite_repair visit 1", "arrived_at", "arrived_at - interval '1 h'", REPAIR),
        (
            "stage_assignments",
            "onsite_repair visit 1 engineer 1",
            "engineer_id",
            "(SELECT id FROM engineers WHERE code = 'ENG-004')",
            "work_location = 'onsite'",
        ),
        ("stage_execution_data", "completion_sign_off visit 1", "customer_signature", "'B. Forger'", SIGNED),
        ("stage_execution_data", "completion_sign_off visit 1", "customer_rating", "10", SIGNED),
        ("sla_clocks", "resolution", "elapsed", "interval '1 h'", "true"),
        ("sla_clocks", "resolution", "thresholds_fired", "'{}'", "true"),
        ("sla_events", "fact 1", "occurred_at", "occurred_at - interval '1 h'", "sequence = 1"),
        ("notifications", "fact 17", "body", "'All is well'", "body IS NOT NULL"),
        ("notifications", "fact 18", "facts", "facts - 'desk'", "kind IS NOT NULL"),
        ("notifications", "fact 18", "kind", "'target_breached'", "kind IS NOT NULL"),
    ],
)
async def test_what_was_changed_by_sql_is_found(
    database: Database, sql: Any, ticket: Story, *, table: str, row: str, column: str, value: str, which: str
) -> None:
    rows = f"{OF_TICKET.get(table, 'ticket_id = $1')} AND {which}"
    change = f"UPDATE {table} SET {column} = {value} WHERE {rows}"  # noqa: S608 - constants of this module
    assert await sql.execute(change, ticket.ticket_id) == "UPDATE 1"
    assert await differences(database, ticket) == [(table, row, column)]


async def test_a_row_that_was_taken_away_or_added_is_found(database: Database, sql: Any, ticket: Story) -> None:
    await sql.execute("DELETE FROM notifications WHERE ticket_id = $1", ticket.ticket_id)
    await sql.execute(
        "INSERT INTO notifications (ticket_id, sequence, recipient_role, subject, body, raised_at) "
        "VALUES ($1, 3, 'coordinator', 'Never said', 'x', now())",
        ticket.ticket_id,
    )
    found = [("notifications", "fact 17", None), ("notifications", "fact 18", None), ("notifications", "fact 3", None)]
    assert await differences(database, ticket) == found


async def test_both_values_are_told(database: Database, sql: Any, ticket: Story) -> None:
    await sql.execute("UPDATE service_tickets SET description = 'Nothing' WHERE id = $1", ticket.ticket_id)
    [row] = await database.rows(SqlFunction.FIND_RECORD_DIFFERENCES, ticket.ticket_id)
    assert (row["on_record"], row["by_facts"]) == ("Nothing", ticket.row.description)


async def test_nothing_is_left_behind(database: Database, sql: Any, ticket: Story) -> None:
    async def everything() -> list[int]:
        tables = (
            "service_tickets", "ticket_workflow_instances", "workflow_stage_transitions", "stage_assignments",
            "stage_execution_data", "sla_clocks", "sla_events", "notifications", "audit_events", "ticket_search",
            "free_tickets",
            "ticket_words",
        )  # fmt: skip
        return [await sql.fetchval(f"SELECT count(*) FROM {table}") for table in tables]  # noqa: S608 - constants

    before, number = await everything(), await sql.fetchval("SELECT max(entry_number) FROM audit_events")
    shown = await ticket.shown()
    async with sql.transaction():  # committed, so that only the function itself can have undone it
        await sql.fetch("SELECT * FROM find_record_differences($1)", ticket.ticket_id)
    assert await everything() == before
    assert await ticket.shown() == shown
    await ticket.apply(ticket.clock(ClockEventKind.RESUMED, elapsed=30 * HOUR))
    assert await sql.fetchval("SELECT max(entry_number) FROM audit_events") == number + 1


async def test_writers_of_the_ticket_do_not_wait_and_do_not_disturb(
    database: Database, shared_url: str, ticket: Story
) -> None:
    """A write in flight, not committed yet: comparing goes by what is committed, at once."""
    writer = await asyncpg.connect(shared_url)
    transaction = writer.transaction()
    await transaction.start()
    try:
        await writer.execute("UPDATE service_tickets SET end_reason = 'not yet' WHERE id = $1", ticket.ticket_id)
        async with asyncio.timeout(5):
            assert await differences(database, ticket) == []
    finally:
        await transaction.rollback()
        await writer.close()
    comparing = asyncio.create_task(_compare_for_long(database, ticket))
    for number in range(20):
        ticket.now += timedelta(seconds=1)
        kind = ClockEventKind.RESUMED if number % 2 == 0 else ClockEventKind.PAUSED
        await ticket.apply(ticket.clock(kind, ClockState.RUNNING if number % 2 == 0 else ClockState.PAUSED))
    assert await comparing == []


async def _compare_for_long(database: Database, ticket: Story) -> list[tuple[str, str, str | None]]:
    found = []
    for _ in range(20):
        found += await differences(database, ticket)
    return found


async def test_a_trail_that_lacks_an_entry_can_not_be_compared_and_says_so(
    database: Database, shared_url: str, ticket: Story
) -> None:
    owner = await asyncpg.connect(shared_url)
    try:
        await owner.execute(f"SET {HANDS_OFF}")
        await owner.execute("DELETE FROM audit_events WHERE subject_id = $1 AND sequence = 4", ticket.ticket_id)
    finally:
        await owner.close()
    [row] = await database.rows(SqlFunction.FIND_RECORD_DIFFERENCES, ticket.ticket_id)
    assert (row["table_name"], row["by_facts"]) == ("audit_events", "entries of the audit trail are missing")


async def test_a_ticket_from_before_there_were_hashes_is_compared_without(
    database: Database, shared_url: str, ticket: Story
) -> None:
    owner = await asyncpg.connect(shared_url)
    try:
        await owner.execute(f"SET {HANDS_OFF}")
        await owner.execute(
            "UPDATE audit_events SET new_value = new_value - 'hashes' WHERE subject_id = $1 AND sequence = 0",
            ticket.ticket_id,
        )
    finally:
        await owner.close()
    assert await differences(database, ticket) == []


async def test_an_engineer_who_was_renamed_makes_no_difference(database: Database, sql: Any, ticket: Story) -> None:
    someone = await engineer(database, "ENG-001")
    await sql.execute("UPDATE engineers SET name = 'Married' WHERE id = $1", someone.engineer_id)
    try:
        assert await differences(database, ticket) == []
    finally:
        await sql.execute("UPDATE engineers SET name = $2 WHERE id = $1", someone.engineer_id, someone.name)
