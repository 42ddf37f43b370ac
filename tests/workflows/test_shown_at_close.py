"""What Temporal's lists say of a ticket's end: written when its run closes, or soon after where it can't close yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus
from temporalio.testing import TimeSkipper

from models.contracts.commands import Cancel
from models.database import Database
from tests.factories import COORDINATOR, command_id, complete
from tests.field import STANDARD_STAGES, Field, Ticket
from tests.proxy import Proxy
from tests.waiting import until
from tests.workflows.rescuing import serving
from workflows import display

pytestmark = pytest.mark.asyncio(loop_scope="session")

UPSERT = EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES
CLOSED = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED


async def last_task(ticket: Ticket) -> Sequence[int]:
    """What the last workflow task left of the two, in its order, beside timers and activities that it broke off."""
    kinds = [event.event_type for event in (await ticket.handle.fetch_history()).events]
    done = max(at for at, kind in enumerate(kinds) if kind == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)
    return [kind for kind in kinds[done + 1 :] if kind in {UPSERT, CLOSED}]


async def listed(ticket: Ticket) -> dict[str, object]:
    """What a list says, which is behind for moments."""
    async for one in ticket.field.client.list_workflows(f"WorkflowId = '{ticket.id}'"):
        return {pair.key.name: pair.value for pair in one.typed_search_attributes}
    return {}


async def test_the_end_is_shown_by_the_task_that_closes_the_run(field: Field) -> None:
    ticket = await field.open()
    await ticket.finish()
    assert await last_task(ticket) == [UPSERT, CLOSED]

    async def shows_the_end() -> bool:
        found = await listed(ticket)
        return (found.get("Stage"), found.get("SlaState")) == ("closed", "met")

    await until(shows_the_end)


async def test_a_run_that_cannot_close_yet_shows_its_end_all_the_same(
    skipper: TimeSkipper, service_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(display, "SETTLING", timedelta(milliseconds=300))
    proxy = Proxy.to(service_url)
    await proxy.mend()
    database = Database(proxy.through(service_url), pool_size=2)
    async with serving(skipper, database) as field:
        ticket = await field.open()
        await ticket.stored()
        await proxy.cut()
        for key in STANDARD_STAGES:
            await ticket.do(complete(key, by="ENG-004"))

        async def shows_the_end() -> bool:
            return (await listed(ticket)).get("Stage") == "closed"

        await until(shows_the_end)
        assert (await ticket.handle.describe()).status is WorkflowExecutionStatus.RUNNING
        await proxy.mend()
        await ticket.handle.result()
        assert await last_task(ticket) == [CLOSED]  # shown once, not again
    await database.aclose()
    await proxy.cut()


async def test_a_cancelled_ticket_is_shown_as_one(field: Field) -> None:
    ticket = await field.open()
    await ticket.do(Cancel(command_id=command_id(), actor=COORDINATOR, reason="Reported twice"))
    await ticket.handle.result()
    assert await last_task(ticket) == [UPSERT, CLOSED]

    async def has_no_due_time() -> bool:
        return "TicketNumber" in (found := await listed(ticket)) and "DueTime" not in found

    await until(has_no_due_time)
