"""What the seed files hold: as documented, complete, and consistent in itself."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from models.identity import WORKFLOW_TYPES
from models.vocabulary.equipment import InstalledContext
from models.vocabulary.people import SupportLevel

EQUIPMENT = {
    "imaging": {"CT Scanner", "MRI Machine", "X-Ray Machine", "Ultrasound"},
    "life_support": {"Ventilator", "Patient Monitor", "Defibrillator", "Infusion Pump"},
    "laboratory": {"Blood Gas Analyzer", "Centrifuge"},
    "surgical": {"Surgical Light", "Anesthesia Machine"},
}
PARTS = {
    "CT Scanner": {"X-Ray Tube", "Detector Array", "Air Filter", "Cooling Pump"},
    "Ventilator": {
        "High-Flow Breathing Tube",
        "Standard Breathing Tube",
        "Exhalation Valve",
        "Bacterial Filter",
        "Flow Sensor",
        "Backup Battery",
    },
    "Patient Monitor": {
        "ECG Leads",
        "SpO2 Sensor (Adult)",
        "SpO2 Sensor (Pediatric)",
        "NIBP Cuff",
        "Battery",
        "Display Screen",
    },
    "Defibrillator": {"Defib Pads (Adult)", "Defib Pads (Pediatric)", "Battery", "Capacitor"},
}
PART = "SELECT p.* FROM equipment_parts p WHERE p.part_number = $1"


# -- types, makes, parts -----------------------------------------------------------------------------------------------


async def test_twelve_types_of_equipment_in_four_categories(seeded: Any) -> None:
    rows = await seeded.fetch(
        "SELECT category, name, maintenance_requirements <> '' AS maintained FROM equipment_catalog"
    )
    found = {category: {row["name"] for row in rows if row["category"] == category} for category in EQUIPMENT}
    assert (found, len(rows)) == (EQUIPMENT, 12)
    assert all(row["maintained"] for row in rows)


@pytest.mark.parametrize("table", ["equipment_catalog", "manufacturers"])
async def test_a_name_or_synonym_means_one_row(seeded: Any, table: str) -> None:
    rows = await seeded.fetch(f"SELECT code, name, synonyms FROM {table}")  # noqa: S608
    meant: dict[str, str] = {}
    for row in rows:
        for name in {row["name"].casefold(), *(synonym.casefold() for synonym in row["synonyms"])}:
            assert meant.setdefault(name, row["code"]) == row["code"], name
    assert len(meant) > 2 * len(rows)


async def test_a_product_code_belongs_to_one_type(seeded: Any) -> None:
    rows = await seeded.fetch("SELECT code, product_codes FROM equipment_catalog")
    codes = Counter(code for row in rows for code in row["product_codes"])
    assert set(codes.values()) == {1}
    assert all(re.fullmatch("[A-Z]{3}", code) for code in codes)
    by_type = {row["code"]: set(row["product_codes"]) for row in rows}
    assert all(by_type.values())
    assert (by_type["ct_scanner"], by_type["mri_machine"]) == ({"JAK"}, {"LNH"})
    assert "CBK" in by_type["ventilator"]


async def test_the_documented_parts_are_there_and_every_type_has_some(seeded: Any) -> None:
    rows = await seeded.fetch(
        "SELECT t.name AS type, p.name, p.is_oem FROM equipment_parts p JOIN equipment_catalog t "
        "ON t.id = p.equipment_type_id"
    )
    assert len(rows) >= 20
    for equipment, names in PARTS.items():
        assert names <= {row["name"] for row in rows if row["type"] == equipment and row["is_oem"]}, equipment
    of_type = Counter(row["type"] for row in rows if row["is_oem"])
    assert {name for names in EQUIPMENT.values() for name in names} == set(of_type)
    assert min(of_type.values()) >= 2
    assert sum(not row["is_oem"] for row in rows) >= 5


async def test_the_figures_of_two_parts(seeded: Any) -> None:
    tube = await seeded.fetchrow(PART, "CT-TUBE")
    assert (tube["unit_price"], tube["currency"]) == (Decimal("85000.00"), "USD")
    assert (tube["lead_time"], tube["lifespan"]) == (timedelta(days=7), timedelta(days=1095))
    assert (tube["stock_quantity"], tube["reorder_level"], tube["category"]) == (0, 1, "primary_component")
    high_flow = await seeded.fetchrow(PART, "VENT-TUBE-HF")
    assert (high_flow["unit_price"], high_flow["is_oem"], high_flow["category"]) == (
        Decimal("78.00"),
        True,
        "consumable",
    )
    assert (high_flow["stock_quantity"], high_flow["reorder_level"]) == (40, 15)


async def test_an_icu_requires_the_high_flow_tube_and_a_ward_takes_the_standard_one(seeded: Any) -> None:
    rows = await seeded.fetch(
        "SELECT p.part_number, c.installed_context, c.priority FROM equipment_parts_context c "
        "JOIN equipment_parts p ON p.id = c.part_id WHERE p.part_number LIKE 'VENT-TUBE-%'"
    )
    priorities = {(row["part_number"], row["installed_context"]): row["priority"] for row in rows}
    assert priorities["VENT-TUBE-HF", "icu"] == "required"
    assert priorities["VENT-TUBE-STD", "ward"] == "preferred"
    assert {part for part, context in priorities if context == "icu"} == {"VENT-TUBE-HF"}


async def test_the_standard_tube_never_stands_in_for_the_high_flow_one(seeded: Any) -> None:
    rows = await seeded.fetch(
        "SELECT p.part_number AS part, a.part_number AS alternative, c.is_interchangeable, c.contexts "
        "FROM equipment_compatibility c JOIN equipment_parts p ON p.id = c.part_id "
        "JOIN equipment_parts a ON a.id = c.alternative_part_id"
    )
    pairs = {(row["part"], row["alternative"]): row for row in rows}
    assert not pairs["VENT-TUBE-STD", "VENT-TUBE-HF"]["is_interchangeable"]
    assert ("VENT-TUBE-HF", "VENT-TUBE-STD") not in pairs
    assert "icu" not in pairs["VENT-TUBE-STD", "VENT-TUBE-STD-C"]["contexts"]


async def test_parts_that_stand_in_for_each_other_are_of_one_type(seeded: Any) -> None:
    strangers = await seeded.fetch(
        "SELECT p.part_number FROM equipment_compatibility c JOIN equipment_parts p ON p.id = c.part_id "
        "JOIN equipment_parts a ON a.id = c.alternative_part_id WHERE a.equipment_type_id <> p.equipment_type_id"
    )
    assert strangers == []


async def test_the_contexts_of_parts_suit_their_type(seeded: Any) -> None:
    rows = await seeded.fetch(
        "SELECT t.code, array_agg(DISTINCT c.installed_context) AS contexts FROM equipment_parts_context c "
        "JOIN equipment_parts p ON p.id = c.part_id JOIN equipment_catalog t ON t.id = p.equipment_type_id GROUP BY 1"
    )
    contexts = {row["code"]: set(row["contexts"]) for row in rows}
    clinical = {InstalledContext.ICU, InstalledContext.WARD, InstalledContext.EMERGENCY}
    assert contexts["ct_scanner"] == contexts["mri_machine"] == {"imaging"}
    assert contexts["centrifuge"] == contexts["blood_gas_analyzer"] == {"laboratory"}
    assert contexts["surgical_light"] == contexts["anesthesia_machine"] == {"operating_room"}
    assert contexts["patient_monitor"] <= clinical
    assert contexts["defibrillator"] <= clinical


# -- service, calendars, templates -----------------------------------------------------------------------------------


async def test_the_documented_service_configurations(seeded: Any) -> None:
    rows = await seeded.fetch(
        "SELECT COALESCE(m.code, '') || ' ' || COALESCE(t.name, '') AS scope, c.service_provider, c.parts_provider, "
        "c.response_target, c.parts_lead_time, c.oem_parts_only FROM manufacturer_service_config c "
        "LEFT JOIN manufacturers m ON m.id = c.manufacturer_id "
        "LEFT JOIN equipment_catalog t ON t.id = c.equipment_type_id"
    )
    theirs = ("manufacturer", "manufacturer", timedelta(hours=24), timedelta(days=7), True)
    ours = ("geneqr", "geneqr", timedelta(hours=4), timedelta(days=2), False)
    expected = {
        f"{make} {kind}": theirs for make in ("PHILIPS", "GE", "SIEMENS") for kind in ("CT Scanner", "MRI Machine")
    }
    expected |= {f" {kind}": ours for kind in ("Patient Monitor", "Infusion Pump", "Defibrillator", "")}
    assert {row["scope"]: tuple(row)[1:] for row in rows} == expected


async def test_every_unit_has_a_service_configuration_and_a_template(seeded: Any) -> None:
    rows = await seeded.fetch(
        "SELECT e.serial FROM equipment_registry e WHERE NOT EXISTS (SELECT FROM get_service_configuration(e.id)) "
        "OR NOT EXISTS (SELECT FROM select_workflow_template(e.id))"
    )
    assert rows == []


async def test_calendars(seeded: Any) -> None:
    rows = await seeded.fetch(
        "SELECT c.code, c.always_open, h.weekday, h.opens, h.closes FROM business_calendars c "
        "LEFT JOIN business_calendar_hours h ON h.calendar_id = c.id ORDER BY 1, 3, 4"
    )
    hours = {
        code: [tuple(row)[2:] for row in rows if row["code"] == code and row["weekday"]]
        for code in ("24x7", "weekdays_9_17", "engineer_day_shift", "engineer_night_shift")
    }
    assert {row["code"] for row in rows} == set(hours)
    assert [row["code"] for row in rows if row["always_open"]] == ["24x7"]
    assert hours["24x7"] == []
    assert hours["weekdays_9_17"] == [(day, time(9), time(17)) for day in range(1, 6)]
    assert hours["engineer_day_shift"] == [
        one for day in range(1, 7) for one in ((day, time(8), time(12, 30)), (day, time(13), time(18)))
    ]
    assert hours["engineer_night_shift"] == [(day, time(20), time(6)) for day in range(1, 6)]


async def test_the_standard_service_workflow(seeded: Any) -> None:
    rows = await seeded.fetch(
        "SELECT s.name, s.target_duration FROM stage_configuration_templates s JOIN workflow_templates t "
        "ON t.id = s.template_id WHERE t.name = 'Standard Service Workflow' AND t.equipment_type_id IS NULL "
        "AND t.manufacturer_id IS NULL ORDER BY s.position"
    )
    assert [tuple(row) for row in rows] == [
        ("Remote Diagnosis", timedelta(hours=4)),
        ("Parts Identification", timedelta(hours=2)),
        ("Parts Procurement", timedelta(hours=48)),
        ("Onsite Repair", timedelta(hours=4)),
        ("Completion & Sign-off", timedelta(hours=2)),
    ]
    types = await seeded.fetchval("SELECT array_agg(DISTINCT workflow_type) FROM workflow_templates")
    assert set(types) == set(WORKFLOW_TYPES)


async def test_ai_tasks_of_the_standard_service_workflow(seeded: Any) -> None:
    rows = await seeded.fetch(
        "SELECT a.stage_key, a.task, a.auto_complete_confidence, a.maximum_cost_usd FROM workflow_ai_configuration a "
        "JOIN workflow_templates t ON t.id = a.template_id WHERE t.code = 'standard_service'"
    )
    assert {(row["stage_key"], row["task"]) for row in rows} == {
        ("remote_diagnosis", "attachment_analysis"),
        ("remote_diagnosis", "diagnosis"),
        ("remote_diagnosis", "engineer_recommendation"),
        ("parts_identification", "parts_recommendation"),
        ("onsite_repair", "engineer_recommendation"),
    }
    assert {row["auto_complete_confidence"] for row in rows} == {None}
    assert all(row["maximum_cost_usd"] for row in rows)


# -- AI ----------------------------------------------------------------------------------------------------------------


async def test_providers_in_their_order(seeded: Any) -> None:
    rows = await seeded.fetch(
        "SELECT code, fallback_priority, api_key_variable, health, circuit FROM ai_providers WHERE active ORDER BY 2"
    )
    assert [tuple(row) for row in rows] == [
        ("openai", 1, "OPENAI_API_KEY", "unknown", "closed"),
        ("anthropic", 2, "ANTHROPIC_API_KEY", "unknown", "closed"),
        ("local", 3, None, "unknown", "closed"),
    ]


async def test_the_documented_models_with_their_prices(seeded: Any) -> None:
    rows = await seeded.fetch(
        "SELECT p.code, m.name, m.input_price, m.output_price, m.is_default FROM ai_models m "
        "JOIN ai_providers p ON p.id = m.provider_id"
    )
    found = {tuple(row) for row in rows}
    assert found >= {
        ("openai", "GPT-4o", 5, 15, True),
        ("openai", "GPT-4-Turbo", 10, 30, False),
        ("anthropic", "Claude 3.5 Sonnet", 3, 15, True),
        ("anthropic", "Claude 3 Opus", 15, 75, False),
        ("local", "Fieldcare local", 0, 0, True),
    }
    assert Counter(row["code"] for row in rows if row["is_default"]) == {"openai": 1, "anthropic": 1, "local": 1}


async def test_both_providers_have_a_model_that_is_not_withdrawn(seeded: Any) -> None:
    rows = await seeded.fetch(
        "SELECT DISTINCT p.code FROM ai_models m JOIN ai_providers p ON p.id = m.provider_id "
        "WHERE m.active AND m.retires_on IS NULL AND 'diagnosis' = ANY (m.use_cases)"
    )
    assert {row["code"] for row in rows} == {"openai", "anthropic", "local"}


# -- samples -----------------------------------------------------------------------------------------------------------


async def test_three_customers_and_twenty_units_of_all_types(seeded: Any) -> None:
    customers = await seeded.fetch("SELECT code FROM customers")
    assert {row["code"] for row in customers} == {"CITY-GENERAL", "APOLLO", "AIIMS"}
    assert await seeded.fetchval("SELECT count(*) FROM equipment_registry") == 20
    assert await seeded.fetchval("SELECT count(DISTINCT equipment_type_id) FROM equipment_registry") == 12


async def test_seeded_udis_have_right_check_digits(seeded: Any) -> None:
    for (udi,) in await seeded.fetch("SELECT udi FROM equipment_registry"):
        found = re.fullmatch(r"\(01\)(\d{14})\(11\)\d{6}\(21\)[!-z]{1,20}", udi)
        assert found, udi
        digits = [int(digit) for digit in found[1]]
        assert sum(digit * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits)) % 10 == 0, udi


async def test_engineers_of_all_levels_with_zone_and_shift(seeded: Any) -> None:
    rows = await seeded.fetch(
        "SELECT e.support_level, e.time_zone, c.code FROM engineers e "
        "JOIN business_calendars c ON c.id = e.shift_calendar_id"
    )
    assert len(rows) == 10
    assert {row["support_level"] for row in rows} == {"L1", "L2", "L3"}
    assert {row["time_zone"] for row in rows} == {"Asia/Kolkata", "America/New_York"}
    assert {row["code"] for row in rows} == {"24x7", "engineer_day_shift", "engineer_night_shift"}


async def test_every_active_engineer_is_l2_on_basic_equipment(seeded: Any) -> None:
    rows = await seeded.fetch(
        "SELECT t.name, count(*) FROM engineer_equipment_expertise x JOIN engineers e ON e.id = x.engineer_id "
        "JOIN equipment_catalog t ON t.id = x.equipment_type_id "
        "WHERE e.active AND x.support_level = 'L2' AND x.manufacturer_id IS NULL "
        "AND t.code IN ('patient_monitor', 'infusion_pump') GROUP BY t.name"
    )
    active = await seeded.fetchval("SELECT count(*) FROM engineers WHERE active")
    assert {row["name"]: row["count"] for row in rows} == {"Patient Monitor": active, "Infusion Pump": active}


async def test_every_type_has_somebody_who_can_repair_it_and_is_certified_for_years(seeded: Any) -> None:
    rows = await seeded.fetch(
        "SELECT DISTINCT t.name FROM engineer_equipment_expertise x "
        "JOIN equipment_catalog t ON t.id = x.equipment_type_id "
        "WHERE x.support_level IN ('L2', 'L3') AND 'repair' = ANY (x.capabilities) AND ("
        "x.required_certification IS NULL OR EXISTS (SELECT FROM engineer_certifications c "
        "WHERE c.engineer_id = x.engineer_id AND c.certification = x.required_certification "
        "AND (c.expires_on IS NULL OR c.expires_on > $1)))",
        date(2033, 12, 31),
    )
    assert {row["name"] for row in rows} == {name for names in EQUIPMENT.values() for name in names}


@pytest.mark.parametrize("level", SupportLevel)
async def test_every_unit_finds_somebody_of_each_level_in_the_morning_of_its_site(seeded: Any, level: str) -> None:
    rows = await seeded.fetch(
        "SELECT e.serial, ARRAY(SELECT q.engineer_code FROM get_qualified_engineers(t.code, $1, '{}', m.code, "
        "timestamp '2026-11-25 10:00' AT TIME ZONE s.time_zone) AS q) AS engineers FROM equipment_registry e "
        "JOIN equipment_catalog t ON t.id = e.equipment_type_id JOIN manufacturers m ON m.id = e.manufacturer_id "
        "JOIN customer_sites s ON s.id = e.site_id",
        level,
    )
    assert len(rows) == 20
    assert [row["serial"] for row in rows if not row["engineers"]] == []


async def test_required_certifications_are_held_by_those_who_need_them(seeded: Any) -> None:
    without = await seeded.fetch(
        "SELECT e.code, x.required_certification FROM engineer_equipment_expertise x "
        "JOIN engineers e ON e.id = x.engineer_id WHERE x.required_certification IS NOT NULL "
        "AND NOT EXISTS (SELECT FROM engineer_certifications c WHERE c.engineer_id = e.id "
        "AND c.certification = x.required_certification)"
    )
    assert without == []
    assert await seeded.fetchval("SELECT max(expires_on) FROM engineer_certifications") == date(2099, 12, 31)
