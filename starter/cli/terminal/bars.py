"""The bar that shows how far a command has come, on standard error, where there is a terminal to show it on."""

from __future__ import annotations

from typing import Self

from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from starter.cli.terminal.run import err


class Bar:
    """A bar while it is entered; gone without a trace afterwards. It is a `Watch`.

    Args:
        what: what is done.
        total: how much there is to do, if that is known by now.
        counts: whether single things are done, whose number is shown; else the share is.
    """

    def __init__(self, what: str, total: float | None = None, *, counts: bool = True) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn() if counts else TaskProgressColumn(),
            TimeElapsedColumn(),
            console=err,
            disable=not err.is_terminal,
            transient=True,
        )
        self._task = self._progress.add_task(escape(what), total=total)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __call__(self, what: str, done: float, total: float | None = None) -> None:
        """Show that this is done by now."""
        self._progress.update(self._task, description=escape(what), completed=done, total=total)

    def advance(self, by: float = 1) -> None:
        """Show that this much more is done."""
        self._progress.advance(self._task, by)

    def stop(self) -> None:
        """Take it away, before something else is printed. It may be away already."""
        self._progress.stop()
