"""Every instant of a ticket belongs to one owner: golden cases, and a naive oracle that asks minute by minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.contracts.base import SYSTEM
from models.contracts.facts import (
    ArrivedOnSite,
    CommandRefused,
    ContractChanged,
    EngineerAssigned,
    Fact,
    StageEntry,
    StageFinish,
    StagesMoved,
    TicketEnded,
    TicketHeld,
    TicketReopened,
    TicketResumed,
    TravelStarted,
)
from models.contracts.templates import StageDefinition
from models.contracts.told import BaseFact, StageRef
from models.sla.calendar import Calendar
from models.sla.ledger import Ledger, ledger
from models.sla.owners import LEDGER_FACTS, Because, LedgerError, stage_owner
from models.vocabulary.people import SupportLevel
from models.vocabulary.sla import Party, TimeOwner
from models.vocabulary.stages import Performer, StageStatus, StageType
from models.vocabulary.tickets import TicketStatus
from tests.factories import engineer, manufacturer_stages, standard_stages, ticket_input
from tests.models.test_sla_calendar import calendar, calendars, is_open, starts, week

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")
ALWAYS = Calendar()
OFFICE = Calendar(
    code="office",
    always_open=False,
    zone="Europe/Berlin",
    hours=week(1, 2, 3, 4, 5, opens="09:00", closes="17:00"),
    holidays=(date(2026, 3, 10),),
    holiday_names=("Founder's Day",),
)
STAGES = standard_stages()


class Tale:
    """Facts of a ticket, told in their order."""

    def __init__(self, opened_at: datetime) -> None:
        self.opened_at = self.now = opened_at
        self.facts: list[Fact] = []

    def tell(self, kind: type[BaseFact], **fields: Any) -> None:
        given = {"sequence": len(self.facts) + 1, "at": self.now, "actor": SYSTEM, **fields}
        self.facts.append(kind.model_validate(given))  # type: ignore[arg-type]  # the subclasses are the union Fact

    def move(self, finished: tuple[str, ...] = (), entered: tuple[str, ...] = (), visit: int = 1) -> None:
        self.tell(
            StagesMoved,
            finished=[StageFinish(key=key, visit=visit, status=StageStatus.COMPLETED) for key in finished],
            entered=[StageEntry(key=key, visit=visit, support_level=SupportLevel.L1) for key in entered],
        )

    def assign(self, *keys: str, visit: int = 1) -> None:
        stages = [StageRef(key=key, visit=visit) for key in keys]
        self.tell(EngineerAssigned, engineer=engineer(), stages=stages)

    def hold(self, reason: str, until: datetime, party: Party | None = None) -> None:
        self.tell(TicketHeld, hold_reason=reason, resume_at=until, pauses_clocks=True, party=party)

    def ledger(
        self, at: datetime, hours: Calendar = ALWAYS, stages: tuple[StageDefinition, ...] = STAGES
    ) -> list[tuple[str, str, str]]:
        """Begin, owner and cause of each entry, on a wall clock in Berlin; that it adds up is checked."""
        found = ledger(self.facts, stages, hours, self.opened_at, at)
        check(found)
        return [(f"{one.start.astimezone(BERLIN):%m-%d %H:%M}", one.owner.value, one.cause) for one in found.entries]


def check(found: Ledger) -> None:
    """No gap, no overlap, nothing empty, no two neighbours that are one; the sum is the wall clock."""
    edges = [found.start, *(one.end for one in found.entries)]
    assert [one.start for one in found.entries] == edges[:-1]
    assert edges[-1] == found.end
    assert all(one.length > timedelta(0) for one in found.entries)
    told = [(one.owner, one.because, one.cause) for one in found.entries]
    assert all(before != after for before, after in pairwise(told))
    assert sum(found.totals.values(), timedelta(0)) == found.wall_clock == found.end - found.start


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=BERLIN)


@pytest.fixture
def tale() -> Tale:
    """Reported on a Friday at 16:00; nobody is assigned yet."""
    tale = Tale(berlin("03-06 16:00"))
    tale.move(entered=("remote_diagnosis",))
    return tale


# -- golden cases ----------------------------------------------------------------------------------------------------


def test_a_whole_ticket_worked_out_by_hand(tale: Tale) -> None:
    tale.now = berlin("03-06 16:20")
    tale.assign("remote_diagnosis", "parts_identification", "parts_procurement", "onsite_repair", "completion_sign_off")
    tale.now = berlin("03-09 10:00")  # the Monday after
    tale.move(("remote_diagnosis",), ("parts_identification",))
    tale.now = berlin("03-09 10:30")
    tale.move(("parts_identification",), ("parts_procurement",))
    tale.now = berlin("03-11 11:00")  # Tuesday was a holiday
    tale.move(("parts_procurement",), ("onsite_repair",))
    tale.tell(TravelStarted, stage=StageRef(key="onsite_repair", visit=1))
    tale.now = berlin("03-11 12:15")
    tale.tell(ArrivedOnSite, stage=StageRef(key="onsite_repair", visit=1))
    tale.hold("access_denied", berlin("03-12 10:00"), Party.HOSPITAL)
    tale.now = berlin("03-11 13:00")
    tale.tell(TicketResumed, hold_reason="access_denied")
    tale.now = berlin("03-11 15:00")
    tale.move(("onsite_repair",), ("completion_sign_off",))
    tale.now = berlin("03-11 15:10")
    tale.move(("completion_sign_off",))
    tale.tell(TicketEnded, status=TicketStatus.CLOSED)

    assert tale.ledger(berlin("04-01 00:00"), OFFICE) == [
        ("03-06 16:00", "triage", "remote_diagnosis"),
        ("03-06 16:20", "engineer", "remote_diagnosis"),
        ("03-06 17:00", "outside_hours", "closed hours"),
        ("03-09 09:00", "engineer", "remote_diagnosis"),
        ("03-09 10:00", "engineer", "parts_identification"),
        ("03-09 10:30", "parts", "parts_procurement"),
        ("03-09 17:00", "outside_hours", "closed hours"),
        ("03-10 09:00", "outside_hours", "Founder's Day"),
        ("03-10 17:00", "outside_hours", "closed hours"),
        ("03-11 09:00", "parts", "parts_procurement"),
        ("03-11 11:00", "transport", "onsite_repair"),
        ("03-11 12:15", "hospital", "access_denied"),
        ("03-11 13:00", "engineer", "onsite_repair"),
        ("03-11 15:00", "hospital", "completion_sign_off"),
    ]
    found = ledger(tale.facts, STAGES, OFFICE, tale.opened_at, berlin("04-01 00:00"))
    assert found.ended
    assert ledger(tale.facts, STAGES, OFFICE, tale.opened_at, tale.now) == found
    assert (found.end, found.wall_clock) == (tale.now, timedelta(days=4, hours=23, minutes=10))
    assert found.totals == {
        TimeOwner.TRIAGE: 20 * MINUTE,
        TimeOwner.ENGINEER: 40 * MINUTE + HOUR + 30 * MINUTE + 2 * HOUR,
        TimeOwner.HOSPITAL: 45 * MINUTE + 10 * MINUTE,
        TimeOwner.PARTS: 6 * HOUR + 30 * MINUTE + 2 * HOUR,
        TimeOwner.MANUFACTURER: timedelta(0),
        TimeOwner.TRANSPORT: HOUR + 15 * MINUTE,
        TimeOwner.OUTSIDE_HOURS: (64 + 40) * HOUR,
        TimeOwner.IN_USE: timedelta(0),
    }


def test_what_happened_later_is_left_out(tale: Tale) -> None:
    tale.now = berlin("03-06 16:20")
    tale.assign("remote_diagnosis")
    assert tale.ledger(berlin("03-06 16:10")) == [("03-06 16:00", "triage", "remote_diagnosis")]
    assert not ledger(tale.facts, STAGES, ALWAYS, tale.opened_at, berlin("03-06 16:10")).ended


def test_between_sign_off_and_reopening_the_unit_is_in_use_also_in_closed_hours(tale: Tale) -> None:
    tale.assign("remote_diagnosis")
    tale.hold("access_denied", berlin("03-20 12:00"), Party.HOSPITAL)
    tale.now = berlin("03-06 16:30")
    tale.move(("remote_diagnosis",))
    tale.tell(TicketEnded, status=TicketStatus.CLOSED)
    tale.now = berlin("03-06 16:40")
    tale.tell(CommandRefused, command="Hold")
    assert tale.ledger(berlin("03-07 12:00"), OFFICE) == [("03-06 16:00", "hospital", "access_denied")]
    tale.now = berlin("03-09 09:30")
    tale.tell(TicketReopened, reopened=1)
    tale.move(entered=("remote_diagnosis",), visit=2)
    assert tale.ledger(berlin("03-09 09:45"), OFFICE) == [
        ("03-06 16:00", "hospital", "access_denied"),
        ("03-06 16:30", "in_use", "in use"),
        ("03-09 09:30", "triage", "remote_diagnosis#2"),  # the hold had ended with the ticket
    ]
    assert tale.ledger(berlin("03-07 12:00"), OFFICE) == [("03-06 16:00", "hospital", "access_denied")]


def test_of_several_holds_the_one_that_began_first_decides(tale: Tale) -> None:
    tale.hold("waiting_for_parts", berlin("03-06 18:00"), Party.PARTS)
    tale.now = berlin("03-06 16:30")
    tale.hold("access_denied", berlin("03-06 20:00"), Party.HOSPITAL)
    tale.now = berlin("03-06 17:00")
    tale.hold("waiting_for_parts", berlin("03-06 19:00"), Party.PARTS)  # lasts longer, and began when it did
    assert tale.ledger(berlin("03-06 21:00")) == [
        ("03-06 16:00", "parts", "waiting_for_parts"),
        ("03-06 19:00", "hospital", "access_denied"),
        ("03-06 20:00", "triage", "remote_diagnosis"),
    ]


def test_a_hold_ends_at_its_resume_date_before_anybody_has_told(tale: Tale) -> None:
    tale.hold("access_denied", berlin("03-06 17:30"), Party.HOSPITAL)
    expected = [("03-06 16:00", "hospital", "access_denied"), ("03-06 17:30", "triage", "remote_diagnosis")]
    assert tale.ledger(berlin("03-06 18:00")) == expected
    tale.now = berlin("03-06 17:30")
    tale.tell(TicketResumed, hold_reason="access_denied")
    assert tale.ledger(berlin("03-06 18:00")) == expected


@pytest.mark.parametrize(
    ("reason", "owner"),
    [("waiting_for_parts", "parts"), ("waiting_for_customer", "hospital"), ("weather", "triage")],
)
def test_an_older_hold_without_a_party_goes_by_its_reason(tale: Tale, reason: str, owner: str) -> None:
    tale.hold(reason, berlin("03-09 12:00"))
    assert tale.ledger(berlin("03-06 17:00")) == [("03-06 16:00", owner, reason)]


def test_a_hold_is_whose_its_fact_says_whatever_the_program_would(tale: Tale) -> None:
    tale.hold("waiting_for_parts", berlin("03-09 12:00"), Party.MANUFACTURER)
    assert tale.ledger(berlin("03-06 17:00")) == [("03-06 16:00", "manufacturer", "waiting_for_parts")]


def test_a_journey_ends_with_its_stage_and_gives_way_to_a_hold(tale: Tale) -> None:
    tale.assign("onsite_repair")
    tale.tell(TravelStarted, stage=StageRef(key="onsite_repair", visit=1))  # not in progress yet
    tale.now = berlin("03-06 16:10")
    tale.move(("remote_diagnosis",), ("onsite_repair",))
    tale.now = berlin("03-06 16:30")
    tale.hold("access_denied", berlin("03-06 16:50"), Party.HOSPITAL)
    tale.now = berlin("03-06 17:10")
    tale.move(("onsite_repair",), ("completion_sign_off",))
    assert tale.ledger(berlin("03-06 18:00")) == [
        ("03-06 16:00", "triage", "remote_diagnosis"),
        ("03-06 16:10", "transport", "onsite_repair"),
        ("03-06 16:30", "hospital", "access_denied"),
        ("03-06 16:50", "transport", "onsite_repair"),
        ("03-06 17:10", "triage", "completion_sign_off"),
    ]


def test_no_journey_outlives_its_visit_or_the_ticket(tale: Tale) -> None:
    for ends in ("visit", "ticket"):
        story = Tale(tale.opened_at)
        story.tell(TravelStarted, stage=StageRef(key="onsite_repair", visit=1))
        if ends == "visit":
            story.move(finished=("onsite_repair",))
        else:
            story.tell(TicketEnded, status=TicketStatus.CLOSED)
            story.tell(TicketReopened, reopened=1)
        story.move(entered=("onsite_repair",))
        assert story.ledger(berlin("03-06 17:00")) == [("03-06 16:00", "triage", "onsite_repair")]


def test_of_stages_side_by_side_the_first_of_the_template_decides(tale: Tale) -> None:
    tale.assign("remote_diagnosis", "parts_procurement")
    tale.now = berlin("03-06 16:10")
    tale.move((), ("parts_procurement",))
    tale.now = berlin("03-06 16:30")
    tale.move(("remote_diagnosis",))
    tale.now = berlin("03-06 16:45")
    tale.move(("parts_procurement",))
    assert tale.ledger(berlin("03-06 17:00")) == [
        ("03-06 16:00", "engineer", "remote_diagnosis"),
        ("03-06 16:30", "parts", "parts_procurement"),
        ("03-06 16:45", "triage", "no stage"),
    ]


def test_each_moment_goes_by_the_calendar_that_was_in_force_then(tale: Tale) -> None:
    service = ticket_input().service
    tale.now = berlin("03-07 12:00")  # Saturday: from here on around the clock
    tale.tell(ContractChanged, service=service, calendar=ALWAYS)
    assert tale.ledger(berlin("03-08 00:00"), OFFICE) == [
        ("03-06 16:00", "triage", "remote_diagnosis"),
        ("03-06 17:00", "outside_hours", "closed hours"),
        ("03-07 12:00", "triage", "remote_diagnosis"),
    ]
    tale.now = berlin("03-07 18:00")
    tale.tell(ContractChanged, service=service, calendar=OFFICE)
    assert tale.ledger(berlin("03-09 09:00"), OFFICE)[-1] == ("03-07 18:00", "outside_hours", "closed hours")


def test_the_night_of_the_fold_is_an_hour_longer() -> None:
    tale = Tale(berlin("10-24 12:00"))
    tale.move(entered=("remote_diagnosis",))
    nights = calendar(*week(6, opens="22:00", closes="06:00"), zone="Europe/Berlin")
    found = ledger(tale.facts, STAGES, nights, tale.opened_at, berlin("10-25 12:00"))
    check(found)
    assert found.wall_clock == 25 * HOUR
    assert (found.totals[TimeOwner.TRIAGE], found.totals[TimeOwner.OUTSIDE_HOURS]) == (9 * HOUR, 16 * HOUR)


def test_a_holiday_without_a_name_is_a_holiday(tale: Tale) -> None:
    nameless = OFFICE.model_copy(update={"holiday_names": ()})
    holiday = ("03-10 09:00", "outside_hours", "holiday")
    assert holiday in tale.ledger(berlin("03-11 12:00"), nameless)


def test_a_moment_before_the_report_is_refused_and_at_the_report_there_is_nothing(tale: Tale) -> None:
    with pytest.raises(LedgerError, match=r"reported at 2026-03-06T15:00:00\+00:00"):
        tale.ledger(tale.opened_at - timedelta(microseconds=1))
    assert tale.ledger(tale.opened_at) == []


def test_a_century_after_the_report_is_a_mistake_unless_the_ticket_was_over_before(tale: Tale) -> None:
    far = tale.opened_at.replace(year=9999)
    with pytest.raises(LedgerError, match="more than 100 years after the report"):
        tale.ledger(far, OFFICE)
    tale.tell(TicketEnded, status=TicketStatus.CANCELLED)
    assert tale.ledger(far, OFFICE) == []


def test_a_stage_that_the_template_does_not_have_is_named(tale: Tale) -> None:
    tale.move(entered=("polishing",))
    with pytest.raises(LedgerError, match="polishing"):
        tale.ledger(berlin("03-09 12:00"))


def test_parties_of_stages() -> None:
    standard = [stage_owner(one, assigned=True).value for one in STAGES]
    assert standard == ["engineer", "engineer", "parts", "engineer", "hospital"]
    assert {stage_owner(one, assigned=False) for one in STAGES} == {TimeOwner.TRIAGE}
    by_the_maker = [stage_owner(one, assigned=False).value for one in manufacturer_stages()]
    assert by_the_maker == ["triage", "manufacturer", "manufacturer", "triage"]
    said = STAGES[0].model_copy(update={"party": Party.HOSPITAL})
    assert stage_owner(said, assigned=False) is TimeOwner.HOSPITAL
    procured = STAGES[2].model_copy(update={"performer": Performer.COORDINATOR})
    assert procured.stage_type is StageType.PROCUREMENT
    assert stage_owner(procured, assigned=False) is TimeOwner.PARTS


def test_every_party_is_an_owner() -> None:
    assert [one.value for one in TimeOwner] == [*(one.value for one in Party), "outside_hours", "in_use"]


def test_why_tells_an_unassigned_stage_from_one_whose_party_the_template_says(tale: Tale) -> None:
    at = berlin("03-06 17:00")
    [waiting] = ledger(tale.facts, STAGES, ALWAYS, tale.opened_at, at).entries
    said = (STAGES[0].model_copy(update={"party": Party.HOSPITAL}), *STAGES[1:])
    [theirs] = ledger(tale.facts, said, ALWAYS, tale.opened_at, at).entries
    assert (waiting.because, theirs.because) == (Because.UNASSIGNED, Because.STAGE)


# -- against an oracle -----------------------------------------------------------------------------------------------


REASONS = ("access_denied", "waiting_for_parts", "other")
PARTIES = {"access_denied": "hospital", "waiting_for_parts": "parts", "other": "triage"}
MIXED = (
    STAGES[0],
    STAGES[1].model_copy(update={"party": Party.HOSPITAL}),
    STAGES[2],
    manufacturer_stages()[1].model_copy(update={"position": 9}),
)
OTHER_HOURS = (ALWAYS, OFFICE, calendar(*week(6, 7, opens="20:00", closes="04:00"), zone="America/New_York"))

Step = tuple[str, timedelta, int]
USUAL = ("enter", "assign", "travel", "reopen")
KINDS = (*USUAL, "finish", "hold", "resume", "arrive", "contract", "end", "refuse")


class Teller:
    """Tells a ticket's facts, as wild as the steps are."""

    def __init__(self, opened_at: datetime) -> None:
        self.tale = Tale(opened_at)
        self._visits: dict[int, int] = {}
        self._active: list[int] = []

    def tell(self, kind: str, choice: int) -> None:
        tale, reason = self.tale, REASONS[choice % len(REASONS)]
        match kind:
            case "hold":
                party = None if choice % 2 else Party(PARTIES[reason])
                tale.hold(reason, tale.now + timedelta(hours=7 * choice + 1), party)
            case "resume":
                tale.tell(TicketResumed, hold_reason=reason)
            case "contract":
                tale.tell(ContractChanged, service=ticket_input().service, calendar=OTHER_HOURS[choice % 3])
            case "end":
                tale.tell(TicketEnded, status=TicketStatus.CLOSED)
            case "reopen":
                tale.tell(TicketReopened, reopened=1)
            case "refuse":
                tale.tell(CommandRefused, command="Hold")
            case _:
                self._of_stage(kind, choice)

    def _of_stage(self, kind: str, choice: int) -> None:
        """Mostly it is one that is in progress."""
        place = self._active[choice % len(self._active)] if self._active and kind != "enter" else choice
        if kind == "enter":
            self._visits[place] = self._visits.get(place, 0) + 1
            self._active.append(place)
        key, visit = MIXED[place].key, self._visits.get(place, 1)
        reference = StageRef(key=key, visit=visit)
        match kind:
            case "enter":
                self.tale.move(entered=(key,), visit=visit)
            case "finish":
                self._active = [one for one in self._active if one != place]
                self.tale.move(finished=(key,), visit=visit)
            case "assign":
                self.tale.assign(key, visit=visit)
            case "travel":
                self.tale.tell(TravelStarted, stage=reference)
            case "arrive":
                self.tale.tell(ArrivedOnSite, stage=reference)


