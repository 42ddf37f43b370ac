"""What a drill needs before it begins: a migrated and seeded database that keeps what it has acknowledged."""

from __future__ import annotations

import asyncpg

from migrations.runner import migrate, seed

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "max_wal_size": "'128MB'"}


async def make_ready(url: str) -> None:
    """Migrate and seed the database at `url`, as its owner, and make it durable."""
    await migrate(url)
    await seed(url, sample=True)
    connection = await asyncpg.connect(url)
    try:
        for setting, value in DURABLE.items():
            await connection.execute(f"ALTER SYSTEM SET {setting} = {value}")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()
