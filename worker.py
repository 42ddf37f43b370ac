"""The worker: settings → dependencies → Worker. Run it as `python -m worker`; start as many as the load needs."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal

if __name__ == "__main__":
    gc.disable()  # while modules are loaded nothing becomes rubbish, and looking for it takes a fifth of the start

from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import Worker, WorkerDeploymentConfig

from activities.ai.tasks.registry import ENGINES, TASKS
from activities.ai.workers import AiWorkers
from activities.dispatch.replanning import DispatchActivities
from activities.reconciling.reconciliation import ReconciliationActivities
from activities.records import RecordActivities
from activities.sealing import SealingActivities
from activities.webhooks.delivering import WebhookActivities
from models.database import Database
from models.identity import TICKETS_QUEUE
from models.settings import Settings
from starter.client import TemporalUnavailable, connect, furnish
from starter.logs import configure_logs, end_at_once
from workflows.housekeeping import HOUSEKEEPING
from workflows.options import STICKY_FOR
from workflows.payloads import walk_where_needed
from workflows.registry import WORKFLOWS
from workflows.runner import TicketRunner
from workflows.webhooks import WEBHOOKS


def build_worker(client: Client, database: Database, settings: Settings, task_queue: str = TICKETS_QUEUE) -> Worker:
    """The worker of one process, with its dependencies in place."""
    deployment = None
    if settings.deployment_version is not None:
        deployment = WorkerDeploymentConfig(
            version=WorkerDeploymentVersion.from_canonical_string(settings.deployment_version),
            use_worker_versioning=True,
            default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
        )
    walk_where_needed()
    worker = Worker(
        client,
        task_queue=task_queue,
        workflows=[*WORKFLOWS.values(), *HOUSEKEEPING, *WEBHOOKS],
        activities=[
            *RecordActivities(database).served,
            *ReconciliationActivities(client, database).served,
            *SealingActivities(database, settings.seals_to).served,
            *WebhookActivities(client, database, settings, task_queue).served,
            *DispatchActivities(client, database, settings).served,
        ],
        workflow_runner=(runner := TicketRunner()),
        max_cached_workflows=settings.workflow_cache_size,
        sticky_queue_schedule_to_start_timeout=STICKY_FOR,
        graceful_shutdown_timeout=settings.graceful_shutdown,
        deployment_config=deployment,
    )
    runner.evict = worker._bridge_worker.request_workflow_eviction  # no public way; tests/workflows/test_queries.py
    return worker


async def main() -> None:
    """Serve tickets until SIGTERM or Ctrl-C."""
    settings = Settings()
    configure_logs(settings)
    if (url := settings.url()) is None:
        raise SystemExit("worker: set FIELDCARE_DATABASE_URL (or let `fieldcare up` or `fieldcare worker` start it).")
    try:
        client = await connect()
        await furnish(client)
    except TemporalUnavailable as error:
        raise SystemExit(f"worker: {error}") from error
    database = Database(url, pool_size=settings.database_pool_size)
    gc.set_threshold(20_000, 20, 50)  # looking for garbage after every 700 objects took 3 % of the time
    gc.freeze()
    gc.enable()
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    ai = AiWorkers(client, database, settings, TASKS, ENGINES)
    async with contextlib.aclosing(database), build_worker(client, database, settings), ai:
        await stop.wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
    end_at_once()