def told(opened_at: datetime, steps: list[Step]) -> Tale:
    teller = Teller(opened_at)
    for kind, gap, choice in steps:
        teller.tale.now += gap
        teller.tell(kind, choice)
    return teller.tale


@dataclass
class Lasting:
    """Something that lasts from one instant until, but not at, another."""

    what: Any
    since: datetime
    until: datetime

    def __contains__(self, instant: datetime) -> bool:
        return self.since <= instant < self.until


class Oracle:
    """The same story as things that last, each found by itself; whose time it is, is then asked for one instant."""

    def __init__(self, tale: Tale, first: Calendar, until: datetime) -> None:
        self.in_use: list[Lasting] = []
        self.heard: list[Fact] = []
        self.ended_at: datetime | None = None
        for fact in (one for one in tale.facts if one.at <= until):
            if self.ended_at is None:
                self.heard.append(fact)
                self.ended_at = fact.at if isinstance(fact, TicketEnded) else None
            elif isinstance(fact, TicketReopened):
                self.in_use.append(Lasting("in use", self.ended_at, fact.at))
                self.ended_at = None
        self.end = self.ended_at or until
        self.holds = [one for reason in REASONS for one in self._holds(reason)]
        self.visits, self.journeys = list(self._visits()), list(self._journeys())
        self.calendars = [(tale.opened_at, first)]
        self.calendars += [(fact.at, fact.calendar) for fact in self.heard if isinstance(fact, ContractChanged)]

    def owner(self, instant: datetime) -> str:
        if any(instant in one for one in self.in_use):
            return "in_use"
        hours = [one for since, one in self.calendars if since <= instant][-1]
        if not (hours.always_open or is_open(hours, instant)):
            return "outside_hours"
        if holds := [one for one in self.holds if instant in one]:
            return PARTIES[min(holds, key=lambda one: (one.since, self._told(one))).what]
        active = [one for one in self.visits if instant in one]
        if any(instant in journey and journey.what == one.what for journey in self.journeys for one in active):
            return "transport"
        if not active:
            return "triage"
        key, visit = min(
            (one.what for one in active), key=lambda what: ([one.key for one in MIXED].index(what[0]), what)
        )
        assigned = any(
            isinstance(fact, EngineerAssigned) and fact.at <= instant and StageRef(key=key, visit=visit) in fact.stages
            for fact in self.heard
        )
        unassigned = {
            "remote_diagnosis": "triage",
            "parts_identification": "hospital",  # as the template says
            "parts_procurement": "triage",
            "manufacturer_response": "manufacturer",
        }
        return (
            {"remote_diagnosis": "engineer", "parts_procurement": "parts"}.get(key, unassigned[key])
            if assigned
            else unassigned[key]
        )

    def _told(self, hold: Lasting) -> int:
        """Which of the facts of one instant came first."""
        return next(
            fact.sequence
            for fact in self.heard
            if isinstance(fact, TicketHeld) and (fact.hold_reason, fact.at) == (hold.what, hold.since)
        )

    def _holds(self, reason: str) -> list[Lasting]:
        found: list[Lasting] = []
        for fact in self.heard:
            lasts = bool(found) and fact.at in found[-1]
            if isinstance(fact, TicketHeld) and fact.hold_reason == reason:
                if lasts:
                    found[-1].until = fact.resume_at
                else:
                    found.append(Lasting(reason, fact.at, fact.resume_at))
            elif lasts and (isinstance(fact, TicketEnded) or self._resumes(fact, reason)):
                found[-1].until = fact.at
        return found

    @staticmethod
    def _resumes(fact: Fact, reason: str) -> bool:
        return isinstance(fact, TicketResumed) and fact.hold_reason == reason

    def _visits(self) -> list[Lasting]:
        return [
            Lasting((entry.key, entry.visit), fact.at, self._over(fact, (entry.key, entry.visit)))
            for fact in self.heard
            if isinstance(fact, StagesMoved)
            for entry in fact.entered
        ]

    def _journeys(self) -> list[Lasting]:
        return [
            Lasting(visit, fact.at, min(self._over(fact, visit), self._arrival(fact, visit)))
            for fact in self.heard
            if isinstance(fact, TravelStarted)
            for visit in [(fact.stage.key, fact.stage.visit)]
        ]

    def _over(self, beginning: Fact, visit: tuple[str, int]) -> datetime:
        """When a visit was finished, or the ticket was over."""
        later = [fact for fact in self.heard if fact.sequence > beginning.sequence]
        ends = [fact.at for fact in later if isinstance(fact, TicketEnded)]
        for fact in later:
            if isinstance(fact, StagesMoved):
                ends += [fact.at for one in fact.finished if (one.key, one.visit) == visit]
        return min(ends, default=self.end)

    def _arrival(self, beginning: Fact, visit: tuple[str, int]) -> datetime:
        later = [one for one in self.heard if isinstance(one, ArrivedOnSite) and one.sequence > beginning.sequence]
        return min((one.at for one in later if (one.stage.key, one.stage.visit) == visit), default=self.end)


