"""`python -m bench.compare`: the drill beside a bare five-stage workflow, in turns, on this machine.

Both sides run on the same Temporal server binary with the same settings, in memory and fresh for every round, with
one worker process, and with the driver on the same cores. The drill has PostgreSQL beside it, durable; the bare
workflow has nothing. Rounds alternate (bare, drill, bare, drill, …), so that a change of the machine's mood meets both.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import sys
import time

from bench import bare
from models.settings import Settings
from starter.client import connect
from starter.drill import DrillPlan, DrillReport, drill_throwaway
from starter.drill.preparing import wait_for_workers
from starter.drill.workers import Workers
from starter.embedded import throwaway_stack, worker_environment

GOAL = 0.8


async def measure_bare(tickets: int, concurrency: int) -> float:
    """Tickets/s of the bare workflow."""
    with throwaway_stack(settings=Settings()) as stack:
        environment = worker_environment(stack.home.path, stack.addresses)
        command = (sys.executable, "-m", "bench.bare")
        with Workers(1, environment, stack.home.log("bare"), command):
            client = await connect(stack.addresses.temporal_address)
            await wait_for_workers(client, bare.QUEUE)
            started = time.monotonic()
            await bare.drive(client, tickets, concurrency)
            return tickets / (time.monotonic() - started)


async def measure_drill(tickets: int, concurrency: int, workers: int) -> DrillReport:
    """A drill that must pass: a fast one that loses something is no result."""
    plan = DrillPlan(tickets=tickets, concurrency=concurrency, worker_processes=workers)
    report = await drill_throwaway(plan, Settings())
    if not report.passed:
        raise SystemExit(f"The drill failed: {json.dumps(report.as_json(), indent=2)}")
    return report


def main() -> None:
    """Measure, and print what was measured."""
    parser = argparse.ArgumentParser(description="Tickets/s of the drill beside a bare five-stage workflow.")
    parser.add_argument("--tickets", type=int, default=300)
    parser.add_argument("--concurrency", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=1, help="worker processes of the drill; the bare one has 1")
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{options.tickets} tickets, concurrency {options.concurrency}, {options.rounds} rounds of each")
    plain: list[float] = []
    drills: list[DrillReport] = []
    for number in range(1, options.rounds + 1):
        plain.append(asyncio.run(measure_bare(options.tickets, options.concurrency)))
        drills.append(asyncio.run(measure_drill(options.tickets, options.concurrency, options.workers)))
        ratio = drills[-1].tickets_per_second / plain[-1]
        print(
            f"round {number}: bare {plain[-1]:6.2f}/s   drill {drills[-1].tickets_per_second:6.2f}/s   "
            f"ratio {ratio:.2f}   visible p50 {drills[-1].visible_p50:.2f} s  p99 {drills[-1].visible_p99:.2f} s",
            flush=True,
        )
    ours = [report.tickets_per_second for report in drills]
    ratios = [mine / theirs for mine, theirs in zip(ours, plain, strict=True)]
    print(f"bare   {_spread(plain)} tickets/s")
    print(f"drill  {_spread(ours)} tickets/s")
    print(f"ratio  {_spread(ratios)}   goal: {GOAL}")


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):6.2f} (median; {min(values):.2f} to {max(values):.2f})"


if __name__ == "__main__":
    main()
