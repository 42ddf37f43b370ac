"""From a report to a durable ticket: what is refused, and what the reporter is told when the world fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from pydantic import ValidationError
from temporalio.client import Client

from models.contracts.base import Actor
from models.contracts.intake import FaultReport
from models.contracts.tickets import TicketInput
from models.database import Database
from models.freezing import tzdata_version
from models.vocabulary import Priority, Role
from starter.cli.terminal.failing import in_terminal_words
from starter.client import TemporalUnavailable, connect, register_search_attributes
from starter.commands import CommandNotConfirmed, TicketCommands
from starter.embedded.stack import Stack
from starter.failures import NotConfirmed
from starter.freezing import ReportRefused
from starter.intake import Intake
from tests.clusters import TEMPLATE
from tests.databases import execute, make_database
from tests.factories import NURSE, hold
from tests.field import Field

pytestmark = pytest.mark.asyncio(loop_scope="session")


def report(unit: str = "VENT-ICU-001", key: str | None = None) -> FaultReport:
    return FaultReport(unit=unit, description="Alarm", priority=Priority.P2, reporter=NURSE, key=key)


async def numbers(url: str) -> tuple[int, bool]:
    """How far the numbers of tickets have come."""
    connection = await asyncpg.connect(url)
    row = await connection.fetchrow("SELECT last_value, is_called FROM ticket_numbers")
    await connection.close()
    return row["last_value"], row["is_called"]


@pytest_asyncio.fixture
async def intake(client: Client, database_url: str) -> AsyncIterator[Intake]:
    """Intake on a database of its own, and with no worker to confirm anything."""
    async with unserved(client, database_url) as made:
        yield made


@pytest_asyncio.fixture(scope="module")
async def seeded_url(stack: Stack, postgres_url: str) -> str:
    """A database that no test here changes."""
    return await make_database(stack.addresses.database_url, f"intake_{uuid4().hex}", TEMPLATE)


@pytest_asyncio.fixture
async def seeded_intake(client: Client, seeded_url: str) -> AsyncIterator[Intake]:
    """The same for reports that leave nothing behind: on a database that they share."""
    async with unserved(client, seeded_url) as made:
        yield made


@asynccontextmanager
async def unserved(client: Client, url: str) -> AsyncIterator[Intake]:
    """Intake on a queue of its own that nobody serves."""
    database = Database(url, pool_size=1)
    yield Intake(client, database, answer_within=timedelta(seconds=1), task_queue=f"nobody-{uuid4().hex[:6]}")
    await database.aclose()


async def test_the_unit_may_be_named_by_serial_udi_qr_token_or_id(field: Field) -> None:
    (unit,) = await field.rows("SELECT id, udi, qr_token FROM equipment_registry WHERE serial = 'VENT-ICU-001'")
    for name in (unit["udi"], unit["qr_token"], str(unit["id"]), "VENT-ICU-001"):
        assert (await field.report(name)).ticket.serial == "VENT-ICU-001"


@pytest.mark.parametrize(
    "name",
    [
        "vent-icu-001",
        "VENT‐ICU–001",
        "ＶＥＮＴ-ICU-001",
        "010952012340001911210103" + "21VENT-ICU-001",
        "]d20109520123400019" + "21VENT-ICU-001",
        "\x1d010952012340001910LOT7\x1d21VENT-ICU-001",
        "]C1010952012340001910LOT7<GS>21VENT-ICU-001",
        "]Q3010952012340001917300101" + "21VENT-ICU-001",
        "(01)09520123400019(21)VENT-ICU-001",
        "(21)VENT-ICU-001 (01)09520123400019",
        "https://id.gs1.org/01/09520123400019/21/VENT-ICU-001",
    ],
)
async def test_the_unit_is_found_by_what_was_scanned_and_whatever_the_spelling(field: Field, name: str) -> None:
    assert (await field.report(name)).ticket.serial == "VENT-ICU-001"


@pytest.mark.parametrize(
    ("unit", "says"),
    [
        ("VENT-ICU-OO1", r"no unit 'VENT-ICU-OO1'.*Did you mean VENT-ICU-001"),
        ("VЕNT-ICU-001", "Did you mean VENT-ICU-001"),
        ("Zebra 900", "Check the serial number, UDI or QR label.$"),
        ("0109520123400018" + "21VENT-ICU-001", "no unit"),
        (
            "]d20109520123400018" + "21VENT-ICU-001",
            "can't be read: the check digit of 09520123400018 is 8 and must be 9",
        ),
        ("]d20109520123400019", "names a model, not a unit: scan the one with the serial number"),
        ("(01)09520123400026(21)VENT-ICU-001", "no unit.*Did you mean VENT-ICU-001"),
    ],
)
async def test_a_near_miss_is_suggested_and_never_taken(seeded_intake: Intake, unit: str, says: str) -> None:
    with pytest.raises(ReportRefused, match=says):
        await seeded_intake.open(report(unit))


@pytest.mark.parametrize("hidden", ["\u200b", "\u202e", "\u00ad", "\ufeff", "\x07", "\x85", "\u2060"])
async def test_a_name_with_a_character_that_can_not_be_seen_is_refused(hidden: str) -> None:
    with pytest.raises(ValidationError, match=f"can't be seen, U\\+{ord(hidden):04X}"):
        report(f"VENT{hidden}-ICU-001")
    with pytest.raises(ValidationError, match="can't be seen"):
        FaultReport(
            unit="VENT-ICU-001",
            description="Alarm",
            priority=Priority.P2,
            reporter=Actor(code=f"nurse{hidden}.a", role=Role.HOSPITAL),
        )


REFUSED = {
    "unknown unit": ("", "VENT-404", None),
    "near miss": ("", "VENT-ICU-OO1", None),
    "bad key": ("", "VENT-ICU-001", "a b"),
    "key like a number": ("", "VENT-ICU-001", "fc-2026-000001"),
    "out of service": ("UPDATE equipment_registry SET status = 'decommissioned'", "VENT-ICU-001", None),
    "two units": (
        "UPDATE equipment_registry SET qr_token = 'VENT-ICU-001' WHERE serial = 'VENT-ICU-002'", "VENT-ICU-001", None
    ),
    "no template": ("UPDATE workflow_templates SET active = false", "VENT-ICU-001", None),
    "no service": ("UPDATE manufacturer_service_config SET active = false", "VENT-ICU-001", None),
    "workflow type": ("UPDATE workflow_templates SET workflow_type = 'NoSuchWorkflow'", "VENT-ICU-001", None),
    "a time zone that is none": (
        "ALTER TABLE customer_sites DISABLE TRIGGER check_time_zone;"
        "UPDATE customer_sites SET time_zone = 'Asia/almaty'",
        "VENT-ICU-001",
        None,
    ),
    "too far": (
        "UPDATE workflow_templates SET resolution_target = '9000 years'; DELETE FROM workflow_template_targets",
        "VENT-ICU-001",
        None,
    ),
    "a clock's name": (
        "UPDATE stage_configuration_templates SET key = 'arrival' WHERE key = 'completion_sign_off'",
        "VENT-ICU-001",
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "unit", "key"), REFUSED.values(), ids=REFUSED.keys())
async def test_a_report_that_is_refused_uses_up_no_number(
    intake: Intake, database_url: str, change: str, unit: str, key: str | None
) -> None:
    if change:
        await execute(database_url, change)
    before = await numbers(database_url)
    for _ in range(3):
        with pytest.raises(ReportRefused):
            await intake.open(report(unit, key))
    assert await numbers(database_url) == before


async def test_without_a_key_the_number_is_the_workflows_id_and_each_report_is_a_ticket(field: Field) -> None:
    first, second = await field.report(), await field.report()
    assert first.ticket.workflow_id == first.ticket.number
    assert first.ticket.number != second.ticket.number


async def test_an_unknown_unit_is_refused(seeded_intake: Intake) -> None:
    with pytest.raises(ReportRefused, match="no unit 'VENT-404' in the equipment registry"):
        await seeded_intake.open(report("VENT-404"))


@pytest.mark.parametrize("key", ["", " ", "-x", "ä", "a" * 101, "a b", "x\n"])
async def test_a_key_that_can_not_be_a_workflow_id_is_refused(seeded_intake: Intake, key: str) -> None:
    with pytest.raises(ReportRefused, match="can't be used"):
        await seeded_intake.open(report(key=key))


async def test_a_key_that_looks_like_a_number_is_refused(seeded_intake: Intake) -> None:
    with pytest.raises(ReportRefused, match="looks like a ticket number"):
        await seeded_intake.open(report(key="FC-2026-000001"))


async def test_a_unit_out_of_service_is_refused(intake: Intake, database_url: str) -> None:
    await execute(database_url, "UPDATE equipment_registry SET status = 'decommissioned' WHERE serial = 'VENT-ICU-001'")
    with pytest.raises(ReportRefused, match="decommissioned, not in service"):
        await intake.open(report())


async def test_an_unknown_workflow_type_is_refused_before_anything_starts(intake: Intake, database_url: str) -> None:
    await execute(database_url, "UPDATE workflow_templates SET workflow_type = 'NoSuchWorkflow'")
    with pytest.raises(ReportRefused, match="'NoSuchWorkflow', which this version does not have"):
        await intake.open(report())


async def test_a_target_that_nobody_can_tell_the_deadline_of_is_refused(intake: Intake, database_url: str) -> None:
    await execute(database_url, "UPDATE workflow_templates SET resolution_target = '9000 years'")
    await execute(database_url, "DELETE FROM workflow_template_targets")
    with pytest.raises(ReportRefused, match=r"is not usable for VENT-ICU-001: .* for resolution lies too far ahead"):
        await intake.open(report())


async def test_a_stage_that_is_called_as_a_clock_of_the_ticket_is_refused(intake: Intake, database_url: str) -> None:
    await execute(
        database_url,
        "UPDATE stage_configuration_templates SET key = 'arrival' WHERE key = 'completion_sign_off'",
    )
    with pytest.raises(ReportRefused, match="a stage can't have the key 'arrival'"):
        await intake.open(report())


@pytest.mark.parametrize("calendar", ["24x7", "weekdays_9_17"])
async def test_no_ticket_opens_where_the_site_has_no_time_zone_that_clocks_can_run_in(
    intake: Intake, database_url: str, calendar: str
) -> None:
    await execute(
        database_url,
        "UPDATE customers SET calendar_id = (SELECT id FROM business_calendars WHERE code = "  # noqa: S608 - two words
        f"'{calendar}'); ALTER TABLE customer_sites DISABLE TRIGGER check_time_zone; "
        "UPDATE customer_sites SET time_zone = 'Asia/almaty'",
    )
    with pytest.raises(
        ReportRefused,
        match=r"The site Intensive Care Unit of City General Hospital has a time zone .* \"Asia/almaty\" is not an "
        r"IANA time zone: write Asia/Almaty\. Correct customer_sites\.time_zone",
    ):
        await intake.open(report())


async def test_with_no_template_or_no_service_in_force_a_report_is_refused(intake: Intake, database_url: str) -> None:
    await execute(database_url, "UPDATE manufacturer_service_config SET active = false")
    with pytest.raises(ReportRefused, match="No service configuration is in force"):
        await intake.open(report())
    await execute(database_url, "UPDATE workflow_templates SET active = false")
    with pytest.raises(ReportRefused, match="No workflow template is in force"):
        await intake.open(report())


async def test_with_no_worker_the_ticket_is_safe_and_the_reporter_is_told_so(
    seeded_intake: Intake, client: Client
) -> None:
    key = f"patient-{uuid4().hex[:8]}"
    with pytest.raises(NotConfirmed, match=f"Temporal has ticket {key}.*It is not lost"):
        await seeded_intake.open(report(key=key))
    assert (await client.get_workflow_handle(key).describe()).id == key
    with pytest.raises(CommandNotConfirmed, match="applied only once"):
        await TicketCommands(client, answer_within=timedelta(seconds=1)).send(key, hold())


async def test_a_server_that_is_not_there_is_named_with_the_remedy() -> None:
    with pytest.raises(TemporalUnavailable, match=r"127\.0\.0\.1:1\b") as raised:
        await connect("127.0.0.1:1")
    assert "fieldcare up" in in_terminal_words(raised.value)


async def test_search_attributes_are_registered_once(client: Client) -> None:
    assert await register_search_attributes(client) == ()


async def test_an_edited_template_does_not_change_a_running_ticket(field: Field) -> None:
    ticket = await field.open()
    before = await ticket.status()
    async with field.owner.session() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("UPDATE stage_configuration_templates SET name = name || ' (edited)'")
    try:
        assert (await ticket.status()).stages == before.stages
        assert (await (await field.open()).status()).stages[0].name == "Remote Diagnosis (edited)"
    finally:
        async with field.owner.session() as session:
            connection = await session.connection()
            await connection.exec_driver_sql(
                "UPDATE stage_configuration_templates SET name = replace(name, ' (edited)', '')"
            )


async def test_the_ticket_is_started_with_the_calendar_that_was_agreed(
    intake: Intake, client: Client, database_url: str
) -> None:
    await execute(
        database_url,
        "UPDATE customers SET calendar_id = (SELECT id FROM business_calendars WHERE code = 'weekdays_9_17'); "
        "UPDATE business_calendars SET holiday_country = 'US' WHERE code = 'weekdays_9_17'",
    )
    key = f"agreed-{uuid4().hex[:8]}"
    with pytest.raises(NotConfirmed):
        await intake.open(report(key=key))
    started, *_ = (await client.get_workflow_handle(key).fetch_history()).events
    arguments = started.workflow_execution_started_event_attributes.input.payloads
    (ticket,) = await client.data_converter.decode(arguments, [TicketInput])
    assert (ticket.calendar.code, ticket.calendar.zone) == ("weekdays_9_17", "America/New_York")
    assert "Thanksgiving Day" in ticket.calendar.holiday_names
    assert ticket.calendar.tzdata == tzdata_version()
