"""`/tickets/…/sign/…`: signing a ticket off by the hospital's account, or drawn on this screen; its two steps.

In two steps: what the sign-off asks for is answered, then the whole of it is shown and signed. What was shown is known
by its digest: whoever signs what has moved on since is shown it anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from pydantic import SecretStr
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute

from models.contracts.base import Actor
from models.contracts.commands import CompleteStage
from models.contracts.proposals import VerifiedOutcome
from models.vocabulary.people import Role
from models.vocabulary.stages import ActionKind, StageType
from starter.acting import CompletionOf
from starter.failures import BadInput, Failure, NotAllowed, NotConfirmed, NotSignedIn, UnknownTicket
from starter.given import fresh_command_id, known_code, made
from starter.portal.commands import ID, OURSELVES, WAIT, answers, limit, on_record
from starter.portal.failing import remedies_of, sentence_of, status_of
from starter.portal.forms import entry
from starter.portal.pages import go_to, page
from starter.portal.routes import looked_at, sent
from starter.portal.signed_view import document_view
from starter.portal.times import Times
from starter.portal.visitors import Visitor
from starter.reading.tickets import read_ticket
from starter.services import failure_of
from starter.signing.links import OpenedLink
from starter.signing.ready import ToSign, to_sign
from starter.signing.sign import (
    ByAccount,
    ByHand,
    Signing,
    check_answers,
    sign,
)
from starter.signing.ways import Ways, ways

LOOKS, SIGNS = "look", "sign"
"""What `step` of a form says: show what would be signed, sign it. Without one the answers are asked for."""


class Way(StrEnum):
    """How whoever looks at the page signs."""

    PASSWORD = "password"  # noqa: S105 - the word, not one
    DRAWN = "drawn"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Desk:
    """Where something is signed.

    Attributes:
        action: where its forms go.
        typed: what was typed so far.
        link: of whoever came by one.
    """

    way: Way
    action: str
    ready: ToSign
    typed: Mapping[str, str] = field(default_factory=dict)
    link: OpenedLink | None = None
    key: str = ""

    @property
    def asked(self) -> tuple[Any, ...]:
        """What the sign-off asks for beside the signature."""
        definition = self.ready.signed.definition
        return tuple(one for one in definition.required_actions if one != definition.signed)

    @property
    def judged(self) -> Any:
        """The diagnosis of which is said whether it proved right, by who completes the stage."""
        diagnoses = self.ready.record.diagnoses
        return diagnoses[-1] if diagnoses and self.way is Way.DRAWN else None


# -- on the page of a ticket ------------------------------------------------------------------------------------------


async def sign_page(visitor: Visitor) -> Response:
    """What is there to be signed, and what the sign-off asks for."""
    return first_step(visitor, await _desk(visitor, FormData()))


async def sign_stage(visitor: Visitor, form: FormData) -> Response:
    """Shows what would be signed with these answers; or signs it."""
    desk = await _desk(visitor, form)
    if entry(form, "step") != SIGNS:
        return look(visitor, desk, form)
    asking, record = visitor.known(), desk.ready.record
    number = record.ticket.number
    try:
        limit(visitor.request, number)
        connection = await asking.connection(WAIT)
        signing = _signing(desk, form)
        signer: ByAccount | ByHand = ByAccount(asking.principal.code, _password(form), visitor.device)
        if desk.way is Way.DRAWN:
            signer = ByHand(_drawing(form))
        result = await sign(connection, visitor.engines.settings, signing, signer, said=OURSELVES)
    except UnknownTicket:
        raise
    except Exception as error:
        return refused(visitor, desk, error)
    there = await on_record(asking.database, number, result.command_id)
    return go_to(f"/tickets/{number}", done="sign", **({} if there else {"late": "1"}))


async def _desk(visitor: Visitor, form: FormData) -> Desk:
    number, stage = visitor.request.path_params["number"], visitor.request.path_params["stage"]
    database = visitor.known().database
    record = await read_ticket(database, number)
    definition = next((one for one in record.stage_definitions if one.key == stage), None)
    if definition is None or definition.stage_type is not StageType.COMPLETION:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    way = _way(await ways(database, number))
    ready = await to_sign(database, number, stage, completion_of(form, stage, way))
    return Desk(way, f"/tickets/{record.ticket.number}/sign/{stage}", ready, typed_in(form))


def _way(open_: Ways) -> Way:
    if not open_.password and not open_.by_hand:
        raise NotAllowed("You may not sign this ticket off, nor have it signed on your screen.")
    return Way.PASSWORD if open_.password else Way.DRAWN


# -- both steps -------------------------------------------------------------------------------------------------------


def look(visitor: Visitor, desk: Desk, form: FormData) -> Response:
    """The second step, once it is asked for and all is answered."""
    if entry(form, "step") != LOOKS:
        return first_step(visitor, desk)
    try:
        check_answers(desk.ready, "somebody")
    except Failure as failure:
        return first_step(visitor, desk, failure)
    return second_step(visitor, desk)


def first_step(visitor: Visitor, desk: Desk, failure: Failure | None = None) -> Response:
    return _show(visitor, "sign_answers.html", desk, failure)


def second_step(visitor: Visitor, desk: Desk, failure: Failure | None = None) -> Response:
    return _show(visitor, "sign.html", desk, failure)


def refused(visitor: Visitor, desk: Desk, error: Exception) -> Response:
    """What was to be signed, shown anew with why it was not."""
    failure = failure_of(error)
    if failure is None:
        raise error
    if isinstance(failure, NotSignedIn):
        failure = WrongPassword("That is not the password of your account. Nothing was signed.")
    return second_step(visitor, desk, failure)


class WrongPassword(NotSignedIn):
    """The password that came with a signature does not fit."""


def _show(visitor: Visitor, template: str, desk: Desk, failure: Failure | None) -> Response:
    ready, words = desk.ready, visitor.words
    times = Times(words, ready.record.unit.time_zone)
    same = isinstance(failure, NotConfirmed)
    return page(
        visitor,
        template,
        status=HTTPStatus.OK if failure is None else status_of(failure),
        times=times,
        desk=desk,
        ready=ready,
        shown=document_view(ready),
        command_id=desk.typed[ID] if same and desk.typed.get(ID) else str(uuid4()),
        failure=None if failure is None else sentence_of(failure, words),
        remedies=() if failure is None else remedies_of(failure, words),
    )


def typed_in(form: FormData) -> dict[str, str]:
    """Fields of the form, but for what is a secret and what is drawn anew."""
    return {name: entry(form, name) for name in form if name not in {"password", "drawing", "key"}}


def _signing(desk: Desk, form: FormData) -> Signing:
    if not entry(form, "name"):
        raise BadInput("Print the name of whoever signs.")
    ready = desk.ready
    stage, number = ready.signed.definition.key, ready.record.ticket.number
    command_of = completion_of(form, stage, desk.way)
    return Signing(number, stage, command_of, entry(form, "name"), entry(form, "capacity"), entry(form, "digest"))


def _password(form: FormData) -> SecretStr:
    return SecretStr(entry(form, "password", as_it_is=True))


def _drawing(form: FormData) -> str:
    if not (drawing := entry(form, "drawing")):
        raise BadInput("Nobody has signed yet: draw the signature into the field.")
    return drawing


def completion_of(form: FormData, stage: str, way: Way) -> CompletionOf:
    """Makes the completion that the form's answers say."""

    def command(kinds: Mapping[str, ActionKind] | None) -> CompleteStage:
        return made(
            CompleteStage,
            command_id=fresh_command_id(entry(form, ID) or None),
            actor=Actor(code="somebody", role=Role.HOSPITAL if way is not Way.DRAWN else CompleteStage.senders()[0]),
            note=entry(form, "note"),
            stage=stage,
            actions=answers(form, kinds or {}),
            verified=_verified(form) if way is Way.DRAWN else None,
        )

    return command


def _verified(form: FormData) -> VerifiedOutcome | None:
    proved, cause, code = entry(form, "proved"), entry(form, "cause") or None, entry(form, "problem_code") or None
    if not (proved or cause or code):
        return None
    right = {"right": True, "wrong": False}.get(proved)
    return made(VerifiedOutcome, proposal_right=right, cause=cause, problem_code=known_code(code))


ROUTES: Sequence[BaseRoute] = (
    looked_at("/tickets/{number}/sign/{stage}", sign_page),
    sent("/tickets/{number}/sign/{stage}", sign_stage),
)
