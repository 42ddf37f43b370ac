"""What has become of an account, and whose doing it was: read from the audit trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.access import Action
from models.database_calls import Calls
from models.database_errors import DatabaseRefused
from models.sql_functions import SqlFunction
from models.vocabulary.accounts import AccountEventKind, TokenKind
from starter.accounts.gate import check
from starter.accounts.managing import decoded, refused
from starter.given import storable


@dataclass(frozen=True, slots=True)
class AccountEvent:
    """Something that has become of an account.

    Attributes:
        of: of which role, token or the like; empty where there is nothing to name.
        role, whose: the two parts of that where it is a role: for whom it has words of its own.
    """

    number: int
    at: datetime
    by: str
    kind: AccountEventKind
    of: str = ""
    role: str = ""
    whose: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """A page of it, newest first; `following` is where the next one goes on."""

    events: Sequence[AccountEvent]
    following: int | None


async def read_history(database: Calls, code: str, limit: int = 50, before: int | None = None) -> History:
    """What has become of an account, newest first.

    Args:
        before: `following` of the page before.

    Raises:
        UnknownAccount: there is none.
        NotAllowed: whoever asks does not administer.
    """
    check(database, Action.ADMINISTER)
    try:
        rows = await database.rows(SqlFunction.READ_ACCOUNT_LOG, storable(code, "code"), limit + 1, before)
    except DatabaseRefused as error:
        raise refused(error) from error
    events = [_event(row) for row in rows[:limit]]
    return History(events, events[-1].number if len(rows) > limit else None)


def _event(row: Mapping[str, Any]) -> AccountEvent:
    new = decoded(row["new_value"]) or {}
    kind, of = _KINDS[row["subject_table"]](row, new)
    role, whose = (row["role"], row["whose"]) if row["subject_table"] == "account_roles" else ("", "")
    return AccountEvent(row["entry_number"], row["recorded_at"], row["actor_code"], kind, of or "", role, whose)


def _of_account(row: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[AccountEventKind, str]:
    if row["action"] == "row_inserted":
        return AccountEventKind.MADE, ""
    if "disabled_at" in new:
        return (AccountEventKind.DISABLED if new["disabled_at"] else AccountEventKind.ENABLED), ""
    if "password_set_at" in new:
        return AccountEventKind.PASSWORD_SET, ""
    return AccountEventKind.CHANGED, ", ".join(f"{field}: {value}" for field, value in new.items())


def _of_role(row: Mapping[str, Any], _: Mapping[str, Any]) -> tuple[AccountEventKind, str]:
    given = row["action"] == "row_inserted"
    role = str(row["role"]).replace("_", " ")
    return (
        AccountEventKind.ROLE_GIVEN if given else AccountEventKind.ROLE_TAKEN,
        " ".join(filter(None, (role, row["whose"]))),
    )


def _of_token(row: Mapping[str, Any], _: Mapping[str, Any]) -> tuple[AccountEventKind, str]:
    made = row["action"] == "row_inserted"
    if row["kind"] == TokenKind.LOGIN:
        return (AccountEventKind.SIGNED_IN if made else AccountEventKind.SIGNED_OUT), ""
    return (AccountEventKind.TOKEN_MADE if made else AccountEventKind.TOKEN_REVOKED), row["named"]


def _of_link(row: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[AccountEventKind, str]:
    if row["action"] == "row_inserted":
        return AccountEventKind.LINK_MADE, ""
    return (AccountEventKind.LINK_USED if "used_at" in new else AccountEventKind.LINK_ENDED), ""


def _of_passkey(row: Mapping[str, Any], _: Mapping[str, Any]) -> tuple[AccountEventKind, str]:
    added = row["action"] == "row_inserted"
    return (AccountEventKind.PASSKEY_ADDED if added else AccountEventKind.PASSKEY_REMOVED), row["named"]


def _of_identity(row: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[AccountEventKind, str]:
    match row["action"]:
        case "row_inserted":
            return AccountEventKind.IDENTITY_LINKED, new["email"] or new["subject"]
        case "row_deleted":
            return AccountEventKind.IDENTITY_UNLINKED, ""
        case _:
            return AccountEventKind.IDENTITY_TAKEN_UP, new.get("subject", "")


_KINDS = {
    "accounts": _of_account,
    "account_roles": _of_role,
    "account_tokens": _of_token,
    "account_links": _of_link,
    "account_passkeys": _of_passkey,
    "account_identities": _of_identity,
}
