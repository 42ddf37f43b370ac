"""`/accounts`: who may come in, as what, and what has become of them. For whoever administers."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query

from models.access import Action
from models.vocabulary.accounts import AccountRole, AccountState
from starter.accounts import managing
from starter.accounts.gate import check
from starter.accounts.history import read_history
from starter.accounts.passkeys import list_passkeys
from starter.accounts.single_sign_on import list_identities
from starter.api.cursors import cursor_of, value_of
from starter.api.problems import problems
from starter.api.shapes_accounts import (
    AccountChange,
    AccountChanged,
    AccountEventOut,
    AccountHistory,
    AccountList,
    AccountOut,
    IdentityIn,
    IdentityList,
    IdentityOut,
    IssuedLink,
    LoginsEnded,
    NewAccount,
    PasskeyList,
    PasskeyOut,
    TokenList,
    TokenOut,
)
from starter.api.tickets import LONGEST_PAGE, Asked
from starter.failures import BadInput
from starter.web.asking import Asking

router = APIRouter(prefix="/accounts", tags=["accounts"])

Code = Annotated[str, Path(max_length=100, min_length=1, description="Code of the account.")]
Limit = Annotated[int, Query(ge=1, le=LONGEST_PAGE)]
Cursor = Annotated[str | None, Query(max_length=600, description="`next` of the page before.")]
UNKNOWN = problems(HTTPStatus.NOT_FOUND)


@router.get("", summary="List accounts", response_model=AccountList, responses=problems())
async def list_accounts(
    asked: Asked,
    *,
    search: Annotated[str | None, Query(max_length=200, description="A part of code, name or address.")] = None,
    role: Annotated[AccountRole | None, Query()] = None,
    state: Annotated[AccountState | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> AccountList:
    """Accounts by their codes, with what they may act as."""
    page = await managing.list_accounts(
        asked.database, search=search, role=role, state=state, limit=limit, after=value_of(cursor)
    )
    return AccountList(accounts=[AccountOut.model_validate(row) for row in page.rows], next=cursor_of(page.following))


@router.post(
    "", summary="Add an account", status_code=HTTPStatus.CREATED, response_model=AccountOut, responses=problems()
)
async def add(asked: Asked, body: NewAccount) -> AccountOut:
    """It has no password yet: `POST /accounts/{code}/link` makes the link by which the person sets one."""
    grants = [one.grant() for one in body.grants]
    code = await managing.add_account(asked.database, body.code, body.name, grants, by=asked.token, email=body.email)
    return AccountOut.model_validate(await managing.read_account(asked.database, code))


@router.get("/{code}", summary="Look at an account", response_model=AccountOut, responses=UNKNOWN)
async def read(asked: Asked, code: Code) -> AccountOut:
    """What it may act as, and how it stands."""
    return AccountOut.model_validate(await managing.read_account(asked.database, code))


@router.patch("/{code}", summary="Change an account", response_model=AccountOut, responses=UNKNOWN)
async def change(asked: Asked, code: Code, body: AccountChange) -> AccountOut:
    """Roles are given and taken. Nothing ends by it: tokens and logins may do from their next request on what the
    account then may. The last administrator stays one."""
    await managing.change_account(
        asked.database,
        code,
        by=asked.token,
        name=body.name,
        email=body.email,
        give=[one.grant() for one in body.give],
        take=[one.grant() for one in body.take],
    )
    return AccountOut.model_validate(await managing.read_account(asked.database, code))


@router.post("/{code}/disable", summary="Disable an account", response_model=AccountChanged, responses=UNKNOWN)
async def disable(asked: Asked, code: Code) -> AccountChanged:
    """Nobody comes in by it any more; its tokens, logins and links end for good."""
    return AccountChanged(code=code, changed=await managing.disable(asked.database, code, by=asked.token))


@router.post("/{code}/enable", summary="Enable an account", response_model=AccountChanged, responses=UNKNOWN)
async def enable(asked: Asked, code: Code) -> AccountChanged:
    """What it had given out stays void."""
    return AccountChanged(code=code, changed=await managing.enable(asked.database, code, by=asked.token))


@router.post("/{code}/link", summary="Make a one-time link", response_model=IssuedLink, responses=UNKNOWN)
async def link(asked: Asked, code: Code) -> IssuedLink:
    """For the person, to set a password with it within a day. Earlier ones end."""
    issued = await managing.issue_link(asked.database, code, by=asked.token)
    return IssuedLink(secret=issued.secret.get_secret_value(), expires_at=issued.expires_at)


@router.post("/{code}/end-logins", summary="Sign an account out", response_model=LoginsEnded, responses=UNKNOWN)
async def end_logins(asked: Asked, code: Code) -> LoginsEnded:
    """Wherever it has signed in. Its personal tokens stay."""
    return LoginsEnded(ended=await managing.end_logins(asked.database, code, by=asked.token))


@router.get("/{code}/tokens", summary="List the tokens of an account", response_model=TokenList, responses=UNKNOWN)
async def tokens(asked: Asked, code: Code) -> TokenList:
    """Personal ones and logins, newest first. No secret is in them."""
    await managing.read_account(asked.database, code)
    rows = await managing.list_tokens(asked.database, code)
    return TokenList(tokens=[TokenOut.model_validate(row) for row in rows])


@router.delete("/{code}/tokens/{name}", summary="Revoke a token", response_model=AccountChanged, responses=UNKNOWN)
async def revoke(
    asked: Asked, code: Code, name: Annotated[str, Path(max_length=100, min_length=1, description="Its name.")]
) -> AccountChanged:
    """At once and for good."""
    done = await managing.revoke_token(asked.database, code, name, by=asked.token)
    return AccountChanged(code=code, changed=done)


@router.get(
    "/{code}/passkeys", summary="List the passkeys of an account", response_model=PasskeyList, responses=UNKNOWN
)
async def passkeys(asked: Asked, code: Code) -> PasskeyList:
    """By their names. They are added by whoever has them, with a browser."""
    await managing.read_account(asked.database, code)
    rows = await list_passkeys(asked.database, code)
    return PasskeyList(passkeys=[PasskeyOut.model_validate(row) for row in rows])


@router.delete("/{code}/passkeys/{name}", summary="Remove a passkey", response_model=AccountChanged, responses=UNKNOWN)
async def remove_passkey(
    asked: Asked, code: Code, name: Annotated[str, Path(max_length=100, min_length=1, description="Its name.")]
) -> AccountChanged:
    """Nobody comes in by it any more."""
    done = await managing.remove_passkey(asked.database, code, name, by=asked.token)
    return AccountChanged(code=code, changed=done)


@router.get(
    "/{code}/identities",
    summary="List whom an account is linked to",
    response_model=IdentityList,
    responses=UNKNOWN,
)
async def identities(asked: Asked, code: Code) -> IdentityList:
    """At OpenID Connect providers."""
    await managing.read_account(asked.database, code)
    rows = await list_identities(asked.database, code)
    return IdentityList(identities=[IdentityOut.model_validate(row) for row in rows])


@router.put("/{code}/identity", summary="Link an account", response_model=AccountChanged, responses=UNKNOWN)
async def link_identity(asked: Asked, code: Code, body: IdentityIn) -> AccountChanged:
    """To somebody at the provider of the settings; to nobody where the body says nobody. By an address it is whoever
    first comes with it verified, and from then on they alone."""
    done = await managing.link_identity(
        asked.database, code, _issuer(asked), by=asked.token, subject=body.subject, email=body.email
    )
    return AccountChanged(code=code, changed=done)


@router.get(
    "/{code}/history", summary="What has become of an account", response_model=AccountHistory, responses=UNKNOWN
)
async def history(asked: Asked, code: Code, limit: Limit = 50, cursor: Cursor = None) -> AccountHistory:
    """From the audit trail, newest first: who gave which role when, logins, links, tokens."""
    found = await read_history(asked.database, code, limit, _number(value_of(cursor)))
    following = None if found.following is None else cursor_of(str(found.following))
    return AccountHistory(events=[AccountEventOut.model_validate(one) for one in found.events], next=following)


def _issuer(asked: Asking) -> str:
    """Of the provider of the settings.

    Raises:
        BadInput: there is none.
    """
    check(asked.database, Action.ADMINISTER)
    if (issuer := asked.engines.settings.oidc_issuer) is None:
        raise BadInput("There is no sign-in service here: FIELDCARE_OIDC_ISSUER names one.")
    return issuer


def _number(value: str | None) -> int | None:
    """What a page of a history ended with.

    Raises:
        BadInput: none ended with that.
    """
    if value is None:
        return None
    if not value.isascii() or not value.isdigit() or len(value) > 18:
        raise BadInput("That is no cursor of this list. Take `next` of the page before as it is.")
    return int(value)
