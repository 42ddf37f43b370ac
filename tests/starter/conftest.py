"""Homes for the embedded engines: fresh, reachable for the server's user, and gone after the test."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest

from models.settings import Settings
from starter.drill import DrillPlan
from starter.drill.driver import Driver
from starter.embedded import stop
from starter.embedded.home import Home
from starter.embedded.postgres import Postgres
from tests.clusters import copy_database, stopped_home
from tests.field import Field
from tests.starter.drilled import Drilled


@pytest.fixture
async def drilled(field: Field) -> Drilled:
    """Two tickets, driven to sign-off."""
    plan = DrillPlan(tickets=2, concurrency=2)
    driver = Driver(plan, field.client, field.database, task_queue=field.task_queue)
    await driver.drive()
    return Drilled(plan, driver.account, field.client, field.database)


class StartPostgres(Protocol):
    def __call__(self, path: Path, *, port: int | None = None, fresh: bool = False) -> Postgres: ...


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user can pass through; pytest's own are closed to the user that PostgreSQL runs as."""
    path = Path(tempfile.mkdtemp(prefix="fieldcare-test-"))
    path.chmod(0o711)
    yield path
    for record in path.rglob("state.json"):
        stop(record.parent)
        if place := Home(record.parent).recall("place"):
            shutil.rmtree(place)
    shutil.rmtree(path)


@pytest.fixture
def said() -> list[str]:
    """What the engines had to say to the person who started them."""
    return []


@pytest.fixture(scope="session")
def template() -> Iterator[Path]:
    """A stopped home whose database was made once: most tests begin with a copy of it."""
    with stopped_home() as home:
        yield home


@pytest.fixture
def seed(template: Path) -> Callable[[Path], None]:
    """Make a home that looks as if its database had been made, started and stopped before."""
    return partial(copy_database, template)


@pytest.fixture
def start_postgres(seed: Callable[[Path], None], said: list[str]) -> Iterator[StartPostgres]:
    """Start PostgreSQL alone, under the home's lock as a stack would; the test's end stops it."""
    with ExitStack() as exits:

        def start(path: Path, *, port: int | None = None, fresh: bool = False) -> Postgres:
            if not path.exists() and not fresh:
                seed(path)
            home = Home(path)
            home.prepare()
            home.lock()
            exits.callback(home.unlock)
            server = Postgres(home, Settings(), port=port, say=said.append)
            exits.callback(server.stop)
            server.start()
            return server

        yield start
