"""What a process serves of AI: one queue for what belongs to all, and one for each provider that has its rate limit."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Any

from temporalio.client import Client

from activities.ai.calls.asking import AiActivities
from activities.ai.calls.book import CircuitPolicy
from activities.ai.calls.call_book import CallBook
from activities.ai.calls.health import HealthChecks
from activities.ai.calls.queues import AiQueues
from activities.ai.calls.roster import Roster
from activities.ai.providers.configured import configured_providers, named_models
from activities.ai.providers.local import LocalEngine, LocalProvider, warm_up
from activities.ai.providers.protocol import AiProvider
from activities.ai.tasks.task import AiTaskDefinition, Pictures
from models.database import Database, DatabaseError, DatabaseUnavailable
from models.identity import TICKETS_QUEUE
from models.settings import Settings
from models.sql_functions import SqlFunction
from models.vocabulary.ai import AiTask

PAUSE = timedelta(seconds=5)
"""Between two tries to begin, while the database is away or something is wrong."""

LOOK = timedelta(seconds=2)
"""Between two looks at the rows of providers."""

Rows = Sequence[Mapping[str, Any]]

log = logging.getLogger(__name__)


class AiWorkers:
    """Serves AI from `async with` to its end. It never keeps a process from starting: where the database is away, it
    begins as soon as that is back; until then tickets go on without AI.

    Rows of `ai_providers` and `ai_models` that come, change or go count within seconds: who is asked, with which key,
    where, how often. Requests that run then end as they began. What comes from the environment, the keys themselves
    above all, takes a new process.

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
        self._wanted, self._looked = asyncio.Event(), asyncio.Event()
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
        rows = await self._rows()
        await warm_up(self._engines)
        settings = self._settings
        policy = CircuitPolicy(settings.ai_failures_to_open, settings.ai_cool_down)
        providers: dict[str, AiProvider] = {}
        models, _ = named_models(settings, ())
        book = CallBook(self._database, policy)
        activities = AiActivities(
            book, providers, self._tasks, models=models, pictures=self._pictures, look=self._look_at_once
        )
        queues = AiQueues(self._client, self._task_queue, settings.graceful_shutdown)
        roster = Roster(providers, partial(configured_providers, environment=self._environment, engines=self._engines))
        checks = asyncio.create_task(HealthChecks(self._database, providers, settings.ai_cool_down).run())
        try:
            seen: Rows = ()
            while True:
                _, no_models = named_models(settings, rows)
                for code, fault in (*(await roster.follow(seen, rows)).items(), *no_models.items()):
                    log.error("AI provider %s is not asked: %s", code, fault)
                for row in rows:
                    if row["code"] in providers:
                        queues.poll(row["code"], activities.served_of_a_provider, row["requests_per_minute"])
                    elif row["active"]:
                        queues.leave(row["code"])  # it has no key here; another process may have it
                activities.at_hand = _at_hand(rows, providers)
                # The queue of one that is in use nowhere goes on: what was meant for it goes to the next one at once.
                queues.poll(None, activities.served)
                self._have_looked()
                self.ready.set()
                changed = await self._changed(rows, queues.runs)
                if changed is None:
                    return
                seen, rows = rows, changed
        finally:
            checks.cancel()
            await queues.end(activities.break_off)
            await roster.aclose()

    async def _rows(self) -> Rows:
        return await self._database.rows(SqlFunction.AI_PROVIDER_SETTINGS)

    async def _changed(self, rows: Rows, runs: Sequence[asyncio.Task[None]]) -> Rows | None:
        """The rows, as soon as they are others; None when this is to end.

        Raises:
            Exception: a queue is polled no more; that is why.
        """
        stop, look = asyncio.create_task(self._stopping.wait()), asyncio.create_task(self._look(rows))
        try:
            await asyncio.wait([stop, look, *runs], return_when=asyncio.FIRST_COMPLETED)
            for run in runs:
                if run.done():
                    await run
            return await look if look.done() else None
        finally:
            stop.cancel()
            look.cancel()

    async def _look(self, rows: Rows) -> Rows:
        away = False
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), LOOK.total_seconds())
            self._wanted.clear()
            try:
                found = await self._rows()
            except DatabaseError as error:
                if not away:
                    log.warning("Changes of AI providers are not noticed for a while: %s", error)
                away = True
                continue
            away = False
            if found != rows:
                return found
            self._have_looked()

    def _have_looked(self) -> None:
        self._looked.set()
        self._looked = asyncio.Event()

    async def _look_at_once(self) -> None:
        """Return when the rows have been looked at once more, and what they say holds; not later than after a while."""
        looked = self._looked
        self._wanted.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(looked.wait(), PAUSE.total_seconds())


def _at_hand(rows: Rows, providers: Mapping[str, AiProvider]) -> frozenset[str]:
    """Who answers within this process: a rate that somebody has set is kept by its queue alone."""
    unlimited = (row["code"] for row in rows if row["requests_per_minute"] is None)
    return frozenset(code for code in unlimited if isinstance(providers.get(code), LocalProvider))
