"""Looks at every ticket of a drill once faults are over: does it still answer, and does all that is known agree."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowQueryFailedError
from temporalio.service import RPCError

from activities.reconciling.telling import message_of
from models.contracts.tickets import TicketInput
from models.database import Database, DatabaseRefused
from models.identity import CARRIED_QUERY
from models.records import TicketRecord
from models.sla.clock import ClockError
from models.sql_functions import SqlFunction
from starter.auditing import verify_chain
from starter.drill.account import Account
from starter.drill.agreement import clock_differences, differences
from starter.drill.histories import Replays, keep_history, replay_all
from starter.drill.house import OtherHouse
from starter.drill.plan import DrillPlan
from starter.drill.telling import untold
from starter.reading.signing import signatures_of

AT_ONCE = 24
"""Tickets that are looked at side by side: one that is stuck is waited for."""

QUERY_WITHIN = timedelta(seconds=10)

FAILED_TRIES = 3
"""A workflow task that was tried so often, and is not done, fails: once is a worker that died."""

LOOK_AGAIN = 1.0
TASK_FAILED = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
SETTLED_WITHIN = timedelta(seconds=45)
"""After this it is not slow, but stuck."""


@dataclass(slots=True)
class Examined:
    """What was found; sentences, all empty when everything is right.

    Attributes:
        stuck: tickets that answer no more, by their keys.
        differing: where record, workflow, clocks and signatures do not say the same.
        broken_chains: what is wrong with the audit trail.
        untold: what the other house does not know, or not rightly.
    """

    stuck: dict[str, str] = field(default_factory=dict)
    differing: list[str] = field(default_factory=list)
    broken_chains: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    replays: Replays = field(default_factory=Replays)

    @property
    def broken_histories(self) -> list[str]:
        return [f"{one.workflow_id} (run {one.run_id}) does not replay: {one.why}" for one in self.replays.broken]


async def examine(
    plan: DrillPlan,
    account: Account,
    client: Client,
    database: Database,
    *,
    keep: Path | None = None,
    house: OtherHouse | None = None,
) -> Examined:
    """Examine every ticket that was opened; histories that do not replay are kept in `keep`.

    Args:
        house: which is told of the tickets, if one is.
    """
    done, guard = Examined(), asyncio.Semaphore(AT_ONCE)

    async def one(key: str) -> None:
        async with guard:
            await _examine(done, key, account.opened[key].workflow_id, client, database)
            if key in done.stuck:
                done.stuck[key] += await _first_failure(client, account.opened[key].workflow_id, keep)

    await asyncio.gather(*(one(key) for key in account.opened))
    if house is not None:  # by now the record has all that there is to tell
        done.untold = await untold(plan, house, database)
    expected = {opened.workflow_id for opened in account.opened.values()}
    done.replays = await replay_all(client, plan.key_prefix, expected, keep)
    return done


async def _examine(done: Examined, key: str, workflow_id: str, client: Client, database: Database) -> None:
    carried = await _carried(done, key, workflow_id, client)
    answer = await database.call(SqlFunction.GET_TICKET, workflow_id)
    if answer is None:
        return  # the check of acknowledgements says so
    record = TicketRecord.parse(answer)
    if carried is not None:
        done.differing += [f"{key}: {sentence}" for sentence in differences(carried, record)]
    try:
        wrong = await clock_differences(database, record)
    except (DatabaseRefused, ClockError) as error:
        wrong = [f"its clocks can't be reckoned: {error}"]
    done.differing += [f"{key}: {sentence}" for sentence in wrong]
    done.differing += [
        f"{key}: the signature of {one.stage} visit {one.visit}: {one.trouble}"
        for one in await signatures_of(database, record)
        if one.trouble
    ]
    verified = await verify_chain(database, record.ticket.id)
    done.broken_chains += [f"{key}: entry {one.sequence}: {one.sentence}" for one in verified.findings.first]


async def _carried(done: Examined, key: str, workflow_id: str, client: Client) -> TicketInput | None:
    """What the workflow knows, once it has stored it all; None when it does not say so any more."""
    handle = client.get_workflow_handle(workflow_id)
    why, failing, carried = "it does not answer", False, None
    try:
        async with asyncio.timeout(SETTLED_WITHIN.total_seconds()):
            while True:
                try:
                    described = await handle.describe()
                    failing = described.raw_description.pending_workflow_task.attempt >= FAILED_TRIES
                    answer: TicketInput = await handle.query(
                        CARRIED_QUERY, result_type=TicketInput, rpc_timeout=QUERY_WITHIN
                    )
                except (RPCError, WorkflowQueryFailedError) as error:
                    why = f"it can't be asked: {error}"
                else:
                    carried, why = answer, "its workflow task fails" if failing else "it stores nothing more"
                    running = described.status is WorkflowExecutionStatus.RUNNING
                    if answer.carried and not answer.carried.unstored and not (running and answer.carried.ended_at):
                        return answer
                await asyncio.sleep(LOOK_AGAIN)
    except TimeoutError:
        pass
    done.stuck[key] = f"{key} is stuck: {why}"
    return carried


async def _first_failure(client: Client, workflow_id: str, keep: Path | None) -> str:
    """What the history says of the task that fails: the first try of it, for later ones leave no trace."""
    try:
        history = await client.get_workflow_handle(workflow_id).fetch_history()
    except RPCError:
        return ""
    if keep is not None:
        keep_history(history, keep)
    failed = [one.workflow_task_failed_event_attributes for one in history.events if one.event_type == TASK_FAILED]
    if not failed:
        return ""
    return f"; its task failed: {await message_of(failed[-1].failure, client.data_converter) or failed[-1].cause}"
