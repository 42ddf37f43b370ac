"""How the newest run of a ticket is: whether it answers, is broken for good, has ended, or is not there at all."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.client import (
    Client,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowHistory,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
)
from temporalio.converter import DataConverter
from temporalio.service import RPCError, RPCStatusCode

from activities.reconciling.standing import FAILS_FROM
from activities.reconciling.telling import message_of
from models.contracts.status import StatusReport
from models.identity import STATUS_QUERY
from starter.client import TemporalUnavailable
from workflows.runner import replayer

NOT_THERE = "not there"
LONGEST_REASON = 300

AT_ONCE = timedelta(seconds=2)
"""A run in a worker's cache answers in milliseconds."""

REFUSED_FOR_GOOD = ("from a run that is not its newest one", "can't follow it")
"""What apply_ticket_facts() says with FC005 and FC002."""

_MESSAGE = re.compile(r'message: "(?P<message>(?:[^"\\\\]|\\\\.)*)"')


class RunState(StrEnum):
    ANSWERS = "answers"
    SILENT = "silent"
    """It does not answer, though its history replays: nothing is wrong with it itself."""
    BROKEN = "broken"
    """Its history does not replay with this version, so that no task of it can ever succeed; or its task fails again
    and again at what came last; or the record will never take what it tells."""
    ENDED = "ended"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Run:
    """The newest run of a ticket.

    Attributes:
        found: in a few words, how.
        history: of a run that does not answer; None where it is not kept any more.
        tries: how often its task has been tried in vain.
        stored: of one that answers: the newest fact that it takes for stored.
        told: of one that answers: its newest fact, stored or not.
    """

    state: RunState
    found: str
    run_id: str = ""
    task_queue: str | None = None
    history: WorkflowHistory | None = None
    tries: int = 0
    stored: int = 0
    told: int = 0
    completed: bool = False


async def look(client: Client, workflow_id: str, within: timedelta) -> Run:
    """Look at the newest run of a ticket; nothing is changed.

    Raises:
        TemporalUnavailable: nothing answers.
    """
    handle = client.get_workflow_handle(workflow_id)
    try:
        described = await handle.describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return Run(RunState.MISSING, NOT_THERE)
        raise unavailable(error) from error
    if described.status is not WorkflowExecutionStatus.RUNNING:
        status = described.status.name.lower().replace("_", " ") if described.status else "ended"
        return Run(
            RunState.ENDED,
            status,
            described.run_id,
            described.task_queue,
            await history_of(client, workflow_id, described.run_id),
            completed=described.status is WorkflowExecutionStatus.COMPLETED,
        )
    if (refused := await _refused_write(described, client.data_converter)) is not None:
        history = await history_of(client, described.id, described.run_id)
        found = f"can't store what it tells: {refused}"
        return Run(RunState.BROKEN, found, described.run_id, described.task_queue, history)
    report = await answers(client, workflow_id, min(within, AT_ONCE))
    if report is None:
        return await _look_closer(client, described, within)
    return _answering(Run(RunState.ANSWERS, "answers", described.run_id, described.task_queue), report)


def _answering(run: Run, report: StatusReport) -> Run:
    return replace(run, state=RunState.ANSWERS, found="answers", stored=report.stored, told=report.sequence)


async def _refused_write(described: WorkflowExecutionDescription, converter: DataConverter) -> str | None:
    """What the database says to a write that it will never take: the run tells facts that the record has otherwise, as
    after a reset, or that lie beyond it, as after a backup of before was restored.
    """
    for pending in described.raw_description.pending_activities:
        said = await message_of(pending.last_failure, converter)
        if any(words in said for words in REFUSED_FOR_GOOD):
            return said[:LONGEST_REASON]
    return None


async def _look_closer(client: Client, described: WorkflowExecutionDescription, within: timedelta) -> Run:
    """Why a running one does not answer at once."""
    history = await history_of(client, described.id, described.run_id)
    if history is None:  # it has ended and gone meanwhile
        return Run(RunState.MISSING, NOT_THERE)
    attempt = described.raw_description.pending_workflow_task.attempt
    state, found = RunState.SILENT, "silent"
    if (fault := await replay_fault(history, client.data_converter)) is not None:
        state, found = RunState.BROKEN, f"does not replay: {fault}"
    elif attempt >= FAILS_FROM and (fault := await _task_fault(history, client.data_converter)) is not None:
        state, found = RunState.BROKEN, f"its task fails again and again: {fault}"
    run = Run(state, found, described.run_id, described.task_queue, history, max(attempt - 1, 0))
    # A run that is sound may take as long as a sticky queue holds its query back; one that is not has no reason to.
    report = await answers(client, described.id, within if fault is None else min(within, AT_ONCE))
    return run if report is None else _answering(run, report)


async def answers(client: Client, workflow_id: str, within: timedelta) -> StatusReport | None:
    """What the newest run says of itself; None where it says nothing in time."""
    handle = client.get_workflow_handle(workflow_id)
    try:
        async with asyncio.timeout(within.total_seconds()):
            report: StatusReport = await handle.query(STATUS_QUERY, result_type=StatusReport)
            return report
    except (TimeoutError, WorkflowQueryFailedError, WorkflowQueryRejectedError):
        return None
    except RPCError as error:
        if error.status in {RPCStatusCode.UNAVAILABLE, RPCStatusCode.UNAUTHENTICATED, RPCStatusCode.PERMISSION_DENIED}:
            raise unavailable(error) from error
        return None  # no worker asks for work, or the server knows that its task fails


async def _task_fault(history: WorkflowHistory, converter: DataConverter) -> str | None:
    """Why the task fails that comes after all that replays; None where it has failed at nothing of the ticket's own.

    A worker that was killed fails no task. One that can't replay what this version can is of another version: it, not
    the ticket, has to be exchanged. Of the tries in a row the server keeps the first.
    """
    for event in reversed(history.events):
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
            return None
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
            failed = event.workflow_task_failed_event_attributes
            if failed.cause != WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE:
                return None
            kind, told = failed.failure.application_failure_info.type, await message_of(failed.failure, converter)
            said = f"{kind}: {told}" if kind else told
            return " ".join(said.split())[:LONGEST_REASON]
    return None


async def replay_fault(history: WorkflowHistory, converter: DataConverter) -> str | None:
    """Why a history does not replay with this version; None if it does."""
    result = await replayer(converter).replay_workflow(history, raise_on_replay_failure=False)
    failure = result.replay_failure
    if failure is None:
        return None
    said = _MESSAGE.search(str(failure))  # the SDK shows the whole structure
    return " ".join((said["message"] if said else str(failure)).split())[:LONGEST_REASON]


async def history_of(client: Client, workflow_id: str, run_id: str) -> WorkflowHistory | None:
    """The history of a run; None where it is not kept any more."""
    try:
        return await client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise unavailable(error) from error


def unavailable(error: RPCError) -> TemporalUnavailable:
    return TemporalUnavailable(f"Temporal does not answer: {error.message}.")
