"""The shipped model of the local engine: it can be made again, and its confidences can be believed."""

from __future__ import annotations

import pytest

from activities.ai.local.calibration import Platt, brier, calibration_error, fit_platt, reliability
from activities.ai.local.faults import load_knowledge
from activities.ai.local.fitting import fit_model, judge, read_cases, with_terse_ones
from activities.ai.local.model import LocalModel, read_model, shipped_model
from bench.calibrate import CASES, fit

KNOWLEDGE = load_knowledge()
FITTED, HELD_BACK = read_cases(CASES)


def test_the_shipped_model_is_what_its_cases_make() -> None:
    assert fit() == shipped_model()


def test_a_model_is_what_its_document_says() -> None:
    assert read_model(shipped_model().as_toml()) == shipped_model()
    with_priors = LocalModel(priors={"vent-battery": 0.5}, fitted_on='a "few"')
    assert read_model(with_priors.as_toml()) == with_priors


def test_every_fault_has_a_case_to_fit_and_one_held_back() -> None:
    assert {one.fault for one in FITTED} - {None} == KNOWLEDGE.ids
    assert {one.fault for one in HELD_BACK} - {None} == KNOWLEDGE.ids


def test_held_back_cases_are_mostly_right_and_their_confidence_is_calibrated() -> None:
    plain, terse = (
        judge(KNOWLEDGE, shipped_model(), HELD_BACK),
        judge(KNOWLEDGE, shipped_model(), with_terse_ones(HELD_BACK)),
    )
    assert plain.first / plain.known > 0.9
    assert plain.right / plain.answered > 0.9
    for one in (plain, terse):
        assert one.brier is not None and one.calibration_error is not None
        assert one.brier < 0.1
        assert one.calibration_error < 0.1


def test_the_less_confident_are_less_often_right_on_held_back_cases() -> None:
    outcomes = judge(KNOWLEDGE, shipped_model(), with_terse_ones(HELD_BACK)).outcomes
    unsure = [came for claimed, came in outcomes if claimed < 0.6]
    sure = [came for claimed, came in outcomes if claimed >= 0.8]
    assert len(unsure) > 20 and len(sure) > 100
    assert sum(unsure) / len(unsure) < 0.6
    assert sum(sure) / len(sure) > 0.95


def test_most_faults_that_no_entry_explains_are_not_answered() -> None:
    """The others are answered with little confidence: words of a known fault stand in them."""
    strange = [one for one in HELD_BACK if one.fault is None]
    one = judge(KNOWLEDGE, shipped_model(), strange)
    assert one.answered / one.cases < 0.5


def test_fitting_calibrates_to_what_came_true() -> None:
    """A model that is too sure of itself becomes less so."""
    boastful = LocalModel(calibration=Platt(slope=3.0, intercept=3.0))
    before, after = (judge(KNOWLEDGE, model, HELD_BACK) for model in (boastful, shipped_model()))
    assert before.brier is not None and after.brier is not None
    assert after.brier < before.brier
    assert fit_model(KNOWLEDGE, FITTED[:40], boastful, "forty").calibration != boastful.calibration


# -- the arithmetic ----------------------------------------------------------------------------------------------------


def test_brier_and_calibration_error_are_the_textbook_ones() -> None:
    outcomes = [(0.9, True), (0.9, False), (0.1, False), (1.0, True)]
    assert brier(outcomes) == pytest.approx((0.01 + 0.81 + 0.01 + 0) / 4)
    assert calibration_error(outcomes) == pytest.approx((3 * abs(2.8 / 3 - 2 / 3) + 0.1) / 4)
    assert brier([]) is None
    assert calibration_error([]) is None


def test_bins_hold_every_claim_once() -> None:
    outcomes = [(number / 20, number % 2 == 0) for number in range(21)]
    bins = reliability(outcomes)
    assert sum(one.count for one in bins) == 21
    assert bins[-1].count == 3  # 0.9, 0.95 and 1


def test_platt_finds_the_sigmoid_that_made_the_outcomes() -> None:
    outcomes = [(0.3, number < 60) for number in range(100)] + [(0.8, number < 95) for number in range(100)]
    fitted = fit_platt(outcomes)
    assert fitted(0.3) == pytest.approx(0.6, abs=0.03)
    assert fitted(0.8) == pytest.approx(0.95, abs=0.03)


def test_outcomes_that_are_all_true_do_not_make_certain() -> None:
    fitted = fit_platt([(0.6, True)] * 5)
    assert 0.6 < fitted(0.6) < 0.999
    assert fit_platt([]) == Platt()
