"""One attempt after another of the same question: who is asked again, and what stands on record."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.ai.calls.asking import AiActivities
from activities.ai.calls.book import CircuitPolicy, Recorded
from activities.ai.calls.call_book import CallBook
from activities.ai.providers.protocol import AiProvider
from models.contracts.ai import AiQuestion, AskInput, AskResult, PictureRef
from models.database import Database
from models.identity import AI_FAILED
from models.vocabulary.ai import AiTask
from tests.ai_server import AiServer, Fails, Says
from tests.ai_task import GOOD, TASK, Verdict


class WorkerKilled(Exception):  # noqa: N818
    """Stands for the end of the process."""


class KilledBook(CallBook):
    """The worker dies before it can write."""

    async def record(self, _: str) -> Recorded:
        raise WorkerKilled


class AwayBook(CallBook):
    """The database is away when the answer has come."""

    async def record(self, _: str) -> Recorded:
        return Recorded.AWAY


class RefusingBook(CallBook):
    """The database takes no record that holds an answer, as it would with one that it can't store."""

    async def write(self, call_end: str) -> Recorded:
        return Recorded.REFUSED if json.loads(call_end)["result"] is not None else await super().write(call_end)


class Case:
    """A question to OpenAI, and whoever works on it."""

    def __init__(self, database: Database, sql: asyncpg.Connection, provider: AiProvider) -> None:
        self._database, self.sql, self._provider = database, sql, provider
        self.task = TASK
        question = AiQuestion(task=AiTask.DIAGNOSIS, subject={"description": "Alarm: flow sensor"})
        self.input = AskInput(call_id=uuid4(), provider="openai", question=question)

    def activities(self, book: type[CallBook] = CallBook) -> AiActivities:
        return AiActivities(
            book(self._database, CircuitPolicy()), {"openai": self._provider}, {AiTask.DIAGNOSIS: self.task}
        )

    async def attempt(self, number: int, book: type[CallBook] = CallBook) -> AskResult:
        environment = ActivityEnvironment()
        environment.info = replace(environment.info, attempt=number)
        result = await environment.run(self.activities(book).ask, self.input)
        assert isinstance(result, AskResult)
        return result

    async def calls(self) -> list[str | None]:
        rows = await self.sql.fetch("SELECT outcome FROM ai_calls ORDER BY attempt")
        return [row["outcome"] for row in rows]


@pytest_asyncio.fixture
async def case(database_url: str, server: AiServer) -> AsyncIterator[Case]:
    from activities.ai.providers.openai import OpenAiProvider

    server.usually["openai"] = Says(GOOD)
    database, sql = Database(database_url), await asyncpg.connect(database_url)
    provider = OpenAiProvider(server.keys[0], server.environment["OPENAI_BASE_URL"])
    yield Case(database, sql, provider)
    await provider.aclose()
    await sql.close()
    await database.aclose()


async def test_an_answer_that_is_on_record_is_not_paid_for_again(case: Case, server: AiServer) -> None:
    first, second = await case.attempt(1), await case.attempt(2)
    assert (second.answer, second.cost_usd, second.request_id) == (first.answer, first.cost_usd, first.request_id)
    assert len(server.received) == 1
    assert await case.calls() == ["answered"]


async def test_a_worker_that_dies_between_answer_and_record_costs_a_second_call_and_both_are_known(
    case: Case, server: AiServer
) -> None:
    with pytest.raises(WorkerKilled):
        await case.attempt(1, KilledBook)
    await case.attempt(2)
    assert len(server.received) == 2
    assert await case.calls() == [None, "answered"]
    reserved = await case.sql.fetchval("SELECT reserved_usd FROM list_ai_providers() WHERE code = 'openai'")
    assert reserved > 0, "what the lost one may have cost counts against the limit of the day"


async def test_an_answer_that_could_not_be_recorded_brings_its_record_along(case: Case) -> None:
    result = await case.attempt(1, AwayBook)
    assert result.unrecorded is not None
    assert await case.calls() == [None]
    for _ in range(2):
        await ActivityEnvironment().run(case.activities().record_call, result.unrecorded)
    assert await case.calls() == ["answered"]
    assert await case.sql.fetchval("SELECT count(*) FROM ai_conversations") == 3


async def test_an_answer_that_the_database_does_not_take_is_none_and_the_call_is_on_record(case: Case) -> None:
    with pytest.raises(ApplicationError, match="can't be stored") as caught:
        await case.attempt(1, RefusingBook)
    assert caught.value.non_retryable
    assert await case.calls() == ["bad_answer"]
    row = await case.sql.fetchrow("SELECT cost_usd, error, content FROM ai_conversations WHERE role = 'assistant'")
    assert (row["cost_usd"] > 0, row["error"], row["content"]) == (True, "an answer that can't be stored", "")


async def test_a_late_record_that_is_refused_is_not_tried_for_ever(case: Case) -> None:
    result = await case.attempt(1, AwayBook)
    assert result.unrecorded is not None
    with pytest.raises(ApplicationError, match="the record was refused") as caught:
        await ActivityEnvironment().run(case.activities(RefusingBook).record_call, result.unrecorded)
    assert caught.value.non_retryable
    broken = result.unrecorded.replace("Flow sensor", "Flow\\u0000sensor")
    with pytest.raises(ApplicationError, match="the record was refused"):
        await ActivityEnvironment().run(case.activities().record_call, broken)


async def test_a_failure_says_once_and_for_all_whether_and_when_to_try_again(case: Case, server: AiServer) -> None:
    server.will("openai", Fails(429, headers={"retry-after": "7"}), Fails(429, headers={"retry-after": "600"}))
    errors = []
    for attempt in (1, 2):
        with pytest.raises(ApplicationError) as caught:
            await case.attempt(attempt)
        errors.append(caught.value)
    assert [error.type for error in errors] == [AI_FAILED, AI_FAILED]
    assert [(error.non_retryable, error.next_retry_delay and error.next_retry_delay.seconds) for error in errors] == [
        (False, 7),
        (True, None),
    ]


async def test_a_picture_that_is_nowhere_is_no_reason_to_ask_without_it(case: Case, server: AiServer) -> None:
    picture = PictureRef(key="gone", media_type="image/png")
    question = case.input.question.model_copy(update={"pictures": (picture,)})
    case.input = case.input.model_copy(update={"question": question})
    with pytest.raises(ApplicationError, match="there is no picture gone"):
        await case.attempt(1)
    assert (server.received, await case.calls()) == ([], [])


async def test_a_case_that_cannot_be_read_is_asked_once_and_told_without_what_stands_in_it(
    case: Case, server: AiServer
) -> None:
    """A likeness of 1.0000001 was refused with every attempt, until the ticket lost its patience."""
    case.task = replace(TASK, question=lambda subject: Verdict.model_validate(subject).cause)
    subject = {"cause": "secret words", "confidence": "secret words"}
    question = case.input.question.model_copy(update={"subject": subject})
    case.input = case.input.model_copy(update={"question": question})
    with pytest.raises(ApplicationError, match="the case can't be put to a provider: confidence: ") as caught:
        await case.attempt(1)
    assert (caught.value.non_retryable, caught.value.type) == (True, AI_FAILED)
    assert "secret" not in str(caught.value)
    assert (server.received, await case.calls()) == ([], [])


async def test_a_provider_without_a_key_here_is_not_asked(case: Case) -> None:
    case.input = case.input.model_copy(update={"provider": "anthropic"})
    with pytest.raises(ApplicationError, match="the provider is not configured") as caught:
        await case.attempt(1)
    assert caught.value.non_retryable
