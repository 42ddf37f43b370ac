"""Another house that is told of events: a real HTTP server on loopback, which answers as a test wants it to."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from tests.waiting import until


@dataclass
class Message:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def said(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document

    def is_signed_with(self, secret: str) -> bool:
        """As a receiver would look at it."""
        try:
            Webhook(secret).verify(self.body, self.headers)
        except WebhookVerificationError:
            return False
        return True


@dataclass
class Receiver:
    """What has come, and what is answered.

    Attributes:
        status: of the answers.
        accepted: what was answered with 2xx; the other house has that.
        came: all of it.
    """

    port: int = 0
    status: int = 204
    headers: str = ""
    answer: bytes = b""
    hangs: bool = False
    came: list[Message] = field(default_factory=list)
    accepted: list[Message] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks?of=fieldcare"

    def told(self, number: str) -> list[tuple[str, int]]:
        """Kinds and sequence numbers of what it was told of a ticket, each id once, as they came first."""
        found: dict[str, tuple[str, int]] = {}
        for one in self.accepted:
            if one.said["data"]["number"] == number:
                found.setdefault(one.id, (one.said["type"], one.said["data"]["sequence"]))
        return [*found.values()]

    async def until_told(self, number: str, kind: str) -> None:
        async def there() -> bool:
            return kind in {told for told, _ in self.told(number)}

        await until(there)

    async def until_tried(self, times: int) -> None:
        async def there() -> bool:
            return len(self.came) >= times

        await until(there)

    def tries(self) -> dict[str, int]:
        """How often each id has come."""
        counted: dict[str, int] = defaultdict(int)
        for one in self.came:
            counted[one.id] += 1
        return counted

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, OSError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode().strip().split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                message = Message(first.split(" ")[1], headers, body)
                self.came.append(message)
                if self.hangs:
                    await reader.read()
                    break
                if 200 <= self.status < 300:
                    self.accepted.append(message)
                length = f"Content-Length: {len(self.answer)}\r\n" if self.status != 204 else ""
                writer.write(f"HTTP/1.1 {self.status} As asked\r\n{self.headers}{length}\r\n".encode() + self.answer)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def a_receiver() -> AsyncIterator[Receiver]:
    """A receiver that listens."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    async with server:
        yield receiver
