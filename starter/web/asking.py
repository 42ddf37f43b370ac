"""Who asks: shown by a token with every request."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from fastapi import Request
from pydantic import SecretStr

from models.database import Database
from models.principals import Principal
from starter.accounts.entering import verify_token
from starter.failures import NotSignedIn, Remedy, RemedyKind
from starter.services import Connection
from starter.signing.links import OpenedLink, opened_link
from starter.web.engines import Engines
from starter.web.limits import Limits

SCHEME = "bearer"


@dataclass(frozen=True, slots=True)
class Asking:
    """Whoever asks, and what they are answered with.

    Attributes:
        token: by which they came.
        database: asked for them: every use case holds itself to what they may.
    """

    principal: Principal
    token: SecretStr
    database: Database
    engines: Engines

    async def connection(self, wait: float) -> Connection:
        """Both engines, for what they do to a ticket; see `Engines.connection()`."""
        return await self.engines.connection(self.principal, wait)


def engines_of(request: Request) -> Engines:
    """The engines of the server."""
    engines: Engines = request.app.state.engines
    return engines


async def asking(request: Request) -> Asking:
    """Who asks. Whoever has not shown that is counted by where they come from.

    Raises:
        NotSignedIn: nobody whom we know.
        TooManyRequests: they have asked too much.
    """
    engines, limits = engines_of(request), limits_of(request)
    token = given_token(request)
    try:
        if token is None:
            raise NotSignedIn("Say who you are: with a token in the header Authorization.", Remedy(RemedyKind.SIGN_IN))
        principal = await verify_token(engines.database, token)
    except NotSignedIn:
        limits.strangers.take(address_of(request))  # not before: others behind the same address are known
        raise
    limits.callers.take(principal.code)
    return Asking(principal, token, engines.database_for(principal), engines)


async def link_holder(request: Request, link: SecretStr, *, acts: bool = False) -> OpenedLink:
    """What a signing link is for that somebody holds who need not sign in. Whoever makes links up is counted by where
    they come from, a link by its code, and what is done by it as whatever is done to its ticket.

    Raises:
        NotSignedIn: it is good for nothing.
        TooManyRequests: they have asked too much.
    """
    limits = limits_of(request)
    try:
        found = await opened_link(engines_of(request).database, link)
    except NotSignedIn:
        limits.strangers.take(address_of(request))
        raise
    limits.callers.take(f"link {found.code}")
    if acts:
        limits.take_command(found.ticket)
    return found


def limits_of(request: Request) -> Limits:
    """How much may be asked of the server."""
    limits: Limits = request.app.state.limits
    return limits


def given_token(request: Request) -> SecretStr | None:
    """The token that came with a request."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return SecretStr(token.strip()) if scheme.lower() == SCHEME and token.strip() else None


def address_of(request: Request) -> str:
    """Where a request comes from, as far as the server knows: of IPv6 the network that one customer has."""
    said = request.client.host if request.client is not None else ""
    try:
        address = ip_address(said)
    except ValueError:
        return "nowhere"
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network((address, 64), strict=False))
    return str(address)
