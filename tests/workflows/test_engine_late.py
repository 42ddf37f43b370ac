"""What is told after it happened: from when it counts, what it moves, and what of it stands on record."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.access import TOLD_LATER
from models.contracts.base import Command
from models.contracts.commands import COMMANDS, SAY_WHO_APPROVED, ArriveOnSite, CompleteStage, StartTravel, ToldLater
from models.contracts.facts import (
    ArrivedOnSite,
    ClockMoved,
    CommandRefused,
    Fact,
    NotificationRaised,
    StagesMoved,
    TicketHeld,
    TicketResumed,
    TravelStarted,
)
from models.contracts.notices import BreachCorrected
from models.contracts.templates import StageDefinition
from models.sla.calendar import Calendar
from models.sla.clock import REST_FOLLOWS
from models.sla.explain import explain
from models.sla.ledger import ledger
from models.vocabulary import ClockEventKind, ClockKind, ClockState, HoldReason, ReopenPolicy, Role
from models.vocabulary.sla import TimeOwner
from tests.factories import (
    COORDINATOR,
    HOUR,
    NURSE,
    T0,
    acting,
    assign,
    command_id,
    complete,
    engineer,
    hold,
    resume,
    standard_stages,
    template,
    ticket_input,
)
from tests.workflows.stories import RULES, Story, late_stories, live, richer
from tests.workflows.test_engine_recall import from_the_record, known
from workflows.engine.clocks import ARRIVAL, RESOLUTION, RESPONSE
from workflows.engine.lateness import CLOCKS_DIFFER
from workflows.engine.refusal import RefusedError
from workflows.engine.ticket import TicketEngine

WHO = acting("ENG-001")
REPAIR, SIGN_OFF = "onsite_repair", "completion_sign_off"
AT_REPAIR = T0 + HOUR
"""When the repair begins."""
MINUTE = timedelta(minutes=1)


def at_the_repair(**fields: Any) -> TicketEngine:
    """A ticket whose repair on site has begun, with ENG-001 on all of it."""
    stages = tuple(one.model_copy(update={"on_site": one.key == REPAIR}) for one in standard_stages())
    given = {"arrival_target": 4 * HOUR, **fields}
    engine = TicketEngine.open(ticket_input(template=template(stages, **given)), T0)
    engine.apply(assign(), T0, engineer())
    for key in ("remote_diagnosis", "parts_identification", "parts_procurement"):
        engine.apply(complete(key), AT_REPAIR)
    return engine


def late(command: Command, at: datetime) -> Command:
    return command.model_copy(update={"happened_at": at})


def travel(at: datetime) -> StartTravel:
    return StartTravel(command_id=command_id(), actor=WHO, happened_at=at)


def arrive(at: datetime | None) -> ArriveOnSite:
    return ArriveOnSite(command_id=command_id(), actor=WHO, happened_at=at)


def of(engine: TicketEngine, command: Command, kind: type[Fact] | None = None) -> Any:
    """The facts that a command has left; of a kind, the one."""
    told = [fact for fact in engine.state.unstored if fact.command_id == command.command_id]
    if kind is None:
        return told
    (found,) = [fact for fact in told if isinstance(fact, kind)]
    return found


def the_record_gives_it_back(engine: TicketEngine) -> None:
    assert known(from_the_record(engine)) == known(engine.state)
    told = [fact.at for fact in engine.state.unstored]
    assert told == sorted(told)


@settings(max_examples=300, deadline=None)
@given(story=late_stories, policy=st.sampled_from(list(ReopenPolicy)))
def test_whatever_is_told_whenever_the_record_gives_the_state_back_and_accounts_for_all_time(
    story: Story, policy: ReopenPolicy
) -> None:
    ticket = ticket_input(template=richer(template(), policy))
    engine = TicketEngine.open(ticket, T0)
    now = live(engine, story, engineer("ENG-004"), T0)
    the_record_gives_it_back(engine)
    for visit in engine.state.visits:
        times = [visit.entered_at, visit.travel_started_at, visit.arrived_at, visit.finished_at]
        known_times = [one for one in times if one is not None]
        assert known_times == sorted(known_times)
    for clock in engine.state.clocks.values():
        reached = clock.elapsed(now, engine.terms.calendar_of(clock)) > clock.current_target
        if clock.is_over:
            assert (100 in clock.standing(engine.terms.calendar_of(clock))) <= reached
    account = ledger(engine.state.unstored, ticket.template.stages, Calendar(), T0, now)
    assert sum(account.totals.values(), timedelta(0)) == account.wall_clock


def side_by_side() -> tuple[StageDefinition, ...]:
    """Stages of which two go on at once, so that one ends while the clock of the other runs."""
    beside = {"parts_procurement": ("remote_diagnosis",), REPAIR: ("parts_identification", "parts_procurement")}
    return tuple(
        one.model_copy(update={"prerequisites": beside.get(one.key, one.prerequisites)}) for one in standard_stages()
    )


_WAITS = ("hold", "customer", "dispute", "appointment", "resume", "resume", "complete", "complete", "wait")
waiting_stories = st.lists(
    st.tuples(st.sampled_from(_WAITS), st.integers(0, 300), st.integers(0, 900)), min_size=8, max_size=30
).map(lambda found: [("take", 0), *(step for what, after, ago in found for step in (("late", ago), (what, after)))])


@settings(max_examples=200, deadline=None)
@given(story=waiting_stories)
def test_a_stage_s_clock_runs_but_while_a_hold_on_record_pauses_it(story: Story) -> None:
    """Worked out from what people did alone: entries, ends and holds as the facts have them, and no clock's event."""
    ticket = ticket_input(template=richer(template(side_by_side()), ReopenPolicy.COUNT_SOLVED))
    engine = TicketEngine.open(ticket, T0)
    now = live(engine, story, engineer("ENG-004"), T0)
    begun: dict[tuple[str, int], datetime] = {}
    ended: dict[tuple[str, int], datetime] = {}
    waits: dict[str, datetime] = {}
    held: list[tuple[str, datetime, datetime]] = []
    for fact in engine.state.unstored:
        if isinstance(fact, StagesMoved):
            begun |= {(one.key, one.visit): one.since or fact.when for one in fact.entered}
            ended |= {(one.key, one.visit): fact.when for one in fact.finished}
        elif isinstance(fact, TicketHeld):
            waits.setdefault(fact.hold_reason, fact.when)
        elif isinstance(fact, TicketResumed):
            held.append((fact.hold_reason, waits.pop(fact.hold_reason), fact.when))
    held += [(reason, since, now) for reason, since in waits.items()]
    pausing = {one.reason for one in RULES if ClockKind.STAGE in one.pauses}
    paused = [(since, until) for reason, since, until in held if reason in pausing]
    for clock in engine.state.clocks.values():
        if clock.stage is None or engine.terms.calendar_of(clock) != Calendar():
            continue
        visit = (clock.stage, clock.visit or 1)
        since, until = begun[visit], ended.get(visit, now)
        marks = sorted({since, until, *(at for span in paused for at in span if since < at < until)})
        ran = sum(
            (
                later - at
                for at, later in pairwise(marks)
                if not any(begins <= at and later <= ends for begins, ends in paused)
            ),
            timedelta(0),
        )
        assert clock.elapsed(now, Calendar()) == ran, clock.name


