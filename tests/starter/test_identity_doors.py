"""Whoever holds the application's role, or is quicker than somebody else, has no more of an account for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from hashlib import sha256
from secrets import token_bytes
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from pydantic import SecretStr

from models.database import Database
from models.sql_functions import SqlFunction
from starter.accounts import entering, managing, passkeys
from starter.accounts.keys import DEVICE_PREFIX, digest_of, new_token
from starter.accounts.passwords import Parameters, key_of
from starter.embedded.stack import Stack
from starter.failures import BadInput, NotAllowed, NotSignedIn, Refused, TooManyTries
from tests.authenticator import Authenticator, unb64
from tests.clusters import TEMPLATE
from tests.databases import as_role, make_database
from tests.starter.accounts import CHEAP, OTHER, PASSWORD, House
from tests.starter.test_passkeys import HERE, HOST, ORIGIN, added, authenticator
from tests.waiting import until

ISSUER = "https://id.example.org"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest_asyncio.fixture(scope="module")
async def house(stack: Stack, postgres_url: str) -> AsyncIterator[House]:
    url = await make_database(stack.addresses.database_url, f"doors_{uuid4().hex}", TEMPLATE)
    app_url = as_role(url, stack.addresses.application_url)
    owner, app, sql = Database(url), Database(app_url), await asyncpg.connect(url)
    yield House(owner, app, app_url, sql)
    await sql.close()
    await app.aclose()
    await owner.aclose()


@pytest.fixture
def code() -> str:
    return f"nina-{uuid4().hex[:8]}"


def a_login(**more: object) -> str:
    return json.dumps({"name": "x", "lasts": 600, "digest": token_bytes(32).hex(), **more})


async def key_to(house: House, code: str) -> bytes:
    (row,) = await house.app.rows(SqlFunction.BEGIN_SIGN_IN, code)
    return await key_of(PASSWORD.get_secret_value(), row["salt"], Parameters.of(CHEAP))


# -- passkeys ----------------------------------------------------------------------------------------------------------


async def test_an_answer_that_somebody_has_kept_is_good_for_nothing(house: House, code: str) -> None:
    """The database makes what is asked, so nobody has it asked once more; most passkeys do not count."""
    key = await added(house, code)
    options = await passkeys.begin_sign_in(house.app, HERE)
    said = json.loads(key.signed(options, counts=False))["response"]
    kept = [unb64(said[name]) for name in ("authenticatorData", "clientDataJSON", "signature")]

    async def shown() -> Any:
        document = await house.app.call(SqlFunction.SIGN_IN_BY_PASSKEY, key.credential_id, *kept, a_login())
        return json.loads(document)["principal"]

    assert (await shown())["code"] == code
    for _ in range(2):
        challenge = await house.app.call(SqlFunction.BEGIN_PASSKEY_SIGN_IN)
        assert len(challenge) == 32
        assert challenge != unb64(json.loads(options)["challenge"])
        assert await shown() is None
    app = await asyncpg.connect(house.app_url)
    with pytest.raises(asyncpg.UndefinedFunctionError):
        await app.execute("SELECT begin_passkey_sign_in(sha256('mine'))")
    await app.close()


@pytest.mark.parametrize("ends", ["password", "link", "disabled"])
async def test_nobody_adds_a_passkey_by_a_password_that_is_over(house: House, code: str, ends: str) -> None:
    await house.account(code)
    key = authenticator()
    made = key.made(await passkeys.begin_passkey(house.app, HERE, code, PASSWORD))
    match ends:
        case "password":
            await entering.change_password(house.app, CHEAP, code, PASSWORD, OTHER)
        case "link":
            link = (await managing.issue_link(house.owner, code, by="operator")).secret
            await entering.use_link(house.app, CHEAP, link, OTHER)
        case _:
            await managing.disable(house.owner, code, by="operator")
            await managing.enable(house.owner, code, by="operator")
    with pytest.raises(Refused, match="took too long"):
        await passkeys.add_passkey(house.app, HERE, code, "theirs", made)


def keys_that_are_none() -> dict[str, dict[int, object]]:
    point = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
    n = rsa.generate_private_key(65537, 2048).public_key().public_numbers().n.to_bytes(256, "big")
    e = b"\1\0\1"
    return {
        "not on the curve": {1: 2, 3: -7, -1: 1, -2: x, -3: x},
        "nowhere": {1: 2, 3: -7, -1: 1, -2: bytes(32), -3: bytes(32)},
        "on another curve": {1: 2, 3: -7, -1: 2, -2: x, -3: y},
        "longer than a coordinate": {1: 2, 3: -7, -1: 1, -2: b"\0" + x, -3: y},
        "no bytes": {1: 2, 3: -7, -1: 1, -2: point.x, -3: y},
        "of the curve, said to be RSA": {1: 2, 3: -257, -1: 1, -2: x, -3: y},
        "of RSA, said to be of the curve": {1: 3, 3: -7, -1: n, -2: e},
        "short": {1: 3, 3: -257, -1: n[:128], -2: e},
        "with another exponent": {1: 3, 3: -257, -1: n, -2: b"\3"},
        "with a long exponent": {1: 3, 3: -257, -1: n, -2: b"\1" * 40},
        "with zeros before": {1: 3, 3: -257, -1: b"\0" + n, -2: e},
        "enormous": {1: 3, 3: -257, -1: b"\xff" * 2000, -2: e},
    }


async def test_a_key_that_the_database_does_not_verify_is_not_added(house: House, code: str) -> None:
    await house.account(code)
    for name, cose in keys_that_are_none().items():
        key = AnyKey(ORIGIN, HOST, cose)
        made = key.made(await passkeys.begin_passkey(house.app, HERE, code, PASSWORD))
        with pytest.raises(BadInput):
            await passkeys.add_passkey(house.app, HERE, code, name, made)
    assert not await passkeys.list_passkeys(house.app, code)


class AnyKey(Authenticator):
    """One that says of its public key what it likes."""

    def __init__(self, origin: str, rp_id: str, cose: dict[int, object]) -> None:
        super().__init__(origin, rp_id)
        self._said = cose

    def _cose(self) -> dict[int, object]:
        return self._said


def der(r: bytes, s: bytes) -> bytes:
    """Two numbers as a signature has them, whether anybody may write them so or not."""
    content = b"\x02" + bytes([len(r)]) + r + b"\x02" + bytes([len(s)]) + s
    return b"\x30" + bytes([len(content)]) + content


async def test_the_database_takes_the_signatures_that_cryptography_takes(house: House) -> None:
    """In whatever way they are written, or made of others."""
    taken = 0
    for round_ in range(6):
        key = ec.generate_private_key(ec.SECP256R1())
        public = key.public_key()
        point, content = public.public_numbers(), token_bytes(37 + round_)
        signature = key.sign(content, ec.ECDSA(hashes.SHA256()))
        r, s = decode_dss_signature(signature)
        shapes = [
            signature,
            encode_dss_signature(r, ORDER - s),
            *(encode_dss_signature(r, other) for other in (0, 1, ORDER, s + ORDER, ORDER - 1)),
            *(encode_dss_signature(other, s) for other in (0, 1, ORDER, r + ORDER, point.x % ORDER)),
            encode_dss_signature(s, r),
            der(r.to_bytes(33, "big"), s.to_bytes(33, "big")),
            der(r.to_bytes(32, "big"), s.to_bytes(32, "big")),
            der(b"\1", b"\1"),
            der(b"", b"\1"),
            der(b"\1", b""),
            signature + b"\0",
            signature[:-1],
            b"\x30\x81" + signature[1:],
            b"",
        ]
        for shape in shapes:
            try:
                public.verify(shape, content, ec.ECDSA(hashes.SHA256()))
                fits = True
            except InvalidSignature:
                fits = False
            taken += fits
            said = await house.sql.fetchval(
                "SELECT passkey_verifies(-7, $1, $2, $3, $4)",
                point.x.to_bytes(32, "big"),
                point.y.to_bytes(32, "big"),
                shape,
                content,
            )
            assert said is fits, shape.hex()
    assert taken >= 12


async def test_no_rsa_signature_has_another_padding(house: House) -> None:
    key = rsa.generate_private_key(65537, 2048)
    numbers, digest = key.private_numbers(), sha256(b"x").digest()
    n = numbers.public_numbers.n
    named = bytes.fromhex("3031300d060960864801650304020105000420") + digest
    unnamed = b"\x30\x2f\x30\x0b" + named[4:15] + named[17:]
    wrong = {
        "no name of the digest": b"\0\1" + b"\xff" * (253 - 32) + b"\0" + digest,
        "a name without parameters": b"\0\1" + b"\xff" * (253 - len(unnamed)) + b"\0" + unnamed,
        "something after it": b"\0\1" + b"\xff" * (253 - 61) + b"\0" + named + b"\0" * 10,
        "little padding": b"\0\1" + b"\xff" * 8 + b"\0" + named + b"\0" * (256 - 11 - len(named)),
        "of encryption": b"\0\2" + b"\xff" * (253 - len(named)) + b"\0" + named,
    }
    right = b"\0\1" + b"\xff" * (253 - len(named)) + b"\0" + named
    ask = "SELECT passkey_verifies(-257, $1, '\\x010001', $2, 'x')"

    async def fits(number: int, length: int = 256) -> bool:
        return bool(await house.sql.fetchval(ask, n.to_bytes(256, "big"), number.to_bytes(length, "big")))

    good = pow(int.from_bytes(right, "big"), numbers.d, n)
    assert await fits(good)
    assert not await fits(good + n, 257)
    for number in (0, 1, n - 1, n - good):
        assert not await fits(number)
    for name, content in wrong.items():
        assert not await fits(pow(int.from_bytes(content[:256], "big"), numbers.d, n)), name


# -- logins that somebody is quicker with ------------------------------------------------------------------------------


@pytest.mark.parametrize("ends", ["password", "link", "disabled"])
async def test_no_login_outlives_what_ends_it_by_being_made_at_the_same_time(
    house: House, code: str, ends: str
) -> None:
    """Made from a known device, whose tries have a lock of their own; ended by somebody who comes a moment later."""
    await house.account(code)
    device = (await entering.sign_in(house.app, CHEAP, code, PASSWORD)).device
    shown, key, token = digest_of(device.get_secret_value(), DEVICE_PREFIX), await key_to(house, code), new_token()
    assert shown is not None
    link = (await managing.issue_link(house.owner, code, by="operator")).secret
    app = await asyncpg.connect(house.app_url)
    await house.told(code, key, shown)
    async with app.transaction():
        login = a_login(digest=token.digest.hex(), device=shown.hex())
        assert json.loads(await app.fetchval("SELECT sign_in($1, $2, $3)", code, key, login))["principal"]
        match ends:
            case "password":
                ended: Any = entering.change_password(house.app, CHEAP, code, PASSWORD, OTHER)
            case "link":
                ended = entering.use_link(house.app, CHEAP, link, OTHER)
            case _:
                ended = managing.disable(house.owner, code, by="operator")
        task = asyncio.ensure_future(ended)

        async def waits() -> bool:
            return bool(
                task.done()
                or await house.sql.fetchval(
                    "SELECT EXISTS (SELECT FROM pg_stat_activity "
                    "WHERE datname = current_database() AND wait_event_type = 'Lock')"
                )
            )

        await until(waits)
        assert not task.done(), "it was over before the login was there"
    await task
    await app.close()
    if ends == "disabled":
        await managing.enable(house.owner, code, by="operator")
    with pytest.raises(NotSignedIn):
        await entering.verify_token(house.app, token.secret)


async def test_a_password_is_changed_from_many_places_at_once_and_by_a_link(house: House, code: str) -> None:
    """One after the other, whatever they lock, and one of them lasts."""
    await house.account(code)
    devices = [(await entering.sign_in(house.app, CHEAP, code, PASSWORD)).device for _ in range(3)]
    link = (await managing.issue_link(house.owner, code, by="operator")).secret
    new = SecretStr("a third long pass phrase")
    done = await asyncio.gather(
        *(entering.change_password(house.app, CHEAP, code, PASSWORD, OTHER, device=one) for one in devices),
        entering.use_link(house.app, CHEAP, link, new),
        return_exceptions=True,
    )
    assert all(one is None or one == code or isinstance(one, NotSignedIn) for one in done), done
    assert sum(not isinstance(one, Exception) for one in done) >= 1


# -- guesses -----------------------------------------------------------------------------------------------------------


async def looked_at(house: House, code: str, device: bytes) -> int:
    """How many wrong passwords are looked at one after the other from there before one has to wait."""
    for number in range(30):
        if await house.app.call(SqlFunction.ANNOUNCE_PASSWORD, code, token_bytes(32), device) is not None:
            return number
    return 30


async def test_the_provider_s_word_gives_nobody_more_guesses_at_a_password(house: House, code: str) -> None:
    """Whoever runs as the application says it as often as they like, each time from another device."""
    await house.account(code)
    await managing.link_identity(house.owner, code, ISSUER, by="operator", subject=code)
    for number in range(3):
        device, said = token_bytes(32), json.dumps({"issuer": ISSUER, "subject": code})
        login = a_login(device=device.hex())
        assert json.loads(await house.app.call(SqlFunction.SIGN_IN_BY_IDENTITY, said, login))["principal"]
        found = await looked_at(house, code, device)
        assert found == (5 if number == 0 else 0)
    with pytest.raises(TooManyTries):
        await entering.sign_in(house.app, CHEAP, code, PASSWORD)


async def test_the_provider_s_word_removes_no_passkey(house: House, code: str) -> None:
    key = await added(house, code)
    await managing.link_identity(house.owner, code, ISSUER, by="operator", subject=code)
    token, said = new_token(), json.dumps({"issuer": ISSUER, "subject": code})
    await house.app.call(SqlFunction.SIGN_IN_BY_IDENTITY, said, a_login(digest=token.digest.hex()))
    principal = await entering.verify_token(house.app, token.secret)
    with pytest.raises(NotAllowed, match="sign in with your password or a passkey"):
        await passkeys.remove_own_passkey(house.app, principal, token.secret, "phone")
    assert not await house.app.call(SqlFunction.REMOVE_PASSKEY, token.digest, "phone")
    login = await passkeys.sign_in_by_passkey(
        house.app, HERE, key.signed(await passkeys.begin_sign_in(house.app, HERE))
    )
    assert await passkeys.remove_own_passkey(house.app, login.principal, login.token, "phone")


async def test_a_known_device_is_good_for_ten_guesses_and_then_for_none_of_its_own(house: House, code: str) -> None:
    """What whoever has stolen it gets: counted exactly, all at once or one by one."""
    await house.account(code)
    device = (await entering.sign_in(house.app, CHEAP, code, PASSWORD)).device
    shown = digest_of(device.get_secret_value(), DEVICE_PREFIX)
    assert shown is not None

    async def guess() -> bool:
        return await house.app.call(SqlFunction.ANNOUNCE_PASSWORD, code, token_bytes(32), shown) is None

    assert sum(await asyncio.gather(*(guess() for _ in range(20)))) == 5, "the sixth waits"
    for number in range(6, 11):
        await house.sql.execute("UPDATE sign_in_tries SET wait_until = clock_timestamp()")
        assert await guess()
        assert number == 10 or not await guess(), "the next one waits again"
    await house.sql.execute("UPDATE sign_in_tries SET wait_until = clock_timestamp()")
    for number in range(5):
        assert await guess(), f"a stranger's, number {number + 1}"
    assert not await guess()


async def test_who_comes_back_from_a_device_that_was_forgotten_begins_anew(house: House, code: str) -> None:
    await house.account(code)
    device = (await entering.sign_in(house.app, CHEAP, code, PASSWORD)).device
    for _ in range(10):
        with pytest.raises(NotSignedIn):
            await entering.sign_in(house.app, CHEAP, code, OTHER, device=device)
        await house.sql.execute("UPDATE sign_in_tries SET wait_until = clock_timestamp()")
    await house.sql.execute("UPDATE sign_in_tries SET wait_until = clock_timestamp() + interval '1 minute'")
    link = (await managing.issue_link(house.owner, code, by="operator")).secret
    await entering.use_link(house.app, CHEAP, link, PASSWORD)
    await entering.sign_in(house.app, CHEAP, code, PASSWORD, device=device)
    with pytest.raises(NotSignedIn) as refused:
        await entering.sign_in(house.app, CHEAP, code, OTHER, device=device)
    assert not isinstance(refused.value, TooManyTries)
    await entering.sign_in(house.app, CHEAP, code, PASSWORD, device=device)
