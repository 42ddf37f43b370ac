"""What a drill needs before it begins: a migrated and seeded database that keeps what it has acknowledged."""

from __future__ import annotations

import asyncio

import asyncpg
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from migrations.runner import migrate, seed
from starter.calling import once
from starter.embedded import EmbeddedError
from starter.failures import FailureCode, Remedy, RemedyKind

STARTED_WITHIN = 60.0

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "max_wal_size": "'128MB'"}


class WorkersMissing(EmbeddedError):  # noqa: N818 - a state of the world
    """No worker came up; the message has its last words."""

    code = FailureCode.WORKERS_MISSING


async def make_ready(url: str) -> None:
    """Migrate and seed the database at `url`, as its owner, and make it durable."""
    await migrate(url)
    await seed(url, sample=True)
    connection = await asyncpg.connect(url)
    try:
        for setting, value in DURABLE.items():
            await connection.execute(f"ALTER SYSTEM SET {setting} = {value}")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()


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
            f"No worker serves {queue} after {within:.0f} s.", Remedy(RemedyKind.START_WORKER)
        ) from None