def test_it_counts_from_when_it_happened_and_both_times_are_on_record() -> None:
    engine = at_the_repair()
    sent = arrive(AT_REPAIR + HOUR)
    answer = engine.apply(sent, AT_REPAIR + 2 * HOUR)
    fact = of(engine, sent, ArrivedOnSite)
    assert (fact.happened_at, fact.at, fact.claimed_at) == (AT_REPAIR + HOUR, AT_REPAIR + 2 * HOUR, None)
    assert engine.graph.latest(REPAIR).arrived_at == AT_REPAIR + HOUR
    assert engine.state.clocks[ARRIVAL].elapsed(T0 + 99 * HOUR, Calendar()) == 2 * HOUR
    assert answer.applied_at == AT_REPAIR + 2 * HOUR
    assert answer.message == "Arrived on site for Onsite Repair. It counts from 2026-03-02 05:00-05:00."
    the_record_gives_it_back(engine)


def test_what_is_told_as_it_happens_is_written_as_ever() -> None:
    engine = at_the_repair()
    sent = arrive(None)
    engine.apply(sent, AT_REPAIR + HOUR)
    assert not {"happened_at", "claimed_at", "untaken"} & of(engine, sent, ArrivedOnSite).model_dump().keys()


def test_a_breach_that_was_told_in_between_is_taken_back_by_a_fact_of_its_own() -> None:
    engine = at_the_repair()
    engine.advance(T0 + 6 * HOUR)
    assert 100 in engine.state.clocks[ARRIVAL].fired
    sent = arrive(T0 + 3 * HOUR)
    engine.apply(sent, T0 + 6 * HOUR)
    clock = engine.state.clocks[ARRIVAL]
    assert clock.state(T0 + 6 * HOUR, Calendar()) is ClockState.MET
    assert clock.fired == clock.standing(Calendar()) == {50, 75}
    stopped, corrected = (one for one in of(engine, sent) if isinstance(one, ClockMoved) and one.name == ARRIVAL)
    assert (stopped.event, stopped.happened_at, stopped.at) == (ClockEventKind.STOPPED, T0 + 3 * HOUR, T0 + 6 * HOUR)
    assert (corrected.event, corrected.at, corrected.lifted) == (ClockEventKind.CORRECTED, T0 + 6 * HOUR, (100,))
    assert (corrected.standing, corrected.state) == ((50, 75), ClockState.MET)
    notice = of(engine, sent, NotificationRaised)
    assert isinstance(notice.notice, BreachCorrected)
    assert (notice.recipient, notice.at) == (Role.COORDINATOR, T0 + 6 * HOUR)
    # What was recorded stays recorded.
    breach = [one for one in engine.state.unstored if isinstance(one, ClockMoved) and one.percent == 100]
    assert [one.name for one in breach if one.name == ARRIVAL] == [ARRIVAL]
    assert explain(clock, Calendar(), T0 + 9 * HOUR).corrections[0].lifted == (100,)
    the_record_gives_it_back(engine)


