"""How the workflows of tickets stand, as Temporal sees it: which run, whose task fails, what became of one that ended.

No question here needs a worker, so all of them are answered while none runs, or none can go on. They are put to the
server itself: the SDK's own lists can't be read once a workflow is paused, which it does not know.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.api.failure.v1 import Failure
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest, ListWorkflowExecutionsRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from activities.reconciling.telling import message_of
from models.attributes import TICKET_NUMBER_ATTRIBUTE
from models.identity import NUMBER_PATTERN, WORKFLOW_TYPES

REPORTED_PROBLEMS = "TemporalReportedProblems"
"""Temporal's own: set after some failures of a workflow's task in a row, taken away when one succeeds."""

FAILS_FROM = 3
"""The attempt of a workflow task from which on it counts as failing, where the server reports no problems: the second
one is what a killed worker leaves."""

_TYPES = ", ".join(f"'{name}'" for name in WORKFLOW_TYPES)
RUNNING = f"ExecutionStatus = 'Running' AND WorkflowType IN ({_TYPES})"
FAILING = f"{RUNNING} AND {REPORTED_PROBLEMS} IS NOT NULL"
PAGE = 1_000
_AT_ONCE = 100
"""Numbers in one question."""

_WORDS = {
    "NonDeterministicError": "its history can't be replayed by this version of the workers",
    "WorkflowWorkerUnhandledFailure": "an error in the program",
    "WorkflowTaskTimedOut": "its task is not done in time",
}


@dataclass(frozen=True, slots=True)
class Running:
    """A workflow that runs.

    Attributes:
        problem: why its task fails, in words; None: it does not, as far as is known.
    """

    workflow_id: str
    number: str | None
    began_at: datetime
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest run of one ticket's workflow.

    Attributes:
        status: as Temporal calls it, in small letters; None: it has no workflow of that id (any more).
        attempt: of the workflow task that waits to be done; 0: none does.
        queue: where it asks for workers.
        waits_for: what an activity that was tried in vain says, and which one that is.
    """

    status: str | None
    number: str | None = None
    run_id: str = ""
    queue: str = ""
    began_at: datetime | None = None
    ended_at: datetime | None = None
    attempt: int = 0
    problem: str | None = None
    waits_for: tuple[str, str] | None = None

    @property
    def runs(self) -> bool:
        return self.status == "running"

    @property
    def broken(self) -> bool:
        """Whether it ended otherwise than a ticket ends, which on record is then open still."""
        return self.status in _BROKEN

    @property
    def fails(self) -> bool:
        """Whether its task fails again and again."""
        return self.runs and (self.problem is not None or self.attempt >= FAILS_FROM)

    @property
    def why(self) -> str:
        """Why the task fails, in words."""
        return self.problem or f"its task fails, for the {self.attempt}th time"

    @property
    def fate(self) -> str:
        """What became of a workflow that does not run."""
        if self.status is None:
            return "Temporal has no workflow of it: deleted, lost, or kept no longer"
        when = f" {self.ended_at:%Y-%m-%d %H:%M:%S} UTC" if self.ended_at else ""
        return f"its workflow {_FATES.get(self.status, self.status)}{when}"


_BROKEN = frozenset({"terminated", "failed", "timed_out"})
_FATES = {
    "terminated": "was terminated",
    "canceled": "was cancelled",
    "failed": "failed",
    "timed_out": "timed out",
    "completed": "ended",
    "paused": "is paused: unpause it in the Temporal UI",
}


class NotKnownError(Exception):
    """This Temporal server can't say whose task fails: it is older than 1.30."""


async def running(client: Client) -> AsyncIterator[Running]:
    """Every ticket's workflow that runs, by Temporal's index, which lags behind by a moment."""
    async for one in _listed(client, RUNNING):
        yield one


