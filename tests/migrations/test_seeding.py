"""Seeds: complete, repeatable, editable."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from migrations import seeding
from migrations.runner import migrate
from migrations.seeding import SeedError, seed
from models.database import DatabaseUnavailable
from models.identity import WORKFLOW_TYPES


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A copy of the seed files, to edit."""
    return Path(shutil.copytree(seeding.SEEDS, tmp_path / "seeds"))


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


async def stamps(sql: Any) -> Any:
    return await sql.fetch(
        " UNION ALL ".join(f"SELECT '{table}', id, updated_at, xmin::text FROM {table}" for table in TABLES)  # noqa: S608
    )


TABLES = (
    "manufacturers",
    "equipment_catalog",
    "manufacturer_service_config",
    "workflow_templates",
    "stage_configuration_templates",
    "engineers",
    "customers",
    "customer_sites",
    "equipment_registry",
)


async def test_seeding_twice_touches_no_row(database_url: str, own_sql: Any) -> None:
    before = await stamps(own_sql)
    report = await seed(database_url)
    assert report.changed == 0
    assert set(report.tables) == set(TABLES)
    assert sum(count.unchanged for count in report.tables.values()) == len(before)
    assert await stamps(own_sql) == before


async def test_what_is_seeded(sql: Any) -> None:
    counts = {table: await sql.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES}  # noqa: S608
    assert (counts["equipment_catalog"], counts["customers"], counts["equipment_registry"]) == (12, 3, 20)
    assert counts["engineers"] >= 8
    by_category = await sql.fetch(
        "SELECT category, count(*) FROM equipment_catalog GROUP BY category ORDER BY category"
    )
    assert [tuple(row) for row in by_category] == [
        ("imaging", 4),
        ("laboratory", 2),
        ("life_support", 4),
        ("surgical", 2),
    ]
    assert await sql.fetchval("SELECT count(DISTINCT equipment_type_id) FROM equipment_registry") == 12
    levels = await sql.fetchval("SELECT array_agg(DISTINCT support_level ORDER BY support_level) FROM engineers")
    assert levels == ["L1", "L2", "L3"]
    types = await sql.fetchval("SELECT array_agg(DISTINCT workflow_type) FROM workflow_templates")
    assert set(types) == set(WORKFLOW_TYPES)


async def test_seeded_udis_have_right_check_digits(sql: Any) -> None:
    for (udi,) in await sql.fetch("SELECT udi FROM equipment_registry"):
        found = re.fullmatch(r"\(01\)(\d{14})\(11\)\d{6}\(21\)[!-z]{1,20}", udi)
        assert found, udi
        digits = [int(digit) for digit in found[1]]
        assert sum(digit * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits)) % 10 == 0, udi


async def test_the_sample_data_can_be_left_out(empty_url: str) -> None:
    await migrate(empty_url)
    report = await seed(empty_url, sample=False)
    assert "manufacturers" in report.tables and "equipment_registry" not in report.tables


async def test_an_edited_file_updates_its_row_alone(database_url: str, own_sql: Any, seeds: Path) -> None:
    edit(seeds / "sample/engineers.toml", "Asha Nair", "Asha Nair-Rao")
    report = await seed(database_url, folder=seeds)
    assert (report.changed, report.tables["engineers"].updated) == (1, 1)
    assert await own_sql.fetchval("SELECT name FROM engineers WHERE code = 'ENG-001'") == "Asha Nair-Rao"


async def test_a_row_that_somebody_made_by_hand_is_taken_over(database_url: str, own_sql: Any, seeds: Path) -> None:
    made = await own_sql.fetchval("INSERT INTO manufacturers (code, name) VALUES ('ACME', 'Acme') RETURNING id")
    edit(
        seeds / "reference/manufacturers.toml",
        "manufacturer = [",
        'manufacturer = [\n{ code = "ACME", name = "Acme Inc" },',
    )
    report = await seed(database_url, folder=seeds)
    assert report.tables["manufacturers"].updated == 1
    assert await own_sql.fetchval("SELECT name FROM manufacturers WHERE id = $1", made) == "Acme Inc"


async def test_stages_may_change_places_and_go(database_url: str, own_sql: Any, seeds: Path) -> None:
    path = seeds / "reference/workflow_templates.toml"
    head, *stages = path.read_text().split("\n[[template.stages]]\n")
    diagnosis, identification, _procurement, repair, *rest = stages
    repair = repair.replace('["parts_procurement"]', '["remote_diagnosis"]')
    identification = identification.replace('["remote_diagnosis"]', '["onsite_repair"]')
    rest[0] = rest[0].replace('["onsite_repair"]', '["parts_identification"]')
    path.write_text("\n[[template.stages]]\n".join((head, diagnosis, repair, identification, *rest)))

    report = await seed(database_url, folder=seeds)

    assert report.tables["stage_configuration_templates"].removed == 1
    keys = await own_sql.fetchval(
        "SELECT array_agg(s.key ORDER BY s.position) FROM stage_configuration_templates s "
        "JOIN workflow_templates t ON t.id = s.template_id WHERE t.code = 'standard_service'"
    )
    assert keys == ["remote_diagnosis", "onsite_repair", "parts_identification", "completion_sign_off"]


@pytest.mark.parametrize(
    ("name", "before", "after", "message"),
    [
        ("reference/manufacturers", 'code = "ZOLL"', 'kode = "ZOLL"', "manufacturers has no column kode"),
        ("reference/manufacturers", 'code = "ZOLL", ', "", "a record of manufacturers lacks code"),
        ("reference/manufacturers", "manufacturer = [", "manufacturer = ", "manufacturers.toml is not valid TOML"),
        ("reference/equipment_catalog", '"surgical"', '"magical"', "do not fit the tables.*equipment_catalog_category"),
        ("sample/equipment", '"HAMILTON"', '"HAMILTONE"', "HAMILTONE in manufacturers"),
        ("reference/workflow_templates", '["onsite_repair"]', '["nowhere"]', "needs nowhere"),
    ],
)
async def test_a_wrong_file_is_named_and_changes_nothing(
    database_url: str, own_sql: Any, seeds: Path, *, name: str, before: str, after: str, message: str
) -> None:
    was = await stamps(own_sql)
    edit(seeds / f"{name}.toml", before, after)
    with pytest.raises(SeedError, match=message):
        await seed(database_url, folder=seeds)
    assert await stamps(own_sql) == was


async def test_a_database_that_is_not_migrated_says_so(empty_url: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="fieldcare db migrate"):
        await seed(empty_url)
