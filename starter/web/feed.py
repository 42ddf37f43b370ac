"""What has moved, as the database tells it: one connection of a server that listens, and everybody who waits for it.

A notification says only that there may be something, and may be lost: the trail is looked at every few seconds all the
same. Whoever waits is woken and reads the record, from where they are. So nothing is missed, and nothing is kept for
anybody who is slow.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

from activities.horizon import settled_entry
from models.database import Database
from models.database_errors import DatabaseError
from models.identity import RECORD_CHANNEL
from models.sql_functions import SqlFunction

GATHERS = 0.05
"""Seconds for which news are gathered before the trail is looked at: a busy moment is one look."""

LOOKS = 3.0
"""Seconds after which the trail is looked at even if nobody has told anything."""

MOST_MOVES = 1000
"""Moves among which those are looked for who wait; after more of them everybody is woken."""

SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between two tries to connect."""

logger = logging.getLogger(__name__)


class Feed:
    """Wakes whoever waits for a ticket, or for all of them. `aclose()` it at the end.

    It connects when somebody waits for the first time.

    Attributes:
        settled: the entry of the audit trail up to which all is there; None: nobody knows yet.
        ended: whether the server is about to stop: what waits for news ends.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[UUID | None, set[asyncio.Event]] = defaultdict(set)
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.settled: int | None = None
        self.ended = False

    @contextmanager
    def waiting(self, ticket: UUID | None = None) -> Iterator[asyncio.Event]:
        """An event that is set when a ticket has moved, or may have; for all of them, when `settled` has risen."""
        self._start()
        woken = asyncio.Event()
        self._waiting[ticket].add(woken)
        try:
            yield woken
        finally:
            self._waiting[ticket].discard(woken)
            if not self._waiting[ticket]:
                del self._waiting[ticket]

    async def reach(self) -> int:
        """The entry up to which all is there, of now."""
        if self.settled is None:
            self.settled = await settled_entry(self._database)
        return self.settled

    def end(self) -> None:
        """Let everything that waits for news end."""
        self.ended = True
        self._wake_all()

    async def aclose(self) -> None:
        """End, and close the connection."""
        self.end()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self) -> None:
        if not self._tasks and not self.ended:
            self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._settle())]

    async def _listen(self) -> None:
        """Listen, again and again. That it fails is no error of whoever waits: they look when it works again."""
        pause = SHORTEST_PAUSE

        def begun() -> None:
            nonlocal pause
            pause = SHORTEST_PAUSE
            self._news.set()
            self._wake_all()  # what came while nobody listened

        while True:
            try:
                await self._database.listen([RECORD_CHANNEL], self._heard, begun)
            except DatabaseError as error:
                logger.warning("nobody tells what has moved: %s", error)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _settle(self) -> None:
        while True:
            await woken_within(self._news, LOOKS)
            await asyncio.sleep(GATHERS)
            self._news.clear()
            try:
                await self._look()
            except DatabaseError as error:
                logger.warning("nobody tells how far the audit trail reaches: %s", error)

    async def _look(self) -> None:
        """How far the trail reaches, and for whom there may be something: also of what nobody has told."""
        before, self.settled = self.settled, await settled_entry(self._database)
        if before is None or self.settled < before:
            self._wake_all()
        elif self.settled > before:
            rows = await self._database.rows(SqlFunction.READ_MOVES, before, self.settled, MOST_MOVES, None)
            if len(rows) == MOST_MOVES:
                self._wake_all()
            for one in {None, *(row["ticket_id"] for row in rows)}:
                self._wake(one)

    def _heard(self, payload: str) -> None:
        with suppress(ValueError):
            self._wake(UUID(payload.partition(" ")[0]))
        self._news.set()

    def _wake(self, ticket: UUID | None) -> None:
        for woken in self._waiting.get(ticket, ()):
            woken.set()

    def _wake_all(self) -> None:
        for ticket in self._waiting:
            self._wake(ticket)


async def woken_within(woken: asyncio.Event, seconds: float) -> bool:
    """Whether an event was set within so many seconds; it is cleared then."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await woken.wait()
    was = woken.is_set()
    woken.clear()
    return was
