"""What keeps a workflow, its record and the audit trail apart is found, named with its remedy, and forgotten again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import ResetReapplyExcludeType as Excluded
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper

from activities.reconciling import glance as glancing
from activities.reconciling.reconciliation import ReconciliationActivities
from models.contracts.reconciliation import Finding, FindingKind, ReconcileBatch, Reconciled
from models.database import Database
from models.identity import RECONCILE_SCHEDULE, RECONCILE_WORKFLOW
from models.settings import Settings
from models.sql_functions import SqlFunction
from starter.client import register_schedules
from starter.embedded.stack import Stack
from tests.databases import as_role
from tests.factories import command_id, complete, hold
from tests.field import Field, Ticket
from tests.standstill import delete, other_code, until_it_fails
from tests.waiting import until
from tests.workflows.rescuing import rescued
from worker import build_worker

pytestmark = pytest.mark.asyncio(loop_scope="session")

BATCH = ReconcileBatch()


@dataclass
class Place:
    """A service of its own: a database, a queue, and a worker that comes and goes."""

    field: Field
    owner: Any

    @property
    def client(self) -> Client:
        return self.field.client

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        async with build_worker(self.client, self.field.database, Settings(), self.field.task_queue):
            yield

    async def ticket(self) -> Ticket:
        ticket = await self.field.open()
        await ticket.stored()
        return ticket

    async def reconcile(self, batch: ReconcileBatch = BATCH) -> Reconciled:
        activities = ReconciliationActivities(self.client, self.field.database, catches_up=timedelta(seconds=0.5))
        return await activities.reconcile(batch)

    async def found(self, ticket: Ticket) -> list[Finding]:
        """What is open of a ticket: the server has tickets of other tests, of which this database knows nothing."""
        rows = await self.field.database.rows(SqlFunction.OPEN_FINDINGS, 1000)
        return [Finding.model_validate(row) for row in rows if row["workflow_id"] == ticket.id]

    async def kinds(self, ticket: Ticket) -> list[FindingKind]:
        return [one.kind for one in await self.found(ticket)]


@pytest_asyncio.fixture(loop_scope="session")
async def place(stack: Stack, skipper: TimeSkipper, database_url: str) -> AsyncIterator[Place]:
    database = Database(as_role(database_url, stack.addresses.workers_url))
    owner = await asyncpg.connect(database_url)
    yield Place(Field(skipper, database, f"place-{uuid4().hex[:8]}"), owner)
    await owner.close()
    await database.aclose()


async def test_nothing_is_found_where_all_is_well(place: Place) -> None:
    async with place.working():
        going, held, done = [await place.ticket() for _ in range(3)]
        await held.do(hold())
        await done.finish()
        reconciled = await place.reconcile()
    assert (reconciled.compared, reconciled.round_over) == (3, True)
    assert [await place.kinds(one) for one in (going, held, done)] == [[], [], []]


async def test_a_ticket_whose_task_fails_is_found_until_it_goes_on(place: Place) -> None:
    async with place.working():
        ticket = await place.ticket()
    async with other_code(place.client, place.field.task_queue):
        await until_it_fails(place.client, ticket.id)
        await place.reconcile()
        [found] = await place.found(ticket)
    assert (found.kind, found.number) == (FindingKind.TASK_FAILS, ticket.number)
    assert found.detail == "its history can't be replayed by this version of the workers"
    assert found.remedy == f"`fieldcare ticket rescue {ticket.number}`"
    async with place.working():  # the code that wrote the history is back

        async def resolved() -> bool:
            await place.reconcile()
            return await place.kinds(ticket) == []

        await until(resolved, within=60)


async def at_rest(ticket: Ticket) -> bool:
    """Whether all is stored and no workflow task of the ticket is open."""
    await ticket.stored()
    return not (await ticket.handle.describe()).raw_description.HasField("pending_workflow_task")


async def test_a_ticket_that_will_not_go_on_is_found_before_anybody_needs_it(place: Place) -> None:
    async with place.working():
        ticket, closed = await place.ticket(), await place.ticket()
        await closed.finish()
        await until(lambda: at_rest(ticket))  # a worker that ends in the middle of a task leaves it to the next one
    async with other_code(place.client, place.field.task_queue):
        await place.reconcile()
        assert not (await ticket.handle.describe()).raw_description.HasField("pending_workflow_task")
    assert await place.kinds(ticket) == await place.kinds(closed) == [FindingKind.CAN_NOT_REPLAY]
    async with place.working():
        await place.reconcile()
    assert await place.kinds(ticket) == await place.kinds(closed) == []


async def test_a_ticket_that_was_terminated_is_found(place: Place) -> None:
    async with place.working():
        ticket = await place.ticket()
        await ticket.handle.terminate("by mistake")
        await place.reconcile()
    [found] = await place.found(ticket)
    assert found.kind is FindingKind.WORKFLOW_GONE
    assert found.detail.startswith("its workflow was terminated 20")


async def test_a_ticket_that_was_rescued_is_as_its_facts_say(place: Place) -> None:
    async with place.working():
        terminated, another = await place.ticket(), await place.ticket()
        await terminated.do(hold())
        await terminated.stored()
        await terminated.handle.terminate("by mistake")
        await place.reconcile()
        assert await place.kinds(terminated) == [FindingKind.WORKFLOW_GONE]
        await rescued(place.field, terminated)
        await terminated.stored()
        await place.reconcile()
    assert await place.kinds(terminated) == await place.kinds(another) == []


async def test_a_ticket_whose_workflow_was_deleted_is_found(place: Place) -> None:
    async with place.working():
        ticket = await place.ticket()
        await delete(place.client, ticket.id)
        await place.reconcile()
    [found] = await place.found(ticket)
    assert (found.kind, found.detail) == (
        FindingKind.WORKFLOW_GONE,
        "Temporal has no workflow of it: deleted, lost, or kept no longer",
    )


async def test_a_ticket_that_was_reset_is_found(place: Place) -> None:
    async with place.working():
        ticket = await place.ticket()
        await ticket.do(complete("remote_diagnosis", by="ENG-004"))
        await ticket.stored()
        history = [event async for event in ticket.handle.fetch_history_events()]
        first = next(one.event_id for one in history if one.HasField("workflow_task_completed_event_attributes"))
        await place.client.workflow_service.reset_workflow_execution(
            ResetWorkflowExecutionRequest(
                namespace=place.client.namespace,
                workflow_execution=WorkflowExecution(workflow_id=ticket.id),
                workflow_task_finish_event_id=first,
                request_id=command_id(),
                reset_reapply_exclude_types=[Excluded.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE],
            )
        )

        async def found() -> bool:
            await place.reconcile()
            return await place.kinds(ticket) == [FindingKind.WORKFLOW_DIFFERS]

        await until(found, within=30)


async def test_a_record_that_does_not_catch_up_is_found(place: Place) -> None:
    async with place.working():
        ticket = await place.ticket()
        # Somebody has taken the right to write away: every write is tried again, without end.
        await place.owner.execute("REVOKE EXECUTE ON FUNCTION apply_ticket_facts(uuid, jsonb) FROM fieldcare_app")
        await ticket.do(hold())
        await place.reconcile()
        [found] = await place.found(ticket)
        assert found.kind is FindingKind.RECORD_BEHIND
        await place.owner.execute("GRANT EXECUTE ON FUNCTION apply_ticket_facts(uuid, jsonb) TO fieldcare_app")
        await ticket.stored()
        await place.reconcile()
    assert await place.kinds(ticket) == []


async def test_a_ticket_that_runs_and_is_not_on_record_is_found(
    place: Place, field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(glancing, "GRACE", timedelta(0))
    stranger = await field.open()  # on record, but in another database
    await place.reconcile()
    [found] = await place.found(stranger)
    assert (found.kind, found.number, found.ticket_id) == (FindingKind.NOT_ON_RECORD, stranger.number, None)


async def test_a_ticket_that_is_over_on_record_and_still_runs_is_found(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(glancing, "GRACE", timedelta(0))
    async with place.working():
        ticket = await place.ticket()
        await place.owner.execute(
            "UPDATE service_tickets SET opened_at = opened_at - interval '2 h', status = 'cancelled', "
            "closed_at = now() - interval '1 h' WHERE workflow_id = $1",
            ticket.id,
        )
        await place.reconcile()
    assert FindingKind.STILL_RUNS in await place.kinds(ticket)


async def test_a_record_that_only_a_newer_version_can_read_keeps_nobody_from_comparing_the_others(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    async with place.working():
        newer, other = await place.ticket(), await place.ticket()
        await place.owner.execute("ALTER TABLE service_tickets DROP CONSTRAINT service_tickets_priority_check")
        await place.owner.execute("UPDATE service_tickets SET priority = 'P0' WHERE workflow_id = $1", newer.id)
        await place.owner.execute("UPDATE service_tickets SET priority = 'P4' WHERE workflow_id = $1", other.id)
        reconciled = await place.reconcile()
    assert reconciled.compared == 2
    assert f"Ticket {newer.number} is not compared: the record of the ticket is not one that this" in caplog.text
    assert FindingKind.WORKFLOW_DIFFERS not in await place.kinds(newer)
    assert FindingKind.WORKFLOW_DIFFERS in await place.kinds(other)


async def test_a_record_that_was_changed_is_found_until_it_is_right_again(place: Place) -> None:
    async with place.working():
        ticket = await place.ticket()
        change = "UPDATE service_tickets SET description = $2 WHERE workflow_id = $1 RETURNING old.description"
        before = await place.owner.fetchval(change, ticket.id, "Nothing")
        await place.reconcile()
        [found] = await place.found(ticket)
        assert (found.kind, found.detail) == (FindingKind.RECORD_CHANGED, "service_tickets description")
        await place.owner.execute(change, ticket.id, before)
        await place.reconcile()
    assert await place.kinds(ticket) == []
    resolved = "SELECT resolved_at IS NOT NULL FROM reconciliation_findings WHERE workflow_id = $1"
    assert await place.owner.fetchval(resolved, ticket.id) is True


async def test_a_record_that_says_something_else_than_the_workflow_is_found(place: Place) -> None:
    async with place.working():
        ticket = await place.ticket()
        await place.owner.execute("UPDATE service_tickets SET priority = 'P4' WHERE workflow_id = $1", ticket.id)
        await place.reconcile()
    found = {one.kind: one.detail for one in await place.found(ticket)}
    assert found[FindingKind.WORKFLOW_DIFFERS] == "priority: P4 on record, P2 in the workflow"


async def test_batches_go_on_where_they_stopped_until_every_ticket_was_compared(place: Place) -> None:
    async with place.working():
        tickets = [await place.ticket() for _ in range(3)]
        for ticket in tickets:
            await place.owner.execute("UPDATE service_tickets SET end_reason = 'x' WHERE workflow_id = $1", ticket.id)
        seen = []
        for _ in range(3):
            reconciled = await place.reconcile(ReconcileBatch(tickets=2))
            marked = [bool(await place.kinds(ticket)) for ticket in tickets]
            seen.append((reconciled.compared, reconciled.round_over, sum(marked)))
    assert seen == [(2, False, 2), (1, True, 3), (2, False, 3)]
    [progress] = await place.field.database.rows(SqlFunction.GET_RECONCILIATION)
    assert progress["compared_since"] is not None
    assert progress["in_round"] == 2


async def test_the_schedule_is_made_once_and_does_it(place: Place) -> None:
    handle = place.client.get_schedule_handle(RECONCILE_SCHEDULE)
    with suppress(RPCError):  # workers of other tests make it as well
        await handle.delete()
    assert await register_schedules(place.client, place.field.task_queue)
    try:
        assert not await register_schedules(place.client, "elsewhere")
        async with place.working():
            ticket = await place.ticket()
            await ticket.handle.terminate("by mistake")
            await handle.trigger()

            async def done() -> bool:
                return await place.kinds(ticket) == [FindingKind.WORKFLOW_GONE]

            await until(done, within=30)
        described: Any = await handle.describe()
        assert described.schedule.action.task_queue == place.field.task_queue
        assert described.info.recent_actions[0].action.workflow_id.startswith(RECONCILE_SCHEDULE)
        assert described.schedule.action.workflow == RECONCILE_WORKFLOW
    finally:
        await handle.delete()
