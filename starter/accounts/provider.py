"""An OpenID Connect provider, as its discovery document has it: where people go, where codes become tokens, its keys.

Who it is says the setting alone. What it says of itself is believed only where it is that issuer, and reached only over
TLS, or on this machine; nothing is fetched from where somebody else has said.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from models.settings import Settings
from starter.failures import BadSetting, NotSignedIn, Refused

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""By which a provider may sign: none, and none that takes a secret which others have as well, is among them."""
LEEWAY = 60
"""Seconds by which its clock may differ."""
KEPT = 3600.0
"""Seconds that its discovery document is kept."""
KEYS_AT_MOST_EVERY = 10.0
"""Seconds between two looks at its keys: a token that names an unknown one makes nobody ask without end."""
TIMEOUT = 5.0
LARGEST = 512 * 1024

NOT_TAKEN = "What the sign-in service said was not taken. Try again, or sign in with your password."


class ProviderAway(Refused):
    """The provider does not answer, or says what nobody can use."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__("The sign-in service does not answer at the moment. Sign in with your password, or try later.")


@dataclass(frozen=True, slots=True)
class Claims:
    """Who somebody is, by the provider's word. `email`: only where the provider has verified it."""

    issuer: str
    subject: str
    email: str | None


@dataclass(frozen=True, slots=True)
class Configured:
    """What the settings say of it."""

    issuer: str
    client_id: str
    secret: str | None
    name: str


def configured(settings: Settings) -> Configured | None:
    """The provider of the settings; None: there is none.

    Raises:
        BadSetting: it can't be used.
    """
    if settings.oidc_issuer is None:
        return None
    if settings.oidc_client_id is None or settings.public_url is None:
        raise BadSetting("FIELDCARE_OIDC_ISSUER goes with FIELDCARE_OIDC_CLIENT_ID and FIELDCARE_PUBLIC_URL.")
    if not _is_safe(settings.oidc_issuer):
        raise BadSetting("FIELDCARE_OIDC_ISSUER has to begin with https://; http is for this machine alone.")
    secret = None
    if (path := settings.oidc_client_secret_file) is not None:
        try:
            secret = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise BadSetting(f"FIELDCARE_OIDC_CLIENT_SECRET_FILE, {path}, can't be read.") from error
    return Configured(settings.oidc_issuer, settings.oidc_client_id, secret, settings.oidc_name)


