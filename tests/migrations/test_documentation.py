"""The database's pages: as the schema is, complete, and with queries that run."""

from __future__ import annotations

import re

import pytest_asyncio

from migrations.documentation import Schema, read_schema
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
