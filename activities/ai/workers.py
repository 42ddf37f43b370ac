"""What a process serves of AI: one queue for what belongs to all, and one for each provider that has its rate limit."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from types import TracebackType
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker

from activities.ai.asking import AiActivities
from activities.ai.call_book import CallBook
from activities.ai.configured import configured_providers, named_models
from activities.ai.health import HealthChecks
from activities.ai.local_provider import LocalEngine, warm_up
from activities.ai.tasks import AiTaskDefinition, Pictures
from models.ai_circuit import CircuitPolicy
from models.ai_vocabulary import AiTask
from models.database import Database, DatabaseUnavailable
from models.identity import TICKETS_QUEUE, ai_queue
from models.settings import Settings

PAUSE = timedelta(seconds=5)
"""Between two tries to begin, while the database is away or something is wrong."""

log = logging.getLogger(__name__)


class AiWorkers:
    """Serves AI from `async with` to its end. It never keeps a process from starting: where the database is away, it
    begins as soon as that is back; until then tickets go on without AI.

    Rows of `ai_providers` are read at the beginning: another key, address or rate limit takes a new process. Order,
    limits of spending, time-outs and models count at once.

    Args:
        tasks: what can be asked.
        engines: of the built-in provider.
        task_queue: of the tickets that are served.
        environment: holds keys and addresses.
    """

    def __init__(
        self,
        client: Client,
        database: Database,
        settings: Settings,
        tasks: Mapping[AiTask, AiTaskDefinition],
        engines: Mapping[AiTask, LocalEngine],
        *,
        task_queue: str = TICKETS_QUEUE,
        pictures: Pictures | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._client, self._database, self._settings = client, database, settings
        self._tasks, self._engines, self._pictures = tasks, engines, pictures
        self._task_queue = task_queue
        self._environment = os.environ if environment is None else dict(environment)
        self._stopping = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None
        self.ready = asyncio.Event()
        """Set once requests are taken."""

    async def __aenter__(self) -> AiWorkers:
        self._serving = asyncio.create_task(self._serve())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        if self._serving is not None:
            await self._serving

    async def _serve(self) -> None:
        while not self._stopping.is_set():
            try:
                await self._serve_once()
            except DatabaseUnavailable as error:
                log.warning("AI waits for the database: %s", error)
            except Exception:
                log.exception("AI is not served; trying again")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), PAUSE.total_seconds())

    async def _serve_once(self) -> None:
        rows = await self._database.rows("list_ai_providers")
        providers, faults = configured_providers(rows, self._environment, self._engines)
        settings = self._settings
        models, no_models = named_models(settings, rows)
        for code, fault in (*faults.items(), *no_models.items()):
            log.error("AI provider %s is not asked: %s", code, fault)
        await warm_up(self._engines)
        policy = CircuitPolicy(settings.ai_failures_to_open, settings.ai_cool_down)
        activities = AiActivities(
            CallBook(self._database, policy), providers, self._tasks, models=models, pictures=self._pictures
        )
        async with AsyncExitStack() as exits:
            for provider in providers.values():
                exits.push_async_callback(provider.aclose)
            served = [self._worker(None, [activities.prepare_question, activities.record_call])]
            minute = {row["code"]: row["requests_per_minute"] for row in rows}
            served += [self._worker(code, [activities.ask], minute[code]) for code in providers]
            runs = [asyncio.create_task(worker.run()) for worker in served]
            stop = asyncio.create_task(self._stopping.wait())
            checks = asyncio.create_task(HealthChecks(self._database, providers, settings.ai_cool_down).run())
            self.ready.set()
            await asyncio.wait([*runs, stop], return_when=asyncio.FIRST_COMPLETED)
            await asyncio.gather(*(worker.shutdown() for worker in served))
            stop.cancel()
            checks.cancel()
            await asyncio.gather(*runs)

    def _worker(self, provider: str | None, activities: Sequence[Any], per_minute: int | None = None) -> Worker:
        return Worker(
            self._client,
            task_queue=ai_queue(self._task_queue, provider),
            activities=activities,
            graceful_shutdown_timeout=self._settings.graceful_shutdown,
            max_task_queue_activities_per_second=None if per_minute is None else per_minute / 60,
            max_concurrent_activity_task_polls=2,
        )
