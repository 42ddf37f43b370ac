"""The engine of one ticket: commands in, facts out. Every method is synchronous, so a command is applied whole or not
at all; there is no await in between at which another one could see half of it.
"""

from __future__ import annotations

from datetime import datetime

from models.contracts.base import Command
from models.contracts.commands import (
    AssignEngineer,
    Cancel,
    CommandResult,
    CompleteStage,
    EngineerRef,
    Hold,
    Resume,
    SkipStage,
)
from models.contracts.facts import CommandRefused, EngineerAssigned, StageRef, TicketEnded
from models.contracts.state import Refusal, Reply, StageVisit, TicketState
from models.contracts.tickets import TicketInput, TicketResult
from models.vocabulary import ClockState, Role, StageStatus, TicketStatus
from workflows.engine.checks import Checks
from workflows.engine.clocks import ClockBoard, stage_clock
from workflows.engine.escalation import Escalation
from workflows.engine.graph import StageGraph
from workflows.engine.holds import Holds
from workflows.engine.moves import StageMoves
from workflows.engine.refusal import RefusedError
from workflows.engine.story import Story

REMEMBERED_REPLIES = 500
FIRST_ACTORS = frozenset({Role.ENGINEER, Role.MANUFACTURER})
"""Whose act is a response: a qualified person's, not a coordinator's dispatch and not a machine's draft."""


