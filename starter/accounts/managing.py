"""What is done about accounts: by an operator with the owner's rights, or by whoever shows that they administer.

Passwords and personal tokens of others are an operator's alone to give: whoever has one can act as that account.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr, TypeAdapter

from models.access import Action
from models.database_calls import Calls
from models.database_errors import DatabaseRefused
from models.principals import Grant
from models.settings import Settings
from models.spelling import disguised, plain
from models.sql_functions import SqlFunction
from models.vocabulary.accounts import AccountRole, AccountState, TokenScope
from starter.accounts.gate import check
from starter.accounts.grants import check_grant
from starter.accounts.keys import TOKEN_PREFIX, NewKey, digest_of, new_link, new_token
from starter.accounts.passwords import Parameters, chosen_password, kept_as
from starter.failures import BadInput, FailureCode, NotAllowed, Refused, Remedy, RemedyKind
from starter.given import storable

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}")
LINK_LASTS = timedelta(days=1)
TOKEN_LASTS = timedelta(days=90)
FIRST_ADMINISTRATOR = "administrator"

MOST_ACCOUNTS = 200
NO_ADMINISTRATOR = "FC012"

_GRANTS = TypeAdapter(list[Grant])

Row = Mapping[str, Any]

By = str | SecretStr
"""Who does it: an operator by name, with the owner's database; or whoever administers by the token by which they came,
with the application's, which looks at it itself."""


class UnknownAccount(Refused):
    """There is no account of that code."""

    code = FailureCode.UNKNOWN_ACCOUNT


@dataclass(frozen=True, slots=True)
class Issued:
    """What whoever asked for it is shown, once."""

    secret: SecretStr
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Accounts:
    """A page of accounts; `following` is where the next one goes on."""

    rows: Sequence[Row]
    following: str | None


async def add_account(
    database: Calls, code: str, name: str, grants: Sequence[Grant], *, by: By, email: str | None = None
) -> str:
    """A new account, with no password yet; returns its code.

    Raises:
        BadInput: code, name or a grant does not fit.
        Refused: the code would be taken for somebody else's, or a grant names nobody.
        NotAllowed: whoever asks does not administer.
    """
    if not grants:
        raise BadInput(f"An account needs a role: {', '.join(AccountRole)}.")
    said = {"name": _name(name), "email": _email(email), "grants": _granted(grants)}
    done = await _change(database, by, "add", account_code(code), **said)
    return str(done["code"])


async def change_account(
    database: Calls,
    code: str,
    *,
    by: By,
    name: str | None = None,
    email: str | None = None,
    give: Sequence[Grant] = (),
    take: Sequence[Grant] = (),
) -> bool:
    """Change what an account is called and may act as; returns whether anything did. Nothing ends by it: tokens and
    logins may do from their next request on what the account then may.

    Args:
        name, email: None: as it is. An empty address: none from now on.

    Raises:
        UnknownAccount: there is none.
        BadInput: a name or a grant does not fit.
        Refused: it would have no role, or be nobody's, or nobody would administer any more.
    """
    said: dict[str, object] = {"give": _granted(give), "take": _granted(take)}
    if name is not None:
        said["name"] = _name(name)
    if email is not None:
        said["email"] = _email(email)
    return bool((await _change(database, by, "change", code, **said))["changed"])


def account_code(text: str) -> str:
    """A code as it is kept: people are named by it, so it has no letter that looks like another one.

    Raises:
        BadInput: it can't be one.
    """
    code = plain(storable(text.strip(), "code"))
    if not CODE.fullmatch(code):
        twin = disguised(text)
        why = f" It has {twin}." if twin else ""
        raise BadInput(f"The code of an account has Latin letters, digits and . _ - @ +, and at most 100 of them.{why}")
    return code


async def list_accounts(
    database: Calls,
    *,
    search: str | None = None,
    role: AccountRole | None = None,
    state: AccountState | None = None,
    limit: int = MOST_ACCOUNTS,
    after: str | None = None,
) -> Accounts:
    """Accounts by their codes; `grants` of each are `Grant`s.

    Args:
        search: a part of code, name or address.
        after: `following` of the page before.

    Raises:
        NotAllowed: whoever asks does not administer.
    """
    check(database, Action.ADMINISTER)
    looked_for = storable(search.strip(), "search") if search else None
    rows = await database.rows(SqlFunction.LIST_ACCOUNTS, looked_for or None, role, state, None, limit + 1, after)
    shown = [_with_grants(row) for row in rows[:limit]]
    return Accounts(shown, shown[-1]["code"] if len(rows) > limit else None)


async def read_account(database: Calls, code: str) -> Row:
    """One of them.

    Raises:
        UnknownAccount: there is none.
        NotAllowed: whoever asks does not administer.
    """
    check(database, Action.ADMINISTER)
    rows = await database.rows(SqlFunction.LIST_ACCOUNTS, None, None, None, storable(code, "code"), 1, None)
    if not rows:
        raise _unknown(f"There is no account {code[:100]}.")
    return _with_grants(rows[0])


async def list_tokens(database: Calls, code: str) -> Sequence[Row]:
    """The tokens and logins of an account, newest first."""
    check(database, Action.ADMINISTER)
    return await database.rows(SqlFunction.LIST_ACCOUNT_TOKENS, storable(code, "code"))


async def disable(database: Calls, code: str, *, by: By) -> bool:
    """Put an account out of use: nobody comes in by it, and its tokens, logins and links end for good."""
    return bool((await _change(database, by, "disable", code))["changed"])


async def enable(database: Calls, code: str, *, by: By) -> bool:
    """Put it into use again. What it had given out stays void."""
    return bool((await _change(database, by, "enable", code))["changed"])


