"""What `fieldcare user …`, `login` and `logout` do, and what they say."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import SecretStr

from models.database import Database
from models.vocabulary.accounts import TokenScope
from starter.accounts import entering, managing
from starter.accounts.grants import grant_of
from starter.accounts.kept import forget_login, keep_device, keep_login, kept_device
from starter.addresses import read_settings
from starter.cli.terminal.display import print_json, show
from starter.cli.terminal.operator import as_operator
from starter.cli.terminal.parsing import duration, myself
from starter.cli.terminal.run import err, out
from starter.cli.user.look import show_tokens, time_of
from starter.cli.user.secrets import asked_for
from starter.failures import BadInput, Refused, Remedy, RemedyKind
from starter.services import database_only, unscoped_database

WHAT_FOR = "Whoever gets it sets a password with it: at /link of the server, or by `fieldcare user password --link -`."


async def add(code: str, name: str, roles: Sequence[str], email: str | None, *, by: str | None, as_json: bool) -> None:
    """Make an account."""
    grants = [grant_of(text) for text in roles]
    async with as_operator(by) as (database, who):
        made = await managing.add_account(database, code, name, grants, by=who, email=email)
    if as_json:
        print_json({"code": made, "name": name, "roles": [str(one) for one in grants]})
        return
    show(out, f"Account {made}: {', '.join(map(str, grants))}.")
    show(out, f"It has no password yet: `fieldcare user link {made}`, or `fieldcare user password {made}`.")


async def change(
    code: str,
    *,
    name: str | None,
    email: str | None,
    give: Sequence[str],
    take: Sequence[str],
    by: str | None,
    as_json: bool,
) -> None:
    """Change what an account is called and may act as."""
    if name is None and email is None and not give and not take:
        raise BadInput("Say what: --name, --email, --give or --take.")
    given, taken = [grant_of(text) for text in give], [grant_of(text) for text in take]
    async with as_operator(by) as (database, who):
        changed = await managing.change_account(database, code, by=who, name=name, email=email, give=given, take=taken)
        account = await managing.read_account(database, code)
    roles = [str(one) for one in account["grants"]]
    if as_json:
        print_json({"code": account["code"], "name": account["name"], "email": account["email"], "roles": roles})
        return
    show(out, f"{account['code']}: {', '.join(roles)}." if changed else f"{account['code']} is like that already.")


async def end_logins(code: str, by: str | None) -> None:
    """End every login of an account."""
    async with as_operator(by) as (database, who):
        ended = await managing.end_logins(database, code, by=who)
    show(out, f"{code}: {ended} login{'' if ended == 1 else 's'} ended. Personal tokens stay.")


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
            await entering.change_password(database, settings, code, old, new, device=kept_device(settings))
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
            show_tokens(await managing.list_tokens(database, code), as_json)
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
        entered = await entering.sign_in(database, settings, who, secret, device=kept_device(settings))
        earlier = forget_login(settings)
        keep_login(settings, entered.principal.code, entered.token)
        keep_device(settings, entered.device)
        if earlier is not None:
            await entering.sign_out(database, earlier)
    roles = ", ".join(map(str, entered.principal.grants))
    show(out, f"Signed in as {entered.principal.code} ({roles}) until {time_of(entered.expires_at)}.")


async def logout(everywhere: bool) -> None:
    """Sign out. The login is forgotten here also where the database can't be told."""
    settings = read_settings()
    secret = forget_login(settings)
    if secret is None:
        show(out, "Nobody was signed in here.")
    else:
        async with unscoped_database(settings) as database:
            await (entering.sign_out_everywhere if everywhere else entering.sign_out)(database, secret)
        show(out, "Signed out everywhere." if everywhere else "Signed out.")
    if settings.token is not None:
        show(err, "FIELDCARE_TOKEN is still set: commands go on acting as its account.")


async def tell_of_first_administrator(database_url: str, *, as_json: bool) -> None:
    """Where there is no account yet: at a terminal, the link of the first administrator; elsewhere, how to get one.

    What is not a terminal may be a log, and a log is no place for it.
    """
    database = Database(database_url, pool_size=1)
    try:
        if (await managing.list_accounts(database, limit=1)).rows:
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


def _show_issued(issued: managing.Issued, as_json: bool, what: str, remark: str) -> None:
    if as_json:
        print_json({"secret": issued.secret.get_secret_value(), "expires_at": issued.expires_at})
        return
    show(out, f"{what}, good until {time_of(issued.expires_at)}:")
    out.print(issued.secret.get_secret_value(), markup=False)
    show(out, remark)
