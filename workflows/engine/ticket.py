"""The engine of one ticket: commands in, facts out. Every method is synchronous, so a command is applied whole or not
at all; there is no await in between at which another one could see half of it.
"""

from __future__ import annotations

from datetime import datetime

from models.contracts.ai import AskedInTurn, TrackRecord
from models.contracts.base import Command
from models.contracts.commands import (
    ArriveOnSite,
    AssignEngineer,
    Cancel,
    ChangeContract,
    ChangePriority,
    CommandResult,
    CompleteStage,
    EngineerRef,
    Hold,
    Reopen,
    Resume,
    SkipStage,
    StartTravel,
)
from models.contracts.facts import CommandRefused, EngineerAssigned, StageRef, TicketEnded
from models.contracts.proposals import Proposed
from models.contracts.state import Refusal, Reply, StageVisit, TicketState
from models.contracts.tickets import TicketInput, TicketResult
from models.vocabulary import ClockState, Role, StageStatus, TicketStatus
from models.vocabulary.ai import AiTask
from workflows.engine.advice import Advice
from workflows.engine.by_itself import ByItself
from workflows.engine.changes import Changes
from workflows.engine.checks import Checks
from workflows.engine.clocks import ARRIVAL, RESPONSE, ClockBoard, stage_clock
from workflows.engine.diagnoses import Diagnoses
from workflows.engine.escalation import Escalation
from workflows.engine.graph import StageGraph
from workflows.engine.holds import Holds
from workflows.engine.moves import StageMoves
from workflows.engine.onsite import OnSite
from workflows.engine.outcome import Outcomes
from workflows.engine.refusal import RefusedError
from workflows.engine.story import Story
from workflows.engine.terms import Terms

REMEMBERED_REPLIES = 500
FIRST_ACTORS = frozenset({Role.ENGINEER, Role.MANUFACTURER})
"""Whose act is a response: a qualified person's, not a coordinator's dispatch and not a machine's draft."""


