"""Whoever works on a run, and with however much of its history: its tasks are taken one by one, as in a replay.

The workflow here has what a ticket has: a main course with a timer, a background that writes one thing after the other,
and updates that move both. docs/adr/0019 tells what happens to it without the marks.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from temporalio import activity, workflow
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, Worker

from tests.waiting import until
from workflows.runner import MARK_LASTS, TicketRunner

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHORTLY = timedelta(seconds=30)


@workflow.defn
class Juggler:
    def __init__(self) -> None:
        self._asked = self._written = self._heard = 0
        self.tasks_apart = False

    @workflow.run
    async def run(self, apart: bool) -> int:
        self.tasks_apart = apart
        background = [asyncio.create_task(one) for one in (self._write(), self._listen())]
        while self._written < 2:
            await self._moved()
        for task in background:
            task.cancel()
        return self._heard

    async def _moved(self) -> None:
        seen = self._asked
        with suppress(TimeoutError):
            await workflow.wait_condition(lambda: self._asked != seen or self._written == 2, timeout=3600)

    async def _write(self) -> None:
        while True:
            await workflow.wait_condition(lambda: self._asked > self._written)
            await workflow.execute_activity("write", start_to_close_timeout=SHORTLY)
            self._written += 1

    async def _listen(self) -> None:
        await workflow.execute_activity("listen", start_to_close_timeout=SHORTLY)
        self._heard += 1

    @workflow.update
    def ask(self) -> int:
        self._asked += 1
        return self._asked

    @workflow.update
    def refuse(self) -> None:
        """Never gets here."""

    @refuse.validator
    def _never(self) -> None:
        raise ValueError("never")

    @workflow.signal
    def nothing(self) -> None:
        """A message that moves nothing."""


class Parked:
    """The workflow's activities, each of which waits until it is let go."""

    def __init__(self) -> None:
        self.writes, self.listens = asyncio.Event(), asyncio.Event()

    @activity.defn
    async def write(self) -> None:
        await self.writes.wait()

    @activity.defn
    async def listen(self) -> None:
        await self.listens.wait()


class Stage:
    """A run of the juggler, with a worker that keeps nothing in its cache."""

    def __init__(self, handle: WorkflowHandle[Any, Any], parked: Parked) -> None:
        self.handle, self.parked = handle, parked

    async def at_rest(self, kind: EventType.ValueType, count: int) -> None:
        """Wait until there are so many events of the kind, and no workflow task is open."""

        async def resting() -> bool:
            events = (await self.handle.fetch_history()).events
            described = await self.handle.describe()
            return len([one for one in events if one.event_type == kind]) >= count and not (
                described.raw_description.HasField("pending_workflow_task")
            )

        await until(resting)

    async def ask_after_two_tasks_without_commands(self) -> None:
        """The two activities are heard of one after the other, each in a task of its own; then somebody asks."""
        done = EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED
        await self.handle.execute_update(Juggler.ask)
        self.parked.listens.set()
        await self.at_rest(done, 1)
        self.parked.writes.set()
        await self.at_rest(done, 2)
        await self.handle.execute_update(Juggler.ask)

    async def end(self) -> WorkflowHistory:
        """The history of the whole run."""
        await self.handle.result()
        return await self.handle.fetch_history()


@asynccontextmanager
async def staged(client: Client, *, apart: bool, cache: int = 0) -> AsyncIterator[Stage]:
    queue, parked = f"juggler-{uuid4().hex[:8]}", Parked()
    async with Worker(
        client,
        task_queue=queue,
        workflows=[Juggler],
        activities=[parked.write, parked.listen],
        workflow_runner=TicketRunner(),
        max_cached_workflows=cache,
    ):
        yield Stage(await client.start_workflow(Juggler.run, apart, id=queue, task_queue=queue), parked)


async def replay(history: WorkflowHistory) -> None:
    replayer = Replayer(workflows=[Juggler], data_converter=pydantic_data_converter, workflow_runner=TicketRunner())
    await replayer.replay_workflow(history)


async def test_an_update_that_a_new_worker_takes_after_tasks_without_commands_replays(client: Client) -> None:
    async with staged(client, apart=True) as stage:
        await stage.ask_after_two_tasks_without_commands()
        history = await stage.end()
    await replay(history)
    assert tasks_without_commands(history) == []


async def test_without_the_marks_it_does_not(client: Client) -> None:
    """The fault that the marks are there for. When this fails, core has mended it, and the marks may go."""
    async with staged(client, apart=False) as stage:
        await stage.ask_after_two_tasks_without_commands()
        history = await stage.handle.fetch_history()
        await stage.handle.terminate()
    with pytest.raises(workflow.NondeterminismError):
        await replay(history)


async def test_what_is_rejected_leaves_no_mark(client: Client) -> None:
    async with staged(client, apart=True, cache=10) as stage:
        await stage.at_rest(EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, 1)
        before = len((await stage.handle.fetch_history()).events)
        for _ in range(3):
            with pytest.raises(Exception, match="update failed"):
                await stage.handle.execute_update(Juggler.refuse)
        assert len((await stage.handle.fetch_history()).events) == before
        await stage.ask_after_two_tasks_without_commands()
        history = await stage.end()
    await replay(history)


async def test_marks_are_started_and_cancelled_in_turn(client: Client) -> None:
    async with staged(client, apart=True) as stage:
        for count in range(1, 6):
            await stage.at_rest(EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, count)
            await stage.handle.signal(Juggler.nothing)
        await stage.at_rest(EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, 6)
        await stage.ask_after_two_tasks_without_commands()
        history = await stage.end()
    await replay(history)
    assert tasks_without_commands(history) == []
    marks = [
        one.timer_started_event_attributes.timer_id
        for one in history.events
        if one.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta() == MARK_LASTS
    ]
    ended = [one.timer_canceled_event_attributes.timer_id for one in history.events]
    assert len(marks) == len(set(marks)) == 4
    assert set(marks[:3]) <= set(ended)


def tasks_without_commands(history: WorkflowHistory) -> list[int]:
    """The tasks that are followed at once by the next one, by the numbers of their ends."""
    kinds = [(one.event_id, one.event_type) for one in history.events]
    completed, scheduled = (
        EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
        EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
    )
    return [
        number for (number, kind), (_, following) in pairwise(kinds) if kind == completed and following == scheduled
    ]
