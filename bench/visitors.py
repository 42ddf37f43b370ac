"""`python -m bench.visitors`: one process that asks a server as many people at once, each with a pause in between.

It speaks HTTP/1.1 by hand over one connection a visitor, so that what is measured is the server and not its asker. What
comes in by standard input says whom to ask what; what goes out is every answer's time.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from dataclasses import dataclass

LIST, TICKET = "list", "ticket"


@dataclass(frozen=True, slots=True)
class Visitor:
    """One of them.

    Attributes:
        role: as what they came.
        token: what they show.
    """

    role: str
    token: str


@dataclass(slots=True)
class Answer:
    """One answer.

    Attributes:
        seconds: from the first byte of the question to the last one of the answer.
        status: of HTTP; 0: there was none.
    """

    kind: str
    role: str
    seconds: float
    status: int


class Line:
    """One visitor's connection."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> tuple[int, bytes]:
        """Status and content. A connection that the server has closed is opened again."""
        if self._streams is not None and self._streams[0].at_eof():
            self._close()
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self._token}\r\n\r\n".encode())
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = int(head.partition("content-length:")[2].partition("\r\n")[0])
            content = await reader.readexactly(length)
        except (OSError, EOFError, ValueError):
            self._close()
            raise
        if "connection: close" in head:
            self._close()
        return int(head.split(" ", 2)[1]), content

    def _close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None


async def visit(port: int, visitor: Visitor, pause: float, until: float, answers: list[Answer]) -> None:
    """Look at a list, then at one of its tickets, and so on."""
    line, numbers, chance = Line(port, visitor.token), list[str](), random.Random(visitor.token)
    await asyncio.sleep(chance.uniform(0, pause))
    while time.monotonic() < until:
        kind = TICKET if numbers and chance.random() < 0.5 else LIST
        path = f"/api/v1/tickets/{chance.choice(numbers)}" if kind == TICKET else "/api/v1/tickets?limit=50"
        began, status, content = time.perf_counter(), 0, b""
        try:
            status, content = await asyncio.wait_for(line.get(path), 60)
        except (OSError, EOFError, ValueError, TimeoutError) as error:
            print(f"{visitor.role}: {path}: {error!r}", file=sys.stderr)
        answers.append(Answer(kind, visitor.role, time.perf_counter() - began, status))
        if kind == LIST and status == 200:
            numbers = [one["number"] for one in json.loads(content)["tickets"]]
        await asyncio.sleep(chance.expovariate(1 / pause))


async def visited(asked: dict[str, object]) -> list[Answer]:
    """Everything that was answered to all of them."""
    port, pause, lasts = int(str(asked["port"])), float(str(asked["pause"])), float(str(asked["seconds"]))
    visitors = [Visitor(**one) for one in asked["visitors"]]  # type: ignore[attr-defined]
    answers: list[Answer] = []
    until = time.monotonic() + lasts
    await asyncio.gather(*(visit(port, one, pause, until, answers) for one in visitors))
    return answers


def main() -> None:
    answers = asyncio.run(visited(json.load(sys.stdin)))
    json.dump([[one.kind, one.role, one.seconds, one.status] for one in answers], sys.stdout)


if __name__ == "__main__":
    main()
