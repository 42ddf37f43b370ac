"""Drafts of plans: what a step does, what is found in it, and that the parts say what the whole says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.dispatch.evaluator import evaluate
from activities.dispatch.planning import make_plan
from models.dispatch.plan import Engine, Plan, Violated
from models.dispatch.problem import Problem, Span
from starter.boarding.standing import CantMove, Standing, after, standing
from starter.boarding.steps import Doing, Step
from tests.activities.dispatch.problems import HOUR, duty, engineer, problem, problems, visit

MINUTE = 60
BOTH = (engineer("A"), engineer("B"))


def planned(of: Problem) -> Standing:
    return standing(of, make_plan(of, Engine.GREEDY, 1.0).plan)[0]


def empty(of: Problem) -> Standing:
    return standing(of, Plan(engine=Engine.GREEDY, left_out=tuple(one.key for one in of.visits)))[0]


def moved(before: Standing, key: str, to: str, hour: float | None, **said: Any) -> Standing:
    at = None if hour is None else before.problem.at(round(hour * HOUR))
    return after(before, Step(doing=Doing.MOVE, visit=key, engineer=to, at=at, **said))


def hours(now: Standing, code: str) -> dict[str, float]:
    return {
        stop.visit: stop.start / HOUR
        for duties, route in now.routes.items()
        if duties[0] == code
        for stop in route.stops
    }


def broken(now: Standing) -> set[Violated]:
    return {one.kind for one in now.judged.violations}


def test_a_visit_begins_when_it_is_dropped_or_as_soon_as_its_engineer_is_there() -> None:
    now = moved(empty(problem(visit("v"), engineers=BOTH)), "v", "B", 12)
    assert hours(now, "B") == {"v": 12}
    assert now.left_out == ()
    assert hours(moved(now, "v", "A", 8), "A") == {"v": 8.5}, "half an hour is the way"
    assert hours(moved(now, "v", "B", None), "B") == {"v": 8.5}


def test_it_waits_until_the_site_opens_and_the_break_is_over() -> None:
    opens = visit("v", windows=(Span(start=10 * HOUR, end=12 * HOUR),))
    assert hours(moved(empty(problem(opens)), "v", "A", 9), "A") == {"v": 10}
    lunch = engineer("A", duties=(duty(8, 17, (12, 12.5)),))
    assert hours(moved(empty(problem(visit("v"), engineers=(lunch,))), "v", "A", 11.5), "A") == {"v": 12.5}


def test_what_follows_is_pushed_and_comes_back_when_there_is_room_again() -> None:
    now = moved(moved(empty(problem(visit("v"), visit("w"), engineers=BOTH)), "v", "A", 9), "w", "A", 9.5)
    assert hours(now, "A") == {"v": 9, "w": 10}
    now = moved(now, "w", "A", 8.6)
    assert hours(now, "A") == {"w": 8.6, "v": 9.6}
    assert hours(moved(now, "w", "B", 10), "A") == {"v": 9}


def test_what_can_t_be_done_is_kept_with_its_reason() -> None:
    for of, hour, kind in (
        (problem(visit("v", equipment_type="ct_scanner")), 9, Violated.SKILL),
        (problem(visit("v")), 16.5, Violated.HOURS),
        (problem(visit("v", windows=(Span(start=8 * HOUR, end=9 * HOUR + 1800),))), 12, Violated.WINDOW),
        (
            problem(visit("v", ready_at=11 * HOUR, windows=(Span(start=8 * HOUR, end=11 * HOUR + 1800),))),
            9,
            Violated.PARTS,
        ),
    ):
        assert kind in broken(moved(empty(of), "v", "A", hour))


def test_left_out_is_left_out_of_everybody_and_nothing_else() -> None:
    """Dropped on what is left out, a visit is nobody's: no engineer of a strange name has it."""
    both = problem(visit("v", crew=2), visit("w"), engineers=BOTH)
    now = planned(both)
    assert set(now.where["v"]) == {("A", 0), ("B", 0)}
    now = after(now, Step(doing=Doing.LEAVE_OUT, visit="v"))
    assert now.left_out == ("v",)
    assert {key for one in now.plan.routes for key in [each.visit for each in one.stops]} == {"w"}
    assert after(now, Step(doing=Doing.LEAVE_OUT, visit="v")).left_out == ("v",)


