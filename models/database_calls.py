"""Calling SQL functions: what every connection is set to, and a connection for whoever does nothing else.

A command that only reads lives for a moment, and most of that goes into loading what it needs: `Reader` needs the
driver alone, no engine and no pool.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NoReturn, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg

from models.database_errors import DatabaseUnavailable, driver_errors
from models.principals import Principal
from models.scoped_calls import condition
from models.sql_functions import JSON_RESULTS, SqlFunction

CONNECT_TIMEOUT = 10.0
"""Seconds until a connection attempt is given up."""

STATEMENT_TIMEOUT = 15.0
"""Seconds until the server ends a statement; the client gives up a little later."""

LOCK_TIMEOUT = 5.0
"""Seconds that a statement waits for a lock. Shorter than a statement may take, so that the reason is told."""

IDLE_IN_TRANSACTION_TIMEOUT = 30.0
"""Seconds until the server ends a session that holds a transaction open and does nothing: others wait behind it."""


_OF_A_DRIVER = re.compile(r"^postgres(?:ql)?(?:\+\w+)?://")
"""The beginning of an address, which may name a driver: ours is the one that there is."""


class Calls(Protocol):
    """Whatever SQL functions can be called through.

    Attributes:
        principal: for whom it is asked, which every reading and acting use case holds itself to; None: the operator.
    """

    principal: Principal | None

    async def call(self, function: SqlFunction, *arguments: Any) -> Any:
        """Like `Database.call()`."""

    async def rows(self, function: SqlFunction, *arguments: Any) -> Sequence[Mapping[str, Any]]:
        """Like `Database.rows()`."""


class Reader:
    """One connection, for calls alone. `connect()` opens it, `aclose()` ends it.

    Args:
        url: `postgresql://user:password@host:port/database?sslmode=…`.
        statement_timeout: seconds; 0 for none, and for none of the other limits either.
    """

    def __init__(self, url: str, *, statement_timeout: float = STATEMENT_TIMEOUT) -> None:
        self._url = _OF_A_DRIVER.sub("postgresql://", url)
        self._timeout = statement_timeout
        self._place = _place(url)
        self._connection: Any = None
        self.principal: Principal | None = None

    def __repr__(self) -> str:
        return f"Database({self._place})"

    async def connect(self) -> None:
        """Open the connection.

        Raises:
            DatabaseUnavailable: it can't be.
        """
        async with driver_errors(self._place):
            self._connection = await asyncpg.connect(self._url, **connect_arguments(self._timeout))

    async def call(self, function: SqlFunction, *arguments: Any) -> Any:
        """Like `Database.call()`."""
        rows = await self._fetch(function, arguments)
        return rows[0][0] if rows else None

    async def rows(self, function: SqlFunction, *arguments: Any) -> Sequence[Mapping[str, Any]]:
        """Like `Database.rows()`."""
        return [dict(row) for row in await self._fetch(function, arguments)]

    async def aclose(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close(timeout=CONNECT_TIMEOUT)

    async def _fetch(self, function: SqlFunction, arguments: tuple[Any, ...]) -> list[Any]:
        async with driver_errors(self._place):
            statement, given = statement_for(self.principal, SqlFunction(function), arguments)
            rows: list[Any] = await self._connection.fetch(statement, *given)
            return rows


def connect_arguments(statement_timeout: float) -> dict[str, Any]:
    """What every connection of ours is opened with."""
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
    return arguments


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))


def _place(url: str) -> str:
    """Where a database is, fit for a message: no user, no password."""
    parts = urlsplit(url)
    hosts = parts.netloc.rpartition("@")[2] or parse_qs(parts.query).get("host", ["local socket"])[0]
    return f"{unquote(hosts)}/{unquote(parts.path.lstrip('/'))}"


def call_statement(function: SqlFunction, count: int) -> str:
    placeholders = ", ".join(f"${position}" for position in range(1, count + 1))
    if function in JSON_RESULTS:
        return f"SELECT public.{function.value}({placeholders})::text"
    return f"SELECT * FROM public.{function.value}({placeholders})"  # noqa: S608 - the name is one of the enumeration


def statement_for(
    principal: Principal | None, function: SqlFunction, arguments: tuple[Any, ...]
) -> tuple[str, tuple[Any, ...]]:
    """The statement of a call and what it takes, for whoever asks: somebody else's ticket has no row for them.

    Raises:
        OutOfReach: they may not call it at all.
    """
    statement = call_statement(function, len(arguments))
    if principal is None or (found := condition(function, arguments, principal)) is None:
        return statement, arguments
    holds, scope = found
    # It has no column, so the server looks at it once, and calls nothing unless it holds.
    return f"{statement} WHERE {holds.format(f'${len(arguments) + 1}::jsonb')}", (*arguments, scope)


Heard = Callable[[str], None]
"""What is called with what a notification says."""

ALIVE_EVERY = 20.0
"""Seconds between two looks at whether a connection that only listens still lives."""


async def listen(url: str, channels: Sequence[str], heard: Heard, begun: Callable[[], None]) -> NoReturn:
    """Listen to channels by a connection of its own, until that is lost. Cancel it to end it.

    Args:
        begun: called when it listens: what was notified before that, nobody has heard.

    Raises:
        DatabaseUnavailable: the connection can't be opened, or is lost.
    """

    def told(_: Any, __: int, ___: str, payload: object) -> None:
        heard(str(payload))

    where, lost = _place(url), asyncio.Event()
    async with driver_errors(where):
        connection: Any = await asyncpg.connect(_OF_A_DRIVER.sub("postgresql://", url), **connect_arguments(0))
        try:
            connection.add_termination_listener(lambda _: lost.set())
            for channel in channels:
                await connection.add_listener(channel, told)
            begun()
            while not lost.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(ALIVE_EVERY):
                        await lost.wait()
                if not lost.is_set():
                    await connection.execute("SELECT 1", timeout=CONNECT_TIMEOUT)
        finally:
            connection.terminate()
    raise DatabaseUnavailable(f"the connection to the database at {where} was lost")
