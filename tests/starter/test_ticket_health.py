"""Nothing hides: `status`, `db doctor`, `audit verify`, `ticket list` and `ticket show` tell what is wrong.

On engines of its own: what is wrong with the tickets of other tests would be told as well.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from temporalio.testing import TimeSkipper, TimeSkippingConfig
from temporalio.worker import Worker

from activities.reconciling.reconciliation import ReconciliationActivities
from models.contracts.commands import Cancel
from models.contracts.reconciliation import ReconcileBatch
from models.database import Database
from models.identity import TICKETS_QUEUE
from models.settings import Settings
from starter.cli.audit import do as auditing
from starter.cli.db.doctor import examine_database
from starter.cli.stack import do as serving
from starter.cli.terminal.display import Times
from starter.cli.ticket import look as calls
from starter.client import connect, register_search_attributes
from starter.commands import CommandNotConfirmed
from starter.doctor import CHECKS, Verdict, examine
from starter.embedded.stack import Stack, throwaway_stack
from starter.failures import Failure
from starter.reading.tickets import TicketFilter
from tests.clusters import TEMPLATE, furnish
from tests.databases import make_database
from tests.factories import COORDINATOR, command_id
from tests.field import Field, Ticket
from tests.standstill import delete, other_code, until_it_fails
from worker import build_worker

pytestmark = pytest.mark.asyncio(loop_scope="module")

Said = Callable[[], str]


@pytest.fixture(scope="module")
def own_stack() -> Iterator[Stack]:
    with throwaway_stack(time_skipping=True, furnish=furnish) as running:
        yield running


@dataclass
class Ward:
    """A service whose worker comes and goes."""

    field: Field
    sql: Any
    url: str

    def worker(self) -> Worker:
        return build_worker(self.field.client, self.field.database, Settings())

    async def ticket(self) -> Ticket:
        ticket = await self.field.open()
        await ticket.stored()
        return ticket

    async def reconcile(self) -> None:
        reconciliation = ReconciliationActivities(
            self.field.client, self.field.database, catches_up=timedelta(seconds=1)
        )
        await reconciliation.reconcile(ReconcileBatch())

    async def forget(self, ticket: Ticket) -> None:
        """Take a broken ticket out of the way of the next test."""
        await self.sql.execute(
            "UPDATE service_tickets SET status = 'cancelled', closed_at = now() WHERE workflow_id = $1", ticket.id
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ward(own_stack: Stack) -> AsyncIterator[Ward]:
    server = own_stack.addresses
    url = await make_database(server.database_url, f"ward_{uuid4().hex[:8]}", TEMPLATE)
    client = await connect(server.temporal_address)
    await register_search_attributes(client)
    skipper = TimeSkipper(client, config=TimeSkippingConfig(enabled=False))
    database, sql = Database(url), await asyncpg.connect(url)
    yield Ward(Field(skipper, database, TICKETS_QUEUE), sql, url)
    await sql.close()
    await database.aclose()


@pytest.fixture
def said(own_stack: Stack, ward: Ward, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    """What the commands said; they are called without a process of their own."""
    monkeypatch.setenv("FIELDCARE_DATABASE_URL", ward.url)
    monkeypatch.setenv("TEMPORAL_ADDRESS", own_stack.addresses.temporal_address)
    return lambda: capsys.readouterr().out


async def troubles(said: Said) -> dict[str, str]:
    """What the list of open tickets says is wrong, by number."""
    await calls.list_tickets(TicketFilter(status="open"), limit=50, after=None, as_json=False)
    told = said()
    await calls.list_tickets(TicketFilter(status="open"), limit=50, after=None, as_json=True)
    found = {row["number"]: row["trouble"] for row in json.loads(said())["tickets"] if row["trouble"]}
    assert all(trouble in told for trouble in found.values())
    return found


async def test_where_all_is_well_everybody_says_so(ward: Ward, said: Said) -> None:
    async with ward.worker():
        await ward.ticket()
        assert await serving.status(as_json=False) == 0
        assert "Tickets: 1 open ticket, all of them go on.\n" in said()
        await serving.status(as_json=True)
        told = json.loads(said())["tickets"]
        assert (told["open"], set(told["counts"].values()), told["findings"]) == (1, {0}, [])
        assert await auditing.verify(None, [], as_json=False) == 0
        assert said().startswith("Intact: 1 record as the facts say, ")
        await calls.list_tickets(TicketFilter(), limit=50, after=None, as_json=True)
        assert [row["trouble"] for row in json.loads(said())["tickets"]] == [None]


async def test_a_ticket_that_can_not_go_on_is_told_by_everybody(ward: Ward, said: Said) -> None:
    async with ward.worker():
        ticket = await ward.ticket()
    async with other_code(ward.field.client, TICKETS_QUEUE):
        await until_it_fails(ward.field.client, ticket.id)
        assert await serving.status(as_json=False) == 1
        told = said()
        assert "  1: it can't go on\n" in told
        assert f"- {ticket.number}: it can't go on (its history can't be replayed" in told
        assert f"Remedy: `fieldcare ticket rescue {ticket.number}`" in told
        assert await serving.status(as_json=False, metrics=True) == 1
        assert 'fieldcare_findings{kind="task_fails"} 1\n' in said()
        assert await serving.status(as_json=False, engines=True) == 0  # no restart of an engine would help it
        assert "it can't go on" in said()
        await examine_database(as_json=False)
        assert f"✗ tickets         {ticket.number}: it can't go on (its history can't be replayed" in said()
        await calls.show_one(ticket.number, live=False, wait=5, as_json=False)
        assert "It can't go on (its history can't be replayed by this version of the workers). Remedy" in said()
        await calls.list_tickets(TicketFilter(), limit=50, after=None, as_json=False)
        [line] = [line for line in said().splitlines() if line.startswith(ticket.number)]
        assert "open, can't go on" in line
        with pytest.raises((Failure, CommandNotConfirmed), match=f"Ticket {ticket.number} can't go on: "):
            await calls.show_one(ticket.number, live=True, wait=2, as_json=False)
    await ticket.handle.terminate()
    await ward.forget(ticket)


async def test_a_terminated_ticket_is_told_by_everybody_and_its_clocks_stand_still(ward: Ward, said: Said) -> None:
    async with ward.worker():
        ticket = await ward.ticket()
        await ticket.handle.terminate("by mistake")
        ended = (await ticket.handle.describe()).close_time
        assert ended is not None
        assert await serving.status(as_json=False) == 1
        assert "  1: it is open on record and nothing runs for it\n" in said()
        await calls.show_one(ticket.number, live=True, wait=10, as_json=False)
        told = said()
        at = Times("America/New_York", ended).second(ended)  # where the unit stands
        assert f"Its workflow was terminated {at}: what follows is as it was then" in told
        await calls.show_one(ticket.number, live=True, wait=10, as_json=True)
        shown = json.loads(said())
        assert (shown["workflow"]["status"], shown["workflow"]["can_go_on"]) == ("terminated", False)
        elapsed = {clock["name"]: clock["elapsed"] for clock in shown["live"]["clocks"]}
        await calls.show_one(ticket.number, live=True, wait=10, as_json=True)
        assert {clock["name"]: clock["elapsed"] for clock in json.loads(said())["live"]["clocks"]} == elapsed
        await calls.list_tickets(TicketFilter(), limit=50, after=None, as_json=False)
        [line] = [line for line in said().splitlines() if line.startswith(ticket.number)]
        assert "open, no workflow" in line
    await ward.forget(ticket)


async def test_a_ticket_that_temporal_has_lost_is_told_with_its_record(ward: Ward, said: Said) -> None:
    async with ward.worker():
        ticket = await ward.ticket()
        await delete(ward.field.client, ticket.id)
        await calls.show_one(ticket.number, live=True, wait=10, as_json=False)
        told = said()
        assert "It is open on record and nothing runs for it (Temporal has no workflow of it" in told
        assert "SLA clocks" in told
        assert await serving.status(as_json=False) == 1
    await ward.forget(ticket)


async def test_a_cancelled_ticket_has_no_stage_that_goes_on(ward: Ward, said: Said) -> None:
    async with ward.worker():
        ticket = await ward.ticket()
        await ticket.do(Cancel(command_id=command_id(), actor=COORDINATOR, reason="Reported twice"))
        await ticket.handle.result()
        await calls.show_one(ticket.number, live=True, wait=10, as_json=False)
        told = said()
    assert told.count("given up") == 2  # on record, and live
    assert "in progress" not in told
    assert "Needed to complete" not in told


async def test_a_record_that_was_changed_is_not_intact(ward: Ward, said: Said) -> None:
    async with ward.worker():
        ticket = await ward.ticket()
        change = "UPDATE service_tickets SET description = $2 WHERE workflow_id = $1 RETURNING old.description"
        before = await ward.sql.fetchval(change, ticket.id, "Nothing")
        assert await auditing.verify(ticket.number, [], as_json=False) == 1
        told = said()
        assert told.startswith("Changed: 1 record of 1 is not what the facts in the trail make of it.\n")
        assert f"- {ticket.number}: ticket, description: Nothing on record, {before} by its facts\n" in told
        assert "Intact" not in told
        assert await auditing.verify(ticket.number, [], as_json=True) == 1
        shown = json.loads(said())
        assert (shown["intact"], shown["trail_intact"], shown["record"]["differences"]) == (False, True, 1)
        findings = {one.check: one for one in await examine(ward.url, CHECKS, temporal=ward.field.client)}
        assert findings["record"].verdict is Verdict.OFF
        assert "changed behind its facts: ticket, description" in findings["record"].problems[0].what

        await ward.reconcile()
        assert await serving.status(as_json=True) == 1
        assert _told_of(ticket, said()) == [("record_changed", "service_tickets description")]
        await ward.sql.execute(change, ticket.id, before)
        await ward.reconcile()
        await serving.status(as_json=True)
        assert _told_of(ticket, said()) == []


def _told_of(ticket: Ticket, status: str) -> list[tuple[str, str]]:
    findings = json.loads(status)["tickets"]["findings"]
    return [(one["kind"], one["detail"]) for one in findings if one["number"] == ticket.number]


async def test_a_reconciliation_that_does_not_come_is_told(ward: Ward) -> None:
    async def opinion() -> Any:
        return {one.check: one for one in await examine(ward.url, CHECKS)}["reconciliation"]

    async with ward.worker():
        await ward.reconcile()
    assert "the last one was at" not in str((await opinion()).problems)
    await ward.sql.execute(
        "UPDATE reconciliation_rounds SET began_at = began_at - interval '4 h', "
        "newest_batch_at = newest_batch_at - interval '4 h', ended_at = ended_at - interval '4 h'"
    )
    assert "the last one was at" in (await opinion()).problems[-1].what
    await ward.sql.execute("UPDATE reconciliation_rounds SET newest_batch_at = '2999-01-01', ended_at = '2999-01-01'")
    assert "2999-01-01 00:00 UTC, in the future" in (await opinion()).problems[-1].what
