"""What AI is asked for a ticket, each task by itself, and what it answers."""

from __future__ import annotations

from datetime import datetime

from models.contracts.ai import AskedInTurn
from models.contracts.facts import AiUnanswered
from models.contracts.proposals import Proposed
from models.contracts.state import StageVisit
from models.contracts.templates import StageAi
from models.contracts.told import StageRef
from models.vocabulary import StageStatus
from models.vocabulary.ai import AiTask
from workflows.engine.graph import StageGraph
from workflows.engine.recalls import Memory, Recalls
from workflows.engine.story import Story

RECALLS = Recalls()

LONGEST_STORY = 500
"""Characters of what is told where nobody could answer."""


class Advice:
    """What a proposal means for the ticket is the matter of its task: `engine/diagnoses.py`."""

    def __init__(self, graph: StageGraph, story: Story) -> None:
        self._graph = graph
        self._story = story

    def wanted(self, task: AiTask) -> tuple[StageVisit, StageAi] | None:
        """The next visit for which AI is to be asked for that."""
        for visit in self._graph.active():
            wanted = self._graph.definitions[visit.key].ai_task(task)
            asked = visit.advice.get(task)
            if wanted is not None and (asked is None or not asked.asked):
                return visit, wanted
        return None

    def take(self, visit: StageVisit, proposed: Proposed) -> bool:
        """AI has answered. Returns whether the visit still goes on: afterwards an answer changes nothing any more."""
        advice = visit.advised(proposed.task)
        advice.asked = True
        goes_on = visit.status is StageStatus.IN_PROGRESS
        if goes_on:
            advice.proposed = proposed
        return goes_on

    def nobody(self, visit: StageVisit, task: AiTask, asked: AskedInTurn) -> None:
        """Nobody could answer: the ticket goes on with people, and says so."""
        advice = visit.advised(task)
        last = f": {asked.failures[-1].message}" if asked.failures else ""
        advice.asked, advice.story, advice.flags = True, f"{asked.story}{last}"[:LONGEST_STORY], asked.flags

    def tell_nobody(self, visit: StageVisit, task: AiTask, asked: AskedInTurn, now: datetime) -> None:
        """The same, as a fact."""
        self._story.tell(
            AiUnanswered,
            now,
            stage=StageRef(key=visit.key, visit=visit.visit),
            task=task,
            story=asked.story,
            flags=asked.flags,
            reason=asked.failures[-1].message[:LONGEST_STORY] if asked.failures else "",
        )


@RECALLS.of(AiUnanswered)
def _unanswered(memory: Memory, fact: AiUnanswered) -> None:
    advice = memory.visit(fact.stage).advised(fact.task)
    last = f": {fact.reason}" if fact.reason else ""
    advice.asked, advice.story, advice.flags = True, f"{fact.story}{last}"[:LONGEST_STORY], fact.flags
