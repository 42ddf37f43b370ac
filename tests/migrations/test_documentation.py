"""The database's pages: as the schema is, complete, and with queries that run."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from migrations.documentation import Schema, read_schema
from tests.migrations.lab import Lab, Providers
from tests.migrations.own_rows import Bench
from tests.migrations.story import open_story
from tests.migrations.write_documentation import DOCS, documentation

REMEDY = "the schema has changed: run `make docs` and commit what it writes"
EXAMPLES = re.findall(
    r"^```sql\n(.*?)^```", (DOCS / "database.md").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
)


@pytest_asyncio.fixture(scope="module")
async def schema(postgres_url: str) -> Schema:
    return await read_schema(postgres_url)


async def test_the_pages_are_those_of_the_migrated_schema(postgres_url: str) -> None:
    wanted = await documentation(postgres_url)
    there = {*(DOCS / "database").rglob("*.md"), DOCS / "database.md"}
    assert there == set(wanted), REMEDY
    assert [path.name for path, text in wanted.items() if path.read_text(encoding="utf-8") != text] == [], REMEDY


def test_every_table_and_view_says_what_it_is_for(schema: Schema) -> None:
    relations = [*schema.tables.values(), *schema.views.values()]
    assert [one.name for one in relations if not one.comment] == []


def test_every_index_names_what_it_serves(schema: Schema) -> None:
    assert [index.name for table in schema.tables.values() for index in table.indexes if not index.comment] == []


@pytest_asyncio.fixture(scope="module")
async def asked(bench: Bench, providers: Providers) -> Any:
    """A connection to the sample data with a ticket that AI has diagnosed."""
    lab = Lab(bench, await open_story(bench.database), providers)
    await lab.diagnosis()
    await lab.say(uuid4(), 0, "Flow sensor drifts", role="assistant")
    return bench.sql


@pytest.mark.parametrize("query", EXAMPLES, ids=lambda query: query.splitlines()[0])
async def test_every_example_runs_and_returns_rows(asked: Any, query: str) -> None:
    assert len(await asked.fetch(query)) > 0


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 12
