"""`fieldcare dispatch`: from open tickets to a plan, and from a plan to tickets that have their engineers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text
from temporalio.testing import TimeSkipper

from activities.dispatch.reading import Pin
from models.contracts.commands import Cancel, StartTravel
from models.database import Database
from models.dispatch.plan import Engine, Outcome
from models.principals import Authentication, Grant, Principal
from models.settings import Settings
from models.sql_functions import SqlFunction
from models.vocabulary.accounts import AccountRole
from models.vocabulary.stages import StageOutcome
from starter.dispatching.applying import apply
from starter.dispatching.planning import Proposal, Wanted, propose, read_plan
from starter.embedded.stack import Stack
from starter.failures import BadInput, NotAllowed
from starter.services import Connection
from tests.clusters import TEMPLATE
from tests.databases import as_role, drop_database, make_database
from tests.factories import COORDINATOR, acting, assign, complete
from tests.field import Field, Ticket
from tests.starter.terminal import Environment, clean_environment, fieldcare
from worker import build_worker

REPAIR = "onsite_repair"


@pytest_asyncio.fixture(scope="module")
async def house(stack: Stack, postgres_url: str, skipper: TimeSkipper) -> AsyncIterator[tuple[Field, str]]:
    """A service of this file's own: a plan is about all open tickets of a database."""
    owner_url = await make_database(stack.addresses.database_url, "dispatching", TEMPLATE)
    url = as_role(owner_url, stack.addresses.workers_url)
    database, owner = Database(url), Database(owner_url)
    async with build_worker(skipper.client, database, Settings(), "dispatching"):
        yield Field(skipper, database, "dispatching", owner), url
    await database.aclose()
    await owner.aclose()
    await drop_database(stack.addresses.database_url, "dispatching")


@pytest.fixture
def field(house: tuple[Field, str]) -> Field:
    return house[0]


@pytest.fixture
def connection(field: Field) -> Connection:
    return Connection(field.client, field.database, timedelta(seconds=20))


async def on_site(field: Field, *, by: str = "ENG-004", keeps: bool = False) -> Ticket:
    """A ventilator in New York that waits for its repair, with an engineer on that or nobody."""
    opened = await field.report(key=f"test-{uuid4().hex[:12]}")
    ticket = Ticket(field, opened.ticket.workflow_id, opened.ticket.number)
    for stage in ("remote_diagnosis", "parts_identification"):
        await ticket.do(assign(by, stage=stage))
    await ticket.do(complete("remote_diagnosis", by=by))
    await ticket.do(complete("parts_identification", by=by, outcome=StageOutcome.NO_PARTS_NEEDED))
    if keeps:
        await ticket.do(assign(by, stage=REPAIR))
    await ticket.stored()
    return ticket


async def over(ticket: Ticket) -> None:
    """Out of the way of the other tests."""
    await ticket.do(Cancel(command_id=uuid4().hex, actor=COORDINATOR, reason="The test is over"))
    await ticket.stored()


def monday() -> datetime:
    """The Monday after next, noon in UTC: the shift in New York is about to begin."""
    now = datetime.now(UTC)
    return (now + timedelta(days=14 - now.weekday())).replace(hour=12, minute=0, second=0, microsecond=0)


def wanted(**said: Any) -> Wanted:
    return Wanted(**{"start": monday(), "horizon": timedelta(hours=24), "engine": Engine.GREEDY, **said})


def who_gets(proposal: Proposal) -> dict[str, str]:
    return {stop.visit: route.engineer for route, stop in proposal.planned.plan.stops()}


async def engineer_of(ticket: Ticket) -> str | None:
    (stage,) = [one for one in (await ticket.stored())["stages"] if one["stage_key"] == REPAIR]
    return next((one["engineer_code"] for one in stage["assignments"] if one["status"] == "active"), None)


async def test_open_visits_are_planned_kept_and_applied_once(field: Field, connection: Connection) -> None:
    ticket = await on_site(field)
    proposal = await propose(field.database, wanted(), by="t.coordinator")
    key = f"{ticket.number}:{REPAIR}"
    assert who_gets(proposal)[key] in ("ENG-004", "ENG-008")
    assert not proposal.planned.evaluation.violations
    assert await engineer_of(ticket) is None, "a plan changes nothing"

    kept = await read_plan(field.database, proposal.plan_id)
    assert (kept["made_by_code"], kept["engine"], kept["applied_at"]) == ("t.coordinator", "greedy", None)
    (visit,) = [one for one in kept["visits"] if one["number"] == ticket.number]
    assert visit["engineer"] == who_gets(proposal)[key]

    plan_id, applied = await apply(connection, proposal.plan_id, by="t.coordinator")
    assert plan_id == proposal.plan_id
    assert {one.outcome for one in applied if one.key == key} == {Outcome.APPLIED}
    assert await engineer_of(ticket) == who_gets(proposal)[key]

    _, again = await apply(connection, None, by="t.coordinator")
    assert {one.outcome for one in again} == {Outcome.APPLIED}
    facts = [one for one in await ticket.audit() if one["action"] == "engineer_assigned"]
    assert len(facts) == 3, "two by hand, one by the plan, and none when it is applied again"
    assert str(plan_id) in json.dumps(facts[-1], default=str)
    kept = await read_plan(field.database, None)
    assert kept["applied_by_code"] == "t.coordinator"
    assert {one["outcome"] for one in kept["visits"] if one["engineer"]} == {"applied"}
    await over(ticket)