def test_a_breach_that_happened_all_the_same_stands() -> None:
    engine = at_the_repair()
    sent = arrive(T0 + 5 * HOUR)
    engine.apply(sent, T0 + 6 * HOUR)
    assert engine.state.clocks[ARRIVAL].state(T0 + 9 * HOUR, Calendar()) is ClockState.BREACHED
    assert not [one for one in of(engine, sent) if getattr(one, "lifted", None)]


def test_a_day_without_a_network_is_told_in_its_order_and_breaches_nothing_on_the_way() -> None:
    engine = at_the_repair()
    came = T0 + 12 * HOUR
    at = [AT_REPAIR + step * HOUR for step in (1, 2, 4, 5)]
    sent: list[Command] = [travel(at[0]), arrive(at[1]), late(complete(REPAIR), at[2])]
    for place, command in enumerate(sent):
        engine.apply(command, came + place * timedelta(seconds=1))
        engine.advance(came + place * timedelta(seconds=1))
    visit = engine.graph.latest(REPAIR)
    assert (visit.travel_started_at, visit.arrived_at, visit.finished_at) == tuple(at[:3])
    # What is theirs as well goes on from there, and nothing of it is reported before they could say that it is done.
    follows = engine.graph.latest(SIGN_OFF)
    assert follows.entered_at == at[2]
    assert not engine.state.clocks[SIGN_OFF].fired
    engine.apply(late(complete(SIGN_OFF), at[3]), came + MINUTE)
    assert engine.state.ended_at == at[3]
    assert engine.state.clocks[SIGN_OFF].elapsed(came, Calendar()) == HOUR
    assert engine.state.clocks[RESOLUTION].elapsed(came, Calendar()) == at[3] - T0
    the_record_gives_it_back(engine)


