"""Strikes a ground with faults and mends them again."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from starter.drill.ground import Ground, send
from starter.drill.house import Mood
from starter.drill.schedule import Fault, FaultKind
from starter.embedded import EmbeddedError
from starter.embedded.processes import ProcessMark

FORGETFUL = {"FIELDCARE_WORKFLOW_CACHE_SIZE": "0"}
READ_ONLY = "default_transaction_read_only = on  # a drill's fault\n"

MOODS = {
    FaultKind.HOUSE_AWAY: Mood.AWAY,
    FaultKind.HOUSE_SLOW: Mood.SLOW,
    FaultKind.HOUSE_FAILS: Mood.FAILS,
    FaultKind.HOUSE_SILENT: Mood.SILENT,
}

AGAIN = 1.0
"""Seconds between two tries to start what has ended by itself."""


@dataclass(slots=True)
class Struck:
    """A fault that struck; times are of the monotonic clock, in seconds."""

    fault: Fault
    struck_at: float
    mended_at: float | None = None
    frozen: list[ProcessMark] = field(default_factory=list)


class Striker:
    """Carries out faults, from the main thread: it starts processes.

    Attributes:
        struck: what has struck so far; a fault that found nothing to strike is not in it.
        missed: how many of those there were.
        restarts: how often something that had ended by itself was started again, as a supervisor would.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._not_before = 0.0
        self._away: set[str] = set()
        self.struck: list[Struck] = []
        self.missed = 0
        self.restarts = 0

    # -- striking ----------------------------------------------------------------------------------------------------

    def strike(self, fault: Fault) -> Struck | None:
        """Let a fault begin. None: there was nothing to strike."""
        struck = Struck(fault, time.monotonic())
        if not self._begin(struck):
            self.missed += 1
            return None
        self.struck.append(struck)
        return struck

    def _begin(self, struck: Struck) -> bool:
        ground, fault = self._ground, struck.fault
        match fault.kind:
            case FaultKind.KILL_WORKER:
                hit = bool(ground.workers.kill(_one(ground.workers.marks, fault)))
                self._away.add("worker")
            case FaultKind.KILL_TEMPORAL:
                hit = ground.kill(ground.temporal())
                self._away.add("engines")
            case FaultKind.KILL_POSTGRES:
                hit = ground.kill(ground.postgres())
                self._away.add("engines")
            case FaultKind.KILL_BACKEND:
                hit = ground.kill(_one(ground.backends(), fault))
            case FaultKind.KILL_STACK:
                ground.workers.kill(ground.workers.marks)
                hit = ground.kill([*ground.temporal(), *ground.postgres()])
                self._away |= {"worker", "engines"}
            case FaultKind.SLOW_DATABASE:
                ground.links.database.delay, hit = fault.delay, True
            case FaultKind.SLOW_TEMPORAL:
                ground.links.temporal.delay, hit = fault.delay, True
            case FaultKind.READ_ONLY:
                hit = self._read_only(on=True)
            case FaultKind.FULL_DISK:
                hit = ground.disk is not None
                if ground.disk is not None:
                    ground.disk.fill()
            case kind if kind in MOODS:
                ground.house.mood, hit = MOODS[kind], True
            case _:
                struck.frozen = ground.freeze(self._to_freeze(fault))
                hit = bool(struck.frozen)
        return hit

    def _to_freeze(self, fault: Fault) -> list[ProcessMark]:
        ground = self._ground
        which: dict[FaultKind, Callable[[], list[ProcessMark]]] = {
            FaultKind.FREEZE_WORKER: lambda: _one(ground.workers.marks, fault),
            FaultKind.FREEZE_TEMPORAL: ground.temporal,
            FaultKind.FREEZE_POSTGRES: ground.postgres,
            FaultKind.FREEZE_BACKEND: lambda: _one(ground.backends(), fault),
            FaultKind.FREEZE_ALL: lambda: [*ground.workers.marks, *ground.temporal(), *ground.postgres()],
        }
        return which[fault.kind]()

    # -- mending -----------------------------------------------------------------------------------------------------

    def mend(self, struck: Struck) -> None:
        """Let a fault end, and return when what was killed runs again."""
        ground, kind = self._ground, struck.fault.kind
        if struck.mended_at is not None:
            return
        ground.thaw(struck.frozen)
        if kind is FaultKind.SLOW_DATABASE:
            ground.links.database.delay = 0.0
        elif kind is FaultKind.SLOW_TEMPORAL:
            ground.links.temporal.delay = 0.0
        elif kind is FaultKind.READ_ONLY:
            self._read_only(on=False)
        elif kind is FaultKind.FULL_DISK and ground.disk is not None:
            ground.disk.empty()
        elif kind in MOODS:
            ground.house.mood = Mood.WELL
        if kind in {FaultKind.KILL_TEMPORAL, FaultKind.KILL_POSTGRES, FaultKind.KILL_STACK, FaultKind.FULL_DISK}:
            self._away.discard("engines")
            with suppress(EmbeddedError):  # tried again while it is looked after
                ground.start_engines()
        if kind in {FaultKind.KILL_WORKER, FaultKind.KILL_STACK}:
            self._away.discard("worker")
            ground.workers.fill_up(FORGETFUL if struck.fault.forgetful else {})
        struck.mended_at = time.monotonic()

    def mend_all(self) -> None:
        """Let every fault end."""
        for struck in self.struck:
            self.mend(struck)

    def look_after(self) -> None:
        """Start again what has ended by itself, as a supervisor does, unless a fault keeps it away."""
        now, ground = time.monotonic(), self._ground
        if now < self._not_before or (ground.disk is not None and ground.disk.is_full):
            return
        self._not_before = now + AGAIN
        stack = ground.stack
        if "engines" not in self._away and (stack.postgres.exited() or stack.temporal.exited()):
            with suppress(EmbeddedError):  # tried again in a moment
                ground.start_engines()
                self.restarts += 1
        if "worker" not in self._away:
            self.restarts += ground.workers.fill_up()

    @asynccontextmanager
    async def looking_after(self) -> AsyncIterator[None]:
        """Look after everything while the block lasts."""

        async def again_and_again() -> None:
            while True:
                self.look_after()
                await asyncio.sleep(AGAIN)

        task = asyncio.create_task(again_and_again())
        try:
            yield
        finally:
            task.cancel()

    def _read_only(self, *, on: bool) -> bool:
        """In a file and with a signal: a connection might be refused, or wait."""
        mark = self._ground.stack.postgres.mark
        if on and (mark is None or not mark.alive()):
            return False  # it would find it in the file when it starts, and nobody would mend it
        path = self._ground.data / "postgresql.conf"
        text = path.read_text().replace(READ_ONLY, "")
        path.write_text(text + READ_ONLY if on else text)
        return mark is not None and send(mark, signal.SIGHUP)


def _one(marks: list[ProcessMark], fault: Fault) -> list[ProcessMark]:
    return [marks[fault.which % len(marks)]] if marks else []
