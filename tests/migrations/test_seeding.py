"""Seeding: repeatable, editable, and careful with what people have changed."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from migrations import seeding
from migrations.seeding import KeptRow, SeedError, SeedReport, seed
from models.database import DatabaseUnavailable

REFERENCE = (
    "manufacturers",
    "equipment_catalog",
    "equipment_parts",
    "equipment_parts_context",
    "equipment_compatibility",
    "business_calendars",
    "business_calendar_hours",
    "manufacturer_service_config",
    "ai_providers",
    "ai_models",
    "hold_reasons",
    "workflow_templates",
    "stage_configuration_templates",
    "workflow_template_targets",
    "workflow_ai_configuration",
)
SAMPLE = (
    "engineers",
    "engineer_equipment_expertise",
    "engineer_certifications",
    "customers",
    "customer_sites",
    "equipment_registry",
)


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A copy of the seed files, to edit."""
    return Path(shutil.copytree(seeding.SEEDS, tmp_path / "seeds"))


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


async def stamps(sql: Any) -> set[Any]:
    """What would show that a row was touched, for every seeded table."""
    return {
        (table, *row)
        for table in REFERENCE + SAMPLE
        for row in await sql.fetch(f"SELECT id, updated_at, xmin::text FROM {table}")  # noqa: S608
    }


def kept(report: SeedReport) -> Mapping[str, str]:
    return {row.record: row.why for row in report.kept}


# -- what happens to rows -------------------------------------------------------------------------------------------


async def test_seeding_twice_touches_no_row(seeded_url: str, seeded: Any) -> None:
    before = await stamps(seeded)
    report = await seed(seeded_url, sample=True)
    again = await seed(seeded_url, sample=True, overwrite=True)
    for one in (report, again):
        assert (one.changed, one.kept) == (0, ())
        assert set(one.tables) == {*REFERENCE, *SAMPLE}
        assert sum(count.unchanged for count in one.tables.values()) == len(before)
    assert await stamps(seeded) == before


async def forget_stock(sql: Any) -> None:
    """As if nothing had ever been received: a part that has moved is never deleted."""
    await sql.execute("""
        ALTER TABLE stock_movements DISABLE TRIGGER USER;
        DELETE FROM stock_balances;
        DELETE FROM stock_movements;
        DELETE FROM stock_locations;
        ALTER TABLE stock_movements ENABLE TRIGGER USER;
    """)


async def test_reference_data_alone_has_no_customers_engineers_or_units(database_url: str, own_sql: Any) -> None:
    await forget_stock(own_sql)
    async with own_sql.transaction():  # a calendar without its hours is refused at commit
        for table in reversed(REFERENCE + SAMPLE):
            await own_sql.execute(f"DELETE FROM {table}")  # noqa: S608

    report = await seed(database_url)
    assert set(report.tables) == set(REFERENCE)
    assert all(count.inserted for count in report.tables.values())

    with_sample = await seed(database_url, sample=True)

    assert {table for table, count in with_sample.tables.items() if count.inserted} == set(SAMPLE)
    inserted = {table: with_sample.tables[table].inserted for table in ("engineers", "customers", "equipment_registry")}
    assert inserted == {"engineers": 10, "customers": 3, "equipment_registry": 20}
    assert with_sample.kept == ()


async def test_an_operators_edit_survives_and_is_reported_until_it_is_overwritten(
    database_url: str, own_sql: Any
) -> None:
    await own_sql.execute("UPDATE manufacturers SET service_desk = 'desk-of-ours' WHERE code = 'ZOLL'")
    before = await stamps(own_sql)

    report = await seed(database_url, sample=True)

    assert await stamps(own_sql) == before
    assert report.changed == 0
    assert report.kept == (KeptRow("manufacturers.toml, manufacturer ZOLL", "differs in service_desk"),)
    assert (report.tables["manufacturers"].kept, report.tables["manufacturers"].unchanged) == (1, 11)

    overwritten = await seed(database_url, sample=True, overwrite=True)

    assert (overwritten.changed, overwritten.tables["manufacturers"].updated, overwritten.kept) == (1, 1, ())
    desk = await own_sql.fetchval("SELECT service_desk FROM manufacturers WHERE code = 'ZOLL'")
    assert desk == "zoll-service-desk"
    assert len(await stamps(own_sql) - before) == 1


