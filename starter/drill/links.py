"""Links to the engines that can be made slow: TCP by way of this process, each byte held back for a while."""

from __future__ import annotations

import asyncio
import threading
import time
from types import TracebackType
from typing import Self

from starter.embedded.processes import LOOPBACK

CHUNK = 64 * 1024
ON_THE_WAY = 256
"""Chunks that a slow link holds before it reads no further."""

_READY_WITHIN = 10.0


class Link:
    """One way to one server. `delay` may be set at any time and from any thread; it holds for what comes then.

    Attributes:
        delay: seconds by which each direction is behind.
        port: where it listens.
    """

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self.delay = 0.0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._accept, LOOPBACK, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(LOOPBACK, self.target_port)
        except OSError:
            writer.transport.abort()
            return
        task = asyncio.create_task(self._join((reader, far_writer), (far_reader, writer)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _join(self, *ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        """Carry both directions until each has ended, or one has broken."""
        try:
            async with asyncio.TaskGroup() as both:
                for source, sink in ways:
                    both.create_task(self._carry(source, sink))
        except* OSError:
            pass
        finally:
            for _, sink in ways:
                sink.close()

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Carry one direction, in order, and let its end be heard."""
        line: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(ON_THE_WAY)
        async with asyncio.TaskGroup() as way:
            way.create_task(_deliver(line, sink))
            data = b"-"
            while data:
                data = await source.read(CHUNK)
                await line.put((time.monotonic() + self.delay, data))


async def _deliver(line: asyncio.Queue[tuple[float, bytes]], sink: asyncio.StreamWriter) -> None:
    while True:
        due, data = await line.get()
        if (wait := due - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        if not data:
            sink.write_eof()
            return
        sink.write(data)
        await sink.drain()


class Links:
    """A link to Temporal and one to PostgreSQL, in a thread of their own while the context is open."""

    def __init__(self, *, temporal_port: int, postgres_port: int) -> None:
        self.temporal = Link(temporal_port)
        self.database = Link(postgres_port)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._over: asyncio.Event | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="links", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(_READY_WITHIN):
            raise AssertionError("two sockets on loopback are open at once")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None and self._over is not None:
            self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(_READY_WITHIN)

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(lambda *_: None)  # connections break here on purpose
        try:
            for link in (self.temporal, self.database):
                await link.open()
            self._ready.set()
            await self._over.wait()
        finally:
            for link in (self.temporal, self.database):
                await link.close()
