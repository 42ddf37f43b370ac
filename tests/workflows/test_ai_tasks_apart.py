"""A stage that wants several things of AI gets each for itself: whoever is slow at one delays no other.

The engine, the adviser and the chain are those of every ticket; the providers are doubles, each of which answers when
it is let go.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from temporalio import activity, workflow
from temporalio.client import WorkflowHandle
from temporalio.exceptions import ApplicationError
from temporalio.testing import TimeSkipper
from temporalio.worker import Worker

from models.contracts.ai import AiQuestion, AskedInTurn, AskInput, AskResult, PreparedQuestion, ProviderChoice
from models.contracts.proposals import Proposed
from models.contracts.state import TaskAdvice
from models.contracts.templates import StageAi
from models.contracts.tickets import TicketInput
from models.identity import ai_queue
from models.vocabulary.ai import AiTask
from tests.factories import template, ticket_input
from tests.waiting import until
from workflows.adviser import Adviser
from workflows.engine.ticket import TicketEngine
from workflows.proposal import PROPOSALS
from workflows.runner import TicketRunner

pytestmark = pytest.mark.asyncio(loop_scope="session")

STAGE = "remote_diagnosis"
FIRST, SECOND = AiTask.DIAGNOSIS, AiTask.PARTS_RECOMMENDATION
TASKS = [FIRST]
"""What the workers of the moment may ask for; a test that has a second task puts it here."""


def _never(_: AskedInTurn, __: StageAi, ___: datetime) -> Proposed:
    raise AssertionError("nobody answers the second task")


@workflow.defn
class AdvisedTicket:
    """As much of a ticket as AI has to do with."""

    @workflow.init
    def __init__(self, ticket: TicketInput) -> None:
        self._engine = TicketEngine.open(ticket, workflow.now())
        self._engine.state.stored = 1
        known = {FIRST: PROPOSALS[FIRST], SECOND: _never}
        served = {task: known[task] for task in TASKS}
        self._adviser = Adviser(ticket, self._engine, lambda: None, served)
        self._over = False

    @workflow.run
    async def run(self, ticket: TicketInput) -> None:  # noqa: ARG002  # @workflow.init has it
        loops = [asyncio.create_task(one) for one in self._adviser.loops()]
        await workflow.wait_condition(lambda: self._over)
        for loop in loops:
            loop.cancel()

    @workflow.signal
    def nudge(self) -> None:
        """Something happens."""

    @workflow.signal
    def end(self) -> None:
        self._over = True

    @workflow.query
    def advice(self) -> dict[AiTask, TaskAdvice]:
        return self._engine.graph.latest(STAGE).advice


class Providers:
    """AI's activities: whoever is asked for a task fails when the task is let go."""

    def __init__(self) -> None:
        self.asked: list[AiTask] = []
        self.let_go = {task: asyncio.Event() for task in (FIRST, SECOND)}

    @activity.defn
    async def prepare_question(self, question: AiQuestion) -> PreparedQuestion:
        choice = ProviderChoice(code="slow", request_timeout=timedelta(minutes=1))
        return PreparedQuestion(question=question, providers=(choice,))

    @activity.defn
    async def ask(self, ask: AskInput) -> AskResult:
        self.asked.append(ask.question.task)
        await self.let_go[ask.question.task].wait()
        raise ApplicationError("no", type="No", non_retryable=True)


@asynccontextmanager
async def serving(skipper: TimeSkipper, queue: str, providers: Providers) -> AsyncIterator[None]:
    async with (
        Worker(skipper.client, task_queue=queue, workflows=[AdvisedTicket], workflow_runner=TicketRunner()),
        Worker(skipper.client, task_queue=ai_queue(queue), activities=[providers.prepare_question]),
        Worker(skipper.client, task_queue=ai_queue(queue, "slow"), activities=[providers.ask]),
    ):
        yield


async def begun(skipper: TimeSkipper, queue: str) -> WorkflowHandle[AdvisedTicket, None]:
    stages = tuple(
        one.model_copy(update={"ai": (StageAi(task=FIRST), StageAi(task=SECOND))}) if one.key == STAGE else one
        for one in template().stages
    )
    ticket = ticket_input(template=template(stages))
    return await skipper.client.start_workflow(AdvisedTicket.run, ticket, id=str(uuid4()), task_queue=queue)


async def answered(handle: WorkflowHandle[AdvisedTicket, None], *tasks: AiTask) -> None:
    """Wait until it is known of just these tasks that nobody answers."""

    async def known() -> bool:
        advice = await handle.query(AdvisedTicket.advice)
        return {task for task, one in advice.items() if one.asked} == set(tasks)

    await until(known)


@pytest.fixture
def second_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.workflows.test_ai_tasks_apart.TASKS", [FIRST, SECOND])


@pytest.mark.parametrize("slow", [FIRST, SECOND])
async def test_whoever_is_slow_at_one_task_delays_no_other(
    skipper: TimeSkipper, second_task: None, slow: AiTask
) -> None:
    quick, queue, providers = SECOND if slow is FIRST else FIRST, f"apart-{uuid4().hex[:8]}", Providers()
    async with serving(skipper, queue, providers):
        handle = await begun(skipper, queue)
        providers.let_go[quick].set()
        await answered(handle, quick)

        async def both_asked() -> bool:
            return set(providers.asked) == {FIRST, SECOND}

        await until(both_asked)
        advice = await handle.query(AdvisedTicket.advice)
        assert advice[quick].story.startswith(f"{quick.value}: slow error → nobody")
        assert slow not in advice
        providers.let_go[slow].set()
        await answered(handle, FIRST, SECOND)
        await handle.signal(AdvisedTicket.end)
        await handle.result()
    assert sorted(providers.asked) == sorted([FIRST, SECOND])  # each once


async def test_a_run_from_before_a_task_was_served_goes_on_without_it_and_replays(
    skipper: TimeSkipper, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, providers = f"apart-{uuid4().hex[:8]}", Providers()
    for let_go in providers.let_go.values():
        let_go.set()
    async with serving(skipper, queue, providers):
        handle = await begun(skipper, queue)
        await answered(handle, FIRST)
    monkeypatch.setattr("tests.workflows.test_ai_tasks_apart.TASKS", [FIRST, SECOND])
    async with serving(skipper, queue, providers):  # the workers of the next release
        await handle.signal(AdvisedTicket.nudge)
        await answered(handle, FIRST)
        await handle.signal(AdvisedTicket.end)
        await handle.result()
    assert providers.asked == [FIRST]
