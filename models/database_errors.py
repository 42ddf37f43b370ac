"""What goes wrong with the database, classified once.

`DatabaseUnavailable` may pass by itself (connection, time, capacity, a migration that is still to run): try again.
`DatabaseRefused` will not: the database understood the request and refused it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

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


@asynccontextmanager
async def driver_errors(where: str) -> AsyncIterator[None]:
    """Turns what the driver raises into this module's errors; `where` is for the message."""
    try:
        yield
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        raise classified(error, where) from error
    except asyncpg.InternalClientError as error:  # a connection that was lost in the middle of its own beginning or end
        raise DatabaseUnavailable(f"the connection to the database at {where} broke: {error}") from error


def classified(error: BaseException, where: str) -> DatabaseError:
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
    from models.refusals import Refusal  # late: its words are many, and most calls are not refused

    return DatabaseRefused(Refusal.of(error).sentence, sqlstate)
