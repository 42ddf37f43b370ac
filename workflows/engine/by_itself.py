"""When a proposal of AI may complete a stage by itself: where the template lets it, and its record deserves it."""

from __future__ import annotations

from models.ai_track import lower_bound
from models.contracts.ai import TrackRecord
from models.contracts.base import SYSTEM
from models.contracts.commands import CompleteStage
from models.contracts.proposals import ProposedDiagnosis
from models.contracts.state import StageVisit, TicketState
from models.vocabulary import StageStatus
from models.vocabulary.ai import AiTask
from workflows.engine.checks import missing_actions
from workflows.engine.diagnoses import SUMMARY, summary_of
from workflows.engine.graph import StageGraph


class ByItself:
    """Nothing here is ticked on anybody's behalf: a stage that asks for more than a summary waits for an engineer."""

    def __init__(self, state: TicketState, graph: StageGraph) -> None:
        self._state = state
        self._graph = graph

    def completion(
        self, visit: StageVisit, proposed: ProposedDiagnosis, track: TrackRecord | None
    ) -> CompleteStage | str:
        """The command that completes the visit, or why AI does not; an empty text: nobody would have let it.

        Args:
            track: how often whoever answered was right from the template's confidence on.
        """
        definition = self._graph.definitions[visit.key]
        task = definition.ai_task(AiTask.DIAGNOSIS)
        wanted = task.auto_complete_confidence if task is not None else None
        if wanted is None or visit.status is not StageStatus.IN_PROGRESS or proposed.confidence < wanted:
            return ""
        if (odd := self._odd(visit, proposed)) is not None:
            return odd
        proved = lower_bound(track.correct, track.verified) if track is not None else 0.0
        said = f"{track.correct} of {track.verified}" if track is not None else "none"
        record = f"of its answers from {wanted:g} % on, {said} proved right at sign-off, which supports {proved:.0f} %"
        if proved < wanted:
            return record
        asked_for = {action.key for action in definition.required_actions}
        summary = {SUMMARY: summary_of(proposed)} if SUMMARY in asked_for else {}
        if missing := missing_actions(definition.required_actions, dict(summary)):
            return f"missing: {'; '.join(missing)}"
        return CompleteStage(
            command_id=f"ai-{proposed.session_id}",
            actor=SYSTEM,
            stage=visit.key,
            actions=dict(summary),
            note=f"Completed by AI: {proposed.provider} {proposed.model}, {proposed.confidence:.0f} %; {record}",
        )

    def _odd(self, visit: StageVisit, proposed: ProposedDiagnosis) -> str | None:
        """What keeps AI from completing anything, however sure it is."""
        if visit.visit > 1:
            return "what was done has not helped, so an engineer looks at it"
        if proposed.flags:
            return "the report is odd: " + ", ".join(proposed.flags).replace("_", " ")
        return "the ticket is on hold" if self._state.holds else None
