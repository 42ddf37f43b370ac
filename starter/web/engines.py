"""The engines of a server: one pool of the database and one client of Temporal for all that it is asked."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from models.database import Database
from models.principals import Principal
from models.settings import Settings
from starter.accounts.provider import Provider, configured
from starter.addresses import database_url
from starter.calling import TemporalUnavailable
from starter.services import LEAST_LEFT, PATIENCE, Connection, connected_client
from starter.turns import Turns
from starter.web.feed import Feed

if TYPE_CHECKING:
    from temporalio.client import Client


class Engines:
    """What the requests of a server share. `aclose()` it at the end.

    Temporal is connected to when it is first needed, and stays connected: reading works without it.

    Args:
        client: Temporal's, where somebody has it already.
    """

    def __init__(self, settings: Settings, client: Client | None = None) -> None:
        self.settings = settings
        self.database = Database(database_url(settings), pool_size=settings.database_pool_size)
        """Asked for nobody: for whoever is about to show who they are."""
        self.feed = Feed(self.database)
        """What has moved, for whoever waits for that."""
        said = configured(settings)
        self.provider = None if said is None else Provider(said)
        """By which people may sign in as well."""
        self._client = client
        self._attempt: asyncio.Task[Client] | None = None
        self._turns = Turns()

    def database_for(self, principal: Principal) -> Database:
        """The database, asked for somebody."""
        return self.database.asked_for(principal)

    async def client(self, wait: float) -> Client:
        """Temporal.

        Raises:
            TemporalUnavailable: it does not answer in time.
        """
        if self._client is None:
            if self._attempt is None or self._attempt.done():
                self._attempt = asyncio.create_task(connected_client(self.settings, PATIENCE))
                self._attempt.add_done_callback(_heard)
            try:
                async with asyncio.timeout(wait):  # all who wait share one attempt, each as long as they may
                    self._client = await asyncio.shield(self._attempt)
            except TimeoutError as error:
                raise TemporalUnavailable(f"Temporal does not answer within {wait:.3g} s.") from error
        return self._client

    async def connection(self, principal: Principal | None, wait: float) -> Connection:
        """Both, for what somebody does to a ticket.

        Args:
            principal: None: for a use case that looks itself at what whoever comes may do.
            wait: seconds that it may take; what connecting has not used is left for the rest.

        Raises:
            TemporalUnavailable: it does not answer in time.
        """
        began = time.monotonic()
        client = await self.client(wait)
        left = max(wait - (time.monotonic() - began), min(wait, LEAST_LEFT))
        database = self.database if principal is None else self.database_for(principal)
        return Connection(client, database, timedelta(seconds=left), self._turns)

    async def aclose(self) -> None:
        """Close every connection."""
        await self.feed.aclose()
        await self.database.aclose()


def _heard(attempt: asyncio.Task[Client]) -> None:
    """What an attempt failed with is told to whoever waits for it; nobody may wait any more."""
    if not attempt.cancelled():
        attempt.exception()
