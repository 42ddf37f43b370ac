"""The bar that shows how far a file has been read, where there is a terminal to show it on."""

from __future__ import annotations

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn

from starter.cli.terminal.run import err
from starter.importing.source import Source


def file_bar(source: Source, *, counts: bool = False) -> Progress:
    """A bar for `source`; where its size is not known, a spinner, with the records so far if they are counted."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        *([BarColumn(), TaskProgressColumn()] if source.size else [MofNCompleteColumn()] if counts else []),
        console=err,
        disable=not err.is_terminal,
        transient=True,
    )
