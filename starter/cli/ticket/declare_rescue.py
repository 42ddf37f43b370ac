"""`fieldcare ticket rescue`: bring back tickets whose workflow is stuck, was terminated, or is lost."""

from __future__ import annotations

from typing import Annotated

import typer

from starter.cli.terminal.commands import command
from starter.cli.terminal.options import AsJson, By


def register(app: typer.Typer) -> None:
    """Add the command to those of tickets."""
    command(app)(rescue)


async def rescue(
    reference: Annotated[
        str | None, typer.Argument(metavar="REF", help="Ticket number, idempotency key or workflow id.")
    ] = None,
    *,
    every: Annotated[
        bool, typer.Option("--all", help="Every ticket that is open by the record and whose workflow is not healthy.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done and what can't be known; change nothing.")
    ] = False,
    anyway: Annotated[
        bool,
        typer.Option(
            "--anyway",
            help="Also where the record contradicts itself, or where a workflow that does not answer seems sound.",
        ),
    ] = False,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for the record.")] = "",
    by: By = None,
    wait: Annotated[
        float,
        typer.Option("--wait", metavar="SECONDS", min=1, max=600, help="How long a workflow may take to answer."),
    ] = 20.0,
    as_json: AsJson = False,
) -> int:
    """Bring back a ticket whose workflow is stuck, was terminated, or is not in Temporal any more.

    Its state is rebuilt from the facts on record, proved equal to the record, and carried by a further run. What only
    the broken workflow knew is recovered from its history. A healthy ticket is left alone.
    """
    from starter.cli.ticket.rescue import rescue_tickets

    return await rescue_tickets(
        reference, every=every, dry_run=dry_run, anyway=anyway, reason=reason, by=by, wait=wait, as_json=as_json
    )
