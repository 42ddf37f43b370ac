"""Rows of `ai_providers` that come, change and go while workers run: who is asked, and what becomes of requests."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.ai import workers
from activities.ai.workers import AiWorkers
from migrations.runner import seed
from models.contracts.ai import AiQuestion, AskedInTurn
from models.database import Database
from models.identity import ai_queue
from models.settings import Settings
from models.vocabulary.ai import AiTask
from starter.embedded.stack import Stack
from tests.ai_server import AiServer, Hangs, Says, Waits
from tests.ai_task import GOOD, TASK, engine
from tests.databases import as_role
from tests.waiting import until
from tests.workflows.ai_question import AiQuestionWorkflow

SETTINGS = Settings(graceful_shutdown=timedelta(seconds=1))
TASKS, ENGINES = {AiTask.DIAGNOSIS: TASK}, {AiTask.DIAGNOSIS: engine}
SECONDS = 60
"""Within which a changed row must count. Two is what it takes; a question that is handed over just as its poller is
replaced waits for the 20 s of silence after which it is asked again."""


class Office:
    """A worker with AI, its database, and two places that speak OpenAI's protocol."""

    def __init__(self, client: Client, sql: Any, here: AiServer, there: AiServer) -> None:
        self.client, self.sql, self.here, self.there = client, sql, here, there
        self.queue = f"ai-rows-{uuid4().hex[:8]}"

    async def start(self) -> tuple[UUID, WorkflowHandle[Any, AskedInTurn]]:
        call_id = uuid4()
        question = AiQuestion(task=AiTask.DIAGNOSIS, subject={"description": "Alarm: flow sensor"})
        handle = await self.client.start_workflow(
            AiQuestionWorkflow.run, args=[call_id, question], id=f"ai-{call_id}", task_queue=self.queue
        )
        return call_id, handle

    async def story(self) -> str:
        _, handle = await self.start()
        return (await handle.result()).story

    async def change(self, assignments: str, code: str = "openai") -> None:
        await self.sql.execute(f"UPDATE ai_providers SET {assignments} WHERE code = $1", code)  # noqa: S608 - of tests

    async def until_told(self, story: str) -> None:
        """Ask until the answer has that story. Of a question that was under way when its poller went, nobody waits."""

        async def told() -> bool:
            try:
                async with asyncio.timeout(5):
                    return await self.story() == story
            except TimeoutError:
                return False

        await until(told, SECONDS)

    async def rates(self) -> set[float]:
        """Requests a second that pollers of OpenAI's queue allow, those of the last minutes."""
        answer = await self.client.workflow_service.describe_task_queue(
            DescribeTaskQueueRequest(
                namespace=self.client.namespace,
                task_queue=TaskQueue(name=ai_queue(self.queue, "openai")),
                task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
            )
        )
        return {one.rate_per_second for one in answer.pollers}

    async def outcomes(self) -> list[tuple[str | None, int]]:
        """Of all calls: how each ended, and how many so."""
        rows = await self.sql.fetch("SELECT outcome, count(*) FROM ai_calls GROUP BY outcome ORDER BY outcome")
        return [tuple(row) for row in rows]


