"""Databases for tests: made once by migrating, copied for each test that wants its own."""

from __future__ import annotations

import asyncio
import gc
import re
from itertools import count

import asyncpg
from sqlalchemy import make_url

from migrations.grants import DatabaseRole


async def execute(url: str, statement: str) -> None:
    """Run one statement outside a transaction (CREATE DATABASE needs that)."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def make_database(server_url: str, name: str, template: str | None = None) -> str:
    """Create the database `name`, as a copy of `template` with its rights where one is given, and return its URL."""
    assert re.fullmatch(r"[a-z0-9_]+", name)
    source = f' TEMPLATE "{template}" STRATEGY file_copy' if template else ""
    connection = await asyncpg.connect(server_url)
    try:
        for tries in count():
            try:
                await connection.execute(f'CREATE DATABASE "{name}"{source}')
            except asyncpg.ObjectInUseError:
                # A task that was cancelled while it connected leaves its connection to whoever collects what is unused.
                gc.collect()
                if tries >= 20:
                    raise
                await asyncio.sleep(0.05)
            else:
                break
        if template:  # the rights on the database itself are not copied
            connect = f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC; GRANT CONNECT ON DATABASE "{name}" TO'
            await connection.execute(f"{connect} {', '.join(DatabaseRole)}")
    finally:
        await connection.close()
    return url_of(server_url, name)


def url_of(server_url: str, name: str) -> str:
    """The database `name` of a server."""
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


async def drop_database(server_url: str, name: str) -> None:
    assert re.fullmatch(r"[a-z0-9_]+", name)
    await execute(server_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def as_role(url: str, role_url: str) -> str:
    """The database of `url` as the user of `role_url`."""
    role = make_url(role_url)
    return make_url(url).set(username=role.username, password=role.password).render_as_string(hide_password=False)
