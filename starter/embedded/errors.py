"""The one error of the embedded stack."""

from __future__ import annotations

from starter.failures import FailureCode, Unavailable


class EmbeddedError(Unavailable):
    """Something that keeps the embedded stack from working: one sentence for a person, with what to do about it."""

    code = FailureCode.ENGINES_UNAVAILABLE
