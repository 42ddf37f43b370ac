"""Other houses are told of every event that concerns them, in order, however long they or we are away."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper
from temporalio.worker import Worker

from activities.ai.tasks.registry import ENGINES, TASKS
from activities.ai.workers import AiWorkers
from models.contracts.commands import Cancel, Reopen
from models.contracts.webhooks import WatchWebhooks
from models.database import Database
from models.database_errors import DatabaseUnavailable
from models.identity import TICKETS_QUEUE, WEBHOOK_WATCH_WORKFLOW, webhook_delivery_id
from models.principals import Grant
from models.settings import Settings
from models.sql_functions import SqlFunction
from models.vocabulary.accounts import AccountRole
from models.vocabulary.webhooks import WebhookKind
from starter.accounts import managing as accounts
from starter.embedded.stack import Stack
from starter.webhooks import managing
from starter.webhooks.managing import Hand
from tests.children import child
from tests.databases import as_role
from tests.drills import drill
from tests.factories import COORDINATOR, command_id, hold, resume
from tests.field import Field, Ticket
from tests.receiver import Receiver, a_receiver
from tests.waiting import until
from worker import build_worker

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOCAL = Settings(webhook_hosts="127.0.0.1")
NURSE = Grant(AccountRole.HOSPITAL, customer="CITY-GENERAL")
ELSEWHERE = Grant(AccountRole.HOSPITAL, customer="AIIMS")
HOURS = timedelta(hours=1)

KINDS = {
    "ticket_opened": WebhookKind.OPENED,
    "stages_moved": WebhookKind.MOVED,
    "engineer_assigned": WebhookKind.ASSIGNED,
    "ticket_held": WebhookKind.HELD,
    "ticket_resumed": WebhookKind.RESUMED,
    "ticket_reopened": WebhookKind.REOPENED,
    "ticket_ended closed": WebhookKind.CLOSED,
    "ticket_ended cancelled": WebhookKind.CANCELLED,
    "clock_moved threshold": WebhookKind.CLOCK,
    "clock_moved overrun": WebhookKind.CLOCK,
}
"""By the fact (and its status or event), what other houses are told."""


@dataclass
class House:
    """A service of its own that tells another house."""

    field: Field
    owner: Database
    sql: Any
    url: str

    @property
    def hand(self) -> Hand:
        return Hand(self.owner, "operator")

    async def endpoint(self, receiver: Receiver, *grants: Grant, kinds: Sequence[WebhookKind] = ()) -> tuple[str, str]:
        """An endpoint, and its secret."""
        name = f"hook-{uuid4().hex[:8]}"
        await accounts.add_account(self.owner, f"acc-{name}", "Told", grants or (NURSE,), by="tests")
        secret = await managing.add(self.hand, LOCAL, name, receiver.url, account=f"acc-{name}", kinds=kinds)
        return name, secret.get_secret_value()

    async def id_of(self, name: str) -> UUID:
        found: UUID = await self.sql.fetchval("SELECT id FROM webhook_endpoints WHERE name = $1", name)
        return found

    async def delivery(self, name: str) -> WorkflowHandle[Any, Any]:
        return self.field.client.get_workflow_handle(webhook_delivery_id(await self.id_of(name)))

    def worker(self) -> Worker:
        """A worker without the watch."""
        return build_worker(self.field.client, self.field.database, LOCAL, self.field.task_queue)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """A worker, and the watch."""
        queue = self.field.task_queue
        async with self.worker():
            watch = await self.field.client.start_workflow(
                WEBHOOK_WATCH_WORKFLOW, WatchWebhooks(), id=f"watch-{uuid4().hex}", task_queue=queue
            )
            yield
            await watch.terminate()

    async def expected(self, ticket: Ticket) -> list[tuple[str, int]]:
        """What there is to tell of a ticket, by its facts."""
        rows = await self.sql.fetch(
            "SELECT a.sequence, a.action, a.new_value ->> 'status' AS status, a.new_value ->> 'event' AS event "
            "FROM audit_events AS a JOIN service_tickets AS t ON t.id = a.subject_id "
            "WHERE t.number = $1 ORDER BY a.sequence",
            ticket.number,
        )
        said = [
            (
                KINDS.get(" ".join(filter(None, (row["action"], row["status"], row["event"]))))
                or (KINDS.get(row["action"]) if row["event"] is None else None),
                row["sequence"],
            )
            for row in rows
        ]
        return [(kind.value, sequence) for kind, sequence in said if kind is not None]

    async def all_told(self, receiver: Receiver, ticket: Ticket, within: float = 30) -> None:
        """Wait until it has been told everything, and see that it was in order."""
        await ticket.stored()

        async def told() -> bool:
            return len(receiver.told(ticket.number)) >= len(await self.expected(ticket))

        await until(told, within)
        assert receiver.told(ticket.number) == await self.expected(ticket)

    async def states(self, name: str) -> list[str]:
        return [row["state"] for row in await managing.read_log(self.owner, name, limit=200)]


@pytest_asyncio.fixture(loop_scope="session")
async def house(stack: Stack, skipper: TimeSkipper, database_url: str) -> AsyncIterator[House]:
    database, owner = Database(as_role(database_url, stack.addresses.workers_url)), Database(database_url)
    sql = await asyncpg.connect(database_url)
    yield House(Field(skipper, database, f"house-{uuid4().hex[:8]}", owner), owner, sql, database_url)
    await sql.close()
    await owner.aclose()
    await database.aclose()


async def test_a_ticket_is_told_from_report_to_sign_off_signed_and_without_anybody_s_words(house: House) -> None:
    async with a_receiver() as receiver, house.working():
        name, secret = await house.endpoint(receiver)
        ticket, other = await house.field.open(), await house.field.open()
        await ticket.do(hold())
        await ticket.do(resume())
        await ticket.finish()
        await house.all_told(receiver, ticket)
        await house.all_told(receiver, other)
        for message in receiver.came:
            assert message.is_signed_with(secret) and message.path == "/hooks?of=fieldcare"
            assert message.id.startswith("msg_") and message.headers["content-type"] == "application/json"
            assert b"flow sensor" not in message.body and b"nurse" not in message.body.lower()
            assert set(message.said) == {"type", "timestamp", "data"}
        told = {kind for kind, _ in receiver.told(ticket.number)}
        assert told >= {
            "ticket.opened",
            "ticket.assigned",
            "ticket.moved",
            "ticket.held",
            "ticket.resumed",
            "ticket.closed",
        }

        async def done() -> bool:
            return set(await house.states(name)) == {"delivered"}

        await until(done)


async def test_every_kind_of_event_has_its_facts(house: House) -> None:
    field = house.field
    # Where nobody serves AI a ticket waits a minute before it goes on alone, and no time is skipped meanwhile.
    ai = AiWorkers(
        field.client, field.database, Settings(), TASKS, ENGINES, task_queue=field.task_queue, environment={}
    )
    async with a_receiver() as receiver, house.working(), ai:
        await house.endpoint(receiver)
        ticket = await field.open()
        await ticket.skip_time(40 * HOURS)
        await ticket.finish()
        await ticket.do(Reopen(command_id=command_id(), actor=COORDINATOR, reason="The fault is back."))
        await ticket.do(Cancel(command_id=command_id(), actor=COORDINATOR, reason="Taken out of service."))
        await house.all_told(receiver, ticket)
        said = {one.said["type"]: one.said["data"] for one in receiver.came}
    assert set(said) >= set(WebhookKind) - {WebhookKind.HELD, WebhookKind.RESUMED}
    assert said["ticket.clock"]["state"] in {"at_risk", "breached"} and said["ticket.clock"]["clock"]
    assert said["ticket.assigned"]["engineer"] == "ENG-004"
    assert said["ticket.opened"]["priority"] == "P2"
    assert said["ticket.moved"]["finished"] or said["ticket.moved"]["entered"]


async def test_a_receiver_that_was_down_for_48_hours_has_everything_in_the_end(house: House) -> None:
    async with a_receiver() as receiver, house.working():
        receiver.status = 503
        name, _ = await house.endpoint(receiver)
        first, second = await house.field.open(), await house.field.open()
        await receiver.until_tried(2)
        delivery = await house.delivery(name)
        for _ in range(4):  # two days, with news in each half of them
            await house.field.skipper.fast_forward(delivery, 12 * HOURS)
            await first.do(hold())
            await first.do(resume())
        await first.stored()
        assert receiver.accepted == []
        tried = max(receiver.tries().values())
        assert tried >= 8, "the first of them"
        receiver.status = 204
        await house.field.skipper.fast_forward(delivery, 30 * HOURS)
        await house.all_told(receiver, first)
        await house.all_told(receiver, second)
        assert set(await house.states(name)) == {"delivered"}


async def test_what_was_sent_and_not_noted_is_sent_again_under_the_same_id(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    fallen: list[str] = []
    call = Database.call

    async def falls_once(self: Database, function: SqlFunction, *arguments: Any) -> Any:
        if function is SqlFunction.RECORD_WEBHOOK_ATTEMPT and len(fallen) < 2:
            fallen.append(str(arguments[0]))
            raise DatabaseUnavailable("the worker is gone at this very moment")
        return await call(self, function, *arguments)

    monkeypatch.setattr(Database, "call", falls_once)
    async with a_receiver() as receiver, house.working():
        await house.endpoint(receiver, kinds=[WebhookKind.OPENED, WebhookKind.HELD])
        ticket = await house.field.open()
        await ticket.do(hold())
        await receiver.until_told(ticket.number, "ticket.held")
    assert fallen
    assert [kind for kind, _ in receiver.told(ticket.number)] == ["ticket.opened", "ticket.held"]
    assert max(receiver.tries().values()) > 1
    assert len({one.body for one in receiver.came}) == 2, "what comes again says the same"


async def test_deliveries_are_made_once_whoever_makes_them(house: House) -> None:
    async with a_receiver() as receiver:
        name, _ = await house.endpoint(receiver)
        async with house.worker():
            ticket = await house.field.open()
            await ticket.stored()
        endpoint, newest = (
            await house.id_of(name),
            await house.sql.fetchval("SELECT max(entry_number) FROM audit_events"),
        )
        transaction = house.sql.transaction()
        await transaction.start()  # somebody who dies before it is committed
        assert (await house.sql.fetchrow("SELECT made FROM queue_webhooks($1, $2, '[{}]')", endpoint, newest))["made"]
        await transaction.rollback()
        made = await asyncio.gather(
            *(house.field.database.rows(SqlFunction.QUEUE_WEBHOOKS, endpoint, newest, "[{}]") for _ in range(8))
        )
        expected = await house.expected(ticket)
        assert sorted(rows[0]["made"] for rows in made) == [0] * 7 + [len(expected)]
        assert {rows[0]["reached"] for rows in made} == {newest}
        assert len(await house.states(name)) == len(expected)


@pytest.mark.parametrize("times", [1, pytest.param(3, marks=drill)])
async def test_workers_killed_again_and_again_lose_nothing_and_keep_the_order(
    house: House, stack: Stack, service_url: str, times: int
) -> None:
    """Processes of the program's own `main()`, which starts the watch; killed at whatever point they are."""
    url = as_role(house.url, service_url)
    environment = {
        **os.environ,
        "FIELDCARE_DATABASE_URL": url,
        "FIELDCARE_WEBHOOK_HOSTS": "127.0.0.1",
        "TEMPORAL_ADDRESS": stack.addresses.temporal_address,
    }

    def start() -> subprocess.Popen[bytes]:
        return child([sys.executable, "-m", "worker"], env=environment)

    field = Field(house.field.skipper, house.field.database, TICKETS_QUEUE, house.owner)
    worker = start()
    try:
        async with a_receiver() as receiver:
            await house.endpoint(receiver)
            tickets = [await field.open() for _ in range(3)]
            for _ in range(times):
                for ticket in tickets:
                    await ticket.do(hold())
                await receiver.until_tried(len(receiver.came) + 1)
                worker.send_signal(signal.SIGKILL)
                worker.wait()
                worker = start()
                for ticket in tickets:
                    await ticket.do(resume())
            for ticket in tickets:
                await house.all_told(receiver, ticket, within=120)
    finally:
        worker.terminate()
        worker.wait(timeout=30)


