"""Passkeys, as their owners use them and as somebody would try them who has none: by a passkey that is a program."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from secrets import token_bytes
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pydantic import SecretStr

from models.database import Database
from models.database_errors import DatabaseRefused
from models.principals import Authentication
from models.settings import Settings
from models.sql_functions import SqlFunction
from starter.accounts import entering, managing, passkeys
from starter.accounts.history import read_history
from starter.embedded.stack import Stack
from starter.failures import BadInput, NotSignedIn, Refused, TooManyTries
from tests.authenticator import PRESENT, Authenticator, unb64
from tests.clusters import TEMPLATE
from tests.databases import as_role, make_database
from tests.starter.accounts import PASSWORD, House

HERE = Settings(password_memory=7168, password_passes=1, public_url="https://care.example.org/")
ORIGIN, HOST = "https://care.example.org", "care.example.org"


@pytest_asyncio.fixture(scope="module")
async def house(stack: Stack, postgres_url: str) -> AsyncIterator[House]:
    url = await make_database(stack.addresses.database_url, f"passkeys_{uuid4().hex}", TEMPLATE)
    app_url = as_role(url, stack.addresses.application_url)
    owner, app, sql = Database(url), Database(app_url), await asyncpg.connect(url)
    yield House(owner, app, app_url, sql)
    await sql.close()
    await app.aclose()
    await owner.aclose()


@pytest.fixture
def code() -> str:
    return f"nina-{uuid4().hex[:8]}"


def authenticator(**more: Any) -> Authenticator:
    return Authenticator(ORIGIN, HOST, **more)


async def added(house: House, code: str, key: Authenticator | None = None, name: str = "phone") -> Authenticator:
    """An account with a passkey."""
    if not await house.sql.fetchval("SELECT count(*) FROM accounts WHERE code = $1", code):
        await house.account(code)
    key = key or authenticator()
    options = await passkeys.begin_passkey(house.app, HERE, code, PASSWORD)
    await passkeys.add_passkey(house.app, HERE, code, name, key.made(options))
    return key


async def enter(house: House, key: Authenticator, **said: Any) -> entering.Login:
    options = await passkeys.begin_sign_in(house.app, HERE)
    return await passkeys.sign_in_by_passkey(house.app, HERE, key.signed(options, **said))


async def refused(house: House, key: Authenticator, **said: Any) -> None:
    with pytest.raises(NotSignedIn) as why:
        await enter(house, key, **said)
    assert str(why.value) == passkeys.DOES_NOT_FIT


@pytest.mark.parametrize("rsa_key", [False, True])
async def test_somebody_comes_in_by_a_passkey_they_have_added(house: House, code: str, rsa_key: bool) -> None:
    key = authenticator(key=rsa.generate_private_key(65537, 2048)) if rsa_key else authenticator()
    await added(house, code, key)
    login = await enter(house, key)
    assert (login.principal.code, login.principal.authentication) == (code, Authentication.PASSKEY)
    assert (await entering.verify_token(house.app, login.token)).code == code
    (kept,) = await passkeys.list_passkeys(house.app, code)
    assert kept["name"] == "phone"
    assert kept["last_used_at"] is not None
    events = (await read_history(house.owner, code)).events
    assert ("passkey_added", "phone") in [(one.kind, one.of) for one in events]


async def test_one_that_does_not_count_is_taken_again_and_again(house: House, code: str) -> None:
    key = await added(house, code)
    for _ in range(2):
        await enter(house, key, counts=False)


async def test_several_have_names_and_each_goes_alone(house: House, code: str) -> None:
    phone = await added(house, code)
    laptop = await added(house, code, authenticator(), "laptop")
    with pytest.raises(Refused):
        await added(house, code, authenticator(), "laptop")
    login = await enter(house, laptop)
    assert await passkeys.remove_own_passkey(house.app, login.token, "laptop")
    assert not await passkeys.remove_own_passkey(house.app, login.token, "laptop")
    await refused(house, laptop)
    await enter(house, phone)
    assert await managing.remove_passkey(house.owner, code, "phone", by="operator")
    await refused(house, phone)


async def test_it_takes_the_password_once_more_to_add_one(house: House, code: str) -> None:
    await house.account(code)
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            await passkeys.begin_passkey(house.app, HERE, code, SecretStr("not the right words"))
    with pytest.raises(TooManyTries):
        await passkeys.begin_passkey(house.app, HERE, code, PASSWORD)


async def test_a_challenge_is_for_one_account_one_purpose_and_one_time(house: House, code: str) -> None:
    key, other = await added(house, code), f"{code}-2"
    await house.account(other)
    options = await passkeys.begin_passkey(house.app, HERE, other, PASSWORD)
    with pytest.raises(Refused, match="took too long"):
        await passkeys.add_passkey(house.app, HERE, code, "stolen", authenticator().made(options))
    with pytest.raises(NotSignedIn):
        await passkeys.sign_in_by_passkey(house.app, HERE, key.signed(options))
    begun = await passkeys.begin_sign_in(house.app, HERE)
    with pytest.raises(Refused, match="took too long"):
        await passkeys.add_passkey(
            house.app,
            HERE,
            other,
            "stolen",
            authenticator().made(json.dumps({**json.loads(begun), "user": {"id": ""}})),
        )
    answer = key.signed(await passkeys.begin_sign_in(house.app, HERE))
    await passkeys.sign_in_by_passkey(house.app, HERE, answer)
    with pytest.raises(NotSignedIn):
        await passkeys.sign_in_by_passkey(house.app, HERE, answer)


async def test_of_two_who_use_a_challenge_at_once_one_comes_in(house: House, code: str) -> None:
    key = await added(house, code)
    answer = key.signed(await passkeys.begin_sign_in(house.app, HERE), counts=False)
    done = await asyncio.gather(
        *(passkeys.sign_in_by_passkey(house.app, HERE, answer) for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(one, entering.Login) for one in done) == 1


async def test_a_challenge_is_over_after_a_while(house: House, code: str) -> None:
    key = await added(house, code)
    options = await passkeys.begin_sign_in(house.app, HERE)
    await house.sql.execute("UPDATE passkey_challenges SET expires_at = clock_timestamp()")
    with pytest.raises(NotSignedIn):
        await passkeys.sign_in_by_passkey(house.app, HERE, key.signed(options))


def elsewhere(key: Authenticator) -> None:
    key.origin = "https://care.example.org.evil.test"


def for_another_host(key: Authenticator) -> None:
    key.rp_id = "evil.test"


def unseen(key: Authenticator) -> None:
    key.flags = PRESENT


def by_another_key(key: Authenticator) -> None:
    key.key = ec.generate_private_key(ec.SECP256R1())


def of_somebody_else(key: Authenticator) -> None:
    key.user = bytes(16)


def counted_before(key: Authenticator) -> None:
    key.count -= 1


def unknown(key: Authenticator) -> None:
    key.credential_id = token_bytes(32)


@pytest.mark.parametrize(
    "otherwise", [elsewhere, for_another_host, unseen, by_another_key, of_somebody_else, counted_before, unknown]
)
async def test_what_is_not_as_it_has_to_be_is_refused(
    house: House, code: str, otherwise: Callable[[Authenticator], None]
) -> None:
    key = await added(house, code)
    await enter(house, key)
    otherwise(key)
    await refused(house, key)


async def test_an_answer_to_something_else_is_refused(house: House, code: str) -> None:
    key = await added(house, code)
    await refused(house, key, type="webauthn.create")
    for answer in ("", "{}", "[]", "null", '{"id": 1}', "x" * 30_000):
        with pytest.raises(NotSignedIn):
            await passkeys.sign_in_by_passkey(house.app, HERE, answer)
        with pytest.raises(BadInput):
            await passkeys.add_passkey(house.app, HERE, code, "x", answer)


async def test_a_disabled_account_has_no_passkeys(house: House, code: str) -> None:
    key = await added(house, code)
    await managing.disable(house.owner, code, by="operator")
    await refused(house, key)
    await managing.enable(house.owner, code, by="operator")
    await enter(house, key)


@pytest.mark.parametrize("change", [elsewhere, for_another_host, unseen])
async def test_a_passkey_made_elsewhere_is_none(
    house: House, code: str, change: Callable[[Authenticator], None]
) -> None:
    await house.account(code)
    key = authenticator()
    change(key)
    with pytest.raises(BadInput):
        await passkeys.add_passkey(
            house.app, HERE, code, "x", key.made(await passkeys.begin_passkey(house.app, HERE, code, PASSWORD))
        )


# -- the door alone: whoever has the application's rights has no more --------------------------------------------------


async def test_the_door_looks_at_the_signature_itself(house: House, code: str) -> None:
    key = await added(house, code)
    login = json.dumps({"name": "x", "lasts": 60, "digest": token_bytes(32).hex()})

    async def door(change: Callable[[dict[str, bytes]], None]) -> Any:
        said = json.loads(key.signed(await passkeys.begin_sign_in(house.app, HERE)))["response"]
        given = {name: unb64(said[name]) for name in ("authenticatorData", "clientDataJSON", "signature")}
        change(given)
        return json.loads(
            await house.app.call(
                SqlFunction.SIGN_IN_BY_PASSKEY,
                key.credential_id,
                given["authenticatorData"],
                given["clientDataJSON"],
                given["signature"],
                login,
            )
        )["principal"]

    def another(given: dict[str, bytes]) -> None:
        digest = sha256(given["clientDataJSON"]).digest()
        given["signature"] = authenticator().signature(given["authenticatorData"] + digest)

    def cut(given: dict[str, bytes]) -> None:
        given["signature"] = given["signature"][:-1]

    def none(given: dict[str, bytes]) -> None:
        given["signature"] = b""

    def zeros(given: dict[str, bytes]) -> None:
        given["signature"] = bytes.fromhex("3006020100020100")

    def unverified(given: dict[str, bytes]) -> None:
        data = bytearray(given["authenticatorData"])
        data[32] = PRESENT
        given["authenticatorData"] = bytes(data)
        given["signature"] = key.signature(bytes(data) + sha256(given["clientDataJSON"]).digest())

    for change in (another, cut, none, zeros, unverified):
        assert await door(change) is None, change
    assert (await door(lambda _: None))["code"] == code


@pytest.mark.parametrize("round_", range(3))
async def test_the_database_verifies_what_cryptography_signs(house: House, round_: int) -> None:
    """And nothing of which a bit is another one."""
    for key in (authenticator(), authenticator(key=rsa.generate_private_key(65537, 2048))):
        numbers = key._cose()
        algorithm, first, second = (
            numbers[3],
            numbers[-2 if numbers[3] == -7 else -1],
            numbers[-3 if numbers[3] == -7 else -2],
        )
        content = token_bytes(100 + round_)
        signature = key.signature(content)
        ask = "SELECT passkey_verifies($1, $2, $3, $4, $5)"
        assert await house.sql.fetchval(ask, algorithm, first, second, signature, content)
        assert not await house.sql.fetchval(ask, algorithm, first, second, signature, content + b"x")
        for place in (8, len(signature) // 2, len(signature) - 1):
            wrong = bytearray(signature)
            wrong[place] ^= 1
            assert not await house.sql.fetchval(ask, algorithm, first, second, bytes(wrong), content)


async def test_the_application_writes_no_passkey_past_its_door(house: House, code: str) -> None:
    await added(house, code)
    app = await asyncpg.connect(house.app_url)
    for attempt in (
        "INSERT INTO account_passkeys SELECT * FROM account_passkeys",
        "UPDATE account_passkeys SET account_id = (SELECT id FROM accounts LIMIT 1)",
        "DELETE FROM account_passkeys",
        "SELECT * FROM passkey_challenges",
        "INSERT INTO passkey_challenges (digest, expires_at) VALUES ('', now())",
        "SELECT put_passkey_challenge((SELECT id FROM accounts LIMIT 1), '')",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(attempt)
    await app.close()
    digest = sha256(token_bytes(8)).digest()
    await house.app.call(SqlFunction.BEGIN_PASSKEY_SIGN_IN, digest)
    document = json.dumps({"name": "x"})
    assert not await house.app.call(SqlFunction.ADD_PASSKEY, code, digest, document), "a challenge of no account"
    with pytest.raises(DatabaseRefused):
        await house.app.call(SqlFunction.BEGIN_PASSKEY_SIGN_IN, b"short")


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://care.example.org", ("care.example.org", "https://care.example.org")),
        ("https://Care.Example.org:8443/x", ("care.example.org", "https://care.example.org:8443")),
        ("http://localhost:8000", ("localhost", "http://localhost:8000")),
        ("http://care.example.org", None),
        ("https://192.0.2.7", None),
        ("http://127.0.0.1:8000", None),
        (None, None),
    ],
)
def test_where_passkeys_are_for(url: str | None, site: tuple[str, str] | None) -> None:
    found = passkeys.site_of(Settings(public_url=url))
    assert (None if found is None else (found.host, found.origin)) == site