class TicketEngine:
    """Applies commands and time to a ticket's state."""

    def __init__(self, ticket: TicketInput, state: TicketState) -> None:
        self.ticket = ticket
        self.state = state
        self.story = Story(state)
        self.graph = StageGraph(ticket.template, state.visits)
        self.clocks = ClockBoard(ticket, state, self.story)
        self._checks = Checks(state, self.graph)
        self._moves = StageMoves(state, self.graph, self.clocks, self.story)
        self._holds = Holds(state, self.clocks, self.story)
        self._escalation = Escalation(ticket, self.graph, self.story)

    @classmethod
    def open(cls, ticket: TicketInput, now: datetime) -> TicketEngine:
        """A new ticket with its clocks running and its first stages entered, or the carried one as it was."""
        if ticket.carried is not None:
            return cls(ticket, ticket.carried)
        engine = cls(ticket, TicketState(opened_at=now))
        engine.graph.plan()
        engine.clocks.start_ticket_clocks(now)
        engine._escalation.announce(engine._moves.enter_ready(now), now)
        return engine

    # -- time --------------------------------------------------------------------------------------------------------

    def wake_at(self) -> datetime | None:
        """The next instant at which something happens by itself: a threshold, or the end of a hold."""
        if self.is_over:
            return None
        upcoming = self.clocks.next_threshold()
        instants = [upcoming[1].at] if upcoming else []
        if self.state.hold is not None:
            instants.append(self.state.hold.resume_at)
        return min(instants, default=None)

    def advance(self, now: datetime) -> None:
        """Let everything happen that was due by `now`, in its order and at its own instant, however late we are."""
        while (instant := self.wake_at()) is not None and instant <= now:
            hold = self.state.hold
            if hold is not None and hold.resume_at <= instant:
                self._holds.end(hold.resume_at, "Resume date reached")
                continue
            upcoming = self.clocks.next_threshold()
            assert upcoming is not None  # noqa: S101  # wake_at() said so
            self.clocks.reach(*upcoming)
            self._escalation.tell(*upcoming)

    # -- commands ----------------------------------------------------------------------------------------------------

    def was_answered(self, command: Command) -> bool:
        """Whether this command id has its answer already."""
        return any(reply.command_id == command.command_id for reply in self.state.replies)

    def earlier_reply(self, command: Command) -> CommandResult | None:
        """The answer this command id was given before; None when it is new.

        Raises:
            RefusedError: it was refused before, and is refused again with the same words.
        """
        for reply in self.state.replies:
            if reply.command_id == command.command_id:
                if isinstance(reply.answer, Refusal):
                    raise RefusedError(reply.answer.message)
                return reply.answer
        return None

    def apply(self, command: Command, now: datetime, engineer: EngineerRef | None = None) -> CommandResult:
        """Apply a command once.

        Args:
            command: what is asked.
            now: the workflow's time.
            engineer: for AssignEngineer, the registry's record of the engineer; None when there is none.

        Raises:
            RefusedError: the state does not allow it. The refusal is told as a fact; nothing else has changed.
        """
        if (earlier := self.earlier_reply(command)) is not None:
            return earlier
        self.advance(now)
        with self.story.caused_by(command):
            try:
                message = self._dispatch(command, now, engineer)
            except RefusedError as refusal:
                self.story.tell(CommandRefused, now, command=type(command).__name__, reason=str(refusal))
                self._remember(command, Refusal(message=str(refusal)))
                raise
        result = CommandResult(
            number=self.ticket.number,
            command_id=command.command_id,
            applied_at=now,
            ticket_status=self.state.status,
            active_stages=tuple(visit.key for visit in self.graph.active()),
            message=message,
        )
        self._remember(command, result)
        return result

    def check_shape(self, command: Command, now: datetime) -> None:
        """Refuse what no progress of the ticket could make right; nothing is recorded.

        Raises:
            RefusedError: an unknown stage, a resume date that is past or too far away.
        """
        self._checks.shape(command, now)

    def cancel_from_outside(self, now: datetime, reason: str) -> None:
        """Somebody cancelled the workflow itself (Temporal's own cancellation); the ticket is cancelled with it."""
        if not self.is_over:
            self.advance(now)
            self._end(TicketStatus.CANCELLED, now, reason)

    # -- readings ----------------------------------------------------------------------------------------------------

    @property
    def is_over(self) -> bool:
        return self.state.ended_at is not None

    def result(self) -> TicketResult:
        """What the workflow returns; only once the ticket is over."""
        ended = self.state.ended_at or self.state.opened_at
        verdicts = list(self.clocks.verdicts(ended))
        return TicketResult(
            number=self.ticket.number,
            status=self.state.status,
            opened_at=self.state.opened_at,
            ended_at=ended,
            elapsed=ended - self.state.opened_at,
            clocks_met=verdicts.count(ClockState.MET),
            clocks_breached=verdicts.count(ClockState.BREACHED),
            reason=self.state.end_reason,
        )

    # -- inside ------------------------------------------------------------------------------------------------------

    def _dispatch(self, command: Command, now: datetime, engineer: EngineerRef | None) -> str:
        self._checks.shape(command, now)
        self._checks.not_over(command)
        match command:
            case AssignEngineer():
                return self._assign(command, now, engineer)
            case CompleteStage():
                return self._complete(command, now)
            case SkipStage():
                return self._skip(command, now)
            case Hold():
                return self._holds.begin(command, now)
            case Resume():
                return self._holds.resume(now, command.note)
            case Cancel():
                self._end(TicketStatus.CANCELLED, now, command.reason)
                return f"Ticket {self.ticket.number} is cancelled."
        raise RefusedError(f"{type(command).__name__} is not a command of a ticket.")

    def _assign(self, command: AssignEngineer, now: datetime, engineer: EngineerRef | None) -> str:
        visits = self._checks.assignable(command, engineer)
        assert engineer is not None  # noqa: S101  # assignable() refuses an unknown one
        for visit in visits:
            visit.engineer = engineer
        refs = tuple(StageRef(key=visit.key, visit=visit.visit) for visit in visits)
        self.story.tell(EngineerAssigned, now, engineer=engineer, stages=refs, reason=command.note)
        takes_it = command.actor.role is Role.ENGINEER and command.actor.code == engineer.code
        if takes_it and any(visit.status is StageStatus.IN_PROGRESS for visit in visits):
            self.clocks.stop("response", now)
        return f"{engineer.code} {engineer.name} is assigned to {self.graph.names(visit.key for visit in visits)}."

    def _complete(self, command: CompleteStage, now: datetime) -> str:
        visit = self._checks.completable(command)
        consequence = self._checks.consequence(command)
        if command.actor.role in FIRST_ACTORS:
            self.clocks.stop("response", now)
        self.clocks.stop(stage_clock(visit), now)
        entered = self._moves.complete(visit, command, consequence, now)
        return self._after_move(visit, "completed", entered, now)

    def _skip(self, command: SkipStage, now: datetime) -> str:
        visit = self._checks.skippable(command)
        self.clocks.cancel(stage_clock(visit), now, command.reason)
        entered = self._moves.skip(visit, command, now)
        return self._after_move(visit, "skipped", entered, now)

    def _after_move(self, visit: StageVisit, verb: str, entered: list[StageVisit], now: datetime) -> str:
        name = self.graph.definitions[visit.key].name
        if self.graph.is_over():
            self._end(TicketStatus.CLOSED, now, "")
            return f"{name} is {verb}; ticket {self.ticket.number} is closed."
        self._escalation.announce(entered, now)
        return f"{name} is {verb}; next: {self.graph.names(one.key for one in self.graph.active())}."

    def _end(self, status: TicketStatus, now: datetime, reason: str) -> None:
        if status is TicketStatus.CLOSED:
            for clock in self.clocks.open():
                self.clocks.stop(clock.name, now)
        else:
            self.clocks.cancel_all(now, reason)
        self.state.status = status
        self.state.ended_at = now
        self.state.end_reason = reason
        self.state.hold = None
        self.story.tell(TicketEnded, now, status=status, reason=reason)

    def _remember(self, command: Command, answer: CommandResult | Refusal) -> None:
        self.state.replies.append(Reply(command_id=command.command_id, answer=answer))
        del self.state.replies[:-REMEMBERED_REPLIES]
