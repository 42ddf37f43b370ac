"""Waiting for a condition, never for a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

LONGEST_PAUSE = 0.25
"""Seconds."""


def pauses() -> Iterator[float]:
    """How long to wait before each further look: looks are work for whoever is asked, so they get rarer."""
    pause = 0.01
    while True:
        yield pause
        pause = min(1.3 * pause, LONGEST_PAUSE)


async def until(condition: Callable[[], Awaitable[bool]], within: float = 30) -> None:
    """Return soon after `condition` holds.

    Raises:
        TimeoutError: it did not come to hold within so many seconds.
    """
    pause = pauses()
    async with asyncio.timeout(within):
        while not await condition():  # noqa: ASYNC110  # the condition is in another process
            await asyncio.sleep(next(pause))
