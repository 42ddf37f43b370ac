"""The database of one process: an engine, sessions, and one way to call an SQL function.

Errors are classified here, once. `DatabaseUnavailable` may pass by itself (connection, time, capacity, a migration that
is still to run): try again. `DatabaseRefused` will not: the database understood the request and refused it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel.ext.asyncio.session import AsyncSession

from models.refusals import Refusal
from models.sql_functions import JSON_RESULTS, SqlFunction

CONNECT_TIMEOUT = 10.0
"""Seconds until a connection attempt is given up."""

STATEMENT_TIMEOUT = 15.0
"""Seconds until the server ends a statement; the client gives up a little later."""

LOCK_TIMEOUT = 5.0
"""Seconds that a statement waits for a lock. Shorter than a statement may take, so that the reason is told."""

IDLE_IN_TRANSACTION_TIMEOUT = 30.0
"""Seconds until the server ends a session that holds a transaction open and does nothing: others wait behind it."""

POOL_TIMEOUT = 15.0
"""Seconds to wait for a free connection of the pool."""

TRANSIENT_CLASSES = frozenset({"08", "53", "57", "58"})
"""SQLSTATE classes: connection, resources, operator intervention, system error."""

TRANSIENT_STATES = frozenset({"25006", "25P03", "28000", "28P01", "3D000", "40001", "40P01", "55P03"})
"""Read-only standby, idle in transaction, login refused, no such database, serialization, deadlock, lock timeout."""

NO_RIGHT = "42501"
OUTDATED_STATES = frozenset({"42883", "42P01", "42703", NO_RIGHT})
"""Undefined function, table, column, or no right to it: schema and rights are not those of this code."""


class DatabaseError(Exception):
    """A database call failed. `sqlstate` is the server's code, if it was the server that said so."""

    def __init__(self, message: str, sqlstate: str | None = None) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate


class DatabaseUnavailable(DatabaseError):  # noqa: N818 - says what it is at the place of `except`
    """The database can't be used at the moment: try again later."""


class DatabaseOutdated(DatabaseUnavailable):
    """The schema lacks something that this code needs: it works once the migrations have run."""


class DatabaseRefused(DatabaseError):  # noqa: N818 - likewise
    """The database refused the data or the request: trying again changes nothing."""


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
    settings = {
        "timezone": "UTC",
        "application_name": "fieldcare",
        "statement_timeout": _milliseconds(statement_timeout),
        "lock_timeout": _milliseconds(LOCK_TIMEOUT if statement_timeout else 0),
        "idle_in_transaction_session_timeout": _milliseconds(IDLE_IN_TRANSACTION_TIMEOUT if statement_timeout else 0),
    }
    arguments: dict[str, Any] = {"server_settings": settings, "timeout": CONNECT_TIMEOUT}
    if statement_timeout:
        arguments["command_timeout"] = statement_timeout + 5
    pool: dict[str, Any] = {"poolclass": NullPool}
    if pool_size is not None:
        pool = {"pool_size": pool_size, "max_overflow": 0, "pool_timeout": POOL_TIMEOUT}
    engine = create_async_engine(engine_url(url), connect_args=arguments, hide_parameters=True, **pool)

    @event.listens_for(engine.sync_engine, "checkout")
    def replace_dead_connection(connection: Any, _record: Any, _proxy: Any) -> None:
        # asyncpg has seen the socket close (a restarted server): the pool opens a new one.
        if connection.driver_connection.is_closed():
            raise DisconnectionError("the server closed this connection")

    return engine


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))


@asynccontextmanager
async def classified_errors(where: str) -> AsyncIterator[None]:
    """Turns what drivers and pools raise into this module's errors; `where` is for the message."""
    try:
        yield
    except PoolTimeoutError as error:
        raise DatabaseUnavailable(f"all connections to the database at {where} are in use") from error
    except DBAPIError as error:
        cause = error.orig.__cause__ if error.orig is not None else None
        raise _classified(cause or error.orig or error, where) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        raise _classified(error, where) from error
    except asyncpg.InternalClientError as error:  # a connection that was lost in the middle of its own beginning or end
        raise DatabaseUnavailable(f"the connection to the database at {where} broke: {error}") from error


