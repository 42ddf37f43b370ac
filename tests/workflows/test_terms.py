"""Priority, contract, arrival and reopening on the real server, with skipped time, and what the database says."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from temporalio.client import WorkflowExecutionStatus

from models.attributes import TICKET_NUMBER_ATTRIBUTE
from models.contracts.commands import ArriveOnSite, ChangeContract, ChangePriority, Reopen, StartTravel
from models.contracts.intake import FaultReport
from models.contracts.notices import words_of
from models.contracts.tickets import TicketInput
from models.identity import workflow_id
from models.records import TicketRecord
from models.sla.calendar import Calendar
from models.sql_functions import SqlFunction
from models.vocabulary import Priority, ReopenPolicy, StageOutcome, TicketStatus
from starter.agreed_terms import agreed_terms
from starter.commands import CommandRefused
from starter.freezing import freeze
from starter.reading.clocks import calendar_at, recorded_clock
from tests.factories import COORDINATOR, HOUR, NURSE, acting, assign, command_id, complete, hold, skip
from tests.field import Field, Ticket
from tests.waiting import until
from tests.workflows.stories import richer

pytestmark = pytest.mark.asyncio(loop_scope="session")

ENGINEER = "ENG-004"


async def rich_ticket(field: Field, behaviour: int = 0, **fields: object) -> Ticket:
    """A ticket whose template has an arrival target, targets by priority, and reasons that pause some clocks."""
    report = FaultReport(unit="VENT-ICU-001", description="Alarm", priority=Priority.P2, reporter=NURSE, key=_key())
    given = freeze(report, json.loads(await field.database.call(SqlFunction.PREPARE_INTAKE, report.unit, report.key)))
    template = richer(given.template, ReopenPolicy.EXCLUDE_SOLVED).model_copy(update=fields)
    given = given.model_copy(update={"template": template, "behaviour": behaviour})
    handle = await field.client.start_workflow(
        given.template.workflow_type, given, id=workflow_id(given.number, given.key), task_queue=field.task_queue
    )
    ticket = Ticket(field, handle.id, given.number)
    await ticket.do(assign(ENGINEER))
    return ticket


def _key() -> str:
    return f"terms-{uuid4().hex[:12]}"


def priority(level: Priority) -> ChangePriority:
    return ChangePriority(command_id=command_id(), actor=COORDINATOR, priority=level, reason="Patient moved")


def reopen(return_to: str | None = None) -> Reopen:
    return Reopen(command_id=_key(), actor=COORDINATOR, reason="Alarm is back", return_to=return_to)


def due(record: dict[str, Any], name: str) -> datetime:
    return datetime.fromisoformat(clock(record, name)["due_at"])


def clock(record: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in record["clocks"] if one["name"] == name)
    return found


async def agrees_with_its_recomputation(ticket: Ticket) -> None:
    """Every clock's stored figures are those of its recorded events; SQL says the same."""
    record = await ticket.stored()
    for row in record["clocks"]:
        read = recorded_clock(TicketRecord.model_validate(record), row["name"])
        at = datetime.fromisoformat(row["events"][-1]["occurred_at"])
        calendar = calendar_at(TicketRecord.model_validate(record), read, at)
        assert read.elapsed(at, calendar).total_seconds() == row["elapsed"]
        assert read.state(at, calendar) == row["state"]
        [found] = await ticket.field.rows("SELECT sla_elapsed(:id, :at) AS elapsed", id=row["id"], at=at)
        assert found["elapsed"].total_seconds() == row["elapsed"]


async def test_another_priority_over_a_hold_a_breach_and_a_further_change(field: Field) -> None:
    ticket = await rich_ticket(field)
    await ticket.skip_time(1 * HOUR)
    opened = datetime.fromisoformat((await ticket.stored())["ticket"]["opened_at"])
    held = await ticket.do(hold(until=opened + 6 * HOUR))
    await ticket.do(priority(Priority.P1))  # nine hours for the resolution
    assert clock(await ticket.stored(), "resolution")["due_at"] is None
    await ticket.skip_time(6 * HOUR)
    paused = opened + 6 * HOUR - held.applied_at
    assert due(await ticket.stored(), "resolution") == opened + 9 * HOUR + paused
    await ticket.skip_time(9 * HOUR)
    await ticket.do(priority(Priority.P4))  # two hundred: the breach is lifted
    record = await ticket.stored()
    assert record["ticket"]["priority"] == "P4"
    assert (clock(record, "resolution")["state"], clock(record, "resolution")["thresholds_fired"]) == ("running", [])
    await ticket.skip_time(220 * HOUR)
    record = await ticket.stored()
    assert [one["kind"] for one in clock(record, "resolution")["events"]].count("overrun") == 1
    told = [words_of(one).subject for one in record["notifications"] if one["recipient_role"] == "coordinator"]
    assert sum("Resolution has breached" in subject for subject in told) == 1
    await agrees_with_its_recomputation(ticket)