def test_what_lies_behind_a_clock_that_was_begun_late_is_told_when_nothing_more_has_come() -> None:
    engine = at_the_repair()
    came = T0 + 20 * HOUR
    engine.apply(late(complete(REPAIR), AT_REPAIR + MINUTE), came)
    engine.advance(came + REST_FOLLOWS - MINUTE)
    assert not engine.state.clocks[SIGN_OFF].fired
    engine.advance(came + REST_FOLLOWS)
    target = engine.state.clocks[SIGN_OFF].target
    assert bool(engine.state.clocks[SIGN_OFF].fired) == (target / 2 <= 19 * HOUR)
    the_record_gives_it_back(engine)


def test_a_stage_of_somebody_else_begins_when_it_came_for_nobody_could_know() -> None:
    engine = at_the_repair()
    engine.apply(assign("ENG-002", stage=SIGN_OFF), T0 + 2 * HOUR, engineer("ENG-002"))
    came = T0 + 12 * HOUR
    sent = late(complete(REPAIR), T0 + 3 * HOUR)
    engine.apply(sent, came)
    assert engine.graph.latest(REPAIR).finished_at == T0 + 3 * HOUR
    assert engine.graph.latest(SIGN_OFF).entered_at == came
    assert of(engine, sent, StagesMoved).entered[0].since == came
    assert engine.state.clocks[SIGN_OFF].elapsed(came, Calendar()) == timedelta(0)
    told = ledger(engine.state.unstored, standard_stages(), Calendar(), T0, came + HOUR)
    assert {one.cause for one in told.entries if one.start >= T0 + 3 * HOUR} == {"no stage", SIGN_OFF}
    the_record_gives_it_back(engine)


def test_the_ledger_goes_by_when_things_happened() -> None:
    engine = at_the_repair()
    came = T0 + 12 * HOUR
    engine.apply(travel(T0 + 2 * HOUR), came)
    engine.apply(arrive(T0 + 3 * HOUR), came)
    engine.apply(late(complete(REPAIR), T0 + 5 * HOUR), came)
    stages = engine.ticket.template.stages
    told = ledger(engine.state.unstored, stages, Calendar(), T0, came)
    spans = [(one.owner, one.start - T0, one.length) for one in told.entries if one.cause == REPAIR]
    assert spans == [
        (TimeOwner.ENGINEER, HOUR, HOUR),
        (TimeOwner.TRANSPORT, 2 * HOUR, HOUR),
        (TimeOwner.ENGINEER, 3 * HOUR, 2 * HOUR),
    ]
    assert sum(told.totals.values(), timedelta(0)) == told.wall_clock == came - T0


OUTSIDE = [
    ("the future", T0 + 30 * HOUR, "that lies ahead"),
    ("too long ago", T0 + 29 * HOUR - timedelta(hours=24, seconds=1), "it is told more than 24 h later"),
    ("before the stage", T0, "Onsite Repair began at 2026-03-02 04:00-05:00"),
]


@pytest.mark.parametrize(("at", "why"), [one[1:] for one in OUTSIDE], ids=[one[0] for one in OUTSIDE])
def test_what_lies_outside_the_limits_counts_from_when_it_came_and_says_so(at: datetime, why: str) -> None:
    engine = at_the_repair()
    now = T0 + (29 if "24 h" in why else 6) * HOUR
    sent = arrive(at)
    answer = engine.apply(sent, now)
    fact = of(engine, sent, ArrivedOnSite)
    assert (fact.at, fact.happened_at, fact.claimed_at, fact.untaken) == (now, None, at, why)
    assert engine.graph.latest(REPAIR).arrived_at == now
    assert "It counts from now, not from " in answer.message
    assert answer.message.endswith(f": {why}.")
    the_record_gives_it_back(engine)


def test_the_template_says_how_late_it_may_be() -> None:
    never, week = at_the_repair(late_within=timedelta(0)), at_the_repair(late_within=timedelta(days=7))
    for engine in (never, week):
        engine.apply(arrive(T0 + 3 * HOUR), T0 + 99 * HOUR)
    assert week.graph.latest(REPAIR).arrived_at == T0 + 3 * HOUR
    assert never.graph.latest(REPAIR).arrived_at == T0 + 99 * HOUR


