"""`fieldcare sla …`: business time and its clocks."""

from __future__ import annotations

from typing import Annotated

import typer

from starter.cli.options import AsJson, Reference

app = typer.Typer(no_args_is_help=True, help="Business time: explain a ticket's clocks.")


@app.command()
def explain(
    reference: Reference,
    *,
    clock: Annotated[
        str,
        typer.Option("--clock", metavar="NAME", help="response, resolution, or a stage's key (#2: its second visit)."),
    ] = "resolution",
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="2026-03-01T09:00+05:30: as it was then, or, of a time ahead, if nothing happens until then. "
            "Default: now.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell every interval of a clock that counted or did not, each with its cause, and the way to the deadline.

    Worked out from the recorded events and the calendar that was frozen into the ticket, in the site's time zone.
    """
    from starter.cli.explaining import explain_clock
    from starter.cli.run import run

    run(explain_clock(reference, clock, at, as_json))