async def end_logins(database: Calls, code: str, *, by: By) -> int:
    """Sign an account out wherever it has signed in; returns how many logins ended. Its tokens stay."""
    return int((await _change(database, by, "end_logins", code))["changed"])


async def set_password(database: Calls, settings: Settings, code: str, password: SecretStr, *, by: str) -> None:
    """Give an account a password, whatever it had. Its logins end."""
    kept = await kept_as(chosen_password(password.get_secret_value(), code), Parameters.of(settings))
    await _call(database, SqlFunction.SET_ACCOUNT_PASSWORD, storable(code, "code"), json.dumps(kept), by)


async def issue_token(
    database: Calls, code: str, name: str, scopes: Sequence[TokenScope], lasts: timedelta, *, by: str
) -> Issued:
    """A personal token of an account, for a program that acts for it."""
    key = new_token()
    token = {
        "name": storable(name.strip(), "name"),
        "scopes": sorted({one.value for one in scopes}),
        "lasts": lasts.total_seconds(),
        "digest": key.digest.hex(),
    }
    return await _issued(database, SqlFunction.ISSUE_ACCOUNT_TOKEN, code, token, key=key, by=by)


async def revoke_token(database: Calls, code: str, name: str, *, by: By) -> bool:
    """Revoke the token of that name; returns whether there was one in force."""
    return bool((await _change(database, by, "revoke_token", code, name=storable(name, "name")))["changed"])


async def remove_passkey(database: Calls, code: str, name: str, *, by: By) -> bool:
    """Take a passkey away from an account; returns whether it had one of that name."""
    return bool((await _change(database, by, "remove_passkey", code, name=storable(name, "name")))["changed"])


async def link_identity(
    database: Calls, code: str, issuer: str, *, by: By, subject: str | None = None, email: str | None = None
) -> bool:
    """Link an account to somebody at an OpenID Connect provider, instead of whom it was linked to there; to nobody
    where neither is given. Returns whether anything changed.

    Args:
        subject: who it is there.
        email: otherwise, whoever first comes with this address, verified there; from then on it is they alone.

    Raises:
        UnknownAccount, Refused: there is none; or somebody else's account is linked to them.
    """
    if subject and email:
        raise BadInput("Say one of them: the subject, or the address.")
    said = {"issuer": storable(issuer, "issuer"), "subject": subject or None, "email": _email(email) or None}
    if subject:
        said["subject"] = storable(subject, "subject")
    return bool((await _change(database, by, "link_identity", code, **said))["changed"])


async def issue_link(database: Calls, code: str, lasts: timedelta = LINK_LASTS, *, by: By) -> Issued:
    """A one-time link by which the password of an account can be set. Earlier ones end."""
    key = new_link()
    done = await _change(database, by, "link", code, lasts=lasts.total_seconds(), digest=key.digest.hex())
    return Issued(key.secret, datetime.fromisoformat(done["expires_at"]))


async def first_administrator(database: Calls, *, by: str) -> Issued | None:
    """Where there is no account at all: one that administers, and the link by which it gets its password."""
    if (await list_accounts(database, limit=1)).rows:
        return None
    grants = [Grant(AccountRole.ADMINISTRATOR)]
    await add_account(database, FIRST_ADMINISTRATOR, "Administrator", grants, by=by)
    return await issue_link(database, FIRST_ADMINISTRATOR, by=by)


def decoded(value: Any) -> Any:
    """A JSON value that the database returned, decoded or as text."""
    return json.loads(value) if isinstance(value, str) else value


def _with_grants(row: Row) -> Row:
    return {**row, "grants": _GRANTS.validate_python(decoded(row["grants"]))}


def _granted(grants: Sequence[Grant]) -> list[dict[str, object]]:
    for one in grants:
        check_grant(one)
    return [asdict(one) for one in grants]


def _name(name: str) -> str:
    return storable(name.strip(), "name")


def _email(email: str | None) -> str | None:
    return storable(email.strip(), "address") or None if email is not None else None


async def _change(database: Calls, by: By, doing: str, code: str, **said: object) -> dict[str, Any]:
    """Have something done about an account; returns what `change_account()` of the database says.

    Raises:
        NotAllowed, UnknownAccount, Refused: it is not done.
    """
    check(database, Action.ADMINISTER)
    document = json.dumps({**said, "code": storable(code, "code")})
    if isinstance(by, str):
        done = await _call(database, SqlFunction.CHANGE_ACCOUNT, doing, document, by)
    else:
        digest = digest_of(by.get_secret_value(), TOKEN_PREFIX)
        done = await _call(database, SqlFunction.ADMINISTER_ACCOUNT, digest, doing, document)
    found: dict[str, Any] = json.loads(done)
    return found


async def _issued(
    database: Calls, function: SqlFunction, code: str, what: Mapping[str, object], *, key: NewKey, by: str
) -> Issued:
    expires_at = await _call(database, function, storable(code, "code"), json.dumps(what), by)
    return Issued(key.secret, expires_at)


async def _call(database: Calls, function: SqlFunction, *arguments: Any) -> Any:
    try:
        return await database.call(function, *arguments)
    except DatabaseRefused as error:
        raise refused(error) from error


def refused(error: DatabaseRefused) -> Refused:
    """What the database refuses to do about an account, as a failure."""
    said = str(error)
    sentence = f"{said[:1].upper()}{said[1:]}."
    if error.sqlstate == NO_ADMINISTRATOR:
        return NotAllowed(sentence)
    return _unknown(sentence) if said.startswith("there is no account") else Refused(sentence)


def _unknown(sentence: str) -> UnknownAccount:
    return UnknownAccount(sentence, Remedy(RemedyKind.LIST_ACCOUNTS))
