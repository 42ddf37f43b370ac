"""`fieldcare db import-equipment`: an existing equipment registry becomes units."""

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
from starter.cli.terminal.options import AsJson, By


def register(app: typer.Typer) -> None:
    """Add the command to the database's commands."""
    command(app, "import-equipment")(import_equipment)


@dataclass(frozen=True, slots=True, kw_only=True)
class EquipmentOptions:
    """What is typed."""

    file: RecordsFile
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="FIELD=COLUMN",
            help="Where a field stands: serial, type, product_code, manufacturer, model, customer, site, context, udi, "
            "installed_on. Default: in the column of that name or a usual other name (S/N, make, hospital, ward).",
        ),
    ] = None
    constants: Constants = None
    translations: Translations = None
    date_format: Annotated[
        str | None,
        typer.Option("--date-format", metavar="FORMAT", help="Of installed_on, such as %d/%m/%Y. Default: YYYY-MM-DD."),
    ] = None
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; write nothing.")] = False
    skip_rejected: Annotated[
        bool,
        typer.Option(
            "--skip-rejected", help="Import the good rows although others are rejected. Default: all rows or none."
        ),
    ] = False
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Let a row change the manufacturer or type of a registered unit.")
    ] = False
    create_manufacturers: Annotated[
        bool, typer.Option("--create-manufacturers", help="Register manufacturers that are not known.")
    ] = False
    create_customers: Annotated[
        bool, typer.Option("--create-customers", help="Register customers that are not known, with their sites.")
    ] = False
    create_sites: Annotated[
        bool, typer.Option("--create-sites", help="Register sites of known customers that are not known.")
    ] = False
    time_zone: Annotated[
        str | None, typer.Option("--time-zone", metavar="ZONE", help="Of the sites that are created: Asia/Kolkata.")
    ] = None
    format: FileFormat = None
    delimiter: Delimiter = None
    encoding: Encoding = None
    rejects: Rejects = None
    force: Force = False
    by: By = None
    as_json: AsJson = False


async def import_equipment(options: EquipmentOptions) -> int:
    """Bring the units of an existing registry in: all rows of the file, or none. Run again, it changes nothing.

    Names are matched whatever their case, accents and punctuation, and by their synonyms; a name that fits nothing is
    rejected with the nearest ones, never guessed. A unit that is there already (same serial number) is updated.

    Exit code: 0 all rows are units, 1 some were rejected, 3 the database was away.
    """
    from starter.cli.db.equipment import import_file

    return await import_file(options)
