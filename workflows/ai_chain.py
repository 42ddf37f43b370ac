"""Asking one AI provider after the other until one answers; every step is an activity that an operator can read.

The Temporal UI then shows, as summaries, `diagnosis: openai` and `diagnosis: openai 429 → anthropic`. AI never holds a
ticket up: when nobody can answer, that is a result too, and its story says why.
"""

from __future__ import annotations

from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    TimeoutError,
    TimeoutType,
    is_cancelled_exception,
)

from activities.ai.calls.asking import AiActivities
from models.contracts.ai import (
    AiQuestion,
    AskedInTurn,
    AskFailure,
    AskInput,
    AskResult,
    PreparedQuestion,
    ProviderChoice,
)
from models.identity import AI_FAILED, ai_queue
from workflows.options import AI_PREPARE, DB_WRITE, ai_call

NOBODY = "nobody"
NO_PROVIDER = (
    "no provider is in use that has its key and a model for this: set `active` of one in ai_providers, or give the "
    "workers its key (`fieldcare ai providers` lists them)"
)
LONGEST_SUMMARY = 190
"""Characters of a summary; the server takes 400 bytes, and an arrow has three."""


async def ask_in_turn(call_id: UUID, question: AiQuestion) -> AskedInTurn:
    """The first answer that a provider gives, or why nobody could.

    Where all goes well it is 12 events of history (what is looked up, then the answer) and three calls of the database;
    six events where the built-in engine is the first to ask: it answers at once, where the question is looked up.
    It waits for nobody without a limit, and raises nothing but a cancellation.

    Args:
        call_id: names the question (`ai_call_id`). The same question with the same id is paid once.
    """
    story = _Story(question)
    try:
        prepared = await _prepare(question.model_copy(update={"call_id": call_id}))
    except ActivityError as error:
        return story.nobody(_failure("AI", error))
    story.flags = prepared.flags
    if not prepared.providers:
        return story.nobody(AskFailure(provider="AI", reason="has no provider", message=NO_PROVIDER))
    for choice in prepared.providers:
        if choice.passed_over is not None:
            story.add(_passed_over(choice))
            continue
        if prepared.tried is not None and prepared.tried.provider == choice.code:
            story.add(prepared.tried)
            continue
        try:
            if prepared.answered is not None and prepared.answered.provider == choice.code:
                return story.answered(await _on_record(prepared.answered, story))
            ask = AskInput(call_id=call_id, provider=choice.code, question=prepared.question)
            result = await _ask(ask, choice, story)
        except ActivityError as error:
            story.add(_failure(choice.code, error))
            continue
        return story.answered(result)
    return story.nobody()


async def _prepare(question: AiQuestion) -> PreparedQuestion:
    return await workflow.execute_activity_method(
        AiActivities.prepare_question,
        question,
        task_queue=ai_queue(workflow.info().task_queue),
        summary=f"{question.task.value}: whom to ask",
        **AI_PREPARE,
    )


async def _ask(ask: AskInput, choice: ProviderChoice, story: _Story) -> AskResult:
    result = await workflow.execute_activity_method(
        AiActivities.ask,
        ask,
        task_queue=ai_queue(workflow.info().task_queue, choice.code),
        summary=story.so_far(choice.code),
        **ai_call(choice.request_timeout),
    )
    return await _on_record(result, story)


async def _on_record(result: AskResult, story: _Story) -> AskResult:
    if result.unrecorded is not None:
        # The answer came while the database was away. It is paid for, so its record is written before it is used.
        await workflow.execute_activity_method(
            AiActivities.record_call,
            result.unrecorded,
            task_queue=ai_queue(workflow.info().task_queue),
            summary=f"{story.so_far(result.provider)}: record it",
            **DB_WRITE,
        )
    return result.model_copy(update={"unrecorded": None})


class _Story:
    """What has been tried, in a line."""

    def __init__(self, question: AiQuestion) -> None:
        self._task = question.task.value
        self._failures: list[AskFailure] = []
        self.flags: tuple[str, ...] = ()

    def add(self, failure: AskFailure) -> None:
        self._failures.append(failure)

    def so_far(self, now: str) -> str:
        steps = [f"{one.provider} {one.reason}" for one in self._failures]
        return f"{self._task}: {' → '.join([*steps, now])}"[:LONGEST_SUMMARY]

    def answered(self, result: AskResult) -> AskedInTurn:
        return self._told(result.provider, result)

    def nobody(self, failure: AskFailure | None = None) -> AskedInTurn:
        if failure is not None:
            self.add(failure)
        return self._told(NOBODY)

    def _told(self, last: str, result: AskResult | None = None) -> AskedInTurn:
        failures = tuple(self._failures)
        return AskedInTurn(result=result, story=self.so_far(last), failures=failures, flags=self.flags)


def _passed_over(choice: ProviderChoice) -> AskFailure:
    reason = (choice.passed_over or "").replace("_", " ")
    return AskFailure(provider=choice.code, reason=reason, message=f"{choice.code} is not asked now: {reason}")


def _failure(provider: str, error: ActivityError) -> AskFailure:
    """Why an activity gave no answer.

    Raises:
        ActivityError: it was cancelled, and that is the workflow's matter.
    """
    if is_cancelled_exception(error):
        raise error
    cause: BaseException | None = error.cause
    if isinstance(cause, TimeoutError):
        if cause.type is TimeoutType.SCHEDULE_TO_START:
            return AskFailure(provider=provider, reason="busy", message=f"no worker had time to ask {provider}")
        # What the last try said, if there was one; otherwise the worker is gone, or hangs.
        cause = cause.cause if isinstance(cause.cause, ApplicationError) else cause
    if isinstance(cause, ApplicationError) and cause.type == AI_FAILED and cause.details:
        return AskFailure.model_validate(cause.details[0])
    if isinstance(cause, ApplicationError):
        # Of what other errors say, only the kind: nothing has been taken out of their words.
        return AskFailure(provider=provider, reason="error", message=f"asking {provider} failed: {cause.type}")
    return AskFailure(provider=provider, reason="lost", message=f"who asked {provider} was not heard of again")
