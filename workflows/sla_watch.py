"""One timer a workflow, at the nearest instant at which anything happens by itself."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime

from temporalio import workflow

from workflows.engine.ticket import TicketEngine


async def watch_clocks(engine: TicketEngine, show_at: Callable[[], datetime | None]) -> None:
    """Return when the engine's next instant has come, when a command has moved it, or when the ticket is over.

    Also when the history has grown long, whatever made it grow: the caller then continues as new. The timer is left
    alone by everything that does not move the nearest instant: each move costs two history events.

    Args:
        show_at: asks when the search attributes are to be brought up to date, if they lag behind; a reason to wake too.
    """

    def next_instant() -> datetime | None:
        return min((one for one in (engine.wake_at(), show_at()) if one is not None), default=None)

    instant = next_instant()
    seen = engine.state.sequence

    def moved() -> bool:
        nonlocal seen
        if workflow.info().is_continue_as_new_suggested():
            return True
        if engine.state.sequence == seen:
            return False
        seen = engine.state.sequence
        return engine.is_over or next_instant() != instant

    if instant is None:
        await workflow.wait_condition(moved)
        return
    summary = _summary(engine) if instant != show_at() else "Search attributes"
    delay = max((instant - workflow.now()).total_seconds(), 0.001)
    with contextlib.suppress(TimeoutError):
        await workflow.wait_condition(moved, timeout=delay, timeout_summary=summary)


def _summary(engine: TicketEngine) -> str:
    """What the Temporal UI shows beside the timer."""
    hold = min(engine.state.holds, key=lambda one: one.resume_at, default=None)
    upcoming = engine.clocks.next_threshold()
    ends = engine.offers.next_end()
    others = [*((hold.resume_at,) if hold is not None else ()), *((upcoming[1].at,) if upcoming is not None else ())]
    if ends is not None and all(ends < one for one in others):
        return "Offer: an engineer's answer"
    if upcoming is None or (hold is not None and hold.resume_at <= upcoming[1].at):
        return f"Hold ends: {hold.reason}" if hold is not None else "Waiting"
    clock, threshold = upcoming
    return f"SLA {clock.name}: {threshold.percent} % of {clock.current_target.total_seconds() / 3600:g} h"
