"""`/account/passkeys`, `/sign-in/passkey`: adding a passkey to one's account and removing it; coming in by one."""

from __future__ import annotations

from http import HTTPStatus

from pydantic import SecretStr
from starlette.datastructures import FormData
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from starter.accounts import passkeys
from starter.failures import Failure
from starter.portal import entering
from starter.portal.failing import remedies_of, sentence_of, status_of
from starter.portal.forms import entry
from starter.portal.pages import HEADERS, go_to, local, page
from starter.portal.routes import sent
from starter.portal.visitors import Visitor
from starter.web.asking import limits_of


async def begin(visitor: Visitor, form: FormData) -> Response:
    """Whoever gives their password once more is shown the page on which their browser makes a passkey."""
    asking, engines = visitor.known(), visitor.engines
    name = entry(form, "name")
    try:
        options = await passkeys.begin_passkey(
            engines.database,
            engines.settings,
            asking.principal.code,
            SecretStr(entry(form, "password", as_it_is=True)),
            device=visitor.device,
        )
    except Failure as failure:
        return await entering.account(visitor, passkey_failure=failure)
    return page(visitor, "passkey_new.html", options=options, name=name)


async def add(visitor: Visitor, form: FormData) -> Response:
    """The passkey that a browser has made is added."""
    asking, engines = visitor.known(), visitor.engines
    try:
        await passkeys.add_passkey(
            engines.database, engines.settings, asking.principal.code, entry(form, "name"), entry(form, "credential")
        )
    except Failure as failure:
        return await entering.account(visitor, passkey_failure=failure)
    return go_to("/account", done="passkey")


async def remove(visitor: Visitor, form: FormData) -> Response:
    """A passkey is removed: nobody comes in by it any more."""
    await passkeys.remove_own_passkey(visitor.engines.database, visitor.known().token, entry(form, "name"))
    return go_to("/account", done="removed")


async def challenge(visitor: Visitor, _: FormData) -> Response:
    """What the script of the sign-in page asks the browser for a passkey with."""
    limits_of(visitor.request).strangers.take(visitor.address)
    try:
        options = await passkeys.begin_sign_in(visitor.engines.database, visitor.engines.settings)
    except Failure as failure:
        return JSONResponse(
            {"failure": sentence_of(failure, visitor.words), "remedies": remedies_of(failure, visitor.words)},
            status_of(failure),
            dict(HEADERS),
        )
    return Response(options, HTTPStatus.OK, dict(HEADERS), "application/json")


async def sign_in(visitor: Visitor, form: FormData) -> Response:
    """Somebody comes in by a passkey; whoever was signed in before is not any more."""
    following = local(entry(form, "next"))
    limits_of(visitor.request).strangers.take(visitor.address)
    try:
        entering.check_cookies(visitor)
        login = await passkeys.sign_in_by_passkey(
            visitor.engines.database, visitor.engines.settings, entry(form, "credential"), device=visitor.device
        )
    except Failure as failure:
        return entering.sign_in_form(visitor, following=following, failure=failure)
    return await entering.come_in(visitor, login, following)


ROUTES: tuple[BaseRoute, ...] = (
    sent("/account/passkeys/begin", begin),
    sent("/account/passkeys", add),
    sent("/account/passkeys/remove", remove),
    sent("/sign-in/passkey/challenge", challenge, anyone=True),
    sent("/sign-in/passkey", sign_in, anyone=True),
)
