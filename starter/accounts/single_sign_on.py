"""Coming in by an OpenID Connect provider: to accounts that were linked to somebody there, and no others.

What goes to the provider and back (state, nonce, the verifier of PKCE) is made from one secret that only the browser
keeps, so an answer is good in that browser alone; the database keeps the state's SHA-256, and takes it once.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from pydantic import SecretStr

from models.database_calls import Calls
from models.principals import Authentication
from models.settings import Settings
from models.sql_functions import SqlFunction
from models.vocabulary.accounts import TokenScope
from starter.accounts.entering import Login, device_shown, principal_said
from starter.accounts.keys import new_token
from starter.accounts.provider import NOT_TAKEN, Provider
from starter.failures import NotSignedIn

NOBODY = "There is no account for you here that is linked to the sign-in service. Ask whoever administers Fieldcare."
CALLBACK = "/sign-in/sso/done"


@dataclass(frozen=True, slots=True)
class Begun:
    """Where a browser goes, and the secret that it keeps until it comes back."""

    address: str
    secret: str


def redirect_uri(settings: Settings) -> str:
    """Where the provider sends people back to."""
    return f"{(settings.public_url or '').rstrip('/')}{CALLBACK}"


async def begin(database: Calls, settings: Settings, provider: Provider) -> Begun:
    """Begin to sign in there.

    Raises:
        ProviderAway: it does not answer.
    """
    secret = token_urlsafe(32)
    state = _made(secret, "state")
    address = await provider.address_for(
        redirect_uri(settings), state, _made(secret, "nonce"), _made(secret, "verifier")
    )
    await database.call(SqlFunction.BEGIN_IDENTITY_SIGN_IN, sha256(state.encode()).digest())
    return Begun(address, secret)


async def finish(
    database: Calls,
    settings: Settings,
    provider: Provider,
    secret: str,
    answer: Mapping[str, str],
    *,
    device: SecretStr | None = None,
) -> Login:
    """Come in with what the provider has sent a browser back with.

    Args:
        secret: what the browser has kept since `begin()`.
        answer: state, code, and maybe iss.

    Raises:
        NotSignedIn: it does not fit, or the account is nobody's.
        ProviderAway: the provider does not answer.
    """
    state = answer.get("state", "")
    if not secret or not hmac.compare_digest(state.encode(), _made(secret, "state").encode()):
        raise NotSignedIn(NOT_TAKEN)
    if not await database.call(SqlFunction.TAKE_IDENTITY_STATE, sha256(state.encode()).digest()):
        raise NotSignedIn(NOT_TAKEN)
    if not answer.get("code"):
        raise NotSignedIn(NOT_TAKEN)  # whoever it was has thought better of it there
    claims = await provider.claims(
        answer["code"],
        redirect_uri(settings),
        _made(secret, "nonce"),
        _made(secret, "verifier"),
        issuer=answer.get("iss"),
    )
    token, shown = new_token(), device_shown(device)
    login = {
        "name": "single sign-on",
        "lasts": settings.login_lasts.total_seconds(),
        "digest": token.digest.hex(),
        "device": shown.digest.hex(),
    }
    document = json.dumps({"issuer": claims.issuer, "subject": claims.subject, "email": claims.email})
    said = json.loads(await database.call(SqlFunction.SIGN_IN_BY_IDENTITY, document, json.dumps(login)))
    if said["principal"] is None:
        raise NotSignedIn(NOBODY)
    scopes = frozenset(TokenScope(one) for one in said["scopes"])
    principal = principal_said(said["principal"], Authentication.PROVIDER, scopes)
    return Login(principal, token.secret, datetime.fromisoformat(said["expires_at"]), shown.secret)


async def list_identities(database: Calls, code: str) -> Sequence[Mapping[str, Any]]:
    """To whom an account is linked: issuer, subject (None: nobody has come yet), email, created_at, last_used_at."""
    return await database.rows(SqlFunction.LIST_ACCOUNT_IDENTITIES, code)


def _made(secret: str, what: str) -> str:
    """One of the three, which tells nothing of the secret and of the others."""
    made = hmac.digest(secret.encode(), f"fieldcare: {what}".encode(), sha256)
    return urlsafe_b64encode(made).decode().rstrip("=")
