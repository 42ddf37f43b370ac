"""Whoever gets no answer is told why: the ticket can't go on, nobody serves it, or something it needs is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio
from temporalio.testing import TimeSkipper

from models.database import Database
from models.settings import Settings
from starter.cli.terminal.failing import in_terminal_words
from starter.commands import CommandNotConfirmed, TicketCommands
from starter.failures import Failure
from starter.reading.running import live_status
from starter.standstill import why
from tests.factories import assign, hold
from tests.field import Field
from tests.standstill import other_code, until_it_fails
from tests.waiting import until
from worker import build_worker

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def field(skipper: TimeSkipper, service_url: str) -> AsyncIterator[Field]:
    """A queue of its own, which nobody serves yet."""
    database = Database(service_url)
    yield Field(skipper, database, f"standstill-{uuid4().hex[:8]}")
    await database.aclose()


@asynccontextmanager
async def working(field: Field, database: Database | None = None) -> AsyncIterator[None]:
    async with build_worker(field.client, database or field.database, Settings(), field.task_queue):
        yield


async def test_a_ticket_whose_task_fails_says_so_and_whom_to_ask(field: Field) -> None:
    async with working(field):
        ticket = await field.open()
    commands = TicketCommands(field.client, timedelta(seconds=5))
    async with other_code(field.client, field.task_queue):
        first = hold()
        with pytest.raises(CommandNotConfirmed) as raised:
            await commands.send(ticket.id, first)  # the first task that fails: the caller waits in vain
        told = in_terminal_words(raised.value)
        assert told.startswith(f"Ticket {ticket.number} can't go on: ")
        assert "Nondeterminism error" in told
        assert f"An operator runs `fieldcare ticket rescue {ticket.number}`." in told
        assert f"--command-id {first.command_id}" in told
        assert "no worker" not in told
        await until_it_fails(field.client, ticket.id)
        can_not = "can't go on: its history can't be replayed by this version"
        with pytest.raises(CommandNotConfirmed, match=can_not):
            await commands.send(ticket.id, hold())  # by now the server itself may refuse to ask it
        with pytest.raises((CommandNotConfirmed, Failure), match=can_not):
            await live_status(field.client, ticket.id, within=3)


async def test_a_ticket_that_nobody_serves_says_that_and_nothing_of_rescue(field: Field) -> None:
    async with working(field):
        ticket = await field.open()
    told = f"^Ticket {ticket.number} did not answer within 1 s: no worker is running"
    with pytest.raises(CommandNotConfirmed, match=told) as raised:
        await TicketCommands(field.client, timedelta(seconds=1)).send(ticket.id, hold(), ticket.number)
    assert "rescue" not in str(raised.value)


async def test_a_ticket_that_waits_for_the_database_says_what_it_waits_for(field: Field, closed_port: int) -> None:
    async with working(field):
        ticket = await field.open(engineer=None)
    away = Database(f"postgresql://nobody:x@127.0.0.1:{closed_port}/away")
    async with working(field, away):
        waiting = asyncio.create_task(
            TicketCommands(field.client, timedelta(seconds=8)).send(ticket.id, assign("ENG-004"))
        )

        async def tried_in_vain() -> bool:
            found = await why(field.client, ticket.id)
            return found is not None and "it waits for find_engineer" in found.reason

        await until(tried_in_vain)
        with pytest.raises(CommandNotConfirmed, match="can't be reached"):
            await waiting
    await away.aclose()


async def test_a_ticket_that_goes_on_has_nothing_to_explain(field: Field) -> None:
    async with working(field):
        ticket = await field.open()
        assert await why(field.client, ticket.id) is None


@pytest.fixture
def closed_port() -> int:
    """A port where nothing listens."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port
