"""Holds as their reasons say: which clocks pause, who has to approve, and what becomes of those that overlap."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from models.contracts.base import Actor
from models.contracts.commands import Hold
from models.contracts.facts import TicketHeld, TicketResumed
from models.contracts.state import TicketState
from models.contracts.templates import HOLD_RULES, HoldRule
from models.sla.calendar import Calendar
from models.vocabulary import ClockKind, HoldReason, Party, Role, TicketStatus
from tests.factories import COORDINATOR, HOUR, T0, assign, command_id, engineer, hold, resume, template, ticket_input
from workflows.engine.clocks import RESOLUTION, RESPONSE
from workflows.engine.refusal import RefusedError
from workflows.engine.ticket import TicketEngine

APPOINTMENT = HoldRule(
    reason="visit_by_appointment",
    name="Visit by appointment",
    pauses=frozenset({ClockKind.RESOLUTION}),
    party=Party.HOSPITAL,
)
DISPUTE = HoldRule(
    reason="contract_dispute",
    name="Who pays is being settled",
    pauses=frozenset({ClockKind.STAGE}),
    party=Party.HOSPITAL,
    needs_approval=True,
)
MANAGER = Actor(code="manager-9", role=Role.COORDINATOR)


def opened() -> TicketEngine:
    rules = (*HOLD_RULES, APPOINTMENT, DISPUTE)
    engine = TicketEngine.open(ticket_input(template=template(hold_rules=rules)), T0)
    engine.apply(assign(), T0, engineer())
    return engine


def wait_for(reason: str, until: datetime | None = None, **fields: object) -> Hold:
    given = {"command_id": command_id(), "actor": COORDINATOR, "reason": reason, "resume_at": until}
    return Hold.model_validate({**given, **fields})


def paused(engine: TicketEngine) -> set[str]:
    return {clock.name for clock in engine.clocks.open() if clock.is_paused}


def held(engine: TicketEngine) -> list[TicketHeld]:
    return [fact for fact in engine.state.unstored if isinstance(fact, TicketHeld)]


def test_a_second_request_for_the_same_reason_is_the_same_hold_for_longer() -> None:
    engine = opened()
    engine.apply(hold(until=T0 + 10 * HOUR), T0 + HOUR)
    said = engine.apply(hold(until=T0 + 20 * HOUR), T0 + 2 * HOUR)
    assert said.message.startswith("Still on hold (access_denied) until 2026-03-02 23:00-05:00")
    engine.apply(hold(until=T0 + 12 * HOUR), T0 + 3 * HOUR)  # a shorter one takes nothing away
    assert [(one.since, one.resume_at) for one in engine.state.holds] == [(T0 + HOUR, T0 + 20 * HOUR)]
    assert [fact.merged for fact in held(engine)] == [False, True, True]
    engine.advance(T0 + 21 * HOUR)
    assert engine.state.status is TicketStatus.OPEN
    assert engine.state.clocks[RESOLUTION].elapsed(T0 + 21 * HOUR, Calendar()) == 2 * HOUR


def test_overlapping_holds_count_their_union_once() -> None:
    engine = opened()
    engine.apply(hold(until=T0 + 10 * HOUR), T0 + 2 * HOUR)
    engine.apply(hold(HoldReason.WAITING_FOR_CUSTOMER, until=T0 + 15 * HOUR), T0 + 5 * HOUR)
    engine.advance(T0 + 12 * HOUR)
    assert engine.state.status is TicketStatus.ON_HOLD
    assert engine.wake_at() == T0 + 15 * HOUR
    engine.advance(T0 + 20 * HOUR)
    assert engine.state.clocks[RESOLUTION].elapsed(T0 + 20 * HOUR, Calendar()) == 7 * HOUR
    ended = [fact for fact in engine.state.unstored if isinstance(fact, TicketResumed)]
    assert [(fact.hold_reason, fact.left, fact.at) for fact in ended] == [
        ("access_denied", ("waiting_for_customer",), T0 + 10 * HOUR),
        ("waiting_for_customer", (), T0 + 15 * HOUR),
    ]


def test_a_wait_of_ours_within_one_of_the_customer_s_takes_no_pause_away() -> None:
    engine = opened()
    engine.apply(hold(HoldReason.WAITING_FOR_PARTS, until=T0 + 30 * HOUR), T0 + HOUR)
    assert paused(engine) == set()
    engine.apply(hold(until=T0 + 10 * HOUR), T0 + 2 * HOUR)
    assert paused(engine) == {"remote_diagnosis", RESPONSE, RESOLUTION}
    engine.advance(T0 + 11 * HOUR)
    assert (paused(engine), engine.state.status) == (set(), TicketStatus.ON_HOLD)


def test_a_reason_pauses_just_the_clocks_that_it_names() -> None:
    engine = opened()
    said = engine.apply(wait_for("visit_by_appointment", T0 + 9 * HOUR), T0 + HOUR)
    assert said.message.endswith("paused: the clocks for resolution.")
    assert paused(engine) == {RESOLUTION}
    assert engine.wake_at() == T0 + 2 * HOUR  # half of the stage's and of the response's four hours
    engine.apply(wait_for("contract_dispute", T0 + 3 * HOUR, approved_by="manager-9"), T0 + 2 * HOUR)
    assert paused(engine) == {RESOLUTION, "remote_diagnosis"}
    engine.advance(T0 + 4 * HOUR)
    assert paused(engine) == {RESOLUTION}


@pytest.mark.parametrize("approver", [None, COORDINATOR.code])
def test_what_needs_an_approval_needs_that_of_somebody_else(approver: str | None) -> None:
    engine = opened()
    with pytest.raises(RefusedError, match="Say who approved it"):
        engine.apply(wait_for("contract_dispute", approved_by=approver), T0 + HOUR)
    assert (engine.state.holds, paused(engine)) == ([], set())


def test_owner_approver_and_party_are_on_record() -> None:
    engine = opened()
    engine.apply(wait_for("contract_dispute", approved_by="manager-9", owner="accounts-2"), T0 + HOUR)
    engine.apply(hold(), T0 + 2 * HOUR)
    first, second = held(engine)
    assert (first.owner, first.approved_by, first.party) == ("accounts-2", "manager-9", Party.HOSPITAL)
    assert (second.owner, second.reasons) == (COORDINATOR.code, ("contract_dispute", "access_denied"))
    assert first.pauses == (ClockKind.STAGE,)


def test_a_reason_that_the_template_does_not_know_is_refused_with_those_that_it_does() -> None:
    with pytest.raises(RefusedError, match=r"no reason 'lunch' .*There are: access_denied, .*contract_dispute"):
        opened().apply(wait_for("lunch"), T0 + HOUR)


def test_resume_ends_every_hold() -> None:
    engine = opened()
    engine.apply(hold(until=T0 + 10 * HOUR), T0 + HOUR)
    engine.apply(hold(HoldReason.WAITING_FOR_PARTS), T0 + 2 * HOUR)
    engine.apply(resume(), T0 + 3 * HOUR)
    assert (engine.state.holds, engine.state.status, paused(engine)) == ([], TicketStatus.OPEN, set())


def test_a_state_from_before_holds_could_overlap_keeps_its_hold() -> None:
    engine = opened()
    engine.apply(hold(until=T0 + 5 * HOUR), T0 + HOUR)
    state = json.loads(engine.state.model_dump_json())
    [now] = state.pop("holds")
    owner = COORDINATOR.model_dump(mode="json")
    state["hold"] = {**{key: now[key] for key in ("reason", "since", "resume_at", "approved_by")}, "owner": owner}
    carried = TicketEngine(engine.ticket, TicketState.model_validate(state))
    assert carried.state.holds == engine.state.holds
    assert carried.wake_at() == T0 + 5 * HOUR
    carried.advance(T0 + 5 * HOUR)
    assert carried.state.status is TicketStatus.OPEN
    assert not carried.state.clocks[RESOLUTION].is_paused
    state["hold"] = None
    assert TicketState.model_validate(state).holds == []


def test_a_run_from_before_holds_could_overlap_refuses_as_it_did() -> None:
    engine = opened()
    engine.let_holds_overlap(False)
    engine.apply(hold(until=T0 + 5 * HOUR), T0)
    with pytest.raises(RefusedError, match="on hold already"):
        engine.apply(hold(HoldReason.WAITING_FOR_PARTS), T0 + HOUR)
    engine.apply(hold(HoldReason.WAITING_FOR_PARTS), T0 + 6 * HOUR)  # the first one is over
