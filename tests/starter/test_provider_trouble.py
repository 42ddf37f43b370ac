"""An OpenID Connect provider that answers oddly, at length or slowly breaks nothing here."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable

import httpx2
import pytest

from starter.accounts import provider
from starter.accounts.provider import ProviderAway
from starter.failures import NotSignedIn
from tests.starter.test_provider import Scene


@pytest.fixture
def scene() -> Scene:
    return Scene()


def only(path: str, answer: httpx2.Response) -> Callable[[httpx2.Request], httpx2.Response | None]:
    return lambda request: answer if request.url.path == path else None


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
@pytest.mark.parametrize(
    "content", [b"[" * 200_000, b'{"a":' * 90_000, b'{"a": "\xff"}', b" " * (provider.LARGEST + 1)], ids=len
)
async def test_an_answer_that_nobody_can_read_is_none(scene: Scene, path: str, content: bytes) -> None:
    scene.answer = only(path, httpx2.Response(200, content=content))
    with pytest.raises(ProviderAway):
        await scene.claims()


async def test_nothing_is_unpacked(scene: Scene) -> None:
    """What is a little on the way may be a lot here."""
    packed = gzip.compress(b" " * 50_000_000)
    scene.answer = only("/token", httpx2.Response(200, content=packed, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(ProviderAway):
        await scene.claims()
    assert {one.headers["Accept-Encoding"] for one in scene.asked} == {"identity"}


async def test_an_answer_that_comes_drop_by_drop_is_not_waited_for(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "AT_MOST", 0.05)

    async def drops() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.001)

    scene.answer = only("/token", httpx2.Response(200, content=drops()))
    with pytest.raises(ProviderAway):
        await asyncio.wait_for(scene.claims(), 10)


@pytest.mark.parametrize("endpoint", ["https://[::1/token", "https://id.example.org/\0", "//", "https://", 7, ["x"]])
async def test_an_address_that_is_none_is_not_asked(scene: Scene, endpoint: object) -> None:
    scene.discovery["token_endpoint"] = endpoint
    with pytest.raises(ProviderAway):
        await scene.claims()


@pytest.mark.parametrize("ways", [7, "client_secret_basic", {}, [], None])
async def test_how_clients_prove_themselves_is_the_usual_way_where_it_is_not_said(scene: Scene, ways: object) -> None:
    scene.discovery["token_endpoint_auth_methods_supported"] = ways
    assert (await scene.claims()).subject
    assert scene.of("/token")[0].headers["Authorization"].startswith("Basic ")


async def test_keys_of_a_kind_that_nobody_knows_yet_keep_nobody_out(scene: Scene) -> None:
    known = scene.key.as_dict(private=False)
    odd = [
        {"kty": "OKP", "crv": "Ed449", "x": "AA", "kid": "new"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "broken"},
        {"kty": "RSA", "kid": "half"},
        {"kty": "lattice", "kid": "newer"},
        {},
        7,
    ]
    scene.answer = only("/keys", httpx2.Response(200, json={"keys": [*odd, known]}))
    assert (await scene.claims()).subject


@pytest.mark.parametrize("subject", ["a\0b", " ", "a\nb", "\u202eanin"])
async def test_a_subject_that_nobody_can_keep_or_see_is_none(scene: Scene, subject: str) -> None:
    scene.said["sub"] = subject
    with pytest.raises(NotSignedIn):
        await scene.claims()


async def test_an_address_that_nobody_can_keep_is_none(scene: Scene) -> None:
    scene.said["email"] = "nina\0@example.org"
    assert (await scene.claims()).email is None
