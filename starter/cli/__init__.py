"""The `fieldcare` command. Declared light, working late: `--help` loads no client and no driver."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from typing import Annotated, Any, NoReturn

import typer


def main() -> NoReturn:
    """Entry point of the `fieldcare` command: run it and end the process with its exit code.

    The process ends by `os._exit`: a short program that only used the Temporal client can otherwise abort on its way
    out, after all is done, because of a fault in the SDK's native part.
    """
    for stream in (sys.stdout, sys.stderr):
        if not (stream.encoding or "").lower().startswith("utf") and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character shows a question mark instead
    gc.set_threshold(20_000, 20, 50)  # looking for garbage after every 700 objects is a fifth of what loading takes
    code = invoke()
    for stream in (sys.stdout, sys.stderr):
        with suppress(BrokenPipeError, ValueError):
            stream.flush()
    os._exit(code)


def invoke(arguments: Sequence[str] | None = None) -> int:
    """Run the command in this process, and return its exit code.

    Args:
        arguments: what stands after `fieldcare`; None: what this process was started with.
    """
    try:
        assembled()(args=None if arguments is None else list(arguments), prog_name="fieldcare")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0


@cache
def assembled() -> Callable[..., Any]:
    """The command with all its options, made of what is declared: once, however often it is run."""
    return typer.main.get_command(build())


def build() -> typer.Typer:
    """The whole command, assembled from its subjects."""
    from starter.cli import demo, drill, labels
    from starter.cli.ai import declare as ai
    from starter.cli.audit import declare as audit
    from starter.cli.db import declare as db
    from starter.cli.dispatch import declare as dispatch
    from starter.cli.engineer import declare as engineer
    from starter.cli.part import declare as part
    from starter.cli.registry import declare as registry
    from starter.cli.sla import declare as sla
    from starter.cli.stack import declare as stack
    from starter.cli.stage import declare as stage
    from starter.cli.stage import declare_offers, declare_sign
    from starter.cli.ticket import declare as ticket
    from starter.cli.ticket import declare_consent, declare_import, declare_rescue
    from starter.cli.user import declare as user
    from starter.cli.webhook import declare as webhook

    app = typer.Typer(
        help="Durable tickets for the field service of medical equipment.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    stack.register(app)
    demo.register(app)
    drill.register(app)
    labels.register(app)
    app.add_typer(db.app, name="db")
    app.add_typer(ticket.app, name="ticket")
    declare_sign.register(stage.app)
    declare_offers.register(stage.app)
    declare_consent.register(ticket.app)
    declare_rescue.register(ticket.app)
    declare_import.register(ticket.app)
    app.add_typer(stage.app, name="stage")
    app.add_typer(dispatch.app, name="dispatch")
    app.add_typer(audit.app, name="audit")
    app.add_typer(sla.app, name="sla")
    app.add_typer(ai.app, name="ai")
    app.add_typer(user.app, name="user")
    app.add_typer(webhook.app, name="webhook")
    app.add_typer(engineer.app, name="engineer")
    app.add_typer(registry.app, name="registry")
    app.add_typer(part.app, name="part")
    user.register(app)
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"fieldcare {installed_version()}")
        raise typer.Exit


def _root(
    _: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    pass


def installed_version() -> str:
    """The version of the installed package, or of the source tree that this runs from."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as version_of

    try:
        return version_of("fieldcare")
    except PackageNotFoundError:
        import tomllib
        from pathlib import Path

        project = Path(__file__).parents[2] / "pyproject.toml"
        return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])
