"""What `fieldcare up` does to the database before it serves tickets."""

from __future__ import annotations

from dataclasses import replace

import asyncpg

from starter.embedded.stack import Stack
from starter.preparing import make_ready


async def test_a_later_start_adds_reference_data_but_no_samples(stack: Stack, database_url: str) -> None:
    sql = await asyncpg.connect(database_url)
    await sql.execute("DELETE FROM equipment_parts WHERE part_number = 'VENT-TUBE-HF'")
    await sql.execute("DELETE FROM equipment_registry WHERE serial = 'US-GE-001'")
    await sql.execute("UPDATE manufacturers SET service_desk = 'desk-of-ours' WHERE code = 'ZOLL'")

    await make_ready(replace(stack.addresses, database_url=database_url))

    assert await sql.fetchval("SELECT count(*) FROM equipment_parts WHERE part_number = 'VENT-TUBE-HF'") == 1
    assert await sql.fetchval("SELECT count(*) FROM equipment_registry") == 19
    assert await sql.fetchval("SELECT service_desk FROM manufacturers WHERE code = 'ZOLL'") == "desk-of-ours"
    await sql.close()
