"""Processor time by part: it says what a ticket costs, and swings less than what the clock says of a busy machine."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

Parts = Mapping[str, Iterable[int]]
"""Process ids by the name of the part; its child processes belong to it."""

DRIVER = "driver"


def parts_of(postgres_pid: int, temporal_pid: int, workers: Iterable[int]) -> dict[str, list[int]]:
    """The parts of a throwaway stack, with this process as its driver."""
    return {"Temporal": [temporal_pid], "worker": [*workers], "PostgreSQL": [postgres_pid], DRIVER: [os.getpid()]}


def processor_seconds(parts: Parts) -> dict[str, float]:
    """User and system time of each part since its start, in seconds. A part whose processes have ended counts nothing.

    The driver's children are the other parts, so it counts without them.
    """
    return {name: sum(_seconds(pid, deep=name != DRIVER) for pid in pids) for name, pids in parts.items()}


def since(before: Mapping[str, float], now: Mapping[str, float]) -> dict[str, float]:
    """What was used in between. A process that was killed has taken its time with it: never below nothing."""
    return {name: max(seconds - before.get(name, 0.0), 0.0) for name, seconds in now.items()}


def per_ticket(seconds: Mapping[str, float], tickets: int) -> dict[str, float]:
    """Milliseconds a ticket, by part."""
    return {name: 1000 * used / tickets for name, used in seconds.items()} if tickets else {}


def _seconds(pid: int, *, deep: bool) -> float:
    import psutil  # type: ignore[import-untyped, unused-ignore]

    try:
        process = psutil.Process(pid)
        used = process.cpu_times()
        total: float = used.user + used.system
        if deep:  # children that have ended are in the parent's figures, where the system keeps them
            total += getattr(used, "children_user", 0.0) + getattr(used, "children_system", 0.0)
            total += sum(_seconds(child.pid, deep=True) for child in process.children())
    except psutil.Error:
        return 0.0
    return total
