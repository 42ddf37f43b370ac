"""`/sign-in`, `/sign-out`, `/link`, `/account`: coming in, who one is, going out."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from pydantic import SecretStr
from starlette.datastructures import FormData
from starlette.responses import Response
from starlette.routing import BaseRoute

from starter.accounts import entering
from starter.accounts.entering import Login
from starter.accounts.passkeys import list_passkeys, site_of
from starter.failures import BadInput, Failure
from starter.portal.failing import remedies_of, sentence_of, status_of
from starter.portal.forms import entry
from starter.portal.pages import go_to, home_of, local, page
from starter.portal.routes import looked_at, sent
from starter.portal.visitors import Visitor, end_session, give_language, give_session, keeps_cookies
from starter.portal.words import LANGUAGES
from starter.web.asking import limits_of

NO_COOKIES = (
    "Signing in takes an encrypted connection: this address begins with http://, and your browser would not keep the "
    "sign-in. Open the page by its https:// address."
)

DONE: Mapping[str, str] = {
    "new": "Your password is set.",
    "passkey": "The passkey is added. From now on you can sign in with it.",
    "removed": "The passkey is removed.",
}
"""What is said of what a form has done, by the word in the address."""


async def home(visitor: Visitor) -> Response:
    """To where somebody begins."""
    return go_to(home_of(visitor.known().principal))


async def sign_in_page(visitor: Visitor) -> Response:
    """The form for code and password."""
    query = visitor.request.query_params
    if visitor.asking is not None:
        return go_to(local(query.get("next")))
    note = visitor.words("You have signed out.") if "out" in query else ""
    return sign_in_form(visitor, following=local(query.get("next")), note=note)


async def sign_in(visitor: Visitor, form: FormData) -> Response:
    """Somebody comes in by a password; whoever was signed in before is not any more."""
    code, following = entry(form, "code"), local(entry(form, "next"))
    limits_of(visitor.request).strangers.take(visitor.address)
    try:
        check_cookies(visitor)
        if not code or not entry(form, "password"):
            raise BadInput("Type your code and your password.")
        login = await entering.sign_in(
            visitor.engines.database,
            visitor.engines.settings,
            code,
            SecretStr(entry(form, "password", as_it_is=True)),
            device=visitor.device,
        )
    except Failure as failure:
        return sign_in_form(visitor, following=following, code=code, failure=failure)
    return await come_in(visitor, login, following)


async def sign_out(visitor: Visitor, _: FormData) -> Response:
    """The login of this browser ends."""
    asking = visitor.known()
    await entering.sign_out(visitor.engines.database, asking.token)
    return _gone()


async def sign_out_everywhere(visitor: Visitor, _: FormData) -> Response:
    """All logins of the account end, this one as well. Personal tokens stay."""
    asking = visitor.known()
    await entering.sign_out_everywhere(visitor.engines.database, asking.token)
    return _gone()


async def link_page(visitor: Visitor) -> Response:
    """The form for the password that a one-time link is to set."""
    return _link_form(visitor, visitor.request.query_params.get("key", ""))


async def link(visitor: Visitor, form: FormData) -> Response:
    """A one-time link sets a password, and whoever set it is in."""
    key, first, again = (
        entry(form, "key"),
        entry(form, "password", as_it_is=True),
        entry(form, "again", as_it_is=True),
    )
    limits_of(visitor.request).strangers.take(visitor.address)
    try:
        check_cookies(visitor)
        if first != again:
            raise BadInput("The two passwords are not the same. Nothing was changed.")
        engines = visitor.engines
        code = await entering.use_link(engines.database, engines.settings, SecretStr(key), SecretStr(first))
        login = await entering.sign_in(
            engines.database, engines.settings, code, SecretStr(first), device=visitor.device
        )
    except Failure as failure:
        return _link_form(visitor, key, failure)
    return await come_in(visitor, login, "/account?new=1")


async def account_page(visitor: Visitor) -> Response:
    """Who one is, what one may act as, and changing the password."""
    query = visitor.request.query_params
    done = "new" if "new" in query else query.get("done", "")
    return await account(visitor, note=visitor.words(DONE[done]) if done in DONE else "")


async def password(visitor: Visitor, form: FormData) -> Response:
    """Another password. Every login ends, and this browser gets a new one."""
    asking = visitor.known()
    old, first, again = (entry(form, name, as_it_is=True) for name in ("old", "password", "again"))
    engines, code = visitor.engines, asking.principal.code
    try:
        if first != again:
            raise BadInput("The two new passwords are not the same. Nothing was changed.")
        await entering.change_password(
            engines.database, engines.settings, code, SecretStr(old), SecretStr(first), device=visitor.device
        )
        login = await entering.sign_in(
            engines.database, engines.settings, code, SecretStr(first), device=visitor.device
        )
    except Failure as failure:
        return await account(visitor, failure=failure)
    return await come_in(visitor, login, "/account?new=1")


async def language(_: Visitor, form: FormData) -> Response:
    """Another language for the pages, from now on."""
    response = go_to(local(entry(form, "next")))
    if (chosen := entry(form, "language")) in LANGUAGES:
        give_language(response, chosen)
    return response


ROUTES: tuple[BaseRoute, ...] = (
    looked_at("/", home),
    looked_at("/sign-in", sign_in_page, anyone=True),
    sent("/sign-in", sign_in, anyone=True),
    sent("/sign-out", sign_out),
    sent("/sign-out-everywhere", sign_out_everywhere),
    looked_at("/link", link_page, anyone=True),
    sent("/link", link, anyone=True),
    looked_at("/account", account_page),
    sent("/account/password", password),
    sent("/language", language, anyone=True),
)


# -- inside ------------------------------------------------------------------------------------------------------------


def check_cookies(visitor: Visitor) -> None:
    """Return where a browser keeps what it is given.

    Raises:
        BadInput: it would not.
    """
    if not keeps_cookies(visitor.request):
        raise BadInput(NO_COOKIES)


async def come_in(visitor: Visitor, login: Login, following: str) -> Response:
    """To what somebody wanted who has just shown who they are."""
    if visitor.asking is not None:  # nobody is left with a login that no browser has
        await entering.sign_out(visitor.engines.database, visitor.asking.token)
    response = go_to(following)
    give_session(response, login)
    return response


def _gone() -> Response:
    response = go_to("/sign-in", out="1")
    end_session(response)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _told(visitor: Visitor, failure: Failure | None) -> tuple[int, Mapping[str, Any]]:
    """The status of a form's page, and what it says of what went wrong with the form."""
    if failure is None:
        return HTTPStatus.OK, {"failure": None, "remedies": ()}
    status = status_of(failure)
    return status, {"failure": sentence_of(failure, visitor.words), "remedies": remedies_of(failure, visitor.words)}


