"""Every history that a drill has written, replayed by the code that is here: a run that does not replay is stuck."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

from workflows.runner import replayer

LISTED_WITHIN = 20.0
"""Seconds until Temporal's list of runs shows every one of them: it lags a little behind."""


@dataclass(frozen=True, slots=True)
class BrokenHistory:
    """A run whose history the code does not take; `why` is what the replay said."""

    workflow_id: str
    run_id: str
    why: str


@dataclass(slots=True)
class Replays:
    """What became of the replays: how many histories there were, of how many events, and which are broken."""

    histories: int = 0
    events: int = 0
    broken: list[BrokenHistory] = field(default_factory=list)


async def replay_all(client: Client, prefix: str, expected: Collection[str], keep: Path | None = None) -> Replays:
    """Replay each run, ended or not, of each workflow whose id begins with `prefix`.

    Args:
        expected: ids that there must be runs of.
        keep: folder for histories that do not replay, as Temporal's own tools write them.
    """
    done = Replays()

    async def counted() -> AsyncIterator[WorkflowHistory]:
        for workflow_id, run_id in await runs(client, prefix, expected):
            history = await fetched(client, workflow_id, run_id)
            done.histories += 1
            done.events += len(history.events)
            yield history

    async with replayer(client.data_converter).workflow_replay_iterator(counted()) as results:
        async for result in results:
            if result.replay_failure is not None:
                history = result.history
                done.broken.append(BrokenHistory(history.workflow_id, history.run_id, str(result.replay_failure)))
                if keep is not None:
                    keep_history(history, keep)
    return done


async def fetched(client: Client, workflow_id: str, run_id: str | None = None) -> WorkflowHistory:
    """The history of a run, also from a Temporal that is just starting again."""
    deadline = time.monotonic() + LISTED_WITHIN
    while True:
        try:
            return await client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND or time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.5)


async def runs(client: Client, prefix: str, expected: Collection[str]) -> list[tuple[str, str]]:
    """Workflow id and run id of every run, once the list shows one of each that is expected and grows no more."""
    found: list[tuple[str, str]] = []
    try:
        async with asyncio.timeout(LISTED_WITHIN):
            while True:
                before = len(found)
                listed = client.list_workflows(f"WorkflowId STARTS_WITH '{prefix}'", page_size=1000)
                with suppress(RPCError):  # a Temporal that has just ended is started again
                    found = sorted({(one.id, one.run_id) async for one in listed})
                if len(found) == before and {name for name, _ in found} >= set(expected):
                    return found
                await asyncio.sleep(0.5)
    except TimeoutError:
        return found


def keep_history(history: WorkflowHistory, folder: Path) -> None:
    """Write a history down as Temporal's own tools do."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{history.workflow_id}_{history.run_id}.json").write_text(history.to_json(), encoding="utf-8")
