"""Which parts fit, which are needed where, what may stand in for what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from models.sql_functions import SqlFunction
from tests.migrations.staff import Place, add_type, own_place
from tests.migrations.stockroom import add_part, add_unit, oem_only, relate

DAY = timedelta(days=1)
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest_asyncio.fixture(scope="module")
async def place(postgres_url: str) -> AsyncIterator[Place]:
    async with own_place(postgres_url) as place:
        yield place


@pytest_asyncio.fixture
async def kind(place: Place) -> str:
    """A type of equipment of the test's own, by its code."""
    return await add_type(place.sql)


async def numbers(place: Place, function: SqlFunction, *arguments: Any) -> list[str]:
    return [row["part_number"] for row in await place.database.rows(function, *arguments)]


async def check(place: Place, part: str, unit: UUID, at: datetime = NOW) -> tuple[bool, list[str], list[str]]:
    (row,) = await place.database.rows(SqlFunction.CHECK_PART_COMPATIBILITY, part, unit, at)
    assert row["is_compatible"] is (row["reasons"] == [])
    return row["is_compatible"], row["reasons"], row["warnings"]


@pytest.mark.parametrize(
    ("quantity", "reorder_level", "discontinued", "status"),
    [
        (6, 5, False, "in_stock"),
        (5, 5, False, "low_stock"),
        (0, 5, False, "out_of_stock"),
        (0, 0, False, "out_of_stock"),
        (1, 0, False, "in_stock"),
        (6, 5, True, "discontinued"),
        (None, 5, False, None),
    ],
)
async def test_stock_status(
    place: Place, quantity: int | None, reorder_level: int, discontinued: bool, status: str | None
) -> None:
    found = await place.sql.fetchval("SELECT stock_status($1, $2, $3)", quantity, reorder_level, discontinued)
    assert found == status


async def test_a_part_is_shown_with_its_stock_and_price(place: Place, kind: str) -> None:
    number = await add_part(place.sql, kind, make="GE", models=("M1", "M2"), stock=1)
    (row,) = await place.database.rows(SqlFunction.GET_PARTS_BY_EQUIPMENT, kind)
    part_id = row["part_id"]
    assert isinstance(part_id, UUID)
    assert row == {
        "part_id": part_id,
        "part_number": number,
        "name": "Part",
        "category": "consumable",
        "is_oem": True,
        "manufacturer": "GE",
        "models": ["M1", "M2"],
        "unit_price": Decimal("12.50"),
        "currency": "USD",
        "lifespan": 90 * DAY,
        "stock_quantity": 1,
        "stock_status": "low_stock",
        "lead_time": 2 * DAY,
    }


async def test_parts_that_fit_a_make_and_model(place: Place, kind: str) -> None:
    ge_model = await add_part(place.sql, kind, make="GE", models=("Alpha One",))
    ge_any = await add_part(place.sql, kind, make="GE")
    philips = await add_part(place.sql, kind, make="PHILIPS")
    for_all = await add_part(place.sql, kind)
    shown = SqlFunction.GET_PARTS_BY_EQUIPMENT
    assert await numbers(place, shown, kind) == [ge_model, ge_any, philips, for_all]
    assert await numbers(place, shown, kind, "GE") == [ge_model, ge_any, for_all]
    assert await numbers(place, shown, kind, "GE", "ALPHA ONE") == [ge_model, ge_any, for_all]
    assert await numbers(place, shown, kind, "GE", "Alpha") == [ge_any, for_all]
    assert await numbers(place, shown, kind, "NOBODY") == [for_all]


async def test_main_parts_come_first_and_discontinued_ones_last_if_at_all(place: Place, kind: str) -> None:
    tube = await add_part(place.sql, kind)
    old = await add_part(place.sql, kind, category="primary_component", discontinued=True)
    turbine = await add_part(place.sql, kind, category="primary_component")
    assert await numbers(place, SqlFunction.GET_PARTS_BY_EQUIPMENT, kind) == [turbine, tube]
    assert await numbers(place, SqlFunction.GET_PARTS_BY_EQUIPMENT, kind, None, None, True) == [turbine, tube, old]


async def test_parts_of_an_unknown_type_are_none(place: Place) -> None:
    assert await place.database.rows(SqlFunction.GET_PARTS_BY_EQUIPMENT, "nothing") == []
    assert await place.database.rows(SqlFunction.GET_CONTEXT_SPECIFIC_PARTS, "nothing", "icu") == []


