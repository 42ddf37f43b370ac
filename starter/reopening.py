"""Taking up a closed ticket again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowQueryFailedError
from temporalio.common import WorkflowIDReusePolicy
from temporalio.service import RPCError

from models.contracts.commands import CommandResult, Reopen
from models.contracts.tickets import TicketInput
from models.identity import CARRIED_QUERY, TICKETS_QUEUE
from starter.answers import CommandRefused, earlier_reply, name_of, said
from starter.failures import Remedy, RemedyKind
from starter.starting import start_of
from starter.troubles import Trouble, trouble_of

Remember = Callable[[str], Awaitable[TicketInput | None]]
"""What the record knows of a ticket, by its workflow id; None where it has none."""


async def try_to_reopen(
    client: Client, workflow_id: str, command: Reopen, remember: Remember | None = None
) -> CommandResult | None:
    """Take up a closed ticket again, by a further run that begins with what the last one knew.

    Temporal keeps the history of a closed ticket for as long as its namespace says; afterwards the record tells.

    Returns:
        The answer; None when the ticket has ended, or was opened again, while it was being asked.
    """
    latest = client.get_workflow_handle(workflow_id)
    try:
        described = await latest.describe()
    except RPCError as error:
        carried = await _remembered(workflow_id, workflow_id, error, remember)
        _must_have_ended(carried, "lost")
        return await _reopen_from(client, carried, TICKETS_QUEUE, command)
    if described.status is WorkflowExecutionStatus.RUNNING:
        try:
            again: CommandResult = await latest.execute_update(
                Reopen.update, command, id=command.delivery_id, result_type=CommandResult
            )
            return again
        except RPCError as error:
            if trouble_of(error) is Trouble.NOT_THERE:
                return None
            raise
    ended = client.get_workflow_handle(workflow_id, run_id=described.run_id)
    try:
        carried = await ended.query(CARRIED_QUERY, result_type=TicketInput)
    except (WorkflowQueryFailedError, RPCError) as error:
        carried = await _remembered(workflow_id, name_of(described), error, remember)
    if (await latest.describe()).run_id != described.run_id:  # what it knew is not the newest any more
        return None
    status = described.status.name.lower().replace("_", " ") if described.status else "ended"
    _must_have_ended(carried, status)
    return await _reopen_from(client, carried, described.task_queue, command)


def _must_have_ended(carried: TicketInput, status: str) -> None:
    if carried.carried is None or carried.carried.ended_at is None:
        raise CommandRefused(
            f"The workflow of ticket {carried.number} was {status} before the ticket was closed, so it can't be "
            "reopened.",
            Remedy(RemedyKind.RESCUE, carried.number),
        )


async def _reopen_from(client: Client, carried: TicketInput, task_queue: str, command: Reopen) -> CommandResult:
    if (reply := earlier_reply(carried.carried, command)) is not None:
        return said(reply)
    result: CommandResult = await client.execute_update_with_start_workflow(
        Reopen.update,
        command,
        id=command.delivery_id,
        start_workflow_operation=start_of(carried, task_queue, WorkflowIDReusePolicy.ALLOW_DUPLICATE),
        result_type=CommandResult,
    )
    return result


async def _remembered(
    workflow_id: str, name: str, error: WorkflowQueryFailedError | RPCError, remember: Remember | None
) -> TicketInput:
    """What the record knows of a ticket, where its workflow can't be asked any more.

    Raises:
        CommandRefused: the record does not know it, and its workflow can't tell.
        RPCError: Temporal has no such ticket, or is away.
    """
    untold = isinstance(error, WorkflowQueryFailedError)
    gone = untold or (isinstance(error, RPCError) and trouble_of(error) is Trouble.NOT_THERE)
    carried = await remember(workflow_id) if gone and remember is not None else None
    if carried is not None:
        return carried
    if untold:
        raise CommandRefused(
            f"Ticket {name} can't tell what it knew at its end ({error}). Is the worker of this version?"
        ) from error
    raise error
