"""How the workflows of tickets stand, as Temporal sees it: which run, whose task fails, what became of one that ended.

No question here needs a worker, so all of them are answered while none runs, or none can go on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from temporalio.api.failure.v1 import Failure
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode

from models.identity import NUMBER_PATTERN, TICKET_NUMBER_ATTRIBUTE, WORKFLOW_TYPES

REPORTED_PROBLEMS = SearchAttributeKey.for_keyword_list("TemporalReportedProblems")
"""Temporal's own: set after some failures of a workflow's task in a row, taken away when one succeeds."""

FAILS_FROM = 3
"""The attempt of a workflow task from which on it counts as failing, where the server reports no problems: the second
one is what a killed worker leaves."""

_TYPES = ", ".join(f"'{name}'" for name in WORKFLOW_TYPES)
RUNNING = f"ExecutionStatus = 'Running' AND WorkflowType IN ({_TYPES})"
FAILING = f"{RUNNING} AND {REPORTED_PROBLEMS.name} IS NOT NULL"
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
        status: None: Temporal has no workflow of that id (any more).
        attempt: of the workflow task that waits to be done; 0: none does.
        queue: where it asks for workers.
        waits_for: what an activity that was tried in vain says, and which one that is.
    """

    status: WorkflowExecutionStatus | None
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
        return self.status is WorkflowExecutionStatus.RUNNING

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
        return f"its workflow {_FATES.get(self.status, self.status.name.lower())}{when}"


_BROKEN = frozenset(
    {
        WorkflowExecutionStatus.TERMINATED,
        WorkflowExecutionStatus.FAILED,
        WorkflowExecutionStatus.TIMED_OUT,
    }
)
_FATES = {
    WorkflowExecutionStatus.TERMINATED: "was terminated",
    WorkflowExecutionStatus.CANCELED: "was cancelled",
    WorkflowExecutionStatus.FAILED: "failed",
    WorkflowExecutionStatus.TIMED_OUT: "timed out",
    WorkflowExecutionStatus.COMPLETED: "ended",
}


class NotKnownError(Exception):
    """This Temporal server can't say whose task fails: it is older than 1.30."""


async def running(client: Client) -> AsyncIterator[Running]:
    """Every ticket's workflow that runs, by Temporal's index, which lags behind by a moment."""
    async for one in client.list_workflows(RUNNING, page_size=PAGE):
        yield _running(one)


async def running_of(client: Client, numbers: Sequence[str]) -> AsyncIterator[Running]:
    """Those of the tickets that run, by their numbers."""
    for first in range(0, len(numbers), _AT_ONCE):
        some = ", ".join(f"'{one}'" for one in numbers[first : first + _AT_ONCE] if NUMBER_PATTERN.fullmatch(one))
        async for one in client.list_workflows(f"{RUNNING} AND {TICKET_NUMBER_ATTRIBUTE.name} IN ({some})"):
            yield _running(one)


async def failing(client: Client, limit: int | None = None) -> list[Running]:
    """Those that run and whose task fails again and again.

    Raises:
        NotKnownError: the server does not report that.
    """
    try:
        return [_running(one) async for one in client.list_workflows(FAILING, page_size=PAGE, limit=limit)]
    except RPCError as error:
        if error.status is RPCStatusCode.INVALID_ARGUMENT:
            raise NotKnownError from error
        raise


async def standing(client: Client, workflow_id: str) -> Standing:
    """How one ticket's workflow stands."""
    try:
        described = await client.get_workflow_handle(workflow_id).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return Standing(None)
        raise
    raw: DescribeWorkflowExecutionResponse = described.raw_description
    task = raw.pending_workflow_task if raw.HasField("pending_workflow_task") else None
    in_vain = max(
        (one for one in raw.pending_activities if one.HasField("last_failure")),
        key=lambda one: one.attempt,
        default=None,
    )
    return Standing(
        status=described.status,
        number=described.typed_search_attributes.get(TICKET_NUMBER_ATTRIBUTE),
        run_id=described.run_id,
        queue=described.task_queue,
        began_at=described.start_time,
        ended_at=described.close_time.astimezone(UTC) if described.close_time else None,
        attempt=task.attempt if task else 0,
        problem=_problem(described),
        waits_for=None if in_vain is None else (in_vain.activity_type.name, _said(in_vain.last_failure)),
    )


def _said(failure: Failure) -> str:
    """What a failure says; of a long one the server keeps the beginning, as the cause of one of its own."""
    return (
        failure.cause.message
        if failure.HasField("server_failure_info") and failure.HasField("cause")
        else failure.message
    )


def _running(one: WorkflowExecution) -> Running:
    number = one.typed_search_attributes.get(TICKET_NUMBER_ATTRIBUTE)
    return Running(one.id, number, one.start_time, _problem(one))


def _problem(one: WorkflowExecution) -> str | None:
    """What Temporal says is wrong: `category=WorkflowTaskFailed`, `cause=WorkflowTaskFailedCause…`."""
    said = one.typed_search_attributes.get(REPORTED_PROBLEMS)
    if not said:
        return None
    told = dict(entry.partition("=")[::2] for entry in said)
    cause = told.get("cause", "").removeprefix("WorkflowTaskFailedCause")
    category = told.get("category", "")
    return _WORDS.get(cause) or _WORDS.get(category) or cause or category or "its task fails"
