"""Training the local engine: what it learns, from what, and when the older model stays."""

from __future__ import annotations

import random
from typing import Any

import pytest

from activities.ai.local.clues import find_clues
from activities.ai.local.engine import LocalDiagnostician
from activities.ai.local.faults import load_knowledge, problem_codes
from activities.ai.local.model import LocalModel, shipped_model
from activities.ai.local.training import counting, tuning
from activities.ai.local.training.counting import Counts
from activities.ai.local.training.judging import ByFrequency, Judge
from activities.ai.local.training.training import Trained, Training
from activities.ai.local.training.tuning import Numbers, Tuner
from activities.ai.local.training.verdict import verdict
from activities.ai.local.training.verified import Lesson, Teacher, truth_of
from bench.lessons import lesson
from models.contracts.diagnosis import DiagnosisCase, EvidenceSource, check_diagnosis
from tests.lessons import FAULTS, lessons, mixed_up

KNOWLEDGE = load_knowledge()
SHIPPED = LocalDiagnostician(KNOWLEDGE, shipped_model())
INDEX = SHIPPED.index("ventilator")
LEAK, NO_POWER, BATTERY = FAULTS["vent-circuit-leak"], FAULTS["vent-no-power"], FAULTS["vent-battery"]


def training_on(rows: list[dict[str, Any]], in_force: LocalModel | None = None) -> Training:
    """The oldest three fifths counted, the next fifth tuned to, the newest judged."""
    training = Training(KNOWLEDGE, problem_codes(), shipped_model(), in_force or shipped_model())
    for place, row in enumerate(rows):
        (training.count, training.count, training.count, training.tune, training.judge)[5 * place // len(rows)](row)
    return training


def trained_on(rows: list[dict[str, Any]], in_force: LocalModel | None = None) -> Trained:
    return training_on(rows, in_force).ended()


def case(description: str) -> DiagnosisCase:
    return DiagnosisCase(description=description, equipment_type="ventilator")


@pytest.fixture(scope="module")
def trained() -> Trained:
    return trained_on(lessons(500))


def test_what_an_installation_verified_makes_a_better_model_that_is_taken(trained: Trained) -> None:
    before, after = trained.before, trained.after
    assert trained.verdict.taken, trained.verdict.because
    assert before.cases == after.cases == 100
    assert before.accuracy is not None and after.accuracy is not None
    assert before.accuracy < 0.5 and after.accuracy > 0.9
    for measure in ("brier", "brier_of_all", "log_loss", "calibration_error"):
        assert getattr(after, measure) < getattr(before, measure), measure
    assert after.code_right > before.code_right
    assert sum(one.count for one in after.reliability) == 100


def test_words_that_no_entry_knew_are_an_answer_with_evidence_now(trained: Trained) -> None:
    said = case("It sings like a kettle")
    assert SHIPPED.diagnose(said).abstained_because
    found = SHIPPED.using(trained.model).diagnose(said)
    check_diagnosis(found, said, problem_codes(), KNOWLEDGE.ids)
    assert found.hypotheses[0].cause == LEAK.cause
    assert "kettle" in " ".join(
        one.quote for one in found.hypotheses[0].evidence if one.source is EvidenceSource.DESCRIPTION
    )
    assert "words that verified tickets of it have" in found.summary


def test_words_of_one_entry_mean_what_they_proved_to_mean(trained: Trained) -> None:
    said = case("battery empty in bay seven")
    assert SHIPPED.diagnose(said).hypotheses[0].cause == BATTERY.cause
    assert SHIPPED.using(trained.model).diagnose(said).hypotheses[0].cause == NO_POWER.cause


def test_the_same_tickets_make_the_same_model(trained: Trained) -> None:
    assert trained_on(lessons(500)) == trained


def test_a_model_is_not_taken_twice(trained: Trained) -> None:
    again = trained_on(lessons(500), in_force=trained.model)
    assert not again.verdict.taken
    assert "not better" in again.verdict.because


@pytest.mark.parametrize("seed", range(3))
def test_causes_that_were_mixed_up_teach_nothing(seed: int) -> None:
    found = trained_on(mixed_up(lessons(500), seed=seed))
    assert not found.verdict.taken
    assert "do not follow from the descriptions" in found.verdict.because


def test_a_model_of_mixed_up_causes_is_worse_on_honest_ones_than_one_of_honest_ones(trained: Trained) -> None:
    found = trained_on(mixed_up(lessons(500), first=400), in_force=trained.model)
    assert not found.verdict.taken
    assert "worse on the held-back tickets" in found.verdict.because


def test_a_good_model_takes_the_place_of_a_bad_one(trained: Trained) -> None:
    bad = trained_on(mixed_up(lessons(500))).model
    assert trained_on(lessons(500), in_force=bad).verdict.taken


# -- what a verified cause is ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cause", "code", "fault"),
    [
        (LEAK.cause.upper() + "!", None, LEAK.id),  # the same words
        (LEAK.cause, "A0908", LEAK.id),  # whatever the code
        ("Breathing circuit leaked at a connection", LEAK.code, LEAK.id),  # most of its words
        ("Breathing circuit leaked at a connection", None, LEAK.id),
        ("Breathing circuit leaked at a connection", BATTERY.code, None),  # but another code
        ("Somebody spilt coffee", LEAK.code, None),  # the code alone says too little
    ],
)
def test_a_verified_cause_is_an_entry_by_its_words(cause: str, code: str | None, fault: str | None) -> None:
    assert INDEX is not None
    assert truth_of(cause, code, INDEX).fault == fault


