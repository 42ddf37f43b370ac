"""Faults of the world: the ticket waits and goes on, and everything lands exactly once."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.testing import TimeSkipper

from activities.ai.tasks.registry import ENGINES, TASKS
from activities.ai.workers import AiWorkers
from models.contracts.commands import ChangePriority, Reopen
from models.database import Database, DatabaseUnavailable
from models.identity import TICKETS_QUEUE
from models.settings import Settings
from models.sql_functions import SqlFunction
from models.vocabulary import HoldReason, Priority, StageOutcome, TicketStatus
from starter.cli.terminal.failing import in_terminal_words
from starter.commands import CommandNotConfirmed, CommandRefused, TicketCommands
from starter.embedded.stack import Stack
from tests.drills import drill
from tests.factories import COORDINATOR, HOUR, acting, assign, command_id, complete, hold, resume
from tests.field import STANDARD_STAGES, Field, Ticket
from tests.proxy import Proxy
from tests.waiting import until
from worker import build_worker

pytestmark = pytest.mark.asyncio(loop_scope="session")


@asynccontextmanager
async def serving(skipper: TimeSkipper, database: Database, settings: Settings | None = None) -> AsyncIterator[Field]:
    """A worker of the test's own, on a queue of its own."""
    queue = f"faults-{uuid4().hex[:8]}"
    settings = settings or Settings()
    ai = AiWorkers(skipper.client, database, settings, TASKS, ENGINES, task_queue=queue, environment={})
    async with build_worker(skipper.client, database, settings, queue), ai:
        yield Field(skipper, database, queue)


async def told_once(ticket: Ticket) -> None:
    """Every fact of the ticket is in the projection once, and every row that came of it too."""
    audit = await ticket.audit()
    status = await ticket.status()
    sequences = [event["sequence"] for event in audit]
    assert sequences == list(range(status.sequence + 1))  # 0 is the opening
    doubled = await ticket.field.rows(
        "SELECT e.sequence FROM sla_events e JOIN sla_clocks c ON c.id = e.clock_id "
        "JOIN service_tickets t ON t.id = c.ticket_id WHERE t.workflow_id = :id "
        "GROUP BY e.sequence HAVING count(*) > 1",
        id=ticket.id,
    )
    assert doubled == []
    events = await ticket.field.rows(
        "SELECT count(*) AS n FROM sla_events e JOIN sla_clocks c ON c.id = e.clock_id "
        "JOIN service_tickets t ON t.id = c.ticket_id WHERE t.workflow_id = :id",
        id=ticket.id,
    )
    assert events[0]["n"] == len([event for event in audit if event["action"] == "clock_moved"])


