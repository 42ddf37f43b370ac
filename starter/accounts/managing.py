"""What operators do with accounts, with the rights of the database's owner: add, list, disable, tokens, links."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr, TypeAdapter

from models.database_calls import Calls
from models.database_errors import DatabaseRefused
from models.principals import Grant
from models.settings import Settings
from models.spelling import disguised, plain
from models.sql_functions import SqlFunction
from models.vocabulary.accounts import AccountRole, TokenScope
from starter.accounts.keys import NewKey, new_link, new_token
from starter.accounts.passwords import Parameters, chosen_password, kept_as
from starter.failures import BadInput, Refused
from starter.given import storable

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}")
LINK_LASTS = timedelta(days=1)
TOKEN_LASTS = timedelta(days=90)
FIRST_ADMINISTRATOR = "administrator"

_GRANTS = TypeAdapter(list[Grant])


Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Issued:
    """What whoever asked for it is shown, once."""

    secret: SecretStr
    expires_at: datetime


async def add_account(
    database: Calls, code: str, name: str, grants: Sequence[Grant], *, by: str, email: str | None = None
) -> str:
    """A new account, with no password yet; returns its code.

    Raises:
        BadInput: code, name or a grant does not fit.
        Refused: the code would be taken for somebody else's, or a grant names nobody.
    """
    if not grants:
        raise BadInput(f"An account needs a role: {', '.join(AccountRole)}.")
    for one in grants:
        _check(one)
    account = {
        "code": account_code(code),
        "name": storable(name.strip(), "name"),
        "email": email,
        "grants": [asdict(one) for one in grants],
    }
    try:
        made: str = await database.call(SqlFunction.PUT_ACCOUNT, json.dumps(account), by)
    except DatabaseRefused as error:
        raise _refused(error) from error
    return made


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


async def list_accounts(database: Calls) -> list[Row]:
    """All accounts; `grants` are `Grant`s."""
    rows = await database.rows(SqlFunction.LIST_ACCOUNTS)
    return [{**row, "grants": _GRANTS.validate_python(json_list(row["grants"]))} for row in rows]


async def list_tokens(database: Calls, code: str) -> Sequence[Row]:
    """The tokens and logins of an account, newest first."""
    return await database.rows(SqlFunction.LIST_ACCOUNT_TOKENS, storable(code, "code"))


async def disable(database: Calls, code: str, *, by: str) -> bool:
    """Put an account out of use: nobody comes in by it, and its tokens, logins and links end for good."""
    return await _disabled(database, code, True, by)


async def enable(database: Calls, code: str, *, by: str) -> bool:
    """Put it into use again. What it had given out stays void."""
    return await _disabled(database, code, False, by)


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


async def revoke_token(database: Calls, code: str, name: str, *, by: str) -> bool:
    """Revoke the token of that name; returns whether there was one in force."""
    return bool(await _call(database, SqlFunction.REVOKE_ACCOUNT_TOKEN, code, storable(name, "name"), by))


async def issue_link(database: Calls, code: str, lasts: timedelta = LINK_LASTS, *, by: str) -> Issued:
    """A one-time link by which the password of an account can be set. Earlier ones end."""
    key = new_link()
    link = {"lasts": lasts.total_seconds(), "digest": key.digest.hex()}
    return await _issued(database, SqlFunction.ISSUE_ACCOUNT_LINK, code, link, key=key, by=by)


async def first_administrator(database: Calls, *, by: str) -> Issued | None:
    """Where there is no account at all: one that administers, and the link by which it gets its password."""
    if await database.rows(SqlFunction.LIST_ACCOUNTS):
        return None
    grants = [Grant(AccountRole.ADMINISTRATOR)]
    await add_account(database, FIRST_ADMINISTRATOR, "Administrator", grants, by=by)
    return await issue_link(database, FIRST_ADMINISTRATOR, by=by)


def json_list(value: Any) -> Any:
    """A JSON column, decoded or as text."""
    return json.loads(value) if isinstance(value, str) else value


def _check(one: Grant) -> None:
    needs = {
        AccountRole.HOSPITAL: "customer",
        AccountRole.MANUFACTURER: "manufacturer",
        AccountRole.ENGINEER: "engineer",
    }
    for role, field in needs.items():
        if (getattr(one, field) is not None) != (one.role is role):
            raise BadInput(f"The role {role.value} goes with the code of {_article(field)}, and no other role does.")
    if one.site is not None and one.role is not AccountRole.HOSPITAL:
        raise BadInput("A site goes with the role hospital alone.")


def _article(field: str) -> str:
    return f"an {field}" if field[0] in "aeiou" else f"a {field}"


async def _disabled(database: Calls, code: str, disabled: bool, by: str) -> bool:
    return bool(await _call(database, SqlFunction.DISABLE_ACCOUNT, storable(code, "code"), disabled, by))


async def _issued(
    database: Calls, function: SqlFunction, code: str, what: Mapping[str, object], *, key: NewKey, by: str
) -> Issued:
    expires_at = await _call(database, function, storable(code, "code"), json.dumps(what), by)
    return Issued(key.secret, expires_at)


async def _call(database: Calls, function: SqlFunction, *arguments: Any) -> Any:
    try:
        return await database.call(function, *arguments)
    except DatabaseRefused as error:
        raise _refused(error) from error


def _refused(error: DatabaseRefused) -> Refused:
    said = str(error)
    return Refused(f"{said[:1].upper()}{said[1:]}.")
