"""Serves the AI of a queue in a process of its own, which a test may kill: `python -m tests.ai_process QUEUE`."""

from __future__ import annotations

import asyncio
import sys

from activities.ai.tasks.registry import ENGINES, TASKS
from activities.ai.workers import AiWorkers
from models.database import Database
from models.settings import Settings
from starter.client import connect


async def serve(queue: str) -> None:
    settings = Settings()
    url = settings.url()
    assert url is not None
    async with AiWorkers(await connect(), Database(url), settings, TASKS, ENGINES, task_queue=queue):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