async def test_the_context_decides_what_is_required(place: Place, kind: str) -> None:
    standard = await add_part(place.sql, kind, contexts={"ward": "required", "icu": "alternative"})
    high_flow = await add_part(place.sql, kind, contexts={"icu": "required"})
    filters = await add_part(place.sql, kind, contexts={"icu": "optional"})
    late = await add_part(place.sql, kind, contexts={"icu": "preferred"}, stock=0)
    heater = await add_part(place.sql, kind, contexts={"icu": "preferred"})
    await add_part(place.sql, kind, contexts={"icu": "required"}, discontinued=True)
    await add_part(place.sql, kind)  # no context speaks of it
    shown = await place.database.rows(SqlFunction.GET_CONTEXT_SPECIFIC_PARTS, kind, "icu")
    assert [(row["part_number"], row["priority"]) for row in shown] == [
        (high_flow, "required"),
        (heater, "preferred"),
        (late, "preferred"),
        (filters, "optional"),
        (standard, "alternative"),
    ]
    assert (shown[0]["quantity"], shown[0]["requirements"], shown[0]["notes"]) == (2, "Sterile", "")
    assert (shown[0]["unit_price"], shown[0]["stock_status"]) == (Decimal("12.50"), "in_stock")
    assert await numbers(place, SqlFunction.GET_CONTEXT_SPECIFIC_PARTS, kind, "ward") == [standard]
    assert await numbers(place, SqlFunction.GET_CONTEXT_SPECIFIC_PARTS, kind, "laboratory") == []


async def test_where_only_oem_parts_are_allowed_no_other_is_proposed(place: Place, kind: str) -> None:
    oem = await add_part(place.sql, kind, contexts={"icu": "preferred"}, make="GE")
    other = await add_part(place.sql, kind, contexts={"icu": "required"}, is_oem=False)
    shown = SqlFunction.GET_CONTEXT_SPECIFIC_PARTS
    assert await numbers(place, shown, kind, "icu", "GE", "M1", False) == [other, oem]
    assert await numbers(place, shown, kind, "icu", "GE", "M1", True) == [oem]
    assert await numbers(place, shown, kind, "icu", "PHILIPS", "M1", True) == []


async def test_alternatives_come_in_stock_first_then_the_best_kind(place: Place, kind: str) -> None:
    part, makeshift, gone, sold_out, equal, twin = [
        await add_part(place.sql, kind, stock=stock, discontinued=discontinued)
        for stock, discontinued in ((0, False), (5, False), (5, True), (0, False), (5, False), (5, False))
    ]
    for other, how in ((makeshift, "temporary"), (gone, "identical"), (sold_out, "identical"), (equal, "equivalent")):
        await relate(place.sql, part, other, how)
    await relate(place.sql, twin, part, "identical", both=True)
    shown = await place.database.rows(SqlFunction.GET_COMPATIBLE_PARTS, part)
    assert [(row["part_number"], row["kind"], row["direction"]) for row in shown] == [
        (twin, "identical", "backwards"),
        (equal, "equivalent", "forwards"),
        (makeshift, "temporary", "forwards"),
        (sold_out, "identical", "forwards"),
    ]
    assert (shown[0]["stock_status"], shown[0]["lead_time"], shown[0]["notes"]) == ("in_stock", 2 * DAY, "")


async def test_only_interchangeable_parts_stand_in_for_each_other(place: Place, kind: str) -> None:
    part, better = await add_part(place.sql, kind), await add_part(place.sql, kind)
    await relate(place.sql, part, better)
    assert await numbers(place, SqlFunction.GET_COMPATIBLE_PARTS, part) == [better]
    assert await numbers(place, SqlFunction.GET_COMPATIBLE_PARTS, better) == []
    assert await numbers(place, SqlFunction.GET_COMPATIBLE_PARTS, "NOTHING") == []


async def test_an_alternative_that_two_entries_name_comes_once_by_the_better_one(place: Place, kind: str) -> None:
    part, other = await add_part(place.sql, kind), await add_part(place.sql, kind)
    await relate(place.sql, part, other, "with_adapter")
    await relate(place.sql, other, part, "equivalent", both=True, contexts=("ward",))
    shown = SqlFunction.GET_COMPATIBLE_PARTS
    assert [row["kind"] for row in await place.database.rows(shown, part, "ward")] == ["equivalent"]
    assert [row["kind"] for row in await place.database.rows(shown, part, "icu")] == ["with_adapter"]


async def test_an_entry_holds_in_its_contexts(place: Place, kind: str) -> None:
    part, other = await add_part(place.sql, kind), await add_part(place.sql, kind, is_oem=False)
    await relate(place.sql, part, other, contexts=("ward", "emergency"))
    shown = SqlFunction.GET_COMPATIBLE_PARTS
    assert await numbers(place, shown, part, "ward") == [other]
    assert await numbers(place, shown, part, "icu") == []
    assert await numbers(place, shown, part) == [other]
    assert await numbers(place, shown, part, "ward", True) == []  # not OEM


