"""Databases for these tests: an empty one, a shared one, and connections to them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest_asyncio
from sqlalchemy import make_url

from models.database import Database
from tests.databases import drop_database, make_database
from tests.migrations.lab import Lab, Providers
from tests.migrations.own_rows import Bench, own_bench
from tests.migrations.story import Story, open_story


@pytest_asyncio.fixture
async def empty_url(postgres_url: str) -> AsyncIterator[str]:
    """A database with nothing in it."""
    server, name = _server(postgres_url), f"empty_{uuid4().hex}"
    yield await make_database(server, name)
    await drop_database(server, name)


@pytest_asyncio.fixture(scope="session")
async def shared_url(postgres_url: str) -> AsyncIterator[str]:
    """A migrated and seeded database that tests share: each opens tickets of its own and changes no configuration."""
    server, name = _server(postgres_url), f"shared_{uuid4().hex}"
    yield await make_database(server, name, str(make_url(postgres_url).database))
    await drop_database(server, name)


@pytest_asyncio.fixture(scope="session")
async def database(shared_url: str) -> AsyncIterator[Database]:
    """The shared database as the program uses it."""
    database = Database(shared_url, pool_size=8)
    yield database
    await database.aclose()


@pytest_asyncio.fixture(scope="session")
async def sql(shared_url: str) -> AsyncIterator[Any]:
    """A plain connection to the shared database, to look at rows."""
    connection = await asyncpg.connect(shared_url)
    yield connection
    await connection.close()


@pytest_asyncio.fixture(scope="session")
async def seeded_url(postgres_url: str) -> AsyncIterator[str]:
    """A database with just what is seeded: no test leaves a change in it."""
    server, name = _server(postgres_url), f"seeded_{uuid4().hex}"
    yield await make_database(server, name, str(make_url(postgres_url).database))
    await drop_database(server, name)


@pytest_asyncio.fixture(scope="session")
async def seeded(seeded_url: str) -> AsyncIterator[Any]:
    """A plain connection to the database with just what is seeded."""
    connection = await asyncpg.connect(seeded_url)
    yield connection
    await connection.close()


@pytest_asyncio.fixture
async def own_sql(database_url: str) -> AsyncIterator[Any]:
    """A plain connection to a database of the test's own."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest_asyncio.fixture
async def story(database: Database) -> Story:
    """A ventilator's ticket that was just opened: first stage entered, resolution clock running."""
    return await open_story(database)


@pytest_asyncio.fixture(scope="session")
async def bench(postgres_url: str) -> AsyncIterator[Bench]:
    """A database for tests that put rows of their own into catalogs."""
    async with own_bench(postgres_url) as own:
        yield own


@pytest_asyncio.fixture(scope="session")
async def providers(bench: Bench) -> Providers:
    """Two AI providers of our own, one with a model and one without."""
    alpha, (large,) = await bench.model("own_alpha", "alpha-large")
    beta, _ = await bench.model("own_beta")
    return {"own_alpha": (alpha, large), "own_beta": (beta, None)}


@pytest_asyncio.fixture
async def lab(bench: Bench, providers: Providers) -> Lab:
    """A ticket about which AI has said nothing, nor about any other: accuracy is over all tickets."""
    await bench.sql.execute(
        "DELETE FROM ai_feedback; DELETE FROM ai_diagnosis_results; DELETE FROM ai_engineer_recommendations; "
        "DELETE FROM ai_parts_recommendations; DELETE FROM ai_attachment_analysis; DELETE FROM ai_conversations"
    )
    return Lab(bench, await open_story(bench.database), providers)


def _server(url: str) -> str:
    return make_url(url).set(database="postgres").render_as_string(hide_password=False)
