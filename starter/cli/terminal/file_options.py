"""Options of the commands that read a file of records, each with the same meaning everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from starter.importing.records import Format

RecordsFile = Annotated[
    str, typer.Argument(metavar="FILE", help="CSV or JSON Lines, gzipped or not; `-`: standard input.")
]
Constants = Annotated[
    list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="A field that is the same in all records.")
]
Translations = Annotated[
    list[str] | None,
    typer.Option(
        "--translate",
        metavar="FIELD:FROM=TO",
        help="What a value in the file means; FROM may be empty, or * for any.",
    ),
]
FileFormat = Annotated[Format | None, typer.Option("--format", help="Default: by the file's name, else its content.")]
Delimiter = Annotated[
    str | None, typer.Option("--delimiter", metavar="CHAR", help="Of a CSV file. Default: found in its head line.")
]
Encoding = Annotated[
    str | None,
    typer.Option(
        "--encoding",
        metavar="NAME",
        help="What a file is written in that is neither UTF-8 nor UTF-16: cp1252, mac-roman, …",
    ),
]
Rejects = Annotated[
    Path | None,
    typer.Option("--rejects", metavar="FILE", help="Write rejected records there, as JSON Lines: a new file."),
]
Force = Annotated[bool, typer.Option("--force", help="Replace files that are there already with those written here.")]
