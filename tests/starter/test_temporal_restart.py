"""Temporal is restarted, and killed, while people send commands: they wait, and are answered; nothing is doubled."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from models.contracts.commands import Hold
from models.database import Database
from models.settings import Settings
from models.vocabulary import TicketStatus
from starter.client import connect, register_search_attributes
from starter.embedded.home import Home
from starter.embedded.processes import end
from starter.embedded.temporal import ABANDON, STOP, Temporal
from tests.factories import hold, resume
from tests.field import Field, Ticket
from worker import build_worker

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_commands_reports_and_questions_outlive_temporal_killed_and_restarted(
    folder: Path, service_url: str
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
            end(server.mark, ABANDON)
            sent = [hold() for _ in range(12)]
            key = f"restart-{uuid4().hex[:8]}"
            report, status = asyncio.create_task(field.report(key=key)), asyncio.create_task(ticket.status())
            commands = asyncio.gather(*(ticket.do(one) for one in sent))
            await asyncio.sleep(12)  # longer than the SDK tries by itself
            assert not (report.done() or status.done() or commands.done())
            await asyncio.to_thread(server.start)
            assert [one.command_id for one in await commands] == [one.command_id for one in sent]
            assert (await report).ticket.workflow_id == key
            assert (await status).number == ticket.number
            streaming = asyncio.create_task(stream(ticket))
            await asyncio.sleep(0.5)
            end(server.mark, STOP)
            await asyncio.to_thread(server.start)
            streamed = await streaming
            facts = Counter(entry["command_id"] for entry in await ticket.audit() if entry["action"] == "ticket_held")
            assert set(facts.values()) == {1}
            assert set(facts) == {one.command_id for one in [*sent, *streamed]}
            await ticket.do(resume())
            assert (await ticket.finish()).status is TicketStatus.CLOSED
    finally:
        await database.aclose()
        server.stop()
        home.unlock()


async def stream(ticket: Ticket) -> list[Hold]:
    """Commands one after the other, for as long as a restart takes."""
    sent = [hold() for _ in range(60)]
    for one in sent:
        await ticket.do(one)
    return sent
