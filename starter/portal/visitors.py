"""Who looks at a page: known by a cookie, and whether a form that comes back is one that we gave them."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from ipaddress import ip_address
from secrets import token_urlsafe

from pydantic import SecretStr
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from starter.accounts.entering import Login, verify_token
from starter.failures import NotSignedIn, Refused
from starter.portal.words import Words, language_of
from starter.web.asking import Asking, address_of, engines_of, limits_of
from starter.web.engines import Engines

SESSION = "__Host-fieldcare"
"""The token of a login. The prefix makes browsers take it over TLS (or from this machine) and for this host alone."""
FORMS = "__Host-fieldcare-forms"
"""What the forms of somebody are bound to who has not signed in."""
LANGUAGE = "__Host-fieldcare-language"
ZONE = "__Host-fieldcare-zone"
"""In whose time somebody reads what is about no site."""
DEVICE = "__Host-fieldcare-device"
"""By which a browser is known again from which somebody has signed in. It lets nobody in."""
FLOW = "__Host-fieldcare-sso"
"""What the answer of a sign-in service has to fit: kept while somebody is there."""
FLOW_LASTS = 600
DEVICE_LASTS = 180 * 24 * 3600
FIELD = "form_key"
"""The field of every form that shows that the form is ours."""

MOST_FIELDS = 300


class ForeignForm(Refused):
    """A form that is none of ours, or from before somebody signed in or out. Nothing was done."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who looks at a page.

    Attributes:
        asking: as whom, where they have signed in.
        seed: what their forms are bound to.
        is_new: whether the seed was made just now, and they have to be given it.
    """

    request: Request
    words: Words
    asking: Asking | None
    seed: str
    is_new: bool

    @property
    def engines(self) -> Engines:
        return engines_of(self.request)

    @property
    def form_key(self) -> str:
        """What a form of theirs has in its field `FIELD`."""
        return form_key(self.seed)

    @property
    def address(self) -> str:
        return address_of(self.request)

    @property
    def device(self) -> SecretStr | None:
        """By which this browser is known again, if anybody has signed in from it."""
        kept = self.request.cookies.get(DEVICE)
        return SecretStr(kept) if kept else None

    def known(self) -> Asking:
        """As whom they ask.

        Raises:
            NotSignedIn: as nobody.
        """
        if self.asking is None:
            raise NotSignedIn("Sign in first.")
        return self.asking


async def visitor_of(request: Request) -> Visitor:
    """Who looks at a page. A cookie that is not good any more is none.

    Raises:
        TooManyRequests: they have asked too much.
    """
    words = Words(language_of(request.cookies.get(LANGUAGE), request.headers.get("Accept-Language", "")))
    token, asking = request.cookies.get(SESSION), None
    engines, limits = engines_of(request), limits_of(request)
    if token:
        try:
            principal = await verify_token(engines.database, SecretStr(token))
        except NotSignedIn:
            limits.strangers.take(address_of(request))
        else:
            limits.callers.take(principal.code)
            asking = Asking(principal, SecretStr(token), engines.database_for(principal), engines)
    seed = token if asking is not None and token else request.cookies.get(FORMS)
    return Visitor(request, words, asking, seed or token_urlsafe(32), is_new=not seed)


def form_key(seed: str) -> str:
    """What shows that a form is for whoever has this seed. It tells nothing of the seed."""
    return urlsafe_b64encode(hmac.digest(seed.encode(), b"fieldcare: a form of ours", sha256)).decode().rstrip("=")


async def form_of(visitor: Visitor) -> FormData:
    """What came back in a form of ours.

    Raises:
        ForeignForm: it is from another site, or was given to somebody else.
    """
    request = visitor.request
    _check_origin(request)
    form = await _read(request)
    if visitor.is_new or not hmac.compare_digest(_text(form, FIELD).encode(), visitor.form_key.encode()):
        raise ForeignForm(
            "This form can't be used any more: you have signed in or out since it was shown, or your browser keeps no "
            "cookies. Nothing was done. Open the page again."
        )
    return form


async def _read(request: Request) -> FormData:
    """Raises `HTTPException`: it is no form that a browser sends of our pages."""
    try:
        form = await request.form(max_files=0, max_fields=MOST_FIELDS)
        for name, value in form.multi_items():
            f"{name}{value}".encode()
    except ValueError:  # a form may name a character set of its own, which is none or has halves of characters
        raise HTTPException(HTTPStatus.BAD_REQUEST) from None
    return form


SCRIPT = "Fieldcare-Outbox"
"""A header that only a script of this site can send: another site's would have to be let by us first."""


