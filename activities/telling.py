"""Telling whoever listens to the database that tickets have moved, after that was committed.

It is a hint and may be lost: whoever listens looks at the record now and then all the same. A NOTIFY in the writing
transaction could not be lost, and would hold a lock of the whole cluster until its commit is on disk: every write of
every ticket would wait for the one before (docs/adr/0033).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING
from uuid import UUID

from models.sql_functions import SqlFunction

if TYPE_CHECKING:  # workflows import activities for their signatures and must not reach SQLAlchemy
    from models.database import Database

GATHERS = 0.1
"""Seconds for which hints are gathered: many tickets are one call."""

AT_ONCE = 1000

logger = logging.getLogger(__name__)


class Teller:
    """Tells of tickets that have moved, in the background."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._moved: dict[UUID, int] = {}
        self._telling: asyncio.Task[None] | None = None

    def moved(self, ticket: UUID, sequence: int) -> None:
        """A ticket's record reaches this fact now."""
        self._moved[ticket] = sequence
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        from models.database_errors import DatabaseError  # it loads the driver, which no workflow may reach

        while self._moved:
            await asyncio.sleep(GATHERS)
            taken = [self._moved.popitem() for _ in range(min(len(self._moved), AT_ONCE))]
            try:
                await self._database.call(SqlFunction.TELL_MOVES, [f"{ticket} {number}" for ticket, number in taken])
            except DatabaseError as error:
                logger.debug("nobody was told that %s tickets have moved: %s", len(taken), error)
