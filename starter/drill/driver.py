"""Drives tickets through the public commands, as fast as the other side answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import text
from temporalio.client import Client, WorkflowFailureError

from models.contracts.base import Actor
from models.contracts.commands import Answer, AssignEngineer, CompleteStage
from models.contracts.intake import FaultReport
from models.contracts.templates import StageDefinition, TemplateSnapshot
from models.contracts.tickets import TicketResult
from models.database import Database, DatabaseUnavailable
from models.identity import SERVICE_TICKET_WORKFLOW, TICKETS_QUEUE
from models.vocabulary import ActionKind, Performer, Priority, Role, TicketStatus
from starter.calling import TemporalUnavailable, once
from starter.commands import CommandNotConfirmed, CommandRefused, TicketCommands
from starter.drill.account import Account
from starter.drill.plan import DrillPlan
from starter.failures import NotConfirmed, Refused, Remedy, RemedyKind
from starter.freezing import ReportRefused
from starter.intake import Intake
from starter.lookups import looked_up

REPORTER = Actor(code="drill", role=Role.HOSPITAL)
COORDINATOR = Actor(code="drill-coordinator", role=Role.COORDINATOR)
MANUFACTURER = Actor(code="drill-desk", role=Role.MANUFACTURER)
PASSING = (CommandNotConfirmed, NotConfirmed, TemporalUnavailable, DatabaseUnavailable)
"""What passes by itself in a drill: sent again with the same id until the deadline."""

PAUSE = 0.25
"""Seconds between two tries."""

ANSWERS: dict[ActionKind, Answer] = {ActionKind.CHECK: True, ActionKind.TEXT: "Done in a drill", ActionKind.RATING: 9}
"""What a signature answers, is nobody's to say."""

_UNITS = text(
    """
    SELECT e.serial, template_snapshot(s.template_id, s.selected_by) AS template
    FROM equipment_registry AS e
    CROSS JOIN LATERAL select_workflow_template(e.id, now()) AS s
    WHERE e.status = 'active'
        AND (SELECT t.workflow_type FROM workflow_templates AS t WHERE t.id = s.template_id) = :workflow_type
    ORDER BY e.serial
    LIMIT :units
    """
)
MOST_UNITS = 1_000
"""Units that a drill opens its tickets on: a registry may have hundreds of thousands."""

_ENGINEER = text("SELECT code FROM engineers WHERE active ORDER BY support_level DESC, code LIMIT 1")

Answered = TypeVar("Answered")


class DrillImpossible(Refused):
    """The database lacks what a drill needs; the sentence says what, and the remedy."""


@dataclass(frozen=True, slots=True)
class DrillUnit:
    """A unit that we service ourselves, and the stages that its tickets have."""

    serial: str
    stages: tuple[StageDefinition, ...]


async def own_units(database: Database) -> list[DrillUnit]:
    """Active units whose tickets run on our own workflow: the first `MOST_UNITS` by serial number."""
    wanted = {"workflow_type": SERVICE_TICKET_WORKFLOW, "units": MOST_UNITS}
    async with database.session() as session:
        rows = (await (await session.connection()).execute(_UNITS, wanted)).all()
    templates = [(row.serial, TemplateSnapshot.model_validate(row.template)) for row in rows]
    units = [
        DrillUnit(serial, tuple(sorted(template.stages, key=lambda stage: stage.position)))
        for serial, template in templates
    ]
    if not units:
        raise DrillImpossible("No unit in the registry is serviced by ourselves.", Remedy(RemedyKind.SEED_SAMPLE))
    return units


async def top_engineer(database: Database) -> Actor:
    """An engineer who may do every stage."""
    async with database.session() as session:
        code = await (await session.connection()).scalar(_ENGINEER)
    if code is None:
        raise DrillImpossible("There is no active engineer.", Remedy(RemedyKind.SEED_SAMPLE))
    return Actor(code=code, role=Role.ENGINEER)


def anyway(command_id: str, engineer: Actor) -> AssignEngineer:
    """Put an engineer on all stages, whatever speaks against them: a drill has one for all kinds of equipment."""
    return AssignEngineer(
        command_id=command_id, actor=COORDINATOR, engineer_code=engineer.code, anyway=True, note="Only a drill"
    )


