"""What is believed of an OpenID Connect provider, and what is not: tokens, keys, and what it says of itself."""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from models.settings import Settings
from starter.accounts import provider
from starter.accounts.provider import Claims, Configured, Provider, ProviderAway, configured
from starter.failures import BadSetting, NotSignedIn
from tests.authenticator import b64

ISSUER, CLIENT, NONCE = "https://login.example.org", "fieldcare", "the nonce of this sign-in"


class Scene:
    """A provider that a test changes as it likes."""

    def __init__(self) -> None:
        self.key: Any = RSAKey.generate_key(2048, {"kid": "one"})
        self.published: list[Any] = [self.key]
        self.discovery: dict[str, Any] = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize?tenant=1",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
        }
        self.said: dict[str, Any] = {
            "iss": ISSUER,
            "sub": "248289761001",
            "aud": CLIENT,
            "nonce": NONCE,
            "iat": int(time.time()),
            "exp": int(time.time()) + 300,
            "email": "nina@example.org",
            "email_verified": True,
        }
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "one"}
        self.token: Callable[[], str] = lambda: jwt.encode(self.header, self.said, self.key, algorithms=["RS256"])
        self.asked: list[httpx2.Request] = []
        self.answer: Callable[[httpx2.Request], httpx2.Response | None] = lambda _: None
        self.provider = Provider(Configured(ISSUER, CLIENT, "secret", "Login"), httpx2.MockTransport(self._answer))

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        if (other := self.answer(request)) is not None:
            return other
        match request.url.path:
            case "/.well-known/openid-configuration":
                return httpx2.Response(200, json=self.discovery)
            case "/keys":
                keys = KeySet(self.published).as_dict(private=False)
                return httpx2.Response(200, json=keys)
            case "/token":
                return httpx2.Response(
                    200, json={"id_token": self.token(), "access_token": "x", "token_type": "Bearer"}
                )
        return httpx2.Response(404)

    async def claims(self, issuer: str | None = None) -> Claims:
        return await self.provider.claims("code", "https://care.example.org/done", NONCE, "verifier", issuer=issuer)

    def of(self, path: str) -> list[httpx2.Request]:
        return [one for one in self.asked if one.url.path == path]


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def refused(scene: Scene) -> None:
    with pytest.raises(NotSignedIn) as why:
        await scene.claims()
    assert str(why.value) == provider.NOT_TAKEN


async def test_somebody_is_who_the_provider_says(scene: Scene) -> None:
    assert await scene.claims() == Claims(ISSUER, "248289761001", "nina@example.org")
    (asked,) = scene.of("/token")
    form = parse_qs(asked.content.decode())
    assert (form["grant_type"], form["code_verifier"]) == (["authorization_code"], ["verifier"])
    assert asked.headers["Authorization"].startswith("Basic ")
    address = httpx2.URL(await scene.provider.address_for("https://care.example.org/done", "s", "n", "v" * 43))
    assert (address.params["code_challenge_method"], address.params["tenant"]) == ("S256", "1")
    assert address.params["state"] == "s"
    assert "v" * 43 not in str(address)


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"aud": ["another", "third"]},
        {"aud": [CLIENT, "another"]},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"aud": None},
        {"exp": timedelta(minutes=-2)},
        {"exp": None},
        {"iat": timedelta(days=1)},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "s" * 256},
    ],
    ids=str,
)
async def test_a_token_for_somebody_or_something_else_is_refused(scene: Scene, change: dict[str, Any]) -> None:
    change = {
        name: int(time.time() + value.total_seconds()) if isinstance(value, timedelta) else value
        for name, value in change.items()
    }
    scene.said = {name: value for name, value in {**scene.said, **change}.items() if value is not None}
    await refused(scene)


async def test_clocks_may_differ_by_a_little(scene: Scene) -> None:
    scene.said |= {"exp": int(time.time()) - 30, "iat": int(time.time()) + 30}
    assert (await scene.claims()).subject


async def test_a_token_for_several_is_ours_where_it_was_made_for_us(scene: Scene) -> None:
    scene.said |= {"aud": [CLIENT, "another"], "azp": CLIENT}
    assert (await scene.claims()).subject


@pytest.mark.parametrize("verified", [False, "true", 1, None])
async def test_an_address_that_is_not_verified_is_none(scene: Scene, verified: object) -> None:
    scene.said["email_verified"] = verified
    assert (await scene.claims()).email is None


def always(token: str) -> Callable[[], str]:
    return lambda: token


def part(said: dict[str, Any]) -> str:
    return b64(json.dumps(said).encode())


async def test_a_token_that_nobody_signed_is_refused(scene: Scene) -> None:
    for alg in ("none", "None", "NONE", ""):
        scene.token = always(f"{part({'alg': alg})}.{part(scene.said)}.")
        await refused(scene)
    for token in ("", "x", "a.b.c", "a.b.c.d.e"):
        scene.token = always(token)
        await refused(scene)