def steps(unit: timedelta) -> st.SearchStrategy[list[Step]]:
    """What happens, how long after what came before it, and to which stage or for which reason."""
    kinds = st.sampled_from((*KINDS, *USUAL, *USUAL))
    gaps = st.sampled_from([number * unit for number in (0, 1, 17, 60, 240, 600)])
    return st.lists(st.tuples(kinds, gaps, st.integers(0, 3)), min_size=6, max_size=24)


hours = st.one_of(st.just(ALWAYS), st.sampled_from(OTHER_HOURS), calendars)
lives = st.one_of(st.integers(0, 2000), st.integers(2000, 4000))


@settings(max_examples=60, deadline=None)
@given(hours, starts, steps(MINUTE), lives)
def test_minute_by_minute_the_owner_is_who_a_person_would_say(
    first: Calendar, start: datetime, happened: list[Step], minutes: int
) -> None:
    tale, at = told(start, happened), start + minutes * MINUTE
    found = ledger(tale.facts, MIXED, first, start, at)
    check(found)
    oracle = Oracle(tale, first, at)
    assert (found.end, found.ended) == (oracle.end, oracle.ended_at is not None)
    minutely = {
        entry.start + number * MINUTE: entry.owner.value
        for entry in found.entries
        for number in range(round(entry.length / MINUTE))
    }
    assert len(minutely) == round((oracle.end - start) / MINUTE)
    assert [one for one, owner in minutely.items() if owner != oracle.owner(one)] == []


@settings(max_examples=60, deadline=None)
@given(hours, starts, steps(timedelta(seconds=61, microseconds=333_333)), st.integers(0, 3 * 10**11))
def test_to_the_microsecond_nothing_is_lost_and_cutting_an_account_changes_nothing(
    first: Calendar, start: datetime, happened: list[Step], microseconds: int
) -> None:
    tale, at = told(start, happened), start + timedelta(microseconds=microseconds)
    later = at + timedelta(days=3, microseconds=1)
    found, longer = (ledger(tale.facts, MIXED, first, start, one) for one in (at, later))
    check(found)
    check(longer)
    assert ledger(reversed(tale.facts), MIXED, first, start, at) == found
    before = [
        one.model_copy(update={"end": min(one.end, found.end)}) for one in longer.entries if one.start < found.end
    ]
    assert before == list(found.entries)


def test_facts_of_other_kinds_change_nothing(tale: Tale) -> None:
    before = tale.ledger(berlin("03-09 12:00"), OFFICE)
    tale.tell(CommandRefused, command="Hold")
    assert "command_refused" not in LEDGER_FACTS
    assert tale.ledger(berlin("03-09 12:00"), OFFICE) == before
