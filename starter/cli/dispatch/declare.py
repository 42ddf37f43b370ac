"""`fieldcare dispatch …`: who goes where and when is planned, shown and applied."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import typer

from starter.cli.terminal.commands import command
from starter.cli.terminal.options import DEFAULT_WAIT, AsJson, By, Wait

app = typer.Typer(no_args_is_help=True, help="Visits: plan them, show a plan, apply it.")


class EngineName(StrEnum):
    """What makes a plan; the plan's own enumeration is loaded later."""

    GREEDY = "greedy"
    VROOM = "vroom"
    PYVRP = "pyvrp"


PlanId = Annotated[str | None, typer.Argument(metavar="[PLAN]", help="The id of a plan. Default: the newest.")]


@dataclass(frozen=True)
class PlanOptions:
    """What `dispatch plan` is asked with."""

    apply_it: Annotated[
        bool, typer.Option("--apply", help="Assign the engineers at the tickets. Without: nothing is changed.")
    ] = False
    explain: Annotated[
        bool, typer.Option("--explain", help="Say of each visit that moves why, and what the plan costs.")
    ] = False
    engine: Annotated[EngineName | None, typer.Option("--engine", help="Default: the best that is installed.")] = None
    seconds: Annotated[
        float, typer.Option("--seconds", metavar="N", min=0.5, max=600, help="How long solvers may look.")
    ] = 10.0
    horizon: Annotated[
        str, typer.Option("--horizon", metavar="DURATION", help="How far the plan looks: 12h, 2d; at most 14d.")
    ] = "1d"
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="With its offset: 2026-03-02T06:00+05:30. Default: now."),
    ] = None
    pin: Annotated[
        list[str] | None,
        typer.Option(
            "--pin",
            metavar="REF=ENGINEER[@TIME]",
            help="What is decided already; may be given several times. REF is a ticket's number, or NUMBER:STAGE.",
        ),
    ] = None
    by: By = None
    wait: Wait = DEFAULT_WAIT
    as_json: AsJson = False


@command(app)
async def plan(options: PlanOptions) -> int:
    """Plan the open visits on site: a route for each engineer, and why the others are left out."""
    from starter.cli.dispatch import do

    return await do.plan(options)


@command(app)
async def show(plan_id: PlanId = None, *, as_json: AsJson = False) -> None:
    """Show a plan that was made."""
    from starter.cli.dispatch import do

    await do.show_plan(plan_id, as_json)


@command(app)
async def apply(plan_id: PlanId = None, *, by: By = None, wait: Wait = DEFAULT_WAIT, as_json: AsJson = False) -> int:
    """Assign the engineers of a plan at its tickets. Again: what is left to do, and nothing twice."""
    from starter.cli.dispatch import do

    return await do.apply_plan(plan_id, by, wait, as_json)
