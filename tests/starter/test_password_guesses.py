"""Whoever runs as the application tries passwords: none is looked at whose count could still be taken back."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from hashlib import sha256
from secrets import token_bytes
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from models.database import Database
from models.settings import Settings
from models.sql_functions import SqlFunction
from starter.accounts import entering
from starter.accounts.keys import DEVICE_PREFIX, digest_of
from starter.accounts.passwords import Parameters, key_of
from starter.embedded.stack import Stack
from starter.failures import NotSignedIn, TooManyTries
from tests.clusters import TEMPLATE
from tests.databases import as_role, make_database
from tests.starter.accounts import CHEAP, OTHER, PASSWORD, House

NOT_TOLD = "was not told to be tried"


@pytest_asyncio.fixture(scope="module")
async def house(stack: Stack, postgres_url: str) -> AsyncIterator[House]:
    url = await make_database(stack.addresses.database_url, f"guesses_{uuid4().hex}", TEMPLATE)
    app_url = as_role(url, stack.addresses.application_url)
    owner, app, sql = Database(url), Database(app_url), await asyncpg.connect(url)
    yield House(owner, app, app_url, sql)
    await sql.close()
    await app.aclose()
    await owner.aclose()


@pytest_asyncio.fixture
async def code(house: House) -> str:
    """Of an account with a password; nobody has tried any."""
    return await house.account(f"nina-{uuid4().hex[:8]}")


@pytest_asyncio.fixture
async def intruder(house: House) -> AsyncIterator[Any]:
    """A plain connection with the application's rights, that begins and takes back as it likes."""
    connection = await asyncpg.connect(house.app_url)
    yield connection
    await connection.close()


async def right_key(house: House, code: str) -> bytes:
    (row,) = await house.app.rows(SqlFunction.BEGIN_SIGN_IN, code)
    return await key_of(PASSWORD.get_secret_value(), row["salt"], Parameters.of(CHEAP))


def told(key: bytes) -> bytes:
    """What is told of a key before it is tried."""
    return sha256(sha256(key).digest()).digest()


def a_login(device: bytes | None = None) -> str:
    login = {"name": "x", "lasts": 600, "digest": token_bytes(32).hex()}
    return json.dumps(login if device is None else {**login, "device": device.hex()})


async def announced(sql: Any, code: str, key: bytes, device: bytes | None = None) -> float | None:
    """Seconds to wait; None: it may be tried."""
    wait: float | None = await sql.fetchval("SELECT announce_password($1, $2, $3)", code, told(key), device)
    return wait


async def comes_in(sql: Any, code: str, key: bytes, device: bytes | None = None) -> bool:
    said = json.loads(await sql.fetchval("SELECT sign_in($1, $2, $3)", code, key, a_login(device)))
    return said["principal"] is not None


async def tries(house: House, code: str) -> int:
    digest = sha256(code.encode()).digest()
    return await house.sql.fetchval("SELECT failed FROM sign_in_tries WHERE code_digest = $1", digest) or 0


# The doors that look at a password, each by code, key and whatever else it takes.
DOORS = {
    "sign_in": 'SELECT sign_in($1, $2, \'{"name": "x", "lasts": 600, "digest": ""}\')',
    "change_account_password": "SELECT change_account_password($1, $2, '{}', true)",
    "begin_passkey": "SELECT begin_passkey($1, $2, sha256('x'))",
    "sign_by_password": "SELECT sign_by_password($1, $2, '{}')",
}


@pytest.mark.parametrize("door", DOORS)
async def test_no_door_looks_at_a_password_that_was_not_told(house: House, intruder: Any, code: str, door: str) -> None:
    """Whether it is the right one or not, and not either where the telling is taken back together with it."""
    for key in (await right_key(house, code), token_bytes(32)):
        with pytest.raises(asyncpg.PostgresError, match=NOT_TOLD) as refused:
            await intruder.fetchval(DOORS[door], code, key)
        assert refused.value.sqlstate == "FC016"
        transaction = intruder.transaction()
        await transaction.start()
        assert await announced(intruder, code, key) is None
        with pytest.raises(asyncpg.PostgresError, match=NOT_TOLD):
            await intruder.fetchval(DOORS[door], code, key)
        await transaction.rollback()
        async with intruder.transaction():
            async with intruder.transaction():  # a savepoint
                assert await announced(intruder, code, key) is None
            with pytest.raises(asyncpg.PostgresError, match=NOT_TOLD):
                async with intruder.transaction():
                    await intruder.fetchval(DOORS[door], code, key)
        await house.sql.execute("DELETE FROM password_guesses")


async def test_every_door_that_looks_at_a_password_is_among_those(house: House) -> None:
    found = await house.sql.fetch(
        "SELECT proname FROM pg_proc WHERE prosrc ~ 'check_account_password|account_passwords AS p' "
        "AND pronamespace = 'public'::regnamespace AND prosecdef"
    )
    assert {row["proname"] for row in found} - {"begin_sign_in"} == set(DOORS)


async def test_taking_tries_back_leaves_them_counted(house: House, intruder: Any, code: str) -> None:
    """A thousand guesses by a loop that takes each of them back: five are looked at."""
    looked_at = 0
    for _ in range(50):
        guess = token_bytes(32)
        if await announced(intruder, code, guess) is not None:
            continue
        transaction = intruder.transaction()
        await transaction.start()
        assert not await comes_in(intruder, code, guess)
        await transaction.rollback()
        looked_at += 1
    assert looked_at == 5
    assert await tries(house, code) == 5
    with pytest.raises(TooManyTries):
        await entering.sign_in(house.app, CHEAP, code, PASSWORD)


