"""The probability that a model gives to a verified cause."""

from __future__ import annotations

from collections.abc import Sequence

LEAST = 1e-4
"""Of a probability, when its logarithm is taken: one hopeless case must not decide."""


def given_to_truth(claimed: Sequence[float], is_true: Sequence[bool], unlisted: int) -> tuple[float, float]:
    """The probability of the verified cause, and that of each cause that is not listed.

    It is what is claimed of it, if it is among the causes that the model lists. What is left over is shared equally by
    the faults of the type that are not listed and "a cause that no entry knows". So the probabilities of every model
    sum to one over the same causes, and their logarithm is a proper score: nobody does better by saying other than
    what they believe (Good 1952).

    Args:
        claimed: probabilities of the listed causes, together below 1; `is_true` which of them is the verified one.
        unlisted: how many causes are not listed, at least 1.
    """
    each = max(1 - sum(claimed), 0.0) / unlisted
    if not any(is_true):
        return each, each
    return sum(one for one, true in zip(claimed, is_true, strict=True) if true), each