def test_what_is_locked_stays_and_keeps_others_from_its_time() -> None:
    now = moved(empty(problem(visit("v"), visit("w"), engineers=BOTH)), "v", "A", 10)
    now = after(now, Step(doing=Doing.LOCK, visit="v"))
    for step in (Step(doing=Doing.LEAVE_OUT, visit="v"), Step(doing=Doing.MOVE, visit="v", engineer="B")):
        with pytest.raises(CantMove, match="Unlock it first"):
            after(now, step)
    pressed = moved(now, "w", "A", 9.5)
    assert hours(pressed, "A") == {"w": 9.5, "v": 10}
    assert broken(pressed) == {Violated.TRAVEL}
    assert hours(moved(after(now, Step(doing=Doing.UNLOCK, visit="v")), "w", "A", 9.5), "A") == {"w": 9.5, "v": 10.5}


def test_two_who_work_together_begin_together() -> None:
    now = empty(problem(visit("v", crew=2), visit("w"), engineers=BOTH))
    now = moved(moved(moved(now, "w", "A", 9), "v", "A", 9.5), "v", "B", 9)
    assert hours(now, "A") == {"w": 9, "v": 10}
    assert hours(now, "B") == {"v": 10}
    assert broken(now) == set()
    third = engineer("C")
    more = moved(moved(empty(problem(visit("v", crew=2), engineers=(*BOTH, third))), "v", "A", 9), "v", "B", 9)
    instead = moved(more, "v", "C", 11, instead_of="A")
    assert {one[0] for one in instead.where["v"]} == {"B", "C"}
    assert hours(instead, "B") == hours(instead, "C") == {"v": 11}


@pytest.mark.parametrize(
    "step",
    [
        Step(doing=Doing.MOVE, visit="nothing", engineer="A"),
        Step(doing=Doing.MOVE, visit="v", engineer="Z"),
        Step(doing=Doing.MOVE, visit="v"),
        Step(doing=Doing.LOCK, visit="v"),
        Step(doing=Doing.MOVE, visit="v", engineer="B"),
    ],
)
def test_what_can_t_be_said_changes_nothing(step: Step) -> None:
    off = engineer("B", duties=())
    with pytest.raises(CantMove):
        after(empty(problem(visit("v"), engineers=(engineer("A"), off))), step)


def test_what_an_engineer_has_who_is_not_there_any_more_is_left_out_with_the_reason() -> None:
    of = problem(visit("v"), visit("w"), engineers=BOTH)
    plan = planned(of).plan
    ill = of.model_copy(update={"engineers": (engineer("A", duties=()), engineer("B", duties=()))})
    now, lost = standing(ill, plan)
    assert set(now.left_out) == {"v", "w"} == set(lost)
    assert "not on duty" in lost["v"]
    news = problem(visit("w"), visit("x"), engineers=BOTH)
    assert standing(news, plan)[0].left_out == ("x",)


@settings(max_examples=60, deadline=None)
@given(
    problems(),
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.integers(6, 40), st.sampled_from(Doing)), max_size=6),
)
def test_asked_of_each_part_the_evaluator_says_what_it_says_of_the_whole(
    of: Problem, acts: list[tuple[int, int, int, Doing]]
) -> None:
    now = planned(of)
    for number, who, hour, doing in acts:
        step = Step(
            doing=doing,
            visit=f"v{number}",
            engineer=f"E{who}",
            at=of.origin + timedelta(hours=hour),
        )
        try:
            now = after(now, step)
        except CantMove:
            continue
        whole = evaluate(now.problem, now.plan)
        judged = now.judged
        assert sorted(one.says for one in judged.violations) == sorted(one.says for one in whole.violations)
        assert judged.total == pytest.approx(whole.objective.total, abs=1e-3)
        assert judged.drops == pytest.approx(whole.objective.drops)
        assert sorted(judged.moved) == sorted(whole.moved)
        assert (judged.late, dict(judged.left_out)) == (whole.late, whole.left_out)
