"""What-if: replayed by its own rules a ticket says what is on record, whatever happened to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.contracts.facts import ClockMoved, Fact
from models.contracts.templates import PriorityTargets
from models.sla.calendar import Calendar
from models.vocabulary import ClockKind, ClockState, HoldReason, Priority, ReopenPolicy, StageOutcome, TicketStatus
from starter.whatif.alternative import UNCHANGED, Alternative
from starter.whatif.history import TicketHistory
from starter.whatif.replay import NotReplayable, changed, check_replayable, replay
from tests.factories import HOUR, T0, assign, complete, engineer, hold, resume, template, ticket_input
from tests.workflows.stories import CALENDARS, WHO, Story, live, richer, stories
from workflows.engine.ticket import TicketEngine


def told(engine: TicketEngine) -> TicketHistory:
    return TicketHistory(
        ticket_id=engine.ticket.ticket_id,
        number=engine.ticket.number,
        opened_at=T0,
        template=engine.ticket.template,
        service=engine.ticket.service,
        calendar=engine.ticket.calendar,
        priority=engine.ticket.priority,
        facts=tuple(engine.state.unstored),
    )


@settings(max_examples=80, deadline=None)
@given(stories, st.sampled_from(ReopenPolicy), st.booleans())
def test_by_its_own_rules_a_ticket_says_what_is_on_record(story: Story, policy: ReopenPolicy, rich: bool) -> None:
    given_template = richer(template(), policy) if rich else template(reopen_policy=policy)
    engine = TicketEngine.open(ticket_input(template=given_template), T0)
    live(engine, [*story, ("resume", 1), ("take", 1), ("finish", 1), ("finish", 1)], engineer(WHO), T0)
    if engine.state.status is not TicketStatus.CLOSED:
        return
    check_replayable(told(engine))


def closed(
    hold_reason: HoldReason = HoldReason.ACCESS_DENIED, at: datetime = T0 + 9 * HOUR, **fields: Any
) -> TicketHistory:
    """Four hours of wait within nine; fixed remotely, so that nobody came."""
    engine = TicketEngine.open(ticket_input(template=template(**fields)), T0)
    engine.apply(assign(), T0, engineer())
    engine.apply(hold(hold_reason, until=T0 + 99 * HOUR), T0 + 2 * HOUR)
    engine.apply(resume(), T0 + 6 * HOUR)
    engine.apply(complete("remote_diagnosis", outcome=StageOutcome.FIXED_REMOTELY), at)
    engine.apply(complete("completion_sign_off"), at + HOUR)
    return told(engine)


def states(history: TicketHistory, alternative: Alternative) -> dict[str, ClockState]:
    return {name: one.state for name, one in replay(history, alternative).items()}


def test_another_target_changes_the_verdict_and_nothing_that_people_did() -> None:
    history = closed()
    assert states(history, UNCHANGED)["remote_diagnosis"] is ClockState.BREACHED  # five of four hours
    found = replay(history, Alternative(stage_targets={"remote_diagnosis": 5 * HOUR}))["remote_diagnosis"]
    assert (found.state, found.elapsed, found.target) == (ClockState.MET, 5 * HOUR, 5 * HOUR)


def test_another_rule_for_a_reason_takes_pauses_away_or_gives_them() -> None:
    rules = {rule.reason: rule for rule in template().hold_rules}
    strict = rules["access_denied"].model_copy(update={"pauses": frozenset()})
    lenient = rules["waiting_for_parts"].model_copy(update={"pauses": frozenset({ClockKind.STAGE})})
    history = closed()
    found = replay(history, Alternative(hold_rules={"access_denied": strict}))
    assert (found["response"].elapsed, found["remote_diagnosis"].elapsed) == (9 * HOUR, 9 * HOUR)
    parts = closed(HoldReason.WAITING_FOR_PARTS)
    found = replay(parts, Alternative(hold_rules={"waiting_for_parts": lenient}))
    assert (found["response"].elapsed, found["remote_diagnosis"].elapsed) == (9 * HOUR, 5 * HOUR)


def test_another_calendar_in_the_zone_of_the_site() -> None:
    found = replay(closed(), Alternative(calendar=CALENDARS[1]))
    assert found["remote_diagnosis"].elapsed == 4 * HOUR  # 9 to 10 o'clock, and 14 to 17


def test_an_arrival_target_that_was_not_there_and_is_cancelled_as_nobody_had_to_come() -> None:
    history = closed()
    found = replay(history, Alternative(arrival_target=4 * HOUR, on_site={"onsite_repair": True}))
    assert found["arrival"].state is ClockState.BREACHED  # five hours had gone by before that was known
    assert [name for name, _, _ in changed(history.recorded(), found)] == ["arrival"]


def test_targets_of_priorities_and_the_response_s() -> None:
    history = closed()
    urgent = (PriorityTargets(priority=Priority.P2, resolution_target=3 * HOUR),)
    found = replay(history, Alternative(priorities=urgent, response_target=10 * HOUR))
    assert (found["resolution"].state, found["response"].state) == (ClockState.BREACHED, ClockState.MET)


@pytest.mark.parametrize(
    ("policy", "elapsed"),
    [
        (ReopenPolicy.EXCLUDE_SOLVED, {"resolution": 26 * HOUR}),
        (ReopenPolicy.COUNT_SOLVED, {"resolution": 46 * HOUR}),
        (ReopenPolicy.RESTART, {"resolution": 6 * HOUR, "resolution#2": 20 * HOUR}),
    ],
)
@pytest.mark.parametrize("was", ReopenPolicy)
def test_another_policy_for_reopened_tickets(
    was: ReopenPolicy, policy: ReopenPolicy, elapsed: dict[str, timedelta]
) -> None:
    engine = TicketEngine.open(ticket_input(template=richer(template(), was)), T0)
    story = [("take", 0), ("finish", 354), ("reopen", 1180), ("take", 0), ("finish", 1180)]
    live(engine, story, engineer(WHO), T0)
    assert engine.state.status is TicketStatus.CLOSED
    found = replay(told(engine), Alternative(reopen_policy=policy))
    exact = {name: one.elapsed for name, one in found.items() if one.kind is ClockKind.RESOLUTION}
    assert {name: round(span / HOUR) * HOUR for name, span in exact.items()} == elapsed


def test_a_record_that_its_rules_do_not_explain_is_not_replayed() -> None:
    history = closed()
    facts = list(history.facts)
    place = next(n for n, fact in enumerate(facts) if isinstance(fact, ClockMoved) and fact.event == "stopped")
    stopped: Fact = facts[place].model_copy(update={"elapsed": 7 * HOUR})
    facts[place] = stopped
    with pytest.raises(NotReplayable, match="the recorded verdict of clock response does not follow"):
        check_replayable(replace(history, facts=tuple(facts)))


def test_hours_run_in_the_zone_of_each_site() -> None:
    found = Alternative(calendar=CALENDARS[1]).hours(CALENDARS[2])
    assert (found.code, found.zone) == ("office", "America/New_York")


def test_what_is_left_out_of_a_priority_stays_as_it_was() -> None:
    was = (
        PriorityTargets(priority=Priority.P1, response_target=HOUR, resolution_target=24 * HOUR),
        PriorityTargets(priority=Priority.P4, resolution_target=200 * HOUR),
    )
    given = (
        PriorityTargets(priority=Priority.P1, resolution_target=12 * HOUR),
        PriorityTargets(priority=Priority.P3, resolution_target=90 * HOUR),
    )
    found = Alternative(priorities=given).template(template(priority_targets=was)).priority_targets
    assert found == (was[0].model_copy(update={"resolution_target": 12 * HOUR}), was[1], given[1])


@pytest.mark.parametrize("calendar", [None, CALENDARS[1]])
def test_a_deadline_that_nobody_can_tell_is_named(calendar: Calendar | None) -> None:
    with pytest.raises(NotReplayable, match="more than a century ahead"):
        replay(closed(), Alternative(resolution_target=timedelta(days=9_999_999), calendar=calendar))
