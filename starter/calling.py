"""Calls to Temporal: what a failed one means for a person, and which are made again until somebody waited too long.

No gRPC error leaves this module's callers: it becomes one sentence with the remedy. Everything that Fieldcare asks of
Temporal may be asked again: commands by their ids, openings by their keys, queries anyhow.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import NoReturn, TypeVar

from temporalio.client import Client, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError

from starter.failures import FailureCode, Unavailable
from starter.troubles import PASSING, Trouble, in_words, trouble_of

T = TypeVar("T")

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
"""Seconds between two tries."""

SDK_PATIENCE = 15.0
"""Seconds, generously, that the SDK itself tries again before it tells us of a failure: ten, and the try under way."""

HEALTH_WITHIN = timedelta(seconds=2)


class TemporalUnavailable(Unavailable):
    """Temporal does not answer at the address that the settings give."""

    code = FailureCode.TEMPORAL_UNAVAILABLE


class TemporalRefuses(TemporalUnavailable):
    """Temporal answers, and will not have it, however often it is asked."""

    code = FailureCode.TEMPORAL_REFUSES


class NoAnswer(Exception):  # noqa: N818  # a state of the world
    """Temporal has the workflow, and nobody answered in time; `trouble` says why, None that nothing said why."""

    def __init__(self, trouble: Trouble | None) -> None:
        super().__init__("no answer in time")
        self.trouble = trouble


class NotThere(Exception):  # noqa: N818  # a state of the world
    """There is no such workflow, or it has ended."""


def raise_if_cancelled() -> None:
    """Let a cancellation be one: the SDK reports it as an update that got no answer in time.

    Raises:
        asyncio.CancelledError: the current task is being cancelled.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def raise_in_words(error: RPCError) -> NoReturn:
    """The same as an exception.

    Raises:
        TemporalRefuses: asking again would not help.
        TemporalUnavailable: it may.
    """
    kind = TemporalRefuses if trouble_of(error) is Trouble.REFUSED else TemporalUnavailable
    told = in_words(error)
    raise kind.of(told) from error


async def once(call: Awaitable[T]) -> T:
    """A call that is not worth waiting for.

    Raises:
        TemporalUnavailable: it failed; the sentence says why.
    """
    try:
        return await call
    except RPCError as error:
        raise_in_words(error)


async def is_there(client: Client) -> bool:
    """Whether Temporal answers now; asked when a call got nothing in time, which alone does not say why."""
    try:
        return await client.service_client.check_health(timeout=HEALTH_WITHIN)
    except RPCError as error:
        return trouble_of(error) not in {Trouble.AWAY, Trouble.LATE}  # a refusal is an answer


async def answered(call: Callable[[], Awaitable[T]], within: timedelta, passing: frozenset[Trouble] = PASSING) -> T:
    """Make a call until it is answered: again and again, ever less often, while what keeps it back may pass.

    Args:
        passing: what is waited for.

    Raises:
        NoAnswer: nobody answered in time.
        NotThere: no such workflow, or it has ended.
        TemporalUnavailable: Temporal was away or busy until the end, or refuses the call.
    """
    last: RPCError | None = None
    pause, loop = FIRST_PAUSE, asyncio.get_running_loop()
    began = loop.time()
    try:
        async with asyncio.timeout(within.total_seconds()):
            while True:
                began = loop.time()
                try:
                    return await call()
                except (RPCError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
                    failed = error if isinstance(error, RPCError) else error.__cause__
                    if not isinstance(failed, RPCError):
                        raise  # the SDK's word for our own time-out, or for a cancellation
                    _raise_if_final(failed, passing)
                    last = failed
                # Spread, so that all the waiting ones don't come back at one instant; not a secret.
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311
                pause = min(pause * 2, LONGEST_PAUSE)
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
        raise_if_cancelled()
        if last is None or trouble_of(last) is Trouble.LATE or loop.time() - began > SDK_PATIENCE:
            raise NoAnswer(None) from error  # what failed before is over: the call that was under way got through
        if trouble_of(last) in {Trouble.AWAY, Trouble.BUSY}:
            raise_in_words(last)
        raise NoAnswer(trouble_of(last)) from error


def _raise_if_final(error: RPCError, passing: frozenset[Trouble]) -> None:
    trouble = trouble_of(error)
    if trouble in passing:
        return
    if trouble is Trouble.NOT_THERE:
        raise NotThere from error
    if trouble in {Trouble.NO_WORKER, Trouble.TASK_FAILS}:
        raise NoAnswer(trouble) from error
    raise_in_words(error)
