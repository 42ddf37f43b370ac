"""`fieldcare engineer …`: who there is, who is free, who is right for a ticket. `registry … engineers` changes them."""

from __future__ import annotations

from typing import Annotated

import typer

from starter.cli.terminal.commands import command
from starter.cli.terminal.options import AsJson, Reference

app = typer.Typer(no_args_is_help=True, help="Engineers: list, show, who is free, who is right for a ticket.")

Code = Annotated[str, typer.Argument(metavar="ENGINEER", help="The engineer's code.")]
At = Annotated[
    str | None, typer.Option("--at", metavar="TIME", help="Instead of now, with its offset: 2026-03-01T09:00+05:30.")
]


@command(app, "list")
async def list_(
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000)] = 50,
    after: Annotated[
        str | None, typer.Option("--after", metavar="CODE", help="Go on after that one: the last of the list before.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List engineers by their codes."""
    from starter.cli.engineer import do

    await do.list_engineers(limit, after, as_json=as_json)


@command(app)
async def show(engineer: Code, *, at: At = None, as_json: AsJson = False) -> None:
    """Show an engineer: what they can do, their certificates, whether they are free, how busy they are."""
    from starter.cli.engineer import do

    await do.show_engineer(engineer, at, as_json=as_json)


@command(app)
async def free(
    engineers: Annotated[
        list[str] | None, typer.Argument(metavar="[ENGINEER]…", help="Their codes. Default: everybody.")
    ] = None,
    *,
    equipment: Annotated[
        str | None, typer.Option("--equipment", metavar="TYPE", help="Only who has expertise for it: ventilator, …")
    ] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Show from when on engineers can work, by their shifts, holidays and absences; who is free first."""
    from starter.cli.engineer import do

    await do.show_free(engineers, equipment, at, as_json=as_json)


@command(app)
async def suggest(
    reference: Reference,
    *,
    stage: Annotated[
        str | None,
        typer.Option("--stage", metavar="KEY", help="For an open stage. Default: the one in progress, or the next."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Of each list.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Suggest who should do a stage of a ticket: scores, what speaks for and against each, and who can't."""
    from starter.cli.engineer import do

    await do.suggest(reference, stage, limit, as_json=as_json)
