"""A registry comes in whole or not at all, and the account of it adds up."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from models.database import Database, DatabaseRefused
from models.sql_functions import SqlFunction
from starter.embedded.stack import Stack
from starter.importing.equipment import kept
from starter.importing.equipment.fields import EquipmentMapping
from starter.importing.equipment.parties import MayCreate, read_known
from starter.importing.equipment.registry import RegistryImport, Rules
from starter.importing.equipment.report import Report
from starter.importing.equipment.rows import Reason, UnitReader
from starter.importing.records import Record, Rejected
from tests.databases import drop_database, make_database
from tests.starter.terminal import clean_environment, fieldcare

TODAY = date(2026, 3, 1)
COUNTS = """
    SELECT (SELECT count(*) FROM equipment_registry), (SELECT count(*) FROM customers),
        (SELECT count(*) FROM manufacturers)
"""
UNITS = """
    SELECT e.serial, t.code AS type, m.code AS maker, e.model, c.code AS customer, s.code AS site, s.time_zone,
        e.installed_context AS context, e.udi, e.installed_on, e.status
    FROM equipment_registry AS e
    JOIN equipment_catalog AS t ON t.id = e.equipment_type_id
    JOIN manufacturers AS m ON m.id = e.manufacturer_id
    JOIN customers AS c ON c.id = e.customer_id
    JOIN customer_sites AS s ON s.id = e.site_id
    WHERE e.serial = ANY ($1)
    ORDER BY e.serial