async def test_a_missing_row_is_added_and_its_neighbours_stay(database_url: str, own_sql: Any) -> None:
    await forget_stock(own_sql)
    await own_sql.execute("DELETE FROM equipment_parts WHERE part_number = 'VENT-TUBE-HF'")
    await own_sql.execute("UPDATE equipment_parts SET unit_price = 30 WHERE part_number = 'VENT-TUBE-STD'")
    report = await seed(database_url)
    assert report.tables["equipment_parts"].inserted == 1
    assert (report.tables["equipment_parts_context"].inserted, report.tables["equipment_compatibility"].inserted) == (
        4,
        1,
    )
    assert kept(report) == {"equipment_parts.toml, part VENT-TUBE-STD": "differs in unit_price"}
    assert await own_sql.fetchval("SELECT unit_price FROM equipment_parts WHERE part_number = 'VENT-TUBE-STD'") == 30


async def test_an_edited_file_reaches_its_row_only_by_overwriting(database_url: str, own_sql: Any, seeds: Path) -> None:
    edit(seeds / "sample/engineers.toml", "Asha Nair", "Asha Nair-Rao")
    report = await seed(database_url, sample=True, folder=seeds)
    assert (report.changed, kept(report)) == (0, {"engineers.toml, engineer ENG-001": "differs in name"})
    report = await seed(database_url, sample=True, overwrite=True, folder=seeds)
    assert (report.changed, report.tables["engineers"].updated) == (1, 1)
    assert await own_sql.fetchval("SELECT name FROM engineers WHERE code = 'ENG-001'") == "Asha Nair-Rao"


async def test_what_the_program_keeps_itself_is_neither_compared_nor_overwritten(
    database_url: str, own_sql: Any
) -> None:
    await own_sql.execute("UPDATE equipment_parts SET stock_quantity = 1 WHERE part_number = 'MON-NIBP-CUFF'")
    await own_sql.execute(
        "UPDATE ai_providers SET health = 'down', circuit = 'open', circuit_opened_at = now(), "
        "consecutive_failures = 5, last_checked_at = now(), last_error = 'no answer' WHERE code = 'openai'"
    )
    before = await stamps(own_sql)
    for overwrite in (False, True):
        report = await seed(database_url, overwrite=overwrite)
        assert (report.changed, report.kept) == (0, ())
    assert await stamps(own_sql) == before


# -- what belongs together -------------------------------------------------------------------------------------------

STAGES = """
    SELECT array_agg(s.key ORDER BY s.position)
    FROM stage_configuration_templates s JOIN workflow_templates t ON t.id = s.template_id
    WHERE t.code = 'standard_service'
"""
STANDARD = ["remote_diagnosis", "parts_identification", "parts_procurement", "onsite_repair", "completion_sign_off"]


async def test_a_template_that_somebody_rearranged_stays_whole(database_url: str, own_sql: Any) -> None:
    await own_sql.execute("""
        DELETE FROM stage_configuration_templates WHERE key = 'parts_identification';
        UPDATE stage_configuration_templates SET position = 2, prerequisites = '{remote_diagnosis}'
        WHERE key = 'parts_procurement';
        UPDATE stage_configuration_templates SET key = 'parts_ordering' WHERE key = 'onsite_repair';
        UPDATE stage_configuration_templates SET prerequisites = '{parts_ordering}' WHERE key = 'completion_sign_off'
    """)
    arranged = ["remote_diagnosis", "parts_procurement", "parts_ordering", "completion_sign_off"]

    report = await seed(database_url)

    assert (report.changed, await own_sql.fetchval(STAGES)) == (0, arranged)
    where = "workflow_templates.toml, template standard_service, stage"
    assert kept(report) == {
        f"{where} parts_identification": "not added: the database has something else in its place",
        f"{where} parts_procurement": "differs in position, prerequisites",
        f"{where} onsite_repair": "not added: the database has something else in its place",
        f"{where} completion_sign_off": "differs in prerequisites",
        f"{where} parts_identification, AI task parts_recommendation": "left out: its stage is not in the database",
        f"{where} onsite_repair, AI task engineer_recommendation": "left out: its stage is not in the database",
    }

    overwritten = await seed(database_url, overwrite=True)

    assert await own_sql.fetchval(STAGES) == STANDARD
    assert overwritten.tables["stage_configuration_templates"].removed == 1
    assert (await seed(database_url)).kept == ()


