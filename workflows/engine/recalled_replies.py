"""What was answered to whom, from the facts that commands left: so that none of them is applied again."""

from __future__ import annotations

from models.contracts.base import SYSTEM
from models.contracts.commands import CommandResult
from models.contracts.facts import CommandRefused, EngineerAssigned, Fact
from models.contracts.state import Refusal, Reply, TicketState
from models.instants import on_the_clock
from workflows.engine.graph import StageGraph
from workflows.engine.ticket import REMEMBERED_REPLIES

NOT_KNOWN = "Applied at {at} ({kind}). The words of that answer are not on record."
"""For facts from before they had the answer."""


class RecalledReplies:
    """A command's facts follow each other, and the answer is given after the last of them."""

    def __init__(self, number: str, zone: str, state: TicketState, graph: StageGraph) -> None:
        self._number = number
        self._zone = zone
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
        if isinstance(fact, CommandRefused) and any(reply.command_id == fact.command_id for reply in replies):
            self._misused(fact)  # what the id was answered first stays its answer
            return
        if self._first is None:
            self._first = fact
        elif replies and replies[-1].command_id == fact.command_id:
            replies.pop()
        if self._first.kind == "clock_moved":  # a clock stops before what it was stopped by is told
            self._first = fact
        replies.append(self._reply(fact, self._first))
        del replies[:-REMEMBERED_REPLIES]

    def _misused(self, fact: CommandRefused) -> None:
        if fact.answered is not None:
            delivery = f"{fact.command_id}:{fact.answered.digest}"
            self._state.misuses = [*self._state.misuses, delivery][-REMEMBERED_REPLIES:]

    def _reply(self, fact: Fact, first: Fact) -> Reply:
        given = fact.answered
        kind = fact.command if isinstance(fact, CommandRefused) else given.command if given else ""
        return Reply(
            command_id=fact.command_id or "",
            answer=self._answer(fact, first),
            command=kind,
            actor=fact.actor,
            digest=given.digest if given else "",
        )

    def _answer(self, fact: Fact, first: Fact) -> CommandResult | Refusal:
        if isinstance(fact, CommandRefused):
            return Refusal(message=fact.reason)
        not_known = NOT_KNOWN.format(at=on_the_clock(fact.at, self._zone), kind=first.kind.replace("_", " "))
        return CommandResult(
            number=self._number,
            command_id=fact.command_id or "",
            applied_at=fact.at,
            ticket_status=self._state.status,
            active_stages=tuple(visit.key for visit in self._graph.active()),
            message=fact.answered.message if fact.answered else not_known,
            warnings=tuple(one.whole for one in first.warnings) if isinstance(first, EngineerAssigned) else (),
        )


def _is_by_ai(fact: Fact) -> bool:
    """Whether AI completed the stage by itself: nobody has sent that, so nobody gets an answer."""
    return fact.command_id is not None and fact.command_id.startswith("ai-") and fact.actor == SYSTEM
