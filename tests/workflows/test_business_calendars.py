"""Tickets under a contract with opening hours, on the real server: Monday to Friday, 9 to 17, in Berlin."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from sqlalchemy import text
from temporalio.client import WorkflowHandle

from models.contracts.intake import FaultReport
from models.contracts.tickets import TicketInput
from models.sla.calendar import Calendar
from models.sla.clock import Clock, ClockEvent
from models.sql_functions import SqlFunction
from models.vocabulary import ClockKind, HoldReason, Priority, TicketStatus
from starter.freezing import freeze
from tests.factories import HOUR, NURSE, assign, hold
from tests.field import Field, Ticket
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

BERLIN = ZoneInfo("Europe/Berlin")
STEP = timedelta(microseconds=1)
UNIT = "PUMP-BERLIN-1"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def berlin(field: Field) -> Field:
    """The service with a customer in Berlin, who has a contract, and a make whose response target is 3 h."""
    async with field.owner.session() as session:
        connection = await session.connection()
        await connection.execute(
            text("""
            WITH office AS (
                INSERT INTO business_calendars (code, version, name) VALUES ('berlin_office', 1, 'Office') RETURNING id
            ), hours AS (
                INSERT INTO business_calendar_hours (calendar_id, weekday, opens, closes)
                SELECT id, weekday, '9:00', '17:00' FROM office, generate_series(1, 5) AS weekday
            ), customer AS (
                INSERT INTO customers (code, name, calendar_id) SELECT 'BERLIN', 'Berlin', id FROM office RETURNING id
            ), site AS (
                INSERT INTO customer_sites (customer_id, code, name, time_zone)
                SELECT id, 'MAIN', 'Main', 'Europe/Berlin' FROM customer RETURNING id, customer_id
            ), make AS (
                INSERT INTO manufacturers (code, name) VALUES ('SPREE', 'Spree') RETURNING id
            ), service AS (
                INSERT INTO manufacturer_service_config (code, equipment_type_id, manufacturer_id, service_provider,
                    parts_provider, response_target, parts_lead_time, oem_parts_only)
                SELECT 'spree', t.id, make.id, 'geneqr', 'geneqr', '3 hours', '2 days', false
                FROM make, equipment_catalog AS t WHERE t.code = 'infusion_pump'
            )
            INSERT INTO equipment_registry (serial, equipment_type_id, manufacturer_id, model, customer_id, site_id,
                installed_context)
            SELECT 'PUMP-BERLIN-1', t.id, make.id, 'P1', site.customer_id, site.id, 'ward'
            FROM equipment_catalog AS t, make, site WHERE t.code = 'infusion_pump'
        """)
        )
        await session.commit()
    return field


async def open_at(field: Field, local: datetime) -> tuple[Ticket, TicketInput, datetime]:
    """A ticket whose workflow begins at that local time, as near as a server can; and when it did begin."""
    report = FaultReport(
        unit=UNIT, description="No flow", priority=Priority.P2, reporter=NURSE, key=f"berlin-{uuid4().hex[:12]}"
    )
    prepared = json.loads(await field.database.call(SqlFunction.PREPARE_INTAKE, UNIT, report.key))
    given = freeze(report, prepared)
    wait = local - datetime.now(UTC)
    handle = await field.client.start_workflow(
        given.template.workflow_type, given, id=str(report.key), task_queue=field.task_queue, start_delay=wait
    )
    await field.skipper.fast_forward(handle, wait)
    ticket = Ticket(field, handle.id, given.number)
    await until(partial(_has_begun, handle))
    opened = datetime.fromisoformat((await ticket.stored())["ticket"]["opened_at"])
    return ticket, given, opened


async def _has_begun(handle: WorkflowHandle[Any, Any]) -> bool:
    """Whether a worker has had it: until then the server refuses every query."""
    events = (await handle.fetch_history()).events
    return any(event.HasField("workflow_task_completed_event_attributes") for event in events)


def next_friday(*, hour: int, before: date | None = None) -> datetime:
    """The Friday after next, or the last one before a day, at an hour in Berlin."""
    day = before - timedelta(days=1) if before else datetime.now(BERLIN).date() + timedelta(days=14)
    while day.isoweekday() != 5:
        day -= timedelta(days=1)
    return datetime.combine(day, time(hour), BERLIN)


def next_change_to_winter() -> date:
    """The next day, two weeks or more from now, on which clocks are put back."""
    day = datetime.now(BERLIN).date() + timedelta(days=14)
    while _offset(day) - _offset(day + timedelta(days=1)) != HOUR:
        day += timedelta(days=1)
    return day


def _offset(day: date) -> timedelta:
    return datetime.combine(day, time(0), BERLIN).utcoffset() or timedelta(0)


def later(instant: datetime, days: int, hour: int, minute: int = 0) -> datetime:
    """A time of day in Berlin, some days after an instant."""
    return datetime.combine(instant.astimezone(BERLIN).date() + timedelta(days=days), time(hour, minute), BERLIN)


def recomputed(clocks: Sequence[dict[str, Any]], calendar: Calendar) -> int:
    """Compare each recorded event's figures with the fold of the events up to it; how many there were."""
    compared = 0
    for row in clocks:
        clock = Clock(
            clock_id=row["id"],
            kind=ClockKind(row["kind"]),
            name=row["name"],
            target=timedelta(seconds=row["target"]),
        )
        for event in row["events"]:
            told = ClockEvent(
                kind=event["kind"], at=event["occurred_at"], percent=event["percent"], reason=event["reason"]
            )
            clock = clock.model_copy(update={"events": (*clock.events, told)})
            assert clock.elapsed(told.at, calendar).total_seconds() == pytest.approx(event["elapsed"], abs=1e-6)
            due = clock.due_at(calendar)
            assert due == (datetime.fromisoformat(event["due_at"]) if event["due_at"] else None)
            assert clock.state(told.at, calendar) == event["state"]
            compared += 1
    return compared