"""


@dataclass
class Heard:
    """What an import said; `stop_at` units it breaks down."""

    rejects: list[Rejected] = field(default_factory=list)
    stop_at: int | None = None

    def rejected(self, reject: Rejected) -> None:
        self.rejects.append(reject)

    def reading(self, report: Report) -> None:
        pass

    def storing(self, done: int, units: int) -> None:
        assert done <= units
        if self.stop_at is not None and done >= self.stop_at:
            raise KeyboardInterrupt


@pytest_asyncio.fixture(scope="module")
async def url(stack: Stack, postgres_url: str) -> AsyncIterator[str]:
    """A database that these tests share; each brings in units of its own."""
    name = f"equipment_{uuid4().hex}"
    yield await make_database(stack.addresses.database_url, name, postgres_url.rsplit("/", 1)[1].split("?", 1)[0])
    await drop_database(stack.addresses.database_url, name)


@pytest_asyncio.fixture(scope="module")
async def database(url: str) -> AsyncIterator[Database]:
    opened = Database(url, pool_size=2)
    yield opened
    await opened.aclose()


@pytest_asyncio.fixture(scope="module")
async def sql(url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(url)
    await connection.execute("UPDATE manufacturers SET synonyms = '{Draegerwerk}' WHERE code = 'DRAEGER'")
    await connection.execute("UPDATE equipment_catalog SET product_codes = '{CBK}' WHERE code = 'ventilator'")
    yield connection
    await connection.close()


def row(serial: str, **changed: object) -> dict[str, object]:
    return {
        "serial": serial,
        "type": "Ventilator",
        "manufacturer": "Drägerwerk AG",
        "model": "Evita V800",
        "customer": "apollo",
        "site": "Intensive Care Unit",
        "context": "Intensive care",
        **changed,
    }


async def bring_in(
    database: Database,
    rows: Sequence[dict[str, object]],
    rules: Rules | None = None,
    may_create: MayCreate | None = None,
    heard: Heard | None = None,
) -> Report:
    known = await read_known(database, may_create)
    reader = UnitReader(EquipmentMapping.parse(), known.types, known.parties, today=TODAY)
    registry = RegistryImport(database, reader, rules or Rules("clerk"), heard or Heard())
    return await registry.run([Record(line, values) for line, values in enumerate(rows, 2)])


def account(report: Report) -> tuple[int, int, int, int, int]:
    assert report.rows == report.new + report.updated + report.unchanged + report.repeated + report.rejected
    return report.new, report.updated, report.unchanged, report.repeated, report.rejected


async def test_new_units_come_in_with_all_that_they_have(database: Database, sql: Any) -> None:
    rows = [
        row("N-1", udi="09504000059118", installed_on="2024-05-06"),
        row("N-2", type="CBK", manufacturer="draeger"),
    ]

    report = await bring_in(database, rows)

    assert report.written
    assert account(report) == (2, 0, 0, 0, 0)
    first, second = [dict(one) for one in await sql.fetch(UNITS, ["N-1", "N-2"])]
    assert first == {
        "serial": "N-1",
        "type": "ventilator",
        "maker": "DRAEGER",
        "model": "Evita V800",
        "customer": "APOLLO",
        "site": "ICU",
        "time_zone": "Asia/Kolkata",
        "context": "icu",
        "udi": "(01)09504000059118(21)N-1",
        "installed_on": date(2024, 5, 6),
        "status": "active",
    }
    assert (second["type"], second["maker"], second["udi"], second["installed_on"]) == (
        "ventilator",
        "DRAEGER",
        None,
        None,
    )


async def test_run_again_it_changes_nothing_and_a_changed_row_changes_its_unit(database: Database, sql: Any) -> None:
    rows = [row(f"A-{n}", udi=f"(01)09504000059118(21)A-{n}", installed_on="2024-05-06") for n in (1, 2, 3)]
    await bring_in(database, rows)
    await sql.execute("UPDATE equipment_registry SET status = 'decommissioned' WHERE serial = 'A-3'")
    stamps = "SELECT updated_at FROM equipment_registry WHERE serial = 'A-1'"
    before = await sql.fetchval(stamps)

    again = await bring_in(database, rows)
    changed = await bring_in(
        database, [rows[0], row("A-2", model="Evita 4", site="WARD-1", context="ward"), row("A-3", model="Evita 4")]
    )

    assert account(again) == (0, 0, 3, 0, 0)
    assert account(changed) == (0, 2, 1, 0, 0)
    assert changed.changed == {"model": 2, "site": 1, "context": 1}
    assert changed.decommissioned == 1
    assert await sql.fetchval(stamps) == before
    second, third = await sql.fetch(UNITS, ["A-2", "A-3"])
    assert (second["model"], second["site"], second["context"]) == ("Evita 4", "WARD-1", "ward")
    assert second["udi"] == "(01)09504000059118(21)A-2", "what a row leaves empty stays"
    assert second["installed_on"] == date(2024, 5, 6)
    assert third["status"] == "decommissioned", "the status is not the registry file's business"


async def test_one_bad_row_keeps_all_out_unless_it_may_be_skipped(database: Database, sql: Any) -> None:
    rows = [row("B-1"), row("B-2", type="Vntilator"), row("B-3", type="Vntilator")]
    heard = Heard()

    kept_out = await bring_in(database, rows, heard=heard)
    none = await sql.fetch(UNITS, ["B-1", "B-2"])
    skipped = await bring_in(database, rows, Rules("clerk", skip_rejected=True))

    assert (kept_out.written, none) == (False, [])
    assert account(kept_out) == (1, 0, 0, 0, 2)
    assert [reject.line for reject in heard.rejects] == [3, 4]
    assert kept_out.by_reason == {Reason.TYPE: 2}
    (lost,) = kept_out.not_placed
    assert (lost.field, lost.value, lost.rows, lost.nearest[0]) == ("type", "Vntilator", 2, "Ventilator")
    assert skipped.written
    assert [one["serial"] for one in await sql.fetch(UNITS, ["B-1", "B-2", "B-3"])] == ["B-1"]


async def test_a_dry_run_says_the_same_and_writes_nothing(database: Database, sql: Any) -> None:
    may_create = MayCreate(manufacturers=True, customers=True, time_zone="Asia/Kolkata")
    rows = [row("C-1", manufacturer="Acme Inc.", customer="Dry Clinic", site="ICU"), row("VENT-ICU-002", model="V800")]
    before = await sql.fetchrow(COUNTS)

    report = await bring_in(database, rows, Rules("clerk", dry_run=True), may_create)

    assert account(report) == (1, 1, 0, 0, 0)
    assert (report.written, list(report.created.customers)) == (False, ["DRY-CLINIC"])
    assert await sql.fetchrow(COUNTS) == before


async def test_an_import_that_breaks_down_leaves_nothing(
    database: Database, sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "BATCH", 2)
    may_create = MayCreate(manufacturers=True)
    rows = [row(f"D-{n}", manufacturer="Breakdown Makers") for n in range(5)]
    before = await sql.fetchrow(COUNTS)

    with pytest.raises(KeyboardInterrupt):
        await bring_in(database, rows, may_create=may_create, heard=Heard(stop_at=4))
    after = await sql.fetchrow(COUNTS)
    report = await bring_in(database, rows, may_create=may_create)

    assert after == before
    assert account(report) == (5, 0, 0, 0, 0)


async def test_a_unit_that_stands_twice_is_repeated_or_refused(database: Database, sql: Any) -> None:
    heard = Heard()
    rows = [
        row("E-1", udi="(01)09504000059118(21)e1"),
        row("E-1", udi="(01)09504000059118(21)e1", manufacturer="Dräger", customer="Apollo Hospital"),
        row("E-1", model="Another"),
        row("e 1", udi="(01)09504000059118(21)e1"),
    ]

    report = await bring_in(database, rows, Rules("clerk", skip_rejected=True), heard=heard)

    assert account(report) == (1, 0, 0, 1, 2)
    assert report.by_reason == {Reason.SERIAL_TWICE: 1, Reason.UDI_TWICE: 1}
    assert "stands in line 2 with other content" in heard.rejects[0].reason
    assert "stands in line 2 for another unit" in heard.rejects[1].reason


async def test_one_unit_that_is_written_in_many_ways_is_one_and_each_spelling_is_named(
    database: Database, sql: Any
) -> None:
    heard = Heard()
    serials = [
        "АВС-100",
        "ABC-100",
        "ABC‐100",
        "ABC–100",
        "ＡＢＣ-100",
        "abc-100",
        "ABC-1OO",
        "AB\u200bC-100",
        "ABC\u00a0-100",
    ]

    report = await bring_in(database, [row(one) for one in serials], Rules("clerk", skip_rejected=True), heard=heard)
    again = await bring_in(
        database, [row("aBc-100", model="Evita 4"), row("ABC1O0"), row("АВС-100")], Rules("clerk", dry_run=True)
    )

    assert account(report) == (3, 0, 0, 4, 2)
    assert [one.line for one in heard.rejects] == [2, 9]
    assert {one["serial"] for one in await sql.fetch(UNITS, serials)} == {"ABC-100", "ABC-1OO"}
    told = {one.line: (one.other, one.other_line, one.same_unit) for one in report.resembling.values()}
    assert told == {
        4: ("ABC-100", 3, True),
        5: ("ABC-100", 3, True),
        6: ("ABC-100", 3, True),
        7: ("ABC-100", 3, True),
        8: ("ABC-100", 3, False),
        10: ("ABC-100", 3, False),
    }
    assert account(again) == (1, 1, 0, 0, 1)
    first, second = again.resembling[2], again.resembling[3]
    assert (first.serial, first.other, first.other_line, first.same_unit) == ("aBc-100", "ABC-100", None, True)
    assert (second.serial, second.other_line, second.same_unit) == ("ABC1O0", 2, False)
    assert list(again.on_spelling(9))[:1] == [
        "Same unit: 'aBc-100' in line 2 is ABC-100 (registered), written otherwise"
    ]


async def test_a_unit_in_another_spelling_keeps_what_the_registry_calls_it(database: Database, sql: Any) -> None:
    udi = "(01)09504000059118(21)SPELL-1"
    await bring_in(database, [row("SPELL-1", udi=udi)])

    report = await bring_in(database, [row("spell-1", udi="09504000059118", site="WARD-1", context="ward")])

    assert account(report) == (0, 1, 0, 0, 0)
    assert dict(report.changed) == {"site": 1, "context": 1}
    (unit,) = await sql.fetch("SELECT serial, udi FROM equipment_registry WHERE lower(serial) = 'spell-1'")
    assert (unit["serial"], unit["udi"]) == ("SPELL-1", udi)
    other = Heard()
    await bring_in(database, [row("spell-1", type="CT Scanner", manufacturer="Philips", model="X")], heard=other)
    assert "is registered as SPELL-1, Dräger Evita V800 (Ventilator)" in other.rejects[0].reason


async def test_zeros_that_a_spreadsheet_took_away_are_noticed(database: Database) -> None:
    await bring_in(database, [row("0077123")])
    report = await bring_in(database, [row("77123")], Rules("clerk", dry_run=True))
    assert list(report.on_spelling(9)) == [
        "Looks alike: '77123' in line 2 resembles 0077123 (registered); another unit"
    ]


async def test_models_that_are_easily_confused_are_named(database: Database) -> None:
    rows = [row("M-1", model="Savina 3OO"), row("M-2", model="SAVINA 300"), row("M-3", model="Savina 3OO")]
    report = await bring_in(database, rows, Rules("clerk", dry_run=True))
    assert list(report.on_spelling(9)) == ["Looks alike: the model 'SAVINA 300' of DRAEGER resembles Savina 3OO"]


async def test_what_contradicts_the_registry_is_refused_with_what_it_has(database: Database, sql: Any) -> None:
    heard = Heard()
    await bring_in(database, [row("F-1"), row("F-2", udi="(01)09504000059118(21)F-2"), row("F-3")])
    await sql.execute("UPDATE equipment_registry SET warranty_until = '2024-01-31' WHERE serial = 'F-3'")
    rows = [
        row("F-1", type="CT Scanner", manufacturer="Philips", model="Incisive"),
        row("F 2", udi="(01)09504000059118(21)F-2"),
        row("F-3", installed_on="2024-02-01"),
    ]

    report = await bring_in(database, rows, heard=heard)

    assert (report.written, account(report)) == (False, (0, 0, 0, 0, 3))
    assert "registered as Dräger Evita V800 (Ventilator)" in heard.rejects[0].reason
    assert "registered for the unit F-2" in heard.rejects[1].reason
    assert "on 2024-01-31" in heard.rejects[2].reason
    assert heard.rejects[2].values == rows[2]

    corrected = await bring_in(database, rows[:1], Rules("clerk", overwrite=True))
    (unit,) = await sql.fetch(UNITS, ["F-1"])
    assert account(corrected) == (0, 1, 0, 0, 0)
    assert (unit["type"], unit["maker"], unit["model"]) == ("ct_scanner", "PHILIPS", "Incisive")


async def test_customers_and_makers_come_in_with_their_units(database: Database, sql: Any) -> None:
    may_create = MayCreate(manufacturers=True, customers=True, sites=True, time_zone="Europe/Berlin")
    new = {"customer": "Charité GmbH", "site": "Station 1", "manufacturer": "Löwenstein Medical"}
    rows = [
        row("G-1", **new),
        row("G-2", **(new | {"customer": "CHARITE"})),
        row("G-3", site="Dialysis"),
        row("G-4", customer="Nobody's", site="ICU", context="Kitchen"),
    ]

    report = await bring_in(database, rows, Rules("clerk", skip_rejected=True), may_create)

    assert account(report) == (3, 0, 0, 0, 1)
    assert list(report.created.customers) == ["CHARITE"], "a customer that only a rejected row names is not created"
    units = await sql.fetch(UNITS, ["G-1", "G-2", "G-3"])
    assert [(one["maker"], one["customer"], one["site"], one["time_zone"]) for one in units] == [
        ("LOEWENSTEIN-MEDICAL", "CHARITE", "STATION-1", "Europe/Berlin"),
        ("LOEWENSTEIN-MEDICAL", "CHARITE", "STATION-1", "Europe/Berlin"),
        ("DRAEGER", "APOLLO", "DIALYSIS", "Europe/Berlin"),
    ]


async def test_the_database_knows_who_imported(database: Database) -> None:
    async with database.transaction() as transaction:
        await transaction.rows(SqlFunction.IMPORT_EQUIPMENT, "[]", "clerk", True, False)
        settings = "SELECT current_setting('fieldcare.actor_code'), current_setting('fieldcare.actor_role')"
        assert tuple(await transaction._driver.fetchrow(settings)) == ("clerk", "operator")


async def test_a_transaction_takes_effect_whole_or_not_at_all(database: Database, sql: Any) -> None:
    parties = json.dumps({"manufacturers": [{"code": "TWICE", "name": "Twice"}], "customers": [], "sites": []})
    with pytest.raises(DatabaseRefused):
        async with database.transaction() as transaction:
            assert await transaction.call(SqlFunction.IMPORT_REGISTRY_PARTIES, parties, "clerk") == 1
            await transaction.call(SqlFunction.IMPORT_REGISTRY_PARTIES, parties, "clerk")
    assert await sql.fetchval("SELECT count(*) FROM manufacturers WHERE code = 'TWICE'") == 0


def test_the_command_imports_a_file_and_tells_of_its_rejects(url: str, tmp_path: Path) -> None:
    env = {**clean_environment(), "FIELDCARE_DATABASE_URL": url}
    file, rejects = tmp_path / "registry.csv", tmp_path / "rejects.jsonl"
    file.write_text(
        "S/N;Device;Make;Model;UDI;Install date\n"
        "H-1;ventilators;Hamilton Medical AG;C6;9504000059118;06.05.2024\n"
        "H-2;ventilators;Hamilton Medical AG;C6;9504000059119;06.05.2024\n",
        encoding="utf-8",
    )
    options = (
        *("--set", "customer=Apollo", "--set", "site=ICU", "--set", "context=ICU"),
        *("--date-format", "%d.%m.%Y", "--skip-rejected", "--rejects", str(rejects)),
    )

    unclear = fieldcare(env, "db", "import-equipment", str(file))
    done = fieldcare(env, "db", "import-equipment", str(file), *options)
    again = fieldcare(env, "db", "import-equipment", str(file), *options, "--force", "--json")

    assert unclear.returncode == 2
    assert "No column gives the customer, the site, the context" in unclear.stderr
    assert done.returncode == 1
    assert "line 3: the UDI can't be taken: the check digit of 09504000059119 is 9 and must be 8" in done.stderr
    assert "The good rows are imported, the rejected ones not." in done.stdout
    document = json.loads(again.stdout)
    assert (document["unchanged"], document["rejected_by_reason"], document["written"]) == (1, {"udi": 1}, True)
    (rejected,) = [json.loads(line) for line in rejects.read_text(encoding="utf-8").splitlines()]
    assert (rejected["line"], rejected["record"]["S/N"]) == (3, "H-2")
