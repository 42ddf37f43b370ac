"""Why a ticket does not answer: its task fails, no worker asks for work, it waits for the database, or nobody knows.

Three different truths, each with its own remedy. Nothing here needs the ticket to answer.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryReverseRequest
from temporalio.client import Client
from temporalio.service import RPCError

from activities.reconciling.standing import Standing, standing
from activities.reconciling.telling import message_of
from models.contracts.reconciliation import Finding, FindingKind
from starter.calling import TemporalUnavailable
from starter.failures import Remedy, RemedyKind, Told
from starter.pollers import pollers_of

WITHIN = timedelta(seconds=5)
ASKS_EVERY = timedelta(seconds=75)
"""A worker's question for work is open for a minute, then it asks again."""

_NEWEST = 30
"""Events of the history that are looked through for why the task failed."""

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Standstill:
    """Why nothing answers.

    Attributes:
        name: what people call the ticket.
        reason: in words, without a full stop.
        finding: what is wrong with the ticket itself, if that is why: then an operator rescues it.
        remedies: what to do otherwise.
    """

    name: str
    reason: str
    finding: Finding | None = None
    remedies: tuple[Remedy, ...] = ()

    @property
    def told(self) -> Told:
        """What people are told who wait for the ticket."""
        if self.finding is None:
            return Told(f"Ticket {self.name} does not answer: {self.reason}.", self.remedies)
        can_not = "answer" if self.finding.kind is FindingKind.WORKFLOW_GONE else "go on"
        return Told(f"Ticket {self.name} can't {can_not}: {self.reason}.", (Remedy(RemedyKind.RESCUE, self.name),))


async def why(client: Client, workflow_id: str) -> Standstill | None:
    """Why the ticket does not answer; None: nothing speaks for any reason, or Temporal does not answer either."""
    try:
        async with asyncio.timeout(WITHIN.total_seconds()):
            return await _why(client, workflow_id)
    except (TimeoutError, RPCError, TemporalUnavailable):
        return None


async def unanswered(
    client: Client, workflow_id: str, within: timedelta, *, called: str | None = None, task_failed: bool = False
) -> Told:
    """What people are told whose question or command the ticket did not answer in time: the reason, as far as known.

    Args:
        called: what people call the ticket, where that is known: Temporal may not be able to say it.
        task_failed: Temporal said of the call that the ticket's task fails, even if it may not any more.
    """
    found = await why(client, workflow_id)
    if found is not None and found.finding is not None:
        return found.told
    name = found.name if found is not None else called or workflow_id
    if task_failed:
        seen = "An operator sees why in the Temporal UI."
        return Told(f"Ticket {name} can't go on: its workflow task fails. {seen}")
    reason = found.reason if found is not None else "no worker is running, or the database is away"
    remedies = found.remedies if found is not None else ()
    return Told(f"Ticket {name} did not answer within {within.total_seconds():g} s: {reason}.", remedies)


async def _why(client: Client, workflow_id: str) -> Standstill | None:
    found = await standing(client, workflow_id)
    if found.status is None:
        return None
    name = found.number or workflow_id
    if found.broken:
        gone = Finding(kind=FindingKind.WORKFLOW_GONE, workflow_id=workflow_id, number=found.number, detail=found.fate)
        return Standstill(name, found.fate, gone)
    if not await _asked_for(client, found.queue):
        return Standstill(name, "no worker is running", remedies=(Remedy(RemedyKind.START_WORKER),))
    if (told := await _failed(client, workflow_id, found)) is not None:
        stuck = Finding(kind=FindingKind.TASK_FAILS, workflow_id=workflow_id, number=found.number, detail=found.why)
        return Standstill(name, told, stuck)
    if found.waits_for is not None:
        activity, said = found.waits_for
        return Standstill(name, f"it waits for {activity}, which was tried in vain ({_short(said)})")
    return None


async def _asked_for(client: Client, queue: str) -> bool:
    """Whether any worker has asked for tickets' work lately: each asks once a minute, and is remembered for five."""
    since = datetime.now(UTC) - ASKS_EVERY
    return any(poller.last_access_time.ToDatetime(UTC) > since for poller in await pollers_of(client, queue))


async def _failed(client: Client, workflow_id: str, found: Standing) -> str | None:
    """Why the task that waits to be done was not done the last time; None where it was not tried, or only timed out."""
    if found.attempt < 2 and not found.fails:
        return None
    answer = await client.workflow_service.get_workflow_execution_history_reverse(
        GetWorkflowExecutionHistoryReverseRequest(
            namespace=client.namespace,
            execution=WorkflowExecution(workflow_id=workflow_id, run_id=found.run_id),
            maximum_page_size=_NEWEST,
        )
    )
    for event in answer.history.events:
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
            break
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
            failed = event.workflow_task_failed_event_attributes.failure
            said = _short(await message_of(failed, client.data_converter))
            return f"{found.problem} ({said})" if found.problem and said else found.problem or said or found.why
    return found.why if found.fails else None


def _short(message: str) -> str:
    first = message.strip().splitlines()[0].rstrip(".") if message.strip() else ""
    return first if len(first) <= _LONGEST else f"{first[: _LONGEST - 1]}…"
