"""The server: HTTP/1.1 by hand, because it has to break it."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType

from tests.ai_server.moves import Breaks, Drops, Fails, Hangs, Move, Says, Waits
from tests.ai_server.protocols import ChatCompletions, Document, Event, Messages, Responses, Speech, error

ROUTES: Mapping[str, tuple[str, Speech]] = {
    "/v1/chat/completions": ("openai", ChatCompletions()),
    "/v1/responses": ("openai", Responses()),
    "/v1/messages": ("anthropic", Messages()),
}
REASONS = {200: "OK", 429: "Too Many Requests", 529: "Overloaded"}


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came; names of headers in small letters."""

    provider: str
    path: str
    headers: Mapping[str, str]
    body: Document


class AiServer:
    """Both providers at one address, from `async with` to its end.

    Each does what it was told to do next (`will`), and what `usually` says when nothing is left.

    Args:
        keys: what it accepts as keys; anything else is answered by 401.
    """

    def __init__(self, keys: tuple[str, ...] = ("sk-test-openai-0001", "sk-ant-test-0001")) -> None:
        self.keys = keys
        self.usually: dict[str, Move] = {"openai": Says("{}"), "anthropic": Says("{}")}
        self.received: list[Received] = []
        self._next: dict[str, deque[Move]] = defaultdict(deque)
        self._where: list[tuple[Callable[[str], bool], str, deque[Move]]] = []
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._arrived = asyncio.Condition()

    @property
    def address(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """The SDKs' own variables that lead here."""
        return {
            "OPENAI_BASE_URL": f"{self.address}/v1",
            "OPENAI_API_KEY": self.keys[0],
            "ANTHROPIC_BASE_URL": self.address,
            "ANTHROPIC_API_KEY": self.keys[1],
        }

    def will(self, provider: str, *moves: Move) -> None:
        """What it does with the next requests."""
        self._next[provider].extend(moves)

    def will_where(self, fits: Callable[[str], bool], provider: str, *moves: Move) -> None:
        """What it does with the next requests whose body, as JSON, fits; they come before all others."""
        self._where.append((fits, provider, deque(moves)))

    def forget(self) -> None:
        """As if nothing had been asked or told."""
        self.received.clear()
        self._next.clear()
        self._where.clear()

    def asked(self, provider: str, fits: Callable[[str], bool] = bool) -> list[Received]:
        """The requests to one provider whose body, as JSON, fits."""
        return [one for one in self.received if one.provider == provider and fits(json.dumps(one.body))]

    async def until_asked(self, provider: str, times: int = 1) -> None:
        """Wait for that many requests to have come."""
        async with asyncio.timeout(30), self._arrived:
            await self._arrived.wait_for(lambda: len(self.asked(provider)) >= times)

    async def __aenter__(self) -> AiServer:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for one in self._connections:
            one.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._connections.discard(task)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Read a request and answer it; whether the connection stays open."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        path = head[0].split(" ")[1].split("?")[0]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = json.loads(await reader.readexactly(int(headers.get("content-length", "0"))) or b"{}")
        if path not in ROUTES:
            await self._other(writer, path, headers)
            return True
        provider, speech = ROUTES[path]
        async with self._arrived:
            self.received.append(Received(provider, path, headers, body))
            self._arrived.notify_all()
        number = len(self.received)
        move = self._move(provider, headers, json.dumps(body))
        if isinstance(move, Waits):
            await asyncio.sleep(move.seconds)
            move = move.then
        named = {("x-request-id" if provider == "openai" else "request-id"): f"req_{number:04d}"}
        if isinstance(move, Says) and move.request_id is not None:
            named = dict.fromkeys(named, move.request_id)
        match move:
            case Says() if body.get("stream"):
                await _stream(writer, named, speech.events(body, move, number))
                if isinstance(speech, ChatCompletions):
                    writer.write(b"data: [DONE]\n\n")
                return False
            case Says():
                await _send(writer, 200, json.dumps(speech.answer(body, move, number)).encode(), named)
            case Fails():
                document = error(provider, move, f"req_{number:04d}")
                await _send(writer, move.status, json.dumps(document).encode(), {**named, **move.headers})
            case Breaks():
                await _send(writer, 200, move.body, {**named, "content-type": move.content_type})
            case Drops(in_the_middle=True):
                writer.write(
                    b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{"id": '
                )
                await writer.drain()
                return False
            case Drops():
                return False
            case Hangs():
                await reader.read()  # ends when the client gives up
                return False
        return True

    async def _other(self, writer: asyncio.StreamWriter, path: str, headers: Mapping[str, str]) -> None:
        """Which models there are; what it is to do with that is told it apart (`will("openai models", …)`)."""
        if path != "/v1/models":
            await _send(writer, 404, json.dumps({"error": {"message": f"no {path}"}}).encode(), {})
            return
        provider = "anthropic" if "anthropic-version" in headers else "openai"
        move = self._move(f"{provider} models", headers)
        if isinstance(move, Fails):
            await _send(writer, move.status, json.dumps(error(provider, move, "req_models")).encode(), move.headers)
            return
        listed = {"object": "list", "data": [], "has_more": False, "first_id": None, "last_id": None}
        await _send(writer, 200, json.dumps(listed).encode(), {})

    def _move(self, provider: str, headers: Mapping[str, str], body: str = "") -> Move:
        given = headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")
        if given not in self.keys:
            # As OpenAI does, with much of the key in its words.
            return Fails(401, f"Incorrect API key provided: {given}. You can find your API key in your account.")
        if provider.startswith("anthropic") and "anthropic-version" not in headers:
            return Fails(400, "anthropic-version: header is required")
        for fits, of, moves in self._where:
            if of == provider and moves and fits(body):
                return moves.popleft()
        waiting = self._next[provider]
        return waiting.popleft() if waiting else self.usually.get(provider, Says("{}"))


async def _send(writer: asyncio.StreamWriter, status: int, body: bytes, headers: Mapping[str, str]) -> None:
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in {"content-type": "application/json", **headers}.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode() + body)
    await writer.drain()


async def _stream(writer: asyncio.StreamWriter, headers: Mapping[str, str], events: Iterable[Event]) -> None:
    lines = ["HTTP/1.1 200 OK", "content-type: text/event-stream", "connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    for name, data in events:
        writer.write((f"event: {name}\n" if name else "").encode() + f"data: {json.dumps(data)}\n\n".encode())
    await writer.drain()