def from_our_script(request: Request) -> None:
    """A request of a script of ours, in the page of this site.

    Raises:
        ForeignForm: it is not.
    """
    _check_origin(request)
    says = request.headers.get("Sec-Fetch-Site") or request.headers.get("Origin")
    is_json = request.headers.get("Content-Type", "").partition(";")[0].strip() == "application/json"
    if SCRIPT not in request.headers or says is None or not is_json:
        raise ForeignForm("This form was sent from another site. Nothing was done.")


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _check_origin(request: Request) -> None:
    """Raises `ForeignForm`: the browser says that another site sent it."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    from_elsewhere = site not in {"same-origin", "none"} if site is not None else False
    if site is None and origin is not None:
        from_elsewhere = origin.lower().partition("://")[2] != request.headers.get("Host", "").lower()
    if from_elsewhere:
        raise ForeignForm("This form was sent from another site. Nothing was done.")


# -- cookies -----------------------------------------------------------------------------------------------------------


def keeps_cookies(request: Request) -> bool:
    """Whether a browser keeps what it is given here: over TLS, or from its own machine."""
    host = request.url.hostname or ""
    if request.url.scheme == "https" or host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def give_session(response: Response, login: Login) -> None:
    """Let a browser come back as whoever has signed in. What its forms were bound to is over."""
    left = max(0, int((login.expires_at - datetime.now(UTC)).total_seconds()))
    _give(response, SESSION, login.token.get_secret_value(), left)
    _give(response, DEVICE, login.device.get_secret_value(), DEVICE_LASTS)
    _forget(response, FORMS)


def kept_flow(request: Request) -> str | None:
    """What this browser keeps while somebody is at the sign-in service."""
    return request.cookies.get(FLOW)


def give_flow(response: Response, kept: str) -> None:
    """Let a browser keep what the answer of the sign-in service has to fit."""
    _give(response, FLOW, kept, FLOW_LASTS)


def forget_flow(response: Response) -> None:
    """That is over."""
    _forget(response, FLOW)


def end_session(response: Response) -> None:
    """Let a browser come back as nobody."""
    _forget(response, SESSION)
    _forget(response, FORMS)


def give_seed(response: Response, visitor: Visitor) -> None:
    """Let a browser keep what its forms are bound to, if it has nothing yet."""
    if visitor.is_new and visitor.asking is None:
        _give(response, FORMS, visitor.seed, None)


def give_language(response: Response, language: str) -> None:
    """Let a browser keep the language that somebody has switched to."""
    _give(response, LANGUAGE, language, 365 * 24 * 3600)


def zone_of(request: Request) -> str | None:
    """The time zone that somebody has said is theirs, as their browser has it; nobody has looked whether it is one."""
    return request.cookies.get(ZONE)


def give_zone(response: Response, zone: str) -> None:
    """Let a browser keep the time zone that somebody has said is theirs."""
    _give(response, ZONE, zone, 365 * 24 * 3600)


def _give(response: Response, name: str, value: str, lasts: int | None) -> None:
    response.set_cookie(name, value, max_age=lasts, path="/", secure=True, httponly=True, samesite="lax")


def _forget(response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")
