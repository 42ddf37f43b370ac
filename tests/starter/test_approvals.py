"""Four eyes are two people's: what one asks for, another one has approved as themselves, and once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from models.contracts.base import Actor
from models.contracts.commands import Hold
from models.database import Database
from models.principals import Authentication, Grant, Principal
from models.vocabulary.accounts import AccountRole
from models.vocabulary.people import Role
from starter import acting
from starter.accounts import managing
from starter.accounts.approving import approve_hold
from starter.answers import UnknownTicket
from starter.failures import BadInput, Failure, NotAllowed
from starter.services import Connection
from tests.factories import command_id, resume
from tests.field import Field, Ticket

DISPUTE = "contract_dispute"
COORDINATOR = Grant(AccountRole.COORDINATOR)
MANAGER = Grant(AccountRole.MANAGER)
NURSE = Grant(AccountRole.HOSPITAL, customer="CITY-GENERAL")
BY_CODE = acting.Said(role=False, code=False)

SignedIn = Callable[..., Connection]


@pytest_asyncio.fixture
async def signed_in(field: Field, service_url: str) -> AsyncIterator[SignedIn]:
    """The service, as an account has it."""
    opened: list[Database] = []

    def somebody(code: str, *grants: Grant) -> Connection:
        database = Database(service_url, pool_size=2)
        opened.append(database)
        database.principal = Principal(code, code, grants, Authentication.LOGIN)
        return Connection(field.client, database, timedelta(seconds=30))

    yield somebody
    for one in opened:
        await one.aclose()


async def person(field: Field, *grants: Grant, email: str | None = None) -> str:
    return await managing.add_account(field.owner, f"p{uuid4().hex[:10]}", "Person", grants, by="operator", email=email)


async def hold(connection: Connection, ticket: Ticket, approver: str | None, *, id: str | None = None) -> None:
    actor = Actor(code="somebody", role=Role.COORDINATOR)
    command = Hold(command_id=id or command_id(), actor=actor, reason=DISPUTE, approved_by=approver, note="Unpaid")
    await acting.act(connection, ticket.number, command, print, said=BY_CODE)


async def held(ticket: Ticket) -> list[dict[str, object]]:
    return [one["new_value"] for one in (await ticket.stored())["timeline"] if one["action"] == "ticket_held"]


async def test_what_a_manager_approves_a_coordinator_does_once(field: Field, signed_in: SignedIn) -> None:
    ticket, asker, chief = await field.open(), await person(field, COORDINATOR), await person(field, MANAGER)
    mine, theirs = signed_in(asker, COORDINATOR), signed_in(chief, MANAGER)
    with pytest.raises(NotAllowed, match=f"{chief} has not approved a hold for contract_dispute"):
        await hold(mine, ticket, chief)
    given = await approve_hold(theirs.database, ticket.number, DISPUTE, remark="Agreed by telephone")
    assert given.by == chief
    assert given.expires_at > datetime.now(given.expires_at.tzinfo)
    sent = command_id()
    await hold(mine, ticket, chief.upper(), id=sent)
    await hold(mine, ticket, chief.upper(), id=sent)  # no answer came, say: it is the same hold
    (fact,) = await held(ticket)
    assert fact["approved_by"] == chief
    (row,) = await field.rows(
        "SELECT p.id::text, p.used_by_command, b.code FROM approvals p JOIN accounts b ON b.id = p.used_by_account_id "
        "WHERE p.ticket_id = (SELECT id FROM service_tickets WHERE number = :number)",
        number=ticket.number,
    )
    assert (fact["approval"], row["used_by_command"], row["code"]) == (row["id"], sent, asker)
    await acting.act(mine, ticket.number, resume(), print, said=BY_CODE)
    with pytest.raises(NotAllowed, match="or it was used"):
        await hold(mine, ticket, chief)


async def test_nobody_approves_for_themselves_in_whatever_role(field: Field, signed_in: SignedIn) -> None:
    ticket = await field.open()
    both = await person(field, COORDINATOR, MANAGER, email="both@example.org")
    twin = await person(field, MANAGER, email="Both@Example.org")
    await approve_hold(signed_in(both, COORDINATOR, MANAGER).database, ticket.number, DISPUTE)
    await approve_hold(signed_in(twin, MANAGER).database, ticket.number, DISPUTE)
    for code in (both, both.upper(), twin):
        with pytest.raises(NotAllowed, match="is you, in whatever role"):
            await hold(signed_in(both, COORDINATOR), ticket, code)
    assert await held(ticket) == []


async def test_who_may_not_approve_approves_nothing(field: Field, signed_in: SignedIn) -> None:
    ticket, nurse, asker = await field.open(), await person(field, NURSE), await person(field, COORDINATOR)
    with pytest.raises(NotAllowed, match="may not approve"):
        await approve_hold(signed_in(nurse, NURSE).database, ticket.number, DISPUTE)
    stranger = Grant(AccountRole.HOSPITAL, customer="AIIMS")
    with pytest.raises(UnknownTicket):
        await approve_hold(signed_in(nurse, stranger).database, ticket.number, DISPUTE)
    with pytest.raises(Failure, match="approves nothing"):  # the database asks again
        await approve_hold(signed_in(nurse, MANAGER).database, ticket.number, DISPUTE)
    with pytest.raises(BadInput, match="sign in"):
        await approve_hold(field.database, ticket.number, DISPUTE)
    with pytest.raises(Failure, match="a week at the most"):
        lasts = timedelta(days=8)
        await approve_hold(signed_in(asker, COORDINATOR).database, ticket.number, DISPUTE, lasts=lasts)
    for code in (nurse, "nobody-there", "the chief, on the telephone"):
        with pytest.raises(NotAllowed, match="approves nothing"):
            await hold(signed_in(asker, COORDINATOR), ticket, code)


async def test_an_approval_is_for_one_ticket_and_reason_and_ends_with_the_account(
    field: Field, signed_in: SignedIn
) -> None:
    ticket, other, asker = await field.open(), await field.open(), await person(field, COORDINATOR)
    chief = await person(field, MANAGER)
    theirs, mine = signed_in(chief, MANAGER), signed_in(asker, COORDINATOR)
    await approve_hold(theirs.database, other.number, DISPUTE)
    await approve_hold(theirs.database, ticket.number, "access_denied")
    with pytest.raises(NotAllowed, match="has not approved"):
        await hold(mine, ticket, chief)
    await approve_hold(theirs.database, ticket.number, DISPUTE, lasts=timedelta(milliseconds=1))
    with pytest.raises(NotAllowed, match="has not approved"):
        await hold(mine, ticket, chief)
    await managing.disable(field.owner, chief, by="operator")
    with pytest.raises(NotAllowed, match="approves nothing"):
        await hold(mine, other, chief)


async def test_of_two_who_use_one_approval_at_once_one_has_it(field: Field, signed_in: SignedIn) -> None:
    ticket, chief = await field.open(), await person(field, MANAGER)
    askers = [await person(field, COORDINATOR) for _ in range(4)]
    await approve_hold(signed_in(chief, MANAGER).database, ticket.number, DISPUTE)
    tries = [hold(signed_in(one, COORDINATOR), ticket, chief) for one in askers]
    said = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(one).__name__ for one in said) == ["NoneType", "NotAllowed", "NotAllowed", "NotAllowed"]
    assert len(await held(ticket)) == 1


async def test_the_operators_terminal_says_who_approved_it_as_ever(field: Field) -> None:
    ticket = await field.open()
    forged = Hold(
        command_id=command_id(),
        actor=Actor(code="coordinator-1", role=Role.COORDINATOR),
        reason=DISPUTE,
        approved_by="the chief",
        approval=uuid4(),
    )
    connection = Connection(field.client, field.database, timedelta(seconds=30))
    await acting.act(connection, ticket.number, forged, print)
    (fact,) = await held(ticket)
    assert (fact["approved_by"], fact["approval"]) == ("the chief", None)
