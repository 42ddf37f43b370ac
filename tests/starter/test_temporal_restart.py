"""Temporal is restarted, and killed, while people send commands: they wait, and are answered; nothing is doubled."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from models.contracts.base import Command
from models.contracts.commands import ChangePriority
from models.database import Database
from models.settings import Settings
from models.vocabulary import Priority, TicketStatus
from starter.client import connect, register_search_attributes
from starter.embedded.home import Home
from starter.embedded.processes import end
from starter.embedded.temporal import ABANDON, STOP, Temporal
from tests.factories import COORDINATOR
from tests.field import Field
from worker import build_worker

pytestmark = pytest.mark.asyncio(loop_scope="session")


def command(number: int) -> Command:
    """One that is applied whatever was before, and leaves a fact of its own."""
    priority = (Priority.P1, Priority.P2, Priority.P3)[number % 3]
    return ChangePriority(command_id=f"{uuid4().hex}", actor=COORDINATOR, priority=priority, reason=f"Round {number}")


@pytest.mark.parametrize("kill", [False, True], ids=["restarted", "killed"])
async def test_commands_reports_and_questions_outlive_a_restart_of_temporal(
    folder: Path, service_url: str, kill: bool
) -> None:
    home = Home(folder)
    home.prepare()
    home.lock()
    server = Temporal(home, Settings(), time_skipping=True)
    server.start()
    server.keep_port()
    database, queue = Database(service_url), f"restart-{uuid4().hex[:8]}"
    try:
        client = await connect(server.address)
        await register_search_attributes(client)
        field = Field(TimeSkipper(client, config=TimeSkippingConfig(enabled=False)), database, queue)
        async with build_worker(client, database, Settings(), queue):
            ticket = await field.open()
            assert server.mark is not None
            end(server.mark, ABANDON if kill else STOP)
            sent = [command(number) for number in range(12)]
            key = f"restart-{uuid4().hex[:8]}"
            working = asyncio.gather(
                *(ticket.do(one) for one in sent),
                field.report(key=key),
                ticket.status(),
            )
            await asyncio.sleep(12)  # longer than the SDK tries by itself
            assert not working.done()
            await asyncio.to_thread(server.start)
            *answers, acknowledged, status = await working
            assert [one.command_id for one in answers] == [one.command_id for one in sent]
            assert acknowledged.ticket.workflow_id == key
            assert status.number == ticket.number
            # And in the middle of a stream of them, which no moment of was chosen.
            streaming = asyncio.create_task(stream(ticket.do))
            await asyncio.sleep(0.5)
            end(server.mark, ABANDON if kill else STOP)
            await asyncio.to_thread(server.start)
            streamed = await streaming
            facts = Counter(
                entry["command_id"] for entry in await ticket.audit() if entry["action"] == "priority_changed"
            )
            assert set(facts.values()) == {1}
            assert set(facts) <= {one.command_id for one in [*sent, *streamed]}
            assert (await ticket.finish()).status is TicketStatus.CLOSED
    finally:
        await database.aclose()
        server.stop()
        home.unlock()


async def stream(do: object) -> list[Command]:
    """Commands one after the other, for as long as a restart takes."""
    assert callable(do)
    sent = [command(number) for number in range(60)]
    for one in sent:
        await do(one)
    return sent
