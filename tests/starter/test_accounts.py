"""Accounts, as somebody would try them who has no business there: guessing, replaying, escalating, reading along."""

from __future__ import annotations

import asyncio
import logging
import re
import unicodedata
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from pydantic import SecretStr

from migrations import grants
from models.access import Action, Allowed, may
from models.database import Database, DatabaseError
from models.principals import Authentication, Grant
from models.settings import Settings
from models.sql_functions import SqlFunction
from models.vocabulary.accounts import OF_A_LOGIN, AccountRole, TokenScope
from starter.accounts import entering, managing
from starter.accounts.passwords import LONGEST, SHORTEST, Parameters, key_of
from starter.embedded.stack import Stack
from starter.failures import BadInput, NotSignedIn, Refused, TooManyTries
from starter.serving import remind_of_first_administrator
from starter.web.engines import Engines
from tests.clusters import TEMPLATE
from tests.databases import as_role, make_database
from tests.starter.accounts import CHEAP, COORDINATOR, NURSE, OTHER, PASSWORD, House

WRONG = SecretStr("not the right pass phrase")
DENIED = asyncpg.InsufficientPrivilegeError


@pytest_asyncio.fixture(scope="module")
async def own_house(stack: Stack, postgres_url: str) -> AsyncIterator[tuple[House, int]]:
    """A database of these tests, and the last entry of its trail: copying one for each took half of their time."""
    url = await make_database(stack.addresses.database_url, f"accounts_{uuid4().hex}", TEMPLATE)
    app_url = as_role(url, stack.addresses.application_url)
    owner, app = Database(url), Database(app_url)
    connection = await asyncpg.connect(url)
    house = House(owner, app, app_url, connection)
    yield house, await house.last_entry()
    await connection.close()
    await app.aclose()
    await owner.aclose()


@pytest_asyncio.fixture
async def house(own_house: tuple[House, int]) -> House:
    """Nobody has an account yet."""
    house, last_entry = own_house
    await house.as_new(last_entry)
    return house


async def enter(house: House, code: str, password: SecretStr = PASSWORD) -> entering.Login:
    return await entering.sign_in(house.app, CHEAP, code, password)


async def waits(house: House, code: str) -> float:
    """Seconds until a password is looked at again."""
    digest = sha256(code.lower().encode()).digest()
    found = await house.sql.fetchval(
        "SELECT extract(epoch FROM wait_until - failed_at) FROM sign_in_tries WHERE code_digest = $1", digest
    )
    return float(found or 0)


async def let_pass(house: House) -> None:
    """The waits are over."""
    await house.sql.execute("UPDATE sign_in_tries SET wait_until = clock_timestamp()")


# -- coming in ---------------------------------------------------------------------------------------------------------


async def test_somebody_signs_in_and_is_known_by_their_login(house: House) -> None:
    await house.account("nina", NURSE, COORDINATOR)
    login = await enter(house, "  NINA ")
    assert (login.principal.code, login.principal.authentication) == ("nina", Authentication.PASSWORD)
    assert set(login.principal.grants) == {NURSE, COORDINATOR}
    again = await entering.verify_token(house.app, login.token)
    assert (again.code, again.authentication, again.scopes) == ("nina", Authentication.LOGIN, OF_A_LOGIN)
    assert await entering.sign_out(house.app, login.token)
    assert not await entering.sign_out(house.app, login.token)
    with pytest.raises(NotSignedIn):
        await entering.verify_token(house.app, login.token)


async def test_all_logins_of_an_account_end_at_once_and_its_tokens_stay(house: House) -> None:
    await house.account("mona")
    await house.account("other")
    here, there, other = await enter(house, "mona"), await enter(house, "mona"), await enter(house, "other")
    issued = await managing.issue_token(
        house.owner, "mona", "program", tuple(TokenScope), timedelta(days=1), by="operator"
    )
    assert await entering.sign_out_everywhere(house.app, issued.secret) == 0
    assert await entering.sign_out_everywhere(house.app, here.token) == 2
    assert await entering.sign_out_everywhere(house.app, here.token) == 0
    for ended in (here.token, there.token):
        with pytest.raises(NotSignedIn):
            await entering.verify_token(house.app, ended)
    for kept in (issued.secret, other.token):
        await entering.verify_token(house.app, kept)