def test_clocks_of_telephones_may_differ_a_little() -> None:
    ahead, behind = at_the_repair(), at_the_repair()
    ahead.apply(arrive(T0 + 3 * HOUR + CLOCKS_DIFFER), T0 + 3 * HOUR)
    assert ahead.graph.latest(REPAIR).arrived_at == T0 + 3 * HOUR
    sent = arrive(AT_REPAIR - CLOCKS_DIFFER)
    behind.apply(sent, T0 + 3 * HOUR)
    assert behind.graph.latest(REPAIR).arrived_at == AT_REPAIR
    fact = of(behind, sent, ArrivedOnSite)
    assert (fact.happened_at, fact.claimed_at, fact.untaken) == (AT_REPAIR, AT_REPAIR - CLOCKS_DIFFER, "")


def test_nobody_says_what_they_did_before_they_were_on_it() -> None:
    engine = at_the_repair()
    engine.apply(assign("ENG-002", stage=REPAIR), T0 + 4 * HOUR, engineer("ENG-002"))
    sent = ArriveOnSite(command_id=command_id(), actor=acting("ENG-002"), happened_at=T0 + 3 * HOUR)
    engine.apply(sent, T0 + 6 * HOUR)
    assert of(engine, sent, ArrivedOnSite).untaken == "ENG-002 was put on Onsite Repair at 2026-03-02 07:00-05:00"
    stranger = late(hold(), T0 + 3 * HOUR).model_copy(update={"actor": acting("ENG-009")})
    engine.apply(stranger, T0 + 6 * HOUR)
    assert "ENG-009 was not on the ticket before" in of(engine, stranger, TicketHeld).untaken


def test_what_must_come_first_came_first() -> None:
    engine = at_the_repair()
    engine.apply(travel(T0 + 4 * HOUR), T0 + 5 * HOUR)
    sent = arrive(T0 + 3 * HOUR)
    engine.apply(sent, T0 + 6 * HOUR)
    assert of(engine, sent, ArrivedOnSite).untaken.startswith("the journey for Onsite Repair began at ")
    done = late(complete(REPAIR), T0 + 5 * HOUR)
    engine.apply(done, T0 + 7 * HOUR)
    assert of(engine, done, StagesMoved).untaken.startswith("the arrival for Onsite Repair was at ")
    the_record_gives_it_back(engine)


def test_a_hold_that_stands_on_the_clocks_is_not_undone() -> None:
    engine = at_the_repair()
    engine.apply(hold(), T0 + 2 * HOUR)
    engine.apply(resume(), T0 + 3 * HOUR)
    sent = arrive(T0 + 2 * HOUR)
    engine.apply(sent, T0 + 4 * HOUR)
    assert of(engine, sent, ArrivedOnSite).untaken == "the clock arrival was changed at 2026-03-02 06:00-05:00"
    the_record_gives_it_back(engine)


def test_nobody_waited_where_somebody_arrived_or_finished_since() -> None:
    engine = at_the_repair()
    engine.apply(travel(T0 + 3 * HOUR), T0 + 3 * HOUR)
    engine.apply(arrive(T0 + 4 * HOUR), T0 + 4 * HOUR)
    sent = late(hold(until=T0 + 30 * HOUR), T0 + 2 * HOUR)
    engine.apply(sent, T0 + 6 * HOUR)
    assert of(engine, sent, TicketHeld).untaken == "the arrival for Onsite Repair was at 2026-03-02 07:00-05:00"
    assert engine.state.clocks[RESOLUTION].elapsed(T0 + 6 * HOUR, Calendar()) == 6 * HOUR
    the_record_gives_it_back(engine)


