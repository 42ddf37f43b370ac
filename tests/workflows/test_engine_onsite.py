"""Journeys and arrivals on site, and the clock that the first arrival stops."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.contracts.base import Actor
from models.contracts.commands import ArriveOnSite, StartTravel
from models.contracts.templates import PriorityTargets
from models.sla.calendar import Calendar
from models.vocabulary import ClockState, Priority, StageOutcome
from tests.factories import (
    COORDINATOR,
    HOUR,
    T0,
    acting,
    assign,
    command_id,
    complete,
    engineer,
    skip,
    standard_stages,
    template,
    ticket_input,
)
from workflows.engine.clocks import ARRIVAL
from workflows.engine.refusal import RefusedError
from workflows.engine.ticket import TicketEngine


def opened(**fields: object) -> TicketEngine:
    stages = tuple(one.model_copy(update={"on_site": one.key == "onsite_repair"}) for one in standard_stages())
    given = {"arrival_target": 72 * HOUR, **fields}
    engine = TicketEngine.open(ticket_input(template=template(stages, **given)), T0)
    engine.apply(assign(), T0, engineer())
    return engine


def at_the_repair(**fields: object) -> TicketEngine:
    engine = opened(**fields)
    for key in ("remote_diagnosis", "parts_identification", "parts_procurement"):
        engine.apply(complete(key), T0 + HOUR)
    return engine


def travel(by: Actor | None = None, stage: str | None = None) -> StartTravel:
    return StartTravel(command_id=command_id(), actor=by or acting("ENG-001"), stage=stage)


def arrive(by: Actor | None = None, stage: str | None = None) -> ArriveOnSite:
    return ArriveOnSite(command_id=command_id(), actor=by or acting("ENG-001"), stage=stage)


def test_the_arrival_stops_its_clock() -> None:
    engine = at_the_repair()
    assert engine.state.clocks[ARRIVAL].due_at(Calendar()) == T0 + 72 * HOUR
    engine.apply(travel(), T0 + 2 * HOUR)
    engine.apply(arrive(), T0 + 3 * HOUR)
    assert engine.state.clocks[ARRIVAL].state(T0 + 99 * HOUR, Calendar()) is ClockState.MET
    assert engine.state.clocks[ARRIVAL].elapsed(T0 + 99 * HOUR, Calendar()) == 3 * HOUR
    visit = engine.graph.latest("onsite_repair")
    assert (visit.travel_started_at, visit.arrived_at) == (T0 + 2 * HOUR, T0 + 3 * HOUR)


def test_who_did_not_say_that_they_arrived_has_arrived_when_the_work_is_done() -> None:
    engine = at_the_repair()
    engine.apply(complete("onsite_repair"), T0 + 4 * HOUR)
    clock = engine.state.clocks[ARRIVAL]
    assert (clock.is_over, clock.elapsed(T0 + 99 * HOUR, Calendar())) == (True, 4 * HOUR)


def test_there_is_no_arrival_where_nobody_has_to_come() -> None:
    engine = opened()
    engine.apply(complete("remote_diagnosis", outcome=StageOutcome.FIXED_REMOTELY), T0 + HOUR)
    assert engine.state.clocks[ARRIVAL].state(T0 + 99 * HOUR, Calendar()) is ClockState.CANCELLED
    skipped = opened()
    skipped.apply(skip("onsite_repair"), T0 + HOUR)
    assert skipped.state.clocks[ARRIVAL].state(T0 + 99 * HOUR, Calendar()) is ClockState.CANCELLED


def test_a_template_without_a_stage_on_site_has_no_arrival_clock() -> None:
    assert ARRIVAL not in TicketEngine.open(ticket_input(template=template(arrival_target=HOUR)), T0).state.clocks
    assert ARRIVAL not in opened(arrival_target=None).state.clocks


def test_a_priority_may_ask_for_an_earlier_arrival_and_needs_a_usual_one() -> None:
    urgent = PriorityTargets(priority=Priority.P2, arrival_target=8 * HOUR)
    assert opened(priority_targets=(urgent,)).state.clocks[ARRIVAL].target == 8 * HOUR
    with pytest.raises(ValueError, match="a priority has an arrival target, so the template needs a usual one as well"):
        opened(priority_targets=(urgent,), arrival_target=None)


@pytest.mark.parametrize("first", [travel, arrive])
def test_it_is_refused_before_the_stage_by_others_and_where_nobody_travels(first: object) -> None:
    early = opened()
    with pytest.raises(RefusedError, match="not clear which stage on site is meant"):
        early.apply(first(), T0 + HOUR)  # type: ignore[operator]
    with pytest.raises(RefusedError, match="Onsite Repair has not begun"):
        early.apply(first(stage="onsite_repair"), T0 + HOUR)  # type: ignore[operator]
    with pytest.raises(RefusedError, match="Remote Diagnosis is not done on site, so nobody travels for it"):
        early.apply(first(stage="remote_diagnosis"), T0 + HOUR)  # type: ignore[operator]
    with pytest.raises(RefusedError, match="ENG-009 is not assigned to Onsite Repair"):
        at_the_repair().apply(first(acting("ENG-009")), T0 + 2 * HOUR)  # type: ignore[operator]
    at_the_repair().apply(first(COORDINATOR), T0 + 2 * HOUR)  # type: ignore[operator]


def test_nobody_sets_out_or_arrives_twice_for_a_visit() -> None:
    engine = at_the_repair()
    engine.apply(travel(), T0 + 2 * HOUR)
    with pytest.raises(RefusedError, match=r"began at 2026-03-02 05:00-05:00 already\. Report the arrival next"):
        engine.apply(travel(), T0 + 2 * HOUR)
    engine.apply(arrive(), T0 + 3 * HOUR)
    for command in (arrive(), travel()):
        with pytest.raises(RefusedError, match="somebody arrived at 2026-03-02 06:00-05:00 already"):
            engine.apply(command, T0 + 3 * HOUR)


def test_a_further_visit_has_an_arrival_of_its_own_and_the_clock_stays() -> None:
    engine = at_the_repair()
    engine.apply(arrive(), T0 + 2 * HOUR)
    engine.apply(complete("onsite_repair", outcome=StageOutcome.TEST_FAILED, return_to="onsite_repair"), T0 + 3 * HOUR)
    engine.apply(assign(), T0 + 3 * HOUR, engineer())
    engine.apply(arrive(), T0 + timedelta(hours=5))
    assert [visit.arrived_at for visit in engine.state.visits if visit.key == "onsite_repair"] == [
        T0 + 2 * HOUR,
        T0 + 5 * HOUR,
    ]
    assert engine.state.clocks[ARRIVAL].elapsed(T0 + 99 * HOUR, Calendar()) == 2 * HOUR
