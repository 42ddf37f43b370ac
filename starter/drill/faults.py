"""What a drill does to its stack while tickets are on their way."""

from __future__ import annotations

import time

from starter.drill.account import Account
from starter.drill.plan import DrillPlan
from starter.embedded import Stack
from starter.embedded.workers import Workers

FIRST_KILL = 0.1
DATABASE_STOP = 0.4
"""At which share of the acknowledged commands each fault strikes first: always in the middle of the work."""

COMMANDS_A_TICKET = 6


class Faults:
    """Strikes when it is time; `tick()` is called from the main thread, over and over."""

    def __init__(self, plan: DrillPlan, stack: Stack, workers: Workers) -> None:
        self._plan = plan
        self._stack = stack
        self._workers = workers
        self._next_kill: float | None = None
        self._acknowledged = -1
        """When the last worker was killed."""
        self.database_stops = 0
        stack.postgres.keep_port()  # the others know the address

    def tick(self, account: Account) -> None:
        """Kill a worker, or stop the database and start it again, if it is time for that."""
        share = account.acknowledged / (self._plan.tickets * COMMANDS_A_TICKET)
        if self._plan.kill_every is not None and share >= FIRST_KILL:
            self._strike_workers(account.acknowledged, self._plan.kill_every.total_seconds())
        if self._plan.stop_database and not self.database_stops and share >= DATABASE_STOP:
            self.database_stops += 1
            self._stop_database()

    def _strike_workers(self, acknowledged: int, every: float) -> None:
        """Kill one so long after work went on since the last: on a busy machine one may take longer to start."""
        now = time.monotonic()
        if self._next_kill is None and acknowledged > self._acknowledged:
            self._next_kill = now if self._acknowledged < 0 else now + every
        if self._next_kill is not None and now >= self._next_kill:
            self._workers.kill_one()
            self._next_kill, self._acknowledged = None, acknowledged

    def _stop_database(self) -> None:
        """As a crash would: no goodbye to anybody. The start after it recovers from the log."""
        self._stack.postgres.stop()
        self._stack.note()
        time.sleep(self._plan.outage.total_seconds())
        self._stack.postgres.start()
        self._stack.note()
