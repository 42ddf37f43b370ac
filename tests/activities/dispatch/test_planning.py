"""Plans keep to every rule, whoever makes them; visits that are left out say what would serve them; few visits move."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from activities.dispatch import planning, polishing
from activities.dispatch.building import greedy, of_orders, settled
from activities.dispatch.compiled import compile_problem
from activities.dispatch.evaluator import evaluate
from activities.dispatch.explaining import explained
from activities.dispatch.moving import moves_of
from activities.dispatch.planning import best_engine, make_plan
from activities.dispatch.polishing import polished
from activities.dispatch.serving import serves
from activities.dispatch.solver_process import SolverFailed, is_installed
from activities.dispatch.work import Work, Worked
from models.dispatch.plan import Engine
from models.dispatch.problem import Certificate, Problem, Skill, Span, Weights
from models.dispatch.relaxing import Relaxing
from models.travel import TravelModel
from models.vocabulary.people import SupportLevel
from models.vocabulary.tickets import Priority
from tests.activities.dispatch.problems import HOUR, MINUTE, duty, engineer, problem, problems, visit

SOLVERS = [one for one in (Engine.VROOM, Engine.PYVRP) if all(map(is_installed, planning.MODULES[one]))]
many = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@many
@given(problems())
def test_a_plain_plan_breaks_no_rule(of: Problem) -> None:
    planned = make_plan(of, Engine.GREEDY)
    assert not evaluate(of, planned.plan).violations
    assert not any("broke a rule" in one for one in planned.plan.notes)


@many
@given(problems(most=5))
def test_every_visit_that_is_left_out_has_a_relaxation_that_serves_it(of: Problem) -> None:
    planned = make_plan(of, Engine.GREEDY)
    found = explained(planned)
    assert [one.visit for one in found] == list(planned.plan.left_out)
    for one in found:
        assert one.says.startswith(one.visit)
        if one.kind is not Relaxing.NOTHING:
            assert serves(planned.draft, one)


@many
@given(problems())
def test_each_visit_that_moves_has_its_reason(of: Problem) -> None:
    planned = make_plan(of, Engine.GREEDY)
    moves = moves_of(planned)
    assert {one.visit for one in moves} == {
        one for one in planned.evaluation.moved if any(e.code == _present(of, one) for e in of.engineers)
    }
    assert all(one.says and one.present != one.planned for one in moves)


def _present(of: Problem, key: str) -> str | None:
    return next(one.present_engineer for one in of.visits if one.key == key)


@pytest.mark.parametrize("engine", SOLVERS)
def test_solvers_break_no_rule(engine: Engine) -> None:
    @settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
    @given(problems(most=10))
    def holds(of: Problem) -> None:
        planned = make_plan(of, engine, 1.0)
        assert not planned.evaluation.violations
        assert not any("broke a rule" in one for one in planned.plan.notes)

    holds()


def test_the_most_valuable_is_served_where_not_all_can_be() -> None:
    of = problem(
        visit("p4", priority=Priority.P4, windows=(Span(start=9 * HOUR, end=10 * HOUR),)),
        visit("p1", priority=Priority.P1, windows=(Span(start=9 * HOUR, end=10 * HOUR),)),
    )
    assert make_plan(of, Engine.GREEDY).plan.left_out == ("p4",)


def test_what_a_solver_left_out_takes_the_place_of_what_is_worth_less() -> None:
    window = (Span(start=9 * HOUR, end=10 * HOUR),)
    of = problem(visit("p4", priority=Priority.P4, windows=window), visit("p1", priority=Priority.P1, windows=window))
    draft = of_orders(compile_problem(of), [(0, [0])])
    assert [draft.compiled.visit(one).key for one in draft.on] == ["p1"]


def test_urgency_is_apart_from_priority() -> None:
    """A P4 with a deadline goes before a P1 that has time."""
    of = problem(
        visit("p1", priority=Priority.P1, kilometres=30),
        visit("p4", priority=Priority.P4, kilometres=30, deadline=round(9.5 * HOUR), urgency=10),
    )
    plan = make_plan(of, Engine.GREEDY).plan
    assert [stop.visit for _, stop in plan.stops()] == ["p4", "p1"]


def test_what_is_late_already_is_served_all_the_same() -> None:
    of = problem(visit("v", priority=Priority.P4, deadline=-100 * HOUR, urgency=9))
    assert make_plan(of, Engine.GREEDY).plan.left_out == ()


def only(of: Problem) -> tuple[Relaxing, str]:
    (found,) = explained(make_plan(of, Engine.GREEDY))
    return found.kind, found.says


def test_overtime_is_said_in_minutes() -> None:
    of = problem(visit("v", duration=8 * HOUR + 10 * MINUTE))
    assert only(of) == (Relaxing.OVERTIME, "v would be served with 10 min overtime of A")


def test_a_window_is_said_in_minutes() -> None:
    of = problem(visit("v", kilometres=60, windows=(Span(start=8 * HOUR, end=round(9.9 * HOUR)),)))
    assert only(of) == (Relaxing.WINDOW, "v would be served if the site were open 6 min earlier and later")


def test_parts_that_come_too_late_are_said() -> None:
    of = problem(visit("v", ready_at=15 * HOUR + 40 * MINUTE))
    kind, says = only(of)
    assert kind in (Relaxing.PARTS, Relaxing.OVERTIME)
    assert "10 min" in says
    of = problem(visit("v", ready_at=40 * HOUR))
    assert only(of) == (Relaxing.PARTS, "v would be served if its parts were there 24 h 30 min earlier")


def test_what_an_engineer_lacks_is_said() -> None:
    certified = engineer(skills=(Skill(equipment_type="ventilator", level=SupportLevel.L2, certification="HV"),))
    assert only(problem(visit("v"), engineers=(certified,))) == (
        Relaxing.CERTIFICATE,
        "v would be served if A held HV on that day",
    )
    assert only(problem(visit("v", level=SupportLevel.L3))) == (
        Relaxing.LEVEL,
        "v would be served if A were of level L3 for it",
    )
    assert only(problem(visit("v", equipment_type="ct_scanner"))) == (
        Relaxing.SKILL,
        "v would be served if A could do ct_scanner",
    )


def test_the_visit_that_would_have_to_go_is_named() -> None:
    window = (Span(start=9 * HOUR, end=10 * HOUR),)
    kind, says = only(
        problem(visit("v", priority=Priority.P4, windows=window), visit("w", priority=Priority.P3, windows=window))
    )
    assert kind in (Relaxing.WINDOW, Relaxing.DROP)
    narrow = problem(
        visit("v", priority=Priority.P4, duration=7 * HOUR), visit("w", priority=Priority.P3, duration=8 * HOUR)
    )
    assert only(narrow) == (Relaxing.DROP, "v would be served instead of w (P3)")
    assert says


def test_more_visits_than_an_engineer_may_have() -> None:
    of = problem(visit("v"), engineers=(engineer(capacity=0),))
    assert only(of) == (Relaxing.CAPACITY, "v would be served if A might have one visit more")


def test_what_waits_for_something_left_out_says_so() -> None:
    of = problem(visit("v", equipment_type="ct_scanner"), visit("w", after=("v",)))
    found = {one.visit: one for one in explained(make_plan(of, Engine.GREEDY))}
    assert found["w"].kind is Relaxing.AFTER
    assert found["w"].says == "w waits for v, which is left out as well"


def test_a_detour_that_is_worth_more_than_the_visit_says_what_it_costs() -> None:
    weights = Weights(drop={Priority.P4: 600})
    of = problem(visit("v", priority=Priority.P4), weights=weights)
    kind, says = only(of)
    assert kind is Relaxing.WORTH
    assert "A could do it" in says


def a_day_of(visits: int, engineers: tuple[str, ...] = ("A", "B", "C")) -> Problem:
    return problem(
        *(visit(f"v{number:02}", kilometres=(number * 7) % 23 - 11, duration=30 * MINUTE) for number in range(visits)),
        engineers=tuple(engineer(code) for code in engineers),
        travel=TravelModel(),
    )


def agreed(of: Problem, engine: Engine = Engine.GREEDY) -> Problem:
    """The same problem after its plan was applied."""
    plan = make_plan(of, engine, 1.0).plan
    who = {stop.visit: (route.engineer, stop.start) for route, stop in plan.stops()}
    return of.model_copy(
        update={
            "visits": tuple(
                one.model_copy(
                    update=dict(zip(("present_engineer", "present_start"), who.get(one.key, (None, None)), strict=True))
                )
                for one in of.visits
            )
        }
    )


@pytest.mark.parametrize("engine", [Engine.GREEDY, *SOLVERS[-1:]])
def test_a_plan_that_is_made_again_moves_nobody_for_nothing(engine: Engine) -> None:
    of = agreed(a_day_of(24), engine)
    again = make_plan(of, engine, 1.0)
    assert len(again.evaluation.moved) <= 0.1 * again.evaluation.kept


@pytest.mark.parametrize("engine", [Engine.GREEDY, *SOLVERS[-1:]])
def test_few_visits_move_when_an_emergency_comes(engine: Engine) -> None:
    of = agreed(a_day_of(24), engine)
    emergency = visit("p1", kilometres=5, priority=Priority.P1, deadline=10 * HOUR)
    again = make_plan(of.model_copy(update={"visits": (*of.visits, emergency)}), engine, 1.0)
    assert "p1" not in again.plan.left_out
    assert len(again.evaluation.moved) <= 0.1 * again.evaluation.kept
    assert {one.visit for one in moves_of(again)} == set(again.evaluation.moved)


def test_who_is_ill_gives_visits_away_and_the_plan_says_why() -> None:
    of = agreed(a_day_of(9))
    ill = of.model_copy(
        update={
            "engineers": tuple(
                one.model_copy(update={"duties": ()}) if one.code == "A" else one for one in of.engineers
            )
        }
    )
    had = {one.key for one in of.visits if one.present_engineer == "A"}
    again = make_plan(ill, Engine.GREEDY)
    assert had
    assert set(again.evaluation.moved) == had
    assert {one.says for one in moves_of(again)} == {"A has no duty within the plan"}


def test_more_move_only_where_staying_costs_more_than_the_bound() -> None:
    """Everybody has the visits that are far from home: giving them back saves most of the ways."""
    near, far = engineer("A"), engineer("B", home=visit(kilometres=90).place)
    visits = [visit(f"a{n}", kilometres=90, present_engineer="A") for n in range(3)]
    visits += [visit(f"b{n}", kilometres=0.1 * n, present_engineer="B") for n in range(3)]
    bound = problem(*visits, engineers=(near, far), weights=Weights(stay=10, change_bound=0.1))
    planned = make_plan(bound, Engine.GREEDY)
    assert len(planned.evaluation.moved) > 1
    assert any("keeping to 10% would cost" in one for one in planned.plan.notes)
    steady = problem(*visits, engineers=(near, far), weights=Weights(stay=10, change_bound=1000))
    assert not make_plan(steady, Engine.GREEDY).evaluation.moved


def test_an_engine_that_is_not_installed_is_said_and_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "is_installed", lambda _: False)
    assert best_engine() is Engine.GREEDY
    planned = make_plan(problem(visit()), Engine.PYVRP)
    assert planned.plan.engine is Engine.GREEDY
    assert planned.plan.notes == (
        "vroom and pyvrp are not installed: the plan is made without "
        "(install the extra: pip install 'fieldcare[dispatch]')",
    )
    assert "no solver is installed" in make_plan(problem(visit())).plan.notes[0]


def test_a_solver_that_crashes_leaves_a_plan_and_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(module: str, work: Work) -> Worked:
        raise SolverFailed("crashed (signal 11)")

    monkeypatch.setattr(planning, "is_installed", lambda _: True)
    monkeypatch.setattr(planning, "run", crash)
    monkeypatch.setattr(polishing, "run", crash)
    planned = make_plan(a_day_of(6), Engine.PYVRP, 1.0)
    assert not planned.plan.left_out
    assert "VROOM crashed (signal 11): the plan is built by insertion instead" in planned.plan.notes


def test_a_polish_that_is_worse_or_nonsense_is_not_taken() -> None:
    compiled, start = settled(compile_problem(a_day_of(6)))
    draft = greedy(start)
    worse, notes = polished(
        draft, 1.0, solver=lambda work: Worked(routes=[list(range(len(work.tasks))), *([[]] * (len(work.shifts) - 1))])
    )
    assert worse.cost() <= draft.cost()
    assert notes == []
    assert compiled.tasks


def test_certificates_that_expire_between_two_days_choose_the_day() -> None:
    able = engineer(
        skills=(Skill(equipment_type="ventilator", level=SupportLevel.L2, certification="HV"),),
        certificates=(Certificate(certification="HV", valid_from=duty(day=3).day),),
        duties=(duty(day=2), duty(day=3)),
    )
    plan = make_plan(problem(visit(), engineers=(able,)), Engine.GREEDY).plan
    assert [route.duty for route in plan.routes] == [1]
