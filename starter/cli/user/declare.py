"""`fieldcare user …`: accounts, as an operator keeps them; `login` and `logout`, as whoever has one comes and goes."""

from __future__ import annotations

from typing import Annotated

import typer

from models.vocabulary.accounts import TokenScope
from starter.cli.terminal.commands import command
from starter.cli.terminal.options import AsJson, By

app = typer.Typer(no_args_is_help=True, help="Accounts: add, list, disable, enable, password, token, link.")

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


@command(app, "list")
async def list_(as_json: AsJson = False) -> None:
    """List the accounts, what they may act as, and whether they are in use."""
    from starter.cli.user import do

    await do.list_accounts(as_json)


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


async def logout() -> None:
    """Sign out: the login ends, and commands are the operator's again."""
    from starter.cli.user import do

    await do.logout()
