"""What time does to a ticket: thresholds, breaches, holds across them; each exactly once and at its own instant."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.contracts.facts import ClockMoved, ContractChanged, NotificationRaised, SupportLevelRaised, TicketResumed
from models.sla.calendar import Calendar
from models.sla.clock import Clock, ClockEvent
from models.vocabulary import ClockEventKind, ClockState, HoldReason, ReopenPolicy, Role, SlaState, SupportLevel
from tests.factories import HOUR, T0, assign, complete, engineer, hold, resume, template, ticket_input
from tests.workflows.stories import WHO, Story, live, richer, stories
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
        (fact.recipient, fact.level, fact.notice.words.subject)
        for fact in engine.state.unstored
        if isinstance(fact, NotificationRaised) and fact.notice is not None
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


@settings(max_examples=120, deadline=None)
@example([("take", 0), ("hold", 240), ("wait", 180)], ReopenPolicy.RESTART)  # on hold from the deadline: still met
@given(stories, st.sampled_from(ReopenPolicy))
def test_the_live_state_equals_its_recomputation_whatever_happens(story: Story, policy: ReopenPolicy) -> None:
    """Whatever people do and whenever: each threshold once, clocks consistent, facts in the order of their instants."""
    engine = TicketEngine.open(ticket_input(template=richer(template(), policy)), T0)
    now = live(engine, story, engineer(WHO), T0)
    engine.advance(now)

    facts = engine.state.unstored
    assert [fact.at for fact in facts] == sorted(fact.at for fact in facts)
    told = [fact for fact in facts if isinstance(fact, ClockMoved)]
    calendars = [ticket_input().calendar]
    replayed: dict[str, Clock] = {}
    for fact in facts:
        if isinstance(fact, ContractChanged):
            calendars.append(fact.calendar)
            replayed = {
                name: one.model_copy(update={"calendar": one.calendar or calendars[-2]})
                if one.is_over and calendars[-1] != calendars[-2]
                else one
                for name, one in replayed.items()
            }
        if isinstance(fact, ClockMoved):
            clock = refolded(replayed.get(fact.name), fact)
            replayed[fact.name] = clock
            calendar = calendars[-1]
            assert fact.elapsed == clock.elapsed(fact.at, calendar)
            assert fact.due_at == clock.due_at(calendar)
            assert (fact.state, fact.target) == (clock.state(fact.at, calendar), clock.current_target)
    assert replayed == engine.state.clocks

    for name, clock in engine.state.clocks.items():
        events = [fact for fact in told if fact.name == name]
        percents = [fact.percent for fact in events if fact.percent is not None]
        assert len(percents) == len(set(percents))
        breaches = [subject for recipient, _, subject in notified(engine) if recipient is Role.COORDINATOR]
        if name in BREACHES:
            assert sum(BREACHES[name] in subject for subject in breaches) == (100 in percents)
        calendar = engine.terms.calendar_of(clock)
        late = clock.elapsed(now, calendar) > clock.current_target
        assert (100 in clock.standing(calendar)) == late
        if clock.is_over and not late and events[-1].event is ClockEventKind.STOPPED:
            assert events[-1].state is ClockState.MET


def refolded(clock: Clock | None, fact: ClockMoved) -> Clock:
    """A clock with one more event, from what was told of it and nothing else."""
    event = ClockEvent(
        kind=fact.event,
        at=fact.at,
        percent=fact.percent,
        reason=fact.reason,
        target=fact.target if fact.event is ClockEventKind.RETARGETED else None,
        counts_from=fact.counts_from,
    )
    if clock is None:
        stage = fact.stage
        clock = Clock(
            clock_id=fact.clock_id,
            kind=fact.clock,
            name=fact.name,
            stage=stage.key if stage else None,
            visit=stage.visit if stage else None,
            target=fact.target,
        )
    over = fact.event is ClockEventKind.REOPENED
    return clock.model_copy(update={"events": (*clock.events, event), "calendar": None if over else clock.calendar})


BREACHES = {name: f"{name.title()} has breached its target" for name in ("response", "arrival", "resolution")}
