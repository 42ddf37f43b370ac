"""Many senders at once, here or in a process of their own: `python -m tests.workflows.senders ADDRESS WORKFLOW`."""

from __future__ import annotations

import asyncio
import os
import sys

from models.contracts.base import Command
from starter.client import connect
from starter.commands import CommandRefused, TicketCommands
from tests.factories import assign, hold, resume

SENDERS = 40


async def answer(commands: TicketCommands, workflow_id: str, command: Command) -> str:
    """Applied or refused; anything else is raised."""
    try:
        await commands.send(workflow_id, command)
    except CommandRefused:
        return "refused"
    return "applied"


def mixed(number: int) -> Command:
    """Commands that need the registry, that are applied, and that are refused."""
    return (assign("ENG-004"), hold(), resume(), assign("ENG-404"))[number % 4]


async def send_many(address: str, workflow_id: str) -> None:
    """What each of several processes does."""
    commands = TicketCommands(await connect(address))
    commands_of = [
        command.model_copy(update={"command_id": f"{os.getpid()}-{number}"})
        for number, command in enumerate(map(mixed, range(SENDERS)))
    ]
    for _ in await asyncio.gather(*(answer(commands, workflow_id, command) for command in commands_of)):
        print("answered")  # noqa: T201
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(send_many(sys.argv[1], sys.argv[2]))
