"""Offers of a stage: what comes of each, whoever answers, whatever else happens, and however late anybody looks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest

from models.contracts.base import Actor, Command
from models.contracts.commands import Cancel, ChangePriority, EngineerRef
from models.contracts.facts import FACTS, EngineerAssigned, Fact, NotificationRaised
from models.contracts.notices import NobodyAccepted, OfferWaits
from models.contracts.offered import OfferDeclined, OfferWithdrawn, StageOffered
from models.contracts.offering import AcceptOffer, DeclineOffer, OfferStage, RaiseLevel, WithdrawOffer
from models.contracts.projection import Candidates
from models.contracts.state import TicketState
from models.contracts.templates import PriorityTargets
from models.vocabulary import Priority, Role, SupportLevel
from models.vocabulary.sla import ClockState
from models.vocabulary.stages import DeclineReason, StageOutcome, WorkLocation
from tests.factories import (
    COORDINATOR,
    GOOD_ANSWERS,
    HOUR,
    T0,
    acting,
    assign,
    command_id,
    complete,
    engineer,
    hold,
    skip,
    template,
    ticket_input,
)
from workflows.engine.clocks import RESPONSE
from workflows.engine.recall import recall
from workflows.engine.refusal import RefusedError
from workflows.engine.report import details, status_report
from workflows.engine.ticket import TicketEngine

DIAGNOSIS, REPAIR = "remote_diagnosis", "onsite_repair"
LIMIT = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)

FIRST, SECOND, THIRD = (engineer(f"ENG-00{number}") for number in (1, 2, 3))
ENDS = {"offer_accepted", "offer_withdrawn", "offer_exhausted"}
"""Each offer has exactly one of these."""


class Field:
    """A ticket, with engineers who are qualified and free in this order."""

    def __init__(self, *found: EngineerRef, **fields: Any) -> None:
        self.engine = TicketEngine.open(ticket_input(**fields), T0)
        self.found = found or (FIRST, SECOND, THIRD)
        self.now = T0 + HOUR

    def do(self, command: Command, after: timedelta = timedelta(0)) -> str:
        self.now += after
        code = getattr(command, "engineer_code", None)
        known = {one.code: one for one in (FIRST, SECOND, THIRD, *self.found)}
        codes = getattr(command, "engineers", ())
        candidates = Candidates(
            found=tuple(known[one] for one in codes if one in known) if codes else self.found,
            unknown=tuple(one for one in codes if one not in known),
        )
        return self.engine.apply(command, self.now, known.get(code or ""), candidates).message

    def refused(self, command: Command, after: timedelta = timedelta(0)) -> str:
        with pytest.raises(RefusedError) as refusal:
            self.do(command, after)
        return str(refusal.value)

    def wait(self, span: timedelta) -> None:
        self.now += span
        self.engine.advance(self.now)

    def kinds(self) -> list[str]:
        """What was told of offers, in order."""
        return [one.kind for one in self.told if one.kind.startswith("offer_") or one.kind == "stage_offered"]

    @property
    def told(self) -> list[Fact]:
        return self.engine.state.unstored

    @property
    def asked(self) -> str | None:
        offer = self.engine.graph.latest(DIAGNOSIS).offer
        return offer.asked.code if offer is not None and offer.asked is not None else None

    def comes_back(self) -> None:
        """The facts alone give the state back, through JSON, as the audit trail keeps them."""
        read = FACTS.validate_json(FACTS.dump_json(tuple(self.told)))
        again = recall(self.engine.ticket, T0, read).state
        left_out = {"stored", "unstored"}
        assert again.model_dump(exclude=left_out) == self.engine.state.model_dump(exclude=left_out)
        carried = TicketState.model_validate_json(self.engine.state.model_dump_json())
        assert carried == self.engine.state


def offer(*engineers: str, stage: str = DIAGNOSIS, **fields: Any) -> OfferStage:
    return OfferStage(command_id=command_id(), actor=COORDINATOR, stage=stage, engineers=engineers, **fields)


def accept(code: str, stage: str | None = None) -> AcceptOffer:
    return AcceptOffer(command_id=command_id(), actor=acting(code), stage=stage)


def decline(code: str, reason: DeclineReason = DeclineReason.BUSY, note: str = "") -> DeclineOffer:
    return DeclineOffer(command_id=command_id(), actor=acting(code), reason=reason, note=note)


def withdraw() -> WithdrawOffer:
    return WithdrawOffer(command_id=command_id(), actor=COORDINATOR, stage=DIAGNOSIS)


def raised(level: SupportLevel | None = None) -> RaiseLevel:
    return RaiseLevel(command_id=command_id(), actor=COORDINATOR, stage=DIAGNOSIS, level=level, reason="Odd alarm")


# -- each answer -------------------------------------------------------------------------------------------------------


def test_a_stage_is_offered_to_the_first_candidate_who_is_told_until_when_to_answer() -> None:
    field = Field()
    assert field.do(offer()) == (
        "Remote Diagnosis is offered to ENG-001 Name of ENG-001 until 2026-03-02 04:15-05:00; 2 more after them."
    )
    [asked] = [one for one in field.told if isinstance(one, StageOffered)]
    assert (asked.engineer, asked.then, asked.until) == (FIRST, (SECOND, THIRD), field.now + LIMIT)
    [notice] = [one for one in field.told if isinstance(one, NotificationRaised) and isinstance(one.notice, OfferWaits)]
    assert notice.recipient is Role.ENGINEER
    assert field.engine.wake_at() == field.now + LIMIT
    assert "Offered to:** ENG-001" in details(field.engine)
    report = status_report(field.engine, field.now).stages[0]
    assert (report.asked, report.answer_until) == ("ENG-001", field.now + LIMIT)
    field.comes_back()


def test_who_accepts_becomes_the_primary_engineer_and_has_responded() -> None:
    field = Field()
    field.do(offer(work_location=WorkLocation.HYBRID))
    assert field.do(accept("ENG-001"), MINUTE) == "Remote Diagnosis is yours."
    visit = field.engine.graph.latest(DIAGNOSIS)
    assert (visit.engineer, visit.offer) == (FIRST, None)
    [put] = [one for one in field.told if isinstance(one, EngineerAssigned)]
    assert (put.work_location, put.actor.code) == (WorkLocation.HYBRID, "ENG-001")
    assert field.engine.state.clocks[RESPONSE].state(field.now, field.engine.terms.calendar) is ClockState.MET
    assert field.kinds() == ["stage_offered", "offer_accepted"]
    field.comes_back()


def test_who_declines_says_why_and_the_next_one_is_asked() -> None:
    field = Field()
    field.do(offer())
    field.do(decline("ENG-001", DeclineReason.DISTANCE, "300 km"), MINUTE)
    assert field.asked == "ENG-002"
    [said] = [one for one in field.told if isinstance(one, OfferDeclined)]
    assert (said.why, said.reason, said.engineer) == (DeclineReason.DISTANCE, "300 km", FIRST)
    assert field.engine.wake_at() == field.now + LIMIT
    field.comes_back()


def test_another_reason_is_said() -> None:
    field = Field()
    field.do(offer())
    assert "needs its reason" in field.refused(decline("ENG-001", DeclineReason.OTHER))
    field.do(decline("ENG-001", DeclineReason.OTHER, "Car is broken"))


def test_who_says_nothing_within_the_limit_has_not_answered_and_the_next_one_is_asked() -> None:
    field = Field()
    field.do(offer())
    field.wait(LIMIT - timedelta(seconds=1))
    assert field.asked == "ENG-001"
    field.wait(timedelta(seconds=1))
    assert field.asked == "ENG-002"
    assert "not offered to ENG-001 now" in field.refused(accept("ENG-001", DIAGNOSIS))
    assert field.kinds() == ["stage_offered", "offer_expired", "stage_offered"]
    field.comes_back()


def test_when_everybody_was_asked_a_coordinator_decides() -> None:
    field = Field()
    field.do(offer())
    field.do(decline("ENG-001"))
    field.wait(LIMIT)
    field.do(decline("ENG-003"))
    assert field.kinds()[-1] == "offer_exhausted"
    notices = [one for one in field.told if isinstance(one, NotificationRaised)]
    told = notices[-1].notice
    assert isinstance(told, NobodyAccepted) and (told.asked, notices[-1].recipient) == (3, Role.COORDINATOR)
    assert told.words.subject == "FC-2026-000001: nobody takes Remote Diagnosis"
    assert field.asked is None
    assert field.engine.graph.latest(DIAGNOSIS).offer is None
    field.comes_back()


def test_a_worker_that_was_away_for_long_asks_the_next_one_with_their_whole_time() -> None:
    """Nobody's time runs while nobody could ask them."""
    field = Field()
    field.do(offer())
    field.wait(3 * HOUR)
    assert field.kinds() == ["stage_offered", "offer_expired", "stage_offered"]
    expired, asked = [one for one in field.told if one.kind in {"offer_expired", "stage_offered"}][1:]
    assert expired.when == T0 + HOUR + LIMIT
    assert isinstance(asked, StageOffered) and asked.until == field.now + LIMIT
    field.comes_back()


