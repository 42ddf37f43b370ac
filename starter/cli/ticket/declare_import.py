"""`fieldcare ticket import`: a file of reports becomes tickets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from starter.cli.terminal.commands import command
from starter.cli.terminal.file_options import (
    Constants,
    Delimiter,
    Encoding,
    FileFormat,
    Force,
    RecordsFile,
    Rejects,
    Translations,
)
from starter.cli.terminal.options import AsJson


def register(app: typer.Typer) -> None:
    """Add the command to the tickets' commands."""
    command(app, "import")(import_)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What is typed."""

    file: RecordsFile
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="FIELD=COLUMN",
            help="Where a field stands: unit, type, description, priority, key, reporter, reported_at. Default: in the "
            "column of its own name. A report without a unit gets one of its type.",
        ),
    ] = None
    constants: Constants = None
    translations: Translations = None
    key_prefix: Annotated[
        str | None,
        typer.Option(
            "--key-prefix",
            metavar="TEXT",
            help="Stands before every key. Default: nothing before a column's keys, `import-` before derived ones.",
        ),
    ] = None
    format: FileFormat = None
    delimiter: Delimiter = None
    encoding: Encoding = None
    rejects: Rejects = None
    force: Force = False
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be opened, refused and repeated; open nothing.")
    ] = False
    concurrency: Annotated[int, typer.Option("--concurrency", min=1, max=200, help="Reports in flight at once.")] = 20
    patience: Annotated[
        str, typer.Option("--patience", metavar="DURATION", help="How long to wait for engines that went away.")
    ] = "5m"
    as_json: AsJson = False


async def import_(options: ImportOptions) -> int:
    """Open a ticket for every report in a file. Run again, it opens nothing twice.

    Exit code: 0 all lines are tickets, 1 some were rejected, 3 the engines were away for too long.
    """
    from starter.cli.ticket.import_file import import_file

    return await import_file(options)
