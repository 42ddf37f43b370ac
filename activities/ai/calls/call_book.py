"""The book of AI calls in PostgreSQL."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from pydantic import TypeAdapter

from activities.ai.calls.book import Answered, CallBegin, CircuitPolicy, Granted, NotGranted, Prepared, Recorded
from models.contracts.ai import AiQuestion
from models.database import Database, DatabaseRefused, DatabaseUnavailable
from models.sql_functions import SqlFunction

PATIENCE = timedelta(seconds=10)
"""How long a database that is away is waited for within the activity: an answer that was paid for is at stake."""

_VERDICT: TypeAdapter[Granted | Answered | NotGranted] = TypeAdapter(Granted | Answered | NotGranted)

Done = TypeVar("Done")

log = logging.getLogger(__name__)


class CallBook:
    """The book in PostgreSQL. It may be asked and told the same thing again at any time."""

    def __init__(self, database: Database, policy: CircuitPolicy) -> None:
        self._database = database
        self.policy = policy

    async def look_up(self, question: AiQuestion, configured: Sequence[str]) -> Prepared:
        """One round trip."""
        order, pictures = list(question.providers), bool(question.pictures)
        found = await self._database.call(
            SqlFunction.PREPARE_AI_QUESTION, question.task.value, list(configured), order, pictures, question.ticket_id
        )
        return Prepared.model_validate_json(found)

    async def begin(self, call: CallBegin) -> Granted | Answered | NotGranted:
        """One round trip; more while the database is away, for `PATIENCE`."""
        document = call.model_dump_json()
        return _VERDICT.validate_json(
            await self._patiently(lambda: self._database.call(SqlFunction.BEGIN_AI_CALL, document))
        )

    async def record(self, call_end: str) -> Recorded:
        """One round trip; more while the database is away, for `PATIENCE`."""
        try:
            return await self._patiently(lambda: self.write(call_end))
        except DatabaseUnavailable:
            return Recorded.AWAY

    async def write(self, call_end: str) -> Recorded:
        """One round trip.

        Raises:
            DatabaseUnavailable: try again.
        """
        try:
            await self._database.call(SqlFunction.RECORD_AI_CALL, call_end)
        except DatabaseRefused as error:
            # Its words may be a reporter's or a model's, so only their kind is told.
            log.error("The record of an AI call was refused: %s", type(error.__cause__ or error).__name__)
            return Recorded.REFUSED
        return Recorded.DONE

    async def _patiently(self, work: Callable[[], Awaitable[Done]]) -> Done:
        loop = asyncio.get_running_loop()
        until, pause = loop.time() + PATIENCE.total_seconds(), 0.1
        while True:
            try:
                return await work()
            except DatabaseUnavailable:
                if loop.time() + pause > until:
                    raise
                await asyncio.sleep(pause)
                pause = min(2 * pause, 2.0)
