"""What the engine told and what the database made of it are the same, whatever happened to the ticket."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.contracts.commands import ChangeContract
from models.contracts.intake import FaultReport
from models.contracts.projection import Candidates
from models.records import TicketRecord
from models.sla.calendar import Calendar
from models.sla.clock import Clock
from models.sql_functions import SqlFunction
from models.vocabulary.sla import ClockState
from models.vocabulary.tickets import Priority, ReopenPolicy
from starter.freezing import freeze
from starter.reading.clocks import calendar_at, recorded_clock
from tests.factories import COORDINATOR, NURSE, T0
from tests.migrations.own_rows import Bench, own_bench
from tests.migrations.story import engineer, store
from tests.workflows.stories import WHO, Story, late_stories, live, richer, stories
from workflows.engine.ticket import TicketEngine


@pytest_asyncio.fixture(scope="module")
async def bench(postgres_url: str) -> AsyncIterator[Bench]:
    async with own_bench(postgres_url) as made:
        yield made


@given(story=stories | late_stories, policy=st.sampled_from(ReopenPolicy))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_the_projection_is_the_state(bench: Bench, story: Story, policy: ReopenPolicy) -> None:
    report = FaultReport(unit="VENT-ICU-001", description="Alarm", priority=Priority.P2, reporter=NURSE)
    prepared = json.loads(await bench.database.call(SqlFunction.PREPARE_INTAKE, report.unit, None))
    ticket = freeze(report, prepared)
    ticket = ticket.model_copy(update={"template": richer(ticket.template, policy)})
    engine = TicketEngine.open(ticket, T0)
    others = [await engineer(bench.database, code) for code in ("ENG-002", "ENG-003", "ENG-005")]
    offered = Candidates(found=tuple(others))
    engine.advance(now := live(engine, story, await engineer(bench.database, WHO), T0, offered))

    await store(bench.database, ticket, engine.state.unstored)
    found = json.loads(await bench.database.call(SqlFunction.GET_TICKET, ticket.number))

    state, row = engine.state, found["ticket"]
    assert (row["status"], row["priority"]) == (state.status, engine.terms.priority)
    assert row["hold_reason"] == (", ".join(hold.reason for hold in state.holds) or None)
    assert row["reopened"] == state.reopened
    assert _instant(row["closed_at"]) == state.ended_at
    assert _instant(row["resume_at"]) == max((hold.resume_at for hold in state.holds), default=None)
    assert Calendar.model_validate(found["calendar"]) == engine.terms.calendar
    journeys = {(one["stage_key"], one["visit"]): one for one in found["stages"]}
    for visit in state.visits:
        assert _instant(journeys[visit.key, visit.visit]["travel_started_at"]) == visit.travel_started_at
        assert _instant(journeys[visit.key, visit.visit]["arrived_at"]) == visit.arrived_at

        shown = journeys[visit.key, visit.visit]
        there = {(one["engineer_code"], one["assignment_type"]) for one in shown["assignments"] if not one["ended_at"]}
        beside = {(one.engineer.code, one.role.value) for one in visit.others}
        if not visit.is_over and state.ended_at is None:
            mine = {(visit.engineer.code, "primary")} if visit.engineer and visit.entered_at else set()
            assert there >= mine | beside
            assert {one for one in there if one[1] != "primary"} == beside
        asked = [one["engineer_code"] for one in shown["offers"] if one["answer"] == "asked"]
        assert asked == ([visit.offer.asked.code] if visit.offer and visit.offer.asked else [])
        waiting = [one["engineer_code"] for one in shown["offers"] if one["answer"] == "waiting"]
        assert waiting == ([one.code for one in visit.offer.then] if visit.offer else [])
        declined = {one["engineer_code"] for one in shown["offers"] if one["answer"] == "declined"}
        assert declined == set(visit.declined)

    assert {one["name"] for one in found["clocks"]} == state.clocks.keys()
    for shown in found["clocks"]:
        clock = state.clocks[shown["name"]]
        calendar = engine.terms.calendar_of(clock)
        last = clock.events[-1].at
        assert shown["state"] == clock.state(last, calendar)
        assert shown["elapsed"] == clock.elapsed(last, calendar).total_seconds()
        assert shown["target"] == clock.current_target.total_seconds()
        assert _instant(shown["due_at"]) == clock.due_at(calendar)
        assert set(shown["thresholds_fired"]) == clock.standing(calendar)
        read = recorded_clock(TicketRecord.model_validate(found), clock.name)
        assert read.model_copy(update={"thresholds": clock.thresholds}) == clock
        assert calendar_at(TicketRecord.model_validate(found), read, now) == calendar
        for moment in (T0 + (now - T0) / 3, last, now, now + timedelta(days=9)):
            assert await _elapsed(bench, clock, moment) == clock.elapsed(moment, calendar)
    verdicts = [clock.state(now, engine.terms.calendar_of(clock)) for clock in state.clocks.values()]
    if state.ended_at is None:
        assert row["sla"] == engine.clocks.sla_state()
        assert _instant(row["due_at"]) == engine.clocks.due_at()
    else:
        assert row["clocks_met"] == verdicts.count(ClockState.MET)
        assert row["clocks_breached"] == verdicts.count(ClockState.BREACHED)
    assert [one["action"] for one in found["timeline"][1:]] == [fact.kind for fact in state.unstored]
    assert await bench.database.rows(SqlFunction.FIND_RECORD_DIFFERENCES, ticket.ticket_id) == []


async def test_a_service_configuration_that_is_gone_by_now_holds_no_write_up(bench: Bench) -> None:
    report = FaultReport(unit="VENT-ICU-001", description="Alarm", priority=Priority.P2, reporter=NURSE)
    ticket = freeze(report, json.loads(await bench.database.call(SqlFunction.PREPARE_INTAKE, report.unit, None)))
    engine = TicketEngine.open(ticket, T0)
    gone = ticket.service.model_copy(update={"configuration_id": uuid4(), "response_target": timedelta(hours=9)})
    change = ChangeContract(
        command_id="gone",
        actor=COORDINATOR,
        service=gone,
        calendar=engine.terms.calendar,
        reason="Renewed, then deleted",
    )
    engine.apply(change, T0)
    await store(bench.database, ticket, engine.state.unstored)
    found = json.loads(await bench.database.call(SqlFunction.GET_TICKET, ticket.number))
    assert found["ticket"]["service_configuration_id"] == str(ticket.service.configuration_id)
    [response] = [one for one in found["clocks"] if one["name"] == "response"]
    assert response["target"] == timedelta(hours=9).total_seconds()


async def _elapsed(bench: Bench, clock: Clock, moment: datetime) -> timedelta:
    """What the database says of the recorded clock."""
    found: timedelta = await bench.sql.fetchval("SELECT sla_elapsed($1, $2)", clock.clock_id, moment)
    return found


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)