async def test_the_hours_of_a_calendar_stay_together(database_url: str, own_sql: Any) -> None:
    hours = """
        SELECT array_agg(h.weekday || ' ' || h.opens || ' ' || h.closes ORDER BY h.weekday)
        FROM business_calendar_hours h JOIN business_calendars c ON c.id = h.calendar_id
        WHERE c.code = 'weekdays_9_17'
    """
    seeded = await own_sql.fetchval(hours)
    await own_sql.execute("""
        UPDATE business_calendar_hours SET opens = '08:00' FROM business_calendars c
        WHERE c.id = calendar_id AND c.code = 'weekdays_9_17' AND weekday = 1
    """)
    changed = await own_sql.fetchval(hours)

    report = await seed(database_url)

    assert (report.changed, len(report.kept), await own_sql.fetchval(hours)) == (0, 1, changed)
    await seed(database_url, overwrite=True)
    assert await own_sql.fetchval(hours) == seeded


async def test_special_days_of_a_calendar_are_seeded_and_those_of_the_database_stay(
    database_url: str, own_sql: Any, seeds: Path
) -> None:
    await own_sql.execute("""
        INSERT INTO business_calendar_holidays (calendar_id, day, name)
        SELECT id, '2026-05-01', 'Ours' FROM business_calendars WHERE code = 'weekdays_9_17'
    """)
    edit(
        seeds / "reference/business_calendars.toml",
        'description = "Office hours, Monday to Friday"',
        """holidays = [
            { day = 2026-12-24, name = "Christmas Eve", opens = 09:00:00, closes = 12:00:00 },
            { day = 2026-12-25, name = "Christmas Day" },
        ]
        exceptional_openings = [{ day = 2026-08-29, opens = 09:00:00, closes = 17:00:00, name = "Working Saturday" }]
        """,
    )
    report = await seed(database_url, folder=seeds)
    inserted = {name: count.inserted for name, count in report.tables.items() if count.inserted}
    assert inserted == {"business_calendar_holidays": 2, "business_calendar_exceptions": 1}
    assert (await seed(database_url, folder=seeds)).changed == 0
    assert (await seed(database_url, folder=seeds, overwrite=True)).tables["business_calendar_holidays"].removed == 0
    found = json.loads(await own_sql.fetchval("SELECT find_calendar('weekdays_9_17', now(), 'UTC') -> 'calendar'"))
    assert found["holidays"] == [
        {"day": "2026-05-01", "name": "Ours", "opens": None, "closes": None},
        {"day": "2026-12-24", "name": "Christmas Eve", "opens": "09:00:00", "closes": "12:00:00"},
        {"day": "2026-12-25", "name": "Christmas Day", "opens": None, "closes": None},
    ]
    assert found["exceptional_openings"] == [
        {"day": "2026-08-29", "opens": "09:00:00", "closes": "17:00:00", "name": "Working Saturday"}
    ]


async def test_stages_may_change_places_and_go(database_url: str, own_sql: Any, seeds: Path) -> None:
    path = seeds / "reference/workflow_templates.toml"
    head, *stages = path.read_text().split("\n[[template.stages]]\n")
    diagnosis, identification, _procurement, repair, *rest = stages
    repair = repair.replace('["parts_procurement"]', '["remote_diagnosis"]')
    identification = identification.replace('["remote_diagnosis"]', '["onsite_repair"]')
    rest[0] = rest[0].replace('["onsite_repair"]', '["parts_identification"]')
    path.write_text("\n[[template.stages]]\n".join((head, diagnosis, repair, identification, *rest)))

    report = await seed(database_url, overwrite=True, folder=seeds)

    assert report.tables["stage_configuration_templates"].removed == 1
    assert await own_sql.fetchval(STAGES) == [
        "remote_diagnosis",
        "onsite_repair",
        "parts_identification",
        "completion_sign_off",
    ]


# -- where the database has something else in the place ----------------------------------------------------------------