class TicketEngine:
    """Applies commands and time to a ticket's state."""

    def __init__(self, ticket: TicketInput, state: TicketState) -> None:
        self.ticket = ticket
        self.state = state
        self.ids_are_bound = True
        """Whether another command under an id that was answered is refused, and not taken for the same."""
        self.story = Story(state)
        self.graph = StageGraph(ticket.template, state.visits)
        self.terms = Terms(ticket, state)
        self.clocks = ClockBoard(ticket, state, self.story, self.terms)
        self._checks = Checks(state, self.graph)
        self._moves = StageMoves(state, self.graph, self.clocks, self.story)
        self._holds = Holds(ticket.template, state, self.clocks, self.story)
        self._escalation = Escalation(ticket, self.terms, self.graph, self.story)
        self._on_site = OnSite(self.graph, self.clocks, self.story)
        self.advice = Advice(self.graph, self.story)
        self._diagnoses = Diagnoses(state, self.graph, self.terms, self.clocks, self.story)
        self._by_itself = ByItself(state, self.graph)
        self.outcomes = Outcomes(self.graph, state.visits)
        self._changes = Changes(ticket.template, state, self.terms, self.clocks, self.story)

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
        instants = (upcoming[1].at if upcoming else None, self._holds.next_end())
        return min((instant for instant in instants if instant is not None), default=None)

    def advance(self, now: datetime) -> None:
        """Let everything happen that was due by `now`, in its order and at its own instant, however late we are."""
        now = self._not_before(now)
        while (instant := self.wake_at()) is not None and instant <= now:
            hold_ends = self._holds.next_end()
            if hold_ends is not None and hold_ends <= instant:
                self._holds.end_due(hold_ends)
                continue
            upcoming = self.clocks.next_threshold()
            assert upcoming is not None  # noqa: S101  # wake_at() said so
            clock, threshold = upcoming
            self.clocks.reach(clock, threshold)
            following = self.clocks.next_of(clock.name)
            # Another target may put a clock beyond several thresholds at once: people are told of the last one.
            if not threshold.again and (following is None or following.at > threshold.at):
                self._escalation.tell(clock, threshold)

    # -- commands ----------------------------------------------------------------------------------------------------

    def was_answered(self, command: Command) -> bool:
        """Whether this command id has its answer already."""
        return any(reply.command_id == command.command_id for reply in self.state.replies)

    def earlier_reply(self, command: Command) -> CommandResult | None:
        """The answer that this command was given before; None when its id is new.

        Raises:
            RefusedError: it was refused before, and is refused again with the same words; or its id is another's.
        """
        for reply in self.state.replies:
            if reply.command_id != command.command_id:
                continue
            if self.ids_are_bound and not reply.is_to(command):
                raise RefusedError(reply.belongs_to_another)
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
        try:
            if (earlier := self.earlier_reply(command)) is not None:
                return earlier
        except RefusedError as refusal:
            self._record_misuse(command, str(refusal), now)
            raise
        now = self._not_before(now)
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
            active_stages=() if self.is_over else tuple(visit.key for visit in self.graph.active()),
            message=message,
        )
        self._remember(command, result)
        return result

    def propose(self, visit: StageVisit, proposed: Proposed, track: TrackRecord | None, now: datetime) -> None:
        """AI has answered: show it, and complete the stage with it where that is allowed. After the end nothing is.

        Args:
            track: how often whoever answered was right, where the template wants to know.
        """
        if self.is_over:
            visit.advised(proposed.task).asked = True
            return
        now = self._not_before(now)
        self.advance(now)
        if not self.advice.take(visit, proposed):
            return
        self._diagnoses.raise_priority(visit, proposed, now)
        command = self._by_itself.completion(visit, proposed, track)
        if isinstance(command, CompleteStage):
            with self.story.caused_by(command):
                self._finish_visit(visit, command, now)
        elif command:
            visit.advised(proposed.task).proposed = proposed.model_copy(update={"held_back": command})

    def unanswered(
        self, visit: StageVisit, task: AiTask, asked: AskedInTurn, now: datetime, *, on_record: bool
    ) -> None:
        """AI was asked and nobody could answer.

        Args:
            on_record: as a fact, too; what happens after the end is none.
        """
        self.advice.nobody(visit, task, asked)
        if on_record and not self.is_over:
            now = self._not_before(now)
            self.advance(now)
            self.advice.tell_nobody(visit, task, asked, now)

    def let_holds_overlap(self, may: bool) -> None:
        """Whether a ticket that is on hold may be put on hold for something else as well."""
        self._holds.may_overlap = may

    def check_shape(self, command: Command, now: datetime) -> None:
        """Refuse what no progress of the ticket could make right; nothing is recorded.

        Raises:
            RefusedError: an unknown stage, a resume date that is past or too far away.
        """
        self._checks.shape(command, now)

    def cancel_from_outside(self, now: datetime, reason: str) -> None:
        """Somebody cancelled the workflow itself (Temporal's own cancellation); the ticket is cancelled with it."""
        if not self.is_over:
            now = self._not_before(now)
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

    def _not_before(self, now: datetime) -> datetime:
        """The moment, or that of the newest fact: a further run may begin on a server whose clock is behind."""
        return max(now, self.state.latest or self.state.opened_at)

    def _dispatch(self, command: Command, now: datetime, engineer: EngineerRef | None) -> str:
        self._checks.shape(command, now)
        if not isinstance(command, Reopen):
            self._checks.not_over(command)
        match command:
            case AssignEngineer():
                message = self._assign(command, now, engineer)
            case CompleteStage():
                message = self._complete(command, now)
            case SkipStage():
                message = self._skip(command, now)
            case Hold():
                message = self._holds.begin(command, now)
            case Resume():
                message = self._holds.resume(now, command.note)
            case ChangePriority():
                message = self._changes.priority(command, now)
            case ChangeContract():
                message = self._changes.contract(command, now)
            case StartTravel() | ArriveOnSite():
                message = self._on_the_way(command, now)
            case Reopen():
                message = self._reopen(command, now)
            case Cancel():
                self._end(TicketStatus.CANCELLED, now, command.reason)
                message = f"Ticket {self.ticket.number} is cancelled."
            case _:
                raise RefusedError(f"{type(command).__name__} is not a command of a ticket.")
        return message

    def _assign(self, command: AssignEngineer, now: datetime, engineer: EngineerRef | None) -> str:
        visits = self._checks.assignable(command, engineer)
        assert engineer is not None  # noqa: S101  # assignable() refuses an unknown one
        for visit in visits:
            visit.engineer = engineer
        refs = tuple(StageRef(key=visit.key, visit=visit.visit) for visit in visits)
        self.story.tell(EngineerAssigned, now, engineer=engineer, stages=refs, reason=command.note)
        takes_it = command.actor.role is Role.ENGINEER and command.actor.code == engineer.code
        if takes_it and any(visit.status is StageStatus.IN_PROGRESS for visit in visits):
            self.clocks.stop(RESPONSE, now)
        return f"{engineer.code} {engineer.name} is assigned to {self.graph.names(visit.key for visit in visits)}."

    def _complete(self, command: CompleteStage, now: datetime) -> str:
        command = self._decided(command)
        visit = self._checks.completable(command)
        self._checks.consequence(command)
        visit.verified = self.outcomes.of(command)
        self._answered_by(command, now)
        return self._finish_visit(visit, command, now)

    def _finish_visit(self, visit: StageVisit, command: CompleteStage, now: datetime) -> str:
        consequence = self._checks.consequence(command)
        if self.graph.definitions[visit.key].on_site:
            self.clocks.stop(ARRIVAL, now)  # at the latest
        self.clocks.stop(stage_clock(visit), now)
        entered = self._moves.complete(visit, command, consequence, now)
        return self._after_move(visit, "completed", entered, now)

    def _decided(self, command: CompleteStage) -> CompleteStage:
        """With what a decision on the diagnosis fills in; what is refused after all decides nothing."""
        if command.stage not in self.graph.definitions:
            return command
        return self._diagnoses.decide(self.graph.latest(command.stage), command)

    def _skip(self, command: SkipStage, now: datetime) -> str:
        visit = self._checks.skippable(command)
        self.clocks.cancel(stage_clock(visit), now, command.reason)
        entered = self._moves.skip(visit, command, now)
        return self._after_move(visit, "skipped", entered, now)

    def _on_the_way(self, command: StartTravel | ArriveOnSite, now: datetime) -> str:
        visit = self._checks.on_site(command)
        move = self._on_site.set_out if isinstance(command, StartTravel) else self._on_site.arrive
        message = move(visit, now, command.note)
        self._answered_by(command, now)
        return message

    def _answered_by(self, command: Command, now: datetime) -> None:
        """A qualified person's own act is a response."""
        if command.actor.role in FIRST_ACTORS:
            self.clocks.stop(RESPONSE, now)

    def _reopen(self, command: Reopen, now: datetime) -> str:
        target = self._checks.reopenable(command, self.ticket.template, now)
        self._changes.reopen(command, now)
        entered = self._moves.go_back(target, now, command.reason)
        self._escalation.announce(entered, now)
        return f"Ticket {self.ticket.number} is open again; next: {self.graph.names(one.key for one in entered)}."

    def _after_move(self, visit: StageVisit, verb: str, entered: list[StageVisit], now: datetime) -> str:
        name = self.graph.definitions[visit.key].name
        if self.graph.is_over():
            self._end(TicketStatus.CLOSED, now, "")
            return f"{name} is {verb}; ticket {self.ticket.number} is closed."
        if not self.graph.leads_on_site():
            self.clocks.cancel(ARRIVAL, now, "No visit is needed")
        self._escalation.announce(entered, now)
        return f"{name} is {verb}; next: {self.graph.names(one.key for one in self.graph.active())}."

    def _end(self, status: TicketStatus, now: datetime, reason: str) -> None:
        if status is TicketStatus.CLOSED:
            if not self.graph.leads_on_site():
                self.clocks.cancel(ARRIVAL, now, "No visit was needed")
            for clock in self.clocks.open():
                self.clocks.stop(clock.name, now)
        else:
            self.clocks.cancel_all(now, reason)
        self.state.status = status
        self.state.ended_at = now
        self.state.end_reason = reason
        self.state.holds = []
        self.story.tell(TicketEnded, now, status=status, reason=reason)

    def _record_misuse(self, command: Command, reason: str, now: datetime) -> None:
        """That somebody sent another command under an id that has its answer, once for each such command."""
        if any(reply.is_to(command) for reply in self.state.replies) or command.delivery_id in self.state.misuses:
            return
        self.state.misuses = [*self.state.misuses, command.delivery_id][-REMEMBERED_REPLIES:]
        now = self._not_before(now)
        self.advance(now)
        with self.story.caused_by(command):
            self.story.tell(CommandRefused, now, command=type(command).__name__, reason=reason)
        self.story.answered(command)

    def _remember(self, command: Command, answer: CommandResult | Refusal) -> None:
        self.story.answered(command, answer.message if isinstance(answer, CommandResult) else "")
        kind, digest = type(command).__name__, command.digest
        reply = Reply(command_id=command.command_id, answer=answer, command=kind, actor=command.actor, digest=digest)
        self.state.replies.append(reply)
        del self.state.replies[:-REMEMBERED_REPLIES]