async def test_a_journey_and_the_arrival_s_clock(field: Field) -> None:
    ticket = await rich_ticket(field)
    for key in ("remote_diagnosis", "parts_identification", "parts_procurement"):
        await ticket.do(complete(key, by=ENGINEER))
    await ticket.do(StartTravel(command_id=command_id(), actor=acting(ENGINEER)))
    await ticket.skip_time(2 * HOUR)
    await ticket.do(ArriveOnSite(command_id=command_id(), actor=acting(ENGINEER)))
    record = await ticket.stored()
    [repair] = [one for one in record["stages"] if one["stage_key"] == "onsite_repair"]
    travelled = datetime.fromisoformat(repair["arrived_at"]) - datetime.fromisoformat(repair["travel_started_at"])
    assert travelled >= 2 * HOUR
    assert clock(record, "arrival")["state"] == "met"
    assert record["timeline"][-2]["action"] == "arrived_on_site"
    await agrees_with_its_recomputation(ticket)


async def test_the_terms_of_a_new_contract(field: Field) -> None:
    ticket = await field.open("PUMP-WRD-001")
    await ticket.do(complete("remote_diagnosis", by=ENGINEER))
    await ticket.skip_time(1 * HOUR)
    before = await ticket.stored()
    await _agree_on_office_hours(field, before["unit"]["customer_code"])
    try:
        terms = await agreed_terms(field.database, ticket.number)
        assert terms is not None
        assert (terms.workflow_id, terms.calendar.code) == (ticket.id, "terms_office")
        assert terms.calendar.zone == before["unit"]["time_zone"]
        change = ChangeContract(
            command_id=command_id(),
            actor=COORDINATOR,
            service=terms.service,
            calendar=terms.calendar,
            reason="Contract renewed",
        )
        said = await ticket.do(change)
    finally:
        await _agree_on_office_hours(field, before["unit"]["customer_code"], agreed=False)
    assert said.message.startswith("Clocks run by terms_office version 1 from the report on; targets: response 4 h")
    after = await ticket.stored()
    assert Calendar.model_validate(after["calendar"]) == terms.calendar
    opened = datetime.fromisoformat(after["ticket"]["opened_at"])
    assert due(after, "resolution") == terms.calendar.after(opened, 60 * HOUR)
    # The diagnosis was over before: it keeps the calendar of its time, and its figures.
    assert clock(after, "remote_diagnosis")["elapsed"] == clock(before, "remote_diagnosis")["elapsed"]
    assert clock(after, "remote_diagnosis")["calendar_snapshot"] == before["calendar"]
    [changed] = [entry for entry in after["timeline"] if entry["action"] == "contract_changed"]
    assert changed["old_value"]["calendar"] == before["calendar"]
    with pytest.raises(CommandRefused, match="runs by these terms already"):
        await ticket.do(change.model_copy(update={"command_id": command_id()}))
    await agrees_with_its_recomputation(ticket)
    assert await agreed_terms(field.database, "FC-1999-000001") is None


async def _agree_on_office_hours(field: Field, customer: str, *, agreed: bool = True) -> None:
    async with field.owner.session() as session:
        connection = await session.connection()
        await connection.execute(
            text("""
            WITH office AS (
                INSERT INTO business_calendars (code, version, name) VALUES ('terms_office', 1, 'Office')
                ON CONFLICT DO NOTHING RETURNING id
            )
            INSERT INTO business_calendar_hours (calendar_id, weekday, opens, closes)
            SELECT id, weekday, '9:00', '17:00' FROM office, generate_series(1, 7) AS weekday
        """)
        )
        await connection.execute(
            text(
                "UPDATE customers SET calendar_id = CASE WHEN :agreed THEN "
                "(SELECT id FROM business_calendars WHERE code = 'terms_office') END WHERE code = :customer"
            ),
            {"agreed": agreed, "customer": customer},
        )
        await session.commit()


