"""Asks AI for what the stages of a ticket want. AI never holds a ticket up."""

from __future__ import annotations

from collections.abc import Callable

from temporalio import workflow

from models.ai_vocabulary import AiTask
from models.contracts.ai import AiQuestion
from models.contracts.facts import StageRef
from models.contracts.state import StageVisit
from models.contracts.templates import StageAi
from models.contracts.tickets import TicketInput
from models.identity import ai_call_id
from workflows.ai_chain import ask_in_turn
from workflows.engine.ticket import TicketEngine
from workflows.patches import AI_UNANSWERED
from workflows.proposal import proposal


class Adviser:
    """One a ticket.

    Args:
        show: brings what people see up to date.
    """

    def __init__(self, ticket: TicketInput, engine: TicketEngine, show: Callable[[], None]) -> None:
        self._ticket = ticket
        self._engine = engine
        self._show = show

    async def run(self) -> None:
        """Ask AI for what the stages want, one question after the other, for as long as the workflow lives."""
        advice = self._engine.advice
        while True:
            # What is asked goes by the record: the ticket has to be there.
            await workflow.wait_condition(lambda: self._engine.state.stored > 0 and advice.wanted() is not None)
            wanted = advice.wanted()
            if wanted is not None:
                await self._diagnose(*wanted)
                self._show()

    async def _diagnose(self, visit: StageVisit, task: StageAi) -> None:
        question = AiQuestion(
            task=AiTask.DIAGNOSIS,
            ticket_id=self._ticket.ticket_id,
            stage=StageRef(key=visit.key, visit=visit.visit),
            providers=task.providers,
            maximum_cost_usd=task.maximum_cost_usd,
            auto_complete_confidence=task.auto_complete_confidence,
        )
        call_id = ai_call_id(self._ticket.ticket_id, AiTask.DIAGNOSIS.value, visit.key, visit.visit)
        asked = await ask_in_turn(call_id, question)
        if asked.result is None:
            self._engine.unanswered(visit, asked, workflow.now(), on_record=workflow.patched(AI_UNANSWERED))
        else:
            proposed = proposal(asked, task, workflow.now())
            self._engine.propose(visit, proposed, asked.result.track, workflow.now())