async def test_a_place_that_somebody_took_is_left_to_them_with_all_that_would_hang_on_it(
    database_url: str, own_sql: Any
) -> None:
    await own_sql.execute("""
        UPDATE manufacturers SET code = 'PHILIPS-EU' WHERE code = 'PHILIPS';
        UPDATE ai_providers SET code = 'gateway', name = 'Our gateway' WHERE code = 'anthropic';
        DELETE FROM ai_models WHERE code = 'gpt-4o';
        UPDATE ai_models SET is_default = true WHERE code = 'gpt-6.1-terra'
    """)
    before = await stamps(own_sql)

    report = await seed(database_url)

    assert await stamps(own_sql) == before
    assert report.changed == 0
    reasons = kept(report)
    taken = "not added: the database has something else in its place"
    assert reasons["manufacturers.toml, manufacturer PHILIPS"] == taken
    assert reasons["service_configurations.toml, service philips_ct"] == (
        "left out: its manufacturer is not in the database"
    )
    assert reasons["ai_providers.toml, provider anthropic"] == taken
    assert reasons["ai_providers.toml, provider anthropic, model claude-opus-5-5"] == (
        "left out: what it belongs to is not in the database"
    )
    assert reasons["ai_providers.toml, provider openai, model gpt-4o"] == taken
    assert reasons["ai_providers.toml, provider openai, model gpt-6.1-terra"] == "differs in is_default"


async def test_overwriting_brings_the_default_model_back(database_url: str, own_sql: Any) -> None:
    await own_sql.execute("""
        UPDATE ai_models SET is_default = false WHERE code = 'gpt-4o';
        INSERT INTO ai_models (provider_id, code, name, is_default, input_price, output_price)
        SELECT id, 'gpt-ours', 'Ours', true, 1, 1 FROM ai_providers WHERE code = 'openai'
    """)
    await seed(database_url, overwrite=True)
    defaults = await own_sql.fetch("""
        SELECT m.code FROM ai_models m JOIN ai_providers p ON p.id = m.provider_id
        WHERE m.is_default AND p.code = 'openai'
    """)
    assert [row["code"] for row in defaults] == ["gpt-4o"]
    assert await own_sql.fetchval("SELECT count(*) FROM ai_models WHERE code = 'gpt-ours'") == 1


