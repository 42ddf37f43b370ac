"""Tickets that can't go on, made on purpose: workers whose code is not the one that wrote the history."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio import workflow
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from models.contracts.commands import Cancel, CommandResult, Hold
from models.contracts.status import StatusReport
from models.contracts.tickets import TicketInput
from models.identity import SERVICE_TICKET_WORKFLOW, STATUS_QUERY
from tests.waiting import until

UNREACHED = "no task of a ticket gets as far as this with other code"


@workflow.defn(name=SERVICE_TICKET_WORKFLOW)
class AnotherTicketWorkflow:
    """Begins with a timer that no ticket ever had: the history of a ticket can't be replayed by it."""

    @workflow.run
    async def run(self, _: TicketInput) -> None:
        await workflow.sleep(timedelta(days=1))

    @workflow.update(name=Hold.update)
    def hold(self, _: Hold) -> CommandResult:
        raise AssertionError(UNREACHED)

    @workflow.update(name=Cancel.update)
    def cancel(self, _: Cancel) -> CommandResult:
        raise AssertionError(UNREACHED)

    @workflow.query(name=STATUS_QUERY)
    def status(self) -> StatusReport:
        raise AssertionError(UNREACHED)


@asynccontextmanager
async def other_code(client: Client, task_queue: str) -> AsyncIterator[None]:
    """For as long as the block lasts, the queue is served by a worker with other code."""
    worker = Worker(
        client,
        task_queue=task_queue,
        workflows=[AnotherTicketWorkflow],
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_cached_workflows=0,
        graceful_shutdown_timeout=timedelta(seconds=1),
    )
    async with worker:
        yield


async def until_it_fails(client: Client, workflow_id: str) -> None:
    """Give the ticket something to do, and return when Temporal has noticed that it can't."""
    handle = client.get_workflow_handle(workflow_id)
    await handle.signal("nobody_takes_this")

    async def noticed() -> bool:
        query = f"WorkflowId = '{workflow_id}' AND TemporalReportedProblems IS NOT NULL"
        return [one.id async for one in client.list_workflows(query)] == [workflow_id]

    await until(noticed, within=60)


async def delete(client: Client, workflow_id: str) -> None:
    """Let Temporal forget the workflow."""
    await client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(
            namespace=client.namespace, workflow_execution=WorkflowExecution(workflow_id=workflow_id)
        )
    )

    async def gone() -> bool:
        return not [one.id async for one in client.list_workflows(f"WorkflowId = '{workflow_id}'")]

    await until(gone)
