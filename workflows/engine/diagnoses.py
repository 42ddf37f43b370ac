"""What a diagnosis that AI proposes changes by itself, and what becomes of it when a person decides."""

from __future__ import annotations

from datetime import datetime

from models.contracts.commands import CompleteStage
from models.contracts.diagnosis import plain_words
from models.contracts.facts import PriorityChanged
from models.contracts.proposals import DecidedDiagnosis, ProposedDiagnosis
from models.contracts.state import StageVisit, TicketState
from models.vocabulary import Priority
from models.vocabulary.ai import DiagnosisStatus, Severity
from workflows.engine.clocks import ClockBoard
from workflows.engine.graph import StageGraph
from workflows.engine.refusal import RefusedError
from workflows.engine.story import Story
from workflows.engine.terms import Terms

SUMMARY = "diagnosis_summary"
"""The required action that an accepted diagnosis answers."""

URGENCY = {Severity.CRITICAL: Priority.P1, Severity.HIGH: Priority.P2}
DECISIONS = frozenset({DiagnosisStatus.ACCEPTED, DiagnosisStatus.EDITED, DiagnosisStatus.REFUSED})


def summary_of(proposed: ProposedDiagnosis) -> str:
    """What is proposed, as the summary of a diagnosis: the cause once, before its summary or as the beginning of it."""
    cause, summary = plain_words(proposed.cause), plain_words(proposed.summary)
    return proposed.summary if f"{summary} ".startswith(f"{cause} ") else f"{proposed.cause}: {proposed.summary}"


class Diagnoses:
    """A proposal raises the priority only where the frozen template says so."""

    def __init__(self, state: TicketState, graph: StageGraph, terms: Terms, clocks: ClockBoard, story: Story) -> None:
        self._state = state
        self._graph = graph
        self._terms = terms
        self._clocks = clocks
        self._story = story

    def raise_priority(self, visit: StageVisit, proposed: ProposedDiagnosis, now: datetime) -> None:
        """Make the ticket as urgent as the fault is, if it is not yet and the template lets AI say so."""
        task = self._graph.definitions[visit.key].ai_task(proposed.task)
        urgent = URGENCY.get(proposed.severity)
        before = self._terms.priority
        if task is None or not task.raises_priority or proposed.uncertain or urgent is None:
            return
        # P1 is the most urgent; the names sort so.
        if urgent.value < before.value:
            reason = f"Severity {proposed.severity.value}, {proposed.confidence:.0f} % ({proposed.provider})"
            self._state.priority = urgent
            self._story.tell(PriorityChanged, now, priority=urgent, reason=reason)
            self._clocks.retarget(now, f"Priority {before.value} → {urgent.value}: {reason}")

    @staticmethod
    def decided(visit: StageVisit, command: CompleteStage) -> DecidedDiagnosis | None:
        """The decision of a completion, with the diagnosis that it is about."""
        if command.diagnosis is None or visit.diagnosis is None:
            return None
        return DecidedDiagnosis(session_id=visit.diagnosis.session_id, **dict(command.diagnosis))

    def decide(self, visit: StageVisit, command: CompleteStage) -> CompleteStage:
        """The command with what its decision means: an accepted diagnosis is the summary, where the stage asks for one
        and there is no other.

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
        asked_for = any(action.key == SUMMARY for action in self._graph.definitions[visit.key].required_actions)
        if decision.status is DiagnosisStatus.REFUSED or command.actions.get(SUMMARY) or not asked_for:
            return command
        cause = decision.cause or summary_of(visit.diagnosis)
        return command.model_copy(update={"actions": {**command.actions, SUMMARY: cause}})
