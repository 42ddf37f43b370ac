"""The delay ledger, worked out from the facts afterwards, says whose time it was when it was: as the live state did."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.contracts.base import Command
from models.contracts.commands import ArriveOnSite, Cancel, ChangeContract, Reopen, StartTravel
from models.contracts.facts import Fact
from models.contracts.templates import StageDefinition
from models.sla.calendar import Calendar
from models.sla.ledger import ledger
from models.vocabulary import HoldReason, Party, StageType, TimeOwner
from tests.factories import (
    COORDINATOR,
    assign,
    command_id,
    complete,
    engineer,
    hold,
    resume,
    skip,
    stage,
    standard_stages,
    ticket_input,
)
from tests.models.test_sla_calendar import week
from workflows.engine.refusal import RefusedError
from workflows.engine.ticket import TicketEngine

FRIDAY = datetime(2026, 3, 27, 12, tzinfo=UTC)  # before the night of the gap in Berlin
STEP = timedelta(minutes=10)
ALWAYS = Calendar()
OFFICE = Calendar(
    code="office", always_open=False, zone="Europe/Berlin", hours=week(1, 2, 3, 4, 5, 7, opens="01:00", closes="17:00")
)


def stages() -> tuple[StageDefinition, ...]:
    """The standard ones, with a stage beside them all and a visit to the unit."""
    first, *others, repair, last = standard_stages()
    survey = stage("site_survey", StageType.ASSESSMENT, 8, position=6).model_copy(update={"party": Party.HOSPITAL})
    on_site = {"on_site": True}
    return first, *others, repair.model_copy(update=on_site), last, survey.model_copy(update=on_site)


def owner(engine: TicketEngine, at: datetime) -> TimeOwner:
    """Whose time it is, read off the live state of a ticket that is not over."""
    calendar = engine.terms.calendar
    if not calendar.open_between(at, at + timedelta(microseconds=1)):
        return TimeOwner.OUTSIDE_HOURS
    if engine.state.holds:
        reason = min(engine.state.holds, key=lambda one: one.since).reason
        rule = engine.ticket.template.hold_rule(reason)
        assert rule is not None
        return TimeOwner(rule.party.value)
    active = engine.graph.active()
    if any(visit.travel_started_at and not visit.arrived_at for visit in active):
        return TimeOwner.TRANSPORT
    visit = active[0]
    by_stage = {"parts_procurement": TimeOwner.PARTS, "completion_sign_off": TimeOwner.HOSPITAL}
    if visit.key == "site_survey":
        return TimeOwner.HOSPITAL
    return by_stage.get(visit.key, TimeOwner.ENGINEER) if visit.engineer else TimeOwner.TRIAGE


def commands(engine: TicketEngine, now: datetime, choice: int) -> dict[str, Callable[[], Command]]:
    """What people may ask; `choice` says of which stage, for which reason, under which calendar."""
    active = [visit.key for visit in engine.graph.active()] or ["onsite_repair"]
    place = active[choice % len(active)]
    reason = list(HoldReason)[choice % len(HoldReason)]
    who = {"command_id": command_id(), "actor": COORDINATOR}
    return {
        "assign": lambda: assign(stage=place if choice % 2 else None),
        "complete": lambda: complete(place, actions=None if place != "site_survey" else {}),
        "skip": lambda: skip(place),
        "hold": lambda: hold(reason, now + timedelta(hours=3 + choice)),
        "resume": resume,
        "travel": lambda: StartTravel(**who, stage=place),
        "arrive": lambda: ArriveOnSite(**who, stage=place),
        "contract": lambda: ChangeContract(
            **who, service=engine.ticket.service, calendar=OFFICE if choice % 2 else ALWAYS, reason="New contract"
        ),
        "reopen": lambda: Reopen(**who, reason="The fault is back"),
        "cancel": lambda: Cancel(**who, reason="Unit replaced"),
    }


WHOLE_LIFE = [
    ("assign", 2, 0),
    *[("complete", 2, 0)] * 3,
    ("travel", 2, 0),
    ("hold", 2, 3),
    ("arrive", 30, 0),
    ("resume", 1, 0),
    *[("complete", 7, 0)] * 3,
    ("wait", 30, 0),
    ("reopen", 80, 0),
    ("contract", 30, 0),
    ("complete", 80, 0),
]
USUAL = ("complete", "complete", "travel", "hold")
happenings = st.lists(
    st.tuples(
        st.sampled_from(
            ("assign", *USUAL, *USUAL, "skip", "skip", "arrive", "resume", "contract", "reopen", "cancel", "wait")
        ),
        st.sampled_from((1, 2, 7, 30, 80)),
        st.integers(0, 9),
    ),
    min_size=5,
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@example(OFFICE, WHOLE_LIFE)
@given(st.sampled_from([ALWAYS, OFFICE]), happenings)
def test_the_ledger_equals_what_the_live_state_said_at_each_moment(
    first: Calendar, story: list[tuple[str, int, int]]
) -> None:
    engine, now = TicketEngine.open(ticket_input(stages(), calendar=first), FRIDAY), FRIDAY
    engine.apply(assign(stage="remote_diagnosis"), now, engineer())
    seen: dict[datetime, TimeOwner] = {}
    for what, steps, choice in story:
        for _ in range(steps):
            if not engine.is_over:
                seen[now] = owner(engine, now)
            now += STEP
            engine.advance(now)
        with suppress(RefusedError):
            if what != "wait":
                engine.apply(commands(engine, now, choice)[what](), now, engineer())
    facts: list[Fact] = engine.state.unstored
    found = ledger(facts, engine.ticket.template.stages, first, FRIDAY, now)
    assert found.ended == engine.is_over
    assert found.end == (engine.state.ended_at or now)
    assert sum(found.totals.values(), timedelta(0)) == found.end - FRIDAY
    told = {
        FRIDAY + STEP * number: entry.owner
        for entry in found.entries
        for number in range(-((FRIDAY - entry.start) // STEP), -((FRIDAY - entry.end) // STEP))
    }
    in_use = {at for at, one in told.items() if one is TimeOwner.IN_USE}
    assert {at: one for at, one in told.items() if at not in in_use} == seen
    assert in_use <= {FRIDAY + STEP * number for number in range((now - FRIDAY) // STEP)} - set(seen)
