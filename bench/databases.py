"""Databases of a throwaway server, to be filled."""

from __future__ import annotations

import re

import asyncpg
from sqlalchemy import make_url


async def make_database(server_url: str, name: str) -> str:
    """Create the empty database `name`, and return its URL."""
    if not re.fullmatch(r"[a-z0-9_]+", name):
        raise ValueError(f"{name!r} is no name of a database")
    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)
