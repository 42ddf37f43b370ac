"""`fieldcare ai …`: who answers, what it costs, what was said."""

from __future__ import annotations

from typing import Annotated

import typer

from starter.cli.options import AsJson, Reference

app = typer.Typer(no_args_is_help=True, help="AI providers and what was said to them about a ticket.")


@app.command()
def providers(as_json: AsJson = False) -> None:
    """Every provider in the order of asking: circuit, health, spend of the UTC day, failures of the last 24 hours.

    Set aside is what calls may have cost whose cost is not known: under way, timed out, or lost with their worker.
    """
    from starter.cli.ai_view import list_providers
    from starter.cli.run import run

    run(list_providers(as_json))


@app.command()
def check(
    within: Annotated[
        float, typer.Option("--within", metavar="SECONDS", min=0.1, max=120, help="How long to wait for each.")
    ] = 10.0,
    as_json: AsJson = False,
) -> None:
    """Ask every provider that has a key here whether it answers and takes the key; it costs nothing.

    A provider that answers again is tried by the next ticket, however long its circuit would have stayed open.
    Exit code: 0 all answer, 1 one does not.
    """
    from starter.cli.ai_check import check_providers
    from starter.cli.run import run

    run(check_providers(within, as_json))


@app.command()
def conversation(reference: Reference, as_json: AsJson = False) -> None:
    """What was said to AI about a ticket and what it said, call by call, message by message, with cost and errors."""
    from starter.cli.ai_view import show_conversation
    from starter.cli.run import run

    run(show_conversation(reference, as_json))
