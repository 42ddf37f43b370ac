"""The life of a ticket: what every ticket workflow shares, from the first stage to the last stored fact."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from temporalio import workflow
from temporalio.exceptions import is_cancelled_exception

from models.contracts.tickets import TicketInput, TicketResult
from workflows.adviser import Adviser
from workflows.messages import TicketMessages
from workflows.projector import Projector
from workflows.sla_watch import watch_clocks


class TicketLifecycle(TicketMessages):
    """Base of the ticket workflows; a subclass adds its name and its `run()`."""

    @workflow.init
    def __init__(self, ticket: TicketInput) -> None:
        super().__init__(ticket)
        self._projector = Projector(ticket, self._engine)
        self._adviser = Adviser(ticket, self._engine, self._display.refresh)

    async def _live(self) -> TicketResult:
        """From the first stage to the last stored fact."""
        background = [_begun(work) for work in (self._projector.run(), *self._adviser.loops())]
        cancelled: asyncio.CancelledError | None = None
        self._display.refresh()
        while not self._may_end():
            try:
                await self._until_over(*background)
            except asyncio.CancelledError as error:
                cancelled = error
                self._engine.cancel_from_outside(workflow.now(), "Workflow cancelled by an operator")
                self._display.refresh()
            await self._drain()
        for task in background:
            task.cancel()
        self._display.close()
        if cancelled is not None:
            raise cancelled
        return self._engine.result()

    async def _until_over(self, *background: asyncio.Task[None]) -> None:
        while not self._engine.is_over:
            await watch_clocks(self._engine, lambda: self._display.due)
            self._engine.advance(workflow.now())
            self._display.refresh()
            await self._continue_as_new_when_long(*background)

    async def _drain(self) -> None:
        """Wait until everything is stored and everybody answered, whoever asks to cancel meanwhile.

        Or until the ticket is open again: it may be reopened while this run still has something to store.
        """

        def drained() -> bool:
            return self._may_end() or not self._engine.is_over

        while not drained():
            try:
                await workflow.wait_condition(drained, timeout=self._until_shown())
            except asyncio.CancelledError:
                continue
            except TimeoutError:
                self._display.refresh()

    def _until_shown(self) -> float | None:
        """Seconds until lists have to show the end, though the run can't close yet; None where they do."""
        due = self._display.due
        return None if due is None else max((due - workflow.now()).total_seconds(), 0.001)

    def _may_end(self) -> bool:
        """Whether the ticket is over, and nobody needs this run any more."""
        return self._engine.is_over and not self._engine.state.unstored and workflow.all_handlers_finished()

    async def _continue_as_new_when_long(self, *background: asyncio.Task[None]) -> None:
        if self._engine.is_over or not workflow.info().is_continue_as_new_suggested():
            return
        await workflow.wait_condition(workflow.all_handlers_finished)
        # A write in flight may be lost with this run; the next one writes the same facts again, which changes nothing.
        # So does a question to AI: asked again under its name, it is paid once.
        for task in background:
            task.cancel()
        workflow.continue_as_new(self._carried())


def _begun(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """The work, as a task that nobody waits for.

    Cancelled in the middle of an activity it ends with that activity's error, which would be logged as one that nobody
    has retrieved. Any other error is one of ours, and is told at once.
    """
    task = asyncio.create_task(work)
    task.add_done_callback(_retrieve)
    return task


def _retrieve(task: asyncio.Task[None]) -> None:
    error = None if task.cancelled() else task.exception()
    # What is no Exception is the SDK's own: it takes a workflow out of its cache.
    if isinstance(error, Exception) and not is_cancelled_exception(error):
        workflow.logger.error("Work in the background of a ticket has ended", exc_info=error)