async def test_an_endpoint_that_says_it_is_gone_is_told_nothing_more(house: House) -> None:
    async with a_receiver() as receiver, house.working():
        receiver.status = 410
        name, _ = await house.endpoint(receiver, kinds=[WebhookKind.OPENED, WebhookKind.HELD])
        ticket = await house.field.open()

        async def disabled() -> bool:
            [row] = await managing.list_webhooks(house.owner)
            return bool(row["disabled_because"] == "gone")

        await until(disabled)
        await ticket.do(hold())
        await until_ended(await house.delivery(name))
        assert len(receiver.came) == 1
        receiver.status = 204
        assert await managing.put_in_use(house.hand, name, True)
        await receiver.until_told(ticket.number, "ticket.opened")
        await ticket.do(resume())
        await ticket.do(hold())
        await receiver.until_told(ticket.number, "ticket.held")
        [_, again] = receiver.told(ticket.number)
        assert again[1] > 0, "what came while it was gone is not told; what comes then is"


async def test_an_endpoint_is_told_of_what_its_account_may_see(house: House) -> None:
    async with a_receiver() as mine, a_receiver() as foreign, a_receiver() as late, house.working():
        await house.endpoint(foreign, ELSEWHERE)
        late.status = 503
        loses, _ = await house.endpoint(late)
        await house.endpoint(mine)
        ticket = await house.field.open()
        await house.all_told(mine, ticket)
        await late.until_tried(1)
        await house.sql.execute(
            "DELETE FROM account_roles AS r USING accounts AS a WHERE a.id = r.account_id AND a.code = $1",
            f"acc-{loses}",
        )
        late.status = 204
        await house.field.skipper.fast_forward(await house.delivery(loses), 1 * HOURS)

        async def dropped() -> bool:
            return set(await house.states(loses)) == {"dropped"}

        await until(dropped)
        await accounts.disable(house.owner, f"acc-{loses}", by="tests")
        assert foreign.came == [] and late.accepted == []