def test_nobody_waited_while_a_stage_beside_was_finished() -> None:
    """Its end starts and stops no clock but its own, and that one is over."""
    stages = tuple(
        one.model_copy(update={"prerequisites": () if one.key == "parts_identification" else one.prerequisites})
        for one in standard_stages()
    )
    engine = TicketEngine.open(ticket_input(template=template(stages)), T0)
    engine.apply(assign(), T0, engineer())
    engine.apply(complete("parts_identification"), T0 + HOUR)
    engine.apply(complete("parts_procurement"), T0 + 5 * HOUR)
    engine.apply(hold(), T0 + 6 * HOUR)
    engine.apply(resume(), T0 + 6 * HOUR)
    ends = T0 + 7 * HOUR
    engine.apply(complete("remote_diagnosis"), ends)
    sent = late(hold(until=T0 + 30 * HOUR), T0 + 6 * HOUR)
    engine.apply(sent, T0 + 8 * HOUR)
    assert of(engine, sent, TicketHeld).untaken == "Remote Diagnosis was completed at 2026-03-02 10:00-05:00"
    the_record_gives_it_back(engine)


def test_nobody_was_put_on_it_before_somebody_else_arrived_for_it() -> None:
    engine = at_the_repair()
    engine.apply(arrive(None), T0 + 2 * HOUR)
    sent = late(assign("ENG-002", stage=REPAIR), AT_REPAIR + HOUR / 2)
    engine.apply(sent, T0 + 3 * HOUR, engineer("ENG-002"))
    assert engine.graph.latest(REPAIR).assigned_at == T0 + 3 * HOUR
    the_record_gives_it_back(engine)


def test_a_pause_that_another_hold_has_had_meanwhile_is_not_taken_back() -> None:
    """The end of the other hold moved no clock: this one went on."""
    engine = at_the_repair()
    engine.apply(hold(until=T0 + 40 * HOUR), T0 + 2 * HOUR)
    engine.apply(hold(HoldReason.WAITING_FOR_CUSTOMER, until=T0 + 9 * HOUR), T0 + 4 * HOUR)
    sent = late(resume(), T0 + 3 * HOUR)
    engine.apply(sent, T0 + 12 * HOUR)
    (resumed,) = [one for one in of(engine, sent) if isinstance(one, TicketResumed)]
    assert resumed.untaken == "what it waits for was changed at 2026-03-02 12:00-05:00"
    assert engine.state.clocks[RESOLUTION].elapsed(T0 + 12 * HOUR, Calendar()) == 2 * HOUR
    the_record_gives_it_back(engine)


def test_a_hospital_takes_no_pause_back_for_a_time_that_is_over() -> None:
    engine = at_the_repair()
    engine.apply(hold(until=T0 + 30 * HOUR), T0 + 2 * HOUR)
    sent = late(resume().model_copy(update={"actor": NURSE}), T0 + 2 * HOUR)
    answer = engine.apply(sent, T0 + 20 * HOUR)
    assert engine.state.clocks[RESOLUTION].elapsed(T0 + 20 * HOUR, Calendar()) == 2 * HOUR
    assert answer.message.endswith(": a hospital says things as they happen.")
    the_record_gives_it_back(engine)


def approved(command: Command, by: str = "manager-1") -> Command:
    return command.model_copy(update={"approved_by": by})


def test_nobody_alone_takes_back_by_a_hold_told_later_what_was_reported() -> None:
    engine = at_the_repair()
    engine.advance(T0 + 5 * HOUR)
    before = engine.state.clocks
    for by, why in (
        (
            None,
            r"would take back what was reported since \(arrival breach, onsite_repair 75 %\).*Tell it as of now, or",
        ),
        (COORDINATOR.code.upper(), "approved by somebody else than coordinator-1, who asks for it"),
    ):
        sent = late(hold(until=T0 + 30 * HOUR).model_copy(update={"approved_by": by}), T0 + 2 * HOUR)
        with pytest.raises(RefusedError, match=why) as refused:
            engine.apply(sent, T0 + 5 * HOUR)
        assert str(refused.value).endswith(SAY_WHO_APPROVED)
        assert of(engine, sent, CommandRefused).reason == str(refused.value)
    assert engine.state.clocks == before
    assert not engine.state.holds
    engine.apply(hold(until=T0 + 30 * HOUR), T0 + 5 * HOUR)  # as of now
    assert 100 in engine.state.clocks[ARRIVAL].fired
    the_record_gives_it_back(engine)


