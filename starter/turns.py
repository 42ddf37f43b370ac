"""Turns at one ticket: whoever sends it many commands at once waits here, and not before a server that refuses them.

Temporal takes ten updates of one workflow at a time and refuses the eleventh.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

AT_ONCE = 5
"""Commands of one sender under way at one ticket: two such senders fit into Temporal's ten."""


@dataclass(slots=True)
class _Ticket:
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    using: int = 0


class Turns:
    """Who may send to which ticket. First come, first served."""

    def __init__(self) -> None:
        self._tickets: dict[str, _Ticket] = {}

    @asynccontextmanager
    async def at(self, workflow_id: str) -> AsyncIterator[None]:
        """Wait for a turn at the ticket, and have it inside."""
        ticket = self._tickets.setdefault(workflow_id, _Ticket())
        ticket.using += 1
        try:
            async with ticket.places:
                yield
        finally:
            ticket.using -= 1
            if not ticket.using:
                del self._tickets[workflow_id]
