"""A small world of its own for the tests of views: a type of equipment, a unit, a workflow template, two engineers."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy import make_url

from models.database import Database
from tests.databases import drop_database, make_database
from tests.factories import HOUR, T0
from tests.migrations.story import Story, open_story

TYPE, BARE_TYPE, MAKE, UNIT, FLOW = "zz_scope", "zz_bare", "ZZ-MAKE", "ZZ-UNIT-1", "zz_flow"

ACTIONS = '[{"key": "finding", "label": "Finding", "kind": "text"}, {"key": "safe", "label": "Safe", "kind": "check"}]'

_priorities = itertools.count(9001)


@dataclass(frozen=True)
class Scene:
    """A copy of the template database with the world in it; `ids` are those of its rows, by code."""

    database: Database
    sql: Any
    ids: dict[str, UUID]

    async def put(self, table: str, **values: Any) -> UUID:
        """Insert one row; returns its id."""
        places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
        statement = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places}) RETURNING id"  # noqa: S608
        found: UUID = await self.sql.fetchval(statement, *values.values())
        return found

    async def rows(self, view: str, **where: Any) -> list[dict[str, Any]]:
        """What a view shows where columns have these values."""
        condition = " AND ".join(f"{name} = ${number}" for number, name in enumerate(where, 1))
        found = await self.sql.fetch(f"SELECT * FROM {view} WHERE {condition}", *where.values())  # noqa: S608
        return [dict(row) for row in found]

    async def row(self, view: str, **where: Any) -> dict[str, Any]:
        """The one row that a view shows there."""
        (found,) = await self.rows(view, **where)
        return found

    async def story(self, unit: str = UNIT) -> Story:
        """A ticket that was just opened."""
        return await open_story(self.database, unit)

    async def visit_id(self, story: Story, key: str, visit: int = 1) -> UUID:
        found: UUID = await self.sql.fetchval(
            "SELECT v.id FROM workflow_stage_transitions v JOIN ticket_workflow_instances i ON i.id = v.instance_id "
            "WHERE i.ticket_id = $1 AND v.stage_key = $2 AND v.visit = $3",
            story.ticket_id,
            key,
            visit,
        )
        return found

    async def part(self, number: str, **values: Any) -> UUID:
        given = {"name": number, "equipment_type_id": self.ids[TYPE], "category": "sensor", "is_oem": True}
        return await self.put(
            "equipment_parts", part_number=number, **given | {"unit_price": 10, "lead_time": timedelta(days=2)} | values
        )

    async def part_line(self, story: Story, part_id: UUID, status: str, *counts: int, **values: Any) -> UUID:
        """A part of a ticket; `counts`: identified, ordered, received, used, returned, wasted. All that has happened
        happened at T0."""
        names = ("identified", "ordered", "received", "used", "returned", "wasted")
        quantities = {f"quantity_{name}": count for name, count in zip(names, counts, strict=False)}
        reached = ("identified", "requested", "ordered", "received", "used")
        passed = reached[: reached.index(status) + 1] if status in reached else ("identified", status)
        dates = {f"{name}_at": T0 for name in passed}
        return await self.put(
            "ticket_parts_required",
            ticket_id=story.ticket_id,
            part_id=part_id,
            status=status,
            **quantities | dates | values,
        )

    async def attachment(self, story: Story, **values: Any) -> UUID:
        given = {"category": "diagnostic", "file_name": "a.jpg", "media_type": "image/jpeg", "size_bytes": 5}
        uploaded = {"uploaded_by_code": "nurse-7", "uploaded_by_role": "hospital", "uploaded_at": T0}
        kept = {"sha256": uuid4().hex * 2, "storage_key": uuid4().hex}
        return await self.put("stage_attachments", ticket_id=story.ticket_id, **given | uploaded | kept | values)

    async def provider(self, code: str, *models: str) -> UUID:
        """A provider of AI and its models; their ids are `ids` afterwards."""
        provider_id = await self.put("ai_providers", code=code, name=code, fallback_priority=next(_priorities))
        self.ids[code] = provider_id
        for model in models:
            self.ids[model] = await self.put(
                "ai_models", provider_id=provider_id, code=model, name=model, input_price=1, output_price=2
            )
        return provider_id


@asynccontextmanager
async def open_scene(postgres_url: str) -> AsyncIterator[Scene]:
    """A database for the tests of one module."""
    server = make_url(postgres_url).set(database="postgres").render_as_string(hide_password=False)
    name = f"scene_{uuid4().hex}"
    url = await make_database(server, name, str(make_url(postgres_url).database))
    scene = Scene(Database(url, pool_size=2), await asyncpg.connect(url), {})
    await _build(scene)
    yield scene
    await scene.sql.close()
    await scene.database.aclose()
    await drop_database(server, name)


@asynccontextmanager
async def undone(scene: Scene) -> AsyncIterator[Scene]:
    """Rows that the test puts are gone afterwards; and meanwhile now() stands still."""
    transaction = scene.sql.transaction()
    await transaction.start()
    yield scene
    await transaction.rollback()


async def _build(scene: Scene) -> None:
    ids = scene.ids
    ids[MAKE] = await scene.put("manufacturers", code=MAKE, name="ZZ Make", service_desk="desk@zz.example")
    ids[TYPE] = await scene.put("equipment_catalog", code=TYPE, name="ZZ Scope", category="imaging")
    ids[BARE_TYPE] = await scene.put("equipment_catalog", code=BARE_TYPE, name="ZZ Bare", category="surgical")
    ids["customer"] = await scene.put("customers", code="ZZ-CLINIC", name="ZZ Clinic")
    ids["site"] = await scene.put(
        "customer_sites", customer_id=ids["customer"], code="ZZ-ROOM", name="ZZ Room", time_zone="UTC"
    )
    await add_unit(scene, UNIT)
    for code, level in (("ZZ-E1", "L1"), ("ZZ-E2", "L2")):
        ids[code] = await scene.put("engineers", code=code, name=f"Engineer {code}", support_level=level)
    ids[FLOW] = await add_template(scene, FLOW, ("check", 4), ("mend", 8), ("close", 2), equipment_type_id=ids[TYPE])
    await scene.sql.execute(
        "UPDATE stage_configuration_templates SET required_actions = $1 WHERE template_id = $2 AND key = 'check'",
        ACTIONS,
        ids[FLOW],
    )


async def add_unit(scene: Scene, serial: str, context: str = "imaging", **values: Any) -> UUID:
    given = {"equipment_type_id": scene.ids[TYPE], "manufacturer_id": scene.ids[MAKE], "model": "Z1"}
    place = {"customer_id": scene.ids["customer"], "site_id": scene.ids["site"], "installed_context": context}
    return await scene.put("equipment_registry", serial=serial, **given | place | values)


async def add_template(scene: Scene, code: str, *stages: tuple[str, int], **values: Any) -> UUID:
    """A template in force since 2025; `stages`: keys with their targets in hours."""
    types = {"check": "diagnosis", "mend": "repair", "close": "completion"}
    given = {"name": f"Flow {code}", "version": 1, "workflow_type": "ServiceTicketWorkflow"}
    since = {"resolution_target": 14 * HOUR, "valid_from": T0.replace(year=2025)}
    template_id = await scene.put("workflow_templates", code=code, **given | since | values)
    for position, (key, hours) in enumerate(stages, 1):
        await scene.put(
            "stage_configuration_templates",
            template_id=template_id,
            key=key,
            name=key.title(),
            stage_type=types[key],
            position=position,
            target_duration=hours * HOUR,
        )
    return template_id
