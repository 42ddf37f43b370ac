"""The database itself refuses bad data, and what it says becomes a sentence.

Good rows of every table stand in a transaction that is rolled back in the end; each case breaks one rule of them.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from models.refusals import Refusal
from models.tables import metadata
from tests.migrations.late_rows import LATE
from tests.migrations.rows import EARLY, inserts, ref
from tests.migrations.violations import ALLOWED, VIOLATIONS, Violation

HISTORY = {"sla_clocks", "sla_events", "audit_events", "notifications"}
"""Tables whose rows no rule of this file needs."""

ADDED = {
    "equipment_catalog": ("synonyms", "product_codes"),
    "manufacturers": ("synonyms",),
    "engineers": ("shift_calendar_id", "time_zone"),
    "stage_configuration_templates": ("stage_actions", "stage_order", "party"),
    "customers": ("calendar_id",),
    "manufacturer_service_config": ("calendar_id",),
    "workflow_templates": ("calendar_id", "arrival_target", "reopen", "late", "answer_within"),
    "service_tickets": ("time_order", "reopened", "hold_reason", "verified"),
    "notifications": ("kind", "facts", "told"),
    "sla_clocks": ("time_order", "calendar_snapshot"),
    "sla_events": ("target", "counted", "told", "lifted"),
    "ticket_workflow_instances": ("issues", "latest_issue", "time_order", "calendar_snapshot"),
    "workflow_stage_transitions": ("time_order", "journey"),
    "stage_assignments": ("work_location", "travel", "time_order"),
    "stage_execution_data": ("forms", "completion_criteria", "signed"),
}
"""What rules of earlier tables begin with that revisions from 0006 on added."""

NOISE = re.compile(
    r"violates|constraint \"|relation \"|Key \(|Failing row|DETAIL|HINT|null value|\n|\.$|\(None\)|an entry of"
)


@pytest_asyncio.fixture(scope="module")
async def good(shared_url: str) -> AsyncIterator[Any]:
    """A connection that sees two good rows in every table."""
    connection = await asyncpg.connect(shared_url)
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(inserts(EARLY, EARLY.keys() - HISTORY))
    await connection.execute(inserts(LATE))
    await connection.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    yield connection
    await transaction.rollback()
    await connection.close()


async def attempt(connection: Any, statement: str) -> asyncpg.PostgresError | None:
    """What the database says to a statement that leaves nothing behind; None if it takes it."""
    attempt = connection.transaction()
    await attempt.start()
    try:
        await connection.execute(f"{statement}; SET CONSTRAINTS ALL IMMEDIATE")
    except asyncpg.PostgresError as error:
        return error
    else:
        return None
    finally:
        await attempt.rollback()


@pytest.mark.parametrize("case", VIOLATIONS, ids=lambda case: case.rule)
async def test_bad_data_is_refused_by_its_rule_in_a_sentence(good: Any, case: Violation) -> None:
    error = await attempt(good, case.statement)

    assert error is not None, "it was taken"
    sentence = Refusal.of(error).sentence
    if case.message is None:
        assert error.constraint_name == case.rule, sentence
        assert sentence.endswith(f" ({case.rule})")
    else:
        assert case.message in sentence
    assert not NOISE.search(sentence), sentence
    assert "break one of its rules" not in sentence, f"{case.rule} has no words in models/refusals/words/: {sentence}"


@pytest.mark.parametrize("statement", ALLOWED)
async def test_data_at_the_edge_of_a_rule_is_taken(good: Any, statement: str) -> None:
    assert await attempt(good, statement) is None


@pytest.mark.parametrize("table", LATE)
async def test_a_value_that_must_be_there_is_named(good: Any, table: str) -> None:
    kept_by_triggers = {"created_at", "updated_at"}
    needed = [one.name for one in metadata.tables[table].c if not one.nullable and one.name not in kept_by_triggers]
    for column in needed:
        error = await attempt(good, f"UPDATE {table} SET {column} = NULL WHERE id = '{ref(table, 1)}'")  # noqa: S608
        assert isinstance(error, asyncpg.NotNullViolationError), f"{table}.{column}: {error}"
        assert (error.table_name, error.column_name) == (table, column)
        assert re.fullmatch(
            r"the [\w$ -]+ of (an?|feedback) [\w ']+ must not be missing: give one", Refusal.of(error).sentence
        )


async def test_every_rule_of_the_new_tables_has_a_case(good: Any) -> None:
    """A new constraint needs a case in `violations.py`, and words in `models/refusals/words/`."""
    rows = await good.fetch("""
        SELECT conrelid::regclass::text AS table, conname AS rule FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f', 'u', 'x')
        AND NOT (contype = 'u' AND conkey @> ARRAY[1::smallint])  -- the id is unique already: a foreign key's target
        UNION ALL
        SELECT indrelid::regclass::text, relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        WHERE relnamespace = 'public'::regnamespace AND indisunique
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
        UNION ALL
        SELECT tgrelid::regclass::text, tgrelid::regclass || '.' || tgname FROM pg_trigger
        WHERE NOT tgisinternal AND tgname LIKE 'check%'
    """)
    rules = {
        row["rule"]
        for row in rows
        if row["table"] in LATE
        or any(re.match(rf"{row['table']}(_|\.check_){word}", row["rule"]) for word in ADDED.get(row["table"], ()))
    }
    assert rules == {case.rule for case in VIOLATIONS}


async def test_every_check_of_the_schema_has_its_words(good: Any) -> None:
    """Earlier tables as well; the audit trail is written by functions alone."""
    checks = await good.fetch("""
        SELECT conrelid::regclass::text AS table, conname AS rule FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype = 'c'
    """)
    ours = metadata.tables.keys() - {"audit_events", "audit_seals"}
    sentences = {
        row["rule"]: Refusal("23514", "", table=row["table"], constraint=row["rule"]).sentence
        for row in checks
        if row["table"] in ours
    }
    assert len(sentences) > 250
    assert [rule for rule, said in sentences.items() if "break one of its rules" in said or NOISE.search(said)] == []


async def test_every_table_has_good_rows() -> None:
    """Seals are made by their function alone, what is searched by triggers; what is done about stock never changes."""
    assert EARLY.keys() | LATE.keys() == metadata.tables.keys() - {
        "audit_seals",
        "free_tickets",
        "stock_events",
        "stock_movements",
        "ticket_search",
        "ticket_words",
    }


async def test_a_row_in_use_says_who_uses_it(good: Any) -> None:
    calendar = ref("business_calendars", 2)
    use = f"UPDATE engineers SET shift_calendar_id = '{calendar}' WHERE code = 'T-ENG-1'"  # noqa: S608
    drop = f"DELETE FROM business_calendars WHERE id = '{calendar}'"  # noqa: S608
    error = await attempt(good, f"{use}; {drop}")
    assert error is not None
    assert Refusal.of(error).sentence == (
        f"it is still in use: an engineer refers to the id {calendar}; "
        "change or remove what refers to it first (engineers_shift_calendar_id_fkey)"
    )
