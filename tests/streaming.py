"""A server on a port of its own, and streams of events that are read from it as they come."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import uvicorn
from pydantic import SecretStr

from models.settings import Settings
from starter.serving import Server, make_app
from starter.web.engines import Engines
from starter.web.streams import Pace
from tests.waiting import until


@dataclass
class Heard:
    """What has come by a stream so far.

    Attributes:
        comments: how many; they keep it alive.
        over: whether the server has ended it.
    """

    events: list[dict[str, Any]] = field(default_factory=list)
    comments: int = 0
    over: bool = False

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.events if one["event"] == kind]

    async def until(self, kind: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait until so many events of a kind have come."""

        async def there() -> bool:
            return len(self.of(kind)) >= count

        await until(there)
        return self.of(kind)

    async def until_over(self) -> None:
        async def is_over() -> bool:
            return self.over

        await until(is_over)


class Streaming:
    """A server that streams."""

    def __init__(self, port: int, engines: Engines) -> None:
        self.engines = engines
        self.base = f"http://127.0.0.1:{port}/api/v1"

    @asynccontextmanager
    async def hear(self, path: str, token: SecretStr, **headers: str) -> AsyncIterator[Heard]:
        """A stream, read in the background from its first event on."""
        heard = Heard()
        said = {"Authorization": f"Bearer {token.get_secret_value()}", **headers}
        async with (
            httpx2.AsyncClient(timeout=60) as client,
            client.stream("GET", self.base + path, headers=said) as got,
        ):
            assert got.status_code == 200, await got.aread()
            assert got.headers["Content-Type"].startswith("text/event-stream")
            reading = asyncio.create_task(_read(got, heard))
            try:
                await heard.until("ready")
                yield heard
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    async def all(self, path: str, token: SecretStr) -> Heard:
        """A stream that ends by itself, as a whole."""
        async with self.hear(path, token) as heard:
            await heard.until_over()
        return heard


async def _read(answer: httpx2.Response, heard: Heard) -> None:
    event: dict[str, Any] = {}
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if not line:
            if event:
                heard.events.append(event)
            event = {}
        elif name:
            event[name] = json.loads(value) if name == "data" else int(value) if name == "id" else value
        else:
            heard.comments += 1
    heard.over = True


@asynccontextmanager
async def a_streaming_server(settings: Settings, pace: Pace) -> AsyncIterator[Streaming]:
    """A server on loopback, in this process."""
    engines = Engines(settings)
    config = uvicorn.Config(make_app(engines, pace), host="127.0.0.1", port=0, log_config=None, access_log=False)
    server = Server(config, engines)
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    try:
        await until(started)
        yield Streaming(server.servers[0].sockets[0].getsockname()[1], engines)
    finally:
        server.should_exit = True
        await serving
        await engines.aclose()
