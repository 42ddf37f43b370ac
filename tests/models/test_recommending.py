"""Who is right for a stage: scores worked out by hand, and what must hold of any."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.contracts.recommendation import (
    AbsenceFacts,
    CandidateFacts,
    EngineerCase,
    EngineerChoice,
    EngineerRecommendation,
    ExpertiseFacts,
    RecommendationError,
    ScoreWeights,
    StageFacts,
    TrackFacts,
    UnitFacts,
    check_recommendation,
)
from models.recommending.assigning import warnings_for
from models.recommending.ranking import Candidate, ranked
from models.recommending.scores import (
    availability_score,
    expertise_score,
    location_score,
    overall_score,
    performance_score,
    workload_score,
)
from models.travel import Place, TravelModel, great_circle_km
from models.vocabulary.assigning import AssignmentConcern, Gravity
from models.vocabulary.people import Capability, SupportLevel
from models.vocabulary.stages import StageStatus, StageType

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAYS: dict[str, Any] = {
    "code": "days", "version": 1, "always_open": False, "zone": "UTC", "holiday_country": None, "holiday_region": None,
    "hours": [{"weekday": day, "opens": "08:00:00", "closes": "16:00:00"} for day in range(1, 6)],
    "holidays": [{"day": "2026-03-03", "name": "Founders' Day", "opens": None, "closes": None}],
    "exceptional_openings": [],
}  # fmt: skip
REPAIR = StageFacts(
    key="onsite_repair",
    name="Onsite Repair",
    stage_type=StageType.REPAIR,
    status=StageStatus.IN_PROGRESS,
    support_level=SupportLevel.L2,
    on_site=True,
    due_at=MONDAY + 6 * HOUR,
)
REMOTE = REPAIR.model_copy(
    update={"key": "remote_diagnosis", "name": "Remote Diagnosis", "stage_type": StageType.DIAGNOSIS, "on_site": False}
)
SKILLED = ExpertiseFacts(
    support_level=SupportLevel.L2, capabilities=(Capability.DIAGNOSE, Capability.REPAIR), years=5, make_specific=False
)
SLOW = TravelModel(road_factor=1.0, speed_by_hour=(60.0,) * 24, minutes_at_each_end=0.0)
"""A kilometre as the crow flies is a minute."""


def engineer(code: str = "ENG-001", **fields: Any) -> CandidateFacts:
    usual: dict[str, Any] = {
        "engineer_id": UUID(int=1),
        "code": code,
        "name": f"Name of {code}",
        "support_level": SupportLevel.L2,
        "latitude": 0.0,
        "longitude": 0.0,
        "calendar": "days",
        "expertise": SKILLED,
        "capacity": 20,
    }
    return CandidateFacts(**{**usual, **fields})


def case(*candidates: CandidateFacts, **fields: Any) -> EngineerCase:
    usual: dict[str, Any] = {
        "number": "FC-2026-000001",
        "at": MONDAY,
        "due_at": MONDAY + 48 * HOUR,
        "unit": UnitFacts(equipment_type="Ventilator", manufacturer="Hamilton", latitude=0.0, longitude=0.0),
        "stages": (REPAIR, REMOTE),
        "calendars": {"days": DAYS},
        "candidates": candidates or (engineer(),),
    }
    return EngineerCase(**{**usual, **fields})


def only(found: EngineerCase, stage: StageFacts = REPAIR) -> Candidate:
    ranking = ranked(found, stage, SLOW)
    [one] = (*ranking.suitable, *ranking.others)
    return one


def kinds(found: EngineerCase, stage: str | None = "onsite_repair") -> dict[AssignmentConcern, Gravity]:
    return {one.kind: one.gravity for one in warnings_for(found, stage, SLOW)}


# -- worked out by hand ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "certified", "score"),
    [
        ({"support_level": "L2", "years": 5, "capabilities": ["repair"]}, True, 40 + 12.5 + 8 + 10 + 10),
        # The level, all the years that count, the make.
        ({"support_level": "L2", "years": 20, "make_specific": True, "capabilities": ["repair"]}, True, 100),
        # One above costs 12, one below 25.
        ({"support_level": "L3", "years": 10, "capabilities": ["repair"]}, True, 28 + 25 + 8 + 10 + 10),
        ({"support_level": "L1", "years": 10, "capabilities": ["repair"]}, True, 15 + 25 + 8 + 10 + 10),
        ({"support_level": "L2"}, False, 40 + 0 + 8 + 0 + 0),
    ],
)
def test_expertise(known: dict[str, Any], certified: bool, score: float) -> None:
    facts = ExpertiseFacts.model_validate(known)
    found = expertise_score(facts, StageType.REPAIR, SupportLevel.L2, is_certified=certified)
    assert found == pytest.approx(score)


def test_testing_asks_for_two_things_and_procurement_for_none() -> None:
    half = expertise_score(SKILLED, StageType.TESTING, SupportLevel.L2, is_certified=True)
    whole = expertise_score(SKILLED, StageType.PROCUREMENT, SupportLevel.L2, is_certified=True)
    assert whole - half == pytest.approx(5)


@pytest.mark.parametrize(
    ("hours", "leaves", "score"), [(0, False, 100), (8, False, 50), (16, False, 25), (0, True, 75)]
)
def test_availability(hours: float, leaves: bool, score: float) -> None:
    assert availability_score(MONDAY, MONDAY + hours * HOUR, leaves=leaves) == pytest.approx(score)
    assert availability_score(MONDAY, None) == 0


@pytest.mark.parametrize(("minutes", "score"), [(0, 100), (60, 50), (120, 25), (30, 70.71)])
def test_location(minutes: float, score: float) -> None:
    assert location_score(minutes) == pytest.approx(score, abs=0.01)


def test_performance_is_shrunk_to_the_mean_where_there_is_little() -> None:
    everybody = TrackFacts(
        jobs=100, fixed_first=60, timed=100, on_time=80, tickets=100, reopened=10, ratings=10, rating_sum=80
    )
    mean = 100 * (0.4 * 0.6 + 0.3 * 0.8 + 0.2 * 0.9 + 0.1 * 0.8)
    assert performance_score(TrackFacts(), everybody) == pytest.approx(mean)
    # Two of two: (2 + 5 × 0.6) / 7 = 0.714…, not 1.
    two = performance_score(TrackFacts(jobs=2, fixed_first=2), everybody)
    assert two == pytest.approx(mean + 40 * (5 / 7 - 0.6))
    assert performance_score(TrackFacts(), TrackFacts()) == pytest.approx(50)


@pytest.mark.parametrize(("load", "visits", "score"), [(0, 0, 100), (10, 0, 65), (20, 0, 30), (20, 3, 15), (30, 3, 15)])
def test_workload(load: int, visits: int, score: float) -> None:
    assert workload_score(load, 20, visits) == pytest.approx(score)


def test_the_whole_is_the_weighted_mean_of_what_counts() -> None:
    found = only(case(engineer(latitude=0.0, longitude=0.539593, load=10)))  # 60 km along the equator: an hour
    assert great_circle_km(Place(0, 0), Place(0, 0.539593)) == pytest.approx(60, abs=0.01)
    scores = found.scores
    assert (scores.expertise, scores.availability, scores.performance, scores.workload) == (80.5, 100, 50, 65)
    assert scores.location is not None
    assert scores.location == pytest.approx(50, abs=0.1)
    overall = (30 * 80.5 + 25 * 100 + 15 * scores.location + 20 * 50 + 10 * 65) / 100
    assert scores.overall == pytest.approx(overall, abs=0.051)


def test_remote_work_leaves_the_location_out_and_says_so() -> None:
    found = only(case(engineer(latitude=None, longitude=None)), REMOTE)
    assert found.scores.location is None
    parts = {"expertise": 80.5, "availability": 100, "performance": 50, "workload": 100}
    assert found.scores.overall == pytest.approx(overall_score(ScoreWeights(), parts), abs=0.051)
    assert "the work is remote: where they live does not count" in found.scored.strengths
    assert "location does not count (remote)" in found.scored.reasoning


def test_weights_of_a_stage_count_and_without_any_it_is_the_plain_mean() -> None:
    location = REPAIR.model_copy(
        update={"weights": ScoreWeights(expertise=0, availability=0, location=1, performance=0, workload=0)}
    )
    assert only(case(), location).scores.overall == 100
    nothing = ScoreWeights(expertise=0, availability=0, location=0, performance=0, workload=0)
    assert overall_score(nothing, {"expertise": 10.0, "workload": 30.0}) == 20


# -- when they can work ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "free"),
    [
        (MONDAY, MONDAY),
        (MONDAY.replace(hour=7), MONDAY.replace(hour=8)),
        # After the shift of Monday comes a holiday, so it is Wednesday.
        (MONDAY.replace(hour=16), datetime(2026, 3, 4, 8, tzinfo=UTC)),
    ],
)
def test_free_is_within_the_shift_and_not_on_a_holiday(at: datetime, free: datetime) -> None:
    assert only(case(at=at)).seen.free_from == free


def test_public_holidays_of_the_calendar_count() -> None:
    new_year = datetime(2027, 1, 1, 10, tzinfo=UTC)  # a Friday
    calendar = {**DAYS, "holidays": [], "holiday_country": "DE"}
    found = case(
        at=new_year, due_at=None, stages=(REPAIR.model_copy(update={"due_at": None}),), calendars={"days": calendar}
    )
    assert only(found, found.stages[0]).seen.free_from == datetime(2027, 1, 4, 8, tzinfo=UTC)
    [holiday] = warnings_for(found, "onsite_repair", SLOW)
    assert holiday.kind is AssignmentConcern.HOLIDAY
    assert holiday.values["holiday"] == "New Year's Day"


def test_absences_that_follow_each_other_are_one() -> None:
    away = (
        AbsenceFacts(starts_at=MONDAY - HOUR, ends_at=MONDAY + HOUR),
        AbsenceFacts(starts_at=MONDAY + HOUR, ends_at=MONDAY + 3 * HOUR),
    )
    found = only(case(engineer(absences=away)))
    assert found.seen.free_from == MONDAY + 3 * HOUR
    assert [one.values["back"] for one in found.concerns] == ["2026-03-02 13:00+00:00"]


def test_somebody_who_is_away_without_an_end_is_never_free() -> None:
    found = only(case(engineer(absences=(AbsenceFacts(starts_at=MONDAY - HOUR),))))
    assert found.scores.availability == 0
    assert found.seen.free_from is None


# -- what speaks against them ------------------------------------------------------------------------------------------


def test_nothing_speaks_against_who_is_right() -> None:
    assert kinds(case()) == {}


@pytest.mark.parametrize(
    ("fields", "kind", "gravity"),
    [
        ({"expertise": None}, "no_expertise", "serious"),
        ({"expertise": None, "other_makes": True}, "other_makes", "serious"),
        ({"expertise": SKILLED.model_copy(update={"support_level": SupportLevel.L1})}, "level_below_stage", "serious"),
        ({"absences": (AbsenceFacts(starts_at=MONDAY, ends_at=MONDAY + HOUR),)}, "away", "serious"),
        ({"absences": (AbsenceFacts(starts_at=MONDAY, ends_at=MONDAY + 6 * HOUR),)}, "away_throughout", "impossible"),
        ({"absences": (AbsenceFacts(starts_at=MONDAY + HOUR, ends_at=MONDAY + 9 * HOUR),)}, "away_soon", "warning"),
        ({"load": 20}, "at_capacity", "warning"),
        ({"latitude": 3.0}, "far", "warning"),
        ({"latitude": None}, "way_unknown", "warning"),
        ({"calendar": "gone"}, "no_calendar", "warning"),
    ],
)
def test_each_concern(fields: dict[str, Any], kind: str, gravity: str) -> None:
    assert kinds(case(engineer(**fields))) == {AssignmentConcern(kind): Gravity(gravity)}


def test_out_of_hours_and_holidays_are_told_apart() -> None:
    assert set(kinds(case(at=MONDAY.replace(hour=7)))) == {AssignmentConcern.OUTSIDE_SHIFT}
    assert set(kinds(case(at=datetime(2026, 3, 3, 10, tzinfo=UTC)))) == {AssignmentConcern.HOLIDAY}


def test_a_diagnosis_that_asks_for_more_is_a_warning() -> None:
    found = warnings_for(case(diagnosis_level=SupportLevel.L3), "onsite_repair", SLOW)
    assert [one.kind for one in found] == [AssignmentConcern.LEVEL_BELOW_DIAGNOSIS]


@pytest.mark.parametrize(
    ("spans", "kind"),
    [
        ((), "certificate_missing"),
        (((date(2026, 3, 3), None),), "certificate_missing"),
        (((date(2025, 1, 1), date(2026, 3, 1)),), "certificate_missing"),
        (((date(2025, 1, 1), date(2026, 3, 2)),), "certificate_expires"),
        (((date(2025, 1, 1), date(2026, 3, 4)),), None),
        (((date(2025, 1, 1), date(2026, 3, 2)), (date(2026, 3, 3), None)), None),
    ],
)
def test_a_certificate_has_to_last_until_the_work_is_due(
    spans: tuple[tuple[date, date | None], ...], kind: str | None
) -> None:
    known = SKILLED.model_copy(update={"certification": "Ventilator Service", "certified": spans})
    stage = REPAIR.model_copy(update={"due_at": MONDAY + 48 * HOUR})
    found = kinds(case(engineer(expertise=known), stages=(stage,)))
    assert set(found) == ({AssignmentConcern(kind)} if kind else set())


def test_parts_that_are_on_their_way_put_the_visit_off_and_not_the_remote_work() -> None:
    found = case(engineer(), parts_at=MONDAY + 30 * HOUR)
    assert found.expected_at(REPAIR) == MONDAY + 30 * HOUR
    assert found.expected_at(REMOTE) == MONDAY


def test_who_is_put_on_all_stages_is_warned_of_for_those_that_their_level_covers() -> None:
    junior = engineer(support_level=SupportLevel.L1, expertise=None)
    assert warnings_for(case(junior), None, SLOW) == ()
    easy = REMOTE.model_copy(update={"support_level": SupportLevel.L1})
    assert [one.kind for one in warnings_for(case(junior, stages=(REPAIR, easy)), None, SLOW)] == ["no_expertise"]


def test_whom_something_grave_speaks_against_or_who_is_days_away_is_not_recommended() -> None:
    far = engineer("ENG-003", latitude=10.0)
    ranking = ranked(case(engineer(), engineer("ENG-002", expertise=None), far), REPAIR, SLOW)
    assert [one.code for one in ranking.suitable] == ["ENG-001"]
    assert {one.code for one in ranking.others} == {"ENG-002", "ENG-003"}
    assert sorted(ranking.passed_over()) == ["1 too far away", "1 without expertise for this equipment"]


# -- what must hold of any ---------------------------------------------------------------------------------------------

counts = st.integers(0, 40)


@st.composite
def tracks(draw: st.DrawFn) -> TrackFacts:
    jobs, timed, tickets, ratings = (draw(counts) for _ in range(4))
    return TrackFacts(
        jobs=jobs, fixed_first=draw(st.integers(0, jobs)), timed=timed, on_time=draw(st.integers(0, timed)),
        tickets=tickets, reopened=draw(st.integers(0, tickets)), ratings=ratings,
        rating_sum=draw(st.integers(0, 10 * ratings)),
    )  # fmt: skip


@st.composite
def engineers(draw: st.DrawFn, code: str = "ENG-001") -> CandidateFacts:
    known = st.builds(
        ExpertiseFacts,
        support_level=st.sampled_from(SupportLevel),
        capabilities=st.lists(st.sampled_from(Capability), max_size=5, unique=True).map(tuple),
        years=st.floats(0, 60),
        make_specific=st.booleans(),
    )
    absence = st.builds(
        AbsenceFacts,
        starts_at=st.integers(-50, 50).map(lambda hours: MONDAY + hours * HOUR),
        ends_at=st.one_of(st.none(), st.integers(51, 99).map(lambda hours: MONDAY + hours * HOUR)),
    )
    return engineer(
        code,
        support_level=draw(st.sampled_from(SupportLevel)),
        expertise=draw(st.one_of(st.none(), known)),
        latitude=draw(st.one_of(st.none(), st.floats(-90, 90))),
        absences=draw(st.lists(absence, max_size=3).map(tuple)),
        calendar=draw(st.sampled_from(["days", "gone", None])),
        load=draw(counts),
        open_visits=draw(counts),
        track=draw(tracks()),
    )


@settings(max_examples=40, deadline=None)
@given(engineers(), tracks(), st.sampled_from([REPAIR, REMOTE]))
def test_every_score_lies_between_0_and_100(one: CandidateFacts, everybody: TrackFacts, stage: StageFacts) -> None:
    ranking = ranked(case(one, all_like=everybody), stage)
    for found in (*ranking.suitable, *ranking.others):
        scores = found.scores
        for score in (scores.overall, scores.expertise, scores.availability, scores.performance, scores.workload):
            assert 0 <= score <= 100
        assert (scores.location is None) == (not stage.on_site)
        assert found.scored.reasoning


@settings(max_examples=40, deadline=None)
@given(engineers(), st.floats(0, 60))
def test_more_experience_never_lowers(one: CandidateFacts, more: float) -> None:
    if one.expertise is None:
        return
    senior = one.expertise.model_copy(update={"years": one.expertise.years + more})
    younger, older = (only_score(one), only_score(one.model_copy(update={"expertise": senior})))
    assert older >= younger


@settings(max_examples=40, deadline=None)
@given(tracks(), tracks())
def test_one_more_job_that_was_fixed_first_never_lowers(own: TrackFacts, everybody: TrackFacts) -> None:
    better = own.model_copy(update={"jobs": own.jobs + 1, "fixed_first": own.fixed_first + 1})
    assert performance_score(better, everybody) >= performance_score(own, everybody) - 1e-9


@settings(max_examples=40, deadline=None)
@given(counts, counts, st.integers(1, 40))
def test_more_work_never_raises(load: int, visits: int, capacity: int) -> None:
    now = workload_score(load, capacity, visits)
    assert workload_score(load + 1, capacity, visits) <= now
    assert workload_score(load, capacity, visits + 1) <= now


@settings(max_examples=40, deadline=None)
@given(st.lists(engineers(), min_size=1, max_size=8), st.randoms())
def test_the_order_does_not_hang_on_the_order_in_which_they_came(found: list[CandidateFacts], lots: Any) -> None:
    named = [one.model_copy(update={"code": f"ENG-{number:03d}"}) for number, one in enumerate(found)]
    shuffled = list(named)
    lots.shuffle(shuffled)
    first, second = (ranked(case(*one), REPAIR) for one in (named, shuffled))
    assert [one.code for one in first.suitable] == [one.code for one in second.suitable]
    assert [one.code for one in first.others] == [one.code for one in second.others]


def only_score(one: CandidateFacts) -> float:
    ranking = ranked(case(one), REPAIR)
    found = (*ranking.suitable, *ranking.others)
    return found[0].scores.overall if found else 0.0


# -- answers ----------------------------------------------------------------------------------------------------------


def answer(found: EngineerCase, **changes: Any) -> EngineerRecommendation:
    choices = []
    for one in ranked(found, REPAIR, SLOW).question().candidates[:3]:
        said = {f"{name}_score": getattr(one, name) for name in ("overall", "expertise", "availability", "location")}
        said |= {"performance_score": one.performance, "workload_score": one.workload}
        given_words = {"reasoning": one.reasoning, "strengths": one.strengths, "concerns": one.concerns}
        choices.append(EngineerChoice(**{"engineer_code": one.code, **said, **given_words, **changes}))
    return EngineerRecommendation(choices=tuple(choices), abstained_because="")


TWO = case(engineer("ENG-001"), engineer("ENG-002", load=10))


def test_an_answer_that_says_what_was_given_holds() -> None:
    question = ranked(TWO, REPAIR, SLOW).question()
    assert check_recommendation(answer(TWO), question)
    assert check_recommendation(answer(TWO, reasoning="Knows the type well, and is free."), question)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"engineer_code": "ENG-404"}, "unknown engineer 'ENG-404'"),
        ({"engineer_code": "ENG-001"}, "not ENG-001, ENG-002 in this order"),
        ({"overall_score": 99.9}, "another overall score"),
        ({"location_score": None}, "another location score"),
        ({"reasoning": " "}, "without reasoning"),
        ({"concerns": ()}, "without the concerns"),
        ({"reasoning": "Has 17 years of experience."}, "the figure 17 of ENG-001"),
        ({"strengths": ("better than ENG-002",)}, "ENG-002 in what is said of ENG-001"),
    ],
)
def test_an_answer_that_invents_or_reorders_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(RecommendationError, match=said):
        check_recommendation(answer(TWO, **changes), ranked(TWO, REPAIR, SLOW).question())
