"""People who act on many tickets at once while faults strike: each by a story, each patient to a degree."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from temporalio.client import Client, WorkflowQueryFailedError, WorkflowQueryRejectedError

from models.contracts.base import Actor, Command
from models.contracts.commands import ChangeContract, CompleteStage, Resume
from models.contracts.status import StatusReport
from models.contracts.templates import StageDefinition
from models.database import Database, DatabaseError
from models.identity import TICKETS_QUEUE
from models.vocabulary import Performer, TicketStatus
from starter.agreed_terms import AgreedTerms, NoTerms, agreed_terms
from starter.answers import RefusedAfterEnd
from starter.commands import CommandRefused, TicketCommands
from starter.drill.account import SentCommand, Wait
from starter.drill.driver import (
    COORDINATOR,
    PASSING,
    PAUSE,
    Answered,
    DrillUnit,
    Driver,
    anyway,
    completion,
    own_units,
    top_engineer,
)
from starter.drill.plan import DrillPlan
from starter.drill.signing import is_signed_off, signed
from starter.drill.stories import Deed, Move, NewTerms, Scene, story
from starter.freezing import ReportRefused
from starter.intake import Intake

ANSWER_WITHIN = timedelta(seconds=12)
"""After this an answer is waited for no longer, and the same is sent again: so duplicates meet what is under way."""

LOOK_WITHIN = 10.0
NOT_NOW = (*PASSING, TimeoutError, WorkflowQueryFailedError, WorkflowQueryRejectedError)
MOST_STEPS = 60
"""Steps in which a ticket that can be finished is finished."""

OVER = frozenset({TicketStatus.CLOSED, TicketStatus.CANCELLED})


LATE_ONE_IN, LATEST = 6, 90
"""Of so many commands that may be, one is told so many seconds late at the most: some lie before the stage began
or the clock was changed last, and count from when they came."""


class GaveUp(Exception):  # noqa: N818  # a state of the world
    """No answer for as long as people are patient."""


class Crowd(Driver):
    """Acts out a story for each ticket, `plan.concurrency` at a time: as long as faults strike, and then to the end."""

    def __init__(self, plan: DrillPlan, client: Client, database: Database, task_queue: str = TICKETS_QUEUE) -> None:
        super().__init__(plan, client, database, task_queue)
        self._commands = TicketCommands(client, ANSWER_WITHIN)
        self._intake = Intake(client, database, ANSWER_WITHIN, task_queue)
        self._built: dict[str, ChangeContract] = {}
        self.last_orders = False
        """Set when faults are over: tickets beyond the plan's number are opened no more."""

    async def drive(self) -> None:
        """Return when every story is told."""
        units = await self._until_answered(lambda: own_units(self._database))  # faults strike already
        engineer = await self._until_answered(lambda: top_engineer(self._database))

        async def one_after_the_other() -> None:
            while not self.last_orders or self.account.begun < self._plan.tickets:
                self.account.begun += 1
                number = self.account.begun
                await self._live(number, units[number % len(units)], engineer)

        async with asyncio.TaskGroup() as group:
            for _ in range(self._plan.concurrency):
                group.create_task(one_after_the_other())
        await self._come_back(units, engineer)

    async def _come_back(self, units: Sequence[DrillUnit], engineer: Actor) -> None:
        """Now that nothing strikes any more: what people had given up is taken up again, and finished."""

        async def again(key: str, number: int) -> None:
            unit = units[number % len(units)]
            try:
                if key not in self.account.opened:
                    await self.open(key, number, unit)
                await self.finish(key, unit, engineer)
            except GaveUp as reason:
                self.account.abandoned[key] = str(reason)

        left = [(self._plan.key(number), number) for number in range(1, self.account.begun + 1)]
        async with asyncio.TaskGroup() as group:
            for key, number in left:
                if self.account.abandoned.pop(key, None) is not None:
                    group.create_task(again(key, number))

    async def _live(self, number: int, unit: DrillUnit, engineer: Actor) -> None:
        key = self._plan.key(number)
        try:
            await self.open(key, number, unit)
            for scene in story(self._plan.seed or 0, number, key, unit, engineer):
                await asyncio.sleep(scene.pause)
                await self._act(key, scene, unit, engineer)
        except GaveUp as reason:
            self.account.abandoned[key] = str(reason)
        except ReportRefused as refusal:
            self.account.refused.append(f"{key}: {refusal}")
        except Exception as error:
            _raise_if_cancelled()
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(where.filename).name}, line {where.lineno}"
            self.account.unexpected.append(f"{key}: {type(error).__name__}: {error} ({place})")

    async def _act(self, key: str, scene: Scene, unit: DrillUnit, engineer: Actor) -> None:
        if scene.finish:
            await self.finish(key, unit, engineer)
            return
        calls = [self._move(key, move) for move in scene.moves for _ in range(move.times)]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        for failure in outcomes:
            if isinstance(failure, BaseException):
                raise failure

    async def _move(self, key: str, move: Move) -> None:
        if move.deed is Deed.LOOK or move.what is None:
            await self._glance(key)
            return
        command = await self._contract(key, move.what) if isinstance(move.what, NewTerms) else move.what
        if command is None:
            return
        if move.deed is Deed.SIGNAL and isinstance(command, CompleteStage):
            await self.signal(key, command)
        elif move.deed is Deed.MISUSE:
            await self.misuse(key, command)
        else:
            await self.ask(key, command)

    # -- ways to turn to a ticket ------------------------------------------------------------------------------------

    async def ask(self, key: str, command: Command) -> bool:
        """Send a command until it is answered; whether it was applied."""
        workflow_id = self.account.opened[key].workflow_id
        command = told_later(command, datetime.now(UTC))
        sent, asked_at = self.account.sending(key, command), time.time()
        try:
            answer = await self._until_answered(lambda: self._commands.send(workflow_id, command))
        except RefusedAfterEnd:
            self.account.told_ended(sent, asked_at)
            return False
        except CommandRefused as refusal:
            self.account.refusing(sent, refusal.sentence)
            return False
        self.account.answered(sent, answer)
        return True

    async def signal(self, key: str, command: CompleteStage) -> None:
        workflow_id = self.account.opened[key].workflow_id
        sent: SentCommand = self.account.sending(key, command)
        with suppress(CommandRefused):  # it has ended: nothing was taken
            await self._until_answered(lambda: self._commands.signal_stage_completed(workflow_id, command))
            sent.signalled = True

    async def misuse(self, key: str, command: Command) -> None:
        """Send a command under the id of another one, which it must not be taken for."""
        sent = self.account.commands[command.command_id]
        sent.misused += 1
        workflow_id = self.account.opened[key].workflow_id
        with suppress(CommandRefused):
            answer = await self._until_answered(lambda: self._commands.send(workflow_id, command))
            self.account.contradictions.append(
                f"{sent.command_id}: another command under it was told {answer.message!r}"
            )

    async def _glance(self, key: str) -> None:
        """Look once; whoever gets no answer looks away again."""
        self.account.looks += 1
        try:
            async with asyncio.timeout(LOOK_WITHIN):
                await self._commands.status(self.account.opened[key].workflow_id)
        except (*NOT_NOW, CommandRefused):
            _raise_if_cancelled()
            self.account.looks_in_vain += 1

    async def _look(self, key: str) -> StatusReport:
        async def once() -> StatusReport:
            async with asyncio.timeout(LOOK_WITHIN):
                return await self._commands.status(self.account.opened[key].workflow_id)

        return await self._until_answered(once)

    async def _contract(self, key: str, terms: NewTerms) -> ChangeContract | None:
        """The change with all that belongs to it: the same whenever it is sent."""
        if terms.command_id not in self._built:
            try:
                agreed: AgreedTerms | None = await self._until_answered(
                    lambda: agreed_terms(self._database, self.account.opened[key].workflow_id)
                )
            except (NoTerms, DatabaseError):
                return None
            if agreed is None:
                return None
            service = agreed.service.model_copy(update={"response_target": terms.response_target})
            change = ChangeContract(
                command_id=terms.command_id,
                actor=COORDINATOR,
                service=service,
                calendar=agreed.calendar,
                reason="Another contract",
            )
            self._built.setdefault(terms.command_id, change)
        return self._built[terms.command_id]

    async def finish(self, key: str, unit: DrillUnit, engineer: Actor) -> None:
        """Do what is due until the ticket is over."""
        stages = {stage.key: stage for stage in unit.stages}
        for step in range(MOST_STEPS):
            report = await self._look(key)
            if report.status in OVER:
                (self.account.closed if report.status is TicketStatus.CLOSED else self.account.cancelled).add(key)
                return
            name = f"{key}-finish-{report.sequence:05d}-{step}"
            if report.status is TicketStatus.ON_HOLD:
                await self.ask(key, Resume(command_id=f"{name}-resume", actor=COORDINATOR))
                continue
            active = [one for one in report.stages if one.key in report.active_stages and one.finished_at is None]
            if any(one.engineer != engineer.code for one in active if _engineers(stages[one.key].performer)):
                await self.ask(key, anyway(f"{name}-assign", engineer))
            for one in active:
                await self.ask(key, await self._done(key, f"{name}-{one.key}", stages[one.key], engineer, step))
        raise GaveUp(f"it is not over after {MOST_STEPS} steps")

    async def _done(self, key: str, name: str, stage: StageDefinition, engineer: Actor, step: int) -> CompleteStage:
        """The completion of a stage; some sign-offs are signed."""
        done = completion(name, stage, engineer)
        if not is_signed_off(stage.stage_type, step):
            return done
        workflow_id = self.account.opened[key].workflow_id
        return await self._until_answered(lambda: signed(self._database, workflow_id, done))

    async def _until_answered(self, call: Callable[[], Awaitable[Answered]]) -> Answered:
        wait = Wait(time.monotonic())
        self.account.waits.append(wait)
        while True:
            try:
                answer = await call()
            except NOT_NOW as reason:
                _raise_if_cancelled()
                self.account.retries += 1
                if time.monotonic() - wait.since > self._plan.patience.total_seconds():
                    raise GaveUp(f"no answer for {self._plan.patience.total_seconds():.0f} s: {reason}") from reason
                await asyncio.sleep(PAUSE)
            except CommandRefused:
                wait.until = time.monotonic()
                raise
            else:
                wait.until = time.monotonic()
                return answer


def _engineers(performer: Performer) -> bool:
    return performer is Performer.ENGINEER


def _raise_if_cancelled() -> None:
    if (task := asyncio.current_task()) is not None and task.cancelling():
        raise asyncio.CancelledError from None


def told_later(command: Command, now: datetime) -> Command:
    """The command, in some cases with a time at which it happened. Which ones, follows from its id."""
    if "happened_at" not in type(command).model_fields:
        return command
    chance = int.from_bytes(sha256(command.command_id.encode()).digest()[:4])
    if chance % LATE_ONE_IN:
        return command
    return command.model_copy(update={"happened_at": now - timedelta(seconds=chance // LATE_ONE_IN % LATEST)})
