"""`fieldcare audit …`: is the audit trail what it was, and what does it say."""

from __future__ import annotations

from typing import Annotated

import typer

from starter.cli.terminal.commands import command
from starter.cli.terminal.options import AsJson

app = typer.Typer(no_args_is_help=True, help="The audit trail: verify, seal, read.")

Ticket = Annotated[str | None, typer.Option("--ticket", metavar="REF", help="Of one ticket alone.")]


@command(app)
async def verify(
    *,
    ticket: Ticket = None,
    anchors: Annotated[
        list[str] | None,
        typer.Option("--anchor", metavar="SEAL:HASH", help="A seal that was written down: it must still be the same."),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Walk every chain, compute every hash anew, apply every fact afresh: name what was changed.

    Exit code: 0 trail and record are intact, 1 they are not, 3 the database is away.
    """
    from starter.cli.audit import do

    return await do.verify(ticket, anchors or [], as_json)


@command(app)
async def seal(
    patience: Annotated[
        str, typer.Option("--patience", metavar="DURATION", help="How long to wait for a long write to end.")
    ] = "2m",
    as_json: AsJson = False,
) -> None:
    """Seal what is new. Keep the number and hash of the seal elsewhere: `audit verify --anchor` asks for them."""
    from starter.cli.audit import do

    await do.seal(patience, as_json)


@command(app, "log")
async def log_(
    *,
    ticket: Ticket = None,
    table: Annotated[str | None, typer.Option("--table", metavar="NAME", help="Of the rows of one table.")] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="2026-03-01T09:00+05:30, or how long ago: 30m, 24h, 7d."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """Who changed what, the newest first: old and new values."""
    from starter.cli.audit import do

    await do.log(ticket, table, since, limit, as_json)
