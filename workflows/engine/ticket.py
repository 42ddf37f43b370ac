"""The engine of one ticket: commands in, facts out. Every method is synchronous, so a command is applied whole or not
at all; there is no await in between at which another one could see half of it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from models.contracts.ai import AskedInTurn, TrackRecord
from models.contracts.base import Command
from models.contracts.commands import CommandResult, CompleteStage, EngineerRef
from models.contracts.facts import CommandRefused
from models.contracts.offering import OfferStage
from models.contracts.projection import Candidates, CandidatesWanted
from models.contracts.proposals import Proposed, ProposedDiagnosis
from models.contracts.state import Refusal, Reply, StageVisit, TicketState
from models.contracts.tickets import TicketInput, TicketResult
from models.sla.clock import BREACH_PERCENT
from models.vocabulary import ClockState
from models.vocabulary.ai import AiTask
from workflows.engine.advice import Advice
from workflows.engine.assignment import Assignment
from workflows.engine.by_itself import ByItself
from workflows.engine.changes import Changes
from workflows.engine.checks import Checks
from workflows.engine.clocks import ClockBoard
from workflows.engine.diagnoses import Diagnoses
from workflows.engine.ending import Ending
from workflows.engine.escalation import Escalation
from workflows.engine.graph import StageGraph
from workflows.engine.holds import Holds
from workflows.engine.lateness import Counted, Lateness
from workflows.engine.levels import Levels
from workflows.engine.moves import StageMoves
from workflows.engine.offers import Offers
from workflows.engine.onsite import OnSite
from workflows.engine.outcome import Outcomes
from workflows.engine.refusal import RefusedError
from workflows.engine.reopening import Reopening
from workflows.engine.rules import Rules
from workflows.engine.stage_work import StageWork
from workflows.engine.story import Story
from workflows.engine.terms import Terms

REMEMBERED_REPLIES = 500


class TicketEngine:
    """Applies commands and time to a ticket's state."""

    def __init__(self, ticket: TicketInput, state: TicketState) -> None:
        self.ticket = ticket
        self.state = state
        self.ids_are_bound = True
        """Whether another command under an id that was answered is refused, and not taken for the same."""
        self.story = Story(state)
        self.story.in_order = True
        self.graph = StageGraph(ticket.template, state.visits)
        self.terms = Terms(ticket, state)
        self.clocks = ClockBoard(ticket, state, self.story, self.terms)
        self.advice = Advice(self.graph, self.story)
        self.outcomes = Outcomes(self.graph, state.visits)
        self._diagnoses = Diagnoses(state, self.graph, self.terms, self.clocks, self.story)
        self._by_itself = ByItself(state, self.graph)
        self._checks = Checks(state, self.graph, ticket.unit.time_zone)
        self._moves = StageMoves(state, self.graph, self.clocks, self.story)
        self._escalation = Escalation(ticket, self.terms, self.graph, self.story)
        self._ending = Ending(ticket.number, state, self.graph, self.clocks, self.story)
        self._lateness = Lateness(ticket.template, state, self.graph, self._checks, self.clocks)
        self._holds = Holds(ticket.template, state, self._checks, self.clocks, self.story)
        self._assignment = Assignment(self.graph, self._checks, self.clocks, self._escalation, self.story)
        self.offers = Offers(
            template=ticket.template,
            terms=self.terms,
            graph=self.graph,
            checks=self._checks,
            clocks=self.clocks,
            assignment=self._assignment,
            escalation=self._escalation,
            story=self.story,
        )
        self._ending.before_end = self.offers.close
        self._work = StageWork(
            number=ticket.number,
            graph=self.graph,
            checks=self._checks,
            moves=self._moves,
            clocks=self.clocks,
            escalation=self._escalation,
            ending=self._ending,
            outcomes=self.outcomes,
            diagnoses=self._diagnoses,
        )
        self._rules = Rules()
        for part in (
            self._assignment,
            self.offers,
            Levels(self.graph, self._checks, self._assignment, self._escalation),
            self._work,
            self._holds,
            Changes(ticket.template, state, self.terms, self.clocks, self.story),
            OnSite(self.graph, self._checks, self.clocks, self.story),
            Reopening(
                ticket=ticket,
                state=state,
                graph=self.graph,
                checks=self._checks,
                moves=self._moves,
                clocks=self.clocks,
                escalation=self._escalation,
                story=self.story,
            ),
            self._ending,
        ):
            part.say(self._rules)

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
        """The next instant at which something happens by itself: a threshold, the end of a hold or of an offer."""
        if self.is_over:
            return None
        return self._not_before(self.state.opened_at) if self.offers.unsettled() else self._due()

    def advance(self, now: datetime) -> None:
        """Let everything happen that was due by `now`, in its order and at its own instant, however late we are."""
        now = self._not_before(now)
        while (instant := self._due()) is not None and instant <= now:
            hold_ends, offer_ends = self._holds.next_end(), self.offers.next_end()
            if hold_ends is not None and hold_ends <= instant:
                self._holds.end_due(hold_ends)
                continue
            if offer_ends is not None and offer_ends <= instant:
                self.offers.expire(offer_ends)
                continue
            upcoming = self.clocks.next_threshold()
            assert upcoming is not None  # noqa: S101  # wake_at() said so
            clock, threshold = upcoming
            self.clocks.reach(clock, threshold)
            following = self.clocks.next_of(clock.name)
            # Another target may put a clock beyond several thresholds at once: people are told of the last one.
            if not threshold.again and (following is None or following.at > threshold.at):
                self._escalation.tell(clock, threshold)
        if not self.is_over:
            self.offers.settle(now)

    # -- commands ----------------------------------------------------------------------------------------------------

    def candidates_wanted(self, command: OfferStage) -> CandidatesWanted:
        """Whom an offer asks for, to be looked up before it is applied. Its shape has been checked."""
        return CandidatesWanted(
            equipment_id=self.ticket.unit.equipment_id,
            level=self.graph.latest(command.stage).support_level,
            codes=command.engineers,
            ticket_id=self.ticket.ticket_id,
            stage=command.stage,
        )

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

    def apply(
        self,
        command: Command,
        now: datetime,
        engineer: EngineerRef | None = None,
        candidates: Candidates | None = None,
    ) -> CommandResult:
        """Apply a command once.

        Args:
            command: what is asked.
            now: the workflow's time.
            engineer: for AssignEngineer, the registry's record of the engineer; None when there is none.
            candidates: for OfferStage, whom it may go to; None when nobody was found.

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
        counted = self._lateness.counted(command, now)
        with self.story.caused_by(command, now, **_claims(counted)):
            try:
                message = self._dispatch(command, counted.at, engineer, candidates or Candidates())
                self._correct(now)
                self.offers.settle(now)
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
            message=f"{message}{self._lateness.words(counted, now)}",
            warnings=self._assignment.warned(command),
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
        if not self.advice.take(visit, proposed) or not isinstance(proposed, ProposedDiagnosis):
            return
        self._diagnoses.raise_priority(visit, proposed, now)
        command = self._by_itself.completion(visit, proposed, track)
        if isinstance(command, CompleteStage):
            with self.story.caused_by(command):
                self._work.finish(visit, command, now)
                self.offers.settle(now)
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

    def approve_late_holds(self, wanted: Callable[[], bool]) -> None:
        """Whether a hold that takes back what was reported needs an approval; asked where one would."""
        self._holds.late_are_approved = wanted

    def want_all_said(self, wanted: bool) -> None:
        """Whether what would be kept in silence, without its reason or by somebody who may not is refused."""
        self._checks.all_said = wanted

    def warn_of_assignments(self, wanted: bool) -> bool:
        """Whether what speaks against an engineer counts; returns the same."""
        self._assignment.warns = wanted
        return wanted

    def check_shape(self, command: Command, now: datetime) -> None:
        """Refuse what no progress of the ticket could make right; nothing is recorded.

        Raises:
            RefusedError: an unknown stage, a resume date that is past or too far away.
        """
        self._rules.check_shape(command, self._lateness.counted(command, self._not_before(now)).at)

    def take_later(self, may: bool) -> None:
        """Whether what is told after it happened may count from then."""
        self._lateness.takes = self.story.in_order = may

    def want_handover(self, wanted: bool) -> None:
        """Whether who hands a stage in progress over has to say how it stands."""
        self._assignment.wants_handover = wanted

    def cancel_from_outside(self, now: datetime, reason: str) -> None:
        """Somebody cancelled the workflow itself (Temporal's own cancellation); the ticket is cancelled with it."""
        if not self.is_over:
            now = self._not_before(now)
            self.advance(now)
            self._ending.cancel(now, reason)

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

    def _due(self) -> datetime | None:
        upcoming = self.clocks.next_threshold()
        instants = (upcoming[1].at if upcoming else None, self._holds.next_end(), self.offers.next_end())
        return min((instant for instant in instants if instant is not None), default=None)

    def _dispatch(self, command: Command, now: datetime, engineer: EngineerRef | None, candidates: Candidates) -> str:
        self._checks.may_send(command)
        self._rules.check_shape(command, now)
        if not self._rules.takes_ended(command):
            self._checks.not_over(command)
        self._assignment.looked_up, self.offers.looked_up = engineer, candidates
        return self._rules.apply(command, now)

    def _correct(self, now: datetime) -> None:
        """Breaches that what is told now has taken back were told, and so is that."""
        for clock, lifted in self.clocks.taken_back():
            if BREACH_PERCENT in lifted:
                self._escalation.take_back(clock, now)

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


def _claims(counted: Counted) -> dict[str, Any]:
    """What a fact says of a time that was claimed and is not what counts."""
    return {"claimed_at": counted.claimed, "untaken": counted.untaken} if counted.claimed is not None else {}