# -- whom it goes to ---------------------------------------------------------------------------------------------------


def test_who_declined_is_not_asked_again_unless_they_are_named() -> None:
    field = Field()
    field.do(offer("ENG-001"))
    field.do(decline("ENG-001"))
    assert field.kinds()[-1] == "offer_exhausted"
    field.do(offer())
    assert field.asked == "ENG-002"
    field.do(withdraw())
    field.do(offer("ENG-001"))
    assert field.asked == "ENG-001"
    field.comes_back()


def test_who_did_not_answer_may_be_asked_again() -> None:
    field = Field(FIRST)
    field.do(offer())
    field.wait(LIMIT)
    field.do(offer())
    assert field.asked == "ENG-001"


def test_it_goes_to_the_named_ones_in_their_order() -> None:
    field = Field()
    assert "offered to ENG-003" in field.do(offer("ENG-003", "ENG-001", "ENG-003"))
    field.do(decline("ENG-003"))
    assert field.asked == "ENG-001"


def test_an_offer_needs_somebody_who_may_take_it() -> None:
    field = Field(engineer("ENG-009", SupportLevel.L1))
    assert field.refused(offer("ENG-404")).startswith("There is no active engineer ENG-404.")
    nobody = field.refused(offer(stage=REPAIR))
    assert nobody.startswith("Nobody who is qualified for Onsite Repair and free now could be asked.")
    assert "ENG-009 has L1" in field.refused(offer("ENG-009", stage=REPAIR))
    field.do(assign("ENG-001", stage=REPAIR))
    assert "has Onsite Repair already" in field.refused(offer("ENG-001", stage=REPAIR))
    assert "no stage 'nowhere'" in field.refused(offer(stage="nowhere"))


