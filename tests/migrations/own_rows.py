"""Rows of a test's own, plausible where nothing else is asked for, and a database where they disturb nobody."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy import make_url

from models.database import Database
from tests.databases import drop_database, make_database
from tests.factories import T0

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Bench:
    """A copy of the template database: as the program uses it, and to put rows into it."""

    database: Database
    sql: Any

    async def put(self, table: str, **values: Any) -> UUID:
        """Insert one row; dictionaries and lists of dictionaries go in as JSON."""
        columns = ", ".join(values)
        places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
        statement = f"INSERT INTO {table} ({columns}) VALUES ({places}) RETURNING id"  # noqa: S608 - names of the tests
        found: UUID = await self.sql.fetchval(statement, *map(_storable, values.values()))
        return found

    async def visit_id(self, ticket_id: UUID, key: str, visit: int = 1) -> UUID:
        found: UUID = await self.sql.fetchval(
            "SELECT v.id FROM workflow_stage_transitions v JOIN ticket_workflow_instances i ON i.id = v.instance_id "
            "WHERE i.ticket_id = $1 AND v.stage_key = $2 AND v.visit = $3",
            ticket_id,
            key,
            visit,
        )
        return found

    async def engineer_id(self, code: str) -> UUID:
        found: UUID = await self.sql.fetchval("SELECT id FROM engineers WHERE code = $1", code)
        return found

    async def part(self, number: str, **values: Any) -> UUID:
        """A part for ventilators of every make."""
        given = {
            "name": f"Part {number}",
            "category": "sensor",
            "is_oem": True,
            "unit_price": 100,
            "lead_time": timedelta(days=3),
        }
        ventilators = await self.sql.fetchval(
            "SELECT equipment_type_id FROM equipment_registry WHERE serial = 'VENT-ICU-001'"
        )
        return await self.put("equipment_parts", part_number=number, equipment_type_id=ventilators, **given | values)

    async def ticket_part(self, ticket_id: UUID, part_id: UUID, visit_id: UUID | None = None, **values: Any) -> UUID:
        given = {"quantity_identified": 1, "identified_at": T0}
        return await self.put(
            "ticket_parts_required", ticket_id=ticket_id, part_id=part_id, transition_id=visit_id, **given | values
        )

    async def attachment(self, ticket_id: UUID, name: str, visit_id: UUID | None = None, **values: Any) -> UUID:
        given = {
            "category": "diagnostic",
            "media_type": "image/jpeg",
            "size_bytes": 1000,
            "sha256": uuid4().hex * 2,
            "storage_key": uuid4().hex,
            "uploaded_by_code": "nurse-7",
            "uploaded_by_role": "hospital",
            "uploaded_at": T0,
        }
        return await self.put(
            "stage_attachments", ticket_id=ticket_id, file_name=name, transition_id=visit_id, **given | values
        )

    async def assignment(self, visit_id: UUID, engineer: str, at: datetime = T0, **values: Any) -> UUID:
        given = {"assigned_by_code": "coordinator-1", "assigned_by_role": "coordinator"}
        engineer_id = await self.engineer_id(engineer)
        return await self.put(
            "stage_assignments", transition_id=visit_id, engineer_id=engineer_id, assigned_at=at, **given | values
        )

    async def model(self, provider: str, *codes: str) -> tuple[UUID, list[UUID]]:
        """A provider with models; returns their ids."""
        provider_id = await self.put(
            "ai_providers", code=provider, name=provider.title(), fallback_priority=9000 + next(_numbers)
        )
        return provider_id, [
            await self.put("ai_models", provider_id=provider_id, code=code, name=code, input_price=1, output_price=2)
            for code in codes
        ]


@asynccontextmanager
async def own_bench(postgres_url: str) -> AsyncIterator[Bench]:
    """A copy of the migrated and seeded template, for the tests of one module."""
    server = make_url(postgres_url).set(database="postgres").render_as_string(hide_password=False)
    name = f"bench_{uuid4().hex}"
    url = await make_database(server, name, str(make_url(postgres_url).database))
    database, connection = Database(url), await asyncpg.connect(url)
    yield Bench(database, connection)
    await connection.close()
    await database.aclose()
    await drop_database(server, name)


def _storable(value: Any) -> Any:
    is_json = isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))
    return json.dumps(value) if is_json else value
