"""A command id belongs to one command, one content, one actor; whatever else comes under it is refused, on record."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.testing import TimeSkipper

from models.contracts.base import Command
from models.contracts.commands import COMMANDS, Cancel, ChangePriority, CommandResult, Hold
from models.contracts.state import TicketState
from models.database import Database
from models.vocabulary import Priority, TicketStatus
from starter.cli.terminal.failing import in_terminal_words
from starter.commands import CommandNotConfirmed, CommandRefused
from tests.factories import COORDINATOR, HOUR, acting, assign, complete, hold
from tests.field import Field
from tests.proxy import Proxy
from tests.waiting import until
from tests.workflows.test_faults import serving
from workflows.runner import replayer

pytestmark = pytest.mark.asyncio(loop_scope="session")

HELD = Hold(command_id="CMD-1", actor=COORDINATOR, reason="access_denied", lasts=4 * HOUR)
URGENT = ChangePriority(command_id="CMD-1", actor=COORDINATOR, priority=Priority.P1, reason="Moved")
CANCELLED = Cancel(command_id="CMD-1", actor=COORDINATOR, reason="Reported twice")
OTHERS: list[tuple[str, Command]] = [
    ("another command", URGENT),
    ("another command that would end it", CANCELLED),
    ("other content", HELD.model_copy(update={"lasts": 5 * HOUR})),
    ("another reason", HELD.model_copy(update={"reason": "waiting_for_customer"})),
    ("another note", HELD.model_copy(update={"note": "The door is locked"})),
    ("another actor", HELD.model_copy(update={"actor": acting("ENG-004")})),
]


@pytest.mark.parametrize("other", [one for _, one in OTHERS], ids=[name for name, _ in OTHERS])
async def test_what_comes_under_another_commands_id_is_refused_and_recorded_once(field: Field, other: Command) -> None:
    ticket = await field.open()
    held = await ticket.do(HELD)
    for _ in range(2):
        with pytest.raises(CommandRefused, match=r"id CMD-1 belongs to another command \(hold by .*under an id of its"):
            await ticket.do(other)
    assert await ticket.do(HELD) == held
    report = await ticket.status()
    assert (report.status, report.priority) == (TicketStatus.ON_HOLD, Priority.P2)
    refused = [one for one in await ticket.audit() if one["action"] == "command_refused"]
    assert [(one["command_id"], one["actor_code"]) for one in refused] == [("CMD-1", other.actor.code)]


async def test_a_signal_under_another_commands_id_does_nothing_and_is_on_record(field: Field) -> None:
    ticket = await field.open()
    await ticket.do(HELD)
    done = complete("remote_diagnosis", by="ENG-004").model_copy(update={"command_id": "CMD-1"})
    await field.commands.signal_stage_completed(ticket.id, done)
    assert (await ticket.status()).active_stages == ("remote_diagnosis",)
    (refused,) = [one for one in await ticket.audit() if one["action"] == "command_refused"]
    assert "belongs to another command" in refused["reason"]


async def test_an_assignment_under_another_commands_id_is_refused(field: Field) -> None:
    ticket = await field.open()
    await ticket.do(HELD)
    with pytest.raises(CommandRefused, match="belongs to another command"):
        await ticket.do(assign("ENG-005").model_copy(update={"command_id": "CMD-1"}))


async def test_ids_stay_bound_in_a_further_run(field: Field) -> None:
    ticket = await field.open()
    await ticket.do(HELD)
    carried = (await ticket.handle.query("carried", result_type=dict))["carried"]
    (reply,) = [one for one in TicketState.model_validate(carried).replies if one.command_id == "CMD-1"]
    assert reply.is_to(HELD)
    assert not any(reply.is_to(other) for _, other in OTHERS)


async def test_what_the_sender_has_looked_up_or_reckoned_does_not_make_it_another_command(field: Field) -> None:
    """Sent again an hour later, `--for 4h` is the same hold: it lasts from when the ticket took it."""
    ticket = await field.open()
    held = await ticket.do(HELD)
    await ticket.skip_time(timedelta(hours=1))
    assert await ticket.do(HELD.model_copy()) == held
    assert hold().digest != HELD.digest


async def test_neither_the_order_of_answers_nor_the_zone_of_a_time_makes_it_another_command(field: Field) -> None:
    done = complete("remote_diagnosis")
    turned = done.model_copy(update={"actions": dict(reversed(done.actions.items()))})
    assert len(done.actions) > 1
    assert turned.digest == done.digest
    at = datetime(2030, 1, 1, 12, tzinfo=UTC)
    there = at.astimezone(timezone(timedelta(hours=5, minutes=30)))
    held = hold(until=at)
    assert held.model_copy(update={"resume_at": there}).digest == held.digest
    assert held.model_copy(update={"resume_at": at + HOUR}).digest != held.digest


async def test_what_could_not_be_at_all_is_on_record_under_a_used_id_and_what_could_be_then_gets_its_answer(
    field: Field,
) -> None:
    """The check before a command is taken would refuse both without a word on record."""
    ticket = await field.open()
    brief = hold(until=(await ticket.status()).clocks[0].due_at)
    held = await ticket.do(brief)
    with pytest.raises(CommandRefused, match="belongs to another command"):
        await ticket.do(complete("no_such_stage").model_copy(update={"command_id": brief.command_id}))
    await ticket.skip_time(timedelta(hours=12))
    # As to a run that has never seen this delivery: the date is past by now.
    handle, update = ticket.handle, "hold"
    again: CommandResult = await handle.execute_update(update, brief, id="another", result_type=CommandResult)
    assert again == held
    (refused,) = [one for one in await ticket.audit() if one["action"] == "command_refused"]
    assert refused["command_id"] == brief.command_id


@pytest.mark.parametrize("update", [command.update for command in COMMANDS])
async def test_a_message_that_holds_no_command_is_refused_and_the_ticket_goes_on(field: Field, update: str) -> None:
    ticket = await field.open()
    with pytest.raises(WorkflowUpdateFailedError) as told:
        await ticket.handle.execute_update(update, None)
    assert "holds no command" in str(told.value.cause)
    await ticket.handle.signal("stage_completed", None)
    await ticket.handle.signal("stage_completed", {"x": 1})
    assert "on hold" in (await ticket.do(HELD)).message.lower()
    await replayer().replay_workflow(await ticket.handle.fetch_history())


async def test_a_command_whose_workflow_is_ended_meanwhile_is_not_said_to_be_refused(
    skipper: TimeSkipper, service_url: str
) -> None:
    proxy = Proxy.to(service_url)
    await proxy.mend()
    database = Database(proxy.through(service_url), pool_size=2)
    async with serving(skipper, database) as field:
        ticket = await field.open()
        await ticket.stored()
        await proxy.cut()
        waiting = asyncio.create_task(ticket.do(assign("ENG-005")))

        async def waits_for_the_registry() -> bool:
            pending = (await ticket.handle.describe()).raw_description.pending_activities
            return any(one.activity_type.name == "find_engineer" for one in pending)

        await until(waits_for_the_registry)
        await ticket.handle.terminate("by mistake")
        with pytest.raises(CommandNotConfirmed, match="ended before it answered") as raised:
            await waiting
        assert "--command-id" in in_terminal_words(raised.value)
        await proxy.mend()
    await database.aclose()
    await proxy.cut()
