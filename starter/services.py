"""What a use case works with, made from the settings: Temporal's client and the database, for every way in.

The SDK and the database's engine are loaded when somebody connects to them: what only reads the record does without.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from models.database_calls import STATEMENT_TIMEOUT, Reader
from models.database_errors import DatabaseOutdated, DatabaseUnavailable
from models.scoped_calls import OutOfReach
from models.settings import Settings
from starter.accounts.gate import principal_of
from starter.addresses import admin_database_url, database_url, is_elsewhere, nothing_runs, temporal_address
from starter.embedded.record import is_looked_after, read_addresses
from starter.failures import DatabaseAway, DatabaseBehind, Failure, NotAllowed, Remedy, RemedyKind
from starter.turns import Turns

if TYPE_CHECKING:
    from temporalio.client import Client

    from models.database import Database

CONNECT_WITHIN = 5.0
"""Seconds of one try; something that is no Temporal server may take a connection and say nothing."""
PATIENCE = 10.0
"""Seconds that somebody who did not say how long he waits tries to connect."""
LONGEST_ELSEWHERE = 30.0
"""Seconds to connect to an address that somebody has set, and that may be a wrong one."""
PAUSE, LEAST_LEFT = 0.3, 1.0
"""Seconds between two tries, and what is left for the work once it is connected."""


@dataclass(frozen=True)
class Connection:
    """Both ends of the program."""

    client: Client
    database: Database
    left: timedelta
    """What is left of the time that the work may take."""
    turns: Turns = field(default_factory=Turns)
    """At tickets: shared by all that a process sends at once."""


@asynccontextmanager
async def connected(settings: Settings, pool_size: int = 2, wait: float = PATIENCE) -> AsyncIterator[Connection]:
    """Both connections, for whoever has signed in here; the database's are made when they are first used.

    Args:
        wait: seconds that the work may take; what connecting has not used is left for the rest of it.
    """
    from models.database import Database

    began = time.monotonic()
    await restarted(settings, wait)
    database = Database(database_url(settings), pool_size=pool_size)
    try:
        database.principal = await principal_of(settings, database)
        client = await connected_client(settings, wait - (time.monotonic() - began))
        left = min(wait, max(wait - (time.monotonic() - began), LEAST_LEFT))
        yield Connection(client=client, database=database, left=timedelta(seconds=left))
    finally:
        await database.aclose()


@asynccontextmanager
async def database_only(
    settings: Settings, statement_timeout: float = STATEMENT_TIMEOUT, *, as_owner: bool = False
) -> AsyncIterator[Database]:
    """The database alone, for what needs no Temporal, for whoever has signed in here.

    Args:
        statement_timeout: seconds that one statement may take.
        as_owner: with the rights of its owner, for what changes the configuration. Whoever has them is the operator.
    """
    from models.database import Database

    url = (admin_database_url if as_owner else database_url)(settings)
    database = Database(url, pool_size=1, statement_timeout=statement_timeout)
    try:
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                await database.ping()
        except TimeoutError as error:
            raise DatabaseUnavailable(f"{database} does not answer within {CONNECT_WITHIN:g} s") from error
        if not as_owner:
            database.principal = await principal_of(settings, database)
        yield database
    finally:
        await database.aclose()


@asynccontextmanager
async def unscoped_database(settings: Settings) -> AsyncIterator[Database]:
    """The database for whoever is about to show who they are, and so asks for nobody yet."""
    from models.database import Database

    database = Database(database_url(settings), pool_size=1)
    try:
        yield database
    finally:
        await database.aclose()


@asynccontextmanager
async def record_only(settings: Settings) -> AsyncIterator[Reader]:
    """The database for what only calls functions that read: one connection, without what else a `Database` can do.

    It is asked for whoever has signed in here.
    """
    reader = Reader(database_url(settings))
    try:
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                await reader.connect()
        except TimeoutError as error:
            raise DatabaseUnavailable(f"{reader} does not answer within {CONNECT_WITHIN:g} s") from error
        reader.principal = await principal_of(settings, reader)
        yield reader
    finally:
        await reader.aclose()


async def connected_client(settings: Settings, wait: float = PATIENCE) -> Client:
    """Temporal alone, tried again for as long as may be waited: it may stand still for a moment, or be restarting.

    An address that somebody has set may be a wrong one: where nothing listens there, that is said soon.

    Raises:
        TemporalUnavailable: nothing answers there, or nothing that is Temporal.
    """
    from temporalio.runtime import Runtime, TelemetryConfig

    from starter.calling import TemporalUnavailable
    from starter.client import connect

    # What the SDK's native part logs of its retries is said by our own errors, in one line.
    Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=None)), error_if_already_set=False)
    began = time.monotonic()
    wait = max(wait, CONNECT_WITHIN)
    if is_elsewhere():
        wait = min(wait, LONGEST_ELSEWHERE)
    while True:
        await restarted(settings, wait - (time.monotonic() - began))
        address = temporal_address(settings)
        if address is None and not is_elsewhere() and (settings.database_url is None or is_looked_after(settings.home)):
            # The home's own is meant, and gone: not what somebody else may run at the usual address.
            told = nothing_runs(settings)
            raise TemporalUnavailable.of(told)
        # As much for a single try as is left, but for one that begins too late to be a fair one.
        within = min(CONNECT_WITHIN, max(wait - (time.monotonic() - began), LEAST_LEFT))
        try:
            async with asyncio.timeout(within):
                return await connect(address)
        except TimeoutError as error:
            if time.monotonic() - began >= wait - LEAST_LEFT:
                where = address or os.environ.get("TEMPORAL_ADDRESS") or "the address of TEMPORAL_PROFILE"
                raise TemporalUnavailable(
                    f"Temporal does not answer at {where} within {wait:.0f} s. TEMPORAL_ADDRESS is the server's "
                    "host:port.",
                    Remedy(RemedyKind.LOOK_AROUND),
                ) from error
        except TemporalUnavailable:
            # The home's own server is on its way back as long as its stack is looked after.
            longest = wait if address is not None else min(wait, CONNECT_WITHIN)
            if time.monotonic() - began >= longest - PAUSE:
                raise
            await asyncio.sleep(PAUSE)


async def restarted(settings: Settings, wait: float) -> None:
    """Return when the home's stack runs, if it is that which counts and somebody is starting it; or when it is late."""
    at_home, until = settings.database_url is None or not is_elsewhere(), time.monotonic() + wait
    while at_home and time.monotonic() < until:
        if read_addresses(settings.home) is not None or not is_looked_after(settings.home):
            return
        await asyncio.sleep(PAUSE)


def failure_of(error: BaseException) -> Failure | None:
    """What went wrong, in the family of failures, also where a floor below said it; None: a fault of the program."""
    match error:
        case Failure():
            return error
        case OutOfReach():
            return NotAllowed(str(error))
        case DatabaseOutdated():
            return DatabaseBehind(str(error))
        case DatabaseUnavailable():
            return DatabaseAway(f"{error}.", Remedy(RemedyKind.FIND_DATABASE))
        case _:
            return _of_temporal(error)


def _of_temporal(error: BaseException) -> Failure | None:
    """The same of an error that nobody has put into words yet; where nobody asked Temporal, nothing of it is loaded."""
    if "temporalio.service" not in sys.modules:
        return None
    from temporalio.service import RPCError

    from starter.calling import TemporalUnavailable
    from starter.troubles import in_words

    return TemporalUnavailable.of(in_words(error)) if isinstance(error, RPCError) else None