def test_a_hold_told_later_needs_no_approval_where_it_takes_nothing_back() -> None:
    """Nothing was reported since, what was reported had been reached before, or the hold pauses no clock of that."""
    nothing, before, parts = at_the_repair(), at_the_repair(), at_the_repair()
    nothing.apply(late(hold(until=T0 + 30 * HOUR), AT_REPAIR + MINUTE), AT_REPAIR + 2 * MINUTE)
    before.advance(T0 + 5 * HOUR)
    before.apply(late(hold(until=T0 + 30 * HOUR), T0 + 4 * HOUR + MINUTE), T0 + 5 * HOUR)
    parts.advance(T0 + 5 * HOUR)
    parts.apply(late(hold(HoldReason.WAITING_FOR_PARTS), T0 + 2 * HOUR), T0 + 5 * HOUR)
    assert [len(one.state.holds) for one in (nothing, before, parts)] == [1, 1, 1]
    assert 100 in before.state.clocks[ARRIVAL].fired & parts.state.clocks[ARRIVAL].fired


def test_a_run_from_before_takes_it_back_without_and_is_asked_only_where_it_would() -> None:
    asked: list[bool] = []

    def from_before() -> bool:
        asked.append(True)
        return False

    engine = at_the_repair()
    engine.approve_late_holds(from_before)
    engine.apply(late(hold(until=T0 + 2 * HOUR), AT_REPAIR + MINUTE), AT_REPAIR + 2 * MINUTE)
    engine.advance(T0 + 9 * HOUR)
    assert asked == []
    engine.apply(late(hold(until=T0 + 30 * HOUR), T0 + 3 * HOUR), T0 + 9 * HOUR)
    assert asked == [True]
    assert engine.state.clocks[ARRIVAL].is_paused
    the_record_gives_it_back(engine)


def test_a_hold_told_later_takes_a_breach_back_and_a_later_one_is_told_again() -> None:
    engine = at_the_repair()
    engine.advance(T0 + 5 * HOUR)
    sent = approved(late(hold(until=T0 + 30 * HOUR), T0 + 2 * HOUR))
    engine.apply(sent, T0 + 5 * HOUR)
    assert of(engine, sent, TicketHeld).approved_by == "manager-1"
    clock = engine.state.clocks[ARRIVAL]
    assert clock.is_paused
    assert clock.fired == {50}
    engine.apply(late(resume(), T0 + 6 * HOUR), T0 + 7 * HOUR)
    engine.advance(T0 + 9 * HOUR)
    told = [one for one in engine.state.unstored if isinstance(one, ClockMoved) and one.name == ARRIVAL]
    assert [one.percent for one in told if one.percent] == [50, 75, 100, 75, 100]
    assert clock.clock_id == told[-1].clock_id
    the_record_gives_it_back(engine)


def test_a_hold_that_was_over_before_it_was_told_ends_at_once_and_pauses_what_it_paused() -> None:
    engine = at_the_repair()
    sent = approved(late(hold(until=T0 + 3 * HOUR), T0 + 2 * HOUR))
    engine.check_shape(sent, T0 + 5 * HOUR)
    engine.apply(sent, T0 + 5 * HOUR)
    engine.advance(T0 + 5 * HOUR)
    assert not engine.state.holds
    assert engine.state.clocks[RESOLUTION].elapsed(T0 + 5 * HOUR, Calendar()) == 4 * HOUR
    the_record_gives_it_back(engine)


