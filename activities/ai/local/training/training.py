"""A training from its first ticket to its verdict: count the oldest, tune to later ones, judge on the newest."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from activities.ai.local.engine import LocalDiagnostician
from activities.ai.local.faults import KnowledgeBase
from activities.ai.local.model import LocalModel
from activities.ai.local.training.counting import Counts
from activities.ai.local.training.judging import ByFrequency, Judge, Scores
from activities.ai.local.training.tuning import Tuner
from activities.ai.local.training.verdict import Verdict, verdict
from activities.ai.local.training.verified import LeftOut, Teacher

Row = Mapping[str, Any]
"""Of `verified_tickets()`; `whole_case` decoded."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of a training: the new model, how it and the one in force did, and whether it takes its place."""

    model: LocalModel
    before: Scores
    after: Scores
    frequency_loss: float
    verdict: Verdict


class Training:
    """Takes verified tickets in the order of time: `count()` each of the oldest, `tune()`, `judge()` the newest.

    Nothing of a later part goes into an earlier one. What was judged is what is put into force: it is not fitted to
    the held-back tickets afterwards.

    Args:
        shipped: what training begins from, whatever is in force, so that the same tickets make the same model.
        in_force: what the new model is compared with.
    """

    def __init__(
        self, knowledge: KnowledgeBase, codes: Container[str], shipped: LocalModel, in_force: LocalModel
    ) -> None:
        self._engine = LocalDiagnostician(knowledge, shipped)
        self._in_force = in_force
        self._teacher = Teacher(self._engine, codes)
        self._counts = Counts(knowledge)
        self._tuner: Tuner | None = None
        self._judges: tuple[Judge, Judge, ByFrequency] | None = None
        self.counted = self.tuned = self.judged = 0

    @property
    def left_out(self) -> LeftOut:
        """Tickets of all parts that nothing could be learnt from."""
        return self._teacher.left_out

    @property
    def usable(self) -> int:
        """Tickets that something was learnt from or judged by."""
        return self.counted + self.tuned + self.judged

    def count(self, row: Row) -> None:
        """Learn how often each fault is, and its words."""
        if lesson := self._teacher.lesson(row):
            self._counts.add(lesson)
            self.counted += 1

    def tune(self, row: Row) -> None:
        """Take a ticket to tune the numbers to."""
        if self._tuner is None:
            engine, counts = self._engine, self._counts
            self._tuner = Tuner(engine, engine.model, counts.priors(), counts.words())
        if lesson := self._teacher.lesson(row, row["whole_case"]):
            self._tuner.add(lesson)
            self.tuned += 1

    def judge(self, row: Row) -> None:
        """Judge both models on a ticket; the first one ends the tuning."""
        judges = self._judges or self._begin_judging()
        if lesson := self._teacher.lesson(row, row["whole_case"]):
            for one in judges:
                one.add(lesson)
            self.judged += 1

    def ended(self) -> Trained:
        """The verdict. There must have been tickets to tune to and to judge by."""
        old, new, frequency = self._judges or self._begin_judging()
        return Trained(
            new.engine.model,
            old.scores(),
            new.scores(),
            sum(frequency.losses) / len(frequency.losses),
            verdict(old, new, frequency),
        )

    def _begin_judging(self) -> tuple[Judge, Judge, ByFrequency]:
        if self._tuner is None:
            raise ValueError("there was nothing to tune to")
        model = self._tuner.tuned(f"{self.counted + self.tuned} verified tickets of this installation")
        self._tuner = None  # its examples are not needed any more
        self._judges = (
            Judge(self._engine.using(self._in_force)),
            Judge(self._engine.using(model)),
            ByFrequency(self._counts),
        )
        return self._judges
