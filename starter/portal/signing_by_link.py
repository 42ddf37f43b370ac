"""`/sign`: whoever was sent a signing link signs by it, without an account."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import SecretStr
from starlette.datastructures import FormData
from starlette.responses import Response
from starlette.routing import BaseRoute

from models.contracts.commands import CommandResult
from models.database import Database
from starter.failures import Failure, NotSignedIn
from starter.portal.commands import WAIT
from starter.portal.failing import remedies_of, sentence_of, status_of
from starter.portal.forms import entry
from starter.portal.pages import page
from starter.portal.routes import looked_at, sent
from starter.portal.signing import SIGNS, Desk, Way, completion_of, look, refused, typed_in
from starter.portal.times import Times
from starter.portal.visitors import Visitor
from starter.signing.links import OpenedLink
from starter.signing.sign import sign_by_link, to_sign_by_link
from starter.web.asking import link_holder


async def link_sign_page(visitor: Visitor) -> Response:
    """The page that a signing link leads to. The link's secret stands after the #: a script of ours, or the person
    themselves, brings it into the form."""
    return page(visitor, "sign_link.html", failure=None, remedies=())


async def sign_with_link(visitor: Visitor, form: FormData) -> Response:
    """Shows what whoever has a link would sign; or signs it. The secret comes in the form, and in no address."""
    key = entry(form, "key")
    try:
        held = await link_holder(visitor.request, SecretStr(key), acts=entry(form, "step") == SIGNS)
        desk = await _desk_of_link(visitor.engines.database, held, key, form)
    except Failure as failure:
        return _no_link(visitor, failure, form)
    if entry(form, "step") != SIGNS:
        return look(visitor, desk, form)
    try:
        connection = await visitor.engines.connection(None, WAIT)
        command_of = completion_of(form, held.stage, Way.LINK)
        digest = entry(form, "digest")
        result = await sign_by_link(connection, visitor.engines.settings, SecretStr(key), command_of, digest)
    except Exception as error:
        if isinstance(error, NotSignedIn):
            return _no_link(visitor, error, form)
        return refused(visitor, desk, error)
    return _signed(visitor, desk, result)


async def _desk_of_link(database: Database, held: OpenedLink, key: str, form: FormData) -> Desk:
    link, ready = await to_sign_by_link(database, SecretStr(key), completion_of(form, held.stage, Way.LINK))
    return Desk(Way.LINK, "/sign", ready, typed_in(form), link, key)


def _no_link(visitor: Visitor, failure: Failure, form: FormData) -> Response:
    sentence, remedies = sentence_of(failure, visitor.words), remedies_of(failure, visitor.words)
    if entry(form, "step") == SIGNS and isinstance(failure, NotSignedIn):
        remedies.append(visitor.words("If you pressed the button twice, it was signed the first time."))
    return page(visitor, "sign_link.html", status=status_of(failure), failure=sentence, remedies=remedies)


def _signed(visitor: Visitor, desk: Desk, result: CommandResult) -> Response:
    times = Times(visitor.words, desk.ready.record.unit.time_zone)
    return page(visitor, "signed.html", times=times, desk=desk, ready=desk.ready, at=result.applied_at)


ROUTES: Sequence[BaseRoute] = (
    looked_at("/sign", link_sign_page, anyone=True),
    sent("/sign", sign_with_link, anyone=True),
)