async def closed(ticket: Ticket) -> None:
    await ticket.do(complete("remote_diagnosis", by=ENGINEER, outcome=StageOutcome.FIXED_REMOTELY))
    await ticket.do(complete("completion_sign_off", by=ENGINEER))
    await ticket.handle.result()


async def test_a_closed_ticket_is_reopened_and_closed_again(field: Field) -> None:
    ticket = await rich_ticket(field)
    await ticket.do(priority(Priority.P4))
    await closed(ticket)
    first_run = (await ticket.handle.describe()).run_id
    command = reopen("onsite_repair")
    said = await ticket.do(command)
    assert said.message == f"Ticket {ticket.number} is open again; next: Onsite Repair."

    described = await ticket.handle.describe()
    assert (described.status, described.run_id == first_run) == (WorkflowExecutionStatus.RUNNING, False)
    report = await ticket.status()
    assert (report.status, report.active_stages, report.priority) == (
        TicketStatus.OPEN,
        ("onsite_repair",),
        Priority.P4,
    )
    assert await ticket.do(command) == said  # sent again, it is answered again
    record = await ticket.stored()
    assert (record["ticket"]["status"], record["ticket"]["reopened"], record["ticket"]["closed_at"]) == (
        "open",
        1,
        None,
    )
    assert record["ticket"]["instance_status"] == "running"
    assert [(one["stage_key"], one["visit"]) for one in record["stages"] if one["status"] == "in_progress"] == [
        ("onsite_repair", 2)
    ]
    await until(partial(_is_listed_as_open, field, ticket))

    await ticket.do(assign(ENGINEER))
    await ticket.skip_time(3 * HOUR)
    await ticket.do(complete("onsite_repair", by=ENGINEER))
    await ticket.do(complete("completion_sign_off", by=ENGINEER))
    result = await ticket.handle.result()
    assert result.status is TicketStatus.CLOSED
    await agrees_with_its_recomputation(ticket)
    assert [entry["action"] for entry in await ticket.audit()].count("ticket_ended") == 2
    sequences = [entry["sequence"] for entry in await ticket.audit()]
    assert sequences == list(range(len(sequences)))


async def _is_listed_as_open(field: Field, ticket: Ticket) -> bool:
    query = f"{TICKET_NUMBER_ATTRIBUTE.name} = '{ticket.number}' AND ExecutionStatus = 'Running'"
    return [one.id async for one in field.client.list_workflows(query)] == [ticket.id]


async def test_a_reopening_that_is_refused_leaves_the_ticket_closed(field: Field) -> None:
    ticket = await rich_ticket(field, reopen_within=timedelta(microseconds=1))
    with pytest.raises(CommandRefused, match="Only a closed ticket can be reopened; this one is open"):
        await ticket.do(reopen())
    await closed(ticket)
    with pytest.raises(CommandRefused, match="There is no stage 'nowhere'"):
        await ticket.do(reopen("nowhere"))
    await ticket.handle.result()
    with pytest.raises(CommandRefused, match="could be reopened until"):
        await ticket.do(reopen())
    await ticket.handle.result()
    record = await ticket.stored()
    assert (record["ticket"]["status"], record["ticket"]["reopened"]) == ("closed", 0)
    assert (await ticket.handle.describe()).status is WorkflowExecutionStatus.COMPLETED
    # The key is that ticket's for ever.
    again = await field.report("VENT-ICU-001", key=ticket.id, description="Alarm")
    assert (again.created, again.ticket.number) == (False, ticket.number)


async def test_a_cancelled_ticket_stays_so(field: Field) -> None:
    ticket = await rich_ticket(field)
    await ticket.do(skip("remote_diagnosis"))
    await ticket.handle.cancel()
    with pytest.raises(Exception, match="failed"):
        await ticket.handle.result()
    with pytest.raises(CommandRefused, match="Only a closed ticket can be reopened; this one is cancelled"):
        await ticket.do(reopen())
    record = await ticket.stored()
    assert record["ticket"]["status"] == "cancelled"


async def test_what_a_further_run_begins_with_is_all_that_the_last_one_knew(field: Field) -> None:
    ticket = await rich_ticket(field)
    await ticket.do(hold(until=datetime.now(UTC) + timedelta(days=3)))
    await ticket.do(priority(Priority.P1))
    await ticket.stored()
    carried: TicketInput = await ticket.handle.query("carried", result_type=TicketInput)
    assert carried.carried is not None
    assert (carried.carried.priority, len(carried.carried.holds)) == (Priority.P1, 1)
    assert TicketInput.model_validate_json(carried.model_dump_json()) == carried
