"""Hot queries on 100,000 tickets: PostgreSQL's own plans, also of the statements inside functions, read no large table
from end to end."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import make_url

from tests.databases import make_database
from tests.migrations.volume import fill

TICKETS = 100_000
LARGE = 10_000  # rows

HOT = {
    "tickets, newest first": "SELECT * FROM list_tickets()",
    "tickets, a further page": "SELECT * FROM list_tickets(p_after => 'FC-2025-050000')",
    "open tickets": "SELECT * FROM list_tickets(p_status => 'open')",
    "tickets of a customer": "SELECT * FROM list_tickets(p_customer => 'VOL-7')",
    "tickets in a stage": "SELECT * FROM list_tickets(p_stage => 'stage_2')",
    "tickets at risk": "SELECT * FROM list_tickets(p_sla => 'at_risk')",
    "a ticket": "SELECT get_ticket('FC-2025-050000')",
    "a ticket's workflow": "SELECT * FROM find_ticket_workflow('FC-2025-050000')",
    "a ticket's status": "SELECT * FROM get_workflow_status($1)",
    "a ticket's active stage": "SELECT * FROM get_active_stage($1)",
    "intake": "SELECT prepare_intake('VOL-1234', 'a-new-key', now())",
    "intake of a known key": "SELECT prepare_intake('VOL-1234', 'vol-777', now())",
    "the parts of a ticket": "SELECT * FROM get_stage_parts($1)",
    "the parts of a stage": "SELECT * FROM get_stage_parts($1, 'stage_2')",
    "the engineers of a ticket": "SELECT * FROM get_stage_engineers($1)",
    "the files of a ticket": "SELECT * FROM get_stage_attachments($1)",
    "a ticket's stages at a glance": "SELECT * FROM get_stage_execution_summary($1)",
    "whether a stage can start": "SELECT * FROM can_stage_start($1, 'stage_3')",
    "a ticket's diagnosis": "SELECT * FROM get_ai_diagnosis($1)",
    "engineers proposed for a ticket": "SELECT * FROM get_ai_engineer_recommendations($1)",
    "parts proposed for a ticket": "SELECT * FROM get_ai_parts_recommendations($1)",
    "a ticket's conversation": "SELECT * FROM get_conversation_history($1)",
    "AI accuracy of a week": "SELECT * FROM calculate_ai_accuracy('2025-12-01', '2025-12-08')",
    "who is qualified": "SELECT * FROM get_qualified_engineers('infusion_pump', 'L1')",
    "whether an engineer is free": "SELECT * FROM check_engineer_availability('ENG-001')",
    "parts of a type": "SELECT * FROM get_parts_by_equipment('ventilator')",
    "who services a unit": "SELECT s.* FROM equipment_registry AS e, get_service_configuration(e.id) AS s "
    "WHERE e.serial = 'VOL-9'",
    "stages of a ticket, as a view": "SELECT * FROM stage_execution_overview WHERE ticket_id = $1",
    "parts of a ticket, as a view": "SELECT * FROM parts_procurement_status WHERE ticket_id = $1",
    "a running ticket, as a view": "SELECT * FROM active_workflows_overview WHERE ticket_id = $1",
    "what an engineer has on a visit": "SELECT * FROM stage_assignments WHERE transition_id = $1",
    "AI cost of a day": "SELECT * FROM ai_cost_summary WHERE day = '2025-12-01'",
}
"""$1 is the id of a ticket that is open."""


@pytest_asyncio.fixture(scope="module")
async def large(postgres_url: str) -> AsyncIterator[Any]:
    """A connection to a database with many tickets that hears about every plan."""
    url = make_url(postgres_url)
    server = url.set(database="postgres").render_as_string(hide_password=False)
    connection = await asyncpg.connect(await make_database(server, "plans", str(url.database)))
    await fill(connection, TICKETS)
    await connection.execute("LOAD 'auto_explain'")
    await connection.execute(
        "SET auto_explain.log_nested_statements = on; SET auto_explain.log_format = json; "
        "SET client_min_messages = log; SET log_min_messages = fatal"
    )
    yield connection
    await connection.close()  # the database goes with its server: dropping this one takes seconds


@pytest_asyncio.fixture(scope="module")
async def large_tables(large: Any) -> frozenset[str]:
    rows = await large.fetch(
        """
        SELECT relname FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples >= $1
        """,
        LARGE,
    )
    return frozenset(row["relname"] for row in rows)


async def plans(connection: Any, query: str, *arguments: Any) -> list[dict[str, Any]]:
    """The plans of a query and of all that runs inside its functions, as they were carried out."""
    heard: list[str] = []

    def hear(_connection: Any, message: Any) -> None:
        heard.append(message.message)

    connection.add_log_listener(hear)
    await connection.execute("SET auto_explain.log_min_duration = 0")
    try:
        await connection.fetch(query, *arguments)
    finally:
        await connection.execute("SET auto_explain.log_min_duration = -1")
        connection.remove_log_listener(hear)
    found = [json.loads(text[text.index("{") :]) for text in heard if "plan:" in text]
    return [one["Plan"] for one in found]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def scanned(found: list[dict[str, Any]]) -> set[str]:
    """The tables that are read from end to end."""
    return {str(node["Relation Name"]) for plan in found for node in nodes(plan) if node["Node Type"] == "Seq Scan"}


async def test_a_scan_would_be_seen(large: Any, large_tables: frozenset[str]) -> None:
    """What the tests below rely on, shown on a query that can only scan."""
    found = await plans(large, "SELECT count(*) FROM service_tickets WHERE description LIKE '%sensor%'")
    assert "service_tickets" in large_tables
    assert scanned(found) & large_tables == {"service_tickets"}


@pytest.mark.parametrize("name", HOT)
async def test_no_hot_query_reads_a_large_table_from_end_to_end(
    large: Any, large_tables: frozenset[str], name: str
) -> None:
    ticket_id = await large.fetchval("SELECT id FROM service_tickets WHERE number = 'FC-2025-050000'")
    found = await plans(large, HOT[name], *([ticket_id] if "$1" in HOT[name] else []))
    assert len(found) > 0
    assert scanned(found) & large_tables == set()