class ForgetfulDatabase(Database):
    """Writes, and then loses the acknowledgement of every first try: a worker that dies right after its commit."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.lost = 0
        self._seen: set[tuple[Any, ...]] = set()

    async def call(self, function: SqlFunction, *arguments: Any) -> Any:
        answer = await super().call(function, *arguments)
        if function in {"record_ticket_opening", "apply_ticket_facts"} and arguments not in self._seen:
            self._seen.add(arguments)
            self.lost += 1
            raise DatabaseUnavailable("the connection broke after the commit")
        return answer


async def test_a_write_whose_acknowledgement_is_lost_counts_once(skipper: TimeSkipper, service_url: str) -> None:
    database = ForgetfulDatabase(service_url)
    async with serving(skipper, database) as field:
        ticket = await field.open()
        result = await ticket.finish()
        assert result.status is TicketStatus.CLOSED
        assert database.lost >= 3  # writes that wait together go out together
        await told_once(ticket)
    await database.aclose()


async def test_the_database_goes_away_and_the_ticket_goes_on(skipper: TimeSkipper, service_url: str) -> None:
    proxy = Proxy.to(service_url)
    await proxy.mend()
    database = Database(proxy.through(service_url), pool_size=2)
    async with serving(skipper, database) as field:
        ticket = await field.open()
        await ticket.stored()
        await proxy.cut()
        for key in STANDARD_STAGES[:3]:
            await ticket.do(complete(key, by="ENG-004"))
        await ticket.do(hold())
        await ticket.do(resume())
        report = await ticket.status()
        assert report.active_stages == ("onsite_repair",)
        assert report.stored < report.sequence
        assignment = asyncio.create_task(ticket.do(assign("ENG-005")))  # needs the registry: it waits

        async def waits_for_the_registry() -> bool:
            pending = (await ticket.handle.describe()).raw_description.pending_activities
            return any(one.activity_type.name == "find_engineer" for one in pending)

        await until(waits_for_the_registry)
        assert not assignment.done()
        await proxy.mend()
        assert "ENG-005" in (await assignment).message
        await told_once(ticket)
        assert (await ticket.finish("ENG-005")).status is TicketStatus.CLOSED
        await told_once(ticket)
    await database.aclose()
    await proxy.cut()


async def test_a_report_while_the_database_goes_away_is_not_lost(skipper: TimeSkipper, service_url: str) -> None:
    """Intake has read the registry when the database goes: the acknowledgement waits until the ticket is stored."""
    proxy = Proxy.to(service_url)
    await proxy.mend()
    worker_database = Database(proxy.through(service_url), pool_size=2)
    intake_database = Database(service_url)
    await proxy.cut()
    async with serving(skipper, worker_database) as field:
        reporter = Field(skipper, intake_database, field.task_queue)
        key = f"away-{uuid4().hex[:8]}"
        report = asyncio.create_task(reporter.report(key=key))
        handle = field.client.get_workflow_handle(key)

        async def started() -> bool:
            try:
                return (await handle.describe()).history_length > 5
            except Exception:
                return False

        await until(started)
        assert not report.done()
        await proxy.mend()
        assert (await report).created
    await worker_database.aclose()
    await intake_database.aclose()
    await proxy.cut()


async def test_a_worker_that_caches_nothing_replays_every_task_to_the_same_end(
    skipper: TimeSkipper, service_url: str
) -> None:
    database = Database(service_url)
    async with serving(skipper, database, Settings(workflow_cache_size=0)) as field:
        ticket = await field.open()
        await ticket.do(hold())
        await ticket.do(resume())
        for key in STANDARD_STAGES[:3]:
            await ticket.do(complete(key, by="ENG-004"))
        await ticket.do(complete("onsite_repair", by="ENG-004", outcome=StageOutcome.TEST_FAILED))
        assert (await ticket.finish()).status is TicketStatus.CLOSED
        await told_once(ticket)
    await database.aclose()


async def test_a_long_history_continues_as_new_with_everything_it_knew(skipper: TimeSkipper, service_url: str) -> None:
    database = Database(service_url)
    async with serving(skipper, database) as field:
        ticket = await field.open()
        first_run = (await ticket.handle.describe()).run_id
        done = complete("remote_diagnosis", by="ENG-004")
        await ticket.do(done)
        urgent = ChangePriority(command_id=command_id(), actor=COORDINATOR, priority=Priority.P1, reason="Moved")
        await ticket.do(urgent)
        await ticket.do(hold())
        await ticket.do(hold(HoldReason.WAITING_FOR_PARTS))
        before = await ticket.status()
        heavy = complete("onsite_repair", by="ENG-004").model_copy(update={"note": "x" * 20_000})

        async def renewed() -> bool:
            await asyncio.gather(*(field.commands.signal_stage_completed(ticket.id, heavy) for _ in range(25)))
            return (await ticket.handle.describe()).run_id != first_run

        await until(renewed)
        metadata = await ticket.handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
        assert ticket.number in metadata.current_details  # the static summary stays behind with the first run
        after = await ticket.status()
        assert after.active_stages == ("parts_identification",)
        assert (after.priority, after.hold) == (Priority.P1, "access_denied, waiting_for_parts")
        assert after.clocks == before.clocks
        await ticket.do(resume())
        answer = await ticket.do(done)  # another run has no record of the update; the ticket itself remembers
        assert "next: Parts Identification" in answer.message
        assert (await ticket.finish()).status is TicketStatus.CLOSED
        await told_once(ticket)
    await database.aclose()


async def test_a_ticket_that_is_reopened_before_its_end_is_stored_lives_on(
    skipper: TimeSkipper, service_url: str
) -> None:
    proxy = Proxy.to(service_url)
    await proxy.mend()
    database = Database(proxy.through(service_url), pool_size=2)
    async with serving(skipper, database) as field:
        ticket = await field.open()
        await ticket.stored()
        await proxy.cut()
        await fixed_remotely(ticket)
        await ticket.do(reopen())
        await proxy.mend()
        assert (await ticket.stored())["ticket"]["status"] == "open"
        assert (await ticket.handle.describe()).status is WorkflowExecutionStatus.RUNNING
        await ticket.do(assign("ENG-004"))
        await ticket.skip_time(6 * HOUR)
        breached = [clock for clock in (await ticket.stored())["clocks"] if clock["state"] == "breached"]
        assert [clock["name"] for clock in breached] == ["remote_diagnosis#2"]
        assert (await ticket.finish()).status is TicketStatus.CLOSED
        await told_once(ticket)
    await database.aclose()
    await proxy.cut()


async def test_of_many_who_reopen_at_once_one_does(skipper: TimeSkipper, service_url: str) -> None:
    database = Database(service_url)
    async with serving(skipper, database) as field:
        ticket = await field.open()
        for round_ in (1, 2):
            await fixed_remotely(ticket)  # its run may still be storing what happened
            answers = await asyncio.gather(*(ticket.do(reopen()) for _ in range(8)), return_exceptions=True)
            failed = [one for one in answers if isinstance(one, BaseException)]
            refused = [one.sentence for one in failed if isinstance(one, CommandRefused)]
            assert refused == ["Only a closed ticket can be reopened; this one is open."] * 7
            assert len(failed) == len(refused)
            assert (await ticket.stored())["ticket"]["reopened"] == round_
        assert (await ticket.finish()).status is TicketStatus.CLOSED
        await told_once(ticket)
    await database.aclose()


async def test_a_reopening_that_no_worker_answers_is_not_confirmed(skipper: TimeSkipper, service_url: str) -> None:
    database = Database(service_url)
    async with serving(skipper, database) as field:
        ticket = await field.open()
        await fixed_remotely(ticket)
        await ticket.handle.result()
    with pytest.raises(CommandNotConfirmed, match="did not answer within 2 s: no worker is running"):
        await TicketCommands(skipper.client, timedelta(seconds=2)).send(ticket.id, reopen())
    await database.aclose()


async def test_a_ticket_whose_workflow_was_terminated_is_not_started_again(
    skipper: TimeSkipper, service_url: str
) -> None:
    database = Database(service_url)
    async with serving(skipper, database) as field:
        ticket = await field.open()
        await ticket.stored()
        await ticket.handle.terminate("By an operator")
        with pytest.raises(CommandRefused, match="was terminated before the ticket was closed"):
            await ticket.do(reopen())
        with pytest.raises(CommandRefused, match="can't answer: its workflow was terminated") as raised:
            await ticket.do(hold())
        assert f"fieldcare ticket rescue {ticket.number}" in in_terminal_words(raised.value)
        assert (await ticket.handle.describe()).status is WorkflowExecutionStatus.TERMINATED
    await database.aclose()


def reopen() -> Reopen:
    return Reopen(command_id=uuid4().hex, actor=COORDINATOR, reason="Alarm is back")


async def fixed_remotely(ticket: Ticket) -> None:
    """Closed, without waiting for the end of its run."""
    await ticket.do(complete("remote_diagnosis", by="ENG-004", outcome=StageOutcome.FIXED_REMOTELY))
    await ticket.do(complete("completion_sign_off", by="ENG-004"))


# -- processes ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def worker_environment(stack: Stack, service_url: str) -> dict[str, str]:
    return {
        **os.environ,
        "FIELDCARE_DATABASE_URL": service_url,
        "TEMPORAL_ADDRESS": stack.addresses.temporal_address,
        "FIELDCARE_LOG_LEVEL": "WARNING",
    }


def start_worker(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "worker"], env=environment)


async def test_a_worker_killed_in_the_middle_of_a_ticket_is_replaced_and_nothing_is_lost(
    client: Client, skipper: TimeSkipper, service_url: str, worker_environment: dict[str, str]
) -> None:
    database = Database(service_url)
    field = Field(skipper, database, TICKETS_QUEUE)
    worker = start_worker(worker_environment)
    try:
        ticket = await field.open()
        await ticket.do(complete("remote_diagnosis", by="ENG-004"))
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        waiting = asyncio.create_task(ticket.do(complete("parts_identification", by="ENG-004")))
        await field.commands.signal_stage_completed(ticket.id, complete("parts_procurement", by=acting("ENG-004")))
        worker = start_worker(worker_environment)
        await waiting
        assert (await ticket.finish()).status is TicketStatus.CLOSED
        await told_once(ticket)
    finally:
        worker.terminate()
        assert worker.wait(timeout=30) == 0
        await database.aclose()


@drill
async def test_workers_killed_again_and_again_lose_and_double_nothing(
    skipper: TimeSkipper, service_url: str, worker_environment: dict[str, str]
) -> None:
    database = Database(service_url)
    field = Field(skipper, database, TICKETS_QUEUE)
    worker = start_worker(worker_environment)

    async def life() -> Ticket:
        ticket = await field.open(engineer=None)
        await ticket.do(assign("ENG-004"))
        await ticket.finish()
        return ticket

    try:
        lives = [asyncio.create_task(life()) for _ in range(6)]
        for _ in range(3):
            await asyncio.wait(lives, timeout=1.0, return_when=asyncio.FIRST_COMPLETED)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            worker = start_worker(worker_environment)
        for ticket in await asyncio.gather(*lives):
            await told_once(ticket)
    finally:
        worker.terminate()
        worker.wait(timeout=30)
        await database.aclose()
