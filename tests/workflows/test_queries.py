"""A query is only a look: whatever it finds the worker doing, the ticket's history stays one that replays."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    PollWorkflowTaskQueueRequest,
    PollWorkflowTaskQueueResponse,
    RespondWorkflowTaskFailedRequest,
)
from temporalio.client import Client
from temporalio.testing import TimeSkipper
from temporalio.worker import Worker

from activities.records import RecordActivities
from models.database import Database
from models.settings import Settings
from models.vocabulary import TicketStatus
from tests.factories import complete
from tests.field import Field, Ticket
from tests.waiting import until
from worker import build_worker
from workflows.runner import replayer

MOST_TRIES = 20
"""At bringing the query behind the task in one queue, from which each poll takes either."""

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Thief:
    """Takes a workflow task and sits on it, as a worker does that dies in the middle of one."""

    def __init__(self, client: Client, queue: str) -> None:
        self._service = client.workflow_service
        self._queue = queue
        self._task = PollWorkflowTaskQueueResponse()

    async def steal(self) -> bool:
        """Whether it got a workflow task; it may have got a lone query, which nobody will answer now."""
        self._task = await self._service.poll_workflow_task_queue(
            PollWorkflowTaskQueueRequest(namespace="default", task_queue=TaskQueue(name=self._queue))
        )
        return self._task.started_event_id > 0

    async def give_up(self) -> None:
        """Now, not when the task's ten seconds are over."""
        await self._service.respond_workflow_task_failed(
            RespondWorkflowTaskFailedRequest(namespace="default", task_token=self._task.task_token)
        )


def activity_worker(client: Client, database: Database, queue: str) -> Worker:
    records = RecordActivities(database)
    activities: list[Callable[..., Any]] = [records.open_ticket, records.transition_to_next_stage, records.record_facts]
    return Worker(client, task_queue=queue, activities=activities)


async def replays(ticket: Ticket) -> None:
    await replayer().replay_workflow(await ticket.handle.fetch_history())


async def test_a_query_that_waited_for_a_worker_does_not_run_ahead_of_the_tasks(
    skipper: TimeSkipper, service_url: str
) -> None:
    """The worker dies while a query waits and a write is under way; the next one gets the query before the task."""
    client, queue = skipper.client, f"queries-{uuid4().hex[:8]}"
    database, away = Database(service_url), Database("postgresql://nobody:x@127.0.0.1:1/nothing")
    field = Field(skipper, database, queue)
    try:
        for _ in range(MOST_TRIES):
            async with build_worker(client, database, Settings(), queue):
                ticket = await field.open()
                await ticket.stored()
            async with build_worker(client, away, Settings(), queue):  # its writes fail and will be tried again
                # It is refused, and the refusal is a fact to be written.
                await field.commands.signal_stage_completed(ticket.id, complete("onsite_repair"))
                await until(partial(_activities, ticket, EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, 5))
            look = asyncio.create_task(ticket.status())
            async with activity_worker(client, database, queue):
                await until(partial(_activities, ticket, EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED, 5))
            thief = Thief(client, queue)
            if await thief.steal():
                break
            look.cancel()
        async with build_worker(client, database, Settings(), queue):
            assert (await look).active_stages == ("remote_diagnosis",)
            completed = asyncio.create_task(ticket.do(complete("remote_diagnosis", by="ENG-004")))
            await thief.give_up()
            await completed
            assert (await ticket.finish()).status is TicketStatus.CLOSED
        await replays(ticket)
    finally:
        await database.aclose()
        await away.aclose()


async def _activities(ticket: Ticket, kind: EventType.ValueType, count: int) -> bool:
    """Whether so many activities of the ticket's own queue got that far: nobody here serves those that ask AI."""
    events = (await ticket.handle.fetch_history()).events
    scheduled = EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    own = {
        event.event_id
        for event in events
        if event.event_type == scheduled
        and event.activity_task_scheduled_event_attributes.task_queue.name == ticket.field.task_queue
    }
    completed = [
        event.activity_task_completed_event_attributes.scheduled_event_id
        for event in events
        if event.event_type == kind
    ]
    return len(own if kind == scheduled else own & set(completed)) >= count