class Provider:
    """What is known of the provider, fetched when it is first needed. A server has one."""

    def __init__(self, said: Configured, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self.said = said
        self._transport = transport
        self._found: Mapping[str, Any] | None = None
        self._found_at = 0.0
        self._keys: KeySet | None = None
        self._keys_at = float("-inf")

    async def address_for(self, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
        """Where a browser goes to sign in: code flow, with PKCE.

        Raises:
            ProviderAway: nobody knows.
        """
        found = await self._discovered()
        return str(
            prepare_grant_uri(
                found["authorization_endpoint"],
                client_id=self.said.client_id,
                response_type="code",
                redirect_uri=redirect_uri,
                scope="openid email",
                state=state,
                nonce=nonce,
                code_challenge=create_s256_code_challenge(verifier),
                code_challenge_method="S256",
            )
        )

    async def end_address(self, back: str) -> str | None:
        """Where a browser signs out there as well; None: the provider has no such place.

        Raises:
            ProviderAway: nobody knows.
        """
        end = (await self._discovered()).get("end_session_endpoint")
        if not isinstance(end, str) or not self._is_theirs(end):
            return None
        told = httpx2.QueryParams({"client_id": self.said.client_id, "post_logout_redirect_uri": back})
        return f"{end}{'&' if urlsplit(end).query else '?'}{told}"

    async def claims(self, code: str, redirect_uri: str, nonce: str, verifier: str, *, issuer: str | None) -> Claims:
        """Who has come back from there with a code.

        Args:
            issuer: `iss` of the answer (RFC 9207), where it has one.

        Raises:
            NotSignedIn: it does not fit. Why is not said.
            ProviderAway: it does not answer.
        """
        found = await self._discovered()
        if issuer is None and found.get("authorization_response_iss_parameter_supported") is True:
            raise NotSignedIn(NOT_TAKEN)
        if issuer is not None and issuer != self.said.issuer:
            raise NotSignedIn(NOT_TAKEN)
        tokens = await self._tokens(found, code, redirect_uri, verifier)
        try:
            return await self._read(tokens, nonce)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise NotSignedIn(NOT_TAKEN) from error

    async def _read(self, tokens: Mapping[str, Any], nonce: str) -> Claims:
        token = await self._verified(str(tokens["id_token"]))
        said = CodeIDToken(
            token.claims,
            token.header,
            options={
                "iss": {"essential": True, "value": self.said.issuer},
                "sub": {"essential": True},
                "aud": {"essential": True, "value": self.said.client_id},
                "exp": {"essential": True},
                "iat": {"essential": True},
                "nonce": {"essential": True, "value": nonce},
            },
            params={
                "nonce": nonce,
                "client_id": self.said.client_id,
                "access_token": tokens.get("access_token"),
            },
        )
        said.validate(leeway=LEEWAY)
        subject = said["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise ValueError("the subject is none")
        email = said.get("email")
        verified = said.get("email_verified") is True and isinstance(email, str) and 0 < len(email) <= 254
        return Claims(self.said.issuer, subject, email if verified else None)

    async def _verified(self, token: str) -> jwt.Token:
        """The token, signed by a key that the provider has now: keys change, so an unknown one is looked up once."""
        try:
            return jwt.decode(token, await self._key_set(), algorithms=list(ALGORITHMS))
        except (JoseError, ValueError):
            fresh = await self._key_set(anew=True)
            return jwt.decode(token, fresh, algorithms=list(ALGORITHMS))

    async def _key_set(self, *, anew: bool = False) -> KeySet:
        now = time.monotonic()
        if self._keys is None or (anew and now - self._keys_at >= KEYS_AT_MOST_EVERY):
            found = await self._discovered()
            self._keys = KeySet.import_key_set(await self._fetched("GET", found["jwks_uri"]))  # type: ignore[arg-type]
            self._keys_at = now
        return self._keys

    async def _tokens(self, found: Mapping[str, Any], code: str, redirect_uri: str, verifier: str) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
            "client_id": self.said.client_id,
        }
        basic: tuple[str, str] | None = None
        if self.said.secret is not None:
            ways = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
            if "client_secret_basic" in ways:
                basic = (quote(self.said.client_id, safe=""), quote(self.said.secret, safe=""))  # RFC 6749, 2.3.1
            else:
                form["client_secret"] = self.said.secret
        return await self._fetched("POST", found["token_endpoint"], form=form, basic=basic)

    async def _discovered(self) -> Mapping[str, Any]:
        now = time.monotonic()
        if self._found is None or now - self._found_at > KEPT:
            found = await self._fetched("GET", f"{self.said.issuer.rstrip('/')}/.well-known/openid-configuration")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not isinstance(found.get(name), str) or not self._is_theirs(found[name]):
                    raise ProviderAway(self.said.name)
            if found.get("issuer") != self.said.issuer:
                raise ProviderAway(self.said.name)
            self._found, self._found_at = found, now
        return self._found

    def _is_theirs(self, url: str) -> bool:
        """Over TLS; and on this machine only where the issuer itself is there."""
        return _is_safe(url) and (urlsplit(url).scheme == "https" or urlsplit(self.said.issuer).scheme == "http")

    async def _fetched(
        self, method: str, url: str, *, form: Mapping[str, str] | None = None, basic: tuple[str, str] | None = None
    ) -> Mapping[str, Any]:
        """A JSON object from the provider. Nobody is sent on to elsewhere, and nothing long is read."""
        try:
            async with (
                httpx2.AsyncClient(
                    transport=self._transport, timeout=TIMEOUT, follow_redirects=False, trust_env=False
                ) as client,
                client.stream(method, url, data=form, auth=basic, headers={"Accept": "application/json"}) as answer,
            ):
                content = b""
                async for piece in answer.aiter_bytes():
                    content += piece
                    if len(content) > LARGEST:
                        raise ProviderAway(self.said.name)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise ProviderAway(self.said.name) from error
        if method == "POST" and 400 <= answer.status_code < 500:
            raise NotSignedIn(NOT_TAKEN)
        try:
            said = json.loads(content)
        except ValueError as error:
            raise ProviderAway(self.said.name) from error
        if answer.status_code != httpx2.codes.OK or not isinstance(said, dict):
            raise ProviderAway(self.said.name)
        return said


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.username is not None or parts.fragment:
        return False
    if parts.scheme == "https" and host:
        return True
    if parts.scheme != "http":
        return False
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