class Transaction:
    """Calls of SQL functions that take effect together. `Database.transaction()` makes it."""

    def __init__(self, driver: Any, statements: Mapping[tuple[SqlFunction, int], str]) -> None:
        self._driver = driver
        self._statements = statements

    async def call(self, function: SqlFunction, *arguments: Any) -> Any:
        """Like `Database.call()`."""
        rows = await self._fetch(function, arguments)
        return rows[0][0] if rows else None

    async def rows(self, function: SqlFunction, *arguments: Any) -> Sequence[Mapping[str, Any]]:
        """Like `Database.rows()`."""
        return [dict(row) for row in await self._fetch(function, arguments)]

    async def _fetch(self, function: SqlFunction, arguments: tuple[Any, ...]) -> list[Any]:
        rows: list[Any] = await self._driver.fetch(self._statements[SqlFunction(function), len(arguments)], *arguments)
        return rows


class Database:
    """The database as one process uses it. Build it once; `aclose()` it at the end."""

    def __init__(self, url: str, pool_size: int = 10, *, statement_timeout: float = STATEMENT_TIMEOUT) -> None:
        self._engine = make_engine(url, pool_size=pool_size, statement_timeout=statement_timeout)
        self._sessions = async_sessionmaker(self._engine, class_=AsyncSession, expire_on_commit=False)
        self._place = place(self._engine.url)
        self._statements = {
            (function, count): _call_statement(function, count) for function in SqlFunction for count in range(8)
        }

    def __repr__(self) -> str:
        return f"Database({self._place})"

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
                yield Transaction(driver, self._statements)
            except BaseException:
                with suppress(asyncpg.InterfaceError):  # a connection that is gone took the transaction with it
                    await transaction.rollback()
                raise
            await transaction.commit()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A session in one transaction, committed at the end, for what has no function."""
        async with classified_errors(self._place), self._sessions.begin() as session:
            yield session

    async def ping(self) -> None:
        """Return if the database answers; raise `DatabaseUnavailable` if not."""
        async with classified_errors(self._place), self._engine.connect() as connection:
            await connection.exec_driver_sql("SELECT 1")

    async def aclose(self) -> None:
        """Close every connection."""
        await self._engine.dispose()

    async def _fetch(self, function: SqlFunction, arguments: tuple[Any, ...]) -> list[Any]:
        statement = self._statements[SqlFunction(function), len(arguments)]
        async with classified_errors(self._place), self._engine.connect() as connection:
            # Past SQLAlchemy's cursor: no BEGIN and COMMIT around a single call, and asyncpg prepares anew by itself
            # when a migration has changed the function.
            driver: Any = (await connection.get_raw_connection()).driver_connection
            rows: list[Any] = await driver.fetch(statement, *arguments)
            return rows


def _call_statement(function: SqlFunction, count: int) -> str:
    placeholders = ", ".join(f"${position}" for position in range(1, count + 1))
    if function in JSON_RESULTS:
        return f"SELECT public.{function.value}({placeholders})::text"
    return f"SELECT * FROM public.{function.value}({placeholders})"  # noqa: S608 - the name is one of the enumeration


def _classified(error: BaseException, where: str) -> DatabaseError:
    sqlstate: str | None = getattr(error, "sqlstate", None)
    if sqlstate is None:
        if isinstance(error, ValueError | TypeError):
            return DatabaseRefused(f"the arguments do not fit: {error}")
        reason = "no answer in time" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
        return DatabaseUnavailable(f"the database at {where} can't be reached: {reason}")
    said = error.args[0] if error.args else error  # asyncpg's text goes on with details and hints for programmers
    if sqlstate == NO_RIGHT:
        return DatabaseOutdated(
            f"the database at {where} does not let this user do that: {said}; `fieldcare db migrate` grants "
            "the rights, and what is the owner's connects by FIELDCARE_ADMIN_DATABASE_URL",
            sqlstate,
        )
    if sqlstate in OUTDATED_STATES:
        return DatabaseOutdated(
            f"the database at {where} needs its migrations (fieldcare db migrate): {said}", sqlstate
        )
    if sqlstate[:2] in TRANSIENT_CLASSES or sqlstate in TRANSIENT_STATES:
        return DatabaseUnavailable(f"the database at {where} is not available: {said}", sqlstate)
    return DatabaseRefused(Refusal.of(error).sentence, sqlstate)
