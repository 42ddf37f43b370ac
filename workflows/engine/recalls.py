"""Who takes a fact back into the state: the part of the engine that tells it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from models.contracts.state import StageVisit, TicketState
from models.contracts.told import BaseFact, StageRef
from workflows.engine.graph import StageGraph
from workflows.engine.recalled_clocks import RecalledClocks

Told = TypeVar("Told", bound=BaseFact)


@dataclass(slots=True)
class Memory:
    """What is known of a ticket by its facts so far.

    Attributes:
        shown: for visits that ended, the session of the diagnosis that people saw then.
    """

    state: TicketState
    graph: StageGraph
    clocks: RecalledClocks
    shown: dict[tuple[str, int], UUID] = field(default_factory=dict)

    def visit(self, ref: StageRef) -> StageVisit:
        """The visit that a fact is about.

        Raises:
            ValueError: there is none.
        """
        for visit in self.state.visits:
            if (visit.key, visit.visit) == (ref.key, ref.visit):
                return visit
        raise ValueError(f"there is no visit {ref.visit} of stage {ref.key}")


class Recalls:
    """The facts of one part of the engine, each with what it does to the state when it is told again."""

    def __init__(self) -> None:
        self.by_kind: dict[type[BaseFact], Callable[[Memory, Any], None]] = {}

    def of(self, kind: type[Told]) -> Callable[[Callable[[Memory, Told], None]], Callable[[Memory, Told], None]]:
        """Marks what takes back facts of a kind. It raises ValueError where the fact can't follow those before it."""

        def mark(recall: Callable[[Memory, Told], None]) -> Callable[[Memory, Told], None]:
            self.by_kind[kind] = recall
            return recall

        return mark
