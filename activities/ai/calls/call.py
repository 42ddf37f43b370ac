"""One attempt of one call: leave to make it, its record, and how a failure is told to Temporal."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from time import perf_counter
from uuid import UUID

from pydantic import BaseModel, ValidationError
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.ai.calls.book import (
    Answered,
    Book,
    CallBegin,
    CallEnd,
    Granted,
    NotGranted,
    Recorded,
    SaidAnswer,
    SaidMessage,
)
from activities.ai.providers.errors import AiBadAnswer, AiError
from activities.ai.providers.protocol import AiAnswer, AiMessage, maximum_input_tokens
from activities.ai.tasks.task import AiTaskDefinition
from models.contracts.ai import AskFailure, AskInput, AskResult, TrackRecord
from models.identity import AI_FAILED
from models.vocabulary.ai import CallOutcome

EXPECTED = ApplicationErrorCategory.BENIGN
"""That a provider gives no answer is a part of the chain: it stands in the history, and is no fault for the log."""

LONGEST_WAIT = timedelta(seconds=20)
"""A provider that wants a longer pause is not waited for: the next one is asked."""

NOT_ASKED = {
    "unknown": ("not in use", "there is no such provider in use"),
    "no_model": ("no model", "it has no model that fits the task"),
    "too_expensive": ("too expensive", "the call could cost more than it may"),
    "circuit_open": ("circuit open", "it has failed before and is not asked yet"),
    "spend_limit": ("spend limit", "the call could go over its limit of the day"),
}
"""Verdicts of `begin_ai_call()`: the reason in a word or two, and in a sentence."""


class Call:
    """One attempt of one call, from its beginning to its record."""

    def __init__(self, book: Book, ask: AskInput, task: AiTaskDefinition, attempt: int) -> None:
        self._book, self._ask, self._task, self._attempt = book, ask, task, attempt
        self._began = perf_counter()
        self._track: TrackRecord | None = None

    async def begin(
        self, messages: tuple[AiMessage, ...], model: str | None, local_model: UUID | None = None
    ) -> Granted | AskResult:
        """Leave to ask, or the answer that is there already.

        Args:
            local_model: the trained model whose parameters are here, so that they need not be sent again.

        Raises:
            ApplicationError: the provider is not to be asked now.
        """
        schema = _schema(self._task.output)
        verdict = await self._book.begin(
            CallBegin(
                session_id=self._ask.session_id,
                attempt=self._attempt,
                provider=self._ask.provider,
                task=self._task.task,
                model=model,
                vision=bool(self._ask.question.pictures),
                input_tokens=maximum_input_tokens(messages, schema),
                output_tokens=self._task.output_tokens,
                ticket_id=self._ask.question.ticket_id,
                maximum_cost_usd=self._ask.question.maximum_cost_usd,
                auto_complete_confidence=self._ask.question.auto_complete_confidence,
                local_model=local_model,
            )
        )
        if isinstance(verdict, NotGranted):
            reason, message = NOT_ASKED[verdict.verdict]
            if verdict.verdict == "no_model" and model is not None:
                message = f"ai_models has no model {model} in use, which its setting names"
            raise failed(
                AskFailure(provider=self._ask.provider, reason=reason, message=f"{self._ask.provider}: {message}")
            )
        if isinstance(verdict, Answered):
            return self._on_record(verdict)
        self._began, self._track = perf_counter(), verdict.track
        return verdict

    async def record_answer(
        self, messages: tuple[AiMessage, ...], answer: AiAnswer[BaseModel], granted: Granted
    ) -> AskResult:
        """The result, once the call is on record; if the database is away, with the record in it.

        Raises:
            ApplicationError: the database does not take such an answer. The call is on record without it.
        """
        usage = answer.usage
        said = SaidAnswer(
            content=answer.content or answer.parsed.model_dump_json(),
            finish_reason=answer.finish_reason,
            request_id=answer.request_id,
            input_tokens=usage.input if usage else 0,
            cached_input_tokens=usage.cached_input if usage else 0,
            output_tokens=usage.output if usage else 0,
            latency=answer.latency.total_seconds(),
            prompt_hash=self._task.prompt.hash,
        )
        end = self._end(messages, said, CallOutcome.ANSWERED)
        result = answer.parsed.model_dump(mode="json")
        flags = self._task.flags(self._ask.question.subject)
        end = end.model_copy(update={"cost_usd": answer.cost_usd, "result": result, "flags": flags})
        document = end.model_dump_json()
        recorded = await self._book.record(document)
        if recorded is Recorded.REFUSED:
            error = AiBadAnswer("an answer that can't be stored", reason="can't be stored", usage=usage)
            await self.record_failure(messages, error, granted)
            raise failed_by(self._ask.provider, error)
        return AskResult(
            session_id=self._ask.session_id,
            provider=self._ask.provider,
            model=answer.model,
            answer=result,
            input_tokens=said.input_tokens,
            cached_input_tokens=said.cached_input_tokens,
            output_tokens=said.output_tokens,
            cost_usd=answer.cost_usd,
            latency=answer.latency,
            request_id=answer.request_id,
            prompt_hash=self._task.prompt.hash,
            flags=flags,
            track=self._track,
            unrecorded=document if recorded is Recorded.AWAY else None,
        )

    async def record_failure(self, messages: tuple[AiMessage, ...], error: AiError, granted: Granted) -> None:
        """Put a failed call on record. If the database is away for long, its beginning is all that stands there."""
        usage = error.usage
        said = SaidAnswer(
            content=error.content,
            error=str(error) or error.reason,
            finish_reason=error.finish_reason,
            request_id=error.request_id,
            input_tokens=usage.input if usage else 0,
            cached_input_tokens=usage.cached_input if usage else 0,
            output_tokens=usage.output if usage else 0,
            latency=perf_counter() - self._began,
            prompt_hash=self._task.prompt.hash,
        )
        end = self._end(messages, said, error.outcome).model_copy(
            update={
                "cost_usd": None if usage is None else granted.prices.cost(usage),
                "retry_after": error.retry_after.total_seconds() if error.retry_after is not None else None,
            }
        )
        await self._book.record(end.model_dump_json())

    def _end(self, messages: tuple[AiMessage, ...], said: SaidAnswer, outcome: CallOutcome) -> CallEnd:
        return CallEnd(
            session_id=self._ask.session_id,
            attempt=self._attempt,
            task=self._task.task,
            ticket_id=self._ask.question.ticket_id,
            stage=self._ask.question.stage,
            outcome=outcome,
            cost_usd=None,
            retry_after=None,
            failures_to_open=self._book.policy.failures_to_open,
            cool_down=self._book.policy.cool_down.total_seconds(),
            messages=tuple(SaidMessage(role=one.role, content=one.text) for one in messages),
            answer=said,
        )

    def _on_record(self, answered: Answered) -> AskResult:
        try:
            parsed = self._task.output.model_validate_json(answered.content)
        except ValidationError:
            raise failed(
                AskFailure(
                    provider=self._ask.provider,
                    reason="does not fit",
                    message="the answer on record does not fit the task any more",
                    outcome=CallOutcome.BAD_ANSWER,
                )
            ) from None
        return AskResult(
            session_id=self._ask.session_id,
            provider=self._ask.provider,
            model=answered.model,
            answer=parsed.model_dump(mode="json"),
            input_tokens=answered.input_tokens,
            cached_input_tokens=answered.cached_input_tokens,
            output_tokens=answered.output_tokens,
            cost_usd=answered.cost_usd,
            latency=answered.latency or timedelta(0),
            request_id=answered.request_id,
            prompt_hash=self._task.prompt.hash,
            flags=self._task.flags(self._ask.question.subject),
            track=answered.track,
        )


@cache
def _schema(output: type[BaseModel]) -> str:
    """The schema of an answer as it is sent along: the same for every call of a task, and 2 ms to work out."""
    return str(output.model_json_schema())


def failed_by(provider: str, error: AiError) -> ApplicationError:
    failure = AskFailure(provider=provider, reason=error.reason, message=str(error), outcome=error.outcome)
    wait = error.retry_after
    if not error.retryable or (wait is not None and wait > LONGEST_WAIT):
        return failed(failure)
    return ApplicationError(failure.message, failure, type=AI_FAILED, next_retry_delay=wait, category=EXPECTED)


def failed(failure: AskFailure) -> ApplicationError:
    return ApplicationError(failure.message, failure, type=AI_FAILED, non_retryable=True, category=EXPECTED)
