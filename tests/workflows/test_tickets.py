"""Tickets on the real server, with skipped time, and what the real database says of them afterwards."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError
from temporalio.exceptions import CancelledError

from models.contracts.commands import Cancel, CommandResult
from models.contracts.notices import words_of
from models.vocabulary import ClockState, Priority, SlaState, StageOutcome, StageStatus, TicketStatus
from starter.commands import CommandRefused, UnknownTicket
from tests.factories import COORDINATOR, DESK, HOUR, acting, assign, command_id, complete, hold, resume, skip
from tests.field import STANDARD_STAGES, Field
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_ticket_done_in_time_meets_every_clock(field: Field) -> None:
    ticket = await field.open()
    result = await ticket.finish()
    assert result.status is TicketStatus.CLOSED
    assert (result.clocks_met, result.clocks_breached) == (7, 0)
    record = await ticket.stored()
    assert record["ticket"]["status"] == "closed"
    rows = await field.rows(
        "SELECT w.stage_key, w.status FROM workflow_stage_transitions w "
        "JOIN ticket_workflow_instances i ON i.id = w.instance_id JOIN service_tickets t ON t.id = i.ticket_id "
        "WHERE t.workflow_id = :id ORDER BY w.position",
        id=ticket.id,
    )
    assert [(row["stage_key"], row["status"]) for row in rows] == [(key, "completed") for key in STANDARD_STAGES]


async def test_a_breach_at_100_percent_escalates_once_and_the_ticket_goes_on(field: Field) -> None:
    ticket = await field.open()
    await ticket.skip_time(timedelta(hours=3, minutes=59))
    assert (await ticket.status()).sla is SlaState.AT_RISK
    await ticket.skip_time(timedelta(minutes=2))
    report = await ticket.status()
    assert report.sla is SlaState.BREACHED
    assert report.active_stages == ("remote_diagnosis",)
    await ticket.skip_time(timedelta(hours=5))
    await ticket.stored()
    breaches = await field.rows(
        "SELECT c.name, count(*) AS n FROM sla_events e JOIN sla_clocks c ON c.id = e.clock_id "
        "JOIN service_tickets t ON t.id = c.ticket_id WHERE t.workflow_id = :id AND e.percent = 100 GROUP BY c.name",
        id=ticket.id,
    )
    assert {row["name"]: row["n"] for row in breaches} == {"remote_diagnosis": 1, "response": 1}
    told = await field.rows(
        "SELECT n.recipient_role, n.level FROM notifications n JOIN service_tickets t ON t.id = n.ticket_id "
        "WHERE t.workflow_id = :id AND n.kind = 'target_breached' AND n.facts ->> 'name' = 'Remote Diagnosis'",
        id=ticket.id,
    )
    assert {(row["recipient_role"], row["level"]) for row in told} == {
        ("coordinator", None),
        ("engineer", "L2"),
    }
    result = await ticket.finish()
    assert result.clocks_breached == 2


async def test_a_hold_across_a_threshold_moves_it_and_ends_by_itself(field: Field) -> None:
    ticket = await field.open()
    await ticket.skip_time(1 * HOUR)
    held = await ticket.do(hold())  # for the default of 24 h
    await ticket.skip_time(23 * HOUR)
    report = await ticket.status()
    assert (report.status, report.sla) == (TicketStatus.ON_HOLD, SlaState.PAUSED)
    await ticket.skip_time(2 * HOUR)
    report = await ticket.status()
    assert report.status is TicketStatus.OPEN
    assert report.resume_at is None
    clock = next(one for one in report.clocks if one.name == "remote_diagnosis")
    assert clock.due_at is not None
    assert clock.fired == (50,)
    record = await ticket.stored()
    assert record["ticket"]["status"] == "open"
    resumed = next(event for event in await ticket.audit() if event["action"] == "ticket_resumed")
    assert resumed["occurred_at"] == held.applied_at + 24 * HOUR


async def test_a_hold_taken_off_by_a_person(field: Field) -> None:
    ticket = await field.open()
    await ticket.do(hold())
    with pytest.raises(CommandRefused, match="on hold"):
        await ticket.do(complete("remote_diagnosis", by="ENG-004"))
    await ticket.do(resume())
    await ticket.do(complete("remote_diagnosis", by="ENG-004"))


async def test_a_remote_fix_skips_the_stages_between(field: Field) -> None:
    ticket = await field.open("PUMP-WRD-001")
    await ticket.do(complete("remote_diagnosis", by="ENG-004", outcome=StageOutcome.FIXED_REMOTELY))
    result = await ticket.finish()
    assert result.status is TicketStatus.CLOSED
    await ticket.stored()
    rows = await field.rows(
        "SELECT w.stage_key, w.reason FROM workflow_stage_transitions w "
        "JOIN ticket_workflow_instances i ON i.id = w.instance_id JOIN service_tickets t ON t.id = i.ticket_id "
        "WHERE t.workflow_id = :id AND w.status = 'skipped' ORDER BY w.position",
        id=ticket.id,
    )
    assert [(row["stage_key"], row["reason"]) for row in rows] == [
        ("parts_identification", "Fixed remotely"),
        ("parts_procurement", "Fixed remotely"),
        ("onsite_repair", "Fixed remotely"),
    ]


async def test_a_failed_test_leaves_both_visits_on_record(field: Field) -> None:
    ticket = await field.open()
    for key in STANDARD_STAGES[:3]:
        await ticket.do(complete(key, by="ENG-004"))
    await ticket.do(complete("onsite_repair", by="ENG-004", outcome=StageOutcome.TEST_FAILED))
    report = await ticket.status()
    visits = [(one.visit, one.status) for one in report.stages if one.key == "onsite_repair"]
    assert visits == [(1, StageStatus.COMPLETED), (2, StageStatus.IN_PROGRESS)]
    await ticket.finish()
    await ticket.stored()
    rows = await field.rows(
        "SELECT w.visit, w.status, w.outcome FROM workflow_stage_transitions w "
        "JOIN ticket_workflow_instances i ON i.id = w.instance_id JOIN service_tickets t ON t.id = i.ticket_id "
        "WHERE t.workflow_id = :id AND w.stage_key = 'onsite_repair' ORDER BY w.visit",
        id=ticket.id,
    )
    assert [(row["visit"], row["status"], row["outcome"]) for row in rows] == [
        (1, "completed", "test_failed"),
        (2, "completed", "done"),
    ]


async def test_a_stage_skipped_by_a_person_and_a_ticket_cancelled(field: Field) -> None:
    ticket = await field.open()
    await ticket.do(skip("parts_procurement", "Part is in the van"))
    cancelled = await ticket.do(Cancel(command_id=command_id(), actor=COORDINATOR, reason="Reported twice"))
    assert cancelled.active_stages == ()
    result = await ticket.handle.result()
    assert result.status is TicketStatus.CANCELLED
    record = await ticket.stored()
    assert (record["ticket"]["status"], record["ticket"]["end_reason"]) == ("cancelled", "Reported twice")
    report = await ticket.status()
    assert report.active_stages == ()
    assert [stage.key for stage in report.stages if stage.missing] == []
    assert "**Stage:**" not in await ticket.details()
    with pytest.raises(CommandRefused, match="has ended"):
        await ticket.do(complete("remote_diagnosis", by="ENG-004"))


async def test_a_workflow_cancelled_in_the_temporal_ui_is_a_cancelled_ticket(field: Field) -> None:
    ticket = await field.open()
    await ticket.handle.cancel()
    with pytest.raises(WorkflowFailureError) as failure:
        await ticket.handle.result()
    assert isinstance(failure.value.cause, CancelledError)
    record = await ticket.stored()
    assert record["ticket"]["status"] == "cancelled"
    assert "operator" in record["ticket"]["end_reason"]


async def test_a_refusal_changes_nothing_and_stands_in_the_audit_trail_once(field: Field) -> None:
    ticket = await field.open()
    command = complete("remote_diagnosis", by="ENG-004", actions={})
    for _ in range(2):
        with pytest.raises(CommandRefused, match=r"diagnosis_summary .*safety_assessed"):
            await ticket.do(command)
    assert (await ticket.status()).active_stages == ("remote_diagnosis",)
    refusals = [event for event in await ticket.audit() if event["action"] == "command_refused"]
    assert [event["command_id"] for event in refusals] == [command.command_id]
    assert refusals[0]["actor_code"] == "ENG-004"


async def test_what_no_progress_could_make_right_leaves_no_trace_in_the_history(field: Field) -> None:
    ticket = await field.open()
    await ticket.stored()
    await ticket.advised()
    before = (await ticket.handle.describe()).history_length
    with pytest.raises(CommandRefused, match="no stage 'engine_room'"):
        await ticket.do(complete("engine_room"))
    assert (await ticket.handle.describe()).history_length == before


async def test_an_unknown_engineer_and_an_unknown_ticket_are_refused(field: Field) -> None:
    ticket = await field.open(engineer=None)
    with pytest.raises(CommandRefused, match="no active engineer ENG-404"):
        await ticket.do(assign("ENG-404"))
    with pytest.raises(UnknownTicket, match="There is no ticket no-such-ticket"):
        await field.commands.send("no-such-ticket", assign("ENG-004"))


async def test_two_engineers_completing_at_once_complete_it_once(field: Field) -> None:
    ticket = await field.open()
    answers = await asyncio.gather(
        *(ticket.do(complete("remote_diagnosis", by="ENG-004")) for _ in range(8)), return_exceptions=True
    )
    applied = [answer for answer in answers if isinstance(answer, CommandResult)]
    refused = [answer for answer in answers if isinstance(answer, CommandRefused)]
    assert (len(applied), len(refused)) == (1, 7)
    assert all("was completed by ENG-004" in str(answer) for answer in refused)
    moves = [event for event in await ticket.audit() if event["action"] == "stages_moved"]
    assert len(moves) == 2  # into diagnosis, and out of it


async def test_the_same_command_sent_by_eight_callers_is_applied_once_and_answered_to_all(field: Field) -> None:
    ticket = await field.open()
    command = complete("remote_diagnosis", by="ENG-004")
    answers = await asyncio.gather(*(ticket.do(command) for _ in range(8)))
    assert len(set(answers)) == 1


async def test_a_command_is_answered_again_after_the_ticket_has_closed(field: Field) -> None:
    ticket = await field.open("PUMP-WRD-001")
    await ticket.do(complete("remote_diagnosis", by="ENG-004", outcome=StageOutcome.FIXED_REMOTELY))
    last = complete("completion_sign_off", by="ENG-004")
    answer = await ticket.do(last)
    await ticket.handle.result()
    assert await ticket.do(last) == answer


async def test_a_signal_completes_a_stage_and_its_repetition_changes_nothing(field: Field) -> None:
    ticket = await field.open()
    command = complete("remote_diagnosis", by="ENG-004")
    for _ in range(3):
        await field.commands.signal_stage_completed(ticket.id, command)

    async def moved_on() -> bool:
        return (await ticket.status()).active_stages == ("parts_identification",)

    await until(moved_on)
    applied = [event for event in await ticket.audit() if event["command_id"] == command.command_id]
    assert {event["action"] for event in applied} >= {"stages_moved", "clock_moved"}
    assert len([event for event in applied if event["action"] == "stages_moved"]) == 1


async def test_a_signal_that_comes_before_its_stage_is_refused_in_the_audit_trail(field: Field) -> None:
    ticket = await field.open()
    early = complete("onsite_repair", by="ENG-004")
    await field.commands.signal_stage_completed(ticket.id, early)

    async def refused() -> bool:
        return any(event["action"] == "command_refused" for event in await ticket.audit())

    await until(refused)
    (refusal,) = [event for event in await ticket.audit() if event["action"] == "command_refused"]
    assert refusal["command_id"] == early.command_id
    assert "has not begun" in refusal["reason"]
    assert (await ticket.status()).active_stages == ("remote_diagnosis",)


async def test_a_manufacturers_ct_runs_on_the_other_workflow(field: Field) -> None:
    ticket = await field.open("CT-PHL-001", engineer=None)
    assert (await ticket.status()).workflow_type == "ManufacturerServiceWorkflow"
    await ticket.do(complete("handover_to_manufacturer", by=COORDINATOR))
    await ticket.skip_time(20 * HOUR)
    await ticket.do(complete("manufacturer_response", by=DESK))
    await ticket.do(complete("manufacturer_visit", by=DESK))
    with pytest.raises(CommandRefused, match="completed by the coordinator"):
        await ticket.do(complete("acceptance", by=acting("ENG-004")))
    await ticket.do(complete("acceptance", by=COORDINATOR))
    result = await ticket.handle.result()
    assert (result.status, result.clocks_breached) == (TicketStatus.CLOSED, 0)
    told = await field.rows(
        "SELECT n.kind, n.facts, n.subject, n.body, t.description "
        "FROM notifications n JOIN service_tickets t ON t.id = n.ticket_id "
        "WHERE t.workflow_id = :id AND n.recipient_role = 'manufacturer' ORDER BY n.sequence",
        id=ticket.id,
    )
    assert [(one["kind"], one["facts"]["stage"]) for one in told] == [
        ("stage_handed_over", "manufacturer_response"),
        ("stage_handed_over", "manufacturer_visit"),
    ]
    for one in told:  # what was reported stays in the house
        assert one["description"] not in f"{one['facts']} {' '.join(words_of(one))}"


async def test_what_operators_see_in_temporal(field: Field) -> None:
    ticket = await field.open()
    await ticket.stored()  # search attributes follow the write
    description = await ticket.handle.describe()
    assert description.id == ticket.id
    assert description.status is WorkflowExecutionStatus.RUNNING
    summary = await description.static_summary()
    assert summary is not None
    assert f"{ticket.number} · P2 · Ventilator VENT-ICU-001 · CITY-GENERAL" in summary
    found = {pair.key.name: pair.value for pair in description.typed_search_attributes}
    assert found["Stage"] == "remote_diagnosis"
    assert found["SlaState"] == "on_track"
    assert found["TicketPriority"] == Priority.P2.value
    assert found["EquipmentType"] == "Ventilator"
    assert found["CustomerCode"] == "CITY-GENERAL"
    assert found["WorkflowTemplate"] == "standard_service"
    assert found["TicketNumber"] == ticket.number
    assert "DueTime" in found
    await ticket.do(hold())
    await ticket.stored()
    found = {pair.key.name: pair.value for pair in (await ticket.handle.describe()).typed_search_attributes}
    assert found["SlaState"] == "paused"
    assert "DueTime" not in found


async def test_stages_that_follow_each_other_quickly_are_shown_together(field: Field) -> None:
    async def shown() -> object:
        return {p.key.name: p.value for p in (await ticket.handle.describe()).typed_search_attributes}["Stage"]

    ticket = await field.open()
    for key in STANDARD_STAGES[:3]:
        await ticket.do(complete(key, by="ENG-004"))
    await ticket.stored()
    await ticket.skip_time(timedelta(seconds=6))
    assert await shown() == "onsite_repair"
    history = await ticket.handle.fetch_history()
    upserts = [one.upsert_workflow_search_attributes_event_attributes for one in history.events]
    assert len([one for one in upserts if "Stage" in one.search_attributes.indexed_fields]) == 1
    await ticket.finish()
    assert await shown() == "closed"


async def test_live_clocks_equal_their_rows(field: Field) -> None:
    async def same_verdict() -> SlaState:
        await ticket.stored()
        live = (await ticket.status()).sla
        (row,) = await field.rows(
            "SELECT s.state FROM service_tickets t, ticket_sla(t.id) s WHERE t.workflow_id = :id", id=ticket.id
        )
        assert SlaState(row["state"]) is live
        return live

    ticket = await field.open()
    assert await same_verdict() is SlaState.ON_TRACK
    await ticket.skip_time(3 * HOUR + 10 * timedelta(minutes=1))
    assert await same_verdict() is SlaState.AT_RISK
    await ticket.do(hold())
    assert await same_verdict() is SlaState.PAUSED
    await ticket.skip_time(25 * HOUR)
    assert await same_verdict() is SlaState.BREACHED
    await ticket.finish()
    assert await same_verdict() is SlaState.BREACHED
    report = await ticket.status()
    assert report.status is TicketStatus.CLOSED
    rows = await field.rows(
        "SELECT c.name, c.state, extract(epoch FROM c.elapsed)::float8 AS elapsed, c.due_at FROM sla_clocks c "
        "JOIN service_tickets t ON t.id = c.ticket_id WHERE t.workflow_id = :id",
        id=ticket.id,
    )
    assert len(rows) == len(report.clocks) == 7
    by_name = {row["name"]: row for row in rows}
    for clock in report.clocks:
        row = by_name[clock.name]
        assert ClockState(row["state"]) is clock.state
        assert row["elapsed"] == pytest.approx(clock.elapsed.total_seconds(), abs=1e-6)
        assert row["due_at"] == clock.due_at


async def test_the_same_key_is_the_same_ticket_also_when_it_has_ended(field: Field) -> None:
    key = f"ward-{uuid4().hex[:8]}"
    reports = await asyncio.gather(*(field.report("PUMP-WRD-001", key=key) for _ in range(8)))
    assert len({report.ticket.number for report in reports}) == 1
    assert sum(report.created for report in reports) == 1
    handle = field.client.get_workflow_handle(key)
    await field.commands.send(key, Cancel(command_id=command_id(), actor=COORDINATOR, reason="Test"))
    await handle.result()
    again = await field.report("PUMP-WRD-001", key=key, priority=Priority.P1)
    assert not again.created
    assert again.ticket.number == reports[0].ticket.number
    assert again.differs == ("priority",)
