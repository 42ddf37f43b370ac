"""`fieldcare up`, `down`, `status`, `worker`: the engines of one machine, and the processes that serve tickets."""

from __future__ import annotations

from typing import Annotated

import typer

from starter.cli.terminal.commands import command
from starter.cli.terminal.options import AsJson


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    command(app)(up)
    command(app)(down)
    command(app)(status)
    command(app)(worker)
    command(app)(serve)


def up(
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Stay here until Ctrl-C instead of going on.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, max=64, help="Worker processes. Default: the setting, 1.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Start PostgreSQL, Temporal and the workers in the home (FIELDCARE_HOME), migrated and seeded."""
    from starter.cli.stack.do import up_detached, up_here

    if foreground:
        up_here(workers)
    else:
        up_detached(workers, as_json)


def down() -> None:
    """Stop everything that runs in the home. What it holds stays."""
    from starter.cli.stack.do import stop

    stop()


async def status(
    as_json: AsJson = False,
    metrics: Annotated[
        bool, typer.Option("--metrics", help="In Prometheus' text format, for a textfile collector.")
    ] = False,
    engines: Annotated[
        bool, typer.Option("--engines", help="Exit code 0 also where a ticket does not go on: for health checks.")
    ] = False,
) -> int:
    """Say what runs, and how tickets are. Exit code 0 when everything runs and every ticket goes on, else 1."""
    from starter.cli.stack.do import status as say_status

    return await say_status(as_json, metrics, engines)


def worker() -> None:
    """Run one more worker here, until Ctrl-C, for the configured engines or those of the home."""
    from starter.cli.stack.do import become_worker

    become_worker()


def serve(
    port: Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Default: the setting, or 8000.")] = None,
) -> None:
    """Answer programs over HTTP (/api/v1) here, until Ctrl-C, for the configured engines or those of the home."""
    from starter.cli.stack.do import become_server

    become_server(port)
