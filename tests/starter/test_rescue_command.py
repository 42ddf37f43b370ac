"""`fieldcare ticket rescue` at the terminal: one ticket, all tickets, a dry run; what it says and how it ends."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from temporalio.client import WorkflowExecutionStatus
from temporalio.testing import TimeSkipper

from models.database import Database
from starter.cli.ticket.rescue import rescue_tickets
from starter.embedded.stack import Stack
from starter.rescuing import Outcome, Rescue
from tests.databases import as_role
from tests.factories import complete, hold
from tests.field import Field, Ticket
from tests.starter.terminal import Ended, Environment, answer, clean_environment, fieldcare
from tests.workflows.rescuing import serving, serving_another_version

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def service(skipper: TimeSkipper, stack: Stack, database_url: str) -> AsyncIterator[Field]:
    """A service whose tickets are this test's alone."""
    database, owner = Database(as_role(database_url, stack.addresses.workers_url)), Database(database_url)
    async with serving(skipper, database) as field:
        yield Field(skipper, database, field.task_queue, owner)
    await database.aclose()
    await owner.aclose()


@pytest.fixture
def env(stack: Stack, database_url: str) -> Environment:
    return {
        **clean_environment(),
        "FIELDCARE_DATABASE_URL": as_role(database_url, stack.addresses.workers_url),
        "TEMPORAL_ADDRESS": stack.addresses.temporal_address,
        "HOME": os.environ.get("HOME", "/"),
    }


async def at_terminal(env: Environment, *arguments: str) -> Ended:
    """The worker is in this process, so the command must not hold it up."""
    return await asyncio.to_thread(fieldcare, env, "ticket", "rescue", *arguments)


async def said(env: Environment, *arguments: str) -> Any:
    return await asyncio.to_thread(answer, env, "ticket", "rescue", *arguments)


async def lost(service: Field, count: int) -> list[Ticket]:
    tickets = [await service.open() for _ in range(count)]
    for ticket in tickets:
        await ticket.do(complete("remote_diagnosis", by="ENG-004"))
        await ticket.do(hold())
        await ticket.stored()
        await ticket.handle.terminate()
    return tickets


async def test_all_that_are_lost_come_back_and_the_others_are_left_alone(service: Field, env: Environment) -> None:
    healthy = await service.open()
    run = (await healthy.handle.describe()).run_id
    tickets = await lost(service, 3)
    dry = await at_terminal(env, "--all", "--dry-run")
    assert dry.returncode == 0
    assert "Of 4 open tickets: 3 would come back, 1 healthy." in dry.stdout
    for ticket in tickets:
        assert f"Ticket {ticket.number} can be rescued. Its workflow: terminated. Facts on record: " in dry.stdout
        assert (await ticket.handle.describe()).status is WorkflowExecutionStatus.TERMINATED

    done = await at_terminal(env, "--all", "--by", "ops-9", "--reason", "Clean-up went wrong")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "Of 4 open tickets: 3 came back, 1 healthy."
    for ticket in tickets:
        record = await ticket.stored()
        entry = record["timeline"][-1]
        assert (entry["action"], entry["actor_code"], entry["actor_role"]) == ("ticket_rescued", "ops-9", "operator")
        shown = await asyncio.to_thread(fieldcare, env, "ticket", "show", ticket.number)
        assert "Ticket rescued from the record (Clean-up went wrong): its workflow terminated" in shown.stdout
    assert (await healthy.handle.describe()).run_id == run
    again = await at_terminal(env, "--all")
    assert (again.returncode, again.stdout) == (0, "Of 4 open tickets: 0 came back, 4 healthy.\n")


async def test_one_that_can_not_come_back_is_named_and_the_exit_code_says_so(service: Field, env: Environment) -> None:
    changed, sound = await lost(service, 2)
    async with service.owner.session() as session:
        await (await session.connection()).execute(
            text("UPDATE service_tickets SET priority = 'P4' WHERE number = :number"), {"number": changed.number}
        )
    done = await at_terminal(env, "--all")
    assert done.returncode == 1
    assert f"The record of ticket {changed.number} contradicts itself: priority: by the facts P2, on record P4" in (
        done.stdout
    )
    assert done.stdout.splitlines()[-1] == "Of 2 open tickets: 1 came back, 0 healthy, 1 not, see above."
    assert (await sound.handle.describe()).status is WorkflowExecutionStatus.RUNNING
    assert (await changed.handle.describe()).status is WorkflowExecutionStatus.TERMINATED
    found = await said(env, changed.number, "--anyway")
    assert (found["well"], found["tickets"][0]["verdict"]) == (True, "rescued")
    assert found["tickets"][0]["differences"] == ["priority: by the facts P2, on record P4"]
    assert (await changed.handle.describe()).status is WorkflowExecutionStatus.RUNNING


async def test_one_whose_rescue_breaks_off_is_a_line_and_the_others_come_back(
    service: Field, env: Environment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    odd, sound = await lost(service, 2)
    rescue = Rescue.rescue

    async def stumbles(self: Rescue, reference: str, *arguments: Any, **options: Any) -> Outcome | None:
        if reference == odd.number:
            raise LookupError("nobody has thought\nof that")
        return await rescue(self, reference, *arguments, **options)

    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(Rescue, "rescue", stumbles)
    code = await rescue_tickets(
        None, every=True, dry_run=False, anyway=False, reason="", by="ops-9", wait=20, as_json=True
    )
    found = json.loads(capsys.readouterr().out)
    assert (code, found["well"], found["rescued"], found["refused"]) == (1, False, 1, 1)
    [line] = [one["sentence"] for one in found["tickets"] if one["number"] == odd.number]
    assert line.startswith(f"The rescue of ticket {odd.number} broke off: LookupError: nobody has thought of that. ")
    assert (await sound.handle.describe()).status is WorkflowExecutionStatus.RUNNING


async def test_nothing_to_rescue_and_nobody_to_rescue_are_said(service: Field, env: Environment) -> None:
    assert "No ticket is open by the record" in (await at_terminal(env, "--all")).stdout
    unknown = await at_terminal(env, "FC-1999-000001")
    assert (unknown.returncode, "There is no ticket FC-1999-000001" in unknown.stderr) == (1, True)
    for arguments in ((), ("FC-1999-000001", "--all")):
        done = await at_terminal(env, *arguments)
        assert (done.returncode, "Name one ticket, or give --all" in done.stderr) == (2, True)
    ticket = await service.open()
    left_alone = await at_terminal(env, ticket.number)
    assert (left_alone.returncode, left_alone.stdout) == (
        0,
        f"Ticket {ticket.number} is not stuck: its workflow answers.\n",
    )


async def test_a_closed_ticket_whose_history_does_not_replay_is_reopened_at_the_terminal(
    skipper: TimeSkipper, service: Field, env: Environment
) -> None:
    async with serving_another_version(skipper, service.database) as old:
        ticket = await old.open()
        await ticket.finish()
    async with serving(skipper, service.database, old.task_queue):
        done = await asyncio.to_thread(fieldcare, env, "ticket", "reopen", ticket.number, "--reason", "Alarm is back")
        assert "is open again" in done.stdout, done.stderr
        assert (await ticket.finish()).reason == ""