# -- files that are wrong --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "before", "after", "message"),
    [
        (
            "reference/manufacturers",
            'code = "ZOLL"',
            'kode = "ZOLL"',
            r'manufacturer number 9: "kode" \(did you mean "code"\?\) is not known here; known are active, code',
        ),
        ("reference/manufacturers", 'code = "ZOLL", ', "", "manufacturer number 9 lacks code: add that"),
        ("reference/manufacturers", 'code = "ZOLL"', 'code = "GE"', "manufacturer GE stands there twice: remove one"),
        ("reference/manufacturers", "manufacturer = [", "manufacturer = ", "manufacturers.toml is not valid TOML"),
        (
            "reference/manufacturers",
            "manufacturer = [",
            "maker = [",
            'manufacturers.toml: "maker" is not known here; known are manufacturer',
        ),
        (
            "reference/equipment_catalog",
            'category = "surgical"',
            'category = "magical"',
            'equipment_type surgical_light: category "magical" must be one of imaging, life_support',
        ),
        (
            "reference/equipment_parts",
            'unit_price = 78.00\nlead_time = "2 days"',
            'unit_price = 78.00\nlead_time = "soon"',
            'part VENT-TUBE-HF: "soon" is not a valid length of time, such as 4 hours. Correct the record',
        ),
        (
            "reference/equipment_parts",
            'installed_context = "icu", priority = "required", requirements',
            'installed_context = "attic", priority = "required", requirements',
            'part VENT-TUBE-HF, context attic: installed_context "attic" must be one of icu, ward',
        ),
        (
            "reference/equipment_compatibility",
            'alternative = "VENT-TUBE-HF"',
            'alternative = "VENT-TUBE-XL"',
            'compatibility VENT-TUBE-STD: there is no "VENT-TUBE-XL" in equipment_parts. Known are CT-TUBE',
        ),
        (
            "reference/business_calendars",
            "weekdays = [1, 2, 3, 4, 5], hours = [{ opens = 09",
            "days = [1, 2, 3, 4, 5], hours = [{ opens = 09",
            r'weekdays_9_17: openings 1: "days" \(did you mean "weekdays"\?\) is not known here; known are hours',
        ),
        (
            "reference/business_calendars",
            "weekdays = [1, 2, 3, 4, 5], hours = [{ opens = 09",
            "weekdays = [], hours = [{ opens = 09",
            "calendar weekdays_9_17: openings 1, weekdays: tuple should have at least 1 item",
        ),
        (
            "reference/business_calendars",
            "weekdays = [1, 2, 3, 4, 5], hours = [{ opens = 09",
            "weekdays = [1, 2, 3, 4, 5], hours = [{ opnes = 09",
            r'weekdays_9_17: openings 1, hours 1: "opnes" \(did you mean "opens"\?\) is not known here; known are',
        ),
        (
            "reference/business_calendars",
            'description = "Office hours, Monday to Friday"',
            'holiday = [{ day = 2026-12-24, name = "Christmas Eve" }]',
            r'calendar weekdays_9_17: "holiday" \(did you mean "holidays"\?\) is not known here',
        ),
        (
            "sample/equipment",
            'site = "WARD-3"',
            'stie = "WARD-3"',
            r'"stie" \(did you mean "site"\?\) is not known here; known are',
        ),
        (
            "reference/workflow_templates",
            '[[template.stages]]\nkey = "remote_diagnosis"',
            '[[template.stage]]\nkey = "remote_diagnosis"',
            r'template standard_service: "stage" \(did you mean "stages"\?\) is not known here',
        ),
        (
            "reference/workflow_templates",
            'label = "Diagnosis summary", kind',
            'label = "Diagnosis summary", knid',
            r'stage remote_diagnosis, required action: "knid" \(did you mean "kind"\?\) is not known here',
        ),
        (
            "reference/business_calendars",
            "always_open = true",
            "always_open = false",
            "calendar 24x7 is never open. Give it openings, or write always_open = true",
        ),
        (
            "reference/business_calendars",
            "always_open = true",
            'always_open = true\nholiday_country = "DE"\nholiday_region = "Bavaria"',
            'calendar 24x7: the public holidays of the region "Bavaria" of DE are not known: known are BB',
        ),
        (
            "sample/customers",
            'code = "APOLLO"',
            'code = "APOLLO"\ncalendar = "office"',
            'customer APOLLO: there is no "office" in business_calendars. Known are 24x7',
        ),
        (
            "sample/equipment",
            '"HAMILTON"',
            '"HAMILTONE"',
            'unit VENT-ICU-001: there is no "HAMILTONE" in manufacturers',
        ),
        ("sample/equipment", 'site = "WARD-3"', 'site = "WARD-9"', "VENT-WRD-001: customers.toml has no site WARD-9"),
        ("sample/engineers", '"24x7"', '"25x7"', 'engineer ENG-008: there is no "25x7" in business_calendars'),
        (
            "reference/workflow_templates",
            '["onsite_repair"]',
            '["nowhere"]',
            "template standard_service can't work: .*needs nowhere",
        ),
        (
            "reference/workflow_templates",
            '"ManufacturerServiceWorkflow"',
            '"Workflow"',
            "template manufacturer_service, PHILIPS ct_scanner: workflow_type must be one of ServiceTicketWorkflow",
        ),
        (
            "reference/workflow_templates",
            'task = "parts_recommendation"',
            'task = "parts_recommendation", providers = ["oracle"]',
            'AI task parts_recommendation: there is no "oracle" in ai_providers',
        ),
        (
            "reference/workflow_templates",
            'task = "parts_recommendation", enabled = false',
            'task = "parts_recommendation"',
            "AI task parts_recommendation: nobody serves it. Leave it out, or write enabled = false",
        ),
    ],
)
async def test_a_wrong_file_is_named_with_record_and_remedy_and_changes_nothing(
    seeded_url: str, seeded: Any, seeds: Path, *, name: str, before: str, after: str, message: str
) -> None:
    was = await stamps(seeded)
    edit(seeds / f"{name}.toml", before, after)
    with pytest.raises(SeedError, match=message):
        await seed(seeded_url, sample=True, folder=seeds)
    assert await stamps(seeded) == was


