"""Taking up a closed ticket again."""

from __future__ import annotations

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowQueryFailedError
from temporalio.common import WorkflowIDReusePolicy
from temporalio.service import RPCError

from models.contracts.commands import CommandResult, Reopen
from models.contracts.tickets import TicketInput
from models.identity import CARRIED_QUERY, REOPEN_UPDATE
from starter.answers import CommandRefused, earlier_reply, said
from starter.starting import start_of
from starter.troubles import Trouble, trouble_of


async def try_to_reopen(client: Client, workflow_id: str, command: Reopen) -> CommandResult | None:
    """Take up a closed ticket again, by a further run that begins with what the last one knew.

    Temporal keeps the history of a closed ticket for as long as its namespace says; afterwards it can't be
    reopened.

    Returns:
        The answer; None when the ticket has ended, or was opened again, while it was being asked.
    """
    latest = client.get_workflow_handle(workflow_id)
    described = await latest.describe()
    if described.status is WorkflowExecutionStatus.RUNNING:
        try:
            again: CommandResult = await latest.execute_update(
                REOPEN_UPDATE, command, id=command.delivery_id, result_type=CommandResult
            )
            return again
        except RPCError as error:
            if trouble_of(error) is Trouble.NOT_THERE:
                return None
            raise
    ended = client.get_workflow_handle(workflow_id, run_id=described.run_id)
    try:
        carried: TicketInput = await ended.query(CARRIED_QUERY, result_type=TicketInput)
    except WorkflowQueryFailedError as failed:
        raise CommandRefused(
            f"Ticket {workflow_id} can't tell what it knew at its end ({failed}). Is the worker of this version?"
        ) from failed
    if (reply := earlier_reply(carried.carried, command)) is not None:
        return said(reply)
    if carried.carried is None or carried.carried.ended_at is None:
        status = described.status.name.lower().replace("_", " ") if described.status else "ended"
        raise CommandRefused(
            f"The workflow of ticket {workflow_id} was {status} before the ticket was closed, so it can't be "
            "reopened. Open a new ticket."
        )
    if (await latest.describe()).run_id != described.run_id:  # what it knew is not the newest any more
        return None
    result: CommandResult = await client.execute_update_with_start_workflow(
        REOPEN_UPDATE,
        command,
        id=command.delivery_id,
        start_workflow_operation=start_of(carried, described.task_queue, WorkflowIDReusePolicy.ALLOW_DUPLICATE),
        result_type=CommandResult,
    )
    return result
