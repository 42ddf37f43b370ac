"""Brings a database to the schema of this code: revisions, functions and views, all or nothing.

`migrate()` works in one transaction under an advisory lock. If anything is to do, it drops the managed views in reverse
order of creation, runs the pending revisions, makes the functions that changed, then the views; at the end it gives
every role its rights (`migrations.grants`). Nothing is dropped with CASCADE: what something unmanaged depends on stays,
and the migration fails as a whole.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from migrations.applying import Applied, apply, drop
from migrations.locking import LOCK
from migrations.objects import Kind, MigrationError, SqlObject, read_objects
from migrations.privileges import apply_grants, read_grants
from migrations.seeding import SeedError, SeedReport, seed
from models.database import classified_errors, make_engine, place

__all__ = [
    "DatabaseNewerError",
    "MigrationError",
    "MigrationReport",
    "MigrationState",
    "SeedError",
    "SeedReport",
    "current",
    "grant",
    "migrate",
    "seed",
]

FOLDER = Path(__file__).parent

LOCK_TIMEOUT = "10s"
"""How long a migration waits for a table that somebody uses: everybody else waits behind it meanwhile."""


class DatabaseNewerError(MigrationError):
    """The database stands at a revision that this code does not know."""


@dataclass(frozen=True, slots=True)
class MigrationReport:
    """What a migration did. All empty: there was nothing to do."""

    from_revision: str | None
    to_revision: str
    revisions: tuple[str, ...] = ()
    created: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    rebuilt: tuple[str, ...] = ()
    """Views that did not change themselves and were made anew over what did."""
    rights: tuple[str, ...] = ()
    """The GRANT and REVOKE statements."""

    @property
    def changed(self) -> bool:
        """Whether anything was done."""
        return bool(self.revisions or self.created or self.replaced or self.dropped or self.rebuilt or self.rights)


@dataclass(frozen=True, slots=True)
class MigrationState:
    """Where a database stands. `is_current`: `migrate()` would do nothing but correct rights."""

    revision: str | None
    head: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class _Plan:
    """The difference between a database and this code."""

    revision: str | None
    head: str
    pending: tuple[str, ...]
    applied: Mapping[str, Applied]
    wanted: Mapping[str, SqlObject]
    again: frozenset[str] = frozenset()

    @property
    def gone(self) -> list[Applied]:
        return [one for one in self.applied.values() if not self._is_wanted(one)]

    def is_same(self, one: SqlObject) -> bool:
        """Whether an object stands in the database as its file says."""
        was = self.applied.get(one.name)
        applied = was is not None and was.exists and was.kind is one.kind and was.hash == one.hash
        return applied and one.name not in self.again

    @property
    def is_empty(self) -> bool:
        return not self.pending and not self.gone and all(map(self.is_same, self.wanted.values()))

    def _is_wanted(self, was: Applied) -> bool:
        return was.name in self.wanted and self.wanted[was.name].kind is was.kind


async def migrate(url: str, *, folder: Path = FOLDER, again: frozenset[str] = frozenset()) -> MigrationReport:
    """Bring the database at `url` (`postgresql://…`) up to date. Safe to run by several processes at once.

    Args:
        again: functions and views to make as their files say even if they seem to be: somebody replaced them by hand.

    Raises:
        MigrationError: a revision or an object fails, `again` names what no file makes, or the database is newer than
            this code (`DatabaseNewerError`). The database is as it was.
        DatabaseUnavailable: the database can't be reached.
    """
    async with _connected(url) as connection:
        plan = await _plan(connection, folder, again)
        if unknown := sorted(again - plan.wanted.keys()):
            raise MigrationError(f"no file of migrations/sql makes {', '.join(unknown)}.")
        if plan.is_empty and not (await read_grants(await _driver(connection))).differ:
            return MigrationReport(plan.revision, plan.head)
        await connection.rollback()
        async with connection.begin():
            await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
            report = await _carry_out(connection, await _plan(connection, folder, again), folder)
            return replace(report, rights=await _grant(connection))


async def grant(url: str) -> tuple[str, ...] | None:
    """Give the roles their rights in the database at `url`; returns the statements, None if it is not migrated.

    Raises like `migrate()`.
    """
    async with _connected(url) as connection, connection.begin():
        await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        if not await connection.scalar(text(_IS_VERSIONED)):
            return None
        return await _grant(connection)


async def current(url: str, *, folder: Path = FOLDER) -> MigrationState:
    """Where the database at `url` stands. Changes nothing. Raises like `migrate()`."""
    async with _connected(url) as connection:
        plan = await _plan(connection, folder)
        return MigrationState(plan.revision, plan.head, plan.is_empty)


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[AsyncConnection]:
    """A connection without a statement timeout: revisions and lock waits take the time that they need."""
    engine = make_engine(url, statement_timeout=0)
    try:
        async with classified_errors(place(engine.url)), engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


def alembic_config(folder: Path) -> Config:
    """Where Alembic finds the revisions of a migrations folder."""
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


async def _plan(connection: AsyncConnection, folder: Path, again: frozenset[str] = frozenset()) -> _Plan:
    scripts = ScriptDirectory.from_config(alembic_config(folder))
    head = scripts.get_current_head()
    if head is None:
        raise MigrationError(f"there are no revisions in {folder.name}/versions.")
    revision = None
    applied: dict[str, Applied] = {}
    if await connection.scalar(text(_IS_VERSIONED)):
        rows = await connection.execute(text(_STATE))
        for row in rows:
            revision = row.version_num
            if row.name is not None:
                applied[row.name] = Applied(row.name, Kind(row.kind), row.identity, row.hash, row.found)
    known = {one.revision for one in scripts.walk_revisions()}
    if revision is not None and revision not in known:
        raise DatabaseNewerError(
            f"the database stands at revision {revision}, which this version of fieldcare does not know: "
            "use the version that migrated it, or a newer one."
        )
    pending = [one.revision for one in scripts.iterate_revisions(head, revision or "base")]
    return _Plan(revision, head, tuple(reversed(pending)), applied, read_objects(folder / "sql"), again)


# Not to_regclass(): after a wait for the lock it may still answer from the catalog cache of before the wait.
_IS_VERSIONED = """
    SELECT EXISTS (
        SELECT FROM pg_class WHERE relname = 'alembic_version' AND relnamespace = 'public'::regnamespace
    )
