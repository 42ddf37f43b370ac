"""What AI proposes to a ticket's engineers: whom it is asked for, and what a proposal changes by itself."""

from __future__ import annotations

from datetime import datetime

from models.ai_vocabulary import AiTask, DiagnosisStatus, Severity
from models.contracts.ai import AskedInTurn
from models.contracts.commands import CompleteStage
from models.contracts.facts import AiUnanswered, PriorityChanged, StageRef
from models.contracts.proposals import DecidedDiagnosis, ProposedDiagnosis
from models.contracts.state import StageVisit, TicketState
from models.contracts.templates import StageAi
from models.vocabulary import Priority, StageStatus
from workflows.engine.clocks import ClockBoard
from workflows.engine.graph import StageGraph
from workflows.engine.refusal import RefusedError
from workflows.engine.story import Story
from workflows.engine.terms import Terms

SUMMARY = "diagnosis_summary"
"""The required action that an accepted diagnosis answers."""

LONGEST_STORY = 500
"""Characters of what is told where nobody could answer."""

URGENCY = {Severity.CRITICAL: Priority.P1, Severity.HIGH: Priority.P2}
DECISIONS = frozenset({DiagnosisStatus.ACCEPTED, DiagnosisStatus.EDITED, DiagnosisStatus.REFUSED})


class Advice:
    """A proposal raises the priority only where the frozen template says so."""

    def __init__(self, state: TicketState, graph: StageGraph, terms: Terms, clocks: ClockBoard, story: Story) -> None:
        self._state = state
        self._graph = graph
        self._terms = terms
        self._clocks = clocks
        self._story = story

    def wanted(self) -> tuple[StageVisit, StageAi] | None:
        """The next visit for which AI is to be asked for a diagnosis."""
        for visit in self._graph.active():
            task = self._graph.definitions[visit.key].ai_task(AiTask.DIAGNOSIS)
            if task is not None and not visit.asked_ai:
                return visit, task
        return None

    def propose(self, visit: StageVisit, proposed: ProposedDiagnosis, now: datetime) -> None:
        """AI has answered. What comes after the stage is over changes nothing any more."""
        visit.asked_ai = True
        task = self._graph.definitions[visit.key].ai_task(AiTask.DIAGNOSIS)
        if visit.status is not StageStatus.IN_PROGRESS or task is None:
            return
        visit.diagnosis = proposed
        urgent = URGENCY.get(proposed.severity)
        before = self._terms.priority
        # P1 is the most urgent; the names sort so.
        if task.raises_priority and not proposed.uncertain and urgent is not None and urgent.value < before.value:
            reason = f"Severity {proposed.severity.value}, {proposed.confidence:.0f} % ({proposed.provider})"
            self._state.priority = urgent
            self._story.tell(PriorityChanged, now, priority=urgent, reason=reason)
            self._clocks.retarget(now, f"Priority {before.value} → {urgent.value}: {reason}")

    def nobody(self, visit: StageVisit, asked: AskedInTurn) -> None:
        """Nobody could answer: the ticket goes on with people, and says so."""
        visit.asked_ai = True
        last = f": {asked.failures[-1].message}" if asked.failures else ""
        visit.diagnosis_story = f"{asked.story}{last}"[:LONGEST_STORY]
        visit.diagnosis_flags = asked.flags

    def tell_nobody(self, visit: StageVisit, asked: AskedInTurn, now: datetime) -> None:
        """The same, as a fact."""
        self._story.tell(
            AiUnanswered,
            now,
            stage=StageRef(key=visit.key, visit=visit.visit),
            task=AiTask.DIAGNOSIS,
            story=asked.story,
            flags=asked.flags,
            reason=asked.failures[-1].message[:LONGEST_STORY] if asked.failures else "",
        )

    @staticmethod
    def decided(visit: StageVisit, command: CompleteStage) -> DecidedDiagnosis | None:
        """The decision of a completion, with the diagnosis that it is about."""
        if command.diagnosis is None or visit.diagnosis is None:
            return None
        return DecidedDiagnosis(session_id=visit.diagnosis.session_id, **dict(command.diagnosis))

    @staticmethod
    def decide(visit: StageVisit, command: CompleteStage) -> CompleteStage:
        """The command with what its decision means: an accepted diagnosis is the summary, if there is no other one.

        Raises:
            RefusedError: there is nothing to decide on, or the decision lacks something.
        """
        decision = command.diagnosis
        if decision is None:
            return command
        if visit.diagnosis is None:
            raise RefusedError("AI has proposed no diagnosis for this visit, so there is nothing to accept or refuse.")
        if decision.status not in DECISIONS:
            raise RefusedError("A diagnosis is accepted, edited or refused.")
        if decision.status is DiagnosisStatus.EDITED and decision.cause is None:
            raise RefusedError("An edited diagnosis needs the cause that it is instead. Add it.")
        if decision.status is DiagnosisStatus.ACCEPTED and (decision.cause, decision.problem_code) != (None, None):
            raise RefusedError("An accepted diagnosis has no other cause and no other code. With one it is edited.")
        if decision.status is DiagnosisStatus.REFUSED or command.actions.get(SUMMARY):
            return command
        cause = decision.cause or f"{visit.diagnosis.cause}: {visit.diagnosis.summary}"
        return command.model_copy(update={"actions": {**command.actions, SUMMARY: cause}})
