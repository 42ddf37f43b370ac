"""`fieldcare webhook …`: which other houses are told of events, as an operator keeps them."""

from __future__ import annotations

from typing import Annotated

import typer

from models.vocabulary.webhooks import DeliveryState, WebhookKind
from starter.cli.terminal.commands import command
from starter.cli.terminal.options import AsJson, By

app = typer.Typer(no_args_is_help=True, help="Webhooks: add, list, disable, enable, rotate, log, replay.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The webhook's name.")]


@command(app)
async def add(
    name: Name,
    url: Annotated[str, typer.Argument(metavar="URL", help="https://example.org/webhooks")],
    *,
    account: Annotated[
        str, typer.Option("--account", metavar="CODE", help="It is told of the tickets that this account may see.")
    ],
    events: Annotated[
        list[WebhookKind] | None,
        typer.Option("--event", help="May be given several times. Default: all of them."),
    ] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Tell an address of events from now on. The secret that it verifies with is shown once."""
    from starter.cli.webhook import do

    await do.add(name, url, account, events or [], by=by, as_json=as_json)


@command(app, "list")
async def list_(as_json: AsJson = False) -> None:
    """List who is told, and what is on its way."""
    from starter.cli.webhook import do

    await do.list_webhooks(as_json)


@command(app)
async def disable(name: Name, *, by: By = None) -> None:
    """Send nothing any more. What is on its way waits."""
    from starter.cli.webhook import do

    await do.put_in_use(name, False, by)


@command(app)
async def enable(name: Name, *, by: By = None) -> None:
    """Go on: with what was on its way, and with what comes from now on."""
    from starter.cli.webhook import do

    await do.put_in_use(name, True, by)


@command(app)
async def rotate(
    name: Name,
    *,
    overlap: Annotated[
        str, typer.Option("--overlap", metavar="DURATION", help="For how long the secret of before signs as well.")
    ] = "24h",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Make another secret; it is shown once."""
    from starter.cli.webhook import do

    await do.rotate(name, overlap, by=by, as_json=as_json)


@command(app, "log")
async def log_(
    name: Name,
    *,
    state: Annotated[DeliveryState | None, typer.Option("--state", help="Of those in one state alone.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000)] = 50,
    as_json: AsJson = False,
) -> None:
    """What was sent, newest first, and how each try went."""
    from starter.cli.webhook import do

    await do.log(name, state, limit, as_json)


@command(app)
async def replay(
    name: Name,
    *,
    delivery: Annotated[str | None, typer.Option("--delivery", metavar="ID", help="One, by its id: msg_….")] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="2026-03-01T09:00+05:30, or how long ago: 30m, 24h, 7d."),
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help="The same.")] = None,
    by: By = None,
) -> None:
    """Send again what was sent or could not be, under the ids that it had."""
    from starter.cli.webhook import do

    await do.replay(name, delivery, since, until, by)
