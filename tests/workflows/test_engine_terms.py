"""Terms that change while a ticket runs: priority, contract, reopening. Targets count from the report, pauses stay."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from models.contracts.commands import Cancel, ChangeContract, ChangePriority, Reopen
from models.contracts.facts import ClockMoved, NotificationRaised
from models.contracts.templates import PriorityTargets
from models.sla.calendar import Calendar
from models.vocabulary import (
    ClockEventKind,
    ClockState,
    Priority,
    ReopenPolicy,
    Role,
    SlaState,
    TicketStatus,
)
from tests.factories import COORDINATOR, HOUR, T0, assign, command_id, complete, engineer, hold, template, ticket_input
from tests.models.test_sla_calendar import week
from workflows.engine.clocks import RESOLUTION, RESPONSE
from workflows.engine.refusal import RefusedError
from workflows.engine.ticket import TicketEngine

STEP = timedelta(microseconds=1)
OFFICE = Calendar(
    code="office", version=3, always_open=False, zone="UTC", hours=week(1, 2, 3, 4, 5, opens="09:00", closes="17:00")
)
URGENT = PriorityTargets(priority=Priority.P1, response_target=HOUR, resolution_target=24 * HOUR)
LEISURELY = PriorityTargets(priority=Priority.P4, resolution_target=120 * HOUR)


def opened(priority: Priority = Priority.P2, **fields: object) -> TicketEngine:
    given: dict[str, Any] = {"priority_targets": (URGENT, LEISURELY), **fields}
    return TicketEngine.open(ticket_input(template=template(**given), priority=priority), T0)


def priority(level: Priority, why: str = "Patient moved") -> ChangePriority:
    return ChangePriority(command_id=command_id(), actor=COORDINATOR, priority=level, reason=why)


def contract(engine: TicketEngine, calendar: Calendar, response: timedelta | None = None) -> ChangeContract:
    service = engine.ticket.service
    if response:
        service = service.model_copy(update={"configuration_id": uuid4(), "response_target": response})
    return ChangeContract(
        command_id=command_id(), actor=COORDINATOR, service=service, calendar=calendar, reason="Renewed"
    )


def reopen(return_to: str | None = None) -> Reopen:
    return Reopen(command_id=command_id(), actor=COORDINATOR, reason="Alarm is back", return_to=return_to)


def moves(engine: TicketEngine, name: str) -> list[tuple[ClockEventKind, int | None, datetime]]:
    return [
        (fact.event, fact.percent, fact.at)
        for fact in engine.state.unstored
        if isinstance(fact, ClockMoved) and fact.name == name
    ]


def told(engine: TicketEngine, words: str) -> int:
    """How often the coordinators were told so."""
    told = [fact for fact in engine.state.unstored if isinstance(fact, NotificationRaised)]
    subjects = [one.notice.words.subject for one in told if one.notice and one.recipient is Role.COORDINATOR]
    return sum(words in subject for subject in subjects)


def closed(engine: TicketEngine, at: datetime) -> TicketEngine:
    """Everything done at once."""
    engine.apply(assign(), at, engineer())
    for key in ("remote_diagnosis", "parts_identification", "parts_procurement", "onsite_repair"):
        engine.apply(complete(key), at)
    engine.apply(complete("completion_sign_off"), at)
    assert engine.state.status is TicketStatus.CLOSED
    return engine


# -- priority --------------------------------------------------------------------------------------------------------


def test_another_priority_counts_from_the_report_and_keeps_the_pauses() -> None:
    engine = opened()
    engine.apply(assign(), T0, engineer())
    engine.apply(hold(until=T0 + 5 * HOUR), T0 + 2 * HOUR)
    engine.apply(priority(Priority.P1), T0 + 3 * HOUR)
    assert engine.state.clocks[RESOLUTION].due_at(Calendar()) is None
    engine.advance(T0 + 6 * HOUR)
    assert engine.state.clocks[RESOLUTION].due_at(Calendar()) == T0 + 27 * HOUR
    assert engine.state.clocks["remote_diagnosis"].current_target == 4 * HOUR


def test_a_ticket_opened_with_a_priority_has_its_targets() -> None:
    engine = opened(Priority.P1)
    assert engine.state.clocks[RESPONSE].target == HOUR
    assert engine.state.clocks[RESOLUTION].target == 24 * HOUR
    assert opened(Priority.P3).state.clocks[RESOLUTION].target == 60 * HOUR


def test_already_over_the_new_target_is_one_breach_notice() -> None:
    engine = opened()
    engine.advance(T0 + 28 * HOUR)
    engine.apply(priority(Priority.P1), T0 + 28 * HOUR)
    engine.advance(T0 + 28 * HOUR)
    now = T0 + 28 * HOUR
    assert moves(engine, RESOLUTION)[1:] == [
        (ClockEventKind.RETARGETED, None, now),
        (ClockEventKind.THRESHOLD, 50, now),
        (ClockEventKind.THRESHOLD, 75, now),
        (ClockEventKind.THRESHOLD, 100, now),
    ]
    assert told(engine, "Resolution has breached") == 1
    assert told(engine, "Resolution has used") == 0
    assert engine.clocks.sla_state() is SlaState.BREACHED


def test_a_breach_that_is_lifted_and_comes_again_is_not_told_twice() -> None:
    engine = opened(Priority.P1)
    engine.advance(T0 + 25 * HOUR)
    engine.apply(assign(), T0 + 25 * HOUR, engineer())
    assert told(engine, "Resolution has breached") == 1
    engine.apply(priority(Priority.P4), T0 + 26 * HOUR)
    assert engine.state.clocks[RESOLUTION].state(T0 + 26 * HOUR, Calendar()) is ClockState.RUNNING
    engine.advance(T0 + 121 * HOUR)
    assert told(engine, "Resolution has breached") == 1
    assert [move for move in moves(engine, RESOLUTION) if move[0] is ClockEventKind.OVERRUN] == [
        (ClockEventKind.OVERRUN, None, T0 + 120 * HOUR + STEP)
    ]
    assert engine.state.clocks[RESOLUTION].state(T0 + 121 * HOUR, Calendar()) is ClockState.BREACHED


def test_a_threshold_is_told_once_however_often_the_priority_changes() -> None:
    engine = opened()
    for number in range(1, 40):
        now = T0 + number * HOUR
        engine.apply(priority(Priority.P1 if number % 2 else Priority.P2), now)
    percents = [percent for _, percent, _ in moves(engine, RESOLUTION) if percent is not None]
    assert percents == [50, 75, 100]
    assert told(engine, "Resolution has breached") == 1


def test_the_same_priority_and_a_clock_that_is_over_change_nothing() -> None:
    engine = opened()
    with pytest.raises(RefusedError, match="The priority is P2 already"):
        engine.apply(priority(Priority.P2), T0)
    engine.apply(assign(), T0, engineer())
    engine.apply(complete("remote_diagnosis"), T0 + HOUR)
    engine.apply(priority(Priority.P1), T0 + 3 * HOUR)
    response = engine.state.clocks[RESPONSE]
    assert (response.current_target, response.state(T0 + 9 * HOUR, Calendar())) == (4 * HOUR, ClockState.MET)


def test_a_priority_that_changes_no_target_moves_no_clock() -> None:
    engine = opened()
    before = engine.state.clocks
    engine.apply(priority(Priority.P3), T0 + HOUR)
    assert (engine.terms.priority, engine.state.clocks) == (Priority.P3, before)


# -- contract --------------------------------------------------------------------------------------------------------


def test_another_calendar_counts_from_the_report_on() -> None:
    engine = opened()  # a Monday, 8:00
    engine.advance(T0 + 10 * HOUR)
    engine.apply(contract(engine, OFFICE), T0 + 10 * HOUR)
    clock = engine.state.clocks[RESOLUTION]
    assert clock.elapsed(T0 + 10 * HOUR, engine.terms.calendar) == 8 * HOUR
    assert clock.due_at(engine.terms.calendar) == datetime.fromisoformat("2026-03-11T13:00+00:00")
    with pytest.raises(RefusedError, match="runs by these terms already"):
        engine.apply(contract(engine, OFFICE), T0 + 10 * HOUR)


def test_a_clock_that_has_ended_keeps_the_calendar_of_its_time() -> None:
    engine = opened()
    engine.apply(assign(), T0, engineer())
    engine.apply(complete("remote_diagnosis"), T0 + 3 * HOUR)
    engine.apply(contract(engine, OFFICE), T0 + 4 * HOUR)
    clock = engine.state.clocks["remote_diagnosis"]
    assert clock.calendar == Calendar()
    assert clock.elapsed(T0 + 9 * HOUR, engine.terms.calendar_of(clock)) == 3 * HOUR
    assert engine.state.clocks["parts_identification"].calendar is None


def test_another_response_target_of_the_service_configuration() -> None:
    engine = opened()
    engine.apply(contract(engine, Calendar(), 2 * HOUR), T0 + HOUR)
    assert engine.state.clocks[RESPONSE].due_at(Calendar()) == T0 + 2 * HOUR
    # What the priority promises goes before what the configuration does.
    engine.apply(priority(Priority.P1), T0 + HOUR)
    assert engine.state.clocks[RESPONSE].due_at(Calendar()) == T0 + HOUR


def test_a_breach_under_the_old_calendar_may_be_none_under_the_new_one() -> None:
    engine = opened()
    engine.advance(T0 + 5 * HOUR)
    assert engine.state.clocks["remote_diagnosis"].state(T0 + 5 * HOUR, Calendar()) is ClockState.BREACHED
    nights = OFFICE.model_copy(update={"hours": week(1, 2, 3, 4, 5, opens="18:00", closes="22:00")})
    engine.apply(contract(engine, nights), T0 + 5 * HOUR)
    assert engine.state.clocks["remote_diagnosis"].state(T0 + 5 * HOUR, nights) is ClockState.RUNNING
    # Its four hours are over when the first evening is, and it is past them when the second one begins.
    engine.advance(T0 + 40 * HOUR)
    assert told(engine, "Remote Diagnosis has breached") == 1
    assert moves(engine, "remote_diagnosis")[-1] == (ClockEventKind.OVERRUN, None, T0 + 34 * HOUR + STEP)


# -- reopening -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "due"),
    [
        (ReopenPolicy.EXCLUDE_SOLVED, T0 + 84 * HOUR),
        (ReopenPolicy.COUNT_SOLVED, T0 + 60 * HOUR),
        (ReopenPolicy.RESTART, T0 + 94 * HOUR),
    ],
)
def test_solved_time_is_treated_as_the_template_says(policy: ReopenPolicy, due: datetime) -> None:
    engine = closed(opened(reopen_policy=policy), T0 + 10 * HOUR)
    said = engine.apply(reopen(), T0 + 34 * HOUR)
    assert said.ticket_status is TicketStatus.OPEN
    assert (engine.state.ended_at, engine.state.reopened, engine.is_over) == (None, 1, False)
    [running] = [one for one in engine.clocks.open() if one.kind.value == RESOLUTION]
    assert running.due_at(Calendar()) == due
    assert running.name == ("resolution#2" if policy is ReopenPolicy.RESTART else RESOLUTION)
    assert [visit.key for visit in engine.graph.active()] == ["remote_diagnosis"]
    assert [visit.visit for visit in engine.graph.active()] == [2]


def test_solved_time_that_counts_may_breach_at_the_reopening_and_not_before() -> None:
    engine = closed(opened(reopen_policy=ReopenPolicy.COUNT_SOLVED), T0 + 50 * HOUR)
    engine.apply(reopen(), T0 + 70 * HOUR)
    engine.advance(T0 + 70 * HOUR)
    assert moves(engine, RESOLUTION)[-2:] == [
        (ClockEventKind.REOPENED, None, T0 + 70 * HOUR),
        (ClockEventKind.THRESHOLD, 100, T0 + 70 * HOUR),
    ]
    assert told(engine, "Resolution has breached") == 1


def test_it_goes_on_where_it_is_said_and_ends_again() -> None:
    engine = closed(opened(), T0 + 10 * HOUR)
    engine.apply(reopen("onsite_repair"), T0 + 20 * HOUR)
    assert [visit.key for visit in engine.graph.active()] == ["onsite_repair"]
    engine.apply(assign(), T0 + 21 * HOUR, engineer())
    engine.apply(complete("onsite_repair"), T0 + 21 * HOUR)
    engine.apply(complete("completion_sign_off"), T0 + 21 * HOUR)
    assert engine.state.status is TicketStatus.CLOSED
    resolution = engine.state.clocks[RESOLUTION]
    assert resolution.elapsed(T0 + 99 * HOUR, Calendar()) == 11 * HOUR
    assert resolution.state(T0 + 99 * HOUR, Calendar()) is ClockState.MET


def test_only_a_closed_ticket_and_only_in_time() -> None:
    engine = opened()
    with pytest.raises(RefusedError, match="Only a closed ticket can be reopened; this one is open"):
        engine.apply(reopen(), T0)
    engine.apply(Cancel(command_id=command_id(), actor=COORDINATOR, reason="Twice"), T0)
    with pytest.raises(RefusedError, match=r"this one is cancelled\. Open a new ticket"):
        engine.apply(reopen(), T0)
    late = closed(opened(reopen_within=timedelta(days=2)), T0)
    with pytest.raises(RefusedError, match=r"could be reopened until 2026-03-04 03:00-05:00\. Open a new ticket"):
        late.apply(reopen(), T0 + timedelta(days=2) + STEP)
    in_time = closed(opened(reopen_within=timedelta(days=2)), T0)
    assert in_time.apply(reopen(), T0 + timedelta(days=2)).ticket_status is TicketStatus.OPEN
    never = closed(opened(reopen_within=timedelta(0)), T0)
    with pytest.raises(RefusedError, match=r"can't be reopened\. Open a new ticket"):
        never.apply(reopen(), T0)


def test_a_further_run_on_a_server_whose_clock_is_behind_goes_on_from_what_is_on_record() -> None:
    engine = closed(opened(), T0 + 10 * HOUR)
    assert engine.apply(reopen("onsite_repair"), T0 + 9 * HOUR).applied_at == T0 + 10 * HOUR
    assert [fact.at for fact in engine.state.unstored] == sorted(fact.at for fact in engine.state.unstored)


# -- terms that nothing can run by ------------------------------------------------------------------------------------

A_MINUTE_A_WEEK = Calendar(code="rare", always_open=False, hours=week(1, opens="09:00", closes="09:01"))


def test_a_contract_whose_deadlines_nobody_can_tell_is_refused() -> None:
    engine = opened()
    before = engine.state.clocks
    with pytest.raises(RefusedError, match="for response lies too far ahead by the calendar rare version 1"):
        engine.apply(contract(engine, A_MINUTE_A_WEEK, 200 * HOUR), T0 + HOUR)
    with pytest.raises(RefusedError, match="too far ahead by the calendar 24x7"):
        engine.apply(contract(engine, Calendar(), timedelta(days=3_000_000)), T0 + HOUR)
    assert engine.state.clocks == before
    assert (engine.terms.calendar, engine.terms.service) == (engine.ticket.calendar, engine.ticket.service)


def test_a_priority_whose_target_nobody_can_reach_is_refused() -> None:
    never = PriorityTargets(priority=Priority.P1, resolution_target=timedelta(days=3_000_000))
    engine = opened(priority_targets=(never,))
    with pytest.raises(RefusedError, match="for resolution lies too far ahead"):
        engine.apply(priority(Priority.P1), T0 + HOUR)
    assert engine.terms.priority is Priority.P2