async def test_whoever_does_not_come_in_is_not_told_why(house: House) -> None:
    """No such account, a wrong password, none at all, a disabled account: in the same words."""
    await house.account("there")
    await house.account("bare", password=None)
    await house.account("gone")
    await managing.disable(house.owner, "gone", by="operator")
    said = set()
    for code, password in (("nobody", PASSWORD), ("there", WRONG), ("bare", PASSWORD), ("gone", PASSWORD)):
        with pytest.raises(NotSignedIn) as refused:
            await enter(house, code, password)
        said.add((type(refused.value), str(refused.value)))
    assert said == {(NotSignedIn, entering.DOES_NOT_FIT)}


async def test_an_account_that_is_not_there_costs_what_one_costs_that_is(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same work, counted and not timed: one hash by the same parameters, the same calls."""
    await house.account("there")
    done: list[Any] = []
    hashing, calling, asking = key_of, Database.call, Database.rows

    async def hashes(password: str, salt: bytes, parameters: Any) -> bytes:
        done.append((len(salt), parameters))
        return await hashing(password, salt, parameters)

    async def calls(self: Database, function: SqlFunction, *arguments: Any) -> Any:
        done.append(function)
        return await calling(self, function, *arguments)

    async def asks(self: Database, function: SqlFunction, *arguments: Any) -> Any:
        done.append(function)
        return await asking(self, function, *arguments)

    monkeypatch.setattr(entering, "key_of", hashes)
    monkeypatch.setattr(Database, "call", calls)
    monkeypatch.setattr(Database, "rows", asks)
    work = []
    for code in ("there", "nobody"):
        done.clear()
        with pytest.raises(NotSignedIn):
            await enter(house, code, WRONG)
        work.append([*done])
    assert work[0] == work[1]
    assert len([one for one in work[0] if isinstance(one, tuple)]) == 1


@pytest.mark.parametrize("code", ["there", "nobody"])
async def test_tries_that_fail_make_the_next_one_wait_twice_as_long(house: House, code: str) -> None:
    """And do so for a code that nobody has, so that waiting does not say which there are."""
    await house.account("there")
    seen = []
    for _ in range(8):
        with pytest.raises(NotSignedIn):
            await enter(house, code, WRONG)
        seen.append(await waits(house, code))
        await let_pass(house)
    assert seen == [0, 0, 0, 0, 1, 2, 4, 8]
    await house.sql.execute("UPDATE sign_in_tries SET failed = 999")
    with pytest.raises(TooManyTries) as refused:
        await enter(house, code, WRONG)
    assert refused.value.wait == pytest.approx(900, abs=1)


async def test_the_right_password_is_not_looked_at_while_one_has_to_wait(house: House) -> None:
    await house.account("there")
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            await enter(house, "there", WRONG)
    await house.sql.execute("UPDATE sign_in_tries SET wait_until = clock_timestamp() + interval '1 min'")
    with pytest.raises(TooManyTries, match=r"Try again in (59|60) s\."):
        await enter(house, "there")
    assert await house.sql.fetchval("SELECT failed FROM sign_in_tries") == 5, "waiting is no try"
    await let_pass(house)
    await enter(house, "there")
    assert await house.sql.fetchval("SELECT count(*) FROM sign_in_tries") == 0


async def test_many_tries_at_once_are_looked_at_one_by_one(house: House) -> None:
    await house.account("there")
    guesses = [sha256(str(number).encode()).digest() for number in range(30)]
    waits = await asyncio.gather(
        *(house.app.call(SqlFunction.ANNOUNCE_PASSWORD, "there", one, None) for one in guesses)
    )
    assert sum(wait is None for wait in waits) == 5
    assert await house.sql.fetchval("SELECT failed FROM sign_in_tries") == 5, "the others were told to wait"


async def test_other_spellings_of_a_code_have_no_tries_of_their_own(house: House) -> None:
    await house.account("nina")
    for code in ("nina", "NINA", " nina", "\uff4e\uff49\uff4e\uff41", "Nina"):
        with pytest.raises(NotSignedIn):
            await enter(house, code, WRONG)
    assert await house.sql.fetch("SELECT failed FROM sign_in_tries") == [(5,)]


async def test_tries_of_yesterday_are_forgotten(house: House) -> None:
    await house.account("there")
    with pytest.raises(NotSignedIn):
        await enter(house, "nobody", WRONG)
    await house.sql.execute("UPDATE sign_in_tries SET failed = 99, failed_at = now() - interval '25 h'")
    await enter(house, "there")
    assert await house.sql.fetchval("SELECT count(*) FROM sign_in_tries") == 0


# -- passwords ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad",
    [
        "",
        (SHORTEST - 1) * "x",
        SHORTEST * "ab",
        (LONGEST + 1) * "correct ",
        LONGEST * "\ufdfa",  # one sign that stands for eighteen
        "a\x00 long pass phrase",
        "half \ud800 a pair of surrogates",
        "coordinator-1",
    ],
    ids=["empty", "short", "two letters", "long", "swells", "nul", "surrogate", "the code"],
)
async def test_a_password_that_is_none_to_take_is_refused_before_it_is_hashed(
    house: House, bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.account("coordinator", password=None)

    def never(*_: Any, **__: Any) -> bytes:
        raise AssertionError("hashed")

    monkeypatch.setattr("starter.accounts.passwords.hash_secret_raw", never)
    with pytest.raises(BadInput) as refused:
        await managing.set_password(house.owner, CHEAP, "coordinator", SecretStr(bad), by="operator")
    assert not bad or bad not in str(refused.value)


async def test_nobody_makes_us_hash_a_long_password_to_sign_in(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("starter.accounts.passwords.hash_secret_raw", pytest.fail)
    with pytest.raises(BadInput, match="at most"):
        await enter(house, "nobody", SecretStr(10_000_000 * "x"))


async def test_a_password_is_the_same_however_a_keyboard_composes_it(house: House) -> None:
    word = "caf\u00e9 and a long phrase"
    await house.account("nina", password=SecretStr(unicodedata.normalize("NFC", word)))
    await enter(house, "nina", SecretStr(unicodedata.normalize("NFD", word)))


async def test_whoever_knows_a_password_changes_it_and_all_logins_by_it_end(house: House) -> None:
    await house.account("nina")
    login = await enter(house, "nina")
    token = await managing.issue_token(house.owner, "nina", "report", [TokenScope.READ], timedelta(days=1), by="op")
    with pytest.raises(NotSignedIn):
        await entering.change_password(house.app, CHEAP, "nina", WRONG, OTHER)
    await entering.change_password(house.app, CHEAP, "nina", PASSWORD, OTHER)
    with pytest.raises(NotSignedIn):
        await entering.verify_token(house.app, login.token)
    with pytest.raises(NotSignedIn):
        await enter(house, "nina")
    await enter(house, "nina", OTHER)
    assert (await entering.verify_token(house.app, token.secret)).code == "nina", "programs have their own"


async def test_changing_a_password_is_no_way_around_the_limit(house: House) -> None:
    await house.account("nina")
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            await entering.change_password(house.app, CHEAP, "nina", WRONG, OTHER)
    await house.sql.execute("UPDATE sign_in_tries SET wait_until = clock_timestamp() + interval '1 min'")
    with pytest.raises(TooManyTries):
        await entering.change_password(house.app, CHEAP, "nina", PASSWORD, OTHER)
    with pytest.raises(TooManyTries):
        await enter(house, "nina")


async def test_other_parameters_are_taken_over_when_somebody_signs_in(house: House) -> None:
    await house.account("nina")
    earlier = await enter(house, "nina")
    dearer = Settings(password_memory=8192, password_passes=2)
    with pytest.raises(NotSignedIn):
        await entering.sign_in(house.app, dearer, "nina", WRONG)
    assert await house.sql.fetchval("SELECT failed FROM sign_in_tries") == 1, "one try is one"
    assert await house.sql.fetchval("SELECT memory_kib FROM account_passwords") == 7168
    await entering.sign_in(house.app, dearer, "nina", PASSWORD)
    assert await house.sql.fetchrow("SELECT memory_kib, passes FROM account_passwords") == (8192, 2)
    assert await entering.verify_token(house.app, earlier.token), "it is the same password"
    await enter(house, "nina")


# -- tokens and links --------------------------------------------------------------------------------------------------


async def test_a_token_does_what_it_is_for_until_it_is_revoked(house: House) -> None:
    await house.account("nina", COORDINATOR)
    issued = await managing.issue_token(house.owner, "nina", "report", [TokenScope.READ], timedelta(days=1), by="op")
    assert re.fullmatch(r"fc_[\w-]{43}", issued.secret.get_secret_value())
    found = await entering.verify_token(house.app, issued.secret)
    assert (found.authentication, found.scopes) == (Authentication.TOKEN, frozenset({TokenScope.READ}))
    assert isinstance(may(found, Action.LIST), Allowed)
    assert not isinstance(may(found, "Hold"), Allowed)
    assert await managing.revoke_token(house.owner, "nina", "report", by="op")
    assert not await managing.revoke_token(house.owner, "nina", "report", by="op")
    with pytest.raises(NotSignedIn):
        await entering.verify_token(house.app, issued.secret)


async def test_when_a_token_was_used_is_noted_roughly_and_on_no_trail(house: House) -> None:
    await house.account("nina")
    issued = await managing.issue_token(house.owner, "nina", "report", [TokenScope.READ], timedelta(days=1), by="op")
    used = "SELECT last_used_at FROM account_tokens"
    assert await house.sql.fetchval(used) is None
    before = len(await house.trail())
    await entering.verify_token(house.app, issued.secret)
    first = await house.sql.fetchval(used)
    await entering.verify_token(house.app, issued.secret)
    assert await house.sql.fetchval(used) == first is not None
    await house.sql.execute("UPDATE account_tokens SET last_used_at = now() - interval '11 minutes'")
    await entering.verify_token(house.app, issued.secret)
    assert await house.sql.fetchval(used) > first
    assert len(await house.trail()) == before


async def test_expired_tokens_and_those_of_disabled_accounts_are_good_for_nothing(house: House) -> None:
    await house.account("nina")
    await house.account("gone")
    issued = await managing.issue_token(house.owner, "nina", "a", [TokenScope.READ], timedelta(days=1), by="op")
    await house.sql.execute("UPDATE account_tokens SET expires_at = now()")
    theirs = await managing.issue_token(house.owner, "gone", "a", [TokenScope.READ], timedelta(days=1), by="op")
    login = await enter(house, "gone")
    assert await managing.disable(house.owner, "gone", by="op")
    for token in (issued.secret, theirs.secret, login.token):
        with pytest.raises(NotSignedIn) as refused:
            await entering.verify_token(house.app, token)
        assert refused.value.sentence == entering.NO_TOKEN
    assert await managing.enable(house.owner, "gone", by="op")
    for token in (theirs.secret, login.token):
        with pytest.raises(NotSignedIn):
            await entering.verify_token(house.app, token)


@pytest.mark.parametrize(
    "junk", ["", "fc_", "fc_" + 43 * "A", "fcl_" + 43 * "A", 1_000_000 * "x", "fc_\u0430" + 42 * "A"]
)
async def test_what_is_no_token_is_none(house: House, junk: str) -> None:
    with pytest.raises(NotSignedIn) as refused:
        await entering.verify_token(house.app, SecretStr(junk))
    assert not junk or junk not in str(refused.value)


async def test_a_token_is_no_link_and_a_link_no_token(house: House) -> None:
    await house.account("nina")
    token = await managing.issue_token(house.owner, "nina", "a", [TokenScope.READ], timedelta(days=1), by="op")
    link = await managing.issue_link(house.owner, "nina", by="op")
    for secret in (token.secret, SecretStr("fcl_" + token.secret.get_secret_value()[3:])):
        with pytest.raises(NotSignedIn):
            await entering.use_link(house.app, CHEAP, secret, OTHER)
    for secret in (link.secret, SecretStr("fc_" + link.secret.get_secret_value()[4:])):
        with pytest.raises(NotSignedIn):
            await entering.verify_token(house.app, secret)


async def test_a_link_sets_a_password_once(house: House) -> None:
    await house.account("nina", password=None)
    link = await managing.issue_link(house.owner, "nina", by="op")
    with pytest.raises(BadInput):
        await entering.use_link(house.app, CHEAP, link.secret, SecretStr("short"))
    assert await entering.use_link(house.app, CHEAP, link.secret, PASSWORD) == "nina"
    await enter(house, "nina")
    with pytest.raises(NotSignedIn, match="not good any more"):
        await entering.use_link(house.app, CHEAP, link.secret, OTHER)
    await enter(house, "nina")


async def test_of_many_who_use_a_link_at_once_one_does(house: House) -> None:
    await house.account("nina", password=None)
    link = await managing.issue_link(house.owner, "nina", by="op")
    tries = [
        entering.use_link(house.app, CHEAP, link.secret, SecretStr(f"pass phrase of number {number}"))
        for number in range(6)
    ]
    ended = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(one).__name__ for one in ended) == [*5 * ["NotSignedIn"], "str"]


async def test_links_end_by_time_by_a_newer_one_by_a_password_and_with_the_account(house: House) -> None:
    await house.account("nina", password=None)
    late = await managing.issue_link(house.owner, "nina", by="op")
    await house.sql.execute("UPDATE account_links SET expires_at = now()")
    older = await managing.issue_link(house.owner, "nina", by="op")
    newer = await managing.issue_link(house.owner, "nina", by="op")
    for dead in (late, older):
        with pytest.raises(NotSignedIn):
            await entering.use_link(house.app, CHEAP, dead.secret, OTHER)
    await managing.set_password(house.owner, CHEAP, "nina", PASSWORD, by="op")
    with pytest.raises(NotSignedIn):
        await entering.use_link(house.app, CHEAP, newer.secret, OTHER)
    last = await managing.issue_link(house.owner, "nina", by="op")
    await managing.disable(house.owner, "nina", by="op")
    with pytest.raises(NotSignedIn):
        await entering.use_link(house.app, CHEAP, last.secret, OTHER)
    with pytest.raises(Refused, match="disabled"):
        await managing.issue_link(house.owner, "nina", by="op")
    with pytest.raises(Refused, match="disabled"):
        await managing.issue_token(house.owner, "nina", "a", [TokenScope.READ], timedelta(days=1), by="op")


async def test_the_first_administrator_is_made_once(house: House) -> None:
    first = await managing.first_administrator(house.owner, by="op")
    assert first is not None
    assert await managing.first_administrator(house.owner, by="op") is None
    assert await entering.use_link(house.app, CHEAP, first.secret, PASSWORD) == "administrator"
    login = await enter(house, "administrator")
    assert isinstance(may(login.principal, Action.ADMINISTER), Allowed)


# -- codes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("\u0430nna", "CYRILLIC SMALL LETTER A, which looks like a"),
        ("an\u200bna", "Latin letters"),
        ("anna\u202e", "Latin letters"),
        ("m\u00fcller", "Latin letters"),
        ("a b", "Latin letters"),
        ("", "Latin letters"),
        (101 * "a", "at most 100"),
    ],
)
async def test_a_code_has_no_letter_that_looks_like_another(house: House, code: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        await managing.add_account(house.owner, code, "Anna", [COORDINATOR], by="op")


@pytest.mark.parametrize("code", ["ANNA.L1", "anna.ll", "anna-l1", "\uff41nna.l1", "annal1"])
async def test_no_two_accounts_have_codes_that_are_taken_for_each_other(house: House, code: str) -> None:
    await house.account("anna.l1")
    with pytest.raises(Refused, match=r"would be taken for the account anna\.l1"):
        await managing.add_account(house.owner, code, "Anna", [COORDINATOR], by="op")


async def test_nobody_takes_the_code_of_an_engineer_or_a_service_desk_who_is_somebody_else(house: House) -> None:
    desk = await house.sql.fetchval("SELECT service_desk FROM manufacturers WHERE service_desk IS NOT NULL LIMIT 1")
    for code in ("ENG-001", "eng-OO1", desk):
        with pytest.raises(Refused, match="who is somebody else on record"):
            await managing.add_account(house.owner, code, "Mallory", [NURSE], by="op")
    theirs = Grant(AccountRole.ENGINEER, engineer="ENG-001")
    assert await managing.add_account(house.owner, "ENG-001", "Asha", [theirs], by="op") == "ENG-001"
    with pytest.raises(Refused, match="The engineer has an account already"):
        await managing.add_account(house.owner, "mallory", "Mallory", [theirs], by="op")


@pytest.mark.parametrize(
    ("grant", "why"),
    [
        (Grant(AccountRole.HOSPITAL), "goes with the code of a customer"),
        (Grant(AccountRole.ENGINEER), "goes with the code of an engineer"),
        (Grant(AccountRole.COORDINATOR, customer="AIIMS"), "no other role does"),
        (Grant(AccountRole.COORDINATOR, site="ICU"), "A site goes with the role hospital alone"),
        (Grant(AccountRole.HOSPITAL, customer="NOWHERE"), "There is no customer NOWHERE"),
        (Grant(AccountRole.HOSPITAL, customer="AIIMS", site="NOWHERE"), "There is no site NOWHERE of customer AIIMS"),
        (Grant(AccountRole.ENGINEER, engineer="ENG-999"), "There is no engineer ENG-999"),
        (Grant(AccountRole.MANUFACTURER, manufacturer="ACME"), "There is no manufacturer ACME"),
    ],
)
async def test_a_role_is_for_somebody_who_is_there(house: House, grant: Grant, why: str) -> None:
    with pytest.raises(Refused, match=re.escape(why)):
        await managing.add_account(house.owner, "anna", "Anna", [COORDINATOR, grant], by="op")
    assert (await managing.list_accounts(house.owner)).rows == [], "nothing of it is left"


# -- with the workers' rights ------------------------------------------------------------------------------------------


async def test_the_application_reads_nothing_that_proves_who_somebody_is(house: House) -> None:
    await house.account("nina")
    for table in sorted(name for name, rule in grants.TABLES.items() if rule.secret):
        with pytest.raises(DatabaseError, match="permission denied"):
            async with house.app.session() as session:
                await (await session.connection()).exec_driver_sql(f"TABLE {table}")
    (row,) = await house.app.rows(SqlFunction.BEGIN_SIGN_IN, "nina")
    assert row.keys() == {"salt", "memory_kib", "passes", "lanes"}


@pytest.mark.parametrize(
    "statement",
    [
        'SELECT put_account(\'{"code": "eve", "name": "Eve", "grants": [{"role": "administrator"}]}\', \'eve\')',
        "SELECT set_account_password('nina', '{}', 'eve')",
        "SELECT put_account_password((SELECT id FROM accounts LIMIT 1), '{}', false)",
        "SELECT check_account_password('nina', 'x')",
        "SELECT issue_account_token('nina', '{}', 'eve')",
        "SELECT add_account_token((SELECT id FROM accounts LIMIT 1), '{}')",
        "SELECT issue_account_link('nina', '{}', 'eve')",
        "SELECT disable_account('nina', false, 'eve')",
        "SELECT revoke_account_token('nina', 'a', 'eve')",
        "SELECT told_by('nina', 'operator')",
        "INSERT INTO account_roles (account_id, role) SELECT id, 'administrator' FROM accounts",
        "UPDATE account_roles SET role = 'administrator'",
        "UPDATE accounts SET disabled_at = NULL",
        "INSERT INTO account_keys (token_id, digest) SELECT id, '' FROM account_tokens",
        "DELETE FROM sign_in_tries",
        "UPDATE account_tokens SET scopes = '{read,act,administer}'",
        "UPDATE account_links SET used_at = NULL",
        "ALTER TABLE accounts DISABLE TRIGGER audit_change",
    ],
)
async def test_the_application_gives_nobody_a_role_a_password_or_a_token(house: House, statement: str) -> None:
    await house.account("nina")
    connection = await asyncpg.connect(house.app_url)
    try:
        with pytest.raises(DENIED):
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_a_login_is_one_whatever_is_said_of_it(house: House) -> None:
    """The door does not believe what comes with a right password: nobody makes a token for a year of it."""
    await house.account("nina")
    (row,) = await house.app.rows(SqlFunction.BEGIN_SIGN_IN, "nina")
    key = await key_of(PASSWORD.get_secret_value(), row["salt"], Parameters.of(CHEAP))
    asked = '{"kind": "api", "name": "mine", "scopes": ["read"], "lasts": 60, "digest": "' + 64 * "0" + '"}'
    await house.app.call(SqlFunction.SIGN_IN, "nina", await house.told("nina", key), asked)
    assert await house.sql.fetchval("SELECT kind FROM account_tokens") == "login"
    for lasts in ("-1", "0", "null", str(400 * 86400)):
        with pytest.raises(DatabaseError, match="a year at the most"):
            asked_now = asked.replace("60", lasts).replace("0000", "1111")
            await house.app.call(SqlFunction.SIGN_IN, "nina", await house.told("nina", key), asked_now)


async def test_what_the_database_compares_is_the_digest_of_a_secret_key(house: House) -> None:
    """A comparison that ends early says how far a digest fits, of which nobody can choose the beginning."""
    await house.account("nina")
    salt, verifier = await house.sql.fetchrow("SELECT salt, verifier FROM account_passwords")
    key = await key_of(PASSWORD.get_secret_value(), salt, Parameters.of(CHEAP))
    assert sha256(key).digest() == verifier != key
    for guess in (verifier, b"", key[:-1], key + b"\0"):
        said = await house.app.call(SqlFunction.SIGN_IN, "nina", await house.told("nina", guess), "{}")
        assert '"principal": null' in said


# -- secrets -----------------------------------------------------------------------------------------------------------


async def test_no_secret_is_on_record_on_the_trail_in_a_log_or_in_an_error(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await house.account("nina")
    token = await managing.issue_token(house.owner, "nina", "a", [TokenScope.READ], timedelta(days=1), by="op")
    link = await managing.issue_link(house.owner, "nina", by="op")
    login = await enter(house, "nina")
    with pytest.raises(NotSignedIn) as refused:
        await enter(house, "nina", WRONG)
    await entering.use_link(house.app, CHEAP, link.secret, OTHER)
    secrets = [PASSWORD, OTHER, WRONG, token.secret, link.secret, login.token]
    clear = [one.get_secret_value() for one in secrets]
    hashed = [sha256(one.encode()).hexdigest() for one in clear]
    verifier = (await house.sql.fetchval("SELECT verifier FROM account_passwords")).hex()
    places = {
        "record": await house.everything(),
        "trail": str(await house.trail()),
        "log": caplog.text,
        "error": str(refused.value) + repr(refused.value),
        "values": repr([token, link, login, CHEAP]),
    }
    for place, text in places.items():
        assert not [one for one in clear if one in text], place
    assert not [one for one in [*hashed, verifier] if one in places["trail"] + places["log"]]
    assert "digest" not in places["trail"]
    assert "salt" not in places["trail"]


async def test_a_refused_password_is_in_no_error_of_the_database(house: House) -> None:
    await house.account("nina")
    with pytest.raises(DatabaseError) as refused:
        await house.app.call(SqlFunction.CHANGE_ACCOUNT_PASSWORD, "nina", "no bytes", '{"salt": "secret"}', False)
    assert "secret" not in str(refused.value)


async def test_the_trail_says_who_did_what_to_which_account(house: House) -> None:
    await house.account("nina", NURSE)
    await entering.change_password(house.app, CHEAP, "nina", PASSWORD, OTHER)
    await managing.disable(house.owner, "nina", by="chief")
    entries = [(one["subject_table"], one["action"], one["actor_code"]) for one in await house.trail()]
    assert entries == [
        ("accounts", "row_inserted", "operator"),
        ("account_roles", "row_inserted", "operator"),
        ("accounts", "row_updated", "operator"),
        ("accounts", "row_updated", "nina"),
        ("accounts", "row_updated", "chief"),
    ]
    changed = [one["new_value"].keys() for one in await house.trail() if one["action"] == "row_updated"]
    assert changed == [{"password_set_at"}, {"password_set_at"}, {"disabled_at"}]
    assert await house.sql.fetch("SELECT * FROM find_audit_breaks()") == []


async def test_the_last_administrator_stays(house: House) -> None:
    for code in ("first", "second"):
        await house.account(code, Grant(AccountRole.ADMINISTRATOR))
    assert await managing.disable(house.owner, "first", by="op")
    with pytest.raises(Refused, match=r"(?i)second is the last administrator"):
        await managing.disable(house.owner, "second", by="op")
    assert await managing.enable(house.owner, "first", by="op")
    assert await managing.disable(house.owner, "second", by="op")


async def test_of_two_administrators_who_go_at_once_one_stays(house: House) -> None:
    both = (Grant(AccountRole.ADMINISTRATOR), Grant(AccountRole.MANAGER))
    for code in ("ada", "abe"):
        await house.account(code, *both)
    done = await asyncio.gather(
        managing.disable(house.owner, "ada", by="operator"),
        managing.change_account(house.owner, "abe", take=both[:1], by="operator"),
        return_exceptions=True,
    )
    (refused,) = [one for one in done if isinstance(one, BaseException)]
    assert isinstance(refused, Refused)
    assert "is the last administrator" in str(refused)


async def test_a_role_that_an_account_has_or_has_not_is_given_or_taken_to_no_effect(house: House) -> None:
    await house.account("nina", NURSE)
    before = len(await house.trail())
    assert not await managing.change_account(house.owner, "nina", give=[NURSE], take=[COORDINATOR], by="operator")
    assert len(await house.trail()) == before
    with pytest.raises(Refused, match="would have no role"):
        await managing.change_account(house.owner, "nina", take=[NURSE], by="operator")
    assert await managing.change_account(house.owner, "NINA", give=[COORDINATOR], take=[NURSE], by="operator")
    account = await managing.read_account(house.owner, "nina")
    assert account["grants"] == [COORDINATOR]
    assert {one["actor_code"] for one in (await house.trail())[before:]} == {"operator"}


async def test_an_account_with_an_engineers_code_stays_that_engineer_s(house: House) -> None:
    engineer = Grant(AccountRole.ENGINEER, engineer="ENG-001")
    await house.account("ENG-001", engineer)
    with pytest.raises(Refused, match="who is somebody else on record"):
        await managing.change_account(house.owner, "ENG-001", give=[COORDINATOR], take=[engineer], by="operator")


async def test_a_server_that_nobody_can_sign_in_to_says_how_to_begin(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    engines = Engines(Settings.model_validate({"database_url": house.app_url}))
    await remind_of_first_administrator(engines)
    assert "`fieldcare user link`" in caplog.text
    assert "fcl_" not in caplog.text
    caplog.clear()
    await house.account("nina")
    await remind_of_first_administrator(engines)
    assert caplog.text == ""
    await engines.aclose()


# -- devices that are known -------------------------------------------------------------------------------------------


async def shut(house: House, code: str) -> None:
    """A stranger tries until nothing is looked at any more."""
    for _ in range(6):
        with pytest.raises(NotSignedIn):
            await enter(house, code, WRONG)
    with pytest.raises(TooManyTries):
        await enter(house, code)


async def test_a_stranger_who_guesses_does_not_shut_out_who_has_signed_in_before(house: House) -> None:
    await house.account("nina", NURSE)
    device = (await enter(house, "nina")).device
    await shut(house, "nina")
    again = await entering.sign_in(house.app, CHEAP, "nina", PASSWORD, device=device)
    assert again.device == device
    await entering.change_password(house.app, CHEAP, "nina", PASSWORD, OTHER, device=device)
    await entering.sign_in(house.app, CHEAP, "NINA", OTHER, device=device)
    with pytest.raises(TooManyTries):
        await enter(house, "nina", OTHER)


async def test_a_device_is_known_for_the_accounts_that_signed_in_from_it_alone(house: House) -> None:
    await house.account("nina")
    await house.account("other")
    device = (await enter(house, "nina")).device
    await shut(house, "other")
    for shown in (device, SecretStr("fcd_" + "x" * 43), SecretStr("nothing of ours"), SecretStr("fc_" + "x" * 43)):
        with pytest.raises(TooManyTries):
            await entering.sign_in(house.app, CHEAP, "other", PASSWORD, device=shown)


async def test_a_device_lets_nobody_in_waits_for_its_own_tries_and_is_a_stranger_after_ten(house: House) -> None:
    await house.account("nina")
    device = (await enter(house, "nina")).device
    with pytest.raises(NotSignedIn):
        await entering.verify_token(house.app, device)
    for number in range(10):
        with pytest.raises(NotSignedIn) as refused:
            await entering.sign_in(house.app, CHEAP, "nina", WRONG, device=device)
        assert isinstance(refused.value, TooManyTries) is (number >= 4)
        await let_pass(house)
    with pytest.raises(NotSignedIn) as refused:
        await entering.sign_in(house.app, CHEAP, "nina", WRONG, device=device)
    assert not isinstance(refused.value, TooManyTries), "the first of a stranger"
    assert await house.sql.fetchval("SELECT count(*) FROM account_devices") == 0
    await enter(house, "nina")  # tries from there were not counted for everybody
    await shut(house, "nina")
    with pytest.raises(TooManyTries):
        await entering.sign_in(house.app, CHEAP, "nina", PASSWORD, device=device)


async def test_devices_are_forgotten_in_time_by_number_and_with_the_account(house: House) -> None:
    await house.account("nina")
    first = (await enter(house, "nina")).device
    for _ in range(20):
        await enter(house, "nina")
    assert await house.sql.fetchval("SELECT count(*) FROM account_devices") == 20
    await shut(house, "nina")
    with pytest.raises(TooManyTries):
        await entering.sign_in(house.app, CHEAP, "nina", PASSWORD, device=first)
    await let_pass(house)
    last = (await enter(house, "nina")).device
    await house.sql.execute("UPDATE account_devices SET used_at = now() - interval '181 days'")
    await shut(house, "nina")
    with pytest.raises(TooManyTries):
        await entering.sign_in(house.app, CHEAP, "nina", PASSWORD, device=last)
    await managing.disable(house.owner, "nina", by="operator")
    assert await house.sql.fetchval("SELECT count(*) FROM account_devices") == 0
