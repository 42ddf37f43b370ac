"""Health checks of providers whose circuit is open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from activities.ai.calls.health import HealthChecks
from activities.ai.providers.configured import configured_providers
from models.database import Database
from models.sql_functions import SqlFunction
from starter.embedded.stack import Stack
from tests.ai_server import AiServer, Fails
from tests.clusters import TEMPLATE
from tests.databases import as_role, make_database

pytestmark = pytest.mark.asyncio(loop_scope="session")

COOL_DOWN = timedelta(minutes=1)
NOW = datetime.now(UTC)


class Ward:
    """Checks, and the rows that they look at."""

    def __init__(self, sql: asyncpg.Connection, server: AiServer, checks: HealthChecks) -> None:
        self.sql, self.server, self.checks = sql, server, checks

    async def openai(self) -> Any:
        return await self.sql.fetchrow("SELECT * FROM ai_providers WHERE code = 'openai'")

    async def opened(self, retry_in: timedelta) -> None:
        await self.sql.execute(
            "UPDATE ai_providers SET circuit = 'open', circuit_opened_at = now(), circuit_retry_at = now() + $1, "
            "health = 'down' WHERE code = 'openai'",
            retry_in,
        )


@pytest_asyncio.fixture(loop_scope="session")
async def ward(stack: Stack, postgres_url: str) -> AsyncIterator[Ward]:
    owner = await make_database(stack.addresses.database_url, f"ai_health_{uuid4().hex}", TEMPLATE)
    database, sql = Database(as_role(owner, stack.addresses.workers_url)), await asyncpg.connect(owner)
    async with AiServer() as server:
        rows = await database.rows(SqlFunction.LIST_AI_PROVIDERS)
        providers = configured_providers(rows, server.environment, {}).providers
        yield Ward(sql, server, HealthChecks(database, providers, COOL_DOWN))
        for provider in providers.values():
            await provider.aclose()
    await sql.close()
    await database.aclose()


async def test_a_dead_provider_stays_out_and_costs_no_ticket(ward: Ward) -> None:
    await ward.opened(timedelta(seconds=20))
    ward.server.will("openai models", Fails(503, "gone fishing"))
    await ward.checks.look()
    row = await ward.openai()
    assert (row["circuit"], row["health"]) == ("open", "down")
    assert row["circuit_retry_at"] == row["last_checked_at"] + COOL_DOWN
    assert "gone fishing" in row["last_error"]


async def test_one_that_is_back_is_tried_by_the_next_ticket(ward: Ward) -> None:
    await ward.opened(timedelta(seconds=20))
    await ward.checks.look()
    row = await ward.openai()
    assert (row["circuit"], row["health"], row["last_error"]) == ("open", "degraded", None)
    assert row["circuit_retry_at"] == row["last_checked_at"]


async def test_one_that_asked_for_minutes_is_left_in_peace_and_a_closed_one_too(ward: Ward) -> None:
    await ward.opened(timedelta(minutes=3))
    before = await ward.openai()
    await ward.checks.look()
    assert await ward.openai() == before
    assert (await ward.sql.fetchval("SELECT last_checked_at FROM ai_providers WHERE code = 'anthropic'")) is None
