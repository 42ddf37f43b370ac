"""A whole drill: engines and workers, the driver beside them, the checks afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from models.database import Database
from models.settings import Settings
from starter.client import connect
from starter.drill.account import Account
from starter.drill.check import check_tickets, visible_after
from starter.drill.driver import Driver
from starter.drill.driving import Driving
from starter.drill.examine import examine
from starter.drill.faults import Faults
from starter.drill.house import OtherHouse
from starter.drill.plan import DrillPlan
from starter.drill.preparing import make_ready
from starter.drill.processors import Parts, parts_of
from starter.drill.report import DrillReport, Outcome, make_report
from starter.embedded import throwaway_stack, worker_environment
from starter.embedded.workers import Workers
from starter.pollers import WorkersMissing

WATCH = 0.1
"""Seconds between two looks at faults and progress."""

Watch = Callable[[Account], None]


async def drill_throwaway(
    plan: DrillPlan,
    settings: Settings,
    *,
    say: Callable[[str], None] = lambda _: None,
    watch: Watch = lambda _: None,
) -> DrillReport:
    """Drill on engines of its own, of which nothing is left. From the main thread: it starts and kills processes.

    Temporal keeps its state in memory. PostgreSQL is made durable, as it is in production: a commit that was
    acknowledged is on disk, so that a stop of the database may lose nothing.
    """
    say("Starting PostgreSQL and Temporal")
    with throwaway_stack(settings=settings, say=say) as stack:
        url, address = stack.addresses.workers_url, stack.addresses.temporal_address
        await make_ready(stack.addresses.database_url)
        say("Starting workers")
        environment = {**worker_environment(stack.home.path, stack.addresses), "FIELDCARE_LOG_LEVEL": "ERROR"}
        with Workers(plan.worker_processes, environment, stack.home.log("worker")) as workers:
            faults = Faults(plan, stack, workers)

            def look(account: Account) -> None:
                faults.tick(account)
                watch(account)

            def parts() -> Parts:
                return parts_of(stack.addresses.postgres_pid, stack.addresses.temporal_pid, workers.pids)

            drove = await _drive(plan, url, address, look, worker_ended=workers.ended, parts=parts)
            account = drove.done().account
            say("Looking at every ticket")
            outcome = await look_at(plan, account, url, address)
    return make_report(
        plan,
        account,
        outcome,
        seconds=drove.seconds,
        processors=drove.processors,
        workers_killed=workers.killed,
        database_stops=faults.database_stops,
    )


async def drill_running(
    plan: DrillPlan, database_url: str, temporal_address: str | None, *, watch: Watch = lambda _: None
) -> DrillReport:
    """Drill on a stack that runs, with its workers; the tickets stay in its database."""
    drove = await _drive(plan, database_url, temporal_address, watch)
    account = drove.done().account
    return make_report(
        plan, account, await look_at(plan, account, database_url, temporal_address), seconds=drove.seconds
    )


async def _drive(
    plan: DrillPlan,
    url: str,
    address: str | None,
    watch: Watch,
    *,
    worker_ended: Callable[[], str | None] = lambda: None,
    parts: Callable[[], Parts] = dict,
) -> Driving[Driver]:
    """Drive to the end; returns what drove, with what was acknowledged, and how long it took."""
    with Driving(plan, url, address, Driver, parts) as driving:
        while driving.is_alive():
            await asyncio.sleep(WATCH)
            if driving.driver is not None:
                watch(driving.driver.account)
            elif (words := worker_ended()) is not None:
                raise WorkersMissing(f"A worker ended while it started: {words}")
    return driving


async def look_at(
    plan: DrillPlan, account: Account, url: str, address: str | None, house: OtherHouse | None = None
) -> Outcome:
    """Everything that is checked after a drill. The workers still run: closed tickets are asked as well."""
    database = Database(url, pool_size=8, statement_timeout=120)
    client = await connect(address)
    try:
        examined = await examine(plan, account, client, database, keep=plan.keep_histories, house=house)
        findings = await check_tickets(plan, account, database)
        return Outcome(findings, examined, await visible_after(plan, account, database))
    finally:
        await database.aclose()
