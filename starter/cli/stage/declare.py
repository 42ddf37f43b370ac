"""`fieldcare stage …`: complete or skip a stage of a ticket, travel to the unit, arrive there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from models.vocabulary import ActionKind, Role, StageOutcome
from starter.cli.terminal.options import (
    DEFAULT_WAIT,
    AsJson,
    By,
    CommandIdOption,
    CompletingRole,
    Deciding,
    Note,
    Proved,
    Reference,
    Wait,
)
from starter.failures import BadInput

if TYPE_CHECKING:
    from models.contracts.commands import CompleteStage

app = typer.Typer(no_args_is_help=True, help="Complete or skip a stage of a ticket, travel to the unit, arrive there.")

Stage = Annotated[str, typer.Argument(metavar="STAGE", help="The stage's key, as `ticket show --json` has it.")]


@app.command()
def complete(
    reference: Reference,
    stage: Stage,
    *,
    by: Annotated[str | None, typer.Option("--by", metavar="CODE", help="Who completes it.")] = None,
    role: Annotated[CompletingRole, typer.Option("--role", help="In which capacity.")] = CompletingRole.ENGINEER,
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
    command_id: CommandIdOption = None,
    wait: Wait = DEFAULT_WAIT,
    as_json: AsJson = False,
) -> None:
    """Say that a stage's work is done."""
    from models.contracts.commands import CompleteStage
    from models.contracts.proposals import DiagnosisDecision, VerifiedOutcome
    from starter.cli.terminal.parsing import answers, known_code
    from starter.cli.terminal.run import run
    from starter.cli.ticket import do as calls
    from starter.given import fresh_command_id, made

    async def work() -> None:
        code = by if by is not None else engineer
        if code is None or (engineer is not None and (code != engineer or role is not CompletingRole.ENGINEER)):
            raise BadInput("Say who completes it: --engineer CODE, or --by CODE --role manufacturer|coordinator.")
        if diagnosis is not None and proved is not None:
            raise BadInput("--diagnosis is for the diagnosis stage, --proved for the sign-off: give one of them.")
        code_of_it = known_code(problem_code)
        actor, fresh_id = calls.acting_as(code, Role(role.value)), fresh_command_id(command_id)
        decision = (
            made(DiagnosisDecision, status=diagnosis.value, cause=cause, problem_code=code_of_it)
            if diagnosis is not None
            else None
        )
        outcome_of_it = (
            made(
                VerifiedOutcome,
                proposal_right=None if proved is None else proved is Proved.RIGHT,
                cause=cause,
                problem_code=code_of_it,
            )
            if diagnosis is None and (proved, cause, problem_code) != (None, None, None)
            else None
        )

        def command(kinds: Mapping[str, ActionKind] | None) -> CompleteStage:
            return made(
                CompleteStage,
                command_id=fresh_id,
                actor=actor,
                note=note,
                stage=stage,
                outcome=outcome,
                actions=answers(done or [], assignments or [], kinds),
                return_to=return_to,
                diagnosis=decision,
                verified=outcome_of_it,
            )

        command(None)  # what can be said without a ticket is said before anything is asked
        await calls.complete_stage(reference, stage, command, as_signal=signal, wait=wait, as_json=as_json)

    run(work())


@app.command()
def skip(
    reference: Reference,
    stage: Stage,
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for the record.")],
    by: By = None,
    command_id: CommandIdOption = None,
    wait: Wait = DEFAULT_WAIT,
    as_json: AsJson = False,
) -> None:
    """Leave a stage out, with a reason."""
    from models.contracts.commands import SkipStage
    from starter.cli.terminal.parsing import myself
    from starter.cli.terminal.run import run
    from starter.cli.ticket import do as calls
    from starter.given import fresh_command_id, made

    async def work() -> None:
        command = made(
            SkipStage,
            command_id=fresh_command_id(command_id),
            actor=calls.acting_as(by if by is not None else myself(), Role.COORDINATOR),
            stage=stage,
            reason=reason,
        )
        await calls.send(reference, command, wait, as_json)

    run(work())


Traveller = Annotated[str, typer.Option("--by", metavar="CODE", help="Who travels, or reports it for somebody.")]
OnSiteStage = Annotated[
    str | None, typer.Option("--stage", metavar="KEY", help="Default: the stage on site that is in progress.")
]
OnSiteRole = Annotated[CompletingRole, typer.Option("--role", help="In which capacity.")]


@app.command()
def travel(
    reference: Reference,
    *,
    by: Traveller,
    role: OnSiteRole = CompletingRole.ENGINEER,
    stage: OnSiteStage = None,
    note: Note = "",
    command_id: CommandIdOption = None,
    wait: Wait = DEFAULT_WAIT,
    as_json: AsJson = False,
) -> None:
    """Say that somebody has set out for the unit: the time until the arrival is transport."""
    from models.contracts.commands import StartTravel
    from starter.cli.terminal.run import run
    from starter.cli.ticket import do as calls
    from starter.given import fresh_command_id, made

    async def work() -> None:
        actor = calls.acting_as(by, Role(role.value))
        command = made(StartTravel, command_id=fresh_command_id(command_id), actor=actor, note=note, stage=stage)
        await calls.send(reference, command, wait, as_json)

    run(work())


@app.command()
def arrive(
    reference: Reference,
    *,
    by: Traveller,
    role: OnSiteRole = CompletingRole.ENGINEER,
    stage: OnSiteStage = None,
    note: Note = "",
    command_id: CommandIdOption = None,
    wait: Wait = DEFAULT_WAIT,
    as_json: AsJson = False,
) -> None:
    """Say that somebody has arrived at the unit: the arrival clock stops."""
    from models.contracts.commands import ArriveOnSite
    from starter.cli.terminal.run import run
    from starter.cli.ticket import do as calls
    from starter.given import fresh_command_id, made

    async def work() -> None:
        actor = calls.acting_as(by, Role(role.value))
        command = made(ArriveOnSite, command_id=fresh_command_id(command_id), actor=actor, note=note, stage=stage)
        await calls.send(reference, command, wait, as_json)

    run(work())
