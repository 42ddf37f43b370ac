"""What is told after it happened, on the real server and in the real database: both times, and nothing disputed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from models.contracts.commands import ArriveOnSite, Hold, StartTravel
from models.contracts.notices import words_of
from models.records import TicketRecord
from models.sql_functions import SqlFunction
from starter.failures import CommandRefused
from starter.reading.explaining import explained
from starter.reading.story import story
from tests.factories import HOUR, acting, command_id, complete, hold
from tests.field import Field
from tests.workflows.test_terms import agrees_with_its_recomputation, clock, rich_ticket
from workflows import messages
from workflows.patches import CURRENT, LATE_HOLDS_APPROVED, has
from workflows.runner import replayer

pytestmark = pytest.mark.asyncio(loop_scope="session")

WHO = "ENG-004"


async def test_a_day_offline_takes_a_breach_back_and_is_whole_on_record(field: Field) -> None:
    ticket = await rich_ticket(field, CURRENT)
    for key in ("remote_diagnosis", "parts_identification", "parts_procurement"):
        began = (await ticket.do(complete(key, by=WHO))).applied_at
    await ticket.skip_time(31 * HOUR)
    assert clock(await ticket.stored(), "arrival")["state"] == "breached"

    def at(hours: float) -> datetime:
        return began + timedelta(hours=hours)

    who: dict[str, Any] = {"actor": acting(WHO)}
    told = [
        StartTravel(command_id=command_id(), happened_at=at(28), **who),
        ArriveOnSite(command_id=command_id(), happened_at=at(29), **who),
        complete("onsite_repair", by=WHO).model_copy(update={"happened_at": at(30)}),
        complete("completion_sign_off", by=WHO).model_copy(update={"happened_at": at(30.5)}),
    ]
    answers = [await ticket.do(command) for command in told]
    assert await ticket.do(told[1]) == answers[1]
    assert "It counts from " in answers[1].message
    await ticket.handle.result()

    record = TicketRecord.model_validate(await ticket.stored())
    [repair] = [one for one in record.stages if one.stage_key == "onsite_repair"]
    assert (repair.travel_started_at, repair.arrived_at, repair.finished_at) == (at(28), at(29), at(30))
    assert record.ticket.closed_at == at(30.5)
    row = clock(await ticket.stored(), "arrival")
    assert (row["state"], row["thresholds_fired"]) == ("met", [50, 75])
    assert [one["kind"] for one in row["events"]] == [
        "started", "threshold", "threshold", "threshold", "stopped", "corrected",
    ]  # fmt: skip
    [arrived] = [one for one in record.timeline if one.action == "arrived_on_site"]
    assert (arrived.happened_at, arrived.occurred_at) == (at(29), answers[1].applied_at)
    said = [one.says(str) for one in story(record)]
    assert f"Arrived on site for Onsite Repair, at {at(29)}, told later" in said
    assert "SLA Arrival: breach taken back; it had stopped before, which was told later" in said
    assert any("Arrival was within its target" in words_of(one.model_dump()).subject for one in record.notifications)
    explanation = explained(record, "arrival", answers[-1].applied_at).told
    assert explanation.told_at == answers[1].applied_at
    assert [one.lifted for one in explanation.corrections] == [(100,)]
    await agrees_with_its_recomputation(ticket)
    ticket_id = record.timeline[0].ticket_id
    assert not await ticket.field.rows(f"SELECT * FROM {SqlFunction.FIND_RECORD_DIFFERENCES}(:id)", id=ticket_id)  # noqa: S608
    await replayer().replay_workflow(await ticket.handle.fetch_history())


def late_hold(at: datetime, approver: str | None = None) -> Hold:
    return hold(until=at + 99 * HOUR).model_copy(update={"happened_at": at, "approved_by": approver})


@pytest.mark.parametrize("behaviour", [CURRENT, 4])
async def test_a_breach_is_taken_back_by_a_hold_with_an_approval_alone(field: Field, behaviour: int) -> None:
    """Also by a run that began before that was so: its history says that it was asked."""
    ticket = await rich_ticket(field, behaviour)
    at = await ticket.breached()
    with pytest.raises(CommandRefused, match=r"Tell it as of now, or have it approved\."):
        await ticket.do(late_hold(at))
    await ticket.do(late_hold(at, "manager-1"))
    assert clock(await ticket.stored(), "resolution")["thresholds_fired"] == []
    await agrees_with_its_recomputation(ticket)
    await replayer().replay_workflow(await ticket.handle.fetch_history())


async def test_a_run_that_has_taken_one_without_replays(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        before.setattr(messages, "has", lambda ticket, patch: patch != LATE_HOLDS_APPROVED and has(ticket, patch))
        ticket = await rich_ticket(field, 4)
        await ticket.do(late_hold(await ticket.breached()))
    await replayer().replay_workflow(await ticket.handle.fetch_history())


async def test_what_is_told_too_late_counts_from_when_it_came(field: Field) -> None:
    ticket = await rich_ticket(field, CURRENT, late_within=HOUR)
    for key in ("remote_diagnosis", "parts_identification", "parts_procurement"):
        began = (await ticket.do(complete(key, by=WHO))).applied_at
    await ticket.skip_time(3 * HOUR)
    late = ArriveOnSite(command_id=command_id(), actor=acting(WHO), happened_at=began + HOUR)
    answer = await ticket.do(late)
    assert answer.message.endswith(": it is told more than 1 h later.")
    record = TicketRecord.model_validate(await ticket.stored())
    [repair] = [one for one in record.stages if one.stage_key == "onsite_repair"]
    assert repair.arrived_at == answer.applied_at
    [line] = [one for one in story(record) if one.claimed_at is not None]
    assert line.claimed_at == began + HOUR
    assert "which does not count: it is told more than 1 h later" in line.says(str)
