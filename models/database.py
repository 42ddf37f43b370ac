"""The database of one process: an engine, sessions, and one way to call an SQL function."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from copy import copy
from typing import Any, NoReturn, Self

import asyncpg
from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.pool import NullPool, PoolProxiedConnection
from sqlalchemy.util import greenlet_spawn
from sqlmodel.ext.asyncio.session import AsyncSession

from models.database_calls import STATEMENT_TIMEOUT, Heard, call_statement, connect_arguments, listen, statement_for
from models.database_errors import (
    DatabaseError,
    DatabaseOutdated,
    DatabaseRefused,
    DatabaseUnavailable,
    classified,
    driver_errors,
)
from models.principals import Principal
from models.scoped_calls import check_sees_every_ticket
from models.sql_functions import SqlFunction

__all__ = ["Database", "DatabaseError", "DatabaseOutdated", "DatabaseRefused", "DatabaseUnavailable", "Transaction"]

POOL_TIMEOUT = 15.0
"""Seconds to wait for a free connection of the pool."""


def engine_url(url: str) -> URL:
    """SQLAlchemy's URL for `postgresql://user:password@host:port/database?sslmode=…`.

    Raises:
        ValueError: it is not a URL of a PostgreSQL database. The message shows nothing of it.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ValueError("the database URL can't be read: it looks like postgresql://user@host:5432/name") from None
    if parsed.get_backend_name() not in {"postgresql", "postgres"}:
        raise ValueError("the database URL must begin with postgresql://")
    query = dict(parsed.query)
    if "sslmode" in query:
        query["ssl"] = query.pop("sslmode")
    return parsed.set(drivername="postgresql+asyncpg", query=query)


def place(url: URL) -> str:
    """Where a database is, fit for a message: no user, no password."""
    host = url.host or url.query.get("host", "local socket")
    return f"{host}{f':{url.port}' if url.port else ''}/{url.database or ''}"


def make_engine(url: str, *, pool_size: int | None = None, statement_timeout: float = STATEMENT_TIMEOUT) -> AsyncEngine:
    """An engine whose pool notices dead connections without asking the server; `pool_size` None: no pool.

    Args:
        statement_timeout: seconds; 0 for none, and for none of the other limits either.
    """
    arguments = connect_arguments(statement_timeout)
    pool: dict[str, Any] = {"poolclass": NullPool}
    if pool_size is not None:
        # The connection that was used last is used next: each has to plan every statement of ours for itself, and costs
        # the server 50 ms until it has. Those that nobody needs stay unopened.
        pool = {"pool_size": pool_size, "max_overflow": 0, "pool_timeout": POOL_TIMEOUT, "pool_use_lifo": True}
    engine = create_async_engine(engine_url(url), connect_args=arguments, hide_parameters=True, **pool)

    @event.listens_for(engine.sync_engine, "checkout")
    def replace_dead_connection(connection: Any, _record: Any, _proxy: Any) -> None:
        # asyncpg has seen the socket close (a restarted server): the pool opens a new one.
        if connection.driver_connection.is_closed():
            raise DisconnectionError("the server closed this connection")

    return engine


@asynccontextmanager
async def classified_errors(where: str) -> AsyncIterator[None]:
    """Turns what drivers and pools raise into this module's errors; `where` is for the message."""
    try:
        async with driver_errors(where):
            yield
    except PoolTimeoutError as error:
        raise DatabaseUnavailable(f"all connections to the database at {where} are in use") from error
    except DBAPIError as error:
        cause = error.orig.__cause__ if error.orig is not None else None
        raise classified(cause or error.orig or error, where) from error


class Transaction:
    """Calls of SQL functions that take effect together. `Database.transaction()` makes it."""

    def __init__(self, driver: Any, principal: Principal | None) -> None:
        self._driver = driver
        self._principal = principal

    async def call(self, function: SqlFunction, *arguments: Any) -> Any:
        """Like `Database.call()`."""
        rows = await self._fetch(function, arguments)
        return rows[0][0] if rows else None

    async def rows(self, function: SqlFunction, *arguments: Any) -> Sequence[Mapping[str, Any]]:
        """Like `Database.rows()`."""
        return [dict(row) for row in await self._fetch(function, arguments)]

    async def _fetch(self, function: SqlFunction, arguments: tuple[Any, ...]) -> list[Any]:
        statement, given = statement_for(self._principal, SqlFunction(function), arguments)
        rows: list[Any] = await self._driver.fetch(statement, *given)
        return rows