async def test_whoever_takes_the_telling_back_has_told_nothing(house: House, intruder: Any, code: str) -> None:
    key = await right_key(house, code)
    for _ in range(20):
        transaction = intruder.transaction()
        await transaction.start()
        assert await announced(intruder, code, key) is None
        await transaction.rollback()
    assert await tries(house, code) == 0
    with pytest.raises(asyncpg.PostgresError, match=NOT_TOLD):
        await comes_in(intruder, code, key)


async def test_what_another_one_tells_counts_once_it_has_ended_well(house: House, intruder: Any, code: str) -> None:
    key = await right_key(house, code)
    async with house.app.transaction() as another:
        assert await another.call(SqlFunction.ANNOUNCE_PASSWORD, code, told(key), None) is None
        with pytest.raises(asyncpg.PostgresError, match=NOT_TOLD):
            await comes_in(intruder, code, key)
    assert await comes_in(intruder, code, key)


async def test_what_was_told_is_looked_at_once(house: House, intruder: Any, code: str) -> None:
    for key in (token_bytes(32), await right_key(house, code)):
        await announced(intruder, code, key)
        await comes_in(intruder, code, key)
        with pytest.raises(asyncpg.PostgresError, match=NOT_TOLD):
            await comes_in(intruder, code, key)


async def test_what_was_told_is_over_after_a_minute(house: House, intruder: Any, code: str) -> None:
    key = await right_key(house, code)
    await announced(intruder, code, key)
    await house.sql.execute("UPDATE password_guesses SET told_at = told_at - interval '59 s'")
    assert await comes_in(intruder, code, key)
    await announced(intruder, code, key)
    await house.sql.execute("UPDATE password_guesses SET told_at = told_at - interval '61 s'")
    with pytest.raises(asyncpg.PostgresError, match=NOT_TOLD):
        await comes_in(intruder, code, key)
    await announced(intruder, f"another-{uuid4().hex}", key)
    assert await house.sql.fetchval("SELECT count(*) FROM password_guesses") == 1, "what is over goes"


async def test_what_was_told_is_for_one_account_one_device_and_one_key(house: House, intruder: Any, code: str) -> None:
    other, device, key = await house.account(f"{code}-2"), token_bytes(32), await right_key(house, code)
    await announced(intruder, code, key, device)
    for whose, given, shown in (
        (other, key, device),
        (code, token_bytes(32), device),
        (code, sha256(key).digest(), device),
        (code, key, None),
        (code, key, token_bytes(32)),
    ):
        with pytest.raises(asyncpg.PostgresError, match=NOT_TOLD):
            await comes_in(intruder, whose, given, shown)
    assert await comes_in(intruder, code.upper(), key, device)


async def test_no_device_gets_another_one_s_count(house: House, intruder: Any, code: str) -> None:
    """Tries that were told from a known device are the account's alone there, and the other way about."""
    login = await entering.sign_in(house.app, CHEAP, code, PASSWORD)
    known = digest_of(login.device.get_secret_value(), DEVICE_PREFIX)
    while await announced(intruder, code, token_bytes(32), known) is None:
        pass
    assert await tries(house, code) == 0
    key = await right_key(house, code)
    assert await announced(intruder, code, key) is None
    with pytest.raises(asyncpg.PostgresError, match=NOT_TOLD):
        await comes_in(intruder, code, key, known)
    assert await comes_in(intruder, code, key)
    with pytest.raises(TooManyTries):
        await entering.sign_in(house.app, CHEAP, code, PASSWORD, device=login.device)


async def test_a_wait_is_not_passed_by_what_was_told_before_it_or_looked_at_late(
    house: House, intruder: Any, code: str
) -> None:
    """Told ahead and kept, guesses are no more than those that count."""
    guesses = [token_bytes(32) for _ in range(10)]
    kept = [one for one in guesses if await announced(intruder, code, one) is None]
    assert len(kept) == 5
    for one in kept:
        assert not await comes_in(intruder, code, one)
    for one in set(guesses) - set(kept):
        with pytest.raises(asyncpg.PostgresError, match=NOT_TOLD):
            await comes_in(intruder, code, one)


async def test_a_password_that_was_told_before_it_was_changed_is_none_after(
    house: House, intruder: Any, code: str
) -> None:
    key = await right_key(house, code)
    await announced(intruder, code, key)
    await entering.change_password(house.app, CHEAP, code, PASSWORD, OTHER)
    assert not await comes_in(intruder, code, key)


async def test_whoever_was_kept_waiting_for_a_minute_is_told_to_try_again(
    house: House, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calling = Database.call

    async def slow(self: Database, function: SqlFunction, *arguments: Any) -> Any:
        if function is SqlFunction.SIGN_IN:
            await house.sql.execute("UPDATE password_guesses SET told_at = told_at - interval '2 min'")
        return await calling(self, function, *arguments)

    monkeypatch.setattr(Database, "call", slow)
    with pytest.raises(NotSignedIn, match=r"longer than a minute.*Sign in again"):
        await entering.sign_in(house.app, CHEAP, code, PASSWORD)


async def test_nobody_waits_for_ever_where_many_sign_in_at_once(house: House, code: str) -> None:
    """Settings of today included: the password is told once more for its new parameters."""
    dearer = Settings(password_memory=8192, password_passes=1)
    for _ in range(6):
        await entering.sign_in(house.app, dearer, code, PASSWORD)
    assert await tries(house, code) == 0