"""

_STATE = """
    SELECT v.version_num, o.name, o.kind, o.identity, o.hash,
           CASE o.kind WHEN 'function' THEN to_regprocedure(o.identity) IS NOT NULL
                       ELSE to_regclass(o.identity) IS NOT NULL END AS found
    FROM public.alembic_version v LEFT JOIN public.managed_sql_objects o ON true
    ORDER BY o.creation_order
"""


async def _carry_out(connection: AsyncConnection, plan: _Plan, folder: Path) -> MigrationReport:
    if plan.is_empty:  # another migrator was faster
        return MigrationReport(plan.revision, plan.head)
    driver = await _driver(connection)
    # A function may mention what is made after it, and its body may mention itself.
    await driver.execute(
        "SET LOCAL check_function_bodies = off; SET LOCAL search_path = public; "
        f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"
    )
    for was in reversed(list(plan.applied.values())):
        if was.kind is not Kind.FUNCTION:
            await drop(driver, was)
    await connection.run_sync(_run_revisions, folder, plan.pending)
    for was in plan.gone:
        if was.kind is Kind.FUNCTION:
            await drop(driver, was)
        await driver.execute("DELETE FROM managed_sql_objects WHERE name = $1", was.name)
    for one in plan.wanted.values():
        if one.kind is not Kind.FUNCTION or not plan.is_same(one):
            await apply(driver, one, plan.applied.get(one.name))
    return _report(plan)


async def _driver(connection: AsyncConnection) -> Any:
    """The asyncpg connection, which can run a file of several statements."""
    return (await connection.get_raw_connection()).driver_connection


async def _grant(connection: AsyncConnection) -> tuple[str, ...]:
    driver = await _driver(connection)
    await driver.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
    try:
        return await apply_grants(driver)
    except asyncpg.PostgresConnectionError:
        raise
    except asyncpg.PostgresError as error:
        raise MigrationError(f"the rights of the roles can't be set: {error}.") from error


def _run_revisions(connection: Connection, folder: Path, pending: tuple[str, ...]) -> None:
    if not pending:
        return
    config = alembic_config(folder)
    done: list[str] = []
    config.attributes.update(connection=connection, done=done)
    try:
        command.upgrade(config, pending[-1])
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        cause = error.orig.__cause__ if error.orig is not None else None
        raise MigrationError(f"revision {pending[len(done)]} fails: {cause or error.orig}.") from error


def _report(plan: _Plan) -> MigrationReport:
    wanted = plan.wanted.values()
    return MigrationReport(
        from_revision=plan.revision,
        to_revision=plan.head,
        revisions=plan.pending,
        created=tuple(one.name for one in wanted if one.name not in plan.applied),
        replaced=tuple(one.name for one in wanted if one.name in plan.applied and not plan.is_same(one)),
        dropped=tuple(one.name for one in plan.gone),
        rebuilt=tuple(one.name for one in wanted if one.kind is not Kind.FUNCTION and plan.is_same(one)),
    )
