"""`python -m bench.similar`: find_similar_tickets() on a million closed tickets with varied text, on this machine.

A throwaway database: units of twelve types and some five hundred models, tickets of skewed popularity, descriptions
made of symptoms, filler, typing errors, ward names, alarm codes and rare words after Zipf's law. The queries are new
descriptions of the same kind, and edge cases: only common words, only rare ones, all words misspelt, a long text.

Each query once, then each several times again; and beside it, in turns, the plain way: every ticket that shares a word,
ranked. Times are those of the client, over one connection, after a checkpoint, so that what was filled in is on disk.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

import asyncpg

from bench.databases import make_database
from bench.descriptions import Describer
from bench.volume import SEARCHED
from migrations.runner import migrate, seed
from models.settings import Settings
from starter.embedded import throwaway_stack

PLAIN = """
    WITH asked AS (
        SELECT replace(plainto_tsquery('english', $1)::text, ' & ', ' | ')::tsquery AS query,
            (SELECT id FROM equipment_catalog WHERE code = $2) AS type_id
    )
    SELECT s.ticket_id FROM ticket_search AS s, asked AS a
    WHERE s.terms @@ a.query AND s.equipment_type_id = a.type_id AND ($3::text <> '' OR $4::text <> '')
    ORDER BY ts_rank(s.terms, a.query) DESC LIMIT 5
"""
"""The way that comes to mind first: everything that shares a word, ranked."""
CALL = "SELECT * FROM find_similar_tickets($1, $2, $3, $4, 5)"
START = datetime(2019, 1, 1, tzinfo=UTC)

SETUP = (
    "INSERT INTO customers (code, name) SELECT 'VOL-' || n, 'Hospital ' || n FROM generate_series(1, 200) AS n",
    """
    INSERT INTO customer_sites (customer_id, code, name, time_zone)
    SELECT id, 'WARD', 'Ward', 'Asia/Kolkata' FROM customers WHERE code LIKE 'VOL-%'
    """,
    # Models of a type are not equally many: the square makes the first ones common.
    """
    INSERT INTO equipment_registry (
        serial, equipment_type_id, manufacturer_id, model, customer_id, site_id, installed_context
    )
    SELECT 'VOL-' || n, t.ids[1 + n % 12], m.ids[1 + n % 3], 'Model ' || floor(14 * random() ^ 2), s.customer_id, s.id,
        'ward'
    FROM generate_series(1, 20000) AS n,
        (SELECT array_agg(id ORDER BY code) AS ids FROM equipment_catalog) AS t,
        (SELECT array_agg(id ORDER BY code) AS ids FROM manufacturers) AS m,
        LATERAL (SELECT s.id, s.customer_id FROM customer_sites AS s JOIN customers AS c ON c.id = s.customer_id
                 WHERE c.code = 'VOL-' || 1 + n % 200) AS s
    """,
    "INSERT INTO ai_providers (code, name, fallback_priority) VALUES ('vol', 'Volume', 1000)",
)
COLUMNS = (
    "number", "idempotency_key", "workflow_id", "equipment_id", "customer_id", "site_id", "service_configuration_id",
    "description", "priority", "reporter_code", "reporter_role", "status", "opened_at", "closed_at", "last_sequence",
)  # fmt: skip
DIAGNOSED = """
    INSERT INTO ai_diagnosis_results (
        ticket_id, session_id, provider_id, proposed_at, summary, confidence, root_cause, issue_category, severity,
        problem_code, support_level, remote_fix_possible, was_correct, verified_at
    )
    SELECT t.id, t.id, p.id, t.opened_at, 'Diagnosed', 80, 'Worn part', 'sensor', 'high', 'A0908', 'L2', false, true,
        t.closed_at
    FROM service_tickets AS t, (SELECT id FROM ai_providers WHERE code = 'vol') AS p
    WHERE t.workflow_id LIKE 'vol-%' AND hashtext(t.number) % 10 < 7
