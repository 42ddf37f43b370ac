"""Signing a stage off: what is signed is read, whoever signs shows who they are, and the ticket is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from pydantic import SecretStr

from models.access import Allowed, may
from models.contracts.base import Actor
from models.contracts.commands import CommandResult
from models.contracts.signatures import Signature
from models.database_calls import Calls
from models.records import TicketRecord
from models.settings import Settings
from models.sql_functions import SqlFunction
from models.vocabulary.people import Role
from models.vocabulary.signing import SignatureMethod
from starter.accounts.entering import signed_by_password
from starter.accounts.gate import hidden, whose_ticket
from starter.acting import ALL, CompletionOf, Said, by_whom_they_are, commands_of, unheard
from starter.failures import CommandRefused, NotAllowed, Overtaken
from starter.given import made
from starter.reading.finding import Say
from starter.services import Connection
from starter.signing.links import OpenedLink, no_link, opened_link, proven_by_link
from starter.signing.ready import ToSign, ready_of, to_sign
from workflows.engine.checks import lacking, unasked

DEFAULT_CAPACITY = "Hospital staff"


@dataclass(frozen=True, slots=True)
class ByAccount:
    """Whoever signs gives the password of their account.

    Attributes:
        device: from where they have signed in before, if so: then nobody else's tries keep them waiting.
    """

    code: str
    password: SecretStr
    device: SecretStr | None = None


@dataclass(frozen=True, slots=True)
class ByHand:
    """Whoever signs draws it on the screen of who completes the stage. `drawing`: the data of an SVG path."""

    drawing: str


@dataclass(frozen=True, slots=True)
class ByLink:
    """Whoever signs has the link that was sent to them."""

    secret: SecretStr


Signer = ByAccount | ByLink | ByHand


@dataclass(frozen=True, slots=True)
class Signing:
    """What somebody signs, and with which words.

    Attributes:
        command_of: makes the completion that the signature is put to; its actor is whoever asks, where they are asked.
        name: printed, of who signs.
        capacity: as what they sign.
        digest: of what they were shown; None: what there is now is what they mean.
    """

    reference: str
    stage: str
    command_of: CompletionOf
    name: str
    capacity: str = DEFAULT_CAPACITY
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class _Proof:
    """That they have shown who they are, and as whom they act."""

    method: SignatureMethod
    at: datetime
    actor: Actor
    id: UUID | None = None
    drawing: str | None = None


async def sign(
    connection: Connection,
    settings: Settings,
    signing: Signing,
    signer: Signer,
    say: Say = unheard,
    *,
    said: Said = ALL,
) -> CommandResult:
    """Sign a stage off, and so complete it.

    Raises:
        UnknownTicket: there is none, for whoever signs or asks.
        NotSignedIn, TooManyTries: the password does not fit, or is not looked at yet.
        NotAllowed: the account is not one that signs it.
        Overtaken: the ticket is not what they were shown any more.
        CommandRefused, CommandNotConfirmed, TemporalUnavailable: as for any command.
    """
    database, link = connection.database, None
    if isinstance(signer, ByLink):
        signing, link = await _for_the_link(database, signing, signer)
        ready = await ready_of(database, await _record_for_link(database, link), link.stage, signing.command_of)
    else:
        ready = await to_sign(database, signing.reference, signing.stage, signing.command_of)
    if signing.digest is not None and signing.digest != ready.digest:
        raise Overtaken("The ticket has changed since it was shown for signing. Look at it again and sign that.")
    check_answers(ready, signing.name)
    checked = _signature(ready, signing, _draft(signer))  # what can be refused is refused before anybody proves
    match signer:
        case ByAccount():
            await _check_asker(database, ready, signer)
            proof = await _proven_by_account(database, settings, ready, signer, checked.name)
        case ByLink():
            proof = await _proven_by_link(database, ready, link or await opened_link(database, signer.secret))
        case ByHand():
            actor = await by_whom_they_are(connection, ready.record.ticket.workflow_id, ready.command, say, said=said)
            proof = _Proof(SignatureMethod.DRAWN, datetime.now(UTC), actor.actor, drawing=signer.drawing)
    return await _sent(connection, ready, _signature(ready, signing, proof), proof)


def check_answers(ready: ToSign, name: str) -> None:
    """Whatever the stage asks for is answered. The ticket asks again; but by then a link would be spent.

    Raises:
        CommandRefused: it is not.
    """
    definition, given = ready.signed.definition, dict(ready.command.actions)
    if definition.signed is not None:
        given.setdefault(definition.signed.key, name)
    if flaw := unasked(definition, given) or lacking(definition, given):
        raise CommandRefused(flaw)


async def sign_by_link(
    connection: Connection,
    settings: Settings,
    secret: SecretStr,
    command_of: CompletionOf,
    digest: str | None,
) -> CommandResult:
    """Whoever has a link signs what it is for, and need not say what that is; see `sign()`.

    Raises:
        NotSignedIn: the link is good for nothing.
    """
    link = await opened_link(connection.database, secret)
    signing = Signing(link.ticket, link.stage, command_of, link.name, link.capacity, digest)
    return await sign(connection, settings, signing, ByLink(secret))


async def to_sign_by_link(database: Calls, secret: SecretStr, command_of: CompletionOf) -> tuple[OpenedLink, ToSign]:
    """What whoever has a link would sign now.

    Raises:
        NotSignedIn: the link is good for nothing.
        CommandRefused: the ticket can't be signed off now.
    """
    link = await opened_link(database, secret)
    return link, await ready_of(database, await _record_for_link(database, link), link.stage, command_of)


async def _for_the_link(database: Calls, signing: Signing, signer: ByLink) -> tuple[Signing, OpenedLink]:
    """What is signed is what the link is for, by whom it is for.

    Raises:
        NotSignedIn: the link is good for nothing, or not for that ticket and stage. Which it is for is not said.
    """
    link = await opened_link(database, signer.secret)
    if signing.reference.strip().upper() != link.ticket or signing.stage != link.stage:
        raise no_link()
    if signing.name and signing.name.strip().casefold() != link.name.casefold():
        raise NotAllowed(f"The link was sent to {link.name}, who signs by it and nobody else.")
    return replace(signing, name=link.name, capacity=link.capacity), link


async def _record_for_link(database: Calls, link: OpenedLink) -> TicketRecord:
    """The ticket that a link is for: who has it reads that one, whoever they are."""
    return TicketRecord.parse(await database.call(SqlFunction.GET_TICKET, link.ticket))


async def _proven_by_link(database: Calls, ready: ToSign, link: OpenedLink) -> _Proof:
    proof, at = await proven_by_link(database, link, ready.digest)
    actor = Actor(code=link.code, role=Role.HOSPITAL, on_behalf_of=link.name)
    return _Proof(SignatureMethod.LINK, at, actor, proof)


async def _check_asker(database: Calls, ready: ToSign, signer: ByAccount) -> None:
    """Whoever signs with the account that they came in with may do that before a password is looked at.

    Raises:
        NotAllowed: they may not; or they came by a token that is not for it.
    """
    principal, number = database.principal, ready.record.ticket.number
    if principal is None or principal.code.casefold() != signer.code.casefold():
        return  # somebody signs at another one's terminal: their own account decides
    verdict = may(principal, "CompleteStage", await whose_ticket(database, number), capacity=Role.HOSPITAL)
    if not isinstance(verdict, Allowed):
        raise hidden(number) if verdict.hidden else NotAllowed(verdict.sentence)


async def _proven_by_account(
    database: Calls, settings: Settings, ready: ToSign, signer: ByAccount, name: str
) -> _Proof:
    number = ready.record.ticket.number
    signing = _signing(ready, name)
    proven = await signed_by_password(database, settings, signer.code, signer.password, signing, device=signer.device)
    verdict = may(proven.principal, "CompleteStage", await whose_ticket(database, number), capacity=Role.HOSPITAL)
    if not isinstance(verdict, Allowed):
        raise hidden(number) if verdict.hidden else NotAllowed(verdict.sentence)
    if proven.id is None:
        raise NotAllowed(f"{proven.principal.code} is not of the hospital whose ticket that is, so it signs nothing.")
    actor = Actor(code=verdict.code, role=Role.HOSPITAL)
    return _Proof(SignatureMethod.PASSWORD, proven.at, actor, proven.id)


def signature_by_hand(ready: ToSign, signing: Signing, signer: ByHand) -> Signature:
    """What somebody has drawn who signs just that, now.

    Raises:
        BadInput: name, capacity or drawing can't be like that.
    """
    return _signature(ready, signing, _draft(signer))


def _signing(ready: ToSign, name: str) -> Mapping[str, str]:
    return {
        "ticket": str(ready.record.ticket.id),
        "stage": ready.signed.definition.key,
        "name": name,
        "digest": ready.digest,
    }


def _draft(signer: Signer) -> _Proof:
    """As it will be, before anybody has proven anything."""
    now, somebody = datetime.now(UTC), Actor(code="somebody", role=Role.HOSPITAL)
    if isinstance(signer, ByHand):
        return _Proof(SignatureMethod.DRAWN, now, somebody, drawing=signer.drawing)
    method = SignatureMethod.LINK if isinstance(signer, ByLink) else SignatureMethod.PASSWORD
    return _Proof(method, now, somebody, UUID(int=0))


def _signature(ready: ToSign, signing: Signing, proof: _Proof) -> Signature:
    return made(
        Signature,
        name=signing.name,
        capacity=signing.capacity,
        meaning=ready.signed.meaning,
        signed_at=proof.at,
        method=proof.method,
        drawing=proof.drawing,
        digest=ready.digest,
        covers_until=ready.signed.covers_until,
        proof=proof.id,
    )


async def _sent(connection: Connection, ready: ToSign, signature: Signature, proof: _Proof) -> CommandResult:
    command = ready.command.model_copy(update={"actor": proof.actor, "signature": signature})
    ticket = ready.record.ticket
    return await commands_of(connection).send(ticket.workflow_id, command, ticket.number)
