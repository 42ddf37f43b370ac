"""What every ticket workflow takes: commands as updates, one of them as a signal as well, and the questions about it.

Handlers apply a command to the engine without an await in between, so each is whole by itself and needs no lock.
"""

from __future__ import annotations

import contextlib

from temporalio import workflow
from temporalio.exceptions import ApplicationError, FailureError

from activities.records import RecordActivities
from models.contracts.assigning import AssignmentQuestion
from models.contracts.base import Command
from models.contracts.commands import (
    COMMANDS,
    AssignEngineer,
    CommandResult,
    CompleteStage,
    EngineerRef,
    Hold,
    OpenTicket,
)
from models.contracts.status import StatusReport
from models.contracts.tickets import OpenedTicket, TicketInput
from models.identity import CARRIED_QUERY, OPENED_UPDATE, REFUSED, STAGE_COMPLETED_SIGNAL, STATUS_QUERY
from workflows.display import Display
from workflows.engine.refusal import RefusedError
from workflows.engine.report import opened, status_report
from workflows.engine.ticket import TicketEngine
from workflows.options import DB_READ, QUICK_READ
from workflows.patches import (
    ALL_SAID,
    ASSIGNING_WARNS,
    CURRENT,
    HOLDS_OVERLAP,
    SHOWN_AT_CLOSE,
    TASKS_APART,
    TOLD_LATER,
    began_with,
    has,
    must_know,
)

NO_COMMAND = "The message holds no command. Send one of the form that the update describes."
"""Nobody but the converter knows what comes: it lets `null` pass for anything."""


class TicketMessages:
    """The handlers of a ticket's messages."""

    def __init__(self, ticket: TicketInput) -> None:
        must_know(ticket)
        self._ticket = ticket
        self._engine = TicketEngine.open(ticket, workflow.now())
        self.tasks_apart = self._engine.ids_are_bound = has(ticket, TASKS_APART)
        self._engine.want_all_said(has(ticket, ALL_SAID))
        self._engine.take_later(began_with(ticket, TOLD_LATER))
        self._warns = self._engine.warn_of_assignments(began_with(ticket, ASSIGNING_WARNS))
        self._display = Display(self._engine, at_close=lambda: has(ticket, SHOWN_AT_CLOSE))

    @workflow.update(name=OPENED_UPDATE, description="Answered when the ticket is stored")
    async def opened(self, _: OpenTicket) -> OpenedTicket:
        await workflow.wait_condition(lambda: self._engine.state.stored > 0)
        return opened(self._engine, workflow.info().workflow_id, workflow.info().workflow_type)

    @workflow.signal(name=STAGE_COMPLETED_SIGNAL, description="complete_stage for callers that can't wait")
    def stage_completed(self, command: CompleteStage) -> None:
        try:
            self._apply(command)
        except ApplicationError as refusal:  # nobody waits for an answer: the refusal stands in the audit trail
            workflow.logger.info("stage_completed refused: %s", refusal.message)

    @workflow.query(name=STATUS_QUERY, description="Where the ticket stands")
    def status(self) -> StatusReport:
        return status_report(self._engine, workflow.now())

    @workflow.query(name=CARRIED_QUERY, description="What a further run would go on from")
    def carried(self) -> TicketInput:
        return self._carried()

    def _carried(self) -> TicketInput:
        """A further run has the behaviour of the code that lets it start."""
        return self._ticket.model_copy(update={"carried": self._engine.state, "behaviour": CURRENT})

    async def _find_engineer(self, code: str) -> EngineerRef | None:
        """Look an engineer up, for as long as it takes."""
        if not self.tasks_apart:
            # Runs of before have looked first within the task. How that failed is told otherwise in a replay than it
            # was at the time, so the kind of the failure must not matter.
            with contextlib.suppress(FailureError):
                return await workflow.execute_local_activity_method(RecordActivities.find_engineer, code, **QUICK_READ)
        return await workflow.execute_activity_method(RecordActivities.find_engineer, code, summary=code, **DB_READ)

    async def _warned_of(self, command: AssignEngineer) -> AssignEngineer:
        """The command with what speaks against its engineer, where whoever sent it has not looked."""
        question = AssignmentQuestion(
            ticket_id=self._ticket.ticket_id, engineer_code=command.engineer_code, stage=command.stage
        )
        found = await workflow.execute_activity_method(
            RecordActivities.warn_of_assignment, question, summary=command.engineer_code, **DB_READ
        )
        return command.model_copy(update={"warnings": found.warnings})

    async def _take(self, command: Command) -> CommandResult:
        """Look up what a command needs from outside, then apply it as the ticket stands by then."""
        engineer: EngineerRef | None = None
        if isinstance(command, AssignEngineer) and not self._engine.was_answered(command):
            engineer = command.engineer or await self._find_engineer(command.engineer_code)
            if self._warns and command.warnings is None and engineer is not None:
                command = await self._warned_of(command)
        if isinstance(command, Hold) and self._engine.state.holds:
            self._engine.let_holds_overlap(has(self._ticket, HOLDS_OVERLAP))
        return self._apply(command, engineer)

    def _apply(self, command: Command, engineer: EngineerRef | None = None) -> CommandResult:
        if not isinstance(command, Command):
            raise _refused(RefusedError(NO_COMMAND))
        try:
            return self._engine.apply(command, workflow.now(), engineer)
        except RefusedError as refusal:
            raise _refused(refusal) from None  # its stack trace would only make histories long
        finally:
            self._display.refresh()

    def _check(self, command: Command) -> None:
        """What can be refused before history grows; everything else is refused, and recorded, by the engine.

        An id that has its answer goes on to it: the command may have been fine when it was answered, and is told so
        again; or it is another one, and that belongs on record.
        """
        if not isinstance(command, Command):
            raise _refused(RefusedError(NO_COMMAND))
        if self._engine.was_answered(command):
            return
        try:
            self._engine.check_shape(command, workflow.now())
        except RefusedError as refusal:
            raise _refused(refusal) from None  # its stack trace would only make histories long


def _handler(kind: type[Command]) -> object:
    """What takes commands of a kind: the update of their name, with their description and their type."""

    async def take(self: TicketMessages, command: Command) -> CommandResult:
        return await self._take(command)

    def check(self: TicketMessages, command: Command) -> None:
        self._check(command)

    # Read when the decorator looks at a handler: what is sent is made a command of this kind.
    take.__annotations__ = {"command": kind, "return": CommandResult}
    check.__annotations__ = {"command": kind, "return": None}
    update = workflow.update(name=kind.update, description=kind.description)(take)
    update.validator(check)
    return update


for _kind in COMMANDS:
    setattr(TicketMessages, _kind.update, _handler(_kind))


def _refused(refusal: RefusedError) -> ApplicationError:
    return ApplicationError(str(refusal), type=REFUSED, non_retryable=True)
