"""`fieldcare ticket import`: a file of reports becomes tickets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from starter.cli.options import AsJson
from starter.importing.records import Format


def register(app: typer.Typer) -> None:
    """Add the command to the tickets' commands."""
    app.command("import")(import_)


def import_(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="CSV or JSON Lines, gzipped or not; `-`: standard input.")
    ],
    *,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="FIELD=COLUMN",
            help="Where a field stands: unit, type, description, priority, key, reporter. Default: in the column of "
            "its own name. A report without a unit gets one of its type.",
        ),
    ] = None,
    constants: Annotated[
        list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="A field that is the same in all reports.")
    ] = None,
    translations: Annotated[
        list[str] | None,
        typer.Option(
            "--translate",
            metavar="FIELD:FROM=TO",
            help="What a value in the file means; FROM may be empty, or * for any.",
        ),
    ] = None,
    key_prefix: Annotated[
        str | None,
        typer.Option(
            "--key-prefix",
            metavar="TEXT",
            help="Stands before every key. Default: nothing before a column's keys, `import-` before derived ones.",
        ),
    ] = None,
    format_: Annotated[
        Format | None, typer.Option("--format", help="Default: by the file's name, else its content.")
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option("--delimiter", metavar="CHAR", help="Of a CSV file. Default: found in its head line.")
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option("--rejects", metavar="FILE", help="Write rejected records there, as JSON Lines.")
    ] = None,
    concurrency: Annotated[int, typer.Option("--concurrency", min=1, max=200, help="Reports in flight at once.")] = 20,
    patience: Annotated[
        str, typer.Option("--patience", metavar="DURATION", help="How long to wait for engines that went away.")
    ] = "5m",
    as_json: AsJson = False,
) -> None:
    """Open a ticket for every report in a file. Run again, it opens nothing twice.

    Exit code: 0 all lines are tickets, 1 some were rejected, 3 the engines were away for too long.
    """
    from starter.cli import importing
    from starter.cli.run import run

    run(
        importing.import_file(
            importing.ImportOptions(
                file=file,
                columns=tuple(columns or ()),
                constants=tuple(constants or ()),
                translations=tuple(translations or ()),
                key_prefix=key_prefix,
                format=format_,
                delimiter=delimiter,
                rejects=rejects,
                concurrency=concurrency,
                patience=patience,
                as_json=as_json,
            )
        )
    )
