"""`fieldcare registry …`: what administrators keep, the same commands for every kind of rows."""

from __future__ import annotations

from typing import Annotated

import typer

from models.vocabulary.registry import RegistryKind
from starter.cli.terminal.commands import command
from starter.cli.terminal.options import AsJson, By

app = typer.Typer(no_args_is_help=True, help="The registry: list, show, history, add, change, retire, restore.")

Kind = Annotated[RegistryKind, typer.Argument(metavar="KIND", help=", ".join(RegistryKind) + ".")]
Reference = Annotated[str, typer.Argument(metavar="REF", help="Id, code or serial number; of a site CUSTOMER.SITE.")]
Fields = Annotated[
    list[str],
    typer.Argument(
        metavar="FIELD=VALUE", help="`registry show` has the fields. Of several things: with ; between them."
    ),
]
Because = Annotated[str, typer.Option("--because", metavar="TEXT", help="Why. The history shows it.")]
Version = Annotated[
    str | None,
    typer.Option(
        "--version",
        metavar="VERSION",
        help="Only if it is that still, as `registry show` had it. Default: as it is now.",
    ),
]


@command(app, "list")
async def list_(
    kind: Kind,
    *,
    search: Annotated[
        str | None, typer.Option("--search", metavar="WORDS", help="Each stands in what a row is called.")
    ] = None,
    retired: Annotated[bool, typer.Option("--retired", help="With those that are retired.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000)] = 50,
    after: Annotated[
        str | None, typer.Option("--after", metavar="KEY", help="Go on after that one: the last of the list before.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List rows by what they are called."""
    from starter.cli.registry import do

    await do.list_rows(kind, search, retired=retired, limit=limit, after=after, as_json=as_json)


@command(app)
async def show(kind: Kind, reference: Reference, *, as_json: AsJson = False) -> None:
    """Show a row: its fields, its version, and how many open tickets are about it."""
    from starter.cli.registry import do

    await do.show_row(kind, reference, as_json=as_json)


@command(app)
async def history(
    kind: Kind,
    reference: Reference,
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000)] = 50,
    as_json: AsJson = False,
) -> None:
    """Show who has changed a row, from what to what, when and why; newest first."""
    from starter.cli.registry import do

    await do.show_history(kind, reference, limit, as_json=as_json)


@command(app)
async def add(kind: Kind, fields: Fields, *, because: Because = "", by: By = None, as_json: AsJson = False) -> None:
    """Add a row."""
    from starter.cli.registry import do

    await do.add(kind, fields, because, by=by, as_json=as_json)


@command(app)
async def change(
    kind: Kind,
    reference: Reference,
    fields: Fields,
    *,
    because: Because,
    version: Version = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Change some fields of a row. `FIELD=` with nothing after it empties one."""
    from starter.cli.registry import do

    await do.change(kind, reference, fields, because, version=version, by=by, as_json=as_json)


@command(app)
async def retire(
    kind: Kind,
    reference: Reference,
    *,
    because: Because,
    version: Version = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Take a row out of use. It stays on record for whatever refers to it."""
    from starter.cli.registry import do

    await do.put_in_use(kind, reference, False, because, version=version, by=by, as_json=as_json)


@command(app)
async def restore(
    kind: Kind,
    reference: Reference,
    *,
    because: Because,
    version: Version = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Put a retired row into use again."""
    from starter.cli.registry import do

    await do.put_in_use(kind, reference, True, because, version=version, by=by, as_json=as_json)
