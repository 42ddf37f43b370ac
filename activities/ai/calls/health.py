"""Health checks: a provider whose circuit is open is looked after, so that it costs checks and not tickets.

Shortly before an open circuit would let a ticket try, the provider is asked for its list of models, which costs
nothing. If it does not answer, the circuit stays open for another while; if it does, the next ticket may try.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from activities.ai.providers.errors import AiError
from activities.ai.providers.protocol import AiProvider
from models.database import Database, DatabaseError
from models.sql_functions import SqlFunction
from models.vocabulary.ai import CircuitState

WITHIN = timedelta(seconds=10)
"""What a check may take."""

log = logging.getLogger(__name__)


class HealthChecks:
    """Checks providers for as long as `run()` runs.

    Args:
        providers: those that this process can ask, by code, at the moment.
        cool_down: for how long a failed check keeps a circuit open. Twice in that time is looked.
    """

    def __init__(self, database: Database, providers: Mapping[str, AiProvider], cool_down: timedelta) -> None:
        self._database, self._providers, self._cool_down = database, providers, cool_down
        self._every = cool_down / 2

    async def run(self) -> None:
        """Look again and again, until it is cancelled. It raises nothing else."""
        while True:
            await asyncio.sleep(self._every.total_seconds())
            try:
                await self.look()
            except DatabaseError as error:
                log.warning("AI providers are not checked: %s", error)
            except Exception:
                log.exception("A check of AI providers failed; there will be another one")

    async def look(self, now: datetime | None = None) -> None:
        """Check the providers whose circuit is about to let a ticket try.

        Args:
            now: the database's time; unset: this machine's, for its own is near enough.

        Raises:
            DatabaseError: the database is away.
        """
        soon = (now or datetime.now(UTC)) + self._every
        rows = await self._database.rows(SqlFunction.LIST_AI_PROVIDERS)
        due = [row["code"] for row in rows if row["code"] in self._providers and _is_due(row, soon)]
        await asyncio.gather(*(self._check(code, self._providers[code]) for code in due))

    async def _check(self, code: str, provider: AiProvider) -> None:
        fault = await fault_of(provider, WITHIN)
        log.info("AI provider %s: %s", code, "answers again" if fault is None else fault)
        await self._database.call(SqlFunction.RECORD_AI_CHECK, code, fault, self._cool_down)


async def fault_of(provider: AiProvider, within: timedelta) -> str | None:
    """Why a provider can't be used, in a sentence; None: it answers."""
    try:
        await provider.check(within)
    except AiError as error:
        return str(error)
    return None


def _is_due(row: Mapping[str, Any], soon: datetime) -> bool:
    return row["circuit"] == CircuitState.OPEN and (row["circuit_retry_at"] is None or row["circuit_retry_at"] <= soon)
