"""`python -m bench.calibrate`: fits the shipped model of the local engine, and judges it on the cases held back.

It writes activities/ai/local/model.toml, the same bytes every time, as long as knowledge base, cases and engine are the
same. `tests/activities/test_local_calibration.py` holds the two together.
"""

from __future__ import annotations

from pathlib import Path

from activities.ai.local.calibration import reliability
from activities.ai.local.faults import load_knowledge
from activities.ai.local.fitting import Judgement, fit_model, judge, read_cases, with_terse_ones
from activities.ai.local.model import SHIPPED, LocalModel

CASES = Path(__file__).parent.parent / "tests" / "activities" / "diagnosis_cases.toml"


def fit() -> LocalModel:
    """The model that is shipped."""
    cases = with_terse_ones(read_cases(CASES)[0])
    what = f"{len(cases)} cases of tests/activities/diagnosis_cases.toml"
    return fit_model(load_knowledge(), cases, LocalModel(), what)


def main() -> None:
    model = fit()
    SHIPPED.write_text(model.as_toml(), encoding="utf-8")
    knowledge, (fitted, held_back) = load_knowledge(), read_cases(CASES)
    print(f"temperature {model.temperature}, none {model.none_score}, {model.calibration}")
    print("\n| cases | right, of the known | answered | right, of the answered | Brier | calibration error |")
    print("|---|---|---|---|---|---|")
    for name, cases in (
        ("fitted to", with_terse_ones(fitted)),
        ("held back", held_back),
        ("held back, and halves of them", with_terse_ones(held_back)),
    ):
        print(_row(name, judge(knowledge, model, cases)))
    print("\n| confidence | cases | mean confidence | right |\n|---|---|---|---|")
    for one in reliability(judge(knowledge, model, with_terse_ones(held_back)).outcomes, bins=5):
        print(f"| {one.low:.0%} to {one.high:.0%} | {one.count} | {one.mean_confidence:.0%} | {one.accuracy:.0%} |")


def _row(name: str, one: Judgement) -> str:
    return (
        f"| {name} | {one.first} of {one.known} | {one.answered} of {one.cases} | {one.right / one.answered:.0%} "
        f"| {one.brier:.3f} | {one.calibration_error:.3f} |"
    )


if __name__ == "__main__":
    main()
