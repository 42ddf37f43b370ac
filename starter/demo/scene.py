"""One ticket on the stage: what people do to it, what they are told, and how time goes by."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowHandle
from temporalio.testing import TimeSkipper

from models.contracts.base import Actor, Command
from models.contracts.commands import CommandResult
from models.contracts.intake import FaultReport
from models.contracts.status import StatusReport
from models.contracts.tickets import OpenedTicket, TicketResult
from models.database import Database
from models.records import DiagnosisOnRecord, TicketRecord
from models.sql_functions import SqlFunction
from models.vocabulary import Priority
from models.vocabulary.ai import DiagnosisStatus
from starter.commands import CommandRefused, TicketCommands
from starter.intake import Intake

ADVISED_WITHIN = 30.0
"""Seconds until AI must have been asked."""

STORED_WITHIN = 20.0
"""Seconds until the projection must have what the workflow has."""


class Teller(Protocol):
    """Whoever shows the demo to people."""

    def chapter(self, title: str, about: str) -> None:
        """A new ticket."""

    def step(self, since_report: timedelta | None, who: str, what: str) -> None:
        """Somebody did something, or something happened; at what time after the report (None: at no certain one)."""

    def refusal(self, since_report: timedelta | None, who: str, what: str) -> None:
        """Somebody was refused something."""

    def record(self, record: TicketRecord, problems: Sequence[str]) -> None:
        """The ticket as the database has it, and where that differs from the workflow."""


@dataclass(frozen=True)
class Tools:
    """What every scene works with: the public ways in, and time."""

    skipper: TimeSkipper
    database: Database
    intake: Intake
    commands: TicketCommands
    teller: Teller

    @classmethod
    def of(cls, skipper: TimeSkipper, database: Database, teller: Teller) -> Tools:
        client = skipper.client
        return cls(skipper, database, Intake(client, database), TicketCommands(client), teller)


class Scene:
    """One ticket. Time here is the ticket's own: `skip()` lets it pass in an instant."""

    def __init__(self, tools: Tools, opened: OpenedTicket) -> None:
        self._tools = tools
        self._opened = opened
        self._now = opened.opened_at
        self._numbers = 0

    @classmethod
    async def report(cls, tools: Tools, unit: str, description: str, priority: Priority, reporter: Actor) -> Scene:
        """Somebody reports a fault; the answer comes once the ticket is durable."""
        report = FaultReport(
            unit=unit, description=description, priority=priority, reporter=reporter, key=f"demo-{unit.lower()}"
        )
        opened = (await tools.intake.open(report)).ticket
        tools.teller.step(timedelta(0), reporter.code, f"reports {unit}: {description}")
        tools.teller.step(
            timedelta(0), "fieldcare", f"acknowledges {opened.number}, {opened.priority.value}: {opened.workflow_type}"
        )
        return cls(tools, opened)

    @property
    def number(self) -> str:
        return self._opened.number

    @property
    def now(self) -> datetime:
        """The ticket's time."""
        return self._now

    def command_id(self) -> str:
        """A new command id."""
        self._numbers += 1
        return f"{self._opened.workflow_id}-{self._numbers}"

    async def do(self, command: Command) -> CommandResult:
        """Somebody acts, and is told what came of it."""
        result = await self._tools.commands.send(self._opened.workflow_id, command)
        self._now = result.applied_at
        self._tools.teller.step(self._passed, command.actor.code, result.message)
        return result

    async def try_in_vain(self, command: Command) -> str:
        """Somebody acts and must be refused.

        Raises:
            AssertionError: it was not refused.
        """
        try:
            await self._tools.commands.send(self._opened.workflow_id, command)
        except CommandRefused as refusal:
            self._tools.teller.refusal(self._passed, command.actor.code, refusal.sentence)
            return refusal.sentence
        raise AssertionError(f"{type(command).__name__} by {command.actor.code} was applied; it should be refused")

    async def skip(self, span: timedelta, meanwhile: str) -> None:
        """Let the ticket's time pass."""
        await self._tools.skipper.fast_forward(self._handle, span)
        self._now += span
        self._tools.teller.step(self._passed, "…", meanwhile)

    async def diagnosis(self) -> DiagnosisOnRecord:
        """What AI proposes in the stage that is in progress, with its evidence; the ticket knows of it.

        Raises:
            AssertionError: it proposes nothing, or says nothing in time.
        """
        asked = ""
        try:
            async with asyncio.timeout(ADVISED_WITHIN):
                while "**AI" not in asked:
                    asked = await self._details()
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError("AI was asked for a diagnosis and has said nothing") from None
        proposed = [one for one in (await self.stored()).diagnoses if one.status is DiagnosisStatus.PROPOSED]
        if not proposed:
            raise AssertionError(f"AI proposed no diagnosis: {asked}")
        return proposed[-1]

    def told_by_ai(self, what: str) -> None:
        """Say what AI proposes."""
        self._tools.teller.step(self._passed, "AI", what)

    def note(self, what: str) -> None:
        """Say what happened by itself."""
        self._tools.teller.step(self._passed, "fieldcare", what)

    async def status(self) -> StatusReport:
        """The live state, from the workflow."""
        return await self._tools.commands.status(self._opened.workflow_id)

    async def stored(self) -> TicketRecord:
        """The database's record, once it has caught up with the workflow.

        Raises:
            TimeoutError: it does not.
        """
        async with asyncio.timeout(STORED_WITHIN):
            while (live := await self.status()).stored < live.sequence:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return TicketRecord.parse(await self._tools.database.call(SqlFunction.GET_TICKET, self._opened.workflow_id))

    async def result(self) -> TicketResult:
        """What the workflow returned."""
        async with asyncio.timeout(STORED_WITHIN):
            return await self._handle.result()

    async def _details(self) -> str:
        """What the Temporal UI says of the ticket."""
        told: WorkflowMetadata = await self._handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
        return told.current_details

    @property
    def _handle(self) -> WorkflowHandle[Any, TicketResult]:
        return self._tools.skipper.client.get_workflow_handle(self._opened.workflow_id, result_type=TicketResult)

    @property
    def _passed(self) -> timedelta:
        return self._now - self._opened.opened_at
