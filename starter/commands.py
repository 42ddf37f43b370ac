"""What people may do to a running ticket."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from models.contracts.base import Command
from models.contracts.commands import (
    ArriveOnSite,
    AssignEngineer,
    Cancel,
    ChangeContract,
    ChangePriority,
    CommandResult,
    CompleteStage,
    Hold,
    Reopen,
    Resume,
    SkipStage,
    StartTravel,
)
from models.contracts.status import StatusReport
from models.contracts.tickets import TicketInput
from models.identity import (
    ARRIVE_ON_SITE_UPDATE,
    ASSIGN_ENGINEER_UPDATE,
    CANCEL_UPDATE,
    CARRIED_QUERY,
    CHANGE_CONTRACT_UPDATE,
    CHANGE_PRIORITY_UPDATE,
    COMPLETE_STAGE_UPDATE,
    HOLD_UPDATE,
    REOPEN_UPDATE,
    RESUME_UPDATE,
    SKIP_STAGE_UPDATE,
    STAGE_COMPLETED_SIGNAL,
    START_TRAVEL_UPDATE,
    STATUS_QUERY,
)
from starter.client import TemporalUnavailable, raise_if_cancelled
from starter.starting import start_of

ANSWER_WITHIN = timedelta(seconds=60)

MEANWHILE = 0.1
"""Seconds until a ticket that has just ended, or was just opened again, is asked once more."""

UPDATES: dict[type[Command], str] = {
    AssignEngineer: ASSIGN_ENGINEER_UPDATE,
    CompleteStage: COMPLETE_STAGE_UPDATE,
    Hold: HOLD_UPDATE,
    Resume: RESUME_UPDATE,
    SkipStage: SKIP_STAGE_UPDATE,
    Cancel: CANCEL_UPDATE,
    ChangePriority: CHANGE_PRIORITY_UPDATE,
    ChangeContract: CHANGE_CONTRACT_UPDATE,
    StartTravel: START_TRAVEL_UPDATE,
    ArriveOnSite: ARRIVE_ON_SITE_UPDATE,
    Reopen: REOPEN_UPDATE,
}


class CommandRefused(Exception):  # noqa: N818  # a business refusal
    """The ticket did not do it; the sentence says why and what to do. Nothing has changed."""


class UnknownTicket(CommandRefused):
    """There is no such ticket."""


class CommandNotConfirmed(Exception):  # noqa: N818  # a state of the world
    """No answer in time. Sending it again with the same command id is safe: it is applied once."""


class TicketCommands:
    """Sends commands to tickets by their workflow ids; see `Database` for finding those by number."""

    def __init__(self, client: Client, answer_within: timedelta = ANSWER_WITHIN) -> None:
        self._client = client
        self._answer_within = answer_within

    async def send(self, workflow_id: str, command: Command) -> CommandResult:
        """Send a command as an update and return the ticket's answer.

        Raises:
            CommandRefused: a business refusal, or the ticket has ended.
            UnknownTicket: no such ticket.
            CommandNotConfirmed: no worker answered in time.
            TemporalUnavailable: nothing answers.
        """
        if isinstance(command, Reopen):
            return await self._reopen(workflow_id, command)
        return await self._update(workflow_id, command)

    async def _update(self, workflow_id: str, command: Command) -> CommandResult:
        handle = self._client.get_workflow_handle(workflow_id)
        try:
            async with asyncio.timeout(self._answer_within.total_seconds()):
                result: CommandResult = await handle.execute_update(
                    UPDATES[type(command)], command, id=command.delivery_id, result_type=CommandResult
                )
                return result
        except WorkflowUpdateFailedError as failed:
            raise _refusal(failed) from failed
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
            raise_if_cancelled()
            raise self._unanswered(workflow_id, command) from error
        except RPCError as error:
            raise await self._explain(workflow_id, error) from error

    async def _reopen(self, workflow_id: str, command: Reopen) -> CommandResult:
        """Take up a closed ticket again, by a further run that begins with what the last one knew.

        Temporal keeps the history of a closed ticket for as long as its namespace says; afterwards it can't be
        reopened.
        """
        try:
            async with asyncio.timeout(self._answer_within.total_seconds()):
                while True:
                    result = await self._try_to_reopen(workflow_id, command)
                    if result is not None:
                        return result
                    await asyncio.sleep(MEANWHILE)
        except WorkflowUpdateFailedError as failed:
            raise _refusal(failed) from failed
        except WorkflowQueryFailedError as failed:
            raise CommandRefused(
                f"Ticket {workflow_id} can't tell what it knew at its end ({failed}). Is the worker of this version?"
            ) from failed
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
            raise_if_cancelled()
            raise self._unanswered(workflow_id, command) from error
        except RPCError as error:
            if error.status is RPCStatusCode.FAILED_PRECONDITION:  # nobody has asked the queue for work lately
                raise self._unanswered(workflow_id, command) from error
            if error.status is RPCStatusCode.NOT_FOUND:
                raise CommandRefused(
                    f"Temporal has no ticket {workflow_id}, or has it no longer: it keeps a closed ticket for as long "
                    "as the retention of its namespace says. Open a new ticket."
                ) from error
            raise await self._explain(workflow_id, error) from error

    async def _try_to_reopen(self, workflow_id: str, command: Reopen) -> CommandResult | None:
        """The answer; None when the ticket has ended, or was opened again, while it was being asked."""
        latest = self._client.get_workflow_handle(workflow_id)
        described = await latest.describe()
        if described.status is WorkflowExecutionStatus.RUNNING:
            try:
                again: CommandResult = await latest.execute_update(
                    REOPEN_UPDATE, command, id=command.delivery_id, result_type=CommandResult
                )
                return again
            except RPCError as error:
                if error.status is RPCStatusCode.NOT_FOUND:
                    return None
                raise
        ended = self._client.get_workflow_handle(workflow_id, run_id=described.run_id)
        carried: TicketInput = await ended.query(CARRIED_QUERY, result_type=TicketInput)
        if carried.carried is None or carried.carried.ended_at is None:
            status = described.status.name.lower().replace("_", " ") if described.status else "ended"
            raise CommandRefused(
                f"The workflow of ticket {workflow_id} was {status} before the ticket was closed, so it can't be "
                "reopened. Open a new ticket."
            )
        if (await latest.describe()).run_id != described.run_id:  # what it knew is not the newest any more
            return None
        result: CommandResult = await self._client.execute_update_with_start_workflow(
            REOPEN_UPDATE,
            command,
            id=command.delivery_id,
            start_workflow_operation=start_of(carried, described.task_queue, WorkflowIDReusePolicy.ALLOW_DUPLICATE),
            result_type=CommandResult,
        )
        return result

    async def signal_stage_completed(self, workflow_id: str, command: CompleteStage) -> None:
        """Send a completion as a signal, for callers that can't wait; a refusal is in the audit trail."""
        try:
            await self._client.get_workflow_handle(workflow_id).signal(STAGE_COMPLETED_SIGNAL, command)
        except RPCError as error:
            raise await self._explain(workflow_id, error) from error

    async def status(self, workflow_id: str) -> StatusReport:
        """The live state, from the workflow itself."""
        try:
            handle = self._client.get_workflow_handle(workflow_id)
            report: StatusReport = await handle.query(STATUS_QUERY, result_type=StatusReport)
            return report
        except RPCError as error:
            raise await self._explain(workflow_id, error) from error

    def _unanswered(self, workflow_id: str, command: Command) -> CommandNotConfirmed:
        return CommandNotConfirmed(
            f"Ticket {workflow_id} did not answer within {self._answer_within.total_seconds():g} s: no worker is "
            f"running, or the database is away. Send it again with --command-id {command.command_id}: it is "
            "applied only once."
        )

    async def _explain(self, workflow_id: str, error: RPCError) -> Exception:
        """What a failed call means for the person who made it."""
        if error.status in {RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED}:
            return TemporalUnavailable(
                "Temporal stopped answering. Check it with `fieldcare status`, then send the command again."
            )
        if error.status is not RPCStatusCode.NOT_FOUND:
            return error
        try:
            described = await self._client.get_workflow_handle(workflow_id).describe()
        except RPCError:
            return UnknownTicket(f"There is no ticket {workflow_id}. List them with `fieldcare ticket list`.")
        if described.status is WorkflowExecutionStatus.RUNNING:
            return error
        at = f" since {described.close_time:%Y-%m-%d %H:%M %Z}" if described.close_time else ""
        return CommandRefused(
            f"Ticket {workflow_id} has ended{at}. If the fault is back, reopen it or open a new ticket."
        )


def _refusal(failed: WorkflowUpdateFailedError) -> CommandRefused:
    cause = failed.cause
    return CommandRefused(cause.message if isinstance(cause, ApplicationError) else str(cause))
