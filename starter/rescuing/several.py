"""All tickets that are open by the record, rescued side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from starter.rescuing.outcome import Outcome, Verdict
from starter.rescuing.runs import LONGEST_REASON
from starter.watching import Watch

AT_ONCE = 4
"""Tickets that are rescued side by side: workers have other things to do, too."""


async def side_by_side(tickets: Sequence[str], one: Callable[[str], Awaitable[Outcome]], watch: Watch) -> list[Outcome]:
    """What became of each ticket, in their order; where one breaks off, the others go on."""
    limit, done = asyncio.Semaphore(AT_ONCE), 0

    async def limited(ticket: str) -> Outcome:
        nonlocal done
        async with limit:
            try:
                outcome = await one(ticket)
            except Exception as error:  # the others have a right to theirs
                outcome = _failed(ticket, error)
        done += 1
        watch("Tickets", done, len(tickets))
        return outcome

    return list(await asyncio.gather(*(limited(ticket) for ticket in tickets)))


def _failed(number: str, error: Exception) -> Outcome:
    """What one ticket's rescue broke off with; repeating it is safe."""
    said = " ".join(f"{type(error).__name__}: {error}".split())[:LONGEST_REASON]
    sentence = f"The rescue of ticket {number} broke off: {said}. Try it again."
    return Outcome(number, "", Verdict.REFUSED, "not known", sentence)