class Driver:
    """Opens tickets and drives each to sign-off, `plan.concurrency` at a time; `account` tells how far it is."""

    def __init__(self, plan: DrillPlan, client: Client, database: Database, task_queue: str = TICKETS_QUEUE) -> None:
        self._plan = plan
        self._client = client
        self._database = database
        self._intake = Intake(client, database, task_queue=task_queue)
        self._commands = TicketCommands(client)
        self.account = Account()

    async def drive_until_deadline(self) -> None:
        """Like `drive()`; returns at the plan's deadline at the latest. What is unfinished then, the check will say."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._plan.deadline.total_seconds()):
                await self.drive()

    async def drive(self) -> None:
        """Return when every ticket is closed. Cancel it to stop early: the account stays right."""
        units = await own_units(self._database)
        engineer = await top_engineer(self._database)
        numbers = iter(range(1, self._plan.tickets + 1))

        async def one_after_the_other() -> None:
            for number in numbers:
                await self._drive_one(number, units[number % len(units)], engineer)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self._plan.concurrency, self._plan.tickets)):
                    group.create_task(one_after_the_other())
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def _drive_one(self, number: int, unit: DrillUnit, engineer: Actor) -> None:
        key = self._plan.key(number)
        try:
            await self.open(key, number, unit)
            await self._send(key, await looked_up(self._database, anyway(f"{key}-assign", engineer), self._id_of(key)))
            for stage in unit.stages:
                await self._send(key, completion(f"{key}-{stage.key}", stage, engineer))
            await self._wait_until_closed(key)
        except (CommandRefused, ReportRefused) as refusal:
            self.account.refused.append(f"{key}: {refusal}")

    async def open(self, key: str, number: int, unit: DrillUnit) -> None:
        """Open the ticket `number`."""
        report = FaultReport(
            unit=unit.serial,
            description=self._plan.description(number),
            priority=Priority.P3,
            reporter=REPORTER,
            key=key,
        )
        acknowledgement = await self._until_answered(lambda: self._intake.open(report))
        if acknowledgement.differs:
            self.account.refused.append(f"{key} differs from the stored ticket in {acknowledgement.differs}")
        self.account.stages[key] = len(unit.stages)
        self.account.opened[key] = acknowledgement.ticket

    async def _send(self, key: str, command: AssignEngineer | CompleteStage) -> None:
        workflow_id = self._id_of(key)
        sent = self.account.sending(key, command)
        self.account.answered(sent, await self._until_answered(lambda: self._commands.send(workflow_id, command)))

    def _id_of(self, key: str) -> str:
        return self.account.opened[key].workflow_id

    async def _wait_until_closed(self, key: str) -> None:
        handle = self._client.get_workflow_handle(self.account.opened[key].workflow_id, result_type=TicketResult)
        try:
            result: TicketResult = await self._until_answered(lambda: once(handle.result()))
        except WorkflowFailureError as failure:
            self.account.refused.append(f"{key}: its workflow failed: {failure.cause}")
            return
        if result.status is TicketStatus.CLOSED:
            self.account.closed.add(key)

    async def _until_answered(self, call: Callable[[], Awaitable[Answered]]) -> Answered:
        while True:
            try:
                return await call()
            except PASSING:
                if (task := asyncio.current_task()) is not None and task.cancelling():
                    raise asyncio.CancelledError from None  # the SDK makes an error of its own of a cancellation
                self.account.retries += 1
                await asyncio.sleep(PAUSE)


def completion(command_id: str, stage: StageDefinition, engineer: Actor) -> CompleteStage:
    """A completion of `stage` by whom it may be completed, with every required action answered."""
    actors = {
        Performer.ENGINEER: engineer,
        Performer.COORDINATOR: COORDINATOR,
        Performer.MANUFACTURER: MANUFACTURER,
    }
    return CompleteStage(
        command_id=command_id,
        actor=actors[stage.performer],
        stage=stage.key,
        actions=answers(stage),
    )


def answers(stage: StageDefinition, without: Sequence[str] = ()) -> dict[str, Answer]:
    """An answer to each required action of a stage, except those in `without`."""
    return {
        action.key: ANSWERS[action.kind]
        for action in stage.required_actions
        if action.key not in without and action.kind in ANSWERS
    }
