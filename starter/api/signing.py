"""Signing a ticket off: with one's password, by a link without a login, or drawn; and the links themselves."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from models.contracts.base import Actor
from models.contracts.commands import Answer, CommandResult, CompleteStage
from models.vocabulary.people import Role
from models.vocabulary.stages import ActionKind
from starter import acting
from starter.api.problems import problems
from starter.api.shapes import Answered
from starter.api.shapes_signing import (
    ByLink,
    NewSigningLink,
    RevokedLink,
    SignatureList,
    SignatureOut,
    SignByLink,
    SignDrawn,
    SigningLinkList,
    SigningLinkOut,
    SigningLinkSecret,
    SignOff,
    SignWithPassword,
    ToSignByLink,
    ToSignOut,
)
from starter.api.tickets import Asked, IdempotencyKey, Reference, Wait, in_a_line, limit_ticket
from starter.given import fresh_command_id, made, storable
from starter.reading.signing import SignatureOnRecord, signatures_of
from starter.reading.tickets import read_ticket
from starter.signing import links
from starter.signing.ready import ToSign, to_sign
from starter.signing.sign import ByAccount, ByHand, Signing, sign, sign_by_link, to_sign_by_link
from starter.web.asking import engines_of, link_holder

router = APIRouter(tags=["signing"])

PREFIX = "/tickets/{reference}"
UNKNOWN = problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
SENT = problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.GATEWAY_TIMEOUT)
SENT_BY_LINK = problems(HTTPStatus.CONFLICT, HTTPStatus.GATEWAY_TIMEOUT)

LinkCode = Annotated[str, Path(min_length=1, max_length=50, description="Code of the link: SL-…")]


@router.post(f"{PREFIX}/to-sign", summary="What would be signed", response_model=ToSignOut, responses=UNKNOWN)
async def look(asked: Asked, reference: Reference, body: SignOff) -> ToSignOut:
    """The document that a sign-off with these answers signs, and its digest. Nothing is signed by that."""
    return _shown(await to_sign(asked.database, reference, body.stage, completion(body.stage, body.actions)))


@router.post(f"{PREFIX}/sign", summary="Sign with a password", response_model=Answered, responses=SENT)
async def sign_with_password(  # noqa: PLR0917 - by their names, by FastAPI
    request: Request,
    response: Response,
    asked: Asked,
    reference: Reference,
    body: SignWithPassword,
    idempotency_key: IdempotencyKey = None,
    wait: Wait = 30,
) -> Answered:
    """Staff of the ticket's hospital sign it off, and so complete the stage. Wrong passwords count as at signing in."""
    await limit_ticket(request, asked, reference)
    code = asked.principal.code
    command_of = completion(body.stage, body.actions, key=idempotency_key, note=body.note)
    signing = Signing(reference, body.stage, command_of, body.name, body.capacity, body.digest)
    signer = ByAccount(code, body.password)
    return _answered(await sign(await asked.connection(wait), asked.engines.settings, signing, signer), response)


@router.post(f"{PREFIX}/sign-drawn", summary="Bring a drawn signature", response_model=Answered, responses=SENT)
async def sign_drawn(  # noqa: PLR0917 - by their names, by FastAPI
    request: Request,
    response: Response,
    asked: Asked,
    reference: Reference,
    body: SignDrawn,
    idempotency_key: IdempotencyKey = None,
    wait: Wait = 30,
) -> Answered:
    """Whoever completes the stage brings what somebody has drawn who signs it. It is as good as who brings it."""
    await limit_ticket(request, asked, reference)
    behalf = in_a_line(body.on_behalf_of)
    actor = made(Actor, code=behalf or asked.principal.code, role=body.role or CompleteStage.senders()[0])

    def command_of(_: Mapping[str, ActionKind] | None) -> CompleteStage:
        return command.model_copy(update={"verified": body.verified})

    command = completion(body.stage, body.actions, key=idempotency_key, note=body.note, actor=actor)(None)
    said = acting.Said(role=body.role is not None, code=behalf is not None)
    signing = Signing(reference, body.stage, command_of, body.name, body.capacity, body.digest)
    connection = await asked.connection(wait)
    signed = await sign(connection, asked.engines.settings, signing, ByHand(body.drawing), said=said)
    return _answered(signed, response)


@router.get(
    f"{PREFIX}/signatures",
    summary="Signatures, held against the record",
    response_model=SignatureList,
    responses=UNKNOWN,
)
async def signatures(asked: Asked, reference: Reference) -> SignatureList:
    """Who signed, as what, what it means, by what they have shown who they are, and whether it still fits."""
    record = await read_ticket(asked.database, reference)
    return SignatureList(signatures=[_signature(one) for one in await signatures_of(asked.database, record)])