async def test_the_public_key_is_no_secret_to_sign_with(scene: Scene) -> None:
    head = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(scene.said)}"
    for public in (scene.key.as_pem(private=False), scene.key.as_pem(private=False).strip()):
        signature = b64(hmac.digest(public, head.encode(), "sha256"))
        scene.token = always(f"{head}.{signature}")
        await refused(scene)
    secret = OctKey.import_key("secret" * 8)
    scene.published = [scene.key, secret]
    scene.token = lambda: jwt.encode({"alg": "HS256"}, scene.said, secret, algorithms=["HS256"])
    await refused(scene)


async def test_a_token_by_somebody_else_s_key_is_refused(scene: Scene) -> None:
    other = RSAKey.generate_key(2048, {"kid": "one"})
    scene.token = lambda: jwt.encode(scene.header, scene.said, other, algorithms=["RS256"])
    await refused(scene)
    scene.header = {"alg": "RS256", "kid": "one", "jwk": other.as_dict(private=False), "jku": "https://evil.example/k"}
    await refused(scene)
    assert {one.url.host for one in scene.asked} == {"login.example.org"}


async def test_keys_change_and_are_looked_up_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    await scene.claims()
    scene.key, scene.header = ECKey.generate_key("P-256", {"kid": "two"}), {"alg": "ES256", "kid": "two"}
    scene.published = [scene.key]
    scene.token = lambda: jwt.encode(scene.header, scene.said, scene.key, algorithms=["ES256"])
    await refused(scene)  # it was asked a moment ago: a made-up key makes nobody ask without end
    assert len(scene.of("/keys")) == 1
    monkeypatch.setattr(provider, "KEYS_AT_MOST_EVERY", 0.0)
    assert (await scene.claims()).subject
    assert len(scene.of("/keys")) == 2
    await scene.claims()
    assert len(scene.of("/keys")) == 2


async def test_an_answer_of_another_issuer_is_not_looked_at(scene: Scene) -> None:
    with pytest.raises(NotSignedIn):
        await scene.claims(issuer="https://evil.example")
    assert scene.of("/token") == [], "the code went nowhere"
    assert (await scene.claims(issuer=ISSUER)).subject
    fresh = Scene()
    fresh.discovery["authorization_response_iss_parameter_supported"] = True
    await refused(fresh)


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://evil.example"},
        {"issuer": f"{ISSUER}/"},
        {"token_endpoint": "http://login.example.org/token"},
        {"token_endpoint": "http://127.0.0.1:5432/"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": None},
        {"authorization_endpoint": 7},
        {"authorization_endpoint": "https://user:word@login.example.org/"},
    ],
    ids=str,
)
async def test_what_a_provider_says_of_itself_is_not_all_believed(scene: Scene, change: dict[str, Any]) -> None:
    scene.discovery |= change
    with pytest.raises(ProviderAway):
        await scene.claims()
    assert {one.url.path for one in scene.asked} == {"/.well-known/openid-configuration"}


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys", "/token"])
@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(500),
        httpx2.Response(302, headers={"Location": "http://127.0.0.1:5432/"}),
        httpx2.Response(200, content=b"<html>"),
        httpx2.Response(200, content=b"[]"),
        httpx2.Response(200, content=b"x" * (600 * 1024)),
    ],
    ids=lambda one: f"{one.status_code} {one.content[:6]!r}",
)
async def test_a_provider_that_talks_nonsense_is_away(scene: Scene, path: str, answer: httpx2.Response) -> None:
    scene.answer = lambda request: (
        httpx2.Response(answer.status_code, headers=dict(answer.headers), content=answer.content)
        if request.url.path == path
        else None
    )
    with pytest.raises(ProviderAway):
        await scene.claims()
    assert {one.url.host for one in scene.asked} == {"login.example.org"}


async def test_a_provider_that_hangs_up_is_away_and_a_code_that_is_none_is_refused(scene: Scene) -> None:
    scene.answer = lambda request: (
        httpx2.Response(400, json={"error": "invalid_grant"}) if request.url.path == "/token" else None
    )
    await refused(scene)

    def hangs_up(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("gone", request=request)

    fresh = Scene()
    fresh.answer = hangs_up
    with pytest.raises(ProviderAway):
        await fresh.claims()


@pytest.mark.parametrize(
    "issuer",
    [
        "http://login.example.org",
        "http://192.0.2.7",
        "ftp://localhost",
        "login",
        "https://a:b@login.example.org",
        "https://",
    ],
)
def test_an_issuer_that_is_not_safe_is_no_setting(issuer: str) -> None:
    with pytest.raises(BadSetting):
        configured(Settings(oidc_issuer=issuer, oidc_client_id=CLIENT, public_url="https://care.example.org"))


def test_the_secret_comes_from_a_file_and_the_settings_go_together(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("of the client\n", encoding="utf-8")
    settings = {"oidc_issuer": ISSUER, "oidc_client_id": CLIENT, "public_url": "https://care.example.org"}
    found = configured(Settings.model_validate({**settings, "oidc_client_secret_file": file}))
    assert found is not None
    assert found.secret == "of the client"
    assert configured(Settings()) is None
    for missing in ("oidc_client_id", "public_url"):
        with pytest.raises(BadSetting):
            configured(Settings.model_validate({name: one for name, one in settings.items() if name != missing}))
    with pytest.raises(BadSetting):
        configured(Settings.model_validate({**settings, "oidc_client_secret_file": tmp_path / "none"}))
