"""What time does to a ticket: thresholds, breaches, holds across them; each exactly once and at its own instant."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.contracts.base import Command
from models.contracts.facts import ClockMoved, NotificationRaised, SupportLevelRaised, TicketResumed
from models.sla.calendar import Calendar
from models.vocabulary import ClockEventKind, ClockState, HoldReason, Role, SlaState, SupportLevel
from tests.factories import HOUR, T0, assign, complete, engineer, hold, resume, skip, ticket_input
from workflows.engine.refusal import RefusedError
from workflows.engine.ticket import TicketEngine

STEP = timedelta(microseconds=1)


def opened() -> TicketEngine:
    engine = TicketEngine.open(ticket_input(), T0)
    engine.apply(assign(), T0, engineer())
    return engine


def fired(engine: TicketEngine, name: str) -> list[tuple[int | None, datetime]]:
    return [
        (fact.percent, fact.at)
        for fact in engine.state.unstored
        if isinstance(fact, ClockMoved) and fact.name == name and fact.event is ClockEventKind.THRESHOLD
    ]


def notified(engine: TicketEngine) -> list[tuple[Role, SupportLevel | None, str]]:
    return [
        (fact.recipient, fact.level, fact.subject)
        for fact in engine.state.unstored
        if isinstance(fact, NotificationRaised)
    ]


def test_thresholds_fire_once_each_at_their_instant_however_late_we_look() -> None:
    engine = opened()
    engine.advance(T0 + 9 * HOUR)
    engine.advance(T0 + 9 * HOUR)
    assert fired(engine, "remote_diagnosis") == [
        (50, T0 + 2 * HOUR),
        (75, T0 + 3 * HOUR),
        (100, T0 + 4 * HOUR + STEP),
    ]


def test_a_breach_escalates_and_the_ticket_goes_on() -> None:
    engine = opened()
    engine.advance(T0 + 4 * HOUR)
    assert engine.clocks.sla_state() is SlaState.AT_RISK
    engine.advance(T0 + 4 * HOUR + STEP)
    assert engine.clocks.sla_state() is SlaState.BREACHED
    raised = [fact for fact in engine.state.unstored if isinstance(fact, SupportLevelRaised)]
    assert [(fact.stage.key, fact.level) for fact in raised] == [("remote_diagnosis", SupportLevel.L2)]
    breaches = [
        (role, level) for role, level, subject in notified(engine) if "Remote Diagnosis has breached" in subject
    ]
    assert breaches == [(Role.COORDINATOR, None), (Role.ENGINEER, SupportLevel.L2)]
    engine.apply(complete("remote_diagnosis"), T0 + 5 * HOUR)
    assert [visit.key for visit in engine.graph.active()] == ["parts_identification"]


def test_a_completion_in_the_last_instant_is_met_and_breaches_nothing() -> None:
    engine = opened()
    engine.apply(complete("remote_diagnosis"), T0 + 4 * HOUR)
    clock = engine.state.clocks["remote_diagnosis"]
    assert clock.state(T0 + 9 * HOUR, Calendar()) is ClockState.MET
    engine.advance(T0 + 5 * HOUR)
    assert [percent for percent, _ in fired(engine, "remote_diagnosis")] == [50, 75]


def test_a_completion_that_comes_late_tells_the_breach_first() -> None:
    engine = opened()
    engine.apply(complete("remote_diagnosis"), T0 + 10 * HOUR)
    assert [percent for percent, _ in fired(engine, "remote_diagnosis")] == [50, 75, 100]
    assert engine.state.clocks["remote_diagnosis"].state(T0 + 10 * HOUR, Calendar()) is ClockState.BREACHED


def test_a_hold_across_a_threshold_moves_it_by_its_length() -> None:
    engine = opened()
    engine.apply(hold(until=T0 + 30 * HOUR), T0 + 1 * HOUR)
    engine.advance(T0 + 20 * HOUR)
    assert fired(engine, "remote_diagnosis") == []
    engine.apply(resume(), T0 + 21 * HOUR)
    engine.advance(T0 + 24 * HOUR)
    assert fired(engine, "remote_diagnosis") == [(50, T0 + 22 * HOUR), (75, T0 + 23 * HOUR)]


def test_a_hold_ends_by_itself_at_its_resume_date_not_when_somebody_looks() -> None:
    engine = opened()
    engine.apply(hold(until=T0 + 10 * HOUR), T0 + 1 * HOUR)
    assert engine.wake_at() == T0 + 10 * HOUR
    engine.advance(T0 + 12 * HOUR)
    assert [fact.at for fact in engine.state.unstored if isinstance(fact, TicketResumed)] == [T0 + 10 * HOUR]
    assert fired(engine, "remote_diagnosis") == [(50, T0 + 11 * HOUR), (75, T0 + 12 * HOUR)]


def test_waiting_for_our_parts_pauses_nothing() -> None:
    engine = opened()
    engine.apply(hold(HoldReason.WAITING_FOR_PARTS, until=T0 + 30 * HOUR), T0 + 1 * HOUR)
    engine.advance(T0 + 5 * HOUR)
    assert [percent for percent, _ in fired(engine, "remote_diagnosis")] == [50, 75, 100]


def test_a_month_on_hold_costs_one_wake_up() -> None:
    engine = opened()
    until = T0 + timedelta(days=30)
    engine.apply(hold(until=until), T0)
    assert engine.wake_at() == until


def test_the_wake_up_is_the_nearest_threshold_of_any_clock() -> None:
    engine = opened()
    assert engine.wake_at() == T0 + 2 * HOUR
    engine.apply(complete("remote_diagnosis"), T0)
    assert engine.wake_at() == T0 + 1 * HOUR
    engine.apply(complete("parts_identification"), T0)
    assert engine.wake_at() == T0 + 24 * HOUR


def test_the_response_and_resolution_clocks_tell_but_raise_no_level() -> None:
    engine = TicketEngine.open(ticket_input(), T0)
    engine.advance(T0 + 60 * HOUR + STEP)
    raised = [fact for fact in engine.state.unstored if isinstance(fact, SupportLevelRaised)]
    assert len(raised) == 1
    assert any("Response has breached its target of 4 h" in subject for _, _, subject in notified(engine))
    assert any("Resolution has breached its target of 60 h" in subject for _, _, subject in notified(engine))


actions = st.lists(
    st.tuples(st.sampled_from(["wait", "hold", "parts", "resume", "complete", "skip"]), st.integers(1, 600)),
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@example([("hold", 240), ("wait", 180)])  # on hold from the very deadline: still met until the hold has ended
@given(actions)
def test_the_live_state_equals_its_recomputation_whatever_happens(story: list[tuple[str, int]]) -> None:
    """Whatever people do and whenever: each threshold once, clocks consistent, facts in the order of their instants."""
    engine, now = opened(), T0
    for what, minutes in story:
        now += timedelta(minutes=minutes)
        stage = next((visit.key for visit in engine.graph.active()), "onsite_repair")
        commands: dict[str, Command] = {
            "hold": hold(until=now + timedelta(hours=3)),
            "parts": hold(HoldReason.WAITING_FOR_PARTS, until=now + timedelta(hours=3)),
            "resume": resume(),
            "complete": complete(stage),
            "skip": skip(stage),
        }
        if what == "wait":
            engine.advance(now)
            continue
        with suppress(RefusedError):
            engine.apply(commands[what], now)
    calendar = engine.ticket.calendar
    told = [fact for fact in engine.state.unstored if isinstance(fact, ClockMoved)]
    assert [fact.at for fact in engine.state.unstored] == sorted(fact.at for fact in engine.state.unstored)
    for name, clock in engine.state.clocks.items():
        events = [fact for fact in told if fact.name == name]
        assert [fact.event for fact in events] == [event.kind for event in clock.events]
        percents = [fact.percent for fact in events if fact.percent is not None]
        assert percents == sorted(set(percents))
        last = events[-1]
        assert last.elapsed == clock.elapsed(last.at, calendar)
        assert (100 in clock.fired) == (clock.elapsed(now, calendar) > clock.target) or clock.is_over
        if clock.is_over and last.event is ClockEventKind.STOPPED:
            assert (100 in clock.fired) == (last.state is ClockState.BREACHED)
