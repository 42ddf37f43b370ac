"""What was answered to whom, from the facts that commands left: so that none of them is applied again."""

from __future__ import annotations

from models.contracts.base import SYSTEM
from models.contracts.commands import CommandResult
from models.contracts.facts import CommandRefused, Fact
from models.contracts.state import Refusal, Reply, TicketState
from workflows.engine.graph import StageGraph
from workflows.engine.ticket import REMEMBERED_REPLIES

NOT_KNOWN = "Applied at {at:%Y-%m-%d %H:%M %Z} ({kind}). The words of that answer are not on record."
"""For facts from before they had the answer."""


class RecalledReplies:
    """A command's facts follow each other, and the answer is given after the last of them."""

    def __init__(self, number: str, state: TicketState, graph: StageGraph) -> None:
        self._number = number
        self._state = state
        self._graph = graph
        self._first: Fact | None = None
        """Of the command whose facts are being told: the first that says what it was."""

    def before(self, fact: Fact) -> None:
        """A fact is about to be taken: whoever caused the one before it has had its last."""
        if self._first is not None and self._first.command_id != fact.command_id:
            self._first = None

    def after(self, fact: Fact) -> None:
        """The fact has been taken. The answer is as of the newest one of its command, so it is put anew with each."""
        if fact.command_id is None or _is_by_ai(fact):
            return
        replies = self._state.replies
        if self._first is None:
            if any(reply.command_id == fact.command_id for reply in replies):
                return  # a command id that came again and was refused: its answer is the first one
            self._first = fact
        elif isinstance(fact, CommandRefused):
            return  # the same, right after the first one
        elif replies and replies[-1].command_id == fact.command_id:
            replies.pop()
        if self._first.kind == "clock_moved":  # a clock stops before what it was stopped by is told
            self._first = fact
        replies.append(Reply(command_id=fact.command_id, answer=self._answer(fact)))
        del replies[:-REMEMBERED_REPLIES]

    def _answer(self, fact: Fact) -> CommandResult | Refusal:
        if isinstance(fact, CommandRefused):
            return Refusal(message=fact.reason)
        assert self._first is not None  # noqa: S101  # after() has seen to it
        kind = self._first.kind.replace("_", " ")
        return CommandResult(
            number=self._number,
            command_id=fact.command_id or "",
            applied_at=fact.at,
            ticket_status=self._state.status,
            active_stages=tuple(visit.key for visit in self._graph.active()),
            message=fact.answer or NOT_KNOWN.format(at=fact.at, kind=kind),
        )


def _is_by_ai(fact: Fact) -> bool:
    """Whether AI completed the stage by itself: nobody has sent that, so nobody gets an answer."""
    return fact.command_id is not None and fact.command_id.startswith("ai-") and fact.actor == SYSTEM
