"""The activities that ask AI: whom to ask, one provider asked once, a record written late.

Each attempt is begun in the database before anything is sent and recorded when it ended, whatever came of it. An
attempt that finds the answer of an earlier one on record gives that, and asks nobody. docs/ai.md says what is left.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ValidationError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.ai.calls.book import Book, Granted, Recorded
from activities.ai.calls.call import Call, failed, failed_by
from activities.ai.providers.errors import ABSTAINED, AiAbstained, AiBadAnswer, AiError
from activities.ai.providers.protocol import AiAnswer, AiLimits, AiProvider, AiRequest, TrainedModel
from activities.ai.tasks.task import AiTaskDefinition, NoPictures, Pictures
from models.contracts.ai import AiQuestion, AskFailure, AskInput, AskResult, PreparedQuestion
from models.identity import AI_FAILED
from models.vocabulary.ai import AiTask

HEARTBEAT = timedelta(seconds=4)
"""Between two signs of life; `workflows.options.ai_call` says after which silence a worker counts as dead."""


class AiActivities:
    """Asks providers.

    Args:
        providers: those that are configured, by code, at the moment: it may change, and a request keeps the one it has.
        tasks: what can be asked.
        models: the model to use of a provider, by code; where there is none, `ai_models` decides.
        look: brings `providers` up to date; called before a question is told that there are none.

    Attributes:
        at_hand: codes of providers that answer here, in milliseconds and without a limit: the first to be asked, such a
            one is asked where the question is prepared.
    """

    def __init__(
        self,
        book: Book,
        providers: Mapping[str, AiProvider],
        tasks: Mapping[AiTask, AiTaskDefinition],
        *,
        models: Mapping[str, str] | None = None,
        pictures: Pictures | None = None,
        look: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._book = book
        self._look = look
        self._providers = providers
        self._tasks = tasks
        self._models = models or {}
        self._pictures = pictures or NoPictures()
        self.at_hand: frozenset[str] = frozenset()
        self._trained: TrainedModel | None = None
        """The newest model of the built-in provider that was sent here, with its parameters."""
        self._asking: set[asyncio.Task[Any] | None] = set()
        self._broken_off = False

    @property
    def served(self) -> Sequence[Callable[..., Any]]:
        """What belongs on the queue that all share: it looks things up and writes them down, and asks nobody."""
        return self.prepare_question, self.record_call

    @property
    def served_of_a_provider(self) -> Sequence[Callable[..., Any]]:
        """What belongs on the queue of one provider, which has its rate limit."""
        return (self.ask,)

    @activity.defn
    async def prepare_question(self, question: AiQuestion) -> PreparedQuestion:
        """Whom to ask now, in order, and what. Providers without a key are not among them."""
        task = self._tasks.get(question.task)
        if task is None:
            return PreparedQuestion(question=question)
        if not self._providers and self._look is not None:
            await self._look()
        asked, prepared = question, await self._book.look_up(question, list(self._providers))
        if prepared.subject:
            stage = question.stage.key if question.stage is not None else None
            found = task.narrowed({**question.subject, **prepared.subject}, stage)
            question = question.model_copy(update={"subject": dict(found)})
        flags = task.flags(question.subject)
        first = next((one for one in prepared.providers if one.passed_over is None), None)
        if question.call_id is None or first is None or first.code not in self.at_hand:
            return PreparedQuestion(question=question, providers=prepared.providers, flags=flags)
        try:
            answered = await self.ask(AskInput(call_id=question.call_id, provider=first.code, question=question))
        except ApplicationError as error:
            tried = AskFailure.model_validate(error.details[0]) if error.type == AI_FAILED and error.details else None
            if tried is None or not error.non_retryable:  # the ticket has the patience that this needs
                return PreparedQuestion(question=question, providers=prepared.providers, flags=flags)
            return PreparedQuestion(question=question, providers=prepared.providers, flags=flags, tried=tried)
        return PreparedQuestion(question=asked, providers=prepared.providers, flags=flags, answered=answered)

    @activity.defn
    async def ask(self, ask: AskInput) -> AskResult:
        """The answer of one provider to one question.

        Raises:
            ApplicationError: of the type `AI_FAILED`, with an `AskFailure`: there is no answer. Retryable where the
                same request may be answered soon.
        """
        async with self._under_way():
            return await self._ask(ask)

    async def _ask(self, ask: AskInput) -> AskResult:
        provider = self._providers.get(ask.provider)
        task = self._tasks.get(ask.question.task)
        if provider is None or task is None:
            what = "provider is not configured" if provider is None else "task is not known"
            raise failed(AskFailure(provider=ask.provider, reason=what.split(maxsplit=1)[1], message=f"the {what}"))
        call = Call(self._book, ask, task, activity.info().attempt)
        try:
            parts = [await self._pictures.load(one) for one in ask.question.pictures]
        except LookupError as error:
            raise failed(AskFailure(provider=ask.provider, reason="no picture", message=str(error))) from None
        try:
            messages = task.messages(ask.question.subject, parts)
        except ValidationError as error:  # asking again would not help, and the ticket has people
            first = error.errors(include_input=False, include_url=False, include_context=False)[0]
            what = f"the case can't be put to a provider: {'.'.join(map(str, first['loc']))}: {first['msg']}"
            raise failed(AskFailure(provider=ask.provider, reason="bad case", message=what)) from None
        held = self._trained
        granted = await call.begin(messages, self._models.get(ask.provider), held.id if held else None)
        if isinstance(granted, AskResult):
            return granted
        request = AiRequest(
            task=task.task,
            model=granted.model,
            messages=messages,
            output=task.output,
            limits=AiLimits(granted.output_tokens, granted.request_timeout),
            prices=granted.prices,
            subject=ask.question.subject,
            trained=self._trained_model(granted, held),
        )
        try:
            async with heartbeats():
                answer = await provider.answer(request)
            _check(task, answer, ask)
        except AiError as error:
            await call.record_failure(messages, error, granted)
            raise failed_by(ask.provider, error) from None  # its context may show what was sent
        return await call.record_answer(messages, answer, granted)

    def break_off(self) -> None:
        """End the requests that run, because this process ends; others may put them again."""
        self._broken_off = True
        for task in self._asking:
            if task is not None:
                task.cancel()

    @asynccontextmanager
    async def _under_way(self) -> AsyncIterator[None]:
        task = asyncio.current_task()
        self._asking.add(task)
        try:
            yield
        except asyncio.CancelledError:
            if self._broken_off:
                raise ApplicationError("the worker ended before there was an answer", type="WorkerEnded") from None
            raise
        finally:
            self._asking.discard(task)

    def _trained_model(self, granted: Granted, held: TrainedModel | None) -> TrainedModel | None:
        """The model to use, with its parameters: those that came along, or those that were here before the call began.

        Another call may have brought yet another model meanwhile, so what is here *now* may be the wrong one.
        """
        named = granted.local_model
        if named is None or named.parameters is None:
            return None if named is None else held
        self._trained = named
        return named

    @activity.defn
    async def record_call(self, call_end: str) -> None:
        """Write a record that could not be written when the call ended (`AskResult.unrecorded`).

        It may be written again at any time.

        Raises:
            ApplicationError: the database does not take it, so nobody may use the answer.
        """
        if await self._book.write(call_end) is Recorded.REFUSED:
            raise ApplicationError("the record was refused", type="RecordRefused", non_retryable=True)


def _check(task: AiTaskDefinition, answer: AiAnswer[BaseModel], ask: AskInput) -> None:
    try:
        task.check(answer.parsed, ask.question.subject)
    except AiAbstained as error:
        raise AiAbstained(
            str(error),
            reason=error.reason,
            usage=answer.usage,
            request_id=answer.request_id,
            content=answer.content,
            finish_reason=ABSTAINED,
        ) from None
    except (AiBadAnswer, ValueError) as error:
        # What it cost is known here only.
        raise AiBadAnswer(
            str(error),
            reason=error.reason if isinstance(error, AiBadAnswer) else "does not hold",
            usage=answer.usage,
            request_id=answer.request_id,
            content=answer.content,
            finish_reason=answer.finish_reason,
        ) from None


@asynccontextmanager
async def heartbeats() -> AsyncIterator[None]:
    """Tells Temporal meanwhile that this worker lives: one that dies is noticed long before the answer is due."""

    async def beat() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(HEARTBEAT.total_seconds())

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
