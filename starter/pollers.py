"""Who serves a queue: the workers that have asked for its work lately."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from starter.calling import once
from starter.embedded.errors import EmbeddedError
from starter.failures import FailureCode, Remedy, RemedyKind

STARTED_WITHIN = 60.0


class WorkersMissing(EmbeddedError):  # noqa: N818  # a state of the world
    """No worker came up; the message has its last words."""

    code = FailureCode.WORKERS_MISSING


async def pollers_of(client: Client, queue: str) -> Sequence[PollerInfo]:
    """Who has asked for workflows' work of a queue lately: each asks once a minute, and is remembered for five.

    Raises:
        TemporalUnavailable: Temporal can't say.
    """
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    answer = await once(client.workflow_service.describe_task_queue(request))
    return list(answer.pollers)


async def wait_for_workers(client: Client, queue: str, within: float = STARTED_WITHIN) -> None:
    """Return when somebody serves the workflows of `queue`.

    Raises:
        WorkersMissing: nobody does.
        TemporalUnavailable: Temporal can't say.
    """
    try:
        async with asyncio.timeout(within):
            while not await pollers_of(client, queue):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise WorkersMissing(
            f"No worker serves {queue} after {within:.0f} s.", Remedy(RemedyKind.START_WORKER)
        ) from None