def sign_in_form(
    visitor: Visitor, *, following: str, code: str = "", note: str = "", failure: Failure | None = None
) -> Response:
    """The page on which somebody signs in, with what went wrong."""
    status, said = _told(visitor, failure)
    provider = visitor.engines.provider
    return page(
        visitor,
        "sign_in.html",
        status=status,
        next=following,
        code=code,
        note=note,
        passkeys_here=site_of(visitor.engines.settings) is not None,
        provider=None if provider is None else provider.said.name,
        signed_out="out" in visitor.request.query_params,
        **said,
    )


def _link_form(visitor: Visitor, key: str, failure: Failure | None = None) -> Response:
    status, said = _told(visitor, failure)
    return page(visitor, "link.html", status=status, key=key, **said)


async def account(
    visitor: Visitor, *, note: str = "", failure: Failure | None = None, passkey_failure: Failure | None = None
) -> Response:
    """The page of one's account, with what went wrong with one of its forms."""
    status, said = _told(visitor, failure or passkey_failure)
    found = await list_passkeys(visitor.known().database, visitor.known().principal.code)
    about = {"passkey_failure": said["failure"], "failure": None} if passkey_failure is not None else {}
    return page(
        visitor,
        "account.html",
        status=status,
        note=note,
        passkeys=found,
        passkeys_here=site_of(visitor.engines.settings) is not None,
        **{"passkey_failure": None, **said, **about},
    )
