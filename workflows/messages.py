"""What every ticket workflow takes: commands as updates, one of them as a signal as well, and the questions about it.

Handlers apply a command to the engine without an await in between, so each is whole by itself and needs no lock.
"""

from __future__ import annotations

import contextlib

from temporalio import workflow
from temporalio.exceptions import ApplicationError, FailureError

from activities.records import RecordActivities
from models.contracts.base import Command
from models.contracts.commands import (
    ArriveOnSite,
    AssignEngineer,
    Cancel,
    ChangeContract,
    ChangePriority,
    CommandResult,
    CompleteStage,
    EngineerRef,
    Hold,
    OpenTicket,
    Reopen,
    Resume,
    SkipStage,
    StartTravel,
)
from models.contracts.status import StatusReport
from models.contracts.tickets import OpenedTicket, TicketInput
from models.identity import (
    ARRIVE_ON_SITE_UPDATE,
    ASSIGN_ENGINEER_UPDATE,
    CANCEL_UPDATE,
    CARRIED_QUERY,
    CHANGE_CONTRACT_UPDATE,
    CHANGE_PRIORITY_UPDATE,
    COMPLETE_STAGE_UPDATE,
    HOLD_UPDATE,
    OPENED_UPDATE,
    REFUSED,
    REOPEN_UPDATE,
    RESUME_UPDATE,
    SKIP_STAGE_UPDATE,
    STAGE_COMPLETED_SIGNAL,
    START_TRAVEL_UPDATE,
    STATUS_QUERY,
)
from workflows.display import Display
from workflows.engine.refusal import RefusedError
from workflows.engine.report import opened, status_report
from workflows.engine.ticket import TicketEngine
from workflows.options import DB_READ, QUICK_READ
from workflows.patches import HOLDS_OVERLAP, TASKS_APART

NO_COMMAND = "The message holds no command. Send one of the form that the update describes."
"""Nobody but the converter knows what comes: it lets `null` pass for anything."""


class TicketMessages:
    """The handlers of a ticket's messages."""

    def __init__(self, ticket: TicketInput) -> None:
        self._ticket = ticket
        self._engine = TicketEngine.open(ticket, workflow.now())
        self._engine.ids_are_bound = self._apart = workflow.patched(TASKS_APART)
        self._display = Display(self._engine)

    @workflow.update(name=OPENED_UPDATE, description="Answered when the ticket is stored")
    async def opened(self, _: OpenTicket) -> OpenedTicket:
        await workflow.wait_condition(lambda: self._engine.state.stored > 0)
        return opened(self._engine, workflow.info().workflow_id, workflow.info().workflow_type)

    @workflow.update(name=ASSIGN_ENGINEER_UPDATE, description="Put an engineer on one stage or on all open ones")
    async def assign_engineer(self, command: AssignEngineer) -> CommandResult:
        if not isinstance(command, Command) or self._engine.was_answered(command):
            return self._apply(command)
        return self._apply(command, await self._find_engineer(command.engineer_code))

    @assign_engineer.validator
    def _check_assign_engineer(self, command: AssignEngineer) -> None:
        self._check(command)

    @workflow.update(name=COMPLETE_STAGE_UPDATE, description="A stage's work is done")
    def complete_stage(self, command: CompleteStage) -> CommandResult:
        return self._apply(command)

    @complete_stage.validator
    def _check_complete_stage(self, command: CompleteStage) -> None:
        self._check(command)

    @workflow.update(name=SKIP_STAGE_UPDATE, description="Leave a stage out, with a reason")
    def skip_stage(self, command: SkipStage) -> CommandResult:
        return self._apply(command)

    @skip_stage.validator
    def _check_skip_stage(self, command: SkipStage) -> None:
        self._check(command)

    @workflow.update(name=HOLD_UPDATE, description="Put the ticket on hold until a date")
    def hold(self, command: Hold) -> CommandResult:
        if self._engine.state.holds:
            self._engine.let_holds_overlap(workflow.patched(HOLDS_OVERLAP))
        return self._apply(command)

    @hold.validator
    def _check_hold(self, command: Hold) -> None:
        self._check(command)

    @workflow.update(name=RESUME_UPDATE, description="Take the ticket off hold")
    def resume(self, command: Resume) -> CommandResult:
        return self._apply(command)

    @workflow.update(name=CANCEL_UPDATE, description="End the ticket without sign-off")
    def cancel(self, command: Cancel) -> CommandResult:
        return self._apply(command)

    @workflow.update(name=CHANGE_PRIORITY_UPDATE, description="Another priority; targets count from the report on")
    def change_priority(self, command: ChangePriority) -> CommandResult:
        return self._apply(command)

    @workflow.update(name=CHANGE_CONTRACT_UPDATE, description="Other terms of service, from the report on")
    def change_contract(self, command: ChangeContract) -> CommandResult:
        return self._apply(command)

    @workflow.update(name=START_TRAVEL_UPDATE, description="An engineer sets out for the unit")
    def start_travel(self, command: StartTravel) -> CommandResult:
        return self._apply(command)

    @start_travel.validator
    def _check_start_travel(self, command: StartTravel) -> None:
        self._check(command)

    @workflow.update(name=ARRIVE_ON_SITE_UPDATE, description="An engineer has arrived at the unit")
    def arrive_on_site(self, command: ArriveOnSite) -> CommandResult:
        return self._apply(command)

    @arrive_on_site.validator
    def _check_arrive_on_site(self, command: ArriveOnSite) -> None:
        self._check(command)

    @workflow.update(name=REOPEN_UPDATE, description="Take up a closed ticket again; it comes with the start of a run")
    def reopen(self, command: Reopen) -> CommandResult:
        return self._apply(command)

    @reopen.validator
    def _check_reopen(self, command: Reopen) -> None:
        self._check(command)

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
        return self._ticket.model_copy(update={"carried": self._engine.state})

    async def _find_engineer(self, code: str) -> EngineerRef | None:
        """Look an engineer up, for as long as it takes."""
        if not self._apart:
            # Runs of before have looked first within the task. How that failed is told otherwise in a replay than it
            # was at the time, so the kind of the failure must not matter.
            with contextlib.suppress(FailureError):
                return await workflow.execute_local_activity_method(RecordActivities.find_engineer, code, **QUICK_READ)
        return await workflow.execute_activity_method(RecordActivities.find_engineer, code, summary=code, **DB_READ)

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


def _refused(refusal: RefusedError) -> ApplicationError:
    return ApplicationError(str(refusal), type=REFUSED, non_retryable=True)
