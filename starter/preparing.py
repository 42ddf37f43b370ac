"""What fresh engines need before tickets come: the schema, the seeds, the search attributes, the schedules."""

from __future__ import annotations

from sqlalchemy import text

from migrations.runner import migrate, seed
from models.database import Database
from starter.client import connect, register_schedules, register_search_attributes
from starter.embedded import Addresses
from starter.retention import keep_closed_tickets


async def make_ready(addresses: Addresses) -> None:
    """Migrate and seed: the sample data only at the very first start, reference data of a new version at any.

    What operators have changed stays as it is.
    """
    await migrate(addresses.database_url)
    database = Database(addresses.database_url, pool_size=1)
    try:
        async with database.session() as session:
            connection = await session.connection()
            seeded = await connection.scalar(text("SELECT EXISTS (SELECT FROM workflow_templates)"))
    finally:
        await database.aclose()
    await seed(addresses.database_url, sample=not seeded)
    # The worker does this too, but a report may come before it is up.
    client = await connect(addresses.temporal_address)
    await register_search_attributes(client)
    await register_schedules(client)
    await keep_closed_tickets(client)