async def test_while_secrets_are_rotated_both_of_them_verify(house: House) -> None:
    async with a_receiver() as receiver, house.working():
        name, old = await house.endpoint(receiver, kinds=[WebhookKind.OPENED])
        new = (await managing.rotate(house.hand, name)).get_secret_value()
        ticket = await house.field.open()
        await receiver.until_told(ticket.number, "ticket.opened")
        assert receiver.came[-1].is_signed_with(old) and receiver.came[-1].is_signed_with(new)
        newest = (await managing.rotate(house.hand, name, timedelta(0))).get_secret_value()
        another = await house.field.open()
        await receiver.until_told(another.number, "ticket.opened")
        message = receiver.came[-1]
        assert message.is_signed_with(newest)
        assert not message.is_signed_with(old) and not message.is_signed_with(new)


async def test_what_has_failed_for_good_holds_nothing_up_and_is_sent_again_when_asked_for(house: House) -> None:
    async with a_receiver() as receiver, house.working():
        receiver.status, receiver.answer = 500, b"the disk is full"
        name, _ = await house.endpoint(receiver, kinds=[WebhookKind.OPENED, WebhookKind.HELD])
        await house.sql.execute("UPDATE webhook_endpoints SET retry_after = '{1 millisecond}' WHERE name = $1", name)
        ticket = await house.field.open()

        async def failed() -> bool:
            return await house.states(name) == ["failed"]

        await until(failed)
        [row] = await managing.read_log(house.owner, name)
        assert [one["status"] for one in row["attempts"]] == [500, 500]
        assert row["attempts"][0]["answer"] == "the disk is full"
        receiver.status = 200
        await ticket.do(hold())
        await receiver.until_told(ticket.number, "ticket.held")
        assert await managing.replay(house.hand, name, row["id"]) == 1
        await receiver.until_told(ticket.number, "ticket.opened")
        assert receiver.tries()[row["id"]] == 3
        since = datetime.now(UTC) - timedelta(hours=1)

        async def settled() -> bool:
            return set(await house.states(name)) == {"delivered"}

        await until(settled)
        assert await managing.replay(house.hand, name, since=since) == 2
        await receiver.until_tried(6)


