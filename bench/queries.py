"""`python -m bench.queries`: the hot queries on many tickets beside the same queries on few, in turns, on this machine.

A query that finds its rows by an index takes about as long on a hundred times the tickets; one that reads tables from
end to end takes a hundred times as long. Times are those of the client, over one connection, warm.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from typing import Any

import asyncpg

from bench.databases import make_database
from bench.volume import HOT, fill
from migrations.runner import migrate, seed
from models.settings import Settings
from starter.embedded import throwaway_stack

TICKET = "SELECT id FROM service_tickets WHERE number = 'FC-2025-001000'"


async def median(connection: Any, query: str, arguments: list[Any], rounds: int) -> float:
    """Milliseconds."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        await connection.fetch(query, *arguments)
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


async def measure(server_url: str, few: int, many: int, rounds: int) -> None:
    sides = []
    for tickets in (few, many):
        url = await make_database(server_url, f"tickets_{tickets}")
        await migrate(url)
        await seed(url, sample=True)
        connection = await asyncpg.connect(url)
        started = time.monotonic()
        await fill(connection, tickets)
        print(f"filled {tickets} tickets in {time.monotonic() - started:.1f} s")
        sides.append((connection, await connection.fetchval(TICKET)))
    print(f"\n| query | {few:,} tickets, ms | {many:,} tickets, ms | ratio |\n|---|---|---|---|")
    for name, query in HOT.items():
        times = []
        for connection, ticket_id in sides:
            arguments = [ticket_id] if "$1" in query else []
            await median(connection, query, arguments, 2)  # warm
            times.append(await median(connection, query, arguments, rounds))
        print(f"| {name} | {times[0]:.2f} | {times[1]:.2f} | {times[1] / times[0]:.1f} |")
    for connection, _ in sides:
        await connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=1_000)
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with throwaway_stack(settings=Settings()) as stack:
        asyncio.run(measure(stack.addresses.database_url, options.few, options.many, options.rounds))


if __name__ == "__main__":
    main()
