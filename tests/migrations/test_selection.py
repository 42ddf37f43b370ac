"""`select_workflow_template()` and `get_service_configuration()`: the most specific one in force wins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
VENTILATOR = "(SELECT id FROM equipment_catalog WHERE code = 'ventilator')"
HAMILTON = "(SELECT id FROM manufacturers WHERE code = 'HAMILTON')"
SCOPES = {
    "both": f"{VENTILATOR}, {HAMILTON}",
    "type": f"{VENTILATOR}, NULL",
    "manufacturer": f"NULL, {HAMILTON}",
    "other type": "(SELECT id FROM equipment_catalog WHERE code = 'centrifuge'), NULL",
    "default": "NULL, NULL",
}


async def add_template(sql: Any, scope: str, version: int = 1, **validity: Any) -> UUID:
    given = {"active": True, "valid_from": LONG_AGO, "valid_to": None, **validity}
    template_id: UUID = await sql.fetchval(
        "INSERT INTO workflow_templates (code, name, version, workflow_type, resolution_target, equipment_type_id, "
        "manufacturer_id, active, valid_from, valid_to) "
        f"SELECT 'test', 'Test', $1, 'W', '1 h', {SCOPES[scope]}, $2, $3, $4 RETURNING id",
        version,
        given["active"],
        given["valid_from"],
        given["valid_to"],
    )
    return template_id


async def add_configuration(sql: Any, scope: str, **validity: Any) -> UUID:
    given = {"active": True, "valid_from": LONG_AGO, "valid_to": None, **validity}
    configuration_id: UUID = await sql.fetchval(
        "INSERT INTO manufacturer_service_config (code, service_provider, parts_provider, response_target, "
        "parts_lead_time, oem_parts_only, equipment_type_id, manufacturer_id, active, valid_from, valid_to) "
        f"SELECT $1, 'geneqr', 'geneqr', '1 h', '1 h', false, {SCOPES[scope]}, $2, $3, $4 RETURNING id",
        f"test_{uuid4().hex}",
        given["active"],
        given["valid_from"],
        given["valid_to"],
    )
    return configuration_id


async def selected(sql: Any, serial: str = "VENT-ICU-001", at: datetime = NOW) -> tuple[Any, ...] | None:
    row = await sql.fetchrow(
        "SELECT s.* FROM equipment_registry e, select_workflow_template(e.id, $2) s WHERE e.serial = $1", serial, at
    )
    return tuple(row) if row else None


async def configured(sql: Any, serial: str = "VENT-ICU-001", at: datetime = NOW) -> tuple[Any, ...] | None:
    row = await sql.fetchrow(
        "SELECT c.configuration_id, c.selected_by FROM equipment_registry e, get_service_configuration(e.id, $2) c "
        "WHERE e.serial = $1",
        serial,
        at,
    )
    return tuple(row) if row else None


async def test_the_most_specific_template_wins(own_sql: Any) -> None:
    await add_template(own_sql, "other type", 9)
    found = await selected(own_sql)
    assert found is not None and found[1] == "default"
    by_manufacturer = await add_template(own_sql, "manufacturer")
    assert await selected(own_sql) == (by_manufacturer, "manufacturer")
    by_type = await add_template(own_sql, "type")
    assert await selected(own_sql) == (by_type, "equipment")
    by_both = await add_template(own_sql, "both")
    assert await selected(own_sql) == (by_both, "equipment")


async def test_a_more_specific_scope_beats_a_higher_version(own_sql: Any) -> None:
    await add_template(own_sql, "manufacturer", 9)
    by_type = await add_template(own_sql, "type", 1)
    assert await selected(own_sql) == (by_type, "equipment")


async def test_within_a_scope_the_highest_active_version_in_force_wins(own_sql: Any) -> None:
    await add_template(own_sql, "type", 1)
    second = await add_template(own_sql, "type", 2)
    await add_template(own_sql, "type", 3, active=False)
    await add_template(own_sql, "type", 4, valid_from=NOW + timedelta(microseconds=1))
    await add_template(own_sql, "type", 5, valid_to=NOW)
    assert await selected(own_sql) == (second, "equipment")


async def test_a_template_is_in_force_from_its_first_instant_to_before_its_last(own_sql: Any) -> None:
    start, end = NOW, NOW + timedelta(hours=1)
    template = await add_template(own_sql, "type", 7, valid_from=start, valid_to=end)
    moments = (start - timedelta(microseconds=1), start, end - timedelta(microseconds=1), end)
    chosen = [found[0] == template for at in moments if (found := await selected(own_sql, at=at))]
    assert chosen == [False, True, True, False]


async def test_no_template_in_force_is_no_row(own_sql: Any) -> None:
    assert await selected(own_sql, at=LONG_AGO - timedelta(days=1)) is None
    assert await selected(own_sql, serial="NOBODY") is None


@pytest.mark.parametrize(
    ("serial", "code", "level"),
    [
        ("VENT-ICU-001", "standard_service", "default"),
        ("CT-PHL-001", "manufacturer_service", "equipment"),
        ("MRI-SIE-001", "manufacturer_service", "equipment"),
        ("XRAY-SIE-001", "standard_service", "default"),
        ("MON-ICU-001", "standard_service", "default"),
    ],
)
async def test_seeded_templates(sql: Any, serial: str, code: str, level: str) -> None:
    found = await selected(sql, serial)
    assert found is not None
    assert (await sql.fetchval("SELECT code FROM workflow_templates WHERE id = $1", found[0]), found[1]) == (
        code,
        level,
    )


async def test_the_most_specific_configuration_wins(own_sql: Any) -> None:
    found = await configured(own_sql)
    assert found is not None and found[1] == "default"
    by_manufacturer = await add_configuration(own_sql, "manufacturer")
    assert await configured(own_sql) == (by_manufacturer, "manufacturer")
    by_type = await add_configuration(own_sql, "type")
    assert await configured(own_sql) == (by_type, "equipment")
    await add_configuration(own_sql, "both", active=False)
    await add_configuration(own_sql, "both", valid_to=NOW)
    assert await configured(own_sql) == (by_type, "equipment")
    by_both = await add_configuration(own_sql, "both", valid_from=NOW)
    assert await configured(own_sql) == (by_both, "equipment")
    assert await configured(own_sql, at=LONG_AGO - timedelta(days=1)) is None


@pytest.mark.parametrize(
    ("serial", "provider", "response", "lead", "oem_only", "desk"),
    [
        ("CT-PHL-001", "manufacturer", timedelta(hours=24), timedelta(days=7), True, "philips-service-desk"),
        ("CT-GE-001", "manufacturer", timedelta(hours=24), timedelta(days=7), True, "ge-service-desk"),
        ("PUMP-WRD-001", "geneqr", timedelta(hours=4), timedelta(days=2), False, None),
        ("LIGHT-OR-001", "geneqr", timedelta(hours=4), timedelta(days=2), False, None),
    ],
)
async def test_seeded_configurations(
    sql: Any, *, serial: str, provider: str, response: timedelta, lead: timedelta, oem_only: bool, desk: str | None
) -> None:
    row = await sql.fetchrow(
        "SELECT c.* FROM equipment_registry e, get_service_configuration(e.id) c WHERE e.serial = $1", serial
    )
    assert row["service_provider"] == row["parts_provider"] == provider
    assert (row["response_target"], row["parts_lead_time"]) == (response, lead)
    assert (row["oem_parts_only"], row["manufacturer_desk"]) == (oem_only, desk)