def test_what_nothing_can_be_learnt_from_is_counted_by_name() -> None:
    teacher = Teacher(SHIPPED, problem_codes())
    for row in (
        lesson("leak", "Leak", "Z99"),
        lesson("leak", "Leak", "Z99"),
        lesson("leak", "Leak", None, "espresso_machine"),
        lesson("leak", "--", None),
        lesson("", "Leak", None),
    ):
        assert teacher.lesson(row) is None
    left_out = teacher.left_out
    assert (dict(left_out.unknown_codes), dict(left_out.unknown_types)) == ({"Z99": 2}, {"espresso_machine": 1})
    assert (left_out.unreadable, left_out.count) == (2, 5)


# -- counting ----------------------------------------------------------------------------------------------------------


def taught(row: dict[str, Any]) -> Lesson:
    found = Teacher(SHIPPED, problem_codes()).lesson(row)
    assert found is not None
    return found


def test_a_word_that_comes_with_every_fault_is_not_learnt() -> None:
    counts = Counts(KNOWLEDGE)
    for row in lessons(300):
        counts.add(taught(row))
    words = counts.words()
    assert {"kettl", "kettle"} & words[LEAK.id].keys()
    assert not {"nurs", "ward", "pleas"} & {word for of_fault in words.values() for word in of_fault}


def test_few_tickets_move_a_prior_little() -> None:
    few, many = Counts(KNOWLEDGE), Counts(KNOWLEDGE)
    for counts, number in ((few, 2), (many, 200)):
        for _ in range(number):
            counts.add(taught(lesson("leak", LEAK.cause, None)))
    assert 0 < few.priors()[LEAK.id] < 1 < many.priors()[LEAK.id] <= 2
    assert many.priors()[BATTERY.id] < few.priors()[BATTERY.id] < 0


def test_memory_does_not_grow_with_words_that_come_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_VOCABULARY", 100)
    counts = Counts(KNOWLEDGE)
    for number, row in enumerate(lessons(300)):
        counts.add(taught({**row, "description": f"{row['description']} serial x{number}y"}))
    assert len(counts._types["ventilator"].words) <= 100
    assert counts.words()[LEAK.id]


# -- tuning and judging ------------------------------------------------------------------------------------------------


def test_tuning_reckons_as_the_engine_does(trained: Trained) -> None:
    """Otherwise it would tune another engine than the one that answers."""
    model = trained.model
    tuner = Tuner(SHIPPED, shipped_model(), model.priors, model.words)
    numbers = Numbers(model.temperature, model.none_score, model.ticket_weight, model.history_weight, 1.0, 1.0)
    for row in lessons(40, seed=9):
        tuner.add(taught(row))
        ranked = SHIPPED.using(model).rank(case(row["description"]))
        reckoned = sorted((share for share, _ in tuning._shares(tuner.examples[-1], numbers)), reverse=True)
        assert reckoned == pytest.approx([one.share for one in ranked.findings])


def test_probabilities_of_all_causes_sum_to_one() -> None:
    """A score is proper only then."""
    assert INDEX is not None
    for row in lessons(30, seed=5):
        given = []
        unknown = lesson(row["description"], "Somebody spilt coffee", None)
        for one in (*(lesson(row["description"], fault.cause, None) for fault in INDEX.faults), unknown):
            judge = Judge(SHIPPED)
            judge.add(taught(one))
            given.append(2.718281828459045 ** -judge.losses[0])
        assert sum(given) == pytest.approx(1, abs=0.01)  # confidences are rounded to a tenth of a percent


def judged(losses: list[float], hits: list[bool]) -> Judge:
    return Judge(SHIPPED, losses=losses, hits=hits)


def frequency(loss: float, cases: int = 100) -> ByFrequency:
    chance = random.Random(3)
    return ByFrequency(Counts(KNOWLEDGE), losses=[loss + chance.uniform(-0.1, 0.1) for _ in range(cases)])


def test_a_difference_within_noise_changes_nothing() -> None:
    chance = random.Random(1)
    old = [chance.uniform(0, 2) for _ in range(100)]
    new = [one + chance.uniform(-1, 1) for one in old]
    found = verdict(judged(old, [True] * 100), judged(new, [True] * 100), frequency(9))
    assert not found.taken
    assert "beyond noise" in found.because or "worse" in found.because


def test_a_model_that_is_less_often_right_is_not_taken_for_its_score() -> None:
    old, new = judged([1.0] * 100, [True] * 90 + [False] * 10), judged([0.5] * 100, [True] * 80 + [False] * 20)
    found = verdict(old, new, frequency(9))
    assert not found.taken
    assert "less often right" in found.because


def test_a_model_that_is_no_better_than_counting_is_not_taken() -> None:
    old, new = judged([3.0] * 100, [True] * 100), judged([2.0] * 100, [True] * 100)
    assert not verdict(old, new, frequency(2.0)).taken
    assert verdict(old, new, frequency(2.5)).taken


def test_faults_that_the_knowledge_base_has_no_longer_count_for_nothing() -> None:
    edited = shipped_model().model_copy(update={"priors": {"gone-fault": 2.0}, "words": {"gone-fault": {"kettl": 3.0}}})
    for said in ("sings like a kettle", "Low MV alarm, circuit leak"):
        assert SHIPPED.using(edited).diagnose(case(said)) == SHIPPED.diagnose(case(said))


def test_a_denied_word_teaches_nothing() -> None:
    assert INDEX is not None
    words = {LEAK.id: {"kettl": 2.0, "kettle": 2.0}}
    assert find_clues(case("kettle"), INDEX, words).found
    assert not find_clues(case("no kettle"), INDEX, words).found
