"""A command id belongs to one command, one content, one actor; whatever else comes under it is refused, on record."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.contracts.base import Command
from models.contracts.commands import Cancel, ChangePriority, Hold
from models.contracts.state import TicketState
from models.vocabulary import Priority, TicketStatus
from starter.commands import CommandRefused
from tests.factories import COORDINATOR, HOUR, acting, assign, complete, hold
from tests.field import Field

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
