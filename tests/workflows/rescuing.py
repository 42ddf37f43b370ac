"""For tests of rescues: ways to lose a ticket's workflow, and what must be so after it came back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

from temporalio import workflow
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, ResetReapplyExcludeType
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest, ResetWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.records import RecordActivities
from models.contracts.base import Actor, Command
from models.contracts.commands import CommandResult, EngineerRef, Hold
from models.contracts.state import TicketState
from models.contracts.tickets import TicketInput, TicketResult
from models.database import Database
from models.identity import CARRIED_QUERY, SERVICE_TICKET_WORKFLOW
from models.settings import Settings
from models.vocabulary import Role, StageStatus
from models.vocabulary.ai import AiTask
from starter.rescuing import Outcome, Rescue, Verdict
from tests.field import Field, Ticket
from tests.waiting import until
from worker import build_worker
from workflows.lifecycle import TicketLifecycle
from workflows.runner import TicketRunner

OPERATOR = Actor(code="ops-1", role=Role.OPERATOR)


@asynccontextmanager
async def serving(skipper: TimeSkipper, database: Database, queue: str | None = None) -> AsyncIterator[Field]:
    """A worker of the test's own, on a queue of its own."""
    queue = queue or f"rescue-{uuid4().hex[:8]}"
    async with build_worker(skipper.client, database, Settings(), queue):
        yield Field(skipper, database, queue)


@workflow.defn(name=SERVICE_TICKET_WORKFLOW)
class OtherTicketWorkflow(TicketLifecycle):
    """A ticket of a version that nobody has any more: it waits a moment before it looks an engineer up, so that what
    it has lived through does not replay.
    """

    @workflow.run
    async def run(self, ticket: TicketInput) -> TicketResult:  # noqa: ARG002
        return await self._live()

    async def _find_engineer(self, code: str) -> EngineerRef | None:
        await workflow.sleep(timedelta(milliseconds=1))
        return await super()._find_engineer(code)


@asynccontextmanager
async def serving_another_version(skipper: TimeSkipper, database: Database) -> AsyncIterator[Field]:
    """A worker whose tickets have histories that today's code can't replay."""
    queue = f"stuck-{uuid4().hex[:8]}"
    records = RecordActivities(database)
    worker = Worker(
        skipper.client,
        task_queue=queue,
        workflows=[OtherTicketWorkflow],
        activities=[
            records.open_ticket,
            records.transition_to_next_stage,
            records.record_facts,
            records.find_engineer,
            records.warn_of_assignment,
        ],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    async with worker:
        yield Field(skipper, database, queue)


@workflow.defn(name=SERVICE_TICKET_WORKFLOW)
class FailingTicketWorkflow(TicketLifecycle):
    """A ticket of a version with an error in the program: its history replays, and a hold it never takes."""

    @workflow.run
    async def run(self, ticket: TicketInput) -> TicketResult:  # noqa: ARG002
        return await self._live()

    def _apply(self, command: Command, engineer: EngineerRef | None = None) -> CommandResult:
        if isinstance(command, Hold):
            raise LookupError("nobody has thought of that")
        return super()._apply(command, engineer)


@asynccontextmanager
async def serving_one_with_an_error(skipper: TimeSkipper, database: Database) -> AsyncIterator[Field]:
    """A worker whose tickets fail at their next hold, again and again."""
    queue = f"fails-{uuid4().hex[:8]}"
    records = RecordActivities(database)
    worker = Worker(
        skipper.client,
        task_queue=queue,
        workflows=[FailingTicketWorkflow],
        activities=[records.open_ticket, records.transition_to_next_stage, records.record_facts],
        workflow_runner=TicketRunner(),
    )
    async with worker:
        yield Field(skipper, database, queue)


def rescue_of(field: Field, within: float = 20) -> Rescue:
    return Rescue(field.client, field.database, timedelta(seconds=within), field.task_queue)


async def rescued(field: Field, ticket: Ticket, **options: Any) -> Outcome:
    outcome = await rescue_of(field).rescue(ticket.number, OPERATOR, **options)
    assert outcome is not None
    assert outcome.verdict is Verdict.RESCUED, outcome
    return outcome


async def knows(ticket: Ticket) -> TicketState:
    """The whole state of a ticket, from its workflow, with everything stored."""
    await ticket.stored()
    carried: TicketInput = await ticket.handle.query(CARRIED_QUERY, result_type=TicketInput)
    assert carried.carried is not None
    return carried.carried


def plain(state: TicketState) -> dict[str, Any]:
    """A state without what a rescue adds to it, its own fact, and without what it says that it can't know."""
    found = state.model_dump(exclude={"sequence", "stored", "latest"})
    for visit in found["visits"]:
        # No fact tells whom AI recommended: a visit that goes on asks again, and is answered from the record.
        visit["advice"].pop(AiTask.ENGINEER_RECOMMENDATION, None)
        over = visit["status"] in {StageStatus.COMPLETED, StageStatus.SKIPPED}
        for task, advice in list(visit["advice"].items()):
            if over:
                del advice["asked"]  # an answer that came when the visit was over: nobody looks any more
            if advice["proposed"] is not None:
                for name in ("at", "story", "held_back"):
                    del advice["proposed"][name]
            if not any(advice.values()):
                del visit["advice"][task]
    return found


async def forgotten(client: Client, workflow_id: str) -> None:
    """Temporal loses a workflow, as with the loss of its own database."""
    request = DeleteWorkflowExecutionRequest(
        namespace=client.namespace, workflow_execution=WorkflowExecution(workflow_id=workflow_id)
    )
    await client.workflow_service.delete_workflow_execution(request)

    async def gone() -> bool:
        try:
            await client.get_workflow_handle(workflow_id).describe()
        except RPCError as error:
            return error.status is RPCStatusCode.NOT_FOUND
        return False

    await until(gone, within=120)  # a closed one goes only when its other tasks are done


async def reset(client: Client, workflow_id: str) -> None:
    """Somebody rewinds a ticket in the Temporal UI, to its first task."""
    history = await client.get_workflow_handle(workflow_id).fetch_history()
    first = next(one for one in history.events if one.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)
    await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id),
            reason="By mistake",
            workflow_task_finish_event_id=first.event_id,
            request_id=uuid4().hex,
        )
    )


async def reset_to_before_the_last_command(client: Client, workflow_id: str) -> None:
    """Somebody rewinds a ticket in the Temporal UI, and tells Temporal not to apply anew what came since."""
    history = await client.get_workflow_handle(workflow_id).fetch_history()
    kinds = [one.event_type for one in history.events]
    accepted = max(n for n, kind in enumerate(kinds) if kind == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED)
    done = max(n for n, kind in enumerate(kinds[:accepted]) if kind == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)
    await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id),
            reason="By mistake",
            workflow_task_finish_event_id=history.events[done].event_id,
            request_id=uuid4().hex,
            reset_reapply_exclude_types=[
                ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL,
                ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE,
            ],
        )
    )
