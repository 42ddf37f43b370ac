"""`python -m bench.door`: what people wait for who look at lists and tickets, at many tickets and beside a drill.

A server with its own process, over engines that have the tickets of bench/volume.py; accounts of every role, each with
a token, one connection and a pause between two looks. First alone, then while a drill drives few tickets, and many,
through the same engines: all come from the same run. Everything listens on loopback, and nothing is left.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import statistics
import subprocess
import sys
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import asyncpg

from bench.volume import fill
from models.database import Database
from models.principals import Grant
from models.settings import Settings
from models.vocabulary.accounts import AccountRole, TokenScope
from starter.accounts.managing import add_account, issue_token
from starter.drill.plan import DrillPlan
from starter.drill.preparing import make_ready
from starter.drill.processors import processor_seconds, since
from starter.drill.run import drill_running
from starter.embedded import throwaway_stack, worker_environment
from starter.embedded.workers import Workers

SERVE = (sys.executable, "-m", "starter.cli", "serve")
VISITORS = (sys.executable, "-m", "bench.visitors")
GOAL = 0.050
"""Seconds at the 95th percentile."""

Answered = list[tuple[str, str, float, int]]
"""Kind, role, seconds, status."""


def grants(count: int) -> list[Grant]:
    """Who they are: of five, two of a hospital, two engineers, and one of the others in turn."""
    others = (
        Grant(AccountRole.COORDINATOR),
        Grant(AccountRole.MANAGER),
        Grant(AccountRole.MANUFACTURER, manufacturer="PHILIPS"),
        Grant(AccountRole.PARTS_CLERK),
    )
    found: list[Grant] = []
    for number in range(count):
        match number % 5:
            case 0 | 1:
                found.append(Grant(AccountRole.HOSPITAL, customer=f"VOL-{1 + number % 50}"))
            case 2 | 3:
                found.append(Grant(AccountRole.ENGINEER, engineer=f"VOL-{1 + number}"))
            case _:
                found.append(others[number // 5 % len(others)])
    return found


async def let_in(owner_url: str, count: int) -> list[dict[str, str]]:
    """An account and a token for each."""
    database = Database(owner_url)
    try:
        visitors = []
        for number, grant in enumerate(grants(count)):
            code = f"visitor-{number}"
            await add_account(database, code, f"Visitor {number}", [grant], by="bench")
            issued = await issue_token(database, code, "bench", [TokenScope.READ], timedelta(days=1), by="bench")
            visitors.append({"role": grant.role.value, "token": issued.secret.get_secret_value()})
        return visitors
    finally:
        await database.aclose()


async def filled(url: str, tickets: int) -> None:
    await make_ready(url)
    connection = await asyncpg.connect(url)
    try:
        await fill(connection, tickets)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def is_up(port: int) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return


def sent_out(asked: dict[str, Any]) -> subprocess.Popen[str]:
    process = subprocess.Popen(VISITORS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    json.dump(asked, process.stdin)
    process.stdin.close()
    process.stdin = None
    return process


def told(process: subprocess.Popen[str]) -> Answered:
    answers, _ = process.communicate(timeout=300)
    return [(kind, role, seconds, status) for kind, role, seconds, status in json.loads(answers)]


def quantile(times: Sequence[float], share: float) -> float:
    return statistics.quantiles(times, n=1000, method="inclusive")[round(share * 1000) - 1] if len(times) > 1 else 0.0


def print_table(title: str, answers: Answered, processor: float) -> bool:
    """Print one side; returns whether it keeps the goal and nothing failed."""
    failed = [status for *_, status in answers if status >= 500 or status == 0]
    print(f"\n{title}: {len(answers)} answers, {len(failed)} failed, {1000 * processor / len(answers):.1f} ms of the")
    print("server's processor time each\n")
    print("| | answers | p50, ms | p95, ms | p99, ms |\n|---|---|---|---|---|")
    kept = not failed
    rows: Iterable[tuple[str, list[float]]] = (
        (f"{kind}{f', {role}' if role else ''}", [s for k, r, s, _ in answers if k == kind and role in {"", r}])
        for kind in ("list", "ticket")
        for role in ("", *sorted({role for _, role, *_ in answers}))
    )
    for name, times in rows:
        p50, p95, p99 = (1000 * quantile(times, share) for share in (0.5, 0.95, 0.99))
        print(f"| {name} | {len(times)} | {p50:.1f} | {p95:.1f} | {p99:.1f} |")
        if "," not in name:
            kept = kept and p95 <= 1000 * GOAL
    return kept


async def measure(options: argparse.Namespace) -> bool:
    with throwaway_stack(settings=Settings()) as stack, socket.socket() as found:
        url = stack.addresses.database_url
        await filled(url, options.tickets)
        visitors = await let_in(url, options.visitors)
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
        found.close()
        environment = {
            **worker_environment(stack.home.path, stack.addresses),
            "FIELDCARE_LOG_LEVEL": "ERROR",
            "FIELDCARE_API_PORT": str(port),
        }
        asked = {"port": port, "pause": options.pause, "seconds": options.seconds, "visitors": visitors}
        with (
            Workers(1, environment, stack.home.log("worker")),
            Workers(1, environment, stack.home.log("server"), SERVE) as servers,
        ):
            await is_up(port)
            parts = {"server": servers.pids}
            told(sent_out({**asked, "seconds": 5}))  # statements are planned, connections opened
            kept = []
            for concurrency in (0, 2, options.concurrency):
                title = f"Beside a drill of {concurrency} tickets at a time" if concurrency else "Alone"
                used = processor_seconds(parts)
                process = sent_out(asked)
                if concurrency:
                    plan = DrillPlan(tickets=options.drill, concurrency=concurrency)
                    report = await drill_running(plan, stack.addresses.workers_url, stack.addresses.temporal_address)
                    print(f"\nThe drill: {report.tickets_per_second:.1f} tickets/s, passed: {report.passed}")
                answers = await asyncio.to_thread(told, process)
                kept.append(print_table(title, answers, sum(since(used, processor_seconds(parts)).values())))
    return all(kept)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--visitors", type=int, default=200)
    parser.add_argument(
        "--pause", type=float, default=10.0, help="seconds between two looks of one of them, on average"
    )
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--drill", type=int, default=100, help="tickets of the drill beside it")
    parser.add_argument("--concurrency", type=int, default=10, help="tickets of it at a time")
    sys.exit(0 if asyncio.run(measure(parser.parse_args())) else 1)


if __name__ == "__main__":
    main()
