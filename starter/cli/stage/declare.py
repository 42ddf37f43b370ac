"""`fieldcare stage …`: complete or skip a stage of a ticket, travel to the unit, arrive there."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Annotated

import typer

from models.vocabulary.people import Role
from models.vocabulary.stages import StageOutcome
from starter.cli.terminal.commands import Asked, Fields, on_ticket
from starter.cli.terminal.options import Note
from starter.failures import BadInput

app = typer.Typer(no_args_is_help=True, help="Complete or skip a stage of a ticket, travel to the unit, arrive there.")

Stage = Annotated[str, typer.Argument(metavar="STAGE", help="The stage's key, as `ticket show --json` has it.")]
Completer = Annotated[str | None, typer.Option("--by", metavar="CODE", help="Who completes it.")]
Traveller = Annotated[str, typer.Option("--by", metavar="CODE", help="Who travels, or reports it for somebody.")]
OnSiteStage = Annotated[
    str | None, typer.Option("--stage", metavar="KEY", help="Default: the stage on site that is in progress.")
]


class Deciding(StrEnum):
    """What a person may decide on a diagnosis of AI."""

    ACCEPTED = "accepted"
    EDITED = "edited"
    REFUSED = "refused"


class Proved(StrEnum):
    """What the work proved a diagnosis of AI to be."""

    RIGHT = "right"
    WRONG = "wrong"


@on_ticket(app, "CompleteStage", by=Completer)
async def complete(
    asked: Asked,
    stage: Stage,
    *,
    engineer: Annotated[
        str | None, typer.Option("--engineer", metavar="CODE", help="The same as --by CODE --role engineer.")
    ] = None,
    outcome: Annotated[StageOutcome, typer.Option("--outcome", help="It decides what comes next.")] = StageOutcome.DONE,
    return_to: Annotated[
        str | None, typer.Option("--return-to", metavar="STAGE", help="With test_failed: the stage to go back to.")
    ] = None,
    done: Annotated[list[str] | None, typer.Option("--done", metavar="KEY", help="Tick a required action.")] = None,
    assignments: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Answer a required action: a text, a rating.")
    ] = None,
    diagnosis: Annotated[
        Deciding | None,
        typer.Option("--diagnosis", help="What becomes of AI's diagnosis; accepted, it is the diagnosis summary."),
    ] = None,
    cause: Annotated[
        str | None,
        typer.Option("--cause", metavar="TEXT", help="With edited or refused, or at sign-off: the cause that it is."),
    ] = None,
    problem_code: Annotated[
        str | None, typer.Option("--problem-code", metavar="CODE", help="The problem code of that cause.")
    ] = None,
    proved: Annotated[
        Proved | None, typer.Option("--proved", help="At sign-off: whether AI's diagnosis proved right or wrong.")
    ] = None,
    note: Note = "",
    signal: Annotated[
        bool, typer.Option("--signal", help="Don't wait: a refusal then stands in the timeline only.")
    ] = False,
) -> None:
    """Say that a stage's work is done."""
    from starter.cli.stage.do import Completion, complete_stage
    from starter.cli.terminal.signed_in import somebody_is_signed_in

    code = asked.by if asked.by is not None else engineer
    clash = engineer is not None and (code != engineer or asked.role not in {None, Role.ENGINEER})
    if clash or (code is None and not somebody_is_signed_in()):
        raise BadInput("Say who completes it: --engineer CODE, or --by CODE --role manufacturer|coordinator.")
    if diagnosis is not None and proved is not None:
        raise BadInput("--diagnosis is for the diagnosis stage, --proved for the sign-off: give one of them.")
    if engineer is not None:
        asked = replace(asked, by=engineer, role=Role.ENGINEER)
    said = Completion(
        actor=asked.actor(code),
        note=note,
        stage=stage,
        outcome=outcome,
        return_to=return_to,
        done=done or [],
        assignments=assignments or [],
        diagnosis=None if diagnosis is None else diagnosis.value,
        cause=cause,
        problem_code=problem_code,
        proposal_right=None if proved is None else proved is Proved.RIGHT,
    )
    await complete_stage(asked, said, as_signal=signal)


@on_ticket(app, "SkipStage", note=False)
def skip(
    stage: Stage,
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for the record.")],
) -> Fields:
    """Leave a stage out, with a reason."""
    return {"stage": stage, "reason": reason}


@on_ticket(app, "StartTravel", by=Traveller)
def travel(*, stage: OnSiteStage = None) -> Fields:
    """Say that somebody has set out for the unit: the time until the arrival is transport."""
    return {"stage": stage}


@on_ticket(app, "ArriveOnSite", by=Traveller)
def arrive(*, stage: OnSiteStage = None) -> Fields:
    """Say that somebody has arrived at the unit: the arrival clock stops."""
    return {"stage": stage}
