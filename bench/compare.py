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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench import bare
from models.settings import Settings
from starter.client import connect
from starter.drill import DrillPlan, DrillReport, drill_throwaway
from starter.drill.processors import parts_of, per_ticket, processor_seconds, since
from starter.embedded import throwaway_stack, worker_environment
from starter.embedded.workers import Workers
from starter.pollers import wait_for_workers

GOAL = 0.8


@dataclass(frozen=True, slots=True)
class Bare:
    """A round of the bare workflow.

    Attributes:
        tickets_per_second: by the clock.
        processor_ms: processor time in milliseconds a ticket, by part.
    """

    tickets_per_second: float
    processor_ms: Mapping[str, float]

    @property
    def processor_ms_in_all(self) -> float:
        return sum(self.processor_ms.values())


async def measure_bare(tickets: int, concurrency: int) -> Bare:
    """Drive the bare workflow on engines of its own."""
    with throwaway_stack(settings=Settings()) as stack:
        environment = worker_environment(stack.home.path, stack.addresses)
        command = (sys.executable, "-m", "bench.bare")
        with Workers(1, environment, stack.home.log("bare"), command) as workers:
            client = await connect(stack.addresses.temporal_address)
            await wait_for_workers(client, bare.QUEUE)
            parts = parts_of(stack.addresses.postgres_pid, stack.addresses.temporal_pid, workers.pids)
            started, used = time.monotonic(), processor_seconds(parts)
            await bare.drive(client, tickets, concurrency)
            seconds, spent = time.monotonic() - started, since(used, processor_seconds(parts))
            return Bare(tickets / seconds, per_ticket(spent, tickets))


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
    plain: list[Bare] = []
    drills: list[DrillReport] = []
    for number in range(1, options.rounds + 1):
        plain.append(asyncio.run(measure_bare(options.tickets, options.concurrency)))
        drills.append(asyncio.run(measure_drill(options.tickets, options.concurrency, options.workers)))
        bare_one, drill = plain[-1], drills[-1]
        speed_ratio = drill.tickets_per_second / bare_one.tickets_per_second
        cost_ratio = bare_one.processor_ms_in_all / drill.processor_ms_in_all
        print(f"round {number}: bare  {bare_one.tickets_per_second:6.2f}/s {_parts(bare_one.processor_ms)}")
        print(f"round {number}: drill {drill.tickets_per_second:6.2f}/s {_parts(drill.processor_ms)}")
        print(
            f"round {number}: ratio {speed_ratio:.2f}, of cost {cost_ratio:.2f}   "
            f"visible p50 {drill.visible_p50:.2f} s  p99 {drill.visible_p99:.2f} s",
            flush=True,
        )
    ours = [report.tickets_per_second for report in drills]
    ratios = [mine / one.tickets_per_second for mine, one in zip(ours, plain, strict=True)]
    costs = [report.processor_ms_in_all for report in drills]
    plain_costs = [one.processor_ms_in_all for one in plain]
    print(f"bare   {_spread([one.tickets_per_second for one in plain])} tickets/s   {_spread(plain_costs)} ms a ticket")
    print(f"drill  {_spread(ours)} tickets/s   {_spread(costs)} ms a ticket")
    print(f"excess {_excess(plain, drills)}")
    print(f"ratio  {_spread(ratios)}   goal: {GOAL}")
    of_cost = [cost / mine for mine, cost in zip(costs, plain_costs, strict=True)]
    print(f"ratio  {_spread(of_cost)} of the processor time, which other load moves less")


def _parts(processor_ms: Mapping[str, float]) -> str:
    parts = ", ".join(f"{name} {used:.0f}" for name, used in processor_ms.items())
    return f"{sum(processor_ms.values()):4.0f} ms ({parts})"


def _excess(plain: Sequence[Bare], drills: Sequence[DrillReport]) -> str:
    """What the drill costs beyond the bare workflow, by part: medians of the rounds, in milliseconds a ticket."""
    over = {
        name: statistics.median(
            drill.processor_ms[name] - one.processor_ms[name] for one, drill in zip(plain, drills, strict=True)
        )
        for name in drills[0].processor_ms
    }
    return ", ".join(f"{name} {extra:+.0f}" for name, extra in over.items()) + " ms a ticket (medians)"


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):6.2f} (median; {min(values):.2f} to {max(values):.2f})"


if __name__ == "__main__":
    main()
