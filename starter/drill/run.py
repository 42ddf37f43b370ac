"""A whole drill: engines and workers, the driver beside them, the check afterwards."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any, Self

import asyncpg
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from migrations.runner import migrate, seed
from models.database import Database
from models.identity import TICKETS_QUEUE
from models.settings import Settings
from starter.calling import once
from starter.client import connect, register_search_attributes
from starter.drill.check import Findings, check_tickets, visible_after
from starter.drill.driver import Driver
from starter.drill.faults import Faults
from starter.drill.ledger import Ledger
from starter.drill.plan import DrillPlan
from starter.drill.report import DrillReport, make_report
from starter.drill.workers import Workers
from starter.embedded import EmbeddedError, throwaway_stack, worker_environment

POOL = 8
"""Connections of the driver: intake reads one line a ticket."""

WATCH = 0.1
"""Seconds between two looks at faults and progress."""

STARTED_WITHIN = 60.0
ENDED_WITHIN = 10.0

Watch = Callable[[Ledger], None]


class WorkersMissing(EmbeddedError):  # noqa: N818 - a state of the world
    """No worker came up; the message has its last words."""


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
        await _prepare(stack.addresses.database_url)
        say("Starting workers")
        environment = {**worker_environment(stack.home.path, stack.addresses), "FIELDCARE_LOG_LEVEL": "ERROR"}
        with Workers(plan.worker_processes, environment, stack.home.log("worker")) as workers:
            faults = Faults(plan, stack, workers)

            def look(ledger: Ledger) -> None:
                faults.tick(ledger)
                watch(ledger)

            ledger, seconds = await _drive(plan, url, address, look, workers.ended)
        findings, delays = await _check(plan, ledger, url)
    return make_report(
        plan,
        ledger,
        findings,
        delays,
        seconds=seconds,
        workers_killed=workers.killed,
        database_stops=faults.database_stops,
    )


async def drill_running(
    plan: DrillPlan, database_url: str, temporal_address: str | None, *, watch: Watch = lambda _: None
) -> DrillReport:
    """Drill on a stack that runs, with its workers; the tickets stay in its database."""
    ledger, seconds = await _drive(plan, database_url, temporal_address, watch, lambda: None)
    findings, delays = await _check(plan, ledger, database_url)
    return make_report(plan, ledger, findings, delays, seconds=seconds)


async def _drive(
    plan: DrillPlan, url: str, address: str | None, watch: Watch, worker_ended: Callable[[], str | None]
) -> tuple[Ledger, float]:
    """Drive in a thread, so that this one is free to start, stop and kill; returns what was acknowledged."""
    with _Driving(plan, url, address) as driving:
        while driving.is_alive():
            await asyncio.sleep(WATCH)
            if driving.driver is not None:
                watch(driving.driver.ledger)
            elif (words := worker_ended()) is not None:
                raise WorkersMissing(f"A worker ended while it started: {words}")
    if driving.error is not None:
        raise driving.error
    if driving.driver is None:
        raise AssertionError("a driving thread that ends without an error had a driver")
    return driving.driver.ledger, driving.seconds


class _Driving(threading.Thread):
    """The driver in a thread and event loop of its own. Leaving the context stops it."""

    def __init__(self, plan: DrillPlan, url: str, address: str | None) -> None:
        super().__init__(name="drill", daemon=True)
        self._plan = plan
        self._url = url
        self._address = address
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self.driver: Driver | None = None
        self.error: BaseException | None = None
        self.seconds = 0.0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        loop, task = self._loop, self._task
        if self.is_alive() and loop is not None and task is not None:
            loop.call_soon_threadsafe(task.cancel)
        self.join(ENDED_WITHIN)

    def run(self) -> None:
        try:
            asyncio.run(self._work())
        except BaseException as error:
            self.error = error  # raised again by who started us

    async def _work(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        self._loop.set_exception_handler(_without_cancellations)
        client = await connect(self._address)
        await register_search_attributes(client)
        await wait_for_workers(client, TICKETS_QUEUE)
        database = Database(self._url, pool_size=POOL)
        try:
            self.driver = Driver(self._plan, client, database)
            started = time.monotonic()
            await self.driver.drive_until_deadline()
            self.seconds = time.monotonic() - started
        finally:
            await database.aclose()


def _without_cancellations(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The loop's own report, without what the SDK leaves behind when a call of it is cancelled."""
    if not isinstance(context.get("exception"), asyncio.CancelledError):
        loop.default_exception_handler(context)


async def wait_for_workers(client: Client, queue: str, within: float = STARTED_WITHIN) -> None:
    """Return when somebody serves the workflows of `queue`.

    Raises:
        WorkersMissing: nobody does.
        TemporalUnavailable: Temporal can't say.
    """
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    try:
        async with asyncio.timeout(within):
            while not (await once(client.workflow_service.describe_task_queue(request))).pollers:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise WorkersMissing(
            f"No worker serves {queue} after {within:.0f} s. Start one with `fieldcare worker`."
        ) from None


async def _prepare(url: str) -> None:
    await migrate(url)
    await seed(url, sample=True)
    connection = await asyncpg.connect(url)
    try:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            await connection.execute(f"ALTER SYSTEM SET {setting} = on")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()


async def _check(plan: DrillPlan, ledger: Ledger, url: str) -> tuple[Findings, list[float]]:
    database = Database(url, pool_size=1, statement_timeout=120)
    try:
        return await check_tickets(plan, ledger, database), await visible_after(plan, ledger, database)
    finally:
        await database.aclose()
