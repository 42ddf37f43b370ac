"""`/people`: who may come in, as what, and what has become of them. For whoever administers."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from pydantic import SecretStr
from starlette.datastructures import FormData
from starlette.responses import Response
from starlette.routing import BaseRoute

from models.access import Action
from models.database import Database
from models.principals import Grant
from models.vocabulary.accounts import AccountRole, AccountState, TokenKind
from starter.accounts import managing
from starter.accounts.gate import check
from starter.accounts.grants import grant_of, typed
from starter.accounts.history import read_history
from starter.accounts.passkeys import list_passkeys
from starter.accounts.single_sign_on import list_identities
from starter.failures import BadInput, Failure
from starter.portal.failing import remedies_of, sentence_of, status_of
from starter.portal.forms import entry
from starter.portal.pages import go_to, page
from starter.portal.routes import looked_at, sent
from starter.portal.visitors import Visitor

A_PAGE = 50

DONE: Mapping[str, str] = {
    "change": "It is changed.",
    "give": "The role is given.",
    "take": "The role is taken.",
    "disable": "Nobody comes in by this account any more.",
    "enable": "The account is in use again. It needs a new one-time link or its password.",
    "end-logins": "It is signed out everywhere.",
    "revoke": "The token is revoked.",
    "identity": "Who comes in by the sign-in service is changed.",
    "remove-passkey": "The passkey is removed.",
}
"""What is said of what a form has done, by the word in the address."""


async def people(visitor: Visitor) -> Response:
    """A page of accounts, as they were asked for."""
    asking, query = visitor.known(), visitor.request.query_params
    check(asking.database, Action.ADMINISTER)
    asked = {name: query.get(name, "").strip()[:200] for name in ("search", "role", "state")}
    found, sentence = managing.Accounts((), None), ""
    try:
        found = await managing.list_accounts(
            asking.database,
            search=asked["search"] or None,
            role=AccountRole(asked["role"]) if asked["role"] in set(AccountRole) else None,
            state=AccountState(asked["state"]) if asked["state"] in set(AccountState) else None,
            limit=A_PAGE,
            after=query.get("after") or None,
        )
    except BadInput as refused:
        sentence = refused.sentence
    return page(
        visitor,
        "people.html",
        rows=found.rows,
        following=found.following,
        asked={name: value for name, value in asked.items() if value},
        roles=tuple(AccountRole),
        sentence=sentence,
    )


async def new_person(visitor: Visitor) -> Response:
    """The form for somebody who is to come in."""
    check(visitor.known().database, Action.ADMINISTER)
    return _form(visitor, {})


async def add_person(visitor: Visitor, form: FormData) -> Response:
    """An account is made, and its one-time link shown, this once."""
    asking = visitor.known()
    check(asking.database, Action.ADMINISTER)
    try:
        code = await managing.add_account(
            asking.database,
            entry(form, "code"),
            entry(form, "name"),
            [_grant(form)],
            by=asking.token,
            email=entry(form, "email") or None,
        )
        issued = await managing.issue_link(asking.database, code, by=asking.token)
    except Failure as failure:
        return _form(visitor, {name: entry(form, name) for name in ("code", "name", "email", "role", "whose")}, failure)
    return await _person(visitor, code, issued=issued)


async def person(visitor: Visitor) -> Response:
    """Somebody: what they may act as, what they have, and what has become of their account."""
    return await _person(visitor, visitor.request.path_params["code"], done=visitor.request.query_params.get("done"))


async def change_person(visitor: Visitor, form: FormData) -> Response:
    """Something is done about an account."""
    code, doing = visitor.request.path_params["code"], visitor.request.path_params["doing"]
    asking = visitor.known()
    database, by = asking.database, asking.token
    check(database, Action.ADMINISTER)
    try:
        if doing == "link":
            return await _person(visitor, code, issued=await managing.issue_link(database, code, by=by))
        await _do(database, code, doing, form, by)
    except managing.UnknownAccount:
        raise
    except Failure as failure:
        return await _person(visitor, code, failure=failure)
    if code.casefold() == asking.principal.code.casefold() and doing in {"disable", "end-logins"}:
        return go_to("/sign-in", out="1")  # by their own hand they are not signed in any more
    return go_to(f"/people/{code}", done=doing)


ROUTES: tuple[BaseRoute, ...] = (
    looked_at("/people", people),
    looked_at("/people/new", new_person),
    sent("/people/new", add_person),
    looked_at("/people/{code}", person),
    sent("/people/{code}/{doing}", change_person),
)


# -- inside ------------------------------------------------------------------------------------------------------------


async def _do(database: Database, code: str, doing: str, form: FormData, by: SecretStr) -> None:
    """Do something about an account."""
    match doing:
        case "change":
            name, email = entry(form, "name"), entry(form, "email")
            await managing.change_account(database, code, by=by, name=name, email=email)
        case "give":
            await managing.change_account(database, code, by=by, give=[_grant(form)])
        case "take":
            await managing.change_account(database, code, by=by, take=[grant_of(entry(form, "grant"))])
        case "disable":
            await managing.disable(database, code, by=by)
        case "enable":
            await managing.enable(database, code, by=by)
        case "end-logins":
            await managing.end_logins(database, code, by=by)
        case "revoke":
            await managing.revoke_token(database, code, entry(form, "token"), by=by)
        case "remove-passkey":
            await managing.remove_passkey(database, code, entry(form, "passkey"), by=by)
        case "identity":
            issuer = entry(form, "issuer")
            address, subject = entry(form, "email") or None, entry(form, "subject") or None
            await managing.link_identity(database, code, issuer, by=by, email=address, subject=subject)
        case _:
            raise BadInput("That can't be done to an account.")


def _grant(form: FormData) -> Grant:
    """The role that a form chooses, and whose it is."""
    role, whose = entry(form, "role"), entry(form, "whose")
    if role not in set(AccountRole):
        raise BadInput("Choose a role.")
    return grant_of(f"{role}:{whose}" if whose else role)


def _form(visitor: Visitor, typed_in: Mapping[str, str], failure: Failure | None = None) -> Response:
    status, said = _told(visitor, failure)
    return page(visitor, "person_new.html", status=status, typed=typed_in, roles=tuple(AccountRole), **said)


async def _person(
    visitor: Visitor,
    code: str,
    *,
    done: str | None = None,
    issued: managing.Issued | None = None,
    failure: Failure | None = None,
) -> Response:
    database = visitor.known().database
    account = await managing.read_account(database, code)
    before = visitor.request.query_params.get("before", "")
    history = await read_history(
        database,
        account["code"],
        A_PAGE,
        int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
    )
    tokens = await managing.list_tokens(database, account["code"])
    status, said = _told(visitor, failure)
    return page(
        visitor,
        "person.html",
        status=status,
        account=account,
        grants=[(one, typed(one)) for one in account["grants"]],
        tokens=[one for one in tokens if one["kind"] == TokenKind.API and one["revoked_at"] is None],
        passkeys=await list_passkeys(database, account["code"]),
        identities=await list_identities(database, account["code"]),
        issuer=visitor.engines.settings.oidc_issuer,
        history=history,
        roles=tuple(AccountRole),
        note=visitor.words(DONE[done]) if done is not None and done in DONE else "",
        issued=issued,
        link_url=None if issued is None else _link_url(visitor, issued),
        **said,
    )


def _link_url(visitor: Visitor, issued: managing.Issued) -> str:
    """Where whoever gets a one-time link opens it."""
    public = visitor.engines.settings.public_url
    base = public.rstrip("/") if public else str(visitor.request.base_url).rstrip("/")
    return f"{base}/link?key={issued.secret.get_secret_value()}"


def _told(visitor: Visitor, failure: Failure | None) -> tuple[int, Mapping[str, Any]]:
    """The status of a page, and what it says of what went wrong with a form of it."""
    if failure is None:
        return HTTPStatus.OK, {"failure": None, "remedies": ()}
    status = status_of(failure)
    return status, {"failure": sentence_of(failure, visitor.words), "remedies": remedies_of(failure, visitor.words)}
