"""Another house that is told of a drill's tickets by webhooks: a receiver on loopback, which has its own bad days."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Self

from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from models.database import Database
from models.principals import Grant
from models.settings import Settings
from models.vocabulary.accounts import AccountRole
from starter.accounts.managing import add_account
from starter.embedded.processes import LOOPBACK
from starter.webhooks.managing import Hand, add

NAME = "drill"
SLOWLY = 3.0
"""Seconds after which a slow house answers: less than deliveries wait."""

TRIES = (*(1 for _ in range(10)), *(5 for _ in range(40)))
"""Seconds after which an event is sent again: a drill is over before the days of other endpoints are."""

_READY_WITHIN = 10.0


class Mood(StrEnum):
    """What becomes of a delivery that comes to the house."""

    WELL = "well"
    AWAY = "away"
    """The connection breaks."""
    SLOW = "slow"
    FAILS = "fails"
    """It is answered with an error of theirs."""
    SILENT = "silent"
    """It is never answered."""


@dataclass(frozen=True, slots=True)
class Told:
    """A delivery that the house has taken: its own id, and which event of which ticket it is."""

    id: str
    number: str
    kind: str
    sequence: int


class OtherHouse:
    """The receiver, in a thread of its own while the context is open: nobody else's standing still stops it.

    Attributes:
        mood: may be set at any time and from any thread; it holds for what comes then.
        port: where it listens.
        told: what it has taken, in the order in which it came, as often as it came.
        unsigned: what came without a signature that holds, as sentences.
    """

    def __init__(self) -> None:
        self.mood = Mood.WELL
        self.port = 0
        self.told: list[Told] = []
        self.unsigned: list[str] = []
        self._webhook: Webhook | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._over: asyncio.Event | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="other house", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(_READY_WITHIN):
            raise AssertionError("a socket on loopback is open at once")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None and self._over is not None:
            self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(_READY_WITHIN)

    @property
    def host(self) -> str:
        """As `FIELDCARE_WEBHOOK_HOSTS` has to name it: it is inside, where nothing is sent otherwise."""
        return f"{LOOPBACK}:{self.port}"

    async def subscribe(self, owner_url: str) -> None:
        """From now on it is told of every ticket."""
        owner = Database(owner_url, pool_size=1)
        try:
            account = await add_account(owner, NAME, "A drill", [Grant(AccountRole.COORDINATOR)], by=NAME)
            address, allowed = f"http://{self.host}/events", Settings(webhook_hosts=self.host)
            secret = await add(Hand(owner, NAME), allowed, NAME, address, account=account, retry_after=TRIES)
        finally:
            await owner.aclose()
        self.verify_with(Webhook(secret.get_secret_value()))

    def verify_with(self, webhook: Webhook) -> None:
        """What comes from now on has to be signed with that secret."""
        self._webhook = webhook

    def events_of(self, number: str) -> list[tuple[str, int]]:
        """Kind and sequence number of what it was told of a ticket, each delivery once, as it came first."""
        first: dict[str, tuple[str, int]] = {}
        for one in self.told:
            if one.number == number:
                first.setdefault(one.id, (one.kind, one.sequence))
        return [*first.values()]

    def twice(self) -> Sequence[str]:
        """Events that came under more than one id, as sentences: who has seen the id could not tell."""
        ids: dict[tuple[str, int], set[str]] = defaultdict(set)
        for one in self.told:
            ids[one.number, one.sequence].add(one.id)
        return [
            f"{number}: event {sequence} came as {len(named)} deliveries"
            for (number, sequence), named in ids.items()
            if len(named) > 1
        ]

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(lambda *_: None)  # connections break here on purpose
        server = await asyncio.start_server(self._answer, LOOPBACK, 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            self._ready.set()
            await self._over.wait()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, OSError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
                body = await reader.readexactly(int(headers["content-length"]))
                mood = self.mood
                if mood is Mood.AWAY:
                    break
                if mood is Mood.SILENT:
                    await reader.read()
                    break
                if mood is Mood.SLOW:
                    await asyncio.sleep(SLOWLY)
                taken = mood is not Mood.FAILS and self._take(headers, body)
                status = b"204 Taken" if taken else b"500 Failed\r\nContent-Length: 0"
                writer.write(b"HTTP/1.1 " + status + b"\r\n\r\n")
                await writer.drain()
        writer.transport.abort()

    def _take(self, headers: dict[str, str], body: bytes) -> bool:
        """Whether it holds: as any receiver would look at it."""
        try:
            if self._webhook is not None:
                self._webhook.verify(body, headers)
        except WebhookVerificationError as error:
            self.unsigned.append(f"{headers.get('webhook-id')} came without a signature that holds: {error}")
            return False
        said = json.loads(body)
        data = said["data"]
        self.told.append(Told(headers["webhook-id"], data["number"], said["type"], data["sequence"]))
        return True