"""


def tickets(units: list[Any], configuration: Any, count: int, describer: Describer) -> Iterator[tuple[Any, ...]]:
    """Rows for COPY, oldest first."""
    chance = random.Random(7)
    weights = list(accumulate(1 / (1 + rank) ** 0.4 for rank in range(len(units))))
    for number in range(1, count + 1):
        unit = units[chance.choices(range(len(units)), cum_weights=weights)[0]]
        opened = START + timedelta(seconds=number * 200)
        yield (
            f"FC-2019-{number:07}", f"vol-{number}", f"vol-{number}", unit["id"], unit["customer_id"],
            unit["site_id"], configuration, describer.describe(unit["type"]), f"P{1 + number % 4}", "NURSE-1",
            "hospital", "closed", opened, opened + timedelta(hours=30), 1,
        )  # fmt: skip


async def put_down_units(connection: Any) -> tuple[list[Any], Any]:
    """Hospitals and their units, in the transaction of the connection; and the terms that they are served by."""
    await connection.execute("SET LOCAL session_replication_role = replica; SET LOCAL synchronous_commit = off")
    for statement in SETUP:
        await connection.execute(statement)
    units = await connection.fetch(
        "SELECT e.id, e.customer_id, e.site_id, c.code AS type FROM equipment_registry AS e "
        "JOIN equipment_catalog AS c ON c.id = e.equipment_type_id WHERE e.serial LIKE 'VOL-%'"
    )
    return units, await connection.fetchval("SELECT id FROM manufacturer_service_config LIMIT 1")


async def fill(connection: Any, count: int) -> None:
    async with connection.transaction():
        units, configuration = await put_down_units(connection)
        rows = tickets(units, configuration, count, Describer(random.Random(3)))
        await connection.copy_records_to_table("service_tickets", records=rows, columns=COLUMNS)
        await connection.execute(DIAGNOSED)
        # A GIN index is made in one go in a tenth of the time that rows one by one take.
        index = await connection.fetchval("SELECT pg_get_indexdef('ticket_search_terms'::regclass)")
        await connection.execute("DROP INDEX ticket_search_terms")
        await connection.execute(SEARCHED)
        await connection.execute("SET LOCAL maintenance_work_mem = '512MB'")
        await connection.execute(index)
    await connection.execute("VACUUM ANALYZE")
    await connection.execute("CHECKPOINT")


async def ask(connection: Any, question: tuple[str, ...]) -> tuple[float, int]:
    """Milliseconds, and how many tickets were found."""
    started = time.perf_counter()
    found = await connection.fetch(CALL, *question)
    return (time.perf_counter() - started) * 1000, len(found)


async def ask_plainly(connection: Any, question: tuple[str, ...]) -> tuple[float, int]:
    """The same in the plain way."""
    started = time.perf_counter()
    found = await connection.fetch(PLAIN, *question)
    return (time.perf_counter() - started) * 1000, len(found)


async def fill_and_ask(server_url: str, count: int) -> tuple[str, list[tuple[str, ...]]]:
    url = await make_database(server_url, "similar")
    await migrate(url)
    await seed(url, sample=True)
    connection = await asyncpg.connect(url)
    started = time.monotonic()
    await fill(connection, count)
    size = await connection.fetchval("SELECT pg_size_pretty(pg_total_relation_size('ticket_search'))")
    index = await connection.fetchval("SELECT pg_size_pretty(pg_relation_size('ticket_search_terms'))")
    seconds = time.monotonic() - started
    print(f"filled {count:,} tickets in {seconds:.0f} s; ticket_search has {size}, its GIN index {index} of that")
    models = await connection.fetch(
        "SELECT DISTINCT c.code AS type, m.code AS make, e.model FROM equipment_registry AS e "
        "JOIN equipment_catalog AS c ON c.id = e.equipment_type_id JOIN manufacturers AS m ON m.id = e.manufacturer_id "
        "WHERE e.serial LIKE 'VOL-%' ORDER BY 1, 2, 3"
    )
    await connection.close()
    chance, describer = random.Random(11), Describer(random.Random(5))
    questions: list[tuple[str, ...]] = []
    for _ in range(100):
        unit = chance.choice(models)
        questions.append((describer.describe(unit["type"]), unit["type"], unit["make"], unit["model"]))
    return url, questions


EDGES = {
    "only common words": "alarm on the unit since this morning, please check",
    "one word that half of all tickets have": "alarm",
    "rare words only": "zyxquor E-99173 blorptane",
    "every word misspelt": "presure alrm sensr fautly dispaly batery",
    "no word that says anything": "it is what it is",
    "4,000 characters": "pressure low alarm on ward 7 after cleaning the expiratory valve cassette " * 54,
}


async def measure(url: str, questions: list[tuple[str, ...]], rounds: int) -> None:
    connection = await asyncpg.connect(url)
    first = [await ask(connection, one) for one in questions]
    again = [await ask(connection, one) for one in questions for _ in range(rounds)]
    print("\n| 100 descriptions | p50, ms | p95, ms | worst, ms |\n|---|---|---|---|")
    for name, times in (("once", first), ("again", again)):
        sorted_times = sorted(one for one, _ in times)
        p95 = sorted_times[int(len(sorted_times) * 0.95)]
        print(f"| {name} | {statistics.median(sorted_times):.1f} | {p95:.1f} | {sorted_times[-1]:.1f} |")
    beside = [(await ask_plainly(connection, one), await ask(connection, one)) for one in questions[:20]]
    plain, ours = (statistics.median(pair[side][0] for pair in beside) for side in (0, 1))
    print(f"\nin turns, 20 descriptions, median: {ours:.1f} ms; the plain way {plain:.0f} ms: {ours / plain:.4f} of it")
    print(f"\n{sum(found > 0 for _, found in first)} of {len(first)} descriptions found tickets")
    print("\n| edge case | ms | found |\n|---|---|---|")
    for name, text in EDGES.items():
        question = (text, *questions[0][1:])
        times = [await ask(connection, question) for _ in range(rounds + 1)][1:]
        print(f"| {name} | {statistics.median(one for one, _ in times):.1f} | {times[0][1]} |")
    await connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with throwaway_stack(settings=Settings()) as stack:
        url, questions = asyncio.run(fill_and_ask(stack.addresses.database_url, options.tickets))
        asyncio.run(measure(url, questions, options.rounds))


if __name__ == "__main__":
    main()
