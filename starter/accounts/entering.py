"""Coming in: by a password, by a token, by a one-time link; and going out.

Why somebody does not come in is never said: not whether there is such an account, nor whether it is disabled. The
database counts the tries and does the comparing; nothing that proves who somebody is ever comes out of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from pydantic import SecretStr, TypeAdapter

from models.database_calls import Calls
from models.database_errors import DatabaseRefused
from models.principals import Authentication, Grant, Principal
from models.settings import Settings
from models.sql_functions import SqlFunction
from models.vocabulary.accounts import OF_A_LOGIN, TokenKind, TokenScope
from starter.accounts.keys import (
    DEVICE_PREFIX,
    LINK_PREFIX,
    TOKEN_PREFIX,
    NewKey,
    digest_of,
    new_device,
    new_token,
)
from starter.accounts.passwords import Parameters, chosen_password, given_password, kept_as, key_of
from starter.failures import NotSignedIn, Remedy, RemedyKind, TooManyTries
from starter.given import storable

_GRANTS = TypeAdapter(tuple[Grant, ...])
_SCOPES = TypeAdapter(frozenset[TokenScope])
_LONGEST_CODE = 200
_NOT_TOLD = "FC016"
"""That a password was not told to be tried, or too long ago (`check_account_password`)."""

TOOK_TOO_LONG = "That took longer than a minute, so the password was not looked at."
DOES_NOT_FIT = "Code and password do not fit together."
NO_TOKEN = "The token is not in force: it was revoked, has expired, or never was one."  # noqa: S105 - a sentence
NO_LINK = "The link is not good any more: it was used, has expired, or never was one."


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who has signed in, and the token by which they are known until they sign out.

    Attributes:
        device: by which the browser or terminal is known again. It lets nobody in: who shows it with a password
            does not wait for what strangers have tried.
    """

    principal: Principal
    token: SecretStr
    expires_at: datetime
    device: SecretStr


async def sign_in(
    database: Calls, settings: Settings, code: str, password: SecretStr, *, device: SecretStr | None = None
) -> Login:
    """Come in by a password. It costs the same whether there is such an account or not.

    Args:
        device: of the login before from there, if any.

    Raises:
        NotSignedIn, TooManyTries: it does not fit, or is not looked at yet.
        BadInput: no password can be like that.
    """
    code, given = _code(code), given_password(password.get_secret_value())
    token, shown = new_token(), device_shown(device)
    key, now = await _key(database, settings, code, given, shown)
    login = {
        "name": "login",
        "lasts": settings.login_lasts.total_seconds(),
        "digest": token.digest.hex(),
        "device": shown.digest.hex(),
    }
    wanted = Parameters.of(settings)
    if now is not None and now != wanted:
        # It fits, or nothing happens: then it is kept by the parameters of today.
        again = json.dumps(await kept_as(given, wanted))
        wait = await look(database, SqlFunction.CHANGE_ACCOUNT_PASSWORD, code, key, again, True, shown.digest)
        if wait is not None:
            raise refused_try(wait)
        key, _ = await _key(database, settings, code, given, shown)
    said = json.loads(await look(database, SqlFunction.SIGN_IN, code, key, json.dumps(login)))
    if said["principal"] is None:
        raise refused_try(said["wait"])
    principal = principal_said(said["principal"], Authentication.PASSWORD, OF_A_LOGIN)
    return Login(principal, token.secret, datetime.fromisoformat(said["expires_at"]), shown.secret)


def device_shown(device: SecretStr | None) -> NewKey:
    """The secret by which a device is known again, and its digest; a new one where it has none."""
    digest = None if device is None else digest_of(device.get_secret_value(), DEVICE_PREFIX)
    return new_device() if device is None or digest is None else NewKey(device, digest)


@dataclass(frozen=True, slots=True)
class Proven:
    """Who has shown who they are in order to sign.

    Attributes:
        id: the proof that the database keeps; None: what was to be signed is nothing of theirs.
    """

    principal: Principal
    id: UUID | None
    at: datetime


async def signed_by_password(
    database: Calls,
    settings: Settings,
    code: str,
    password: SecretStr,
    signing: Mapping[str, str],
    *,
    device: SecretStr | None = None,
) -> Proven:
    """Whoever signs gives their password once more, for just that.

    Args:
        signing: ticket, stage, name and digest, as `sign_by_password()` takes them.

    Raises:
        NotSignedIn, TooManyTries: it does not fit, or is not looked at yet; tries count as for signing in.
    """
    code, given = _code(code), given_password(password.get_secret_value())
    shown = device_shown(device)
    key, _ = await _key(database, settings, code, given, shown)
    signed = json.dumps({**signing, "device": shown.digest.hex()})
    said = json.loads(await look(database, SqlFunction.SIGN_BY_PASSWORD, code, key, signed))
    if said["principal"] is None:
        raise refused_try(said["wait"])
    principal = principal_said(said["principal"], Authentication.PASSWORD, OF_A_LOGIN)
    if said["proof"] is None:
        return Proven(principal, None, datetime.now(UTC))
    return Proven(principal, UUID(said["proof"]), datetime.fromisoformat(said["proven_at"]))