def test_a_hand_over_counts_from_when_it_was() -> None:
    engine = at_the_repair()
    engine.apply(late(assign("ENG-002", by=WHO), T0 + 2 * HOUR), T0 + 5 * HOUR, engineer("ENG-002"))
    assert engine.graph.latest(REPAIR).assigned_at == T0 + 2 * HOUR
    theirs = ArriveOnSite(command_id=command_id(), actor=acting("ENG-002"), happened_at=T0 + 3 * HOUR)
    engine.apply(theirs, T0 + 5 * HOUR)
    assert engine.graph.latest(REPAIR).arrived_at == T0 + 3 * HOUR
    the_record_gives_it_back(engine)


def test_a_response_counts_from_when_it_was_given() -> None:
    stages = tuple(one.model_copy(update={"on_site": True}) for one in standard_stages()[:1])
    engine = TicketEngine.open(ticket_input(template=template(stages)), T0)
    engine.apply(assign(), T0, engineer())
    target = engine.state.clocks[RESPONSE].target
    engine.advance(T0 + target + HOUR)
    engine.apply(arrive(T0 + target / 4), T0 + target + HOUR)
    assert engine.state.clocks[RESPONSE].state(T0 + 99 * HOUR, Calendar()) is ClockState.MET
    assert not engine.state.clocks[RESPONSE].fired


def test_a_refusal_has_the_claim_on_record() -> None:
    engine = at_the_repair()
    sent = late(complete(SIGN_OFF), T0 + 2 * HOUR)
    with pytest.raises(RefusedError):
        engine.apply(sent, T0 + 3 * HOUR)
    fact = of(engine, sent, CommandRefused)
    assert (fact.at, fact.happened_at) == (T0 + 3 * HOUR, None)
    the_record_gives_it_back(engine)


def test_a_stage_that_is_not_there_is_refused_as_ever() -> None:
    engine = at_the_repair()
    unknown = CompleteStage(command_id=command_id(), actor=WHO, stage="nothing", happened_at=T0 + 2 * HOUR)
    with pytest.raises(RefusedError, match="There is no stage 'nothing'"):
        engine.check_shape(unknown, T0 + 3 * HOUR)


def test_the_same_command_sent_again_is_once_whatever_time_it_says_then() -> None:
    engine = at_the_repair()
    sent = arrive(T0 + 3 * HOUR)
    first = engine.apply(sent, T0 + 4 * HOUR)
    facts = len(engine.state.unstored)
    for again in (late(sent, T0 + 2 * HOUR), sent.model_copy(update={"happened_at": None})):
        assert again.delivery_id == sent.delivery_id
        assert engine.apply(again, T0 + 9 * HOUR) == first
    assert len(engine.state.unstored) == facts


def test_a_run_from_before_takes_everything_as_it_comes() -> None:
    engine = at_the_repair()
    engine.take_later(False)
    sent = travel(T0 + 2 * HOUR)
    engine.apply(sent, T0 + 5 * HOUR)
    fact = of(engine, sent, TravelStarted)
    assert (fact.happened_at, fact.claimed_at) == (None, T0 + 2 * HOUR)
    assert engine.graph.latest(REPAIR).travel_started_at == T0 + 5 * HOUR


def test_the_table_of_what_may_be_told_later_is_that_of_the_commands() -> None:
    assert {kind.__name__ for kind in COMMANDS if issubclass(kind, ToldLater)} == TOLD_LATER
    assert all("happened_at" in kind.model_fields for kind in get_args(Fact)[0].__args__)


def test_a_coordinator_may_report_late_for_somebody() -> None:
    engine = at_the_repair()
    sent = ArriveOnSite(command_id=command_id(), actor=COORDINATOR, happened_at=T0 + 2 * HOUR)
    engine.apply(sent, T0 + 5 * HOUR)
    assert engine.graph.latest(REPAIR).arrived_at == T0 + 2 * HOUR


def test_a_hold_for_parts_pauses_nothing_and_may_be_told_later() -> None:
    engine = at_the_repair()
    engine.apply(late(hold(HoldReason.WAITING_FOR_PARTS), T0 + 2 * HOUR), T0 + 3 * HOUR)
    assert engine.state.holds[0].since == T0 + 2 * HOUR
    assert engine.state.holds[0].resume_at == T0 + 26 * HOUR
    the_record_gives_it_back(engine)