def test_the_limit_is_the_offers_or_the_templates_for_the_priority() -> None:
    special = PriorityTargets(priority=Priority.P1, answer_within=5 * MINUTE)
    field = Field(template=template(priority_targets=(special,), answer_within=20 * MINUTE))
    for command, limit in (
        (None, 20 * MINUTE),
        (
            ChangePriority(command_id=command_id(), actor=COORDINATOR, priority=Priority.P1, reason="Moved"),
            5 * MINUTE,
        ),
    ):
        if command is not None:
            field.do(command)
        field.do(offer())
        assert field.engine.offers.next_end() == field.now + limit
        field.do(withdraw())
    field.do(offer(answer_within=2 * HOUR))
    assert field.engine.offers.next_end() == field.now + 2 * HOUR
    for odd in (timedelta(0), timedelta(seconds=4), timedelta(days=8)):
        assert "less than five seconds or gets more than seven days" in field.refused(offer(answer_within=odd))


def test_nobody_answers_for_somebody_else() -> None:
    field = Field()
    field.do(offer())
    assert "Nothing of this ticket is offered to ENG-002 now" in field.refused(accept("ENG-002"))
    theirs = AcceptOffer(command_id=command_id(), actor=Actor(code="ENG-001", role=Role.COORDINATOR))
    assert "accept offer is for engineer only" in field.refused(theirs)
    assert field.asked == "ENG-001"


# -- whatever else happens: state by event -----------------------------------------------------------------------------

EVENTS: dict[str, tuple[Callable[[], Command] | timedelta, str | None]] = {
    "accepted by who is asked": (lambda: accept("ENG-001"), "offer_accepted"),
    "declined by who is asked": (lambda: decline("ENG-001"), None),
    "answered by the next one": (lambda: accept("ENG-002"), None),
    "time": (LIMIT, None),
    "withdrawn": (withdraw, "offer_withdrawn"),
    "offered again": (offer, None),
    "somebody else assigned": (lambda: assign("ENG-003"), "offer_withdrawn"),
    "who is asked assigned": (lambda: assign("ENG-001"), "offer_withdrawn"),
    "skipped": (lambda: skip(DIAGNOSIS), "offer_withdrawn"),
    "cancelled": (
        lambda: Cancel(command_id=command_id(), actor=COORDINATOR, reason="Scrapped"),
        "offer_withdrawn",
    ),
    "held": (hold, None),
    "raised to what they have": (lambda: raised(SupportLevel.L2), None),
    "raised beyond": (lambda: raised(SupportLevel.L3), "offer_withdrawn"),
}
"""What may happen while an offer is open, and how the offer ends by it; None: it goes on, or the event is refused."""

