"""What the terminal shows of accounts: which there are, their tokens, and what has become of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from models.vocabulary.accounts import AccountEventKind, AccountState
from starter.accounts import managing
from starter.accounts.grants import grant_of
from starter.accounts.history import read_history
from starter.addresses import read_settings
from starter.cli.terminal.display import Listing, print_json, show
from starter.cli.terminal.operator import as_operator
from starter.cli.terminal.run import err, out
from starter.failures import BadInput, Refused

HAPPENED = {
    AccountEventKind.MADE: "made",
    AccountEventKind.CHANGED: "changed: {of}",
    AccountEventKind.DISABLED: "disabled",
    AccountEventKind.ENABLED: "enabled",
    AccountEventKind.PASSWORD_SET: "password set",
    AccountEventKind.ROLE_GIVEN: "role given: {of}",
    AccountEventKind.ROLE_TAKEN: "role taken: {of}",
    AccountEventKind.SIGNED_IN: "signed in",
    AccountEventKind.SIGNED_OUT: "signed out",
    AccountEventKind.TOKEN_MADE: "token made: {of}",
    AccountEventKind.TOKEN_REVOKED: "token revoked: {of}",
    AccountEventKind.LINK_MADE: "one-time link made",
    AccountEventKind.LINK_USED: "one-time link used",
    AccountEventKind.LINK_ENDED: "one-time link ended",
    AccountEventKind.PASSKEY_ADDED: "passkey added: {of}",
    AccountEventKind.PASSKEY_REMOVED: "passkey removed: {of}",
    AccountEventKind.IDENTITY_LINKED: "linked to the sign-in service: {of}",
    AccountEventKind.IDENTITY_TAKEN_UP: "came by the sign-in service first as {of}",
    AccountEventKind.IDENTITY_UNLINKED: "unlinked from the sign-in service",
}


async def list_accounts(
    search: str | None, role: str | None, state: AccountState | None, limit: int, after: str | None, *, as_json: bool
) -> None:
    """Print the accounts."""
    acts_as = None if role is None else grant_of(role).role
    async with as_operator(None) as (database, _):
        page = await managing.list_accounts(
            database, search=search, role=acts_as, state=state, limit=limit, after=after
        )
    if as_json:
        accounts = [{**one, "grants": [str(grant) for grant in one["grants"]]} for one in page.rows]
        print_json({"accounts": accounts, "next": page.following})
        return
    if not page.rows:
        filtered = any((search, role, state, after))
        none = (
            "No account fits."
            if filtered
            else "No accounts yet. `fieldcare user link` makes the first administrator's."
        )
        show(out, none)
        return
    rows = [
        (
            one["code"],
            one["name"],
            ", ".join(map(str, one["grants"])),
            "disabled" if one["disabled_at"] else "in use" if one["password_set_at"] else "no password",
            one["tokens"] or "",
        )
        for one in page.rows
    ]
    show(out, Listing(("Code", "Name", "Roles", "State", "Tokens"), rows, wrap=frozenset({"Roles"})))
    if page.following is not None:
        show(err, f"There are more: --after {page.following}")


async def history(code: str, limit: int, before: int | None, *, as_json: bool) -> None:
    """Print what has become of an account."""
    async with as_operator(None) as (database, _):
        found = await read_history(database, code, limit, before)
    if as_json:
        print_json({"events": [asdict(one) for one in found.events], "next": found.following})
        return
    rows = [(time_of(one.at), HAPPENED[one.kind].format(of=one.of), one.by) for one in found.events]
    show(out, Listing(("When", "What", "By"), rows, wrap=frozenset({"What"})))
    if found.following is not None:
        show(err, f"There is more: --before {found.following}")


async def passkeys(code: str, remove: str | None, by: str | None, *, as_json: bool) -> None:
    """Print the passkeys of an account, or take one away."""
    from starter.accounts.passkeys import list_passkeys  # its library is for those who want it

    async with as_operator(by) as (database, who):
        if remove is not None:
            if not await managing.remove_passkey(database, code, remove, by=who):
                raise Refused(f"{code} has no passkey {remove!r}.")
            show(out, f"The passkey {remove} of {code} is removed.")
            return
        await managing.read_account(database, code)
        found = await list_passkeys(database, code)
    if as_json:
        print_json({"passkeys": found})
        return
    rows = [(one["name"], one["rp_id"], time_of(one["created_at"]), time_of(one["last_used_at"])) for one in found]
    show(out, Listing(("Name", "For", "Since", "Last used"), rows) if rows else f"{code} has no passkeys.")


async def identity(
    code: str,
    email: str | None,
    subject: str | None,
    issuer: str | None,
    by: str | None,
    *,
    unlink: bool,
    as_json: bool,
) -> None:
    """Link an account to somebody at a provider, or to nobody; or print to whom it is linked."""
    from starter.accounts.single_sign_on import list_identities  # likewise

    at = issuer or read_settings().oidc_issuer
    if (unlink or email or subject) and at is None:
        raise BadInput("Say at which provider: --issuer, or FIELDCARE_OIDC_ISSUER.")
    if unlink and (email or subject):
        raise BadInput("Either link it or unlink it.")
    async with as_operator(by) as (database, who):
        if at is not None and (unlink or email or subject):
            changed = await managing.link_identity(database, code, at, subject=subject, email=email, by=who)
            done = f"{code} is unlinked from {at}." if unlink else f"{code} is linked to {email or subject} at {at}."
            show(out, done if changed else f"{code} was not linked at {at}.")
            return
        await managing.read_account(database, code)
        found = await list_identities(database, code)
    if as_json:
        print_json({"identities": found})
        return
    rows = [
        (
            one["issuer"],
            one["subject"] or "",
            one["email"] or "",
            time_of(one["created_at"]),
            time_of(one["last_used_at"]),
        )
        for one in found
    ]
    titles = ("Issuer", "Subject", "Address", "Since", "Last used")
    show(out, Listing(titles, rows) if rows else f"{code} is linked to nobody.")


def show_tokens(tokens: Sequence[managing.Row], as_json: bool) -> None:
    """Print the tokens and logins of an account."""
    if as_json:
        print_json({"tokens": tokens})
        return
    rows = [
        (
            one["name"],
            one["kind"],
            ", ".join(one["scopes"]),
            time_of(one["expires_at"]),
            time_of(one["last_used_at"]),
            time_of(one["revoked_at"]),
        )
        for one in tokens
    ]
    show(out, Listing(("Name", "Kind", "Scopes", "Expires", "Last used", "Revoked"), rows))


def time_of(at: datetime | None) -> str:
    """An instant as the terminal shows it; empty where there is none."""
    return f"{at:%Y-%m-%d %H:%M %Z}" if at is not None else ""