@asynccontextmanager
async def serving(office: Office, database: Database, **environment: str) -> AsyncIterator[AiWorkers]:
    tickets = Worker(
        office.client,
        task_queue=office.queue,
        workflows=[AiQuestionWorkflow],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    ai = AiWorkers(office.client, database, SETTINGS, TASKS, ENGINES, task_queue=office.queue, environment=environment)
    async with tickets, ai:
        yield ai


@pytest_asyncio.fixture
async def database(stack: Stack, database_url: str) -> AsyncIterator[Database]:
    """A database of the test's own, as workers use it."""
    database = Database(as_role(database_url, stack.addresses.workers_url))
    yield database
    await database.aclose()


@pytest_asyncio.fixture
async def office(client: Client, database_url: str) -> AsyncIterator[Office]:
    """OpenAI is `here`, by its row alone; nobody else is asked but the built-in provider."""
    sql = await asyncpg.connect(database_url)
    async with AiServer() as here, AiServer() as there:
        for server in (here, there):
            server.usually["openai"] = Says(GOOD)
        office = Office(client, sql, here, there)
        await office.change(f"api_base_url = '{here.address}/v1', requests_per_minute = NULL, request_timeout = '20 s'")
        yield office
    await sql.close()


@pytest.fixture
def key(office: Office) -> str:
    return office.here.keys[0]


async def test_a_provider_that_is_put_in_use_is_asked_and_one_that_is_put_out_of_use_is_not(
    office: Office, database: Database, key: str
) -> None:
    await office.change("active = false")
    async with serving(office, database, OPENAI_API_KEY=key):
        assert await office.story() == "diagnosis: local"
        await office.change("active = true")
        await office.until_told("diagnosis: openai")
        await office.change("active = false")
        await office.until_told("diagnosis: local")
        assert await office.story() == "diagnosis: local"


async def test_rows_that_come_when_a_worker_runs_already_are_there_for_the_very_next_question(
    office: Office, database: Database, database_url: str, key: str
) -> None:
    """As in a new installation, whose workers start before it is seeded."""
    await office.sql.execute("DELETE FROM ai_models; DELETE FROM ai_providers")
    async with serving(office, database, OPENAI_API_KEY=key):
        assert await office.story() == "diagnosis: AI has no provider → nobody"
        await seed(database_url)
        await office.change("active = false")
        assert await office.story() == "diagnosis: local"


async def test_a_row_that_is_removed_is_asked_no_more(office: Office, database: Database, key: str) -> None:
    async with serving(office, database, OPENAI_API_KEY=key):
        assert await office.story() == "diagnosis: openai"
        await office.sql.execute(
            "DELETE FROM ai_conversations; DELETE FROM ai_calls; DELETE FROM ai_models AS m USING ai_providers AS p "
            "WHERE p.id = m.provider_id AND p.code = 'openai'; DELETE FROM ai_providers WHERE code = 'openai'"
        )
        await office.until_told("diagnosis: local")


async def test_another_address_counts_and_who_is_being_asked_at_the_old_one_answers(
    office: Office, database: Database, key: str
) -> None:
    async with serving(office, database, OPENAI_API_KEY=key):
        office.here.will("openai", Waits(4, Says(GOOD)))
        _, asked_before = await office.start()
        await office.here.until_asked("openai")
        await office.change(f"api_base_url = '{office.there.address}/v1'")

        async def it_is_there() -> bool:
            await office.story()
            return len(office.there.received) > 0

        await until(it_is_there, SECONDS)
        assert (await asked_before.result()).story == "diagnosis: openai"
    assert await office.outcomes() == [("answered", len(office.here.received) + len(office.there.received))]


async def test_another_key_variable_counts(office: Office, database: Database, key: str) -> None:
    async with serving(office, database, OPENAI_API_KEY="sk-of-somebody-else", OTHER_KEY=key):
        assert await office.story() == "diagnosis: openai 401 → local"
        await office.change("api_key_variable = 'OTHER_KEY'")

        async def its_key_is_right() -> bool:
            await office.change("circuit = 'closed', circuit_opened_at = NULL, circuit_retry_at = NULL")
            return await office.story() == "diagnosis: openai"

        await until(its_key_is_right, SECONDS)
        await office.change("api_key_variable = 'NO_SUCH_KEY'")
        await office.until_told("diagnosis: local")


async def test_another_rate_limit_counts(office: Office, database: Database, key: str) -> None:
    async with serving(office, database, OPENAI_API_KEY=key):
        assert await office.story() == "diagnosis: openai"
        await office.change("requests_per_minute = 900")

        async def it_is_the_new_one() -> bool:
            return 15.0 in await office.rates()

        await until(it_is_the_new_one, SECONDS)
        assert await office.story() == "diagnosis: openai"


async def test_a_model_that_a_setting_names_is_looked_for_again(
    office: Office, database: Database, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    named = Settings(graceful_shutdown=timedelta(seconds=1), openai_model="gpt-of-tomorrow")
    ai = AiWorkers(
        office.client, database, named, TASKS, ENGINES, task_queue=office.queue, environment={"OPENAI_API_KEY": key}
    )
    async with ai:
        await ai.ready.wait()
        assert "FIELDCARE_OPENAI_MODEL names gpt-of-tomorrow" in caplog.text
        caplog.clear()
        await office.sql.execute("UPDATE ai_models SET code = 'gpt-of-yesterday' WHERE code = 'gpt-4o'")

        async def it_is_told() -> bool:
            return "gpt-of-yesterday" in caplog.text

        await until(it_is_told, SECONDS)


async def test_a_circuit_stays_as_it_is(office: Office, database: Database, key: str) -> None:
    async with serving(office, database, OPENAI_API_KEY=key):
        await office.change("circuit = 'open', circuit_opened_at = now(), circuit_retry_at = now() + interval '1 hour'")
        assert await office.story() == "diagnosis: openai circuit open → local"
        await office.change(f"api_base_url = '{office.there.address}/v1', requests_per_minute = 600")

        async def the_queue_is_another() -> bool:
            return 10.0 in await office.rates()

        await until(the_queue_is_another, SECONDS)
        assert await office.story() == "diagnosis: openai circuit open → local"
        assert office.here.received == office.there.received == []
        row = await office.sql.fetchrow(
            "SELECT circuit, circuit_retry_at > now() AS shut FROM ai_providers WHERE code = 'openai'"
        )
        assert (row["circuit"], row["shut"]) == ("open", True)


async def test_while_rows_change_all_the_time_no_question_is_lost_and_none_is_asked_twice(
    office: Office, database: Database, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "LOOK", timedelta(seconds=0.05))
    for server in (office.here, office.there):
        server.usually["openai"] = Waits(0.2, Says(GOOD))
    asked = 36

    async def change_rows(done: asyncio.Event) -> int:
        times = 0
        while not done.is_set():
            times += 1
            server = (office.here, office.there)[times % 2]
            await office.change(f"api_base_url = '{server.address}/v1'")
            await asyncio.sleep(0.25)  # so that several requests begin between two changes
        return times

    async with serving(office, database, OPENAI_API_KEY=key):
        done = asyncio.Event()
        changing = asyncio.create_task(change_rows(done))
        stories = []
        for _ in range(asked // 6):
            stories += await asyncio.gather(*(office.story() for _ in range(6)))
        done.set()
        assert await changing >= 5
    assert stories == ["diagnosis: openai"] * asked
    assert len(office.here.received) + len(office.there.received) == asked
    assert office.here.received and office.there.received
    assert await office.outcomes() == [("answered", asked)]


async def test_while_the_database_is_away_workers_go_on_and_notice_afterwards(
    office: Office, database: Database, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Here they lack a right for a while, which is to them as if it were away."""
    function = "ON FUNCTION ai_provider_settings()"
    async with serving(office, database, OPENAI_API_KEY=key):
        assert await office.story() == "diagnosis: openai"
        await office.sql.execute(f"REVOKE EXECUTE {function} FROM fieldcare_app")

        async def it_is_said() -> bool:
            return "Changes of AI providers are not noticed for a while" in caplog.text

        await until(it_is_said, SECONDS)
        assert await office.story() == "diagnosis: openai"
        await office.change("active = false")
        await office.sql.execute(f"GRANT EXECUTE {function} TO fieldcare_app")
        await office.until_told("diagnosis: local")
    assert [one.message for one in caplog.records if one.levelno >= logging.ERROR] == []


async def test_a_process_that_ends_waits_for_requests_as_long_as_it_is_told_and_no_longer(
    office: Office, database: Database, key: str
) -> None:
    async with serving(office, database, OPENAI_API_KEY=key):
        office.here.will("openai", Waits(0.5, Says(GOOD)), Hangs())
        _, soon = await office.start()
        await office.here.until_asked("openai")
        _, never = await office.start()
        await office.here.until_asked("openai", 2)
        began = asyncio.get_running_loop().time()
    took = asyncio.get_running_loop().time() - began
    assert SETTINGS.graceful_shutdown.total_seconds() <= took < 10
    office.here.usually["openai"] = Says(GOOD)
    async with serving(office, database, OPENAI_API_KEY=key):
        assert (await soon.result()).story == "diagnosis: openai"
        assert (await never.result()).story == "diagnosis: openai"
    assert len(office.here.received) == 3  # what was broken off is asked again