STATES: dict[str, tuple[Callable[[], Command], ...]] = {
    "nothing offered": (),
    "the first is asked": (offer,),
    "the second is asked": (offer, lambda: decline("ENG-001")),
    "the last is asked": (lambda: offer("ENG-001"),),
    "accepted": (offer, lambda: accept("ENG-001")),
    "exhausted": (lambda: offer("ENG-001"), lambda: decline("ENG-001")),
    "withdrawn": (offer, withdraw),
    "on hold": (offer, hold),
}
"""How an offer may stand, by what has happened until then."""


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("state", STATES)
def test_whatever_happens_each_offer_ends_once_and_the_facts_give_it_back(state: str, event: str) -> None:
    field = Field()
    for before in STATES[state]:
        field.do(before())
    what, end = EVENTS[event]
    open_before = field.asked
    if isinstance(what, timedelta):
        field.wait(what)
    else:
        with suppress(RefusedError):
            field.do(what())
    made = {(one.stage.key, one.offer) for one in field.told if isinstance(one, StageOffered)}
    ended = [(one.stage.key, one.offer) for one in field.told if one.kind in ENDS]  # type: ignore[union-attr]
    still = {(v.key, v.offer.number) for v in field.engine.state.visits if v.offer is not None}
    assert sorted(ended) == sorted(set(ended))
    assert set(ended) | still == made
    assert not set(ended) & still
    assert len(still) <= 1
    if state == "the first is asked" and end is not None:
        assert field.kinds()[-1] == end
    if state == "the first is asked" and end is None:
        assert field.asked is not None
    if open_before is None and event not in {"offered again"}:
        assert field.asked is None
    field.comes_back()


@pytest.mark.parametrize("event", ["skipped", "cancelled", "somebody else assigned", "withdrawn", "raised beyond"])
def test_an_offer_that_is_withdrawn_says_why(event: str) -> None:
    field = Field()
    field.do(offer())
    make, _ = EVENTS[event]
    assert callable(make)
    field.do(make())
    [end] = [one for one in field.told if isinstance(one, OfferWithdrawn)]
    assert end.engineer == FIRST
    assert (
        end.cause.value
        == {
            "skipped": "stage_over",
            "cancelled": "ticket_over",
            "somebody else assigned": "assigned",
            "withdrawn": "withdrawn",
            "raised beyond": "level_raised",
        }[event]
    )
    assert field.engine.offers.next_end() is None


def test_an_offer_ends_with_its_visit_where_the_stage_is_visited_again() -> None:
    field = Field()
    field.do(assign("ENG-001"))
    for key in (DIAGNOSIS, "parts_identification", "parts_procurement"):
        field.do(complete(key))
    field.do(offer("ENG-002", stage=REPAIR))
    field.do(complete(REPAIR, outcome=StageOutcome.TEST_FAILED, actions={**GOOD_ANSWERS[REPAIR]}))
    assert field.kinds() == ["stage_offered", "offer_withdrawn"]
    field.comes_back()


def test_candidates_who_have_become_too_junior_are_passed_over() -> None:
    senior = engineer("ENG-008", SupportLevel.L3)
    field = Field(senior, FIRST, engineer("ENG-007", SupportLevel.L3))
    field.do(offer())
    field.do(raised(SupportLevel.L3))
    field.do(decline("ENG-008"))
    assert field.asked == "ENG-007"
    field.comes_back()


def test_an_offer_replaces_whoever_has_the_stage_only_when_it_is_accepted() -> None:
    field = Field()
    field.do(assign("ENG-001"))
    field.do(offer("ENG-002"))
    assert field.engine.graph.latest(DIAGNOSIS).engineer == FIRST
    field.do(accept("ENG-002"))
    assert field.engine.graph.latest(DIAGNOSIS).engineer == SECOND
    put = [one for one in field.told if isinstance(one, EngineerAssigned)][-1]
    assert [one.engineer for one in put.replaced] == [FIRST]
    field.comes_back()


def test_a_record_that_ends_between_two_candidates_goes_on_with_the_next() -> None:
    """A rescue may find no more than that nobody answered."""
    field = Field()
    field.do(offer())
    field.wait(LIMIT)
    cut = next(place for place, one in enumerate(field.told) if one.kind == "offer_expired") + 1
    state = recall(field.engine.ticket, T0, field.told[:cut]).state
    engine = TicketEngine(field.engine.ticket, state)
    later: datetime = field.now + 2 * HOUR
    due = engine.wake_at()
    assert due is not None and due <= field.now
    engine.advance(later)
    visit = engine.graph.latest(DIAGNOSIS)
    assert visit.offer is not None and visit.offer.asked == SECOND and visit.offer.until == later + LIMIT
