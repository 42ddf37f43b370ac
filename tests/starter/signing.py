"""Tickets at their sign-off, and people who sign them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import uuid4

from pydantic import SecretStr

from models.contracts.base import Actor
from models.contracts.commands import Answer, CommandResult, CompleteStage
from models.database import Database
from models.principals import Grant
from models.vocabulary.accounts import AccountRole
from models.vocabulary.people import Role
from models.vocabulary.stages import ActionKind
from starter.accounts import managing
from starter.acting import CompletionOf
from starter.services import Connection
from starter.signing.links import SentLink, send_link, sent_to
from starter.signing.sign import ByAccount, ByLink, Signer, Signing, sign
from tests.factories import COORDINATOR, command_id, complete
from tests.field import STANDARD_STAGES, Field, Ticket
from tests.starter.accounts import CHEAP, PASSWORD

SIGN_OFF = "completion_sign_off"
ANSWERS: Mapping[str, Answer] = {"customer_rating": 9, "returned_to_service": True}
CITY = Grant(AccountRole.HOSPITAL, customer="CITY-GENERAL")
WAVE = "M 0 0 L 10 12.5 C 1 2, 3 4, 5 6"


async def at_sign_off(field: Field, engineer: str = "ENG-004") -> Ticket:
    """A ventilator of the City General, repaired; all of it is on record."""
    ticket = await field.open(engineer=engineer)
    for key in STANDARD_STAGES[:-1]:
        await ticket.do(complete(key, by=engineer))
    await ticket.stored()
    return ticket


async def account(field: Field, *grants: Grant, code: str | None = None) -> str:
    """An account with the usual password."""
    code = code or f"nurse-{uuid4().hex[:10]}"
    await managing.add_account(field.owner, code, code.title(), grants or (CITY,), by="operator")
    await managing.set_password(field.owner, CHEAP, code, PASSWORD, by="operator")
    return code


def operator(field: Field, database: Database | None = None) -> Connection:
    """The service as the operator's terminal has it."""
    return Connection(field.client, database or field.database, timedelta(seconds=30))


def completion(
    answers: Mapping[str, Answer] = ANSWERS, *, by: Actor | None = None, stage: str = SIGN_OFF
) -> CompletionOf:
    def command(_: Mapping[str, ActionKind] | None) -> CompleteStage:
        actor = by or Actor(code="somebody", role=Role.HOSPITAL)
        return CompleteStage(command_id=command_id(), actor=actor, stage=stage, actions=dict(answers))

    return command


async def signed(
    field: Field,
    ticket: Ticket,
    signer: Signer,
    *,
    name: str = "Anna Berg",
    command: CompletionOf | None = None,
    capacity: str = "Ward sister",
    digest: str | None = None,
    connection: Connection | None = None,
) -> CommandResult:
    """What signing a ticket is answered."""
    signing = Signing(ticket.number, SIGN_OFF, command or completion(), name, capacity, digest)
    return await sign(connection or operator(field), CHEAP, signing, signer, print)


def with_password(code: str, password: SecretStr = PASSWORD) -> ByAccount:
    return ByAccount(code, password)


async def link_for(field: Field, ticket: Ticket, name: str = "Anna Berg") -> SentLink:
    return await send_link(field.database, ticket.number, sent_to(name, "Ward sister"), COORDINATOR)


def with_link(link: SentLink) -> ByLink:
    return ByLink(link.secret)