async def change_password(
    database: Calls,
    settings: Settings,
    code: str,
    password: SecretStr,
    new: SecretStr,
    *,
    device: SecretStr | None = None,
) -> None:
    """Whoever knows the password of an account gives it another. Its logins end; its tokens stay.

    Raises:
        NotSignedIn, TooManyTries: the old one does not fit, or is not looked at yet.
        BadInput: the new one is none to take.
    """
    code, given = _code(code), given_password(password.get_secret_value())
    kept = await kept_as(chosen_password(new.get_secret_value(), code), Parameters.of(settings))
    shown = device_shown(device)
    key, _ = await _key(database, settings, code, given, shown)
    wait = await look(database, SqlFunction.CHANGE_ACCOUNT_PASSWORD, code, key, json.dumps(kept), False, shown.digest)
    if wait is not None:
        raise refused_try(wait)


async def use_link(database: Calls, settings: Settings, link: SecretStr, new: SecretStr) -> str:
    """Set the password of the account that a one-time link is for, once; returns the account's code.

    Raises:
        NotSignedIn: the link is good for nothing.
        BadInput: the password is none to take; the link stays good.
    """
    kept = await kept_as(chosen_password(new.get_secret_value(), ""), Parameters.of(settings))
    digest = digest_of(link.get_secret_value(), LINK_PREFIX)
    code: str | None = None
    if digest is not None:
        code = await database.call(SqlFunction.USE_ACCOUNT_LINK, digest, json.dumps(kept))
    if code is None:
        raise NotSignedIn(NO_LINK, Remedy(RemedyKind.ASK_FOR_LINK))
    return code


async def verify_token(database: Calls, token: SecretStr) -> Principal:
    """Who comes in by a token.

    Raises:
        NotSignedIn: it is not in force.
    """
    digest = digest_of(token.get_secret_value(), TOKEN_PREFIX)
    document = await database.call(SqlFunction.VERIFY_ACCOUNT_TOKEN, digest) if digest is not None else None
    if document is None:
        raise NotSignedIn(NO_TOKEN, Remedy(RemedyKind.SIGN_IN))
    said = json.loads(document)
    kind = Authentication.LOGIN if said["kind"] == TokenKind.LOGIN else Authentication.TOKEN
    return principal_said(said, kind, _SCOPES.validate_python(said["scopes"]))


async def sign_out(database: Calls, token: SecretStr) -> bool:
    """Give a token back; returns whether it was in force."""
    digest = digest_of(token.get_secret_value(), TOKEN_PREFIX)
    return digest is not None and bool(await database.call(SqlFunction.REVOKE_PRESENTED_TOKEN, digest))


async def sign_out_everywhere(database: Calls, token: SecretStr) -> int:
    """End all logins of the account whose login this is; returns how many. Personal tokens stay."""
    digest = digest_of(token.get_secret_value(), TOKEN_PREFIX)
    return 0 if digest is None else int(await database.call(SqlFunction.END_LOGINS, digest))


async def key_given(database: Calls, settings: Settings, code: str, password: SecretStr, shown: NewKey) -> bytes:
    """What argon2id makes of a password that somebody gives once more; see `_key()`.

    Raises:
        BadInput: no password can be like that.
        TooManyTries: it is not looked at yet.
    """
    key, _ = await _key(database, settings, _code(code), given_password(password.get_secret_value()), shown)
    return key


async def look(database: Calls, function: SqlFunction, *arguments: Any) -> Any:
    """Call a door that looks at a password of which `_key()` has told.

    Raises:
        NotSignedIn: that was more than a minute ago.
    """
    try:
        return await database.call(function, *arguments)
    except DatabaseRefused as error:
        if error.sqlstate == _NOT_TOLD:
            raise NotSignedIn(TOOK_TOO_LONG, Remedy(RemedyKind.SIGN_IN)) from error
        raise


async def _key(
    database: Calls, settings: Settings, code: str, password: str, shown: NewKey
) -> tuple[bytes, Parameters | None]:
    """What argon2id makes of a password, and by which parameters the account has its own; None: there is none.

    The database is told that it is about to be tried, and counts that, in a transaction of its own: what looks at it
    afterwards can be taken back, the count can't (docs/adr/0040-commit-then-show.md).

    Args:
        shown: by what the device is known, which the door is given as well.

    Raises:
        TooManyTries: it is not looked at yet.
    """
    (row,) = await database.rows(SqlFunction.BEGIN_SIGN_IN, code)
    known = None
    if row["memory_kib"] is not None:
        known = Parameters(row["memory_kib"], row["passes"], row["lanes"])
    key = await key_of(password, row["salt"], known or Parameters.of(settings))
    told = sha256(sha256(key).digest()).digest()
    if (wait := await database.call(SqlFunction.ANNOUNCE_PASSWORD, code, told, shown.digest)) is not None:
        raise TooManyTries(wait)
    return key, known


def principal_said(said: dict[str, object], by: Authentication, scopes: frozenset[TokenScope]) -> Principal:
    """Who somebody is, as the database says it."""
    return Principal(str(said["code"]), str(said["name"]), _GRANTS.validate_python(said["grants"]), by, scopes)


def refused_try(wait: float) -> NotSignedIn:
    """What a password that does not fit is told, or one that is not looked at yet."""
    return TooManyTries(wait) if wait > 0 else NotSignedIn(DOES_NOT_FIT)


def _code(code: str) -> str:
    return storable(code.strip()[:_LONGEST_CODE], "code")
