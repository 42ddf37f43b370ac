"""Alembic's environment: revisions run on the connection and in the transaction of `migrations.runner`.

`alembic check` works as well: it compares the classes of `models.tables` with the database of `FIELDCARE_DATABASE_URL`,
in a transaction that can't write. Every other command of Alembic that would touch a database is refused.
"""

from __future__ import annotations

import asyncio
from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationInfo
from sqlalchemy import Connection

from models.database import DatabaseError, classified_errors, make_engine, place
from models.settings import Settings
from models.tables import metadata

OWN_TABLES = frozenset({"managed_sql_objects"})
"""Tables of the migrations themselves, without a class. (Alembic leaves out its own.)"""


def run(connection: Connection, **options: Any) -> None:
    """Run what Alembic was asked for."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        compare_server_default=True,
        include_object=_is_ours,
        **options,
    )
    with context.begin_transaction():
        context.run_migrations()


def _is_ours(_one: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    return kind != "table" or name not in OWN_TABLES


def _compare(connection: Connection) -> None:
    connection.dialect.supports_comments = False  # comments stand in the database alone
    run(connection, dont_mutate=True)


async def _check() -> None:
    try:
        url = Settings().url()
    except ValueError:
        url = None
    if url is None:
        raise SystemExit(
            "Set FIELDCARE_DATABASE_URL to the migrated database that the classes are compared with: "
            "postgresql://user:password@host:port/database."
        )
    engine = make_engine(url)
    try:
        async with classified_errors(place(engine.url)), engine.connect() as connection:
            await connection.execution_options(postgresql_readonly=True)
            await connection.run_sync(_compare)
    except DatabaseError as error:
        raise SystemExit(f"The check can't be made: {error}.") from error
    finally:
        await engine.dispose()


def _is_check() -> bool:
    """Whether this is `alembic check` on the command line."""
    command = getattr(context.config.cmd_opts, "cmd", None)
    return command is not None and command[0].__name__ == "check"


def _note(*, step: MigrationInfo, **_: Any) -> None:
    context.config.attributes["done"].append(step.up_revision_id)


if (given := context.config.attributes.get("connection")) is not None:
    run(given, on_version_apply=_note)
elif _is_check() and not context.is_offline_mode():
    asyncio.run(_check())
else:
    raise SystemExit("Revisions run through `fieldcare db migrate`, together with the functions and views.")
