"""`/sign-in/sso`: coming in by an OpenID Connect provider, where the settings name one; and going out there."""

from __future__ import annotations

from urllib.parse import quote, unquote

from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from starter.accounts import single_sign_on
from starter.accounts.provider import Provider
from starter.failures import Failure, NotSignedIn
from starter.portal import entering
from starter.portal.pages import HEADERS, go_to, local
from starter.portal.routes import looked_at
from starter.portal.visitors import Visitor, forget_flow, give_flow, kept_flow
from starter.web.asking import limits_of

NO_PROVIDER = "There is no sign-in service here. Sign in with your password."


async def begin(visitor: Visitor) -> Response:
    """To the provider; the browser keeps what the answer has to fit."""
    following = local(visitor.request.query_params.get("next"))
    limits_of(visitor.request).strangers.take(visitor.address)
    try:
        entering.check_cookies(visitor)
        engines = visitor.engines
        begun = await single_sign_on.begin(engines.database, engines.settings, _provider(visitor))
    except Failure as failure:
        return entering.sign_in_form(visitor, following=following, failure=failure)
    response = RedirectResponse(begun.address, 303, dict(HEADERS))
    give_flow(response, f"{begun.secret}.{quote(following)}")
    return response


async def finish(visitor: Visitor) -> Response:
    """Back from the provider; whoever was signed in before is not any more."""
    secret, _, following = (kept_flow(visitor.request) or "").partition(".")
    following = local(unquote(following))
    limits_of(visitor.request).strangers.take(visitor.address)
    try:
        engines = visitor.engines
        login = await single_sign_on.finish(
            engines.database,
            engines.settings,
            _provider(visitor),
            secret,
            {name: value[:4096] for name, value in visitor.request.query_params.items()},
            device=visitor.device,
        )
    except Failure as failure:
        response = entering.sign_in_form(visitor, following=following, failure=failure)
    else:
        response = await entering.come_in(visitor, login, following)
    forget_flow(response)
    return response


async def end(visitor: Visitor) -> Response:
    """To where one signs out at the provider as well."""
    back = f"{(visitor.engines.settings.public_url or '').rstrip('/')}/sign-in?out=1"
    limits_of(visitor.request).strangers.take(visitor.address)
    try:
        address = await _provider(visitor).end_address(back)
    except Failure as failure:
        return entering.sign_in_form(visitor, following="/", failure=failure)
    return go_to("/sign-in", out="1") if address is None else RedirectResponse(address, 303, dict(HEADERS))


def _provider(visitor: Visitor) -> Provider:
    found = visitor.engines.provider
    if found is None:
        raise NotSignedIn(NO_PROVIDER)
    return found


ROUTES: tuple[BaseRoute, ...] = (
    looked_at("/sign-in/sso", begin, anyone=True),
    looked_at(single_sign_on.CALLBACK, finish, anyone=True),
    looked_at("/sign-out/sso", end, anyone=True),
)