@router.post(
    f"{PREFIX}/signing-links",
    summary="Make a signing link",
    status_code=HTTPStatus.CREATED,
    response_model=SigningLinkSecret,
    responses=UNKNOWN,
)
async def make_link(request: Request, asked: Asked, reference: Reference, body: NewSigningLink) -> SigningLinkSecret:
    """For a named person, who signs by it once. Send it to them: it is shown this once. Asked again, it is another."""
    await limit_ticket(request, asked, reference)
    to = links.SentTo(name=body.name, capacity=body.capacity)
    actor = made(Actor, code=asked.principal.code, role=Role.COORDINATOR)
    sent = await links.send_link(asked.database, reference, to, actor, stage=body.stage, lasts=body.lasts)
    return SigningLinkSecret(
        code=sent.code,
        number=sent.number,
        stage=sent.stage,
        secret=sent.secret.get_secret_value(),
        address=links.address_of(sent.secret, asked.engines.settings.public_url),
        expires_at=sent.expires_at,
    )


@router.get(
    f"{PREFIX}/signing-links", summary="Links that were sent", response_model=SigningLinkList, responses=UNKNOWN
)
async def list_links(asked: Asked, reference: Reference) -> SigningLinkList:
    """To whom, by whom, and how each stands. Their secrets are never shown again."""
    found = await links.list_links(asked.database, reference)
    return SigningLinkList(links=[SigningLinkOut.model_validate(dict(one)) for one in found])


@router.post(
    f"{PREFIX}/signing-links/{{code}}/revoke",
    summary="Take a signing link back",
    response_model=RevokedLink,
    responses=UNKNOWN,
)
async def revoke_link(request: Request, asked: Asked, reference: Reference, code: LinkCode) -> RevokedLink:
    """Nobody signs by it any more."""
    await limit_ticket(request, asked, reference)
    actor = made(Actor, code=asked.principal.code, role=Role.COORDINATOR)
    revoked = await links.revoke_link(asked.database, reference, storable(code, "link"), actor)
    return RevokedLink(code=code.upper(), revoked=revoked)


@router.post(
    "/signing-link/to-sign", summary="What a link would sign", response_model=ToSignByLink, responses=SENT_BY_LINK
)
async def look_by_link(request: Request, body: ByLink) -> ToSignByLink:
    """For whoever has a signing link, without a login. Nothing is signed by that."""
    held = await link_holder(request, body.link)
    database = engines_of(request).database
    link, ready = await to_sign_by_link(database, body.link, completion(held.stage, body.actions))
    return ToSignByLink(printed_name=link.name, capacity=link.capacity, **_shown(ready).model_dump())


@router.post("/signing-link/sign", summary="Sign by a link", response_model=Answered, responses=SENT_BY_LINK)
async def sign_with_link(
    request: Request, response: Response, body: SignByLink, idempotency_key: IdempotencyKey = None, wait: Wait = 30
) -> Answered:
    """Whoever has a signing link signs by it, once, without a login, as the person whom it was sent to."""
    held = await link_holder(request, body.link, acts=True)
    engines = engines_of(request)
    command_of = completion(held.stage, body.actions, key=idempotency_key, note=body.note)
    connection = await engines.connection(None, wait)
    return _answered(await sign_by_link(connection, engines.settings, body.link, command_of, body.digest), response)


def completion(
    stage: str, actions: Mapping[str, Answer], *, key: str | None = None, note: str = "", actor: Actor | None = None
) -> acting.CompletionOf:
    """Makes the completion that a signature is put to; who acts is decided where somebody signs."""
    command = made(
        CompleteStage,
        command_id=fresh_command_id(key),
        actor=actor or Actor(code="somebody", role=Role.HOSPITAL),
        stage=storable(stage, "stage"),
        actions={storable(name, "action"): answer for name, answer in actions.items()},
        note=note,
    )
    return lambda _: command


def _answered(result: CommandResult, response: Response) -> Answered:
    response.headers["Idempotency-Key"] = result.command_id
    return Answered.model_validate(result.model_dump())


def _shown(ready: ToSign) -> ToSignOut:
    return ToSignOut(
        number=ready.record.ticket.number,
        stage=ready.signed.definition.key,
        name=ready.signed.definition.name,
        meaning=ready.signed.meaning,
        digest=ready.digest,
        document=ready.document,
    )


def _signature(one: SignatureOnRecord) -> SignatureOut:
    found = one.signature
    return SignatureOut(
        stage=one.stage,
        visit=one.visit,
        name=found and found.name,
        capacity=found and found.capacity,
        meaning=found and found.meaning,
        method=found and found.method,
        signed_at=found and found.signed_at,
        by=one.by,
        proof=found and found.proof,
        digest=found and found.digest,
        drawing=found and found.drawing,
        fits=not one.trouble,
        trouble=one.trouble or None,
    )