class Database:
    """The database as one process uses it. Build it once; `aclose()` it at the end."""

    def __init__(self, url: str, pool_size: int = 10, *, statement_timeout: float = STATEMENT_TIMEOUT) -> None:
        self._engine = make_engine(url, pool_size=pool_size, statement_timeout=statement_timeout)
        self._sessions = async_sessionmaker(self._engine, class_=AsyncSession, expire_on_commit=False)
        self._place = place(self._engine.url)
        self._url = url
        self.principal: Principal | None = None
        """For whom it is asked; see `Calls`."""
        self._statements = {
            (function, count): call_statement(function, count) for function in SqlFunction for count in range(14)
        }

    def __repr__(self) -> str:
        return f"Database({self._place})"

    def asked_for(self, principal: Principal) -> Self:
        """The same database, its connections shared, asked for somebody. Who made it closes it."""
        theirs = copy(self)
        theirs.principal = principal
        return theirs

    async def call(self, function: SqlFunction, *arguments: Any) -> Any:
        """Call an SQL function that returns one value; None where it finds nothing.

        One round trip, a transaction of its own. JSON goes in and comes out as text: pydantic's `model_dump_json()`
        and `model_validate_json()` are all the work that it needs.

        Raises:
            DatabaseUnavailable, DatabaseRefused: see the module.
        """
        rows = await self._fetch(function, arguments)
        return rows[0][0] if rows else None

    async def rows(self, function: SqlFunction, *arguments: Any) -> Sequence[Mapping[str, Any]]:
        """Call an SQL function that returns a table. JSON columns are decoded. Otherwise like `call()`."""
        return [dict(row) for row in await self._fetch(function, arguments)]

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Several calls in one transaction, committed at the end; left by an error, the block leaves nothing behind.

        Raises:
            DatabaseUnavailable, DatabaseRefused: see the module. If the connection is lost during the commit, whether
                it took place is not known.
        """
        async with classified_errors(self._place), self._engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            transaction = driver.transaction()
            await transaction.start()
            try:
                yield Transaction(driver, self.principal)
            except BaseException:
                with suppress(asyncpg.InterfaceError):  # a connection that is gone took the transaction with it
                    await transaction.rollback()
                raise
            await transaction.commit()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A session in one transaction, committed at the end, for what has no function.

        Raises:
            OutOfReach: whoever asks may not see every ticket, and no scope can be added to what they look at.
        """
        if self.principal is not None:
            check_sees_every_ticket(self.principal)
        async with classified_errors(self._place), self._sessions.begin() as session:
            yield session

    async def listen(self, channels: Sequence[str], heard: Heard, begun: Callable[[], None]) -> NoReturn:
        """Listen to channels by a connection of its own; see `models.database_calls.listen()`."""
        await listen(self._url, channels, heard, begun)

    async def ping(self) -> None:
        """Return if the database answers; raise `DatabaseUnavailable` if not."""
        async with classified_errors(self._place), self._engine.connect() as connection:
            await connection.exec_driver_sql("SELECT 1")

    async def aclose(self) -> None:
        """Close every connection."""
        await self._engine.dispose()

    async def _fetch(self, function: SqlFunction, arguments: tuple[Any, ...]) -> list[Any]:
        statement, given = self._statement(SqlFunction(function), arguments)
        async with classified_errors(self._place):
            # Past SQLAlchemy's connection and cursor, which cost as much again as a short call: no BEGIN and COMMIT
            # around it, and asyncpg prepares anew by itself when a migration has changed the function.
            lent = await self._lent()
            try:
                driver: Any = lent.driver_connection
                rows: list[Any] = await driver.fetch(statement, *given)
                return rows
            finally:
                await greenlet_spawn(lent.close)  # nothing was begun, so nothing is waited for

    async def _lent(self) -> PoolProxiedConnection:
        """A connection of the pool; what the driver says of one that can't be made is said as it says it."""
        try:
            return await greenlet_spawn(self._engine.sync_engine.pool.connect)
        except self._engine.dialect.loaded_dbapi.Error as error:
            raise error.__cause__ or error from None

    def _statement(self, function: SqlFunction, arguments: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
        if self.principal is not None:
            return statement_for(self.principal, function, arguments)
        return self._statements[function, len(arguments)], arguments
