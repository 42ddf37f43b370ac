"""The yardstick: a workflow of five stages that does nothing but what five stages cost on Temporal.

Each stage waits for its signal and runs two activities without effect, one after the other. Plain messages, the SDK's
default converter and sandbox, no database. `python -m bench.bare` is its worker.
"""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker

QUEUE = "bench-bare"
STAGES = 5
LIMIT = timedelta(seconds=20)


@activity.defn
async def begin_stage(stage: int) -> int:
    return stage


@activity.defn
async def end_stage(stage: int) -> int:
    return stage


@workflow.defn
class BareWorkflow:
    def __init__(self) -> None:
        self._signalled = 0

    @workflow.run
    async def run(self, _number: int) -> int:
        for stage in range(1, STAGES + 1):
            await workflow.wait_condition(lambda due=stage: self._signalled >= due)  # type: ignore[misc]
            await workflow.execute_activity(begin_stage, stage, start_to_close_timeout=LIMIT)
            await workflow.execute_activity(end_stage, stage, start_to_close_timeout=LIMIT)
        return STAGES

    @workflow.signal
    def stage_done(self, _stage: int) -> None:
        self._signalled += 1


async def drive(client: Client, tickets: int, concurrency: int) -> None:
    """Start `tickets` workflows, at most `concurrency` at a time, send each its signals, and wait for each to end."""
    numbers = iter(range(tickets))

    async def one_after_the_other() -> None:
        for number in numbers:
            handle = await client.start_workflow(BareWorkflow.run, number, id=f"bare-{number}", task_queue=QUEUE)
            for stage in range(1, STAGES + 1):
                await handle.signal(BareWorkflow.stage_done, stage)
            await handle.result()

    async with asyncio.TaskGroup() as group:
        for _ in range(min(concurrency, tickets)):
            group.create_task(one_after_the_other())


async def serve() -> None:
    """A worker as the SDK gives it, until SIGTERM."""
    client = await Client.connect(os.environ["TEMPORAL_ADDRESS"])
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with Worker(client, task_queue=QUEUE, workflows=[BareWorkflow], activities=[begin_stage, end_stage]):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(serve())