async def test_what_ended_long_ago_is_forgotten_and_what_is_on_its_way_never(house: House) -> None:
    async with a_receiver() as receiver:
        receiver.status = 503
        name, _ = await house.endpoint(receiver)
        async with house.working():
            ticket = await house.field.open()
            await receiver.until_tried(1)
        earlier = (
            "INSERT INTO webhook_deliveries (id, endpoint_id, ticket_id, sequence, kind, state, due_at, ended_at) "
            "SELECT uuidv7(-$2::interval), w.id, t.id, 1000 + $3, 'ticket.moved', $4, now() - $2, "
            "CASE WHEN $4 <> 'pending' THEN now() - $2 END "
            "FROM webhook_endpoints AS w, service_tickets AS t WHERE w.name = $1 AND t.number = $5"
        )
        for number, (days, state) in enumerate(
            ((100, "delivered"), (91, "failed"), (89, "delivered"), (100, "pending"))
        ):
            await house.sql.execute(earlier, name, timedelta(days=days), number, state, ticket.number)
        forget = "SELECT forget_webhooks(now() - $1::interval)"
        assert await house.sql.fetchval(forget, timedelta(days=120)) == 0
        # Whoever asks for more than a week ago is asked for a week ago.
        assert await house.sql.fetchval(forget, timedelta(0)) == 3
        left = await house.states(name)
        assert "delivered" not in left and left.count("pending") >= 2
        for number, (days, state) in enumerate(((100, "delivered"), (89, "delivered"))):
            await house.sql.execute(earlier, name, timedelta(days=days), 10 + number, state, ticket.number)

        async def forgotten() -> bool:
            return (await house.states(name)).count("delivered") == 1

        async with house.working():
            await until(forgotten)


async def until_ended(handle: WorkflowHandle[Any, Any]) -> None:
    async def ended() -> bool:
        try:
            return (await handle.describe()).status is not WorkflowExecutionStatus.RUNNING
        except RPCError:
            return False

    await until(ended)
