"""What a drill is to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from secrets import token_hex


@dataclass(frozen=True, slots=True)
class DrillPlan:
    """One drill.

    Attributes:
        tickets: how many are opened and driven to sign-off; with faults by a seed at least so many.
        concurrency: how many of them at a time.
        worker_processes: workers of a throwaway stack.
        kill_every: `kill -9` a worker process this often, and start another; None never.
        stop_database: stop PostgreSQL in the middle, and start it again after `outage`.
        deadline: the drill ends by then, whatever is unfinished.
        run: names this drill in keys and command ids, so that drills on one database do not meet.
        seed: what faults strike and what people do follows from it; None: people do what is due, and nothing else.
        faults: how many strike, by the seed.
        longest: no fault lasts longer.
        gap: how long after a fault the next one strikes, on average; they may overlap.
        patience: how long people wait for an answer before they give a ticket up.
        keep_histories: folder for histories that do not replay.
    """

    tickets: int
    concurrency: int
    worker_processes: int = 1
    kill_every: timedelta | None = None
    stop_database: bool = False
    outage: timedelta = timedelta(seconds=3)
    deadline: timedelta = timedelta(minutes=10)
    run: str = field(default_factory=lambda: token_hex(4))
    seed: int | None = None
    faults: int = 0
    longest: timedelta = timedelta(seconds=30)
    gap: timedelta = timedelta(seconds=1.5)
    patience: timedelta = timedelta(seconds=150)
    keep_histories: Path | None = None

    @property
    def key_prefix(self) -> str:
        return f"drill-{self.run}-"

    def key(self, number: int) -> str:
        """The idempotency key of the ticket `number`, counted from 1."""
        return f"{self.key_prefix}{number:06d}"

    def description(self, number: int) -> str:
        """What the ticket `number` says; no other ticket says it, which is how a double is found."""
        return f"Drill {self.run}, ticket {number} of {self.tickets}"
