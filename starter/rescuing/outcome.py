"""What became of a rescue, for whoever asked for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """How it ended for one ticket."""

    HEALTHY = "healthy"
    """Its run answers, or nothing keeps it from doing so: nothing was touched."""
    RESCUED = "rescued"
    RESCUABLE = "rescuable"
    """It would be: a dry run."""
    OVER = "over"
    """The ticket is closed or cancelled, so there is nothing to bring back; a broken run of it is ended."""
    REFUSED = "refused"
    """It can't be brought back, or only by somebody who says so."""

    @property
    def is_well(self) -> bool:
        return self is not Verdict.REFUSED


@dataclass(frozen=True, slots=True)
class Recovered:
    """A command that the lost run had taken and the record did not have.

    Attributes:
        how: `acknowledged`, `taken as a signal`, `accepted and not answered`.
        at: when that was.
        became: what it was answered now.
        refused: whether the ticket refused it now.
        broken_promise: whether it is left out though whoever sent it was told that it is done.
    """

    command_id: str
    kind: str
    how: str
    at: datetime
    became: str
    refused: bool = False
    broken_promise: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """One ticket's rescue.

    Attributes:
        found: how its run was found: `does not replay: …`, `terminated`, `not there`, `answers`.
        sentence: what was done, or why not.
        recovered: commands that only the lost run knew.
        facts: how many facts the record had, those of the rescue not counted.
        unknown: what the record does not say.
        differences: in what facts and rows contradict each other.
        run_id: of the further run.
        answers: whether the further run has answered.
    """

    number: str
    workflow_id: str
    verdict: Verdict
    found: str
    sentence: str
    recovered: tuple[Recovered, ...] = ()
    facts: int = 0
    unknown: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    run_id: str | None = None
    answers: bool | None = None

    @property
    def is_well(self) -> bool:
        """Whether nobody has to look after it."""
        return self.verdict.is_well and not any(one.broken_promise for one in self.recovered)
