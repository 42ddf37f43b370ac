"""Makes and drops the replaceable SQL objects in a database, and keeps the register of them, `managed_sql_objects`.

All on an asyncpg connection, in the transaction of whoever migrates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import asyncpg

from migrations.objects import Kind, MigrationError, SqlObject


@dataclass(frozen=True, slots=True)
class Applied:
    """An object as `managed_sql_objects` remembers it; `exists` is what the catalog says."""

    name: str
    kind: Kind
    identity: str
    hash: str
    exists: bool


async def drop(driver: Any, was: Applied) -> None:
    """Drop an object. Raises `MigrationError` where something unmanaged depends on it."""
    try:
        await driver.execute(f"DROP {was.kind.upper()} IF EXISTS {was.identity}")
    except asyncpg.DependentObjectsStillExistError as error:
        raise MigrationError(
            f"{was.kind} {was.identity} can't be dropped: {error.detail or error}: drop or manage that first."
        ) from error


async def apply(driver: Any, one: SqlObject, was: Applied | None) -> None:
    """Make one object and remember it. The old form of a function goes if the new one does not replace it."""
    old = was if was is not None and was.kind is one.kind is Kind.FUNCTION else None
    try:
        if old is None:
            await driver.execute(one.sql)
        else:
            await _replace(driver, one, old)
        identity = await _identity(driver, one, old)
    except asyncpg.PostgresError as error:
        if isinstance(error, asyncpg.PostgresConnectionError):
            raise
        raise MigrationError(f"{one.kind} {one.name} fails: {error}{_line(one, error)}.") from error
    if old is not None and old.identity != identity:
        await drop(driver, old)
    if was is not None:
        await driver.execute("DELETE FROM managed_sql_objects WHERE name = $1", one.name)
    await driver.execute(
        "INSERT INTO managed_sql_objects (name, kind, identity, hash) VALUES ($1, $2, $3, $4)",
        one.name,
        one.kind.value,
        identity,
        one.hash,
    )


async def _replace(driver: Any, one: SqlObject, old: Applied) -> None:
    try:
        async with driver.transaction():  # a savepoint
            await driver.execute(one.sql)
    except (asyncpg.InvalidFunctionDefinitionError, asyncpg.AmbiguousFunctionError):
        await drop(driver, old)  # other result or other argument names: it can't be replaced in place
        await driver.execute(one.sql)


async def _identity(driver: Any, one: SqlObject, old: Applied | None) -> str:
    """What to write after DROP: a function with its argument types, a view with its schema."""
    if one.kind is not Kind.FUNCTION:
        return f"public.{one.name}"
    found = await driver.fetch(
        "SELECT oidvectortypes(proargtypes) AS types FROM pg_proc "
        "WHERE pronamespace = 'public'::regnamespace AND proname = $1",
        one.name,
    )
    identities = [f"public.{one.name}({row['types']})" for row in found]
    fresh = [identity for identity in identities if old is None or identity != old.identity] or identities
    if len(fresh) != 1:
        raise MigrationError(f"there is more than one function {one.name}: {', '.join(sorted(identities))}.")
    return fresh[0]


def _line(one: SqlObject, error: asyncpg.PostgresError) -> str:
    position = getattr(error, "position", None)
    if position is None:
        return ""
    return f" (line {one.sql.count(chr(10), 0, int(position)) + 1} of {one.name}.sql)"