async def running_of(client: Client, numbers: Sequence[str]) -> AsyncIterator[Running]:
    """Those of the tickets that run, by their numbers."""
    for first in range(0, len(numbers), _AT_ONCE):
        some = ", ".join(f"'{one}'" for one in numbers[first : first + _AT_ONCE] if NUMBER_PATTERN.fullmatch(one))
        async for one in _listed(client, f"{RUNNING} AND {TICKET_NUMBER_ATTRIBUTE.name} IN ({some})"):
            yield one


async def failing(client: Client) -> list[Running]:
    """Those that run and whose task fails again and again.

    Raises:
        NotKnownError: the server does not report that.
    """
    try:
        return [one async for one in _listed(client, FAILING)]
    except RPCError as error:
        if error.status is RPCStatusCode.INVALID_ARGUMENT:
            raise NotKnownError from error
        raise


async def standing(client: Client, workflow_id: str) -> Standing:
    """How one ticket's workflow stands."""
    try:
        raw = await client.workflow_service.describe_workflow_execution(
            DescribeWorkflowExecutionRequest(
                namespace=client.namespace, execution=WorkflowExecution(workflow_id=workflow_id)
            ),
            retry=True,
        )
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return Standing(None)
        raise
    info = raw.workflow_execution_info
    task = raw.pending_workflow_task if raw.HasField("pending_workflow_task") else None
    in_vain = max(
        (one for one in raw.pending_activities if one.HasField("last_failure")),
        key=lambda one: one.attempt,
        default=None,
    )
    return Standing(
        status=WorkflowExecutionStatus.Name(info.status).removeprefix("WORKFLOW_EXECUTION_STATUS_").lower(),
        number=_keyword(info, TICKET_NUMBER_ATTRIBUTE.name),
        run_id=info.execution.run_id,
        queue=info.task_queue,
        began_at=info.start_time.ToDatetime(UTC),
        ended_at=info.close_time.ToDatetime(UTC) if info.HasField("close_time") else None,
        attempt=task.attempt if task else 0,
        problem=_problem(info),
        waits_for=None if in_vain is None else (in_vain.activity_type.name, await _said(client, in_vain.last_failure)),
    )


async def _listed(client: Client, query: str) -> AsyncIterator[Running]:
    token = b""
    while True:
        page = await client.workflow_service.list_workflow_executions(
            ListWorkflowExecutionsRequest(
                namespace=client.namespace, page_size=PAGE, next_page_token=token, query=query
            ),
            retry=True,
        )
        for one in page.executions:
            number = _keyword(one, TICKET_NUMBER_ATTRIBUTE.name)
            yield Running(one.execution.workflow_id, number, one.start_time.ToDatetime(UTC), _problem(one))
        token = page.next_page_token
        if not token:
            return


async def _said(client: Client, failure: Failure) -> str:
    """What a failure says; of a long one the server keeps the beginning, as the cause of one of its own."""
    shortened = failure.HasField("server_failure_info") and failure.HasField("cause")
    return await message_of(failure.cause if shortened else failure, client.data_converter)


def _keyword(info: WorkflowExecutionInfo, name: str) -> str | None:
    found: str | None = _attribute(info, name)
    return found


def _attribute(info: WorkflowExecutionInfo, name: str) -> Any:
    fields = info.search_attributes.indexed_fields
    return json.loads(fields[name].data) if name in fields else None  # reading a key that is not there would make it


def _problem(info: WorkflowExecutionInfo) -> str | None:
    """What Temporal says is wrong: `category=WorkflowTaskFailed`, `cause=WorkflowTaskFailedCause…`."""
    said: list[str] | None = _attribute(info, REPORTED_PROBLEMS)
    if not said:
        return None
    told = dict(entry.partition("=")[::2] for entry in said)
    cause = told.get("cause", "").removeprefix("WorkflowTaskFailedCause")
    category = told.get("category", "")
    return _WORDS.get(cause) or _WORDS.get(category) or cause or category or "its task fails"