async def test_a_part_that_fits_is_compatible(place: Place, kind: str) -> None:
    unit = await add_unit(place.sql, kind, make="GE", model="alpha one")
    part = await add_part(place.sql, kind, make="GE", models=("Alpha One",), contexts={"icu": "required"})
    assert await check(place, part, unit) == (True, [], [])


async def test_every_reason_against_a_part_is_said(place: Place, kind: str) -> None:
    unit = await add_unit(place.sql, kind)
    await oem_only(place.sql, kind)
    part = await add_part(place.sql, "ct_scanner", make="PHILIPS", models=("P1", "P2"), is_oem=False, discontinued=True)
    assert await check(place, part, unit) == (
        False,
        [
            f"Part {part} is for the type CT Scanner; the unit is of the type {kind}.",
            f"Part {part} fits units of Philips; the unit is one of GE HealthCare.",
            f"Part {part} fits the models P1, P2; the model of the unit is M1.",
            f"Part {part} is discontinued: choose one that stands in for it.",
            f"The unit takes OEM parts only by its service configuration; part {part} is a compatible one.",
        ],
        [],
    )


async def test_the_service_configuration_of_the_moment_counts(place: Place, kind: str) -> None:
    unit, part = await add_unit(place.sql, kind), await add_part(place.sql, kind, is_oem=False)
    await oem_only(place.sql, kind)
    assert (await check(place, part, unit, NOW))[0] is False
    assert await check(place, part, unit, datetime(2025, 12, 31, tzinfo=UTC)) == (True, [], [])
    assert await check(place, part, unit, datetime(2024, 1, 1, tzinfo=UTC)) == (
        True,
        [],
        ["No service configuration is in force for the unit: nothing says whether it takes compatible parts."],
    )


async def test_an_icu_unit_warns_of_what_the_context_requires_instead(place: Place, kind: str) -> None:
    icu, ward = await add_unit(place.sql, kind), await add_unit(place.sql, kind, context="ward")
    high_flow = await add_part(place.sql, kind, name="High-flow tube", contexts={"icu": "required"})
    standard = await add_part(place.sql, kind, contexts={"icu": "alternative", "ward": "required"})
    unlisted = await add_part(place.sql, kind)
    sensor = await add_part(place.sql, kind, category="sensor")
    preferred = await add_part(place.sql, kind, contexts={"icu": "preferred"})
    required = f"In the context icu the unit requires High-flow tube ({high_flow})"
    assert await check(place, standard, icu) == (
        True,
        [],
        [f"{required}; part {standard} is only an alternative there."],
    )
    assert await check(place, unlisted, icu) == (True, [], [f"{required}; part {unlisted} is not listed there."])
    for part, unit in ((standard, ward), (high_flow, icu), (preferred, icu), (sensor, icu)):
        assert await check(place, part, unit) == (True, [], [])
    await relate(place.sql, high_flow, sensor)  # of another category, for the same purpose
    assert (await check(place, sensor, icu))[2] == [f"{required}; part {sensor} is not listed there."]


async def test_parts_that_the_matrix_joins_are_for_one_purpose_and_no_others(place: Place, kind: str) -> None:
    unit = await add_unit(place.sql, kind)
    filters = await add_part(place.sql, kind, name="Filter", contexts={"icu": "required"})
    high_flow = await add_part(place.sql, kind, name="High-flow tube", contexts={"icu": "required"})
    standard, cheap, bottle = [await add_part(place.sql, kind) for _ in range(3)]
    await relate(place.sql, standard, high_flow, contexts=("ward",))
    await relate(place.sql, standard, cheap, both=True)
    required = f"In the context icu the unit requires High-flow tube ({high_flow})"
    for tube in (standard, cheap):  # consumables as the filter is, which says nothing about a tube
        assert await check(place, tube, unit) == (True, [], [f"{required}; part {tube} is not listed there."])
    await relate(place.sql, bottle, await add_part(place.sql, kind))
    for part in (filters, high_flow, bottle):
        assert await check(place, part, unit) == (True, [], [])


async def test_an_unknown_part_or_unit_is_not_compatible(place: Place, kind: str) -> None:
    unit, part, nobody = await add_unit(place.sql, kind), await add_part(place.sql, kind), uuid4()
    no_part = "There is no part NOTHING in the catalog: check the part number."
    no_unit = f"There is no unit {nobody} in the registry: check its id."
    assert await check(place, "NOTHING", unit) == (False, [no_part], [])
    assert await check(place, part, nobody) == (False, [no_unit], [])
    assert await check(place, "NOTHING", nobody) == (False, [no_part, no_unit], [])
