"""From the facts of a ticket back to its state: what a workflow knew, rebuilt from the record alone.

The opposite of `Story`: the engine tells what it does as facts, and here facts do it again. Clocks are moved by the
very methods that the engine moves them by, so a record that no engine can have told is found out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from models.contracts.facts import Fact
from models.contracts.proposals import Proposed
from models.contracts.state import TicketState
from models.contracts.tickets import TicketInput
from models.contracts.told import BaseFact, StageRef
from workflows.engine import (
    advice,
    assignment,
    changes,
    clocks,
    ending,
    escalation,
    holds,
    moves,
    offers,
    onsite,
    reopening,
)
from workflows.engine.graph import StageGraph
from workflows.engine.recalled_clocks import RecalledClocks
from workflows.engine.recalled_replies import RecalledReplies
from workflows.engine.recalls import Memory
from workflows.engine.terms import Terms

PARTS = (advice, assignment, changes, clocks, ending, escalation, holds, moves, offers, onsite, reopening)
RECALLS: dict[type[BaseFact], Callable[[Memory, Any], None]] = {
    kind: recall for part in PARTS for kind, recall in part.RECALLS.by_kind.items()
}
"""Facts of other kinds (notifications, refusals, a rescue) change nothing of the ticket itself."""


class RecallError(ValueError):
    """The facts are not those of one ticket from its opening on; the sentence names the first one that does not fit."""


def recall(ticket: TicketInput, opened_at: datetime, facts: Iterable[Fact]) -> Recall:
    """What is known of a ticket after its facts, all of them stored.

    What no fact tells is as if it had never been: a diagnosis that AI proposed (see `Recall.show()`), and the words of
    answers from before facts had them, which say that they are not known.

    Args:
        ticket: as it was opened; `carried` is not looked at.
        facts: from the first one on, without a gap.

    Raises:
        RecallError: there is a gap, or a fact that can't follow those before it.
    """
    memory = Recall(ticket, opened_at)
    for fact in facts:
        memory.take(fact)
    return memory


class Recall:
    """The fold, fact by fact.

    Attributes:
        state: as it stands after the facts that were taken.
        shown: for visits that ended, the session of the diagnosis that people saw then.
    """

    def __init__(self, ticket: TicketInput, opened_at: datetime) -> None:
        self.state = TicketState(opened_at=opened_at)
        graph = StageGraph(ticket.template, self.state.visits)
        graph.plan()
        clocks_again = RecalledClocks(ticket.template, self.state, Terms(ticket, self.state))
        self._memory = Memory(self.state, graph, clocks_again)
        self._replies = RecalledReplies(ticket.number, ticket.unit.time_zone, self.state, graph)

    @property
    def shown(self) -> dict[tuple[str, int], UUID]:
        return self._memory.shown

    def take(self, fact: Fact) -> None:
        """Let one more fact have happened.

        Raises:
            RecallError: it can't follow those before it.
        """
        if fact.sequence != self.state.sequence + 1:
            raise RecallError(f"fact {fact.sequence} can't follow fact {self.state.sequence}: the record has a gap")
        self._replies.before(fact)
        try:
            if (again := RECALLS.get(type(fact))) is not None:
                again(self._memory, fact)
        except ValueError as error:  # a ClockError is one, too
            raise RecallError(f"fact {fact.sequence} ({fact.kind}) does not fit those before it: {error}") from error
        self.state.sequence = self.state.stored = fact.sequence
        self.state.latest = fact.at
        self._replies.after(fact)

    def show(self, stage: StageRef, proposed: Proposed) -> None:
        """AI had answered for this visit, and people saw it."""
        answer = self._memory.visit(stage).advised(proposed.task)
        answer.asked, answer.proposed = True, proposed
