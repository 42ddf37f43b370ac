"""`python -m bench.engineers`: how long it takes to find out who is right for a ticket, with many engineers who could.

Every engineer knows every type of equipment and has a shift calendar; like tickets are those of one type in twelve.
Timed are the query alone, as the client sees it, and with what follows: read, scored, ranked, explained; warm, over one
connection.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from typing import Any

import asyncpg

from bench.databases import make_database
from bench.volume import fill
from migrations.runner import migrate, seed
from models.contracts.recommendation import EngineerCase
from models.recommending.ranking import ranked
from models.settings import Settings
from starter.embedded import throwaway_stack

TICKET = "SELECT id FROM service_tickets WHERE number = 'FC-2025-001000'"

ENGINEERS = (
    "SET LOCAL session_replication_role = replica",
    """
    INSERT INTO engineers (code, name, support_level, home_latitude, home_longitude, time_zone, shift_calendar_id)
    SELECT 'REC-' || n, 'Engineer ' || n, 'L' || 2 + n % 2, 10 + n % 10, 75 + n % 7, 'Asia/Kolkata', c.id
    FROM generate_series(1, {engineers}) AS n,
        (SELECT id FROM business_calendars WHERE code = 'engineer_day_shift' LIMIT 1) AS c
    """,
    """
    INSERT INTO engineer_equipment_expertise (
        engineer_id, equipment_type_id, support_level, capabilities, years_of_experience
    )
    SELECT e.id, t.id, e.support_level, ARRAY['diagnose', 'repair'], 1 + random() * 10
    FROM engineers AS e CROSS JOIN equipment_catalog AS t WHERE e.code LIKE 'REC-%'
    """,
    """
    INSERT INTO engineer_absences (engineer_id, starts_at, ends_at, reason)
    SELECT e.id, now() + interval '2 days', now() + interval '9 days', 'leave'
    FROM engineers AS e WHERE e.code LIKE 'REC-%5'
    """,
    """
    UPDATE stage_assignments AS a SET engineer_id = e.ids[1 + (hashtext(a.id::text) & 2147483647) % cardinality(e.ids)]
    FROM (SELECT array_agg(id) AS ids FROM engineers WHERE code LIKE 'REC-%') AS e
    """,
    """
    UPDATE ticket_workflow_instances AS i SET template_snapshot = template_snapshot(i.template_id, 'default')
        || jsonb_build_object('stages', (
            SELECT jsonb_agg(jsonb_build_object('key', 'stage_' || s, 'on_site', true)) FROM generate_series(1, 3) AS s
        ))
    WHERE i.workflow_id = 'vol-1000'
    """,
)


def percentile(times: list[float], share: float) -> float:
    """Milliseconds."""
    return sorted(times)[min(len(times) - 1, int(share * len(times)))] * 1000


def _print(name: str, times: list[float]) -> None:
    print(f"| {name} | {statistics.median(times) * 1000:.1f} | {percentile(times, 0.95):.1f} |")


async def measure(server_url: str, engineers: int, tickets: int, rounds: int) -> None:
    url = await make_database(server_url, "engineers")
    await migrate(url)
    await seed(url, sample=True)
    connection: Any = await asyncpg.connect(url)
    await fill(connection, tickets)
    async with connection.transaction():
        for statement in ENGINEERS:
            await connection.execute(statement.format(engineers=int(engineers)))
    await connection.execute("ANALYZE")
    ticket = await connection.fetchval(TICKET)
    queries, wholes, thought, size, found = [], [], [], 0, 0
    for number in range(rounds + 3):
        began = time.perf_counter()
        document = await connection.fetchval("SELECT engineer_case($1)", ticket)
        answered, processor = time.perf_counter(), time.process_time()
        case = EngineerCase.model_validate_json(document)
        ranking = ranked(case, case.stages[0])
        ranking.question()
        done = time.perf_counter()
        if number >= 3:  # warm
            queries.append(answered - began)
            wholes.append(done - began)
            thought.append(time.process_time() - processor)
        size, found = len(document), len(ranking.suitable) + len(ranking.others)
    print(f"{found} candidates of {engineers} engineers, {tickets} tickets, {size / 1024:.0f} KiB, {rounds} rounds")
    print("\n| what | median, ms | p95, ms |\n|---|---|---|")
    for name, times in (
        ("the query", queries),
        ("query, scores, sentences, order", wholes),
        ("of that, processor time of Python", thought),
    ):
        _print(name, times)
    one = []
    for _ in range(rounds):
        began = time.perf_counter()
        await connection.fetchval("SELECT engineer_case($1, 'REC-7')", ticket)
        one.append(time.perf_counter() - began)
    _print("one engineer, as asked before they are assigned", one)
    await connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engineers", type=int, default=500)
    parser.add_argument("--tickets", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    with throwaway_stack(settings=Settings()) as stack:
        asyncio.run(measure(stack.addresses.database_url, options.engineers, options.tickets, options.rounds))


if __name__ == "__main__":
    main()
