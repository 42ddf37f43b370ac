"""Hot queries on 60,000 tickets: PostgreSQL's own plans, also of the statements inside functions, read no large table
from end to end."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import make_url

from bench.volume import HOT, fill
from tests.databases import make_database

TICKETS = 60_000
LARGE = TICKETS // 10  # rows


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
    ticket_id = await large.fetchval("SELECT id FROM service_tickets WHERE number = 'FC-2025-001000'")
    found = await plans(large, HOT[name], *([ticket_id] if "$1" in HOT[name] else []))
    assert len(found) > 0
    assert scanned(found) & large_tables == set()


async def test_the_past_of_a_unit_is_found_by_its_index(large: Any) -> None:
    """A scan of all older tickets by their index would be no Seq Scan, and as slow."""
    ticket_id = await large.fetchval("SELECT id FROM service_tickets WHERE number = 'FC-2025-001000'")
    found = await plans(large, HOT["the case of a diagnosis"], ticket_id)
    used = {node.get("Index Name") for plan in found for node in nodes(plan)}
    assert "service_tickets_of_unit" in used
    assert "service_tickets_newest" not in used


PAGES = sorted(name for name in HOT if name.startswith(("tickets", "breaches")) and name != "tickets like a fault")


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_of_tickets_reads_a_small_part_of_any_table(large: Any, name: str) -> None:
    """Whoever asks, and whatever for: an index that is read from end to end would be no Seq Scan, and as slow."""
    await large.execute("SET auto_explain.log_analyze = on; SET auto_explain.log_timing = off")
    try:
        found = await plans(large, HOT[name])
    finally:
        await large.execute("SET auto_explain.log_analyze = off")
    read: Counter[str] = Counter()
    for plan in found:
        for node in nodes(plan):
            if "Relation Name" in node:
                rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
                read[node["Relation Name"]] += round(rows * node["Actual Loops"])
    assert sum(read.values()) > 0
    assert {table: rows for table, rows in read.items() if rows > TICKETS // 6} == {}
