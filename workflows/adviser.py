"""Asks AI for what the stages of a ticket want, each task by itself. AI never holds a ticket up."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from temporalio import workflow

from models.contracts.ai import AiQuestion
from models.contracts.state import StageVisit
from models.contracts.templates import StageAi
from models.contracts.tickets import TicketInput
from models.contracts.told import StageRef
from models.identity import ai_call_id
from models.vocabulary.ai import AiTask
from workflows.ai_chain import ask_in_turn
from workflows.engine.ticket import TicketEngine
from workflows.patches import AI_UNANSWERED, asks_for, has
from workflows.proposal import PROPOSALS, Proposing


class Adviser:
    """One a ticket, with a loop for each task: whoever is slow at one delays no other.

    Args:
        show: brings what people see up to date.
        tasks: what may be asked for, and how an answer is shown.
    """

    def __init__(
        self,
        ticket: TicketInput,
        engine: TicketEngine,
        show: Callable[[], None],
        tasks: Mapping[AiTask, Proposing] = PROPOSALS,
    ) -> None:
        self._ticket = ticket
        self._engine = engine
        self._show = show
        self._tasks = tasks

    def loops(self) -> list[Coroutine[Any, Any, None]]:
        """One for each task that a stage of the ticket wants, each for a task of its own and as long as the ticket."""
        wanted = {task.task for stage in self._ticket.template.stages for task in stage.ai}
        return [self._advise(task) for task in self._tasks if task in wanted]

    async def _advise(self, task: AiTask) -> None:
        """Ask for one task, for one visit after the other."""
        while True:
            # What is asked goes by the record: the ticket has to be there.
            await workflow.wait_condition(
                lambda: self._engine.state.stored > 0 and self._engine.advice.wanted(task) is not None
            )
            patch = asks_for(task)
            if patch is not None and not has(self._ticket, patch):
                return
            wanted = self._engine.advice.wanted(task)
            if wanted is not None:
                await self._ask(*wanted)
                self._show()

    async def _ask(self, visit: StageVisit, wanted: StageAi) -> None:
        question = AiQuestion(
            task=wanted.task,
            ticket_id=self._ticket.ticket_id,
            stage=StageRef(key=visit.key, visit=visit.visit),
            providers=wanted.providers,
            maximum_cost_usd=wanted.maximum_cost_usd,
            auto_complete_confidence=wanted.auto_complete_confidence,
        )
        call_id = ai_call_id(self._ticket.ticket_id, wanted.task.value, visit.key, visit.visit)
        asked = await ask_in_turn(call_id, question)
        if asked.result is None:
            on_record = has(self._ticket, AI_UNANSWERED)
            self._engine.unanswered(visit, wanted.task, asked, workflow.now(), on_record=on_record)
        else:
            proposed = self._tasks[wanted.task](asked, wanted, workflow.now())
            self._engine.propose(visit, proposed, asked.result.track, workflow.now())
