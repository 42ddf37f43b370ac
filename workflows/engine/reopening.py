"""Taking up a closed ticket again."""

from __future__ import annotations

from datetime import datetime

from models.contracts.commands import Reopen
from models.contracts.facts import TicketReopened
from models.contracts.state import TicketState
from models.contracts.tickets import TicketInput
from models.vocabulary.tickets import TicketStatus
from workflows.engine.checks import Checks
from workflows.engine.clocks import ClockBoard
from workflows.engine.escalation import Escalation
from workflows.engine.graph import MOST_VISITS, StageGraph
from workflows.engine.moves import StageMoves
from workflows.engine.recalls import Memory, Recalls
from workflows.engine.refusal import RefusedError
from workflows.engine.rules import Rules
from workflows.engine.story import Story

RECALLS = Recalls()


class Reopening:
    """The template says for how long, and what becomes of the solved time."""

    def __init__(
        self,
        *,
        ticket: TicketInput,
        state: TicketState,
        graph: StageGraph,
        checks: Checks,
        moves: StageMoves,
        clocks: ClockBoard,
        escalation: Escalation,
        story: Story,
    ) -> None:
        self._number = ticket.number
        self._template = ticket.template
        self._state = state
        self._graph = graph
        self._checks = checks
        self._moves = moves
        self._clocks = clocks
        self._escalation = escalation
        self._story = story

    def say(self, rules: Rules) -> None:
        rules.add(Reopen, self._reopen, self._check_shape, of_ended=True)

    def _check_shape(self, command: Reopen, _: datetime) -> None:
        self._checks.known(command.return_to)

    def _reopen(self, command: Reopen, now: datetime) -> str:
        """The ticket is open again, and so is its resolution clock; a further visit begins."""
        target = self._target(command, now)
        self._state.status = TicketStatus.OPEN
        self._state.ended_at = None
        self._state.end_reason = ""
        self._state.reopened += 1
        self._story.tell(TicketReopened, now, reopened=self._state.reopened, reason=command.reason, note=command.note)
        self._clocks.reopen(self._template.reopen_policy, now, command.reason, self._state.reopened)
        entered = self._moves.go_back(target, now, command.reason)
        self._escalation.announce(entered, now)
        return f"Ticket {self._number} is open again; next: {self._graph.names(one.key for one in entered)}."

    def _target(self, command: Reopen, now: datetime) -> str:
        """The stage that a closed ticket goes back to."""
        ended = self._state.ended_at
        if ended is None or self._state.status is not TicketStatus.CLOSED:
            raise RefusedError(
                f"Only a closed ticket can be reopened; this one is {self._state.status.value}."
                + (" Open a new ticket if the fault is back." if ended else "")
            )
        if not self._template.reopen_within:
            raise RefusedError("Tickets of this template can't be reopened. Open a new ticket.")
        if now > ended + self._template.reopen_within:
            raise RefusedError(
                f"The ticket was closed at {self._checks.when(ended)}; it could be reopened until "
                f"{self._checks.when(ended + self._template.reopen_within)}. Open a new ticket."
            )
        target = command.return_to or next(iter(self._graph.definitions))
        if self._graph.latest(target).visit >= MOST_VISITS:
            raise RefusedError(
                f"{self._graph.definitions[target].name} was visited {MOST_VISITS} times. Open a new ticket."
            )
        return target


@RECALLS.of(TicketReopened)
def _reopened(memory: Memory, fact: TicketReopened) -> None:
    memory.state.status, memory.state.reopened = TicketStatus.OPEN, fact.reopened
    memory.state.ended_at, memory.state.end_reason = None, ""
