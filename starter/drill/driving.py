"""The driver in a thread and event loop of its own, so that the main thread is free to start, stop and kill."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar

from temporalio.client import Client
from temporalio.service import RPCError

from models.database import Database
from models.identity import TICKETS_QUEUE
from starter.client import connect, register_search_attributes
from starter.drill.driver import Driver
from starter.drill.plan import DrillPlan
from starter.drill.processors import Parts, processor_seconds, since
from starter.pollers import wait_for_workers

POOL = 8
"""Connections of the driver: intake reads one line a ticket."""

ENDED_WITHIN = 10.0

Driving_ = TypeVar("Driving_", bound=Driver)


class Driving(threading.Thread, Generic[Driving_]):
    """Drives as soon as somebody serves tickets. Leaving the context stops it.

    Attributes:
        driver: there once it drives.
        error: what ended it, if something did.
        seconds: how long it drove.
        processors: the processor time that was used meanwhile, in seconds by part.

    Args:
        parts: whose processor time is wanted.
    """

    def __init__(
        self,
        plan: DrillPlan,
        url: str,
        address: str | None,
        make: Callable[[DrillPlan, Client, Database], Driving_],
        parts: Callable[[], Parts] = dict,
    ) -> None:
        super().__init__(name="drill", daemon=True)
        self._plan = plan
        self._url = url
        self._address = address
        self._make = make
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopped = False
        self.driver: Driving_ | None = None
        self.error: BaseException | None = None
        self.seconds = 0.0
        self.processors: dict[str, float] = {}
        self._parts = parts

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End it, whatever it is doing."""
        loop, task = self._loop, self._task
        self._stopped = True
        if self.is_alive() and loop is not None and task is not None:
            loop.call_soon_threadsafe(task.cancel)
        self.join(ENDED_WITHIN)

    def done(self) -> Driving_:
        """The driver, after its work.

        Raises:
            what ended it, if something did.
        """
        if self.error is not None:
            raise self.error
        if self.driver is None:
            raise AssertionError("a driving thread that ends without an error had a driver")
        return self.driver

    def run(self) -> None:
        try:
            asyncio.run(self._work())
        except asyncio.CancelledError as error:
            self.error = None if self._stopped else error
        except BaseException as error:
            self.error = error  # raised again by who started us

    async def _work(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        self._loop.set_exception_handler(_without_leftovers)
        client = await connect(self._address)
        await register_search_attributes(client)
        await wait_for_workers(client, TICKETS_QUEUE)
        database, started = Database(self._url, pool_size=POOL), time.monotonic()
        used = processor_seconds(self._parts())
        try:
            self.driver = self._make(self._plan, client, database)
            await self.driver.drive_until_deadline()
        finally:
            self.seconds = time.monotonic() - started
            self.processors = since(used, processor_seconds(self._parts()))
            await database.aclose()


def _without_leftovers(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The loop's own report, without what the SDK leaves behind when a call of it is cancelled, or is tried again."""
    if not isinstance(context.get("exception"), asyncio.CancelledError | RPCError):
        loop.default_exception_handler(context)
