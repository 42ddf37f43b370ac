"""Real engines for all tests, started once: PostgreSQL with a migrated and seeded template database, Temporal that can
skip time. A test that changes data in a way that others would notice takes a copy of the template (`database_url`).
"""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from activities.ai.tasks.registry import ENGINES, TASKS
from activities.ai.workers import AiWorkers
from models.database import Database
from models.settings import Settings
from starter.client import connect, register_search_attributes
from starter.embedded.stack import Stack, throwaway_stack
from tests.chromium import NEEDS_IT, chromium, left_out
from tests.clusters import TEMPLATE, furnish
from tests.databases import as_role, drop_database, make_database, url_of
from tests.drills import take_out
from tests.field import Field
from worker import build_worker

LONGEST_FIRST = (
    "workflows/test_webhooks.py",
    "starter/test_drill_faults.py",
    "starter/test_cli.py",
    "workflows/test_rescue.py",
    "starter/test_calling.py",
    "starter/test_embedded_stack.py",
    "starter/test_standing_engines.py",
    "workflows/test_ai_tickets.py",
    "portal/test_rights.py",
    "portal/test_browser.py",
    "portal/test_browser_offline.py",
    "starter/test_drill.py",
    "workflows/test_faults.py",
    "starter/test_embedded_postgres.py",
    "workflows/test_ai_rows.py",
    "workflows/test_fault_matrix.py",
    "workflows/test_reconciliation.py",
    "starter/test_temporal_restart.py",
    "starter/test_demo.py",
    "starter/test_standstill.py",
    "starter/test_drill_examination.py",
    "starter/test_user_commands.py",
    "migrations/test_seeding.py",
    "starter/test_ticket_health.py",
    "starter/test_ai_commands.py",
    "starter/test_rescue_command.py",
    "starter/test_ai_train.py",
    "starter/test_accounts.py",
    "workflows/test_back_pressure.py",
    "migrations/test_plans.py",
)
"""Files whose tests take longest: begun first, none of them is what everybody waits for in the end."""


_IN_A_BROWSER = frozenset(Path(__file__).parent / one for one in NEEDS_IT)

gc.disable()
"""While tests are loaded and collected nothing becomes rubbish, and looking for it takes a fifth of the time."""


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Without a browser its tests are left out; `pytest_terminal_summary` says so."""
    return True if chromium() is None and collection_path in _IN_A_BROWSER else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What this machine leaves out."""
    if (said := left_out()) is not None:
        terminalreporter.write_line(said, yellow=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave drills to `make drill`, and hand out the longest files first, the others in their order."""
    take_out(config, items)
    folder = Path(__file__).parent
    places = {folder / name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


def pytest_collection_finish() -> None:
    """What is there now stays to the end: nobody looks for rubbish in it any more, and elsewhere less often."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
    gc.enable()


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Both engines, in a folder that is gone afterwards."""
    with throwaway_stack(time_skipping=True, furnish=furnish) as running:
        yield running


@pytest.fixture(scope="session")
def postgres_url(stack: Stack) -> str:
    """A migrated and seeded database that nobody may change: the template of the others."""
    return url_of(stack.addresses.database_url, TEMPLATE)


@pytest_asyncio.fixture
async def database_url(stack: Stack, postgres_url: str) -> AsyncIterator[str]:
    """A database of this test's own."""
    name = f"test_{uuid4().hex}"
    yield await make_database(stack.addresses.database_url, name, TEMPLATE)
    await drop_database(stack.addresses.database_url, name)


@pytest_asyncio.fixture(scope="session")
async def service_owner_url(stack: Stack, postgres_url: str) -> str:
    """The database that the session's worker writes tickets to, as its owner."""
    return await make_database(stack.addresses.database_url, "service", TEMPLATE)


@pytest_asyncio.fixture(scope="session")
async def service_url(stack: Stack, service_owner_url: str) -> str:
    """The same with the rights that workers have: what a test does through them proves that the rights suffice."""
    return as_role(service_owner_url, stack.addresses.workers_url)


@pytest_asyncio.fixture(scope="session")
async def skipper(stack: Stack) -> TimeSkipper:
    """Wraps the client, so that a test may fast-forward its own workflows."""
    client = await connect(stack.addresses.temporal_address)
    await register_search_attributes(client)
    return TimeSkipper(client, config=TimeSkippingConfig(enabled=False))


@pytest_asyncio.fixture(scope="session")
async def client(skipper: TimeSkipper) -> Client:
    return skipper.client


@pytest_asyncio.fixture(scope="session")
async def field(skipper: TimeSkipper, service_url: str, service_owner_url: str) -> AsyncIterator[Field]:
    """A running service: a worker, and the ways in. Tests share it; each opens tickets of its own."""
    database, owner = Database(service_url), Database(service_owner_url)
    ai = AiWorkers(skipper.client, database, Settings(), TASKS, ENGINES, task_queue="tests", environment={})
    async with build_worker(skipper.client, database, Settings(), "tests"), ai:
        yield Field(skipper, database, "tests", owner)
    await database.aclose()
    await owner.aclose()
