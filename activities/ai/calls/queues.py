"""The task queues that a process polls for AI: each is begun, given another rate and left by itself, while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker

from models.identity import ai_queue

LONGEST_CALL = timedelta(minutes=15)
"""More than any request takes, with its record before and after. A queue that is left lets its requests end: one that
is broken off may have been charged, and would be sent again."""


@dataclass(frozen=True, slots=True)
class _Polled:
    worker: Worker
    run: asyncio.Task[None]
    per_minute: int | None


class AiQueues:
    """Polls queues until `end()`.

    Args:
        task_queue: of the tickets that are served.
        grace: how long running requests may go on when the process ends.
    """

    def __init__(self, client: Client, task_queue: str, grace: timedelta) -> None:
        self._client, self._task_queue, self._grace = client, task_queue, grace
        self._polled: dict[str | None, _Polled] = {}
        self._left: set[asyncio.Task[None]] = set()

    @property
    def runs(self) -> list[asyncio.Task[None]]:
        """One for each queue that is polled; none of them ends before it is left."""
        return [polled.run for polled in self._polled.values()]

    @property
    def providers(self) -> set[str]:
        """Whose queues are polled."""
        return {code for code in self._polled if code is not None}

    def poll(self, provider: str | None, activities: Sequence[Any], per_minute: int | None = None) -> None:
        """Poll the queue of a provider (None: the one of all), or go on polling it at another rate."""
        known = self._polled.get(provider)
        if known is not None and known.per_minute == per_minute:
            return
        if known is not None:
            self.leave(provider)
            # Two workers of one process can't poll one queue. From here on this one does not count.
            known.worker._bridge_worker.initiate_shutdown()
        worker = Worker(
            self._client,
            task_queue=ai_queue(self._task_queue, provider),
            activities=activities,
            graceful_shutdown_timeout=self._grace if provider is None else LONGEST_CALL,
            max_task_queue_activities_per_second=None if per_minute is None else per_minute / 60,
            max_concurrent_activity_task_polls=2,
        )
        self._polled[provider] = _Polled(worker, asyncio.create_task(worker.run()), per_minute)

    def leave(self, provider: str | None) -> None:
        """Take nothing more from a queue; what runs goes on to its end."""
        polled = self._polled.pop(provider, None)
        if polled is None:
            return
        left = asyncio.create_task(polled.worker.shutdown())
        self._left.add(left)
        left.add_done_callback(self._left.discard)
        polled.run.add_done_callback(_told)

    async def end(self, break_off: Callable[[], None]) -> None:
        """Leave every queue; return when nothing runs any more.

        Args:
            break_off: ends the requests that still run when the grace is over.
        """
        for provider in list(self._polled):
            self.leave(provider)
        if self._left:
            _, late = await asyncio.wait(set(self._left), timeout=self._grace.total_seconds())
            if late:
                break_off()
                await asyncio.wait(late)


def _told(run: asyncio.Task[None]) -> None:
    """Whoever watches the runs has heard of an error before the queue was left."""
    if not run.cancelled():
        run.exception()
