"""What `fieldcare user …`, `login` and `logout` do, and what they say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import SecretStr

from models.database import Database
from models.principals import Grant
from models.vocabulary.accounts import AccountRole, TokenScope
from starter.accounts import entering, managing
from starter.accounts.kept import forget_login, keep_login
from starter.addresses import read_settings
from starter.cli.terminal.display import Listing, print_json, show
from starter.cli.terminal.operator import as_operator
from starter.cli.terminal.parsing import duration, myself
from starter.cli.terminal.run import err, out
from starter.cli.user.secrets import asked_for
from starter.failures import BadInput, Refused, Remedy, RemedyKind
from starter.services import database_only, unscoped_database

WHAT_FOR = "Whoever gets it sets a password with it: at /link of the server, or by `fieldcare user password --link -`."


async def add(code: str, name: str, roles: Sequence[str], email: str | None, *, by: str | None, as_json: bool) -> None:
    """Make an account."""
    grants = [_grant(text) for text in roles]
    async with as_operator(by) as (database, who):
        made = await managing.add_account(database, code, name, grants, by=who, email=email)
    if as_json:
        print_json({"code": made, "name": name, "roles": [str(one) for one in grants]})
        return
    show(out, f"Account {made}: {', '.join(map(str, grants))}.")
    show(out, f"It has no password yet: `fieldcare user link {made}`, or `fieldcare user password {made}`.")


async def list_accounts(as_json: bool) -> None:
    """Print the accounts."""
    async with as_operator(None) as (database, _):
        accounts = await managing.list_accounts(database)
    if as_json:
        print_json({"accounts": [{**one, "grants": [str(grant) for grant in one["grants"]]} for one in accounts]})
        return
    if not accounts:
        show(out, "No accounts yet. `fieldcare user link` makes the first administrator's.")
        return
    rows = [
        (
            one["code"],
            one["name"],
            ", ".join(map(str, one["grants"])),
            "disabled" if one["disabled_at"] else "in use" if one["password_set_at"] else "no password",
            one["tokens"] or "",
        )
        for one in accounts
    ]
    show(out, Listing(("Code", "Name", "Roles", "State", "Tokens"), rows, wrap=frozenset({"Roles"})))


async def put_in_use(code: str, in_use: bool, by: str | None) -> None:
    """Enable or disable an account."""
    async with as_operator(by) as (database, who):
        changed = await (managing.enable if in_use else managing.disable)(database, code, by=who)
    state = "in use" if in_use else "disabled"
    show(out, f"{code} is {state}." if changed else f"{code} was {state} already.")


async def password(code: str | None, link: str | None, by: str | None) -> None:
    """Set a password: by a link, as the operator, or one's own."""
    settings = read_settings()
    if link is not None:
        if code is not None:
            raise BadInput("A link says by itself whose password it sets. Leave the code out.")
        secret = asked_for("link") if link == "-" else SecretStr(link)
        new = asked_for("new password", twice=True)
        async with unscoped_database(settings) as database:
            code = await entering.use_link(database, settings, secret, new)
    elif code is not None:
        async with as_operator(by) as (database, who):
            new = asked_for("new password", twice=True)
            await managing.set_password(database, settings, code, new, by=who)
    else:
        async with database_only(settings) as database:
            if database.principal is None:
                raise BadInput("Say whose: `fieldcare user password CODE`, or sign in to change your own.")
            code = database.principal.code
            old, new = asked_for("old password"), asked_for("new password", twice=True)
            await entering.change_password(database, settings, code, old, new)
    show(out, f"The password of {code} is set. Logins by an earlier one have ended.")


async def token(
    code: str,
    name: str | None,
    scopes: Sequence[TokenScope],
    lasts: str,
    *,
    revoke: bool,
    by: str | None,
    as_json: bool,
) -> None:
    """Make a token, revoke one, or list what there is."""
    if revoke and name is None:
        raise BadInput("Say which: --name NAME --revoke.")
    for_ = duration(lasts)
    async with as_operator(by) as (database, who):
        if name is None:
            _show_tokens(await managing.list_tokens(database, code), as_json)
            return
        if revoke:
            if not await managing.revoke_token(database, code, name, by=who):
                raise Refused(f"{code} has no token {name!r} in force.")
            show(out, f"The token {name} of {code} is revoked.")
            return
        issued = await managing.issue_token(database, code, name, scopes, for_, by=who)
    _show_issued(issued, as_json, f"Token {name} of {code}", "It is shown this once. FIELDCARE_TOKEN takes it.")


