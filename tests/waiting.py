"""Waiting for a condition, never for a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], Awaitable[bool]], within: float = 30) -> None:
    """Return as soon as `condition` holds.

    Raises:
        TimeoutError: it did not come to hold within so many seconds.
    """
    async with asyncio.timeout(within):
        while not await condition():  # noqa: ASYNC110  # the condition is in another process
            await asyncio.sleep(0.02)
