"""Whoever has come in acts as themselves, sees what is theirs, and is told of nothing else that it is there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from itertools import product
from uuid import uuid4

import pytest
import pytest_asyncio
from pydantic import SecretStr

from models.access import Action, Allowed, may
from models.contracts.base import Actor
from models.contracts.commands import AssignEngineer
from models.contracts.intake import FaultReport
from models.database import Database, DatabaseUnavailable
from models.principals import Authentication, Grant, Principal, Whose
from models.settings import Settings
from models.sql_functions import SqlFunction
from models.vocabulary.accounts import AccountRole
from models.vocabulary.people import Role
from models.vocabulary.tickets import Priority
from starter import acting
from starter.accounts.gate import guard, scope_in
from starter.answers import CommandRefused, UnknownTicket
from starter.failures import NotAllowed
from starter.freezing import ReportRefused
from starter.reading.finding import ticket_id
from starter.reading.tickets import look_at, read_ticket
from starter.services import Connection, connected
from tests.factories import NURSE, command_id, complete, hold, skip
from tests.field import Field, Ticket

GRANTS = {
    "nurse": Grant(AccountRole.HOSPITAL, customer="CITY-GENERAL"),
    "nurse of nowhere": Grant(AccountRole.HOSPITAL, customer="CITY-GENERAL", site="NOWHERE"),
    "nurse elsewhere": Grant(AccountRole.HOSPITAL, customer="AIIMS"),
    "engineer": Grant(AccountRole.ENGINEER, engineer="ENG-004"),
    "another engineer": Grant(AccountRole.ENGINEER, engineer="ENG-002"),
    "desk": Grant(AccountRole.MANUFACTURER, manufacturer="HAMILTON"),
    "another desk": Grant(AccountRole.MANUFACTURER, manufacturer="GE"),
    "coordinator": Grant(AccountRole.COORDINATOR),
    "clerk": Grant(AccountRole.PARTS_CLERK),
    "manager": Grant(AccountRole.MANAGER),
    "administrator": Grant(AccountRole.ADMINISTRATOR),
}
BY_CODE = acting.Said(role=False)
"""Nobody said in which capacity."""

SomebodyIs = Callable[..., Connection]


@pytest_asyncio.fixture(scope="module")
async def asked_for(field: Field, service_url: str) -> AsyncIterator[SomebodyIs]:
    """The service, as somebody of these roles has it."""
    opened: list[Database] = []

    def somebody(*who: str, code: str = "somebody") -> Connection:
        database = Database(service_url, pool_size=2)
        opened.append(database)
        database.principal = Principal(code, code, tuple(GRANTS[one] for one in who), Authentication.LOGIN)
        return Connection(field.client, database, timedelta(seconds=30))

    yield somebody
    for one in opened:
        await one.aclose()


@pytest_asyncio.fixture(scope="module")
async def taken(field: Field) -> Ticket:
    """A Hamilton ventilator of the City General, with an engineer on it."""
    return await field.open(engineer="ENG-004")


@pytest_asyncio.fixture(scope="module")
async def free(field: Field) -> Ticket:
    """The same, and nobody is on it."""
    return await field.open(engineer=None)


async def listed(database: Database, ticket: Ticket) -> bool:
    rows = await database.rows(
        SqlFunction.LIST_TICKETS, None, None, None, None, 1000, None, scope_in(database, Action.LIST)
    )
    return ticket.number in {row["number"] for row in rows}


@pytest.mark.parametrize(("who", "which"), list(product(GRANTS, ["taken", "free"])))
async def test_lists_and_tickets_say_what_the_policy_says(
    asked_for: SomebodyIs, who: str, which: str, taken: Ticket, free: Ticket
) -> None:
    """SQL finds out whose a ticket is, and leaves the others out; Python decides: both agree."""
    ticket = taken if which == "taken" else free
    database = asked_for(who).database
    whose = Whose(
        "CITY-GENERAL",
        "ICU",
        "HAMILTON",
        frozenset({"ENG-004"} if which == "taken" else ()),
        is_free=which == "free",
    )
    found = json.loads(await database.call(SqlFunction.TICKET_ACCESS, ticket.number))
    assert found.pop("site")
    assert found == {
        "customer": whose.customer,
        "manufacturer": whose.manufacturer,
        "engineers": sorted(whose.engineers),
        "is_free": whose.is_free,
    }
    assert database.principal is not None
    sees = isinstance(may(database.principal, Action.READ, whose), Allowed)
    assert await listed(database, ticket) == sees
    for look in (read_ticket, ticket_id):
        if sees:
            assert await look(database, ticket.number)
            continue
        with pytest.raises((UnknownTicket, NotAllowed)):
            await look(database, ticket.number)


async def test_a_foreign_ticket_is_told_to_be_none_in_the_same_words(asked_for: SomebodyIs, taken: Ticket) -> None:
    stranger = asked_for("nurse elsewhere")
    said = []
    for name in (taken.number, "FC-2026-999999"):
        tries = (
            acting.act(stranger, name, hold(), print),
            acting.act(stranger, name, skip("onsite_repair"), print),
            acting.complete_stage(stranger, name, "onsite_repair", lambda _: complete("onsite_repair"), print),
            acting.signal_completion(stranger, name, "onsite_repair", lambda _: complete("onsite_repair"), print),
            acting.change_contract(stranger, name, pytest.fail, print),
            read_ticket(stranger.database, name),
            guard(stranger.database, Action.LEDGER, name),
        )
        for one in tries:
            with pytest.raises(UnknownTicket) as refused:
                await one
            said.append((refused.value.code, str(refused.value).replace(name, "…")))
    assert len(set(said)) == 1
    assert {one["command_id"] for one in (await taken.stored())["timeline"]} & {"hold", "skip"} == set()


async def test_what_one_sees_and_may_not_do_is_refused_in_words_and_changes_nothing(
    asked_for: SomebodyIs, taken: Ticket
) -> None:
    before = len((await taken.stored())["timeline"])
    with pytest.raises(NotAllowed, match=r"may not skip stage\. It takes"):
        await acting.act(asked_for("nurse"), taken.number, skip("onsite_repair"), print)
    with pytest.raises(NotAllowed, match="may not hold"):
        await acting.act(asked_for("manager"), taken.number, hold(), print)
    assert len((await taken.stored())["timeline"]) == before


async def test_a_desk_completes_no_visit_to_a_unit_of_another_make(asked_for: SomebodyIs, field: Field) -> None:
    ticket = await field.open(engineer=None)
    with pytest.raises(UnknownTicket):
        await acting.act(asked_for("another desk"), ticket.number, complete("remote_diagnosis"), print)
    with pytest.raises(CommandRefused):  # its own: the policy lets it through, and the ticket has the last word
        await acting.act(asked_for("desk"), ticket.number, complete("remote_diagnosis"), print, said=BY_CODE)


async def test_whoever_came_in_is_who_it_was_whatever_the_command_says(asked_for: SomebodyIs, field: Field) -> None:
    ticket = await field.open(engineer="ENG-004")
    forged = hold().model_copy(update={"actor": Actor(code="chief", role=Role.COORDINATOR)})
    await acting.act(asked_for("nurse", code="nina"), ticket.number, forged, print, said=BY_CODE)
    work = complete("remote_diagnosis", by="ENG-001")
    resume = forged.model_copy(update={"command_id": command_id(), "actor": Actor(code="nina", role=Role.HOSPITAL)})
    with pytest.raises(NotAllowed, match="does not act as coordinator"):
        await acting.act(asked_for("nurse", code="nina"), ticket.number, forged, print)
    await acting.act(asked_for("nurse", code="nina"), ticket.number, resume, print)
    entries = {one["command_id"]: one for one in (await ticket.stored())["timeline"] if one["command_id"]}
    first, second = entries[forged.command_id], entries[resume.command_id]
    assert (first["actor_code"], first["actor_role"]) == ("nina", "hospital")
    assert first["new_value"]["actor"] == {"code": "nina", "role": "hospital", "on_behalf_of": "chief"}
    assert second["new_value"]["actor"] == {"code": "nina", "role": "hospital"}
    record = await read_ticket(field.database, ticket.number)
    assert "nina for chief" in {one.who for one in record.timeline}
    with pytest.raises(CommandRefused, match="on hold"):  # as ENG-004, whom the stage is of: not as ENG-001
        await acting.act(asked_for("engineer"), ticket.number, work, print)


async def test_an_engineer_takes_what_nobody_is_on_and_puts_nobody_else_there(
    asked_for: SomebodyIs, field: Field
) -> None:
    ticket = await field.open(engineer=None)
    me, other = asked_for("engineer"), asked_for("another engineer")

    def onto(code: str) -> AssignEngineer:
        actor = Actor(code="whoever", role=Role.COORDINATOR)
        return AssignEngineer(command_id=command_id(), actor=actor, engineer_code=code)

    with pytest.raises(NotAllowed, match="may not assign engineer on this ticket"):
        await acting.act(me, ticket.number, onto("ENG-002"), print, said=BY_CODE)
    assert await listed(other.database, ticket)
    await acting.act(me, ticket.number, onto("eng-004".upper()), print, said=BY_CODE)
    entry = next(one for one in (await ticket.stored())["timeline"] if one["action"] == "engineer_assigned")
    assert (entry["actor_code"], entry["actor_role"]) == ("ENG-004", "engineer")
    assert not await listed(other.database, ticket)
    with pytest.raises(UnknownTicket):
        await acting.act(other, ticket.number, onto("ENG-002"), print, said=BY_CODE)


def fault(unit: str = "VENT-ICU-001", key: str | None = None) -> FaultReport:
    return FaultReport(unit=unit, description="Alarm", priority=Priority.P3, reporter=NURSE, key=key)


async def test_a_fault_is_reported_by_whoever_came_in_and_of_their_units_alone(
    asked_for: SomebodyIs, field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("starter.intake.TICKETS_QUEUE", field.task_queue)
    said = set()
    for unit in ("VENT-ICU-001", "VENT-ICU-XXX"):
        with pytest.raises(ReportRefused) as refused:
            await acting.report(asked_for("nurse elsewhere"), fault(unit))
        said.add(str(refused.value).replace(unit, "…"))
    assert len(said) == 1
    assert "did you mean" not in said.pop().lower()
    with pytest.raises(NotAllowed, match="may not report a fault"):
        await acting.report(asked_for("manager", "clerk"), fault())


async def test_a_key_of_somebody_elses_ticket_opens_nothing_and_tells_nothing(
    asked_for: SomebodyIs, field: Field
) -> None:
    key = f"key-{uuid4().hex[:12]}"
    theirs = await field.report("VENT-ICU-001", key=key)
    mine = next(
        row["serial"]
        for row in await field.rows(
            "SELECT e.serial FROM equipment_registry e JOIN customers c ON c.id = e.customer_id "
            "WHERE c.code = 'AIIMS' AND e.status <> 'decommissioned' ORDER BY e.serial"
        )
    )
    with pytest.raises(ReportRefused) as refused:
        await acting.report(asked_for("nurse elsewhere"), fault(mine, key))
    assert str(refused.value) == f"The key {key} is taken. Use another."
    assert theirs.ticket.number not in str(refused.value)


async def test_while_the_database_is_away_nobody_who_signed_in_is_taken_for_the_operator(taken: Ticket) -> None:
    """Temporal could show the ticket: but nobody can say whose it is, or who asks."""
    away = Settings(database_url=SecretStr("postgresql://nobody@127.0.0.1:1/none"), token=SecretStr("fc_" + 43 * "A"))
    with pytest.raises(DatabaseUnavailable):
        await look_at(away, taken.number, live=False, wait=5)
    with pytest.raises(DatabaseUnavailable):
        async with connected(away, wait=5):
            pytest.fail("connected")