def reached(record: dict[str, Any], name: str) -> dict[int, datetime]:
    """At which instants a clock's thresholds were reached."""
    [clock] = [one for one in record["clocks"] if one["name"] == name]
    fired = [event for event in clock["events"] if event["kind"] == "threshold"]
    assert len(fired) == len({event["percent"] for event in fired})
    return {event["percent"]: datetime.fromisoformat(event["occurred_at"]) for event in fired}


async def test_three_hours_from_friday_at_four_are_over_on_monday_at_eleven(berlin: Field) -> None:
    friday = next_friday(hour=16)
    ticket, given, opened = await open_at(berlin, friday)
    late = opened - friday  # how long the server took to begin: every instant is that much later
    [response] = [one for one in (await ticket.status()).clocks if one.name == "response"]
    assert response.due_at == later(friday, 3, 11) + late

    await ticket.skip_time(timedelta(days=3))

    record = await ticket.stored()
    assert reached(record, "response") == {
        50: later(friday, 3, 9, 30) + late,
        75: later(friday, 3, 10, 15) + late,
        100: later(friday, 3, 11) + late + STEP,
    }
    assert Calendar.model_validate(record["calendar"]) == given.calendar
    assert given.calendar.code == "berlin_office" and given.calendar.zone == "Europe/Berlin"
    assert recomputed(record["clocks"], given.calendar) > 8


async def test_a_weekend_on_which_the_clocks_change_moves_no_opening_hour(berlin: Field) -> None:
    friday = next_friday(hour=16, before=next_change_to_winter())
    ticket, given, opened = await open_at(berlin, friday)
    late = opened - friday
    await ticket.skip_time(timedelta(days=3, hours=2))

    record = await ticket.stored()
    due = reached(record, "response")[100] - STEP - late
    assert due == later(friday, 3, 11)
    assert due - friday == timedelta(days=2, hours=20)  # 19 h on the wall, and the hour that came twice
    assert recomputed(record["clocks"], given.calendar) > 8


async def test_a_month_on_hold_costs_no_wake_up_but_its_own(berlin: Field) -> None:
    monday = later(next_friday(hour=9), 3, 9)
    ticket, given, opened = await open_at(berlin, monday)
    await ticket.do(assign("ENG-004"))
    await ticket.skip_time(1 * HOUR)
    held = await ticket.do(hold(HoldReason.ACCESS_DENIED, until=later(monday, 30, 9)))
    await ticket.skip_time(timedelta(minutes=1))  # search attributes may lag behind, and cost a timer
    events = len((await ticket.handle.fetch_history()).events)

    await ticket.skip_time(later(monday, 30, 8) - held.applied_at)
    assert (await ticket.status()).status is TicketStatus.ON_HOLD
    history = (await ticket.handle.fetch_history()).events[events:]
    assert not [event for event in history if event.HasField("timer_fired_event_attributes")]
    assert not [event for event in history if event.HasField("workflow_task_started_event_attributes")]

    await ticket.skip_time(4 * HOUR)
    record = await ticket.stored()
    assert record["ticket"]["status"] == "open"
    used = held.applied_at - opened
    stage_due = later(monday, 30, 9) + (4 * HOUR - used)
    assert reached(record, "remote_diagnosis")[50] == later(monday, 30, 9) + (2 * HOUR - used)
    [stage] = [one for one in record["clocks"] if one["name"] == "remote_diagnosis"]
    assert datetime.fromisoformat(stage["due_at"]) == stage_due
    assert recomputed(record["clocks"], given.calendar) > 8
