"""Many senders on one ticket: everybody waits a turn, everybody is answered, nobody sees the limits of Temporal."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta

import pytest

from models.contracts.commands import CommandResult, Resume
from models.vocabulary import TicketStatus
from starter.commands import CommandNotConfirmed, TicketCommands
from starter.embedded.stack import Stack
from starter.embedded.temporal import UPDATES_IN_TESTS
from starter.turns import AT_ONCE, Turns
from tests.factories import COORDINATOR, command_id, hold, resume
from tests.field import Field
from tests.workflows.senders import SENDERS, answer, mixed

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEMPORALS_OWN = 10
"""Updates of one workflow that Temporal takes at a time."""

TOO_MANY = UPDATES_IN_TESTS + 50


async def test_forty_senders_of_one_process_are_all_answered(field: Field) -> None:
    ticket = await field.open()
    commands = TicketCommands(field.client)
    answers = await asyncio.gather(*(answer(commands, ticket.id, mixed(number)) for number in range(SENDERS)))
    assert Counter(answers)["refused"] >= SENDERS / 4
    assert len(answers) == SENDERS


async def test_forty_senders_each_of_three_processes_are_all_answered(field: Field, stack: Stack) -> None:
    """More than Temporal takes at once, whatever the turns of each of them are."""
    ticket = await field.open()
    started = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.workflows.senders", stack.addresses.temporal_address, ticket.id),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(os.environ),
        )
        for _ in range(3)
    ]
    for process in started:
        said, complained = await process.communicate()
        assert said.decode().split() == ["answered"] * SENDERS, complained.decode()[-2000:]


async def test_turns_are_taken_in_order_and_end_when_nobody_waits() -> None:
    turns, order, most, inside = Turns(), [], 0, 0

    async def come(number: int) -> None:
        nonlocal most, inside
        async with turns.at("ticket"):
            inside += 1
            most = max(most, inside)
            order.append(number)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(come(number) for number in range(SENDERS)))
    assert order == list(range(SENDERS))
    assert most == AT_ONCE < TEMPORALS_OWN / 2 + 1
    assert not turns._tickets


async def test_who_gives_up_waiting_leaves_the_turn_to_others_and_is_told_that_it_had_none(field: Field) -> None:
    """A ticket that nobody serves: those that came first wait for its answer, the others for their turn."""
    nobody = Field(field.skipper, field.database, "nobody-serves-this")
    nobody.intake._answer_within = timedelta(seconds=0.5)
    with pytest.raises(Exception, match="no worker answers"):
        await nobody.report(key=(key := f"crowd-{command_id()}-{os.getpid()}"))
    commands = TicketCommands(field.client, timedelta(seconds=2))

    async def send(number: int, within: float) -> BaseException:
        commands._answer_within = timedelta(seconds=within)
        with pytest.raises(CommandNotConfirmed) as told:
            await commands.send(key, hold())
        return told.value

    told = await asyncio.gather(*(send(number, 2 if number < AT_ONCE else 0.5) for number in range(TEMPORALS_OWN)))
    assert ["too many others are before it" in str(one) for one in told] == [False] * AT_ONCE + [True] * AT_ONCE
    assert not commands._turns._tickets


async def test_a_ticket_outlives_more_commands_than_one_run_may_have(field: Field) -> None:
    """Temporal takes 2,000 updates in a run (here fewer) and proposes a further run well before; refusals count too."""
    ticket = await field.open()
    first = (await ticket.handle.describe()).run_id
    commands = TicketCommands(field.client)
    sent = 0

    async def send_some() -> Counter[str]:
        nonlocal sent
        found: Counter[str] = Counter()
        for _ in range(TOO_MANY // 20):
            found[await answer(commands, ticket.id, Resume(command_id=command_id(), actor=COORDINATOR))] += 1
        return found

    answers = sum(await asyncio.gather(*(send_some() for _ in range(20))), Counter())
    assert answers == {"refused": TOO_MANY}
    assert (await ticket.handle.describe()).run_id != first
    result: CommandResult = await ticket.do(hold())
    assert "hold" in result.message
    await ticket.do(resume())
    assert (await ticket.finish()).status is TicketStatus.CLOSED
