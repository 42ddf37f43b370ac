"""Server-sent events: an answer that goes on, to somebody who may go on seeing it."""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from models.database import Database
from models.database_errors import DatabaseUnavailable
from starter.accounts.entering import verify_token
from starter.failures import NotAllowed, NotSignedIn, UnknownTicket
from starter.web.asking import Asking
from starter.web.feed import Feed, woken_within

MEDIA = "text/event-stream"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
BATCH = 100
"""Events that are read at a time: all that is ever kept for somebody who reads slowly."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds.

    Attributes:
        heartbeat: after so much quiet there is a comment, so that both sides know that the other is there.
        check: nothing is sent by rights that were looked at longer ago.
    """

    heartbeat: float = 15.0
    check: float = 45.0


@dataclass(frozen=True, slots=True)
class Sent:
    """One event, at a place from which one can go on."""

    kind: str
    position: int
    document: str

    def __str__(self) -> str:
        return f"id: {self.position}\nevent: {self.kind}\ndata: {self.document}\n\n"


class Stream(ABC):
    """Events for one who asks, from a position on.

    Args:
        position: of the last event that they have.
    """

    watched: UUID | None = None
    """What is waited for, as `Feed.waiting()` takes it."""

    def __init__(self, asked: Asking, feed: Feed, position: int) -> None:
        self._asked, self.feed, self.position = asked, feed, position
        self.database = asked.database
        self.caller = asked.principal.code

    @abstractmethod
    async def allowed(self, database: Database) -> None:
        """Return where whoever asks may go on.

        Raises:
            UnknownTicket, NotAllowed: they may not.
        """

    @abstractmethod
    async def after(self, position: int) -> list[Sent]:
        """The next events, at most `BATCH`; nothing where there is none yet."""

    async def events(self, pace: Pace, lasts: float | None) -> AsyncIterator[str]:
        """What is sent: first the position, so that whoever is cut off knows where to go on.

        Args:
            lasts: seconds after which it ends; None: it does not.
        """
        checked = began = time.monotonic()
        yield str(Sent("ready", self.position, "{}"))
        with self.feed.waiting(self.watched) as woken:
            while not self.feed.ended:
                with suppress(DatabaseUnavailable):  # it comes back, and whoever waits is woken then
                    if time.monotonic() - checked >= pace.check:
                        if (why := await self._checked()) is not None:
                            yield _end(why)
                            return
                        checked = time.monotonic()
                    for one in (found := await self.after(self.position)):
                        yield str(one)
                        self.position = one.position
                        if time.monotonic() - checked >= pace.check:
                            break
                    if found:
                        continue
                left = float("inf") if lasts is None else began + lasts - time.monotonic()
                if left <= 0:
                    return
                due = max(0.0, checked + pace.check - time.monotonic()) or pace.heartbeat
                quiet = min(pace.heartbeat, left, due)
                if not await woken_within(woken, quiet) and quiet == pace.heartbeat:
                    yield ": nothing new\n\n"

    async def _checked(self) -> str | None:
        """Why whoever asks may not go on; None: they may, as what they are now."""
        try:
            principal = await verify_token(self._asked.engines.database, self._asked.token)
            database = self._asked.engines.database_for(principal)
            await self.allowed(database)
        except (NotSignedIn, NotAllowed, UnknownTicket) as failure:
            return failure.code.value
        self.database = database
        return None


class EventResponse(StreamingResponse):
    """The answer; `closed` is called when it is over, however that comes about."""

    def __init__(self, events: AsyncIterator[str], closed: Callable[[], None]) -> None:
        super().__init__(events, media_type=MEDIA, headers=HEADERS)
        self._closed = closed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._closed()


def document(said: Mapping[str, object]) -> str:
    """What an event says, on one line."""
    return json.dumps(said, separators=(",", ":"))


def _end(why: str) -> str:
    return f"event: end\ndata: {document({'code': why})}\n\n"
