"""A command that comes again after its ticket has closed is told what it was told, by whatever way it came first."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from temporalio.testing import TimeSkipper

from models.contracts.base import Command
from models.contracts.commands import CompleteStage, Reopen
from models.contracts.tickets import TicketInput
from models.database import Database
from models.identity import CARRIED_QUERY
from models.settings import Settings
from models.sql_functions import SqlFunction
from models.vocabulary import StageOutcome
from starter.auditing.verification import verify_chain
from starter.commands import CommandNotConfirmed, CommandRefused, TicketCommands
from starter.late_refusals import put_on_record
from tests.factories import COORDINATOR, acting, complete, hold, resume
from tests.field import Field, Ticket
from tests.waiting import until
from worker import build_worker

pytestmark = pytest.mark.asyncio(loop_scope="session")

FIRST = "remote_diagnosis"


async def signalled(ticket: Ticket, command: CompleteStage) -> None:
    """Sent as a signal, and answered by the ticket, which tells nobody."""
    await ticket.field.commands.signal_stage_completed(ticket.id, command)

    async def has_it() -> bool:
        knows: TicketInput = await ticket.handle.query(CARRIED_QUERY, result_type=TicketInput)
        assert knows.carried is not None
        return any(reply.command_id == command.command_id for reply in knows.carried.replies)

    await until(has_it)


def fixed() -> CompleteStage:
    return complete(FIRST, by="ENG-004", outcome=StageOutcome.FIXED_REMOTELY)


async def applied_once(ticket: Ticket, command: Command) -> bool:
    mine = [one for one in await ticket.audit() if one["command_id"] == command.command_id]
    return [one["action"] for one in mine].count("stages_moved") == 1


async def test_applied_as_a_signal_it_is_told_so_as_an_update(field: Field) -> None:
    ticket = await field.open()
    command = fixed()
    await signalled(ticket, command)
    await ticket.finish()
    again = await ticket.do(command)
    assert again.message == "Remote Diagnosis is completed; next: Completion & Sign-off."
    assert again.command_id == command.command_id
    assert await applied_once(ticket, command)


async def test_refused_as_a_signal_it_is_refused_as_an_update_with_the_same_words(field: Field) -> None:
    ticket = await field.open()
    command = complete(FIRST, by="ENG-004", actions={})
    await signalled(ticket, command)
    await ticket.do(fixed())
    await ticket.finish()
    with pytest.raises(CommandRefused, match=r"Remote Diagnosis can't be completed yet\. Missing: diagnosis_summary"):
        await ticket.do(command)


async def test_answered_in_an_earlier_run_it_is_answered_again(field: Field) -> None:
    """Temporal itself knows updates of the last run alone."""
    ticket = await field.open()
    command, held = fixed(), hold()
    first, before = await ticket.do(held), await ticket.do(resume())
    first_completion = await ticket.do(command)
    await ticket.finish()
    reopening = Reopen(command_id=uuid4().hex, actor=COORDINATOR, reason="Alarm is back")
    reopened = await ticket.do(reopening)
    await ticket.do(fixed())
    await ticket.finish()
    runs = (await ticket.handle.describe()).run_id
    assert await ticket.do(held) == first
    assert await ticket.do(command) == first_completion
    assert await ticket.do(reopening) == reopened
    assert before.message
    assert (await ticket.handle.describe()).run_id == runs  # nothing was started for it


async def test_as_a_signal_after_the_close_it_is_no_error(field: Field) -> None:
    ticket = await field.open()
    command, refused = fixed(), complete("onsite_repair", by="ENG-004", actions={})
    with pytest.raises(CommandRefused):
        await ticket.do(refused)
    await ticket.do(command)
    await ticket.finish()
    length = (await ticket.handle.describe()).history_length
    for one in (command, refused):
        await field.commands.signal_stage_completed(ticket.id, one)
    assert (await ticket.handle.describe()).history_length == length


async def test_a_new_one_is_told_that_the_ticket_has_ended(field: Field) -> None:
    ticket = await field.open()
    await ticket.do(fixed())
    await ticket.finish()
    told = rf"^Ticket {ticket.number} has ended since 20.*reopen it or open a new ticket"
    with pytest.raises(CommandRefused, match=told):
        await ticket.do(hold())
    with pytest.raises(CommandRefused, match=told):
        await field.commands.signal_stage_completed(ticket.id, fixed())


async def test_where_no_worker_can_be_asked_that_is_said(skipper: TimeSkipper, service_url: str) -> None:
    database, queue = Database(service_url), f"after-{uuid4().hex[:8]}"
    async with build_worker(skipper.client, database, Settings(), queue):
        ticket = await Field(skipper, database, queue).open()
        command = fixed()
        await signalled(ticket, command)
        await ticket.finish()
    few = TicketCommands(skipper.client, timedelta(seconds=1))
    told = rf"^Ticket {ticket.number} has ended since .* can't be asked: no worker answers.*only once"
    with pytest.raises(CommandNotConfirmed, match=told):
        await few.send(ticket.id, command)
    async with build_worker(skipper.client, database, Settings(), queue):
        assert (await ticket.do(command)).command_id == command.command_id
    await database.aclose()


async def test_what_is_refused_after_the_end_is_on_record_once_and_the_ticket_stays_as_it_is(field: Field) -> None:
    ticket = await field.open()
    command = fixed()
    await ticket.do(command)
    await ticket.finish()
    facts, length = len(await ticket.audit()), (await ticket.handle.describe()).history_length
    commands = TicketCommands(field.client, put_on_record=partial(put_on_record, field.database))
    stolen = hold().model_copy(update={"command_id": command.command_id, "actor": acting("ENG-009")})
    for other in (stolen, Reopen(command_id=command.command_id, actor=COORDINATOR, reason="Back"), late := hold()):
        told = "has ended since" if other is late else "belongs to another command"
        for _ in range(2):
            with pytest.raises(CommandRefused, match=told):
                await commands.send(ticket.id, other)
    as_signal = complete("onsite_repair")
    with pytest.raises(CommandRefused, match="has ended since"):
        await commands.signal_stage_completed(ticket.id, as_signal)
    assert (await commands.send(ticket.id, command)).command_id == command.command_id  # an answer is no refusal

    assert (await ticket.handle.describe()).history_length == length
    assert len(await ticket.audit()) == facts
    record = json.loads(await field.database.call(SqlFunction.GET_TICKET, ticket.number))
    entries = [
        (one["command_id"], one["actor_code"], one["new_value"]["command"]) for one in record["timeline"][facts:]
    ]
    assert entries == [
        (command.command_id, "ENG-009", "Hold"),
        (command.command_id, COORDINATOR.code, "Reopen"),
        (late.command_id, COORDINATOR.code, "Hold"),
        (as_signal.command_id, as_signal.actor.code, "CompleteStage"),
    ]
    assert {one["sequence"] for one in record["timeline"][facts:]} == {None}
    own = "SELECT DISTINCT subject_id FROM audit_events WHERE ticket_id = :ticket"
    subjects = [row["subject_id"] for row in await field.rows(own, ticket=record["ticket"]["id"])]
    assert len(subjects) == 1 + len(entries)
    assert all([(await verify_chain(field.owner, subject)).intact for subject in subjects])

    reopened = await commands.send(ticket.id, Reopen(command_id=uuid4().hex, actor=COORDINATOR, reason="Back"))
    assert "is open again" in reopened.message
