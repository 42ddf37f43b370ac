"""The demo whole: engines, schema, worker, three stories, and the check of each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from temporalio.testing import TimeSkipper, TimeSkippingConfig

from migrations.runner import migrate, seed
from models.database import Database
from models.settings import Settings
from starter.client import connect, register_search_attributes
from starter.demo.check import differences, missing_advice
from starter.demo.scene import Teller, Tools
from starter.demo.stories import STORIES, Story
from starter.embedded import EmbeddedError, throwaway_stack, worker_environment
from starter.embedded.workers import Workers

DEADLINE = timedelta(minutes=3)
"""The demo ends by then, whatever hangs."""


KEYS = ("OPENAI_", "ANTHROPIC_")
"""Beginnings of variables that the demo's worker does not get: it shows the built-in engine, and costs nothing."""


class DemoFailed(EmbeddedError):  # noqa: N818 - a state of the world
    """The demo did not show what it should; the message says what."""


async def play(settings: Settings, teller: Teller, say: Callable[[str], None]) -> int:
    """Play all stories on engines of their own; returns how many tickets were signed off and checked.

    From the main thread. When it returns or raises, nothing of it is left: no process, no file.

    Raises:
        DemoFailed: the database and a workflow disagree, something that must happen did not, or time is up.
    """
    say("Starting PostgreSQL and Temporal")
    with throwaway_stack(time_skipping=True, settings=settings, say=say) as stack:
        addresses = stack.addresses
        environment = {
            name: value
            for name, value in worker_environment(stack.home.path, addresses).items()
            if not name.startswith(KEYS)
        }
        environment["FIELDCARE_LOG_LEVEL"] = "ERROR"
        with Workers(1, environment, stack.home.log("worker")) as workers:
            say("Migrating and seeding the database")
            await migrate(addresses.database_url)
            await seed(addresses.database_url, sample=True)
            client = await connect(addresses.temporal_address)
            await register_search_attributes(client)
            skipper = TimeSkipper(client, config=TimeSkippingConfig(enabled=False))
            database = Database(addresses.workers_url, pool_size=2)
            try:
                async with asyncio.timeout(DEADLINE.total_seconds()):
                    for story in STORIES:
                        await _tell(story, Tools.of(skipper, database, teller))
            except TimeoutError as error:
                words = workers.ended()
                raise DemoFailed(
                    f"The demo hangs: {words or 'no answer in time'}. Try again with less load on this machine."
                ) from error
            finally:
                await database.aclose()
    return len(STORIES)


async def _tell(story: Story, tools: Tools) -> None:
    tools.teller.chapter(story.title, story.about)
    try:
        ending = await story.play(tools)
        result = await ending.scene.result()
    except AssertionError as error:
        raise DemoFailed(f"{story.title}: {error}") from error
    record = await ending.scene.stored()
    problems = list(differences(record, await ending.scene.status(), result))
    problems += [f"not so: {sentence}" for sentence in (*missing_advice(record), *ending.untrue(record))]
    tools.teller.record(record, problems)
    if problems:
        raise DemoFailed(f"{story.title}: {'; '.join(problems)}")
