"""The server that stands for the providers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.ai_server import AiServer


@pytest_asyncio.fixture
async def server() -> AsyncIterator[AiServer]:
    async with AiServer() as running:
        yield running
