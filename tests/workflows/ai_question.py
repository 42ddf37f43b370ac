"""A workflow that asks one question and is over: all that tests of the chain need of a ticket."""

from __future__ import annotations

from uuid import UUID

from temporalio import workflow

from models.contracts.ai import AiQuestion, AskedInTurn
from workflows.ai_chain import ask_in_turn


@workflow.defn
class AiQuestionWorkflow:
    @workflow.run
    async def run(self, call_id: UUID, question: AiQuestion) -> AskedInTurn:
        return await ask_in_turn(call_id, question)
