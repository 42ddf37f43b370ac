"""Who reports in a file: as the registry knows them, else as the file's own people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from models.contracts.base import Actor
from models.contracts.intake import FaultReport
from models.database import Database
from starter.lookups import as_known

Answer = TypeVar("Answer")


class KnownReporters(Generic[Answer]):
    """Opens tickets by reporters in the capacity in which they are known; each is looked up once."""

    def __init__(self, open_ticket: Callable[[FaultReport], Awaitable[Answer]], database: Database) -> None:
        self._open_ticket = open_ticket
        self._database = database
        self._known: dict[Actor, Actor] = {}

    async def open(self, report: FaultReport) -> Answer:
        """Open a ticket, as `Intake.open()` does, and raise what that raises."""
        if report.reporter not in self._known:
            self._known[report.reporter] = await as_known(self._database, report.reporter)
        return await self._open_ticket(report.model_copy(update={"reporter": self._known[report.reporter]}))
