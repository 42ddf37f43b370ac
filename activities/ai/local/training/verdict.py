"""Whether a new model takes the place of the one in force: the rule, and the sentence that says how it was applied.

All three are about differences case by case, on the same held-back tickets; an error is the standard error of their
mean. A gain has to be shown beyond two errors, and one error of loss is enough to doubt:

1. The new model's log loss is lower by more than two errors. A difference within that is no reason to change.
2. The verified cause is not less often its likeliest one, by more than one error.
3. Its log loss is lower, by more than two errors, than that of naming each cause as often as it was before, without
   reading the description. Otherwise the verified causes do not follow from what is reported: labels that were mixed
   up, or texts that say nothing. A model may do less badly there than one that believes in words, and is no good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from activities.ai.local.training.judging import ByFrequency, Judge, mean, standard_error


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the new model is taken, and why, in a sentence."""

    taken: bool
    because: str


def verdict(old: Judge, new: Judge, frequency: ByFrequency) -> Verdict:
    """Apply the rule to judges of the same cases."""
    change, error = _difference(new.losses, old.losses)
    gained, hit_error = _difference(new.hits, old.hits)
    lead, lead_error = _difference(new.losses, frequency.losses)
    losses = f"log loss {mean(new.losses):.3f} against {mean(old.losses):.3f} (difference {change:+.3f} ± {error:.3f})"
    hits = f"right {mean(new.hits):.1%} against {mean(old.hits):.1%}"
    if change > error:
        return Verdict(False, f"The new model is worse on the held-back tickets: {losses}, {hits}.")
    if change >= -2 * error:
        return Verdict(False, f"The new model is not better on the held-back tickets beyond noise: {losses}, {hits}.")
    if gained < -hit_error:
        return Verdict(
            False,
            f"The new model is less often right on the held-back tickets: {mean(new.hits):.1%} against "
            f"{mean(old.hits):.1%} (difference {gained:+.1%} ± {hit_error:.1%}), though its {losses} is lower.",
        )
    if lead >= -2 * lead_error:
        return Verdict(
            False,
            "The new model is no better than naming each cause as often as it was, unread: log loss "
            f"{mean(new.losses):.3f} against {mean(frequency.losses):.3f} (difference {lead:+.3f} ± {lead_error:.3f}). "
            "The verified causes do not follow from the descriptions; look at what is entered at sign-off.",
        )
    return Verdict(True, f"The new model is better on the held-back tickets: {losses}, {hits}.")


def _difference(new: Sequence[float], old: Sequence[float]) -> tuple[float, float]:
    """Mean and standard error of new − old."""
    each = [float(one) - float(other) for one, other in zip(new, old, strict=True)]
    return mean(each), standard_error(each)
