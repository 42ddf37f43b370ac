"""The evaluator against plans that are made by hand: a good one, and one for each thing that can be wrong."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from activities.dispatch.evaluator import evaluate
from models.dispatch.plan import Engine, Plan, Route, Stop, Violated
from models.dispatch.problem import Certificate, Skill, Span, Weights
from models.travel import TravelModel
from models.vocabulary.people import SupportLevel
from models.vocabulary.tickets import Priority
from tests.activities.dispatch.problems import HOUR, KM_A_MINUTE, MINUTE, duty, engineer, problem, visit

HALF = 30 * MINUTE
"""The way to a visit."""


def stop(key: str = "v", start: float = 8.5, hours: float = 1, travel: int = HALF) -> Stop:
    return Stop(visit=key, start=round(start * HOUR), end=round((start + hours) * HOUR), travel=travel, kilometres=30)


def route(*stops: Stop, engineer: str = "A", returns: float | None = None, back: int = HALF, duty: int = 0) -> Route:
    home = stops[-1].end + back if returns is None else round(returns * HOUR)
    return Route(engineer=engineer, duty=duty, stops=stops, return_travel=back, return_kilometres=30, returns=home)


def plan(*routes: Route, left_out: tuple[str, ...] = ()) -> Plan:
    return Plan(engine=Engine.GREEDY, routes=routes, left_out=left_out)


def test_what_is_left_out_is_late_until_the_horizon_is_over() -> None:
    of = problem(visit(deadline=20 * HOUR), weights=Weights(urgency={Priority.P3: 2}))
    assert evaluate(of, plan(left_out=("v",))).objective.lateness == 2 * 4 * HOUR


def broken(of: Any, made: Plan) -> set[Violated]:
    return {one.kind for one in evaluate(of, made).violations}


def test_good_plan_has_no_violation_and_its_objective_by_its_parts() -> None:
    of = problem(
        visit("v", deadline=9 * HOUR, priority=Priority.P2, present_engineer="B"),
        visit("w", priority=Priority.P1),
        weights=Weights(stay=700, drop={Priority.P1: 5000}, urgency={Priority.P2: 2}),
    )
    found = evaluate(of, plan(route(stop()), left_out=("w",)))
    assert found.violations == ()
    assert found.objective.travel == 2 * HALF
    assert found.objective.drops == 5000
    assert found.objective.lateness == 2 * HALF
    assert found.objective.stay == 700
    assert found.objective.total == pytest.approx(2 * HALF + 5000 + 2 * HALF)
    assert (found.left_out, found.late, found.moved, found.kept) == ({Priority.P1: 1}, 1, ("v",), 1)
    assert found.kilometres == pytest.approx(60)
    assert found.busy == {"A": 2 * HOUR}
    assert found.on_duty == {"A": 9 * HOUR}


@pytest.mark.parametrize(
    ("said", "of_engineer", "made", "kind"),
    [
        ({}, {}, plan(), Violated.MISSING),
        ({}, {}, plan(route(stop()), left_out=("v",)), Violated.MISSING),
        ({}, {}, plan(left_out=("v", "v")), Violated.MISSING),
        ({}, {}, plan(route(stop()), left_out=("x",)), Violated.UNKNOWN),
        ({}, {}, plan(route(stop(), engineer="Z")), Violated.UNKNOWN),
        ({}, {}, plan(route(stop(), duty=1)), Violated.UNKNOWN),
        ({}, {}, plan(route(stop(start=8.4))), Violated.TRAVEL),
        ({}, {}, plan(route(stop(travel=HALF - 60))), Violated.TRAVEL),
        ({}, {}, plan(route(stop(), returns=9.9)), Violated.TRAVEL),
        ({}, {}, plan(route(stop(start=15.6))), Violated.HOURS),
        ({}, {}, plan(route(stop(start=16.5), returns=18)), Violated.HOURS),
        ({}, {}, plan(route(stop(hours=0.5))), Violated.DURATION),
        ({}, {"duties": (duty(8, 17, (9, 9.5)),)}, plan(route(stop())), Violated.BREAK),
        ({}, {"duties": (duty(8, 17, (8.1, 8.2)),)}, plan(route(stop())), Violated.TRAVEL),
        ({"windows": (Span(start=9 * HOUR, end=12 * HOUR),)}, {}, plan(route(stop())), Violated.WINDOW),
        ({"windows": (Span(start=8 * HOUR, end=9 * HOUR),)}, {}, plan(route(stop())), Violated.WINDOW),
        ({"ready_at": 9 * HOUR}, {}, plan(route(stop())), Violated.PARTS),
        ({"level": SupportLevel.L3}, {}, plan(route(stop())), Violated.SKILL),
        ({"equipment_type": "ct_scanner"}, {}, plan(route(stop())), Violated.SKILL),
        ({"capabilities": frozenset({"repair"})}, {}, plan(route(stop())), Violated.SKILL),
        ({"crew": 2}, {}, plan(route(stop())), Violated.CREW),
        ({"pinned_engineer": "B"}, {}, plan(route(stop())), Violated.PIN),
        ({"pinned_engineer": "A", "pinned_start": 9 * HOUR}, {}, plan(route(stop())), Violated.PIN),
        ({}, {"capacity": 0}, plan(route(stop())), Violated.CAPACITY),
    ],
)
def test_each_rule_is_held(said: dict[str, Any], of_engineer: dict[str, Any], made: Plan, kind: Violated) -> None:
    assert kind in broken(problem(visit(**said), engineers=(engineer(**of_engineer),)), made)


def test_nothing_else_is_wrong_with_those_plans() -> None:
    assert broken(problem(visit()), plan(route(stop()))) == set()


@pytest.mark.parametrize(
    ("certificate", "kinds"),
    [
        (None, {Violated.CERTIFICATE}),
        ({"valid_from": date(2026, 3, 3)}, {Violated.CERTIFICATE}),
        ({"valid_until": date(2026, 3, 1)}, {Violated.CERTIFICATE}),
        ({"equipment_type": "ct_scanner"}, {Violated.CERTIFICATE}),
        ({"valid_until": date(2026, 3, 2)}, set()),
        ({"equipment_type": "ventilator"}, set()),
    ],
)
def test_certificate_has_to_hold_on_the_day(certificate: dict[str, Any] | None, kinds: set[Violated]) -> None:
    held = {"certification": "HV", "valid_from": date(2026, 1, 1)}
    able = engineer(
        skills=(Skill(equipment_type="ventilator", level=SupportLevel.L2, certification="HV"),),
        certificates=() if certificate is None else (Certificate.model_validate({**held, **certificate}),),
    )
    assert broken(problem(visit(), engineers=(able,)), plan(route(stop()))) == kinds


def test_expertise_for_the_make_counts_instead_of_the_general_one() -> None:
    able = engineer(
        skills=(
            Skill(equipment_type="ventilator", level=SupportLevel.L3),
            Skill(equipment_type="ventilator", manufacturer="GE", level=SupportLevel.L1),
        )
    )
    asked: dict[str, Any] = {"level": SupportLevel.L2}
    assert broken(problem(visit(**asked, manufacturer="GE"), engineers=(able,)), plan(route(stop()))) == {
        Violated.SKILL
    }
    assert broken(problem(visit(**asked, manufacturer="BD"), engineers=(able,)), plan(route(stop()))) == set()


def test_two_engineers_are_two_and_begin_together() -> None:
    of = problem(visit(crew=2), engineers=(engineer("A"), engineer("B")))
    assert broken(of, plan(route(stop()), route(stop(), engineer="B"))) == set()
    assert broken(of, plan(route(stop()), route(stop(start=9), engineer="B"))) == {Violated.CREW}
    assert Violated.CREW in broken(of, plan(route(stop(), stop(start=9.5, travel=0))))


def test_what_waits_begins_after_what_it_waits_for() -> None:
    of = problem(visit("v"), visit("w", after=("v", "done long ago")), engineers=(engineer("A"), engineer("B")))
    assert broken(of, plan(route(stop("v"), stop("w", start=9.5, travel=0)))) == set()
    assert broken(of, plan(route(stop("w"), stop("v", start=9.5, travel=0)))) == {Violated.PRECEDENCE}
    assert broken(of, plan(route(stop("w")), left_out=("v",))) == {Violated.PRECEDENCE}


def test_a_break_interrupts_a_way_and_takes_its_time() -> None:
    of = problem(visit(), engineers=(engineer(duties=(duty(8, 17, (8.25, 8.5)),)),))
    assert broken(of, plan(route(stop(start=8.75)))) == set()
    assert broken(of, plan(route(stop(start=8.5)))) == {Violated.TRAVEL}


def test_who_fixes_a_start_has_decided_on_the_window_and_the_parts() -> None:
    fixed = visit(
        pinned_engineer="A",
        pinned_start=round(8.5 * HOUR),
        windows=(Span(start=12 * HOUR, end=14 * HOUR),),
        ready_at=12 * HOUR,
    )
    assert broken(problem(fixed), plan(route(stop()))) == set()


def test_the_hour_of_the_local_day_decides_how_long_a_way_takes() -> None:
    slow_at_eight = TravelModel(
        road_factor=1.0, speed_by_hour=(60.0,) * 8 + (30.0,) + (60.0,) * 15, minutes_at_each_end=0
    )
    of = problem(visit(), travel=slow_at_eight)
    assert Violated.TRAVEL in broken(of, plan(route(stop())))
    elsewhere = engineer(duties=(duty().model_copy(update={"utc_offset": 2 * HOUR}),))
    assert broken(problem(visit(), travel=slow_at_eight, engineers=(elsewhere,)), plan(route(stop()))) == set()


def test_a_way_that_is_not_known_takes_what_is_assumed() -> None:
    of = problem(visit(place=None), travel=KM_A_MINUTE)
    ten = 10 * MINUTE
    assert broken(of, plan(route(stop(start=8 + 1 / 6, travel=ten), back=ten))) == set()
    assert Violated.TRAVEL in broken(of, plan(route(stop(start=8, travel=0), back=ten)))


def test_an_engineer_has_one_route_a_duty() -> None:
    of = problem(visit("v"), visit("w"))
    assert Violated.UNKNOWN in broken(of, plan(route(stop("v")), route(stop("w", start=12))))
