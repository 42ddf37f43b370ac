"""The shape of a stage type's rules. Pure: what an outcome means is decided from the outcome alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.vocabulary import StageOutcome, StageType


@dataclass(frozen=True, slots=True)
class Consequence:
    """What an outcome means for the stages that come after it.

    Attributes:
        skips: stage types that are left out, of those that depend on this stage.
        reason: why, in the words of the record.
        goes_back: whether work returns to an earlier stage (or to this one), for a further visit.
    """

    skips: frozenset[StageType] = frozenset()
    reason: str = ""
    goes_back: bool = False


@dataclass(frozen=True, slots=True)
class StageRules:
    """The outcomes that a stage type can have, each with its consequence; `done` is always possible."""

    outcomes: dict[StageOutcome, Consequence] = field(default_factory=dict)

    def consequence(self, outcome: StageOutcome) -> Consequence | None:
        """What `outcome` means, or None when a stage of this type can't end so."""
        if outcome is StageOutcome.DONE:
            return Consequence()
        return self.outcomes.get(outcome)

    @property
    def possible(self) -> tuple[StageOutcome, ...]:
        return (StageOutcome.DONE, *self.outcomes)
