"""Views of the catalog: figures counted by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest_asyncio

from tests.migrations.view_scene import BARE_TYPE, TYPE, Scene, add_unit, open_scene, undone


@pytest_asyncio.fixture(scope="module")
async def module_scene(postgres_url: str) -> AsyncIterator[Scene]:
    async with open_scene(postgres_url) as opened:
        yield opened


@pytest_asyncio.fixture
async def scene(module_scene: Scene) -> AsyncIterator[Scene]:
    async with undone(module_scene) as opened:
        yield opened


# -- equipment_catalog_overview ----------------------------------------------------------------------------------------


async def test_the_catalog_counts_parts_by_make_and_stock_state(scene: Scene) -> None:
    for number, stock, is_oem, discontinued in (
        ("ZZ-1", 3, True, False),  # in stock
        ("ZZ-2", 2, True, False),  # at its reorder level: low
        ("ZZ-3", 1, False, False),  # low
        ("ZZ-4", 0, False, False),  # out
        ("ZZ-5", 9, True, True),  # discontinued, whatever is left
    ):
        await scene.part(number, stock_quantity=stock, reorder_level=2, is_oem=is_oem, discontinued=discontinued)
    row = await scene.row("equipment_catalog_overview", code=TYPE)
    assert {name: count for name, count in row.items() if name.startswith("parts_")} == {
        "parts_total": 5,
        "parts_oem": 3,
        "parts_compatible": 2,
        "parts_in_stock": 1,
        "parts_low_stock": 2,
        "parts_out_of_stock": 1,
        "parts_discontinued": 1,
    }


async def test_the_catalog_counts_active_units_by_context(scene: Scene) -> None:
    for number, context in enumerate(("icu", "icu", "ward", "operating_room", "emergency", "laboratory", "laboratory")):
        await add_unit(scene, f"ZZ-MORE-{number}", context)
    await add_unit(scene, "ZZ-GONE", "icu", status="decommissioned")
    row = await scene.row("equipment_catalog_overview", code=TYPE)
    assert {name: count for name, count in row.items() if name.startswith("units_")} == {
        "units_installed": 8,  # the seven and the scene's own, which is in imaging
        "units_icu": 2,
        "units_ward": 1,
        "units_operating_room": 1,
        "units_emergency": 1,
        "units_imaging": 1,
        "units_laboratory": 2,
        "units_decommissioned": 1,
    }


async def test_a_type_without_parts_and_units_is_in_the_catalog_with_zeros(scene: Scene) -> None:
    await scene.sql.execute(
        "UPDATE equipment_catalog SET maintenance_interval = '180 days', maintenance_requirements = 'Filters' "
        "WHERE code = $1",
        BARE_TYPE,
    )
    row = await scene.row("equipment_catalog_overview", code=BARE_TYPE)
    assert (row["name"], row["category"]) == ("ZZ Bare", "surgical")
    assert (row["maintenance_interval"], row["maintenance_requirements"]) == (timedelta(days=180), "Filters")
    assert {count for name, count in row.items() if name.startswith(("parts_", "units_"))} == {0}


# -- context_specific_parts_view ---------------------------------------------------------------------------------------


async def in_context(scene: Scene, part_id: Any, context: str, priority: str, **values: Any) -> None:
    await scene.put("equipment_parts_context", part_id=part_id, installed_context=context, priority=priority, **values)


async def may_replace(scene: Scene, part_id: Any, other_id: Any, contexts: tuple[str, ...] = (), **values: Any) -> None:
    given = {"part_id": part_id, "alternative_part_id": other_id, "kind": "equivalent", "contexts": list(contexts)}
    await scene.put("equipment_compatibility", **given | values)


async def test_parts_of_a_context_sort_by_priority(scene: Scene) -> None:
    for number, priority in (
        ("ZZ-A", "alternative"),
        ("ZZ-B", "optional"),
        ("ZZ-C", "preferred"),
        ("ZZ-D", "required"),
    ):
        part_id = await scene.part(number)
        await in_context(scene, part_id, "icu", priority)
    await in_context(scene, part_id, "ward", "optional", quantity=3, requirements="Sterile", notes="Spare one")
    rows = await scene.rows("context_specific_parts_view", equipment_type_code=TYPE, installed_context="icu")
    assert sorted((row["priority_order"], row["priority"], row["part_number"]) for row in rows) == [
        (1, "required", "ZZ-D"),
        (2, "preferred", "ZZ-C"),
        (3, "optional", "ZZ-B"),
        (4, "alternative", "ZZ-A"),
    ]
    ward = await scene.row("context_specific_parts_view", part_number="ZZ-D", installed_context="ward")
    assert (ward["priority"], ward["quantity"], ward["requirements"], ward["notes"]) == (
        "optional",
        3,
        "Sterile",
        "Spare one",
    )
    assert (ward["equipment_type_name"], ward["stock_status"], ward["unit_price"]) == (
        "ZZ Scope",
        "out_of_stock",
        Decimal("10.00"),
    )
    assert (ward["alternatives_count"], ward["alternatives_in_stock"]) == (0, 0)


async def test_alternatives_count_where_they_may_be_used(scene: Scene) -> None:
    asked, everywhere, ward_only, one_way, both_ways, gone = [
        await scene.part(f"ZZ-{name}", stock_quantity=stock, discontinued=name == "GONE")
        for name, stock in (("ASKED", 0), ("EVERY", 1), ("WARD", 1), ("ONEWAY", 1), ("BOTH", 0), ("GONE", 9))
    ]
    await may_replace(scene, asked, everywhere)
    await may_replace(scene, asked, ward_only, ("ward",))
    await may_replace(scene, one_way, asked)  # ASKED stands in for ONEWAY, not the other way round
    await may_replace(scene, both_ways, asked, ("icu", "ward"), is_interchangeable=True)
    await may_replace(scene, asked, gone)
    for context in ("icu", "ward", "imaging"):
        await in_context(scene, asked, context, "required")
    rows = await scene.rows("context_specific_parts_view", part_number="ZZ-ASKED")
    found = {row["installed_context"]: (row["alternatives_count"], row["alternatives_in_stock"]) for row in rows}
    assert found == {"icu": (2, 1), "ward": (3, 2), "imaging": (1, 1)}
    for context, (count, in_stock) in found.items():  # as the function says
        parts = await scene.sql.fetch("SELECT * FROM get_compatible_parts('ZZ-ASKED', $1)", context)
        assert (len(parts), sum(part["stock_quantity"] > 0 for part in parts)) == (count, in_stock)


async def test_a_part_without_a_context_is_in_none(scene: Scene) -> None:
    await scene.part("ZZ-NOWHERE")
    assert await scene.rows("context_specific_parts_view", part_number="ZZ-NOWHERE") == []
