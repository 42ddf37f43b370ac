"""Ending visits to stages and beginning others, always in one step."""

from __future__ import annotations

from datetime import datetime

from models.contracts.base import SYSTEM
from models.contracts.commands import CompleteStage, SkipStage
from models.contracts.facts import StageEntry, StageFinish, StagesMoved
from models.contracts.state import StageVisit, TicketState
from models.contracts.told import StageRef
from models.vocabulary import Performer, StageStatus
from models.vocabulary.ai import AiTask
from workflows.engine.clocks import ClockBoard
from workflows.engine.diagnoses import Diagnoses
from workflows.engine.graph import StageGraph
from workflows.engine.recalls import Memory, Recalls
from workflows.engine.story import Story
from workflows.stages.rules import Consequence

RECALLS = Recalls()


class StageMoves:
    def __init__(self, state: TicketState, graph: StageGraph, clocks: ClockBoard, story: Story) -> None:
        self._state = state
        self._graph = graph
        self._clocks = clocks
        self._story = story

    def enter_ready(self, at: datetime) -> list[StageVisit]:
        """Enter every stage that can begin, and return them; the first step of a ticket."""
        return self._move(at, [], [])

    def complete(
        self, visit: StageVisit, command: CompleteStage, consequence: Consequence, at: datetime
    ) -> list[StageVisit]:
        """Complete a visit, do what its outcome means for the stages after it, and return those that begin now."""
        visit.status = StageStatus.COMPLETED
        visit.outcome = command.outcome
        visit.actions = dict(command.actions)
        if (decided := Diagnoses.decided(visit, command)) is not None:
            visit.advised(AiTask.DIAGNOSIS).decision = decided
        visit.signature = command.signature
        visit.reason = command.note or consequence.reason
        visit.finished_at, visit.finished_by = at, command.actor
        finished = [visit]
        for key in self._graph.dependants(visit.key):
            later = self._graph.latest(key)
            if later.status is StageStatus.PENDING and self._graph.definitions[key].stage_type in consequence.skips:
                later.status = StageStatus.SKIPPED
                later.reason = consequence.reason
                later.finished_at, later.finished_by = at, SYSTEM
                finished.append(later)
        planned = self._graph.revisit(command.return_to or visit.key) if consequence.goes_back else []
        return self._move(at, finished, planned, consequence.reason)

    def go_back(self, key: str, at: datetime, reason: str) -> list[StageVisit]:
        """Plan a further visit to a stage and to all after it that are over, and return those that begin now."""
        return self._move(at, [], self._graph.revisit(key), reason)

    def skip(self, visit: StageVisit, command: SkipStage, at: datetime) -> list[StageVisit]:
        """Leave a visit out and return the stages that begin now."""
        visit.status = StageStatus.SKIPPED
        visit.reason = command.reason
        visit.finished_at, visit.finished_by = at, command.actor
        return self._move(at, [visit], [], command.reason, command.note)

    def _move(
        self, at: datetime, finished: list[StageVisit], planned: list[StageVisit], reason: str = "", note: str = ""
    ) -> list[StageVisit]:
        entered = self._graph.ready()
        for visit in entered:
            visit.status = StageStatus.IN_PROGRESS
            visit.entered_at = self._begins(visit, at)
        self._story.tell(
            StagesMoved,
            at,
            reason=reason,
            note=note,
            finished=tuple(_finish(visit, in_consequence=place > 0) for place, visit in enumerate(finished)),
            planned=tuple(StageRef(key=visit.key, visit=visit.visit) for visit in planned),
            entered=tuple(
                StageEntry(
                    key=visit.key,
                    visit=visit.visit,
                    support_level=visit.support_level,
                    engineer=visit.engineer,
                    since=visit.entered_at if visit.entered_at != at else None,
                )
                for visit in entered
            ),
        )
        for visit in entered:
            self._clocks.start_stage_clock(self._graph.definitions[visit.key], visit, visit.entered_at or at)
        return entered

    def _begins(self, visit: StageVisit, at: datetime) -> datetime:
        """When a visit begins that can: at once, and when it is known where that is later.

        Only who told it later knew before, and goes on with what is theirs as soon as all that it needs was over.
        """
        known = self._story.known(at)
        definition = self._graph.definitions[visit.key]
        theirs = visit.engineer is not None and visit.engineer.code == self._story.actor.code
        if known == at or definition.performer is not Performer.ENGINEER or not theirs:
            return known
        ends = (self._graph.latest(key).finished_at for key in definition.prerequisites)
        return max([at, *(one for one in (*ends, visit.assigned_at) if one is not None)])


def _finish(visit: StageVisit, *, in_consequence: bool) -> StageFinish:
    return StageFinish(
        key=visit.key,
        visit=visit.visit,
        status=visit.status,
        outcome=visit.outcome,
        reason=visit.reason,
        actions=visit.actions,
        diagnosis=visit.decision,
        proposed=visit.diagnosis.session_id if visit.diagnosis else None,
        verified=visit.verified,
        signature=visit.signature,
        by=visit.finished_by if in_consequence else None,
    )


@RECALLS.of(StagesMoved)
def _moved(memory: Memory, fact: StagesMoved) -> None:
    for place, finished in enumerate(fact.finished):
        visit = memory.visit(finished)
        visit.status, visit.outcome, visit.reason = finished.status, finished.outcome, finished.reason
        visit.actions = dict(finished.actions)
        if finished.diagnosis is not None:
            visit.advised(AiTask.DIAGNOSIS).decision = finished.diagnosis
        visit.verified, visit.signature = finished.verified, finished.signature
        visit.finished_at = fact.when
        # The first one is what somebody did; the others were skipped because of it, by nobody.
        visit.finished_by = finished.by or (fact.actor if place == 0 else SYSTEM)
        if finished.proposed is not None:
            memory.shown[finished.key, finished.visit] = finished.proposed
    for planned in fact.planned:
        last = memory.graph.latest(planned.key)
        memory.state.visits.append(
            StageVisit(key=planned.key, visit=planned.visit, support_level=last.support_level, engineer=last.engineer)
        )
    for entered in fact.entered:
        visit = memory.visit(entered)
        visit.status, visit.entered_at = StageStatus.IN_PROGRESS, entered.since or fact.when
        visit.support_level, visit.engineer = entered.support_level, entered.engineer