async def link(code: str | None, lasts: str, *, by: str | None, as_json: bool) -> None:
    """Make a one-time link."""
    for_ = duration(lasts)
    async with as_operator(by) as (database, who):
        if code is None:
            issued = await managing.first_administrator(database, by=who)
            if issued is None:
                raise Refused("There are accounts already. Say for which one.", Remedy(RemedyKind.LIST_ACCOUNTS))
            code = managing.FIRST_ADMINISTRATOR
        else:
            issued = await managing.issue_link(database, code, for_, by=who)
    _show_issued(issued, as_json, f"One-time link for {code}", WHAT_FOR)


async def login(code: str | None) -> None:
    """Sign in, and keep that."""
    settings = read_settings()
    if settings.token is not None:
        raise BadInput("FIELDCARE_TOKEN is set, and says who you are. Unset it to sign in.")
    who = code if code is not None else myself()
    secret = asked_for("password")
    async with unscoped_database(settings) as database:
        entered = await entering.sign_in(database, settings, who, secret)
        earlier = forget_login(settings)
        keep_login(settings, entered.principal.code, entered.token)
        if earlier is not None:
            await entering.sign_out(database, earlier)
    roles = ", ".join(map(str, entered.principal.grants))
    show(out, f"Signed in as {entered.principal.code} ({roles}) until {_time(entered.expires_at)}.")


async def logout() -> None:
    """Sign out. The login is forgotten here also where the database can't be told."""
    settings = read_settings()
    secret = forget_login(settings)
    if secret is None:
        show(out, "Nobody was signed in here.")
    else:
        async with unscoped_database(settings) as database:
            await entering.sign_out(database, secret)
        show(out, "Signed out.")
    if settings.token is not None:
        show(err, "FIELDCARE_TOKEN is still set: commands go on acting as its account.")


async def tell_of_first_administrator(database_url: str, *, as_json: bool) -> None:
    """Where there is no account yet: at a terminal, the link of the first administrator; elsewhere, how to get one.

    What is not a terminal may be a log, and a log is no place for it.
    """
    database = Database(database_url, pool_size=1)
    try:
        if await managing.list_accounts(database):
            return
        if as_json or not out.is_terminal:
            show(err, "There is no account yet: `fieldcare user link` makes the first administrator's link.")
            return
        issued = await managing.first_administrator(database, by=myself())
    finally:
        await database.aclose()
    if issued is not None:
        _show_issued(issued, False, f"One-time link for {managing.FIRST_ADMINISTRATOR}", WHAT_FOR)


# -- inside ----------------------------------------------------------------------------------------------------------


def _grant(text: str) -> Grant:
    word, _, whose = text.partition(":")
    try:
        role = AccountRole(word.strip().lower())
    except ValueError:
        raise BadInput(f"{word!r} is no role. Roles: {', '.join(AccountRole)}.") from None
    code = whose.strip().upper() or None
    match role:
        case AccountRole.HOSPITAL:
            customer, _, site = (code or "").partition("/")
            return Grant(role, customer=customer or None, site=site or None)
        case AccountRole.ENGINEER:
            return Grant(role, engineer=code)
        case AccountRole.MANUFACTURER:
            return Grant(role, manufacturer=code)
        case _ if code is not None:
            raise BadInput(f"The role {role.value} is for everybody: leave :{whose} out.")
        case _:
            return Grant(role)


def _show_issued(issued: managing.Issued, as_json: bool, what: str, remark: str) -> None:
    if as_json:
        print_json({"secret": issued.secret.get_secret_value(), "expires_at": issued.expires_at})
        return
    show(out, f"{what}, good until {_time(issued.expires_at)}:")
    out.print(issued.secret.get_secret_value(), markup=False)
    show(out, remark)


def _show_tokens(tokens: Sequence[managing.Row], as_json: bool) -> None:
    if as_json:
        print_json({"tokens": tokens})
        return
    rows = [
        (
            one["name"],
            one["kind"],
            ", ".join(one["scopes"]),
            _time(one["expires_at"]),
            _time(one["last_used_at"]),
            _time(one["revoked_at"]),
        )
        for one in tokens
    ]
    show(out, Listing(("Name", "Kind", "Scopes", "Expires", "Last used", "Revoked"), rows))


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M %Z}" if at is not None else ""
