"""From the facts of a ticket back to its state: what a workflow knew, rebuilt from the record alone.

The opposite of `Story`: the engine tells what it does as facts, and here facts do it again. Clocks are moved by the
very methods that the engine moves them by, so a record that no engine can have told is found out.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from models.contracts.base import SYSTEM
from models.contracts.facts import (
    AiUnanswered,
    ArrivedOnSite,
    ClockMoved,
    ContractChanged,
    EngineerAssigned,
    Fact,
    PriorityChanged,
    StageRef,
    StagesMoved,
    SupportLevelRaised,
    TicketEnded,
    TicketHeld,
    TicketReopened,
    TicketResumed,
    TravelStarted,
)
from models.contracts.proposals import Proposed
from models.contracts.state import ActiveHold, StageVisit, TicketState
from models.contracts.tickets import TicketInput
from models.vocabulary import StageStatus, TicketStatus
from models.vocabulary.ai import AiTask
from workflows.engine.advice import LONGEST_STORY
from workflows.engine.graph import StageGraph
from workflows.engine.recalled_clocks import RecalledClocks
from workflows.engine.recalled_replies import RecalledReplies
from workflows.engine.terms import Terms


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
        self.shown: dict[tuple[str, int], UUID] = {}
        self._graph = StageGraph(ticket.template, self.state.visits)
        self._graph.plan()
        terms = Terms(ticket, self.state)
        self._clocks = RecalledClocks(ticket.template, self.state, terms)
        self._replies = RecalledReplies(ticket.number, self.state, self._graph)

    def take(self, fact: Fact) -> None:
        """Let one more fact have happened.

        Raises:
            RecallError: it can't follow those before it.
        """
        if fact.sequence != self.state.sequence + 1:
            raise RecallError(f"fact {fact.sequence} can't follow fact {self.state.sequence}: the record has a gap")
        self._replies.before(fact)
        try:
            self._apply(fact)
        except ValueError as error:  # a ClockError is one, too
            raise RecallError(f"fact {fact.sequence} ({fact.kind}) does not fit those before it: {error}") from error
        self.state.sequence = self.state.stored = fact.sequence
        self.state.latest = fact.at
        self._replies.after(fact)

    def show(self, stage: StageRef, proposed: Proposed) -> None:
        """AI had answered for this visit, and people saw it."""
        visit = self._visit(stage)
        advice = visit.advised(proposed.task)
        advice.asked, advice.proposed = True, proposed

    # -- inside ------------------------------------------------------------------------------------------------------

    def _apply(self, fact: Fact) -> None:
        state = self.state
        match fact:
            case ClockMoved():
                self._clocks.move(fact)
            case TicketHeld():
                self._hold(fact)
            case TicketResumed():
                state.holds = [hold for hold in state.holds if hold.reason != fact.hold_reason]
                if not state.holds:
                    state.status = TicketStatus.OPEN
            case PriorityChanged():
                state.priority = fact.priority
            case ContractChanged():
                self._clocks.change_calendar(fact.calendar)
                state.service, state.calendar = fact.service, fact.calendar
            case TicketReopened():
                state.status, state.reopened = TicketStatus.OPEN, fact.reopened
                state.ended_at, state.end_reason = None, ""
            case TicketEnded():
                state.status, state.end_reason, state.holds = fact.status, fact.reason, []
                state.ended_at = fact.at
            case _:
                self._apply_to_visits(fact)

    def _apply_to_visits(self, fact: Fact) -> None:
        match fact:
            case StagesMoved():
                self._move(fact)
            case EngineerAssigned():
                for ref in fact.stages:
                    self._visit(ref).engineer = fact.engineer
            case SupportLevelRaised():
                self._visit(fact.stage).support_level = fact.level
            case TravelStarted():
                self._visit(fact.stage).travel_started_at = fact.at
            case ArrivedOnSite():
                self._visit(fact.stage).arrived_at = fact.at
            case AiUnanswered():
                advice = self._visit(fact.stage).advised(fact.task)
                last = f": {fact.reason}" if fact.reason else ""
                advice.asked, advice.story, advice.flags = True, f"{fact.story}{last}"[:LONGEST_STORY], fact.flags
            case _:  # notifications, refusals, a rescue: they change nothing of the ticket itself
                pass

    def _move(self, fact: StagesMoved) -> None:
        for place, finished in enumerate(fact.finished):
            visit = self._visit(finished)
            visit.status, visit.outcome, visit.reason = finished.status, finished.outcome, finished.reason
            visit.actions = dict(finished.actions)
            if finished.diagnosis is not None:
                visit.advised(AiTask.DIAGNOSIS).decision = finished.diagnosis
            visit.verified = finished.verified
            visit.finished_at = fact.at
            # The first one is what somebody did; the others were skipped because of it, by nobody.
            visit.finished_by = fact.actor if place == 0 else SYSTEM
            if finished.proposed is not None:
                self.shown[finished.key, finished.visit] = finished.proposed
        for planned in fact.planned:
            last = self._graph.latest(planned.key)
            self.state.visits.append(
                StageVisit(
                    key=planned.key, visit=planned.visit, support_level=last.support_level, engineer=last.engineer
                )
            )
        for entered in fact.entered:
            visit = self._visit(entered)
            visit.status, visit.entered_at = StageStatus.IN_PROGRESS, fact.at
            visit.support_level, visit.engineer = entered.support_level, entered.engineer

    def _hold(self, fact: TicketHeld) -> None:
        state = self.state
        earlier = next((hold for hold in state.holds if hold.reason == fact.hold_reason), None)
        hold = ActiveHold(
            reason=fact.hold_reason,
            since=earlier.since if earlier else fact.at,
            resume_at=fact.resume_at,
            owner=fact.owner or fact.actor.code,  # facts from before there were owners have none
            asked_by=fact.actor,
            approved_by=fact.approved_by,
        )
        state.holds = [one for one in state.holds if one is not earlier] + [hold]
        state.status = TicketStatus.ON_HOLD

    def _visit(self, ref: StageRef) -> StageVisit:
        for visit in self.state.visits:
            if (visit.key, visit.visit) == (ref.key, ref.visit):
                return visit
        raise ValueError(f"there is no visit {ref.visit} of stage {ref.key}")