@pytest.mark.parametrize("overwrite", [False, True])
async def test_a_stage_that_can_not_be_read_is_named(seeded_url: str, seeds: Path, *, overwrite: bool) -> None:
    edit(seeds / "reference/workflow_templates.toml", '"168 hours"', '"a week or so"')
    with pytest.raises(
        SeedError, match='stage manufacturer_visit: "a week or so" is not a valid length of time'
    ) as refused:
        await seed(seeded_url, overwrite=overwrite, folder=seeds)
    assert str(refused.value).startswith("workflow_templates.toml, template manufacturer_service")


async def test_a_value_that_the_table_refuses_is_named_by_whoever_would_write_it(
    seeded_url: str, seeded: Any, seeds: Path
) -> None:
    was = await stamps(seeded)
    edit(
        seeds / "reference/equipment_parts.toml",
        "reorder_level = 15\nunit_price = 78",
        "reorder_level = -1\nunit_price = 78",
    )
    with pytest.raises(
        SeedError, match=r"part VENT-TUBE-HF: .*\(equipment_parts_reorder_level_check\). Correct the record"
    ):
        await seed(seeded_url, overwrite=True, folder=seeds)
    assert await stamps(seeded) == was


async def test_a_file_that_is_not_there_is_named(seeded_url: str, seeds: Path) -> None:
    (seeds / "reference/ai_providers.toml").unlink()
    with pytest.raises(SeedError, match=re.escape("ai_providers.toml can't be read: No such file")):
        await seed(seeded_url, folder=seeds)


async def test_a_database_that_is_not_migrated_says_so(empty_url: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="fieldcare db migrate"):
        await seed(empty_url)


async def test_a_calendar_may_be_agreed_on_by_its_code(database_url: str, own_sql: Any, seeds: Path) -> None:
    for name, code in (
        ("sample/customers", 'code = "APOLLO"'),
        ("reference/service_configurations", 'code = "philips_ct"'),
        ("reference/workflow_templates", 'code = "standard_service"'),
    ):
        edit(seeds / f"{name}.toml", code, f'{code}\ncalendar = "weekdays_9_17"')

    await seed(database_url, sample=True, overwrite=True, folder=seeds)

    agreed = await own_sql.fetch("""
        SELECT code FROM (
            SELECT code, calendar_id FROM customers UNION ALL SELECT code, calendar_id FROM manufacturer_service_config
            UNION ALL SELECT DISTINCT code, calendar_id FROM workflow_templates
        ) AS agreements
        WHERE calendar_id = (SELECT id FROM business_calendars WHERE code = 'weekdays_9_17')
    """)
    assert {row["code"] for row in agreed} == {"APOLLO", "philips_ct", "standard_service"}


# -- what identifies ---------------------------------------------------------------------------------------------------


SERIAL = 'serial = "VENT-ICU-001"'


@pytest.mark.parametrize(
    ("file", "before", "after", "says"),
    [
        (
            "equipment",
            'model = "Hamilton-C6"',
            'model = "Hamilton\u200b-C6"',
            "model has a character that can't be seen",
        ),
        ("customers", 'name = "', 'name = "\u202e', "name has a character that can't be seen, U+202E"),
        ("customers", 'code = "', 'code = "\u00ad', "code has a character that can't be seen, U+00AD"),
        ("equipment", SERIAL, 'serial = "#N/A"', "an error of the spreadsheet"),
        ("equipment", SERIAL, 'serial = "VENT-ICU–001"', "is written 'VENT-ICU-001'. Write it so"),
        ("equipment", SERIAL, 'serial = "VЕNT-ICU-001"', "which looks like E"),
        ("equipment", SERIAL, 'serial = "vent-icu-002"', "in another spelling. Remove one"),
        ("equipment", SERIAL, 'serial = "vent-icu-001"', "is registered as VENT-ICU-001. Write it so"),
    ],
)
async def test_a_seed_that_names_nothing_or_something_else_is_refused(  # noqa: PLR0917 - a case and where it is tried
    seeded_url: str, seeds: Path, file: str, before: str, after: str, says: str
) -> None:
    edit(seeds / f"sample/{file}.toml", before, after)
    with pytest.raises(SeedError, match=re.escape(says)):
        await seed(seeded_url, sample=True, folder=seeds)
