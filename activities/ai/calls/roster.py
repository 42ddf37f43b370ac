"""The providers that a process can ask, as the rows of `ai_providers` say at the moment."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Any

from activities.ai.calls.queues import LONGEST_CALL
from activities.ai.providers.configured import Configured
from activities.ai.providers.protocol import AiProvider

ASKED_BY = ("active", "api_key_variable", "api_base_url")
"""Columns that make another provider of a row. A rate limit belongs to its queue, order and models to the database."""

log = logging.getLogger(__name__)


class Roster:
    """Keeps a mapping of providers in step with the rows.

    Args:
        providers: by code; changed in place. Whoever has taken one from it may go on with that one.
        configure: makes the providers of rows, as `configured_providers()` does.
    """

    def __init__(
        self,
        providers: MutableMapping[str, AiProvider],
        configure: Callable[[Sequence[Mapping[str, Any]]], Configured],
    ) -> None:
        self._providers, self._configure = providers, configure
        self._closing: set[asyncio.Task[None]] = set()

    async def follow(self, seen: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        """Make of the mapping what `rows` say, where they differ from those `seen`; returns the faults, by code."""
        before = {row["code"]: _asked_by(row) for row in seen}
        changed = [row for row in rows if before.get(row["code"]) != _asked_by(row)]
        gone = before.keys() - {row["code"] for row in rows}
        if not (changed or gone):
            return {}
        # In a thread: an SDK takes more than a second to load, and tickets are served meanwhile.
        found, faults = await asyncio.to_thread(self._configure, changed)
        for code in gone | {row["code"] for row in changed}:
            old, new = self._providers.pop(code, None), found.get(code)
            if new is not None:
                self._providers[code] = new
            if old is not None:
                self._close_later(old)
            if seen and (old is not None or new is not None):
                log.info("AI provider %s %s", code, "is asked as its row says now" if new else "is not asked any more")
        return faults

    async def aclose(self) -> None:
        """Close every provider; nothing runs any more."""
        for closing in list(self._closing):
            closing.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)
        for provider in self._providers.values():
            await provider.aclose()

    def _close_later(self, provider: AiProvider) -> None:
        """Close it when no request of it can run any more."""

        async def close() -> None:
            try:
                await asyncio.sleep(LONGEST_CALL.total_seconds())
            finally:
                await provider.aclose()

        closing = asyncio.create_task(close())
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)


def _asked_by(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ASKED_BY)
