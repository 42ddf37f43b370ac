"""Parts, units and what relates them, for tests: rows in a database that the module has for itself."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4


async def add_part(
    sql: Any,
    kind: str,
    *,
    category: str = "consumable",
    make: str | None = None,
    models: tuple[str, ...] = (),
    is_oem: bool = True,
    stock: int = 5,
    reorder: int = 1,
    discontinued: bool = False,
    contexts: dict[str, str] | None = None,
    name: str = "Part",
) -> str:
    """A part; its number. `contexts`: priority by context."""
    count = await sql.fetchval("SELECT count(*) FROM equipment_parts WHERE part_number LIKE 'TEST/%'")
    number = f"TEST/{count + 1:03}"
    part_id = await sql.fetchval(
        "INSERT INTO equipment_parts (part_number, name, equipment_type_id, manufacturer_id, models, category, is_oem, "
        "stock_quantity, reorder_level, unit_price, lead_time, discontinued, lifespan) "
        "SELECT $1, $2, t.id, (SELECT id FROM manufacturers WHERE code = $4), $5, $6, $7, $8, $9, 12.50, '2 days', "
        "$10, '90 days' FROM equipment_catalog t WHERE t.code = $3 RETURNING id",
        number,
        name,
        kind,
        make,
        list(models),
        category,
        is_oem,
        stock,
        reorder,
        discontinued,
    )
    for context, priority in (contexts or {}).items():
        await sql.execute(
            "INSERT INTO equipment_parts_context (part_id, installed_context, priority, quantity, requirements) "
            "VALUES ($1, $2, $3, 2, 'Sterile')",
            part_id,
            context,
            priority,
        )
    return number


async def relate(
    sql: Any, part: str, other: str, kind: str = "equivalent", *, both: bool = False, contexts: tuple[str, ...] = ()
) -> None:
    await sql.execute(
        "INSERT INTO equipment_compatibility (part_id, alternative_part_id, kind, is_interchangeable, contexts) "
        "SELECT p.id, o.id, $3, $4, $5 FROM equipment_parts p, equipment_parts o "
        "WHERE p.part_number = $1 AND o.part_number = $2",
        part,
        other,
        kind,
        both,
        list(contexts),
    )


async def add_unit(sql: Any, kind: str, make: str = "GE", model: str = "M1", context: str = "icu") -> UUID:
    unit_id: UUID = await sql.fetchval(
        "INSERT INTO equipment_registry (serial, equipment_type_id, manufacturer_id, model, customer_id, site_id, "
        "installed_context) SELECT $1, t.id, m.id, $4, s.customer_id, s.id, $5 "
        "FROM equipment_catalog t, manufacturers m, (SELECT * FROM customer_sites LIMIT 1) s "
        "WHERE t.code = $2 AND m.code = $3 RETURNING id",
        str(uuid4()),
        kind,
        make,
        model,
        context,
    )
    return unit_id


async def oem_only(sql: Any, kind: str) -> None:
    """From 2026 on, units of the type take OEM parts only."""
    await sql.execute(
        "INSERT INTO manufacturer_service_config (code, equipment_type_id, service_provider, parts_provider, "
        "response_target, parts_lead_time, oem_parts_only, valid_from) "
        "SELECT code, id, 'geneqr', 'geneqr', '1 h', '1 h', true, '2026-01-01' FROM equipment_catalog WHERE code = $1",
        kind,
    )
