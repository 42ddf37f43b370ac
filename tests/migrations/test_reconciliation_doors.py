"""What the application says of reconciling is believed as far as it must be: no time of the future, and no word that a
record is right again.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from migrations import grants
from models.database import Database
from starter.embedded import Stack
from tests.databases import as_role
from tests.migrations.story import Story, open_story

ROOT = Path(__file__).parents[2]
FUTURE = "2999-01-01T00:00:00Z"
OPEN = "SELECT kind FROM reconciliation_findings WHERE ticket_id = $1 AND resolved_at IS NULL ORDER BY kind"


@pytest_asyncio.fixture
async def app(stack: Stack, database_url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(as_role(database_url, stack.addresses.application_url))
    yield connection
    await connection.close()


@pytest_asyncio.fixture
async def owner(database_url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest_asyncio.fixture
async def story(database_url: str) -> AsyncIterator[Story]:
    database = Database(database_url, pool_size=1)
    yield await open_story(database)
    await database.aclose()


def found(story: Story, *kinds: str) -> list[dict[str, Any]]:
    workflow = story.row.workflow_id
    return [{"kind": kind, "workflow_id": workflow, "number": story.row.number, "detail": ""} for kind in kinds]


async def say(app: Any, story: Story, findings: list[dict[str, Any]], at: str | None = None) -> None:
    batch = {
        "at": at or datetime.now(UTC).isoformat(),
        "compared": [str(story.ticket_id)],
        "round_over": True,
        "swept": True,
        "findings": findings,
    }
    await app.execute("SELECT record_reconciliation($1)", json.dumps(batch))


async def times(owner: Any) -> list[datetime]:
    """Every time that is kept of reconciling."""
    rows = await owner.fetch(
        "SELECT unnest(ARRAY[found_at, seen_at, resolved_at]) FROM reconciliation_findings "
        "UNION ALL SELECT unnest(ARRAY[began_at, newest_batch_at, ended_at]) FROM reconciliation_rounds"
    )
    return [row[0] for row in rows if row[0] is not None]


async def test_that_a_record_is_right_again_is_not_believed(app: Any, owner: Any, story: Story) -> None:
    change = "UPDATE service_tickets SET description = $2 WHERE id = $1 RETURNING old.description"
    before = await owner.fetchval(change, story.ticket_id, "Nothing")
    await say(app, story, found(story, "record_changed"))
    for at in (None, FUTURE, "infinity"):
        await say(app, story, [], at)
        assert await app.fetchval(OPEN, story.ticket_id) == "record_changed"
    await owner.execute(change, story.ticket_id, before)
    await say(app, story, [])
    assert await app.fetchval(OPEN, story.ticket_id) is None


@pytest.mark.parametrize("at", [FUTURE, "infinity", "-infinity", "1970-01-01T00:00:00Z"])
async def test_no_time_is_kept_that_can_not_be(app: Any, owner: Any, story: Story, at: str) -> None:
    began = datetime.now(UTC)
    await say(app, story, found(story, "task_fails", "workflow_differs"), at)
    await say(app, story, found(story, "task_fails"))
    await say(app, story, [], at)
    kept = await times(owner)
    assert min(kept) >= began - timedelta(days=1, minutes=1)
    assert max(kept) <= await owner.fetchval("SELECT clock_timestamp()")


async def test_a_lie_about_the_time_keeps_nothing_from_being_found_later(app: Any, owner: Any, story: Story) -> None:
    await say(app, story, [], FUTURE)
    await say(app, story, found(story, "task_fails", "workflow_differs"))
    assert [row["kind"] for row in await app.fetch(OPEN, story.ticket_id)] == ["task_fails", "workflow_differs"]
    await say(app, story, [], FUTURE)
    kept = "SELECT count(resolved_at) FROM reconciliation_findings WHERE ticket_id = $1"
    assert await owner.fetchval(kept, story.ticket_id) == 2  # on the caller's word, and on record as that
    await say(app, story, found(story, "task_fails"))
    assert await app.fetchval(OPEN, story.ticket_id) == "task_fails"


async def test_a_run_that_comes_late_takes_back_nothing_that_a_later_one_found(app: Any, story: Story) -> None:
    before = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    await say(app, story, found(story, "workflow_differs"))
    await say(app, story, [], before)
    assert await app.fetchval(OPEN, story.ticket_id) == "workflow_differs"


def test_the_manual_names_every_function_that_the_application_writes_by() -> None:
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    row = re.search(r"Write by forty-two functions and in no other way: (.*?)\. No INSERT", page)
    assert row is not None
    assert set(re.findall(r"`(\w+)`", row[1])) == grants.DOORS
    assert len(grants.DOORS) == 42