async def test_what_has_changed_since_is_left_alone_and_said(field: Field, connection: Connection) -> None:
    given, finished, same = [await on_site(field) for _ in range(3)]
    proposal = await propose(field.database, wanted(), by="t.coordinator")
    planned = who_gets(proposal)
    other = "ENG-008" if planned[f"{given.number}:{REPAIR}"] == "ENG-004" else "ENG-004"
    await given.do(assign(other, stage=REPAIR))
    await given.stored()
    await finished.do(assign("ENG-008", stage=REPAIR))
    await finished.do(complete(REPAIR, by="ENG-008"))
    await finished.stored()
    _, applied = await apply(connection, proposal.plan_id, by="t.coordinator")
    found = {one.key: one for one in applied}
    assert found[f"{given.number}:{REPAIR}"].outcome is Outcome.SKIPPED
    assert found[f"{given.number}:{REPAIR}"].says == f"it was given to {other} since"
    assert found[f"{finished.number}:{REPAIR}"].outcome is Outcome.SKIPPED
    assert "not open any more" in found[f"{finished.number}:{REPAIR}"].says
    assert found[f"{same.number}:{REPAIR}"].outcome is Outcome.APPLIED
    assert await engineer_of(given) == other
    for ticket in (given, same):
        await over(ticket)
    await over(finished)


async def test_who_falls_ill_loses_visits_and_the_plan_says_why(field: Field, connection: Connection) -> None:
    ticket = await on_site(field, keeps=True)
    first = await propose(field.database, wanted(), by="t.coordinator")
    assert who_gets(first)[f"{ticket.number}:{REPAIR}"] == "ENG-004", "who has it keeps it"
    assert first.moves == []
    async with field.owner.session() as session:
        await (await session.connection()).execute(
            text(
                "INSERT INTO engineer_absences (engineer_id, starts_at, ends_at, reason) "
                "SELECT id, :starts, :ends, 'sick' FROM engineers WHERE code = 'ENG-004'"
            ),
            {"starts": monday() - timedelta(days=1), "ends": monday() + timedelta(days=2)},
        )
        await session.commit()
    _, applied = await apply(connection, first.plan_id, by="t.coordinator")
    assert [one.says for one in applied] == ["ENG-004 is not on duty then any more"]
    again = await propose(field.database, wanted(), by="t.coordinator", because="ENG-004 is ill")
    assert who_gets(again)[f"{ticket.number}:{REPAIR}"] == "ENG-008"
    assert [one.says for one in again.moves] == ["ENG-004 has no duty within the plan"]
    assert (await read_plan(field.database, again.plan_id))["because"] == "ENG-004 is ill"
    async with field.owner.session() as session:
        await (await session.connection()).execute(text("DELETE FROM engineer_absences WHERE reason = 'sick'"))
        await session.commit()
    await over(ticket)


async def test_a_part_that_lies_ready_holds_no_visit_up(field: Field) -> None:
    """What is ordered is waited for; what is kept in stock for the ticket lies there."""
    ticket = await on_site(field, keeps=True)
    (part,) = await field.rows(
        "SELECT p.part_number FROM equipment_parts AS p JOIN equipment_catalog AS t ON t.id = p.equipment_type_id "
        "WHERE t.code = 'ventilator' AND p.is_oem AND p.stock_quantity > 0 AND NOT p.discontinued "
        "AND p.manufacturer_id IS NULL ORDER BY p.part_number LIMIT 1"
    )
    said = json.dumps({"ticket": ticket.number, "part": part["part_number"], "quantity": 1})
    await field.owner.call(SqlFunction.CHANGE_STOCK, uuid4(), "reserve", said, "tests", "operator")
    (line,) = await field.rows(
        "SELECT r.status FROM ticket_parts_required AS r JOIN service_tickets AS t ON t.id = r.ticket_id "
        "WHERE t.number = :number",
        number=ticket.number,
    )
    proposal = await propose(field.database, wanted(), by="t.coordinator")
    assert line["status"] == "requested"
    assert f"{ticket.number}:{REPAIR}" in who_gets(proposal)
    await over(ticket)


