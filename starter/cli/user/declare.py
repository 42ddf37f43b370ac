"""`fieldcare user …`: accounts, as an operator keeps them; `login` and `logout`, as whoever has one comes and goes."""

from __future__ import annotations

from typing import Annotated

import typer

from models.vocabulary.accounts import AccountState, TokenScope
from starter.cli.terminal.commands import command
from starter.cli.terminal.options import AsJson, By

app = typer.Typer(
    no_args_is_help=True,
    help="Accounts: add, change, list, history, disable, enable, end-logins, password, link, token, passkeys, identity",
)

Code = Annotated[str, typer.Argument(metavar="CODE", help="The account's code.")]
SomeCode = Annotated[str | None, typer.Argument(metavar="CODE", help="The account's code.")]


def register(root: typer.Typer) -> None:
    """Add the commands that stand beside the noun."""
    command(root)(login)
    command(root)(logout)


@command(app)
async def add(
    code: Code,
    *,
    name: Annotated[str, typer.Option("--name", metavar="TEXT", help="The name of the person or program.")],
    roles: Annotated[
        list[str],
        typer.Option(
            "--role",
            metavar="ROLE[:WHOSE]",
            help="hospital:CUSTOMER or hospital:CUSTOMER/SITE, engineer:ENGINEER, manufacturer:MANUFACTURER, "
            "coordinator, parts_clerk, manager, administrator. May be given several times.",
        ),
    ],
    email: Annotated[str | None, typer.Option("--email", metavar="ADDRESS")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Make an account. It has no password yet: `user link` is for the person, `user password` sets one here."""
    from starter.cli.user import do

    await do.add(code, name, roles, email, by=by, as_json=as_json)


@command(app)
async def change(
    code: Code,
    *,
    name: Annotated[str | None, typer.Option("--name", metavar="TEXT", help="Another name.")] = None,
    email: Annotated[
        str | None, typer.Option("--email", metavar="ADDRESS", help="Another address; an empty one takes it away.")
    ] = None,
    give: Annotated[
        list[str] | None,
        typer.Option(
            "--give", metavar="ROLE[:WHOSE]", help="A role more, as in `user add`. May be given several times."
        ),
    ] = None,
    take: Annotated[
        list[str] | None,
        typer.Option("--take", metavar="ROLE[:WHOSE]", help="A role less. May be given several times."),
    ] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Change what an account is called and may act as. Its tokens and logins follow at their next request."""
    from starter.cli.user import do

    await do.change(code, name=name, email=email, give=give or [], take=take or [], by=by, as_json=as_json)


@command(app, "list")
async def list_(
    *,
    search: Annotated[
        str | None, typer.Option("--search", metavar="TEXT", help="A part of code, name or address.")
    ] = None,
    role: Annotated[str | None, typer.Option("--role", metavar="ROLE", help="Those that act as this.")] = None,
    state: Annotated[AccountState | None, typer.Option("--state", help="Those that stand like this.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000)] = 200,
    after: Annotated[
        str | None, typer.Option("--after", metavar="CODE", help="Go on after this one, the last of a list before.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the accounts, what they may act as, and whether they are in use."""
    from starter.cli.user import look

    await look.list_accounts(search, role, state, limit, after, as_json=as_json)


@command(app)
async def history(
    code: Code,
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000)] = 50,
    before: Annotated[int | None, typer.Option("--before", metavar="NUMBER", help="Go on from there.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what has become of an account, newest first: who gave which role when, logins, links, tokens."""
    from starter.cli.user import look

    await look.history(code, limit, before, as_json=as_json)


@command(app)
async def passkeys(
    code: Code,
    *,
    remove: Annotated[
        str | None, typer.Option("--remove", metavar="NAME", help="Take this one away: nobody comes in by it any more.")
    ] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """List the passkeys of an account, or take one away. They are added on the page of one's account."""
    from starter.cli.user import look

    await look.passkeys(code, remove, by, as_json=as_json)


@command(app)
async def identity(
    code: Code,
    *,
    email: Annotated[
        str | None,
        typer.Option("--email", metavar="ADDRESS", help="Whoever first comes with it verified; then they alone."),
    ] = None,
    subject: Annotated[str | None, typer.Option("--subject", metavar="TEXT", help="Who it is there (`sub`).")] = None,
    unlink: Annotated[bool, typer.Option("--unlink", help="Nobody comes in by the provider any more.")] = False,
    issuer: Annotated[
        str | None, typer.Option("--issuer", metavar="URL", help="At which. Default: FIELDCARE_OIDC_ISSUER.")
    ] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Link an account to somebody at an OpenID Connect provider. Without options: show to whom it is linked."""
    from starter.cli.user import look

    await look.identity(code, email, subject, issuer, by, unlink=unlink, as_json=as_json)


@command(app, "end-logins")
async def end_logins(code: Code, *, by: By = None) -> None:
    """Sign an account out wherever it has signed in. Its personal tokens stay."""
    from starter.cli.user import do

    await do.end_logins(code, by)


@command(app)
async def disable(code: Code, *, by: By = None) -> None:
    """Put an account out of use. Its tokens, logins and links end for good."""
    from starter.cli.user import do

    await do.put_in_use(code, False, by)


@command(app)
async def enable(code: Code, *, by: By = None) -> None:
    """Put an account into use again. It needs new tokens."""
    from starter.cli.user import do

    await do.put_in_use(code, True, by)


@command(app)
async def password(
    code: SomeCode = None,
    *,
    link: Annotated[
        str | None,
        typer.Option("--link", metavar="LINK", help="Set it by a one-time link; `-` asks for it, or reads a line."),
    ] = None,
    by: By = None,
) -> None:
    """Set a password: of CODE as the operator, by a one-time link, or without both your own.

    It is asked for at a terminal, and elsewhere read from standard input, a line each: link, old, new.
    """
    from starter.cli.user import do

    await do.password(code, link, by)


@command(app)
async def token(
    code: Code,
    *,
    name: Annotated[
        str | None, typer.Option("--name", metavar="TEXT", help="What it is for. Unset: list what there is.")
    ] = None,
    scopes: Annotated[
        list[TokenScope] | None,
        typer.Option("--scope", help="May be given several times. Default: read."),
    ] = None,
    lasts: Annotated[str, typer.Option("--for", metavar="DURATION", help="How long it lasts, a year at most.")] = "90d",
    revoke: Annotated[bool, typer.Option("--revoke", help="Revoke the token of that name.")] = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Make a personal token for programs that act as the account; it is shown once. FIELDCARE_TOKEN takes it."""
    from starter.cli.user import do

    await do.token(code, name, scopes or [TokenScope.READ], lasts, revoke=revoke, by=by, as_json=as_json)


@command(app)
async def link(
    code: SomeCode = None,
    *,
    lasts: Annotated[str, typer.Option("--for", metavar="DURATION", help="How long it lasts, a week at most.")] = "24h",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Make a one-time link by which a person sets their password; it is shown once. Earlier ones end.

    Without CODE: that of the first administrator, where there is no account yet.
    """
    from starter.cli.user import do

    await do.link(code, lasts, by=by, as_json=as_json)


async def login(
    code: SomeCode = None,
) -> None:
    """Sign in: from then on commands on tickets act as your account, until `logout` or FIELDCARE_LOGIN_LASTS.

    The password is asked for at a terminal, and elsewhere read from standard input.
    """
    from starter.cli.user import do

    await do.login(code)


async def logout(
    everywhere: Annotated[bool, typer.Option("--everywhere", help="End every login of the account.")] = False,
) -> None:
    """Sign out: the login ends, and commands are the operator's again."""
    from starter.cli.user import do

    await do.logout(everywhere)
