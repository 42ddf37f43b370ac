"""Drives real tickets: on the real server, with time that is skipped, against the real database."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowHandle
from temporalio.testing import TimeSkipper

from models.contracts.base import Command
from models.contracts.commands import CommandResult
from models.contracts.intake import Acknowledgement, FaultReport
from models.contracts.status import StatusReport
from models.contracts.tickets import TicketResult
from models.database import Database
from models.sql_functions import SqlFunction
from models.vocabulary.tickets import Priority
from starter.commands import TicketCommands
from starter.intake import Intake
from tests.factories import NURSE, assign, complete
from tests.waiting import until

STANDARD_STAGES = (
    "remote_diagnosis",
    "parts_identification",
    "parts_procurement",
    "onsite_repair",
    "completion_sign_off",
)


class Field:
    """A service and its way in."""

    def __init__(
        self, skipper: TimeSkipper, database: Database, task_queue: str, owner: Database | None = None
    ) -> None:
        self.skipper = skipper
        self.client = skipper.client
        self.database = database
        self.owner = owner or database
        """For what an operator changes, or somebody behind the program's back: workers may not."""
        self.task_queue = task_queue
        self.intake = Intake(skipper.client, database, task_queue=task_queue)
        self.commands = TicketCommands(skipper.client)

    async def report(self, unit: str = "VENT-ICU-001", key: str | None = None, **fields: Any) -> Acknowledgement:
        given: dict[str, Any] = {"description": "Alarm: flow sensor", "priority": Priority.P2, "reporter": NURSE}
        return await self.intake.open(FaultReport(unit=unit, key=key, **{**given, **fields}))

    async def open(self, unit: str = "VENT-ICU-001", engineer: str | None = "ENG-004") -> Ticket:
        """A ticket, with an engineer on every stage that they may do."""
        opened = await self.report(unit, key=f"test-{uuid4().hex[:12]}")
        ticket = Ticket(self, opened.ticket.workflow_id, opened.ticket.number)
        if engineer is not None:
            await ticket.do(assign(engineer))
        return ticket

    async def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        """Read with SQL."""
        async with self.database.session() as session:
            connection = await session.connection()
            result = await connection.execute(text(statement), values)
            return [dict(row) for row in result.mappings()]


class Ticket:
    """One ticket and everything one can ask of it."""

    def __init__(self, field: Field, workflow_id: str, number: str) -> None:
        self.field = field
        self.id = workflow_id
        self.number = number

    @property
    def handle(self) -> WorkflowHandle[Any, TicketResult]:
        return self.field.client.get_workflow_handle(self.id, result_type=TicketResult)

    async def do(self, command: Command) -> CommandResult:
        return await self.field.commands.send(self.id, command)

    async def status(self) -> StatusReport:
        return await self.field.commands.status(self.id)

    async def details(self) -> str:
        """What the Temporal UI says of the ticket."""
        told: WorkflowMetadata = await self.handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
        return told.current_details

    async def advised(self) -> str:
        """What the Temporal UI says of the ticket, once AI has been asked in the stage that is in progress."""
        found = ""

        async def asked() -> bool:
            nonlocal found
            found = await self.details()
            return "**AI" in found

        await until(asked)
        return found

    async def in_stage(self, key: str) -> None:
        """Wait until the stage is in progress."""

        async def there() -> bool:
            return key in (await self.status()).active_stages

        await until(there)

    async def skip_time(self, span: timedelta) -> None:
        """Let so much time pass, and the ticket's workers do what fell due meanwhile."""
        await self.field.skipper.fast_forward(self.handle, span)

        async def nothing_is_left_to_do() -> bool:
            return not (await self.handle.describe()).raw_description.HasField("pending_workflow_task")

        await until(nothing_is_left_to_do)

    async def breached(self) -> datetime:
        """Let a clock of it be told to be late; returns a time shortly after the report, which may be told still."""
        await self.skip_time(timedelta(hours=20))
        stored = await self.stored()
        assert any(100 in one["thresholds_fired"] for one in stored["clocks"]), stored["clocks"]
        return datetime.fromisoformat(stored["ticket"]["opened_at"]) + timedelta(minutes=1)

    async def finish(self, engineer: str = "ENG-004") -> TicketResult:
        """Complete every stage that is left, and return what the workflow returned."""
        for key in STANDARD_STAGES:
            report = await self.status()
            if key in report.active_stages:
                await self.do(complete(key, by=engineer))
        return await self.handle.result()

    async def stored(self) -> dict[str, Any]:
        """The projection, once it has caught up with the workflow."""

        async def caught_up() -> bool:
            report = await self.status()
            return report.stored == report.sequence

        await until(caught_up)
        record: dict[str, Any] = json.loads(await self.field.database.call(SqlFunction.GET_TICKET, self.id))
        return record

    async def audit(self) -> list[dict[str, Any]]:
        """The audit trail in its order."""
        await self.stored()
        return await self.field.rows(
            "SELECT a.* FROM audit_events a JOIN service_tickets t ON t.id = a.subject_id "
            "WHERE t.workflow_id = :id ORDER BY a.sequence",
            id=self.id,
        )