async def test_a_pin_is_kept(field: Field) -> None:
    ticket = await on_site(field)
    at = monday() + timedelta(hours=5)
    proposal = await propose(
        field.database, wanted(pins={ticket.number.lower(): Pin("eng-008", at)}), by="t.coordinator"
    )
    ((route, stop),) = [one for one in proposal.planned.plan.stops() if one[1].visit == f"{ticket.number}:{REPAIR}"]
    assert route.engineer == "ENG-008"
    assert proposal.read.problem.at(stop.start) == at
    for pins, said in (
        ({"FC-2026-999999": Pin("ENG-004")}, "has no open visit on site"),
        ({ticket.number: Pin("NOBODY")}, "no active engineer NOBODY"),
    ):
        with pytest.raises(BadInput, match=said):
            await propose(field.database, wanted(pins=pins), by="t.coordinator")
    await over(ticket)


async def test_who_is_on_the_way_stays_there_and_is_free_afterwards(field: Field) -> None:
    ticket = await on_site(field, keeps=True)
    await ticket.do(StartTravel(command_id=uuid4().hex, actor=acting("ENG-004"), stage=REPAIR))
    await ticket.stored()
    proposal = await propose(field.database, wanted(), by="t.coordinator")
    assert f"{ticket.number}:{REPAIR}" not in who_gets(proposal)
    assert [one.number for one in proposal.read.under_way] == [ticket.number]
    await over(ticket)


async def test_plans_are_for_those_who_plan(field: Field, connection: Connection) -> None:
    nurse = Principal("t.nurse", "T", (Grant(AccountRole.HOSPITAL, customer="CITY-GENERAL"),), Authentication.TOKEN)
    field.database.principal = nurse
    try:
        for asked in (
            propose(field.database, wanted(), by="t.nurse"),
            read_plan(field.database, None),
            apply(connection, None, by="t.nurse"),
        ):
            with pytest.raises(NotAllowed):
                await asked
    finally:
        field.database.principal = None


async def test_bad_input_is_one_sentence(field: Field, connection: Connection) -> None:
    with pytest.raises(BadInput, match="at most 14 days ahead"):
        await propose(field.database, wanted(horizon=timedelta(days=15)), by="t")
    with pytest.raises(BadInput, match="There is no plan"):
        await read_plan(field.database, uuid4())
    old = await propose(field.database, wanted(start=datetime.now(UTC) - timedelta(days=3)), by="t")
    with pytest.raises(BadInput, match="is over"):
        await apply(connection, old.plan_id, by="t")


@pytest.fixture
def env(stack: Stack, house: tuple[Field, str], tmp_path: Path) -> Environment:
    return {
        **clean_environment(),
        "FIELDCARE_HOME": str(tmp_path / "home"),
        "FIELDCARE_DATABASE_URL": house[1],
        "TEMPORAL_ADDRESS": stack.addresses.temporal_address,
        "COLUMNS": "200",
    }


async def said(env: Environment, *arguments: str, code: int = 0) -> str:
    done = await asyncio.to_thread(fieldcare, env, *arguments)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code < 2 else done.stderr


async def test_the_command_shows_routes_reasons_and_what_it_has_applied(env: Environment, field: Field) -> None:
    ticket, never = await on_site(field), await on_site(field)
    asked = ("--from", monday().isoformat(), "--engine", "greedy")
    fixed = ("--pin", f"{never.number}=ENG-001")
    shown = await said(env, "dispatch", "plan", *asked, *fixed, "--explain")
    assert ticket.number in shown
    assert "Left out: 1" in shown
    assert "would be served by" in shown
    assert "if it were not fixed as it is" in shown
    assert "Cost in hours of travel" in shown
    document = json.loads(await said(env, "dispatch", "plan", *asked, "--apply", "--json"))
    assert {one["outcome"] for one in document["applied"]} == {"applied"}
    assert await engineer_of(ticket) is not None
    again = await said(env, "dispatch", "apply", document["plan_id"])
    assert "2 applied, 0 kept, 0 skipped" in again
    kept = await said(env, "dispatch", "show")
    assert document["plan_id"] in kept
    assert "applied" in kept
    for arguments, sentence in (
        (("plan", "--horizon", "soon"), "is not a duration"),
        (("plan", "--horizon", "20d"), "at most 14 days"),
        (("plan", "--pin", "ENG-004"), "pins nothing"),
        (("show", "yesterday"), "is not the id of a plan"),
    ):
        assert sentence in await said(env, "dispatch", *arguments, code=2)
    for one in (ticket, never):
        await over(one)
