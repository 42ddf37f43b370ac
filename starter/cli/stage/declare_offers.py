"""`fieldcare stage …`: ask for a higher level, offer a stage to engineers, answer an offer, see who is asked."""

from __future__ import annotations

from typing import Annotated

import typer

from models.vocabulary.people import SupportLevel
from models.vocabulary.stages import DeclineReason, WorkLocation
from starter.cli.stage.declare import Stage
from starter.cli.terminal.commands import Fields, command, on_ticket
from starter.cli.terminal.options import AsJson

Answerer = Annotated[str, typer.Option("--by", metavar="CODE", help="Who answers: the engineer who is asked.")]
OfferedStage = Annotated[
    str | None, typer.Option("--stage", metavar="KEY", help="Default: the stage that is offered to them.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to those of stages."""
    on_ticket(app, "RaiseLevel", "raise", role_help="engineer: who works on the stage asks for it.")(raise_)
    on_ticket(app, "OfferStage")(offer)
    on_ticket(app, "WithdrawOffer")(withdraw)
    on_ticket(app, "AcceptOffer", by=Answerer)(accept)
    on_ticket(app, "DeclineOffer", by=Answerer)(decline)
    command(app)(offers)


def raise_(
    stage: Stage,
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for the record.")],
    level: Annotated[
        SupportLevel | None, typer.Option("--level", case_sensitive=False, help="Default: the next one.")
    ] = None,
) -> Fields:
    """Ask for a higher support level. Whoever is there stays until somebody takes over; a coordinator is told."""
    return {"stage": stage, "level": level, "reason": reason}


def offer(
    stage: Stage,
    engineers: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ENGINEER]...",
            help="Codes in the order to ask. Default: who is qualified and free, the best suited first, without who "
            "has declined.",
        ),
    ] = None,
    *,
    within: Annotated[
        str | None,
        typer.Option("--within", metavar="DURATION", help="Time to answer: 15m, 2h. Default: as the template has it."),
    ] = None,
    location: Annotated[
        WorkLocation | None, typer.Option("--location", help="Where whoever accepts will work.")
    ] = None,
) -> Fields:
    """Offer a stage to engineers, one after the other, until one accepts or all were asked."""
    from starter.cli.terminal.parsing import duration

    return {
        "stage": stage,
        "engineers": tuple(engineers or ()),
        "answer_within": None if within is None else duration(within),
        "work_location": location,
    }


def withdraw(stage: Stage) -> Fields:
    """Take the offer of a stage back that nobody has accepted yet."""
    return {"stage": stage}


def accept(*, stage: OfferedStage = None) -> Fields:
    """Accept a stage that one is offered, and become its primary engineer."""
    return {"stage": stage}


def decline(
    *,
    reason: Annotated[DeclineReason, typer.Option("--reason", help="With other, --note says which one.")],
    stage: OfferedStage = None,
) -> Fields:
    """Decline a stage that one is offered; the next candidate is asked."""
    return {"stage": stage, "reason": reason}


async def offers(
    *,
    engineer: Annotated[str | None, typer.Option("--engineer", metavar="CODE", help="Who is asked.")] = None,
    as_json: AsJson = False,
) -> None:
    """List who is asked now whether they take a stage; the nearest limit first."""
    from starter.cli.stage.offers import list_offers

    await list_offers(engineer, as_json=as_json)
