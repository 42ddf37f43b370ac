"""`prepare_intake()`: everything that intake asks for, in one round trip."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from models.contracts.templates import ServiceConfiguration, TemplateSnapshot
from models.contracts.tickets import UnitSnapshot
from models.database import Database
from models.identity import NUMBER_PATTERN
from models.sql_functions import SqlFunction
from models.vocabulary.equipment import InstalledContext, SelectionLevel
from models.vocabulary.people import SupportLevel
from models.vocabulary.stages import Performer
from tests.factories import T0
from tests.migrations.story import open_story


async def prepare(database: Database, unit: str, key: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await database.call(SqlFunction.PREPARE_INTAKE, unit, key, T0))
    return found


async def numbers_taken(sql: Any) -> int:
    taken: int = await sql.fetchval("SELECT last_value FROM ticket_numbers")
    return taken


async def test_a_known_unit_gets_all_that_a_ticket_needs(database: Database) -> None:
    found = await prepare(database, "VENT-ICU-001")

    unit = UnitSnapshot.model_validate(found["unit"])
    assert (unit.serial, unit.equipment_type, unit.category) == ("VENT-ICU-001", "Ventilator", "life_support")
    assert (unit.customer_code, unit.time_zone) == ("CITY-GENERAL", "America/New_York")
    assert unit.installed_context is InstalledContext.ICU
    template = TemplateSnapshot.model_validate(found["template"])
    assert (template.code, template.selected_by) == ("standard_service", SelectionLevel.DEFAULT)
    assert [stage.key for stage in template.stages] == [
        "remote_diagnosis",
        "parts_identification",
        "parts_procurement",
        "onsite_repair",
        "completion_sign_off",
    ]
    assert [stage.target / timedelta(hours=1) for stage in template.stages] == [4, 2, 48, 4, 2]
    assert template.resolution_target == timedelta(hours=60)
    assert template.stages[3].support_level is SupportLevel.L2
    assert [stage.skippable for stage in template.stages] == [True, True, True, True, False]
    service = ServiceConfiguration.model_validate(found["service"])
    assert service.response_target == timedelta(hours=4)
    assert found["existing"] is None and found["ambiguous"] is None
    assert NUMBER_PATTERN.fullmatch(found["number"]) and found["number"].startswith("FC-2026-")


async def test_a_manufacturer_s_unit_gets_the_manufacturer_s_template(database: Database) -> None:
    found = await prepare(database, "CT-PHL-001")
    template = TemplateSnapshot.model_validate(found["template"])
    assert template.workflow_type == "ManufacturerServiceWorkflow"
    assert [stage.performer for stage in template.stages] == [
        Performer.COORDINATOR,
        Performer.MANUFACTURER,
        Performer.MANUFACTURER,
        Performer.COORDINATOR,
    ]
    assert template.resolution_target == sum((stage.target for stage in template.stages), timedelta(0))


@pytest.mark.parametrize("column", ["id::text", "serial", "udi", "qr_token"])
async def test_a_unit_is_found_by_everything_that_names_it(database: Database, sql: Any, column: str) -> None:
    named = await sql.fetchval(f"SELECT {column} FROM equipment_registry WHERE serial = 'PUMP-WRD-001'")  # noqa: S608
    assert (await prepare(database, named))["unit"]["serial"] == "PUMP-WRD-001"


@pytest.mark.parametrize(
    "unit", ["NO-SUCH-UNIT", "VENT-ICU-OO1", "", "VENT-ICU-00_", "00000000-0000-0000-0000-000000000000"]
)
async def test_an_unknown_unit_takes_no_number(database: Database, sql: Any, unit: str) -> None:
    before = await numbers_taken(sql)
    found = await prepare(database, unit)
    assert (found["unit"], found["template"], found["number"], found["ticket_id"]) == (None, None, None, None)
    assert await numbers_taken(sql) == before


async def test_a_reference_that_fits_two_units_is_reported(database_url: str, own_sql: Any) -> None:
    await own_sql.execute("UPDATE equipment_registry SET qr_token = 'VENT-ICU-001' WHERE serial = 'VENT-ICU-002'")
    database = Database(database_url)
    found = await prepare(database, "VENT-ICU-001")
    await database.aclose()
    assert (found["unit"], found["number"]) == (None, None)
    assert found["ambiguous"] == ["VENT-ICU-001", "VENT-ICU-002"]


async def test_a_decommissioned_unit_says_so_and_takes_no_number(database_url: str, own_sql: Any) -> None:
    await own_sql.execute("UPDATE equipment_registry SET status = 'decommissioned' WHERE serial = 'VENT-ICU-001'")
    database = Database(database_url)
    found = await prepare(database, "VENT-ICU-001")
    await database.aclose()
    assert (found["unit"]["status"], found["number"]) == ("decommissioned", None)


async def test_nothing_in_force_takes_no_number(database_url: str, own_sql: Any) -> None:
    await own_sql.execute("UPDATE workflow_templates SET active = false")
    await own_sql.execute("UPDATE manufacturer_service_config SET active = false")
    database = Database(database_url)
    found = await prepare(database, "VENT-ICU-001")
    await database.aclose()
    assert (found["template"], found["service"], found["number"]) == (None, None, None)
    assert found["unit"]["serial"] == "VENT-ICU-001"


async def test_a_known_key_gives_its_ticket_and_takes_no_number(database: Database, sql: Any) -> None:
    story = await open_story(database, key="key-of-intake")
    before = await numbers_taken(sql)

    found = await prepare(database, "VENT-ICU-001", "key-of-intake")

    existing = found["existing"]
    assert (existing["number"], existing["workflow_id"]) == (story.row.number, "key-of-intake")
    assert (existing["serial"], existing["template"], existing["priority"]) == (
        "VENT-ICU-001",
        "standard_service",
        "P1",
    )
    assert existing["workflow_type"] == "ServiceTicketWorkflow"
    assert existing["description"] == story.row.description
    assert found["number"] is None
    assert await numbers_taken(sql) == before


async def test_numbers_grow_beyond_six_digits(database_url: str, own_sql: Any) -> None:
    await own_sql.execute("SELECT setval('ticket_numbers', 999999)")
    database = Database(database_url)
    found = await prepare(database, "VENT-ICU-001")
    await database.aclose()
    assert found["number"] == "FC-2026-1000000"


async def test_editing_a_template_leaves_a_running_ticket_alone(database_url: str, own_sql: Any) -> None:
    database = Database(database_url)
    story = await open_story(database)
    await own_sql.execute("UPDATE stage_configuration_templates SET target_duration = '1 h', name = 'Changed'")
    shown = await story.shown()
    await database.aclose()
    assert [stage["target_duration"] / 3600 for stage in shown["stages"]] == [4, 2, 48, 4, 2]
    assert shown["stages"][0]["name"] == "Remote Diagnosis"
