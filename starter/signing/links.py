"""Signing links: sent to a named person, who signs one ticket off by it, once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, SecretStr

from models.access import Action, Allowed, may
from models.contracts.base import Actor
from models.contracts.signatures import Capacity, PrintedName
from models.database import Database
from models.database_calls import Calls
from models.database_errors import DatabaseRefused
from models.sql_functions import SqlFunction
from models.vocabulary.people import Role
from models.vocabulary.stages import StageType
from starter.accounts.gate import guard, hidden, whose_ticket
from starter.accounts.keys import SIGNING_PREFIX, digest_of, new_signing_link
from starter.failures import BadInput, CommandRefused, NotAllowed, NotSignedIn, Refused, Remedy, RemedyKind
from starter.given import made
from starter.reading.tickets import read_ticket

LASTS = timedelta(days=7)
SENT_BY = (Role.COORDINATOR, Role.ENGINEER)
"""In which capacities one sends them, the usual one first."""
NO_SIGNING_LINK = "The signing link is not good any more: it was used, taken back, has expired, or never was one."


class LinkStanding(StrEnum):
    """How a link stands."""

    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"


class SentTo(BaseModel):
    """Whom a link is for."""

    name: PrintedName
    capacity: Capacity


@dataclass(frozen=True, slots=True)
class SentLink:
    """A link that was just made; whoever is shown its secret sends it. It can't be shown again."""

    code: str
    number: str
    stage: str
    secret: SecretStr
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """What a link is for."""

    code: str
    ticket: str
    stage: str
    name: str
    capacity: str
    digest: bytes


async def send_link(
    database: Database, reference: str, to: SentTo, actor: Actor, *, stage: str | None = None, lasts: timedelta = LASTS
) -> SentLink:
    """Make a signing link for a named person.

    Args:
        actor: who sends it; whoever has signed in sends it themselves.
        stage: which is signed off; None: the one sign-off that the ticket has.

    Raises:
        UnknownTicket, NotAllowed: there is none for whoever asks, or they may not.
        Refused: the ticket has no such sign-off, or is over.
    """
    record = await read_ticket(database, reference)
    number = record.ticket.number
    actor = await _sender(database, number, actor)
    signed_off = [one.key for one in record.stage_definitions if one.stage_type is StageType.COMPLETION]
    if stage is None:
        if len(signed_off) != 1:
            raise CommandRefused(f"Name the stage that is to be signed: {', '.join(signed_off) or 'there is none'}.")
        stage = signed_off[0]
    key = new_signing_link()
    link = {**to.model_dump(), "stage": stage, "lasts": lasts.total_seconds(), "digest": key.digest.hex()}
    try:
        said = await database.call(SqlFunction.ISSUE_SIGNING_LINK, number, json.dumps(link), actor.model_dump_json())
    except DatabaseRefused as error:
        raise Refused(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    if said is None:
        raise hidden(reference)
    made_of_it = json.loads(said)
    expires_at = datetime.fromisoformat(made_of_it["expires_at"])
    return SentLink(made_of_it["code"], number, stage, key.secret, expires_at)


def address_of(secret: SecretStr, server: str | None) -> str | None:
    """The page that signs by a link. Its secret stands after the #, which no browser sends: no log has it.

    Args:
        server: the address by which people reach the server; None: it does not know.
    """
    return None if server is None else f"{server.rstrip('/')}/sign#{secret.get_secret_value()}"


async def revoke_link(database: Database, reference: str, code: str, actor: Actor) -> bool:
    """Take a link back; returns whether it was in force."""
    await guard(database, Action.READ, reference)
    actor = await _sender(database, reference, actor)
    return bool(await database.call(SqlFunction.REVOKE_SIGNING_LINK, reference, code, actor.model_dump_json()))


async def list_links(database: Database, reference: str) -> Sequence[Mapping[str, Any]]:
    """The links of a ticket, newest first."""
    await read_ticket(database, reference)
    return await database.rows(SqlFunction.LIST_SIGNING_LINKS, reference)


async def opened_link(database: Calls, secret: SecretStr) -> OpenedLink:
    """What a link is for.

    Raises:
        NotSignedIn: it is good for nothing.
    """
    digest = digest_of(secret.get_secret_value(), SIGNING_PREFIX)
    said = None if digest is None else await database.call(SqlFunction.OPEN_SIGNING_LINK, digest)
    if said is None or digest is None:
        raise no_link()
    return OpenedLink(**json.loads(said), digest=digest)


async def proven_by_link(database: Calls, link: OpenedLink, signed: str) -> tuple[UUID, datetime]:
    """The proof that whoever has the link signs just this, and when they did.

    Raises:
        NotSignedIn: the link is good for nothing.
    """
    said = await database.call(SqlFunction.SIGN_BY_LINK, link.digest, signed)
    if said is None:
        raise no_link()
    proof = json.loads(said)
    return UUID(proof["proof"]), datetime.fromisoformat(proof["proven_at"])


def sent_to(name: str, capacity: str) -> SentTo:
    """Whom a link is for.

    Raises:
        BadInput: no name can be like that.
    """
    return made(SentTo, name=name, capacity=capacity)


def no_link() -> NotSignedIn:
    """A link is good for nothing; why is not said."""
    return NotSignedIn(NO_SIGNING_LINK, Remedy(RemedyKind.ASK_FOR_SIGNING_LINK))


async def _sender(database: Calls, reference: str, actor: Actor) -> Actor:
    principal = database.principal
    if principal is None:
        if actor.role not in SENT_BY:
            raise BadInput(f"A signing link is sent by {' or '.join(one.value for one in SENT_BY)}.")
        return actor
    verdict = may(principal, Action.SIGNING_LINK, await whose_ticket(database, reference))
    if not isinstance(verdict, Allowed):
        raise hidden(reference) if verdict.hidden else NotAllowed(verdict.sentence)
    return Actor(code=verdict.code, role=verdict.capacity or Role.COORDINATOR)
