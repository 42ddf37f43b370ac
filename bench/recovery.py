"""`python -m bench.recovery`: how long people wait when the worker that has their ticket is killed (`kill -9`).

Two workers serve some tickets. In each round one of them is killed while a command for every ticket is under way;
the commands after it show whether the ticket's queue has noticed. What is printed are the longest waits of a round.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from uuid import uuid4

from models.contracts.base import Actor, Command
from models.contracts.commands import Hold, Resume
from models.contracts.intake import FaultReport
from models.database import Database
from models.identity import TICKETS_QUEUE
from models.settings import Settings
from models.vocabulary.people import Role
from models.vocabulary.tickets import Priority
from starter.client import connect, register_search_attributes
from starter.commands import TicketCommands
from starter.embedded import throwaway_stack, worker_environment
from starter.embedded.stack import Stack
from starter.embedded.workers import Workers
from starter.intake import Intake
from starter.pollers import wait_for_workers

WHO = Actor(code="bench", role=Role.COORDINATOR)
WORKERS = 2
MOMENTS = (0.0, 0.01, 0.05, 0.2)
"""Seconds after the sending at which the worker dies; the rounds take them in turn."""


async def measure(stack: Stack, workers: Workers, rounds: int, tickets: int) -> list[tuple[float, float]]:
    """Of each round: the longest wait for a command that was under way, and for the one after it, in seconds."""
    client, database = await connect(stack.addresses.temporal_address), Database(stack.addresses.workers_url)
    commands = TicketCommands(client)
    try:
        await wait_for_workers(client, TICKETS_QUEUE)
        intake = Intake(client, database)
        reports = [
            FaultReport(
                unit="VENT-ICU-001", key=f"recovery-{number}", description="Alarm", priority=Priority.P2, reporter=WHO
            )
            for number in range(tickets)
        ]
        ids = [(await intake.open(report)).ticket.workflow_id for report in reports]

        async def wait_for(ticket: str, command: Command) -> float:
            started = time.monotonic()
            await commands.send(ticket, command)
            return time.monotonic() - started

        waits = []
        for number in range(rounds):
            held = [asyncio.create_task(wait_for(one, _hold())) for one in ids]
            await asyncio.sleep(MOMENTS[number % len(MOMENTS)])
            workers.kill_one()
            longest = max(await asyncio.gather(*held))
            resumed = [asyncio.create_task(wait_for(one, _resume())) for one in ids]
            waits.append((longest, max(await asyncio.gather(*resumed))))
            print(f"round {number + 1}: {longest:5.1f} s   then {waits[-1][1]:5.1f} s", flush=True)
        return waits
    finally:
        await database.aclose()


def _hold() -> Command:
    return Hold(command_id=uuid4().hex, actor=WHO, reason="access_denied")


def _resume() -> Command:
    return Resume(command_id=uuid4().hex, actor=WHO)


def main() -> None:
    """Measure, and print what was measured."""
    parser = argparse.ArgumentParser(description="The wait for an answer when a worker is killed.")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--tickets", type=int, default=20)
    options = parser.parse_args()
    with throwaway_stack(settings=Settings()) as stack:
        asyncio.run(_prepare(stack))
        environment = {**worker_environment(stack.home.path, stack.addresses), "FIELDCARE_LOG_LEVEL": "ERROR"}
        with Workers(WORKERS, environment, stack.home.log("worker")) as workers:
            waits = asyncio.run(measure(stack, workers, options.rounds, options.tickets))
    both = [max(one) for one in waits]
    print(f"longest wait  {statistics.median(both):.1f} s in the median of the rounds, {max(both):.1f} s at the most")


async def _prepare(stack: Stack) -> None:
    from migrations.runner import migrate, seed

    await migrate(stack.addresses.database_url)
    await seed(stack.addresses.database_url, sample=True)
    await register_search_attributes(await connect(stack.addresses.temporal_address))


if __name__ == "__main__":
    main()
