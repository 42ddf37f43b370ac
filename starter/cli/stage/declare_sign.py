"""`fieldcare stage sign`: a ticket is signed off, by the hospital itself or on the screen of who completes it."""

from __future__ import annotations

from typing import Annotated

import typer

from models.access import SENDERS
from models.vocabulary.people import Role
from starter.cli.terminal.commands import command
from starter.cli.terminal.options import DEFAULT_WAIT, AsJson, CommandIdOption, Note, Reference, Wait
from starter.failures import BadInput

HOSPITAL_STAFF = "Hospital staff"


def register(app: typer.Typer) -> None:
    """Add the command to those of stages."""
    command(app)(sign)


async def sign(
    reference: Reference,
    stage: Annotated[str, typer.Argument(metavar="STAGE", help="The key of the sign-off.")],
    *,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Printed, of who signs. A link has its own.")
    ] = None,
    capacity: Annotated[
        str, typer.Option("--capacity", metavar="TEXT", help="As what they sign: Ward sister. A link has its own.")
    ] = HOSPITAL_STAFF,
    account: Annotated[
        str | None,
        typer.Option("--as", metavar="ACCOUNT", help="Whose account signs. Default: who is signed in here."),
    ] = None,
    link: Annotated[
        str | None,
        typer.Option("--link", metavar="LINK", help="Sign by a link; `-` asks for it, or reads a line."),
    ] = None,
    drawing: Annotated[
        str | None,
        typer.Option("--drawing", metavar="FILE", help="A drawn signature: the data of an SVG path; `-`: stdin."),
    ] = None,
    done: Annotated[list[str] | None, typer.Option("--done", metavar="KEY", help="Tick a required action.")] = None,
    assignments: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Answer a required action: a text, a rating.")
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="CODE", help="With --drawing: who completes the stage.")
    ] = None,
    role: Annotated[Role | None, typer.Option("--role", help="With --by: in which capacity.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the document that would be signed, and its digest.")
    ] = False,
    note: Note = "",
    command_id: CommandIdOption = None,
    wait: Wait = DEFAULT_WAIT,
    as_json: AsJson = False,
) -> None:
    """Sign a ticket off, and so complete the stage.

    An account of the ticket's hospital signs with its password, which is asked for at a terminal and elsewhere read
    from standard input; whoever was sent a link signs with that. A drawn signature is brought by who completes the
    stage.
    """
    from starter.cli.stage.sign import Typed, sign_stage
    from starter.cli.terminal.commands import Asked
    from starter.given import fresh_command_id

    if link is not None and drawing is not None:
        raise BadInput("A ticket is signed by a link or by hand: give --link or --drawing, not both.")
    if link is None and name is None:
        raise BadInput("Say who signs: --name NAME.")
    if account is not None and (link is not None or drawing is not None):
        raise BadInput("--as names an account, which signs with its password: leave --link and --drawing out.")
    asked = Asked(
        reference=reference,
        by=by,
        role=role,
        usual=SENDERS["CompleteStage"][0] if drawing is not None else Role.HOSPITAL,
        note=note,
        command_id=fresh_command_id(command_id),
        wait=wait,
        as_json=as_json,
    )
    typed = Typed(stage, name or "", capacity, account, link, drawing, done or [], assignments or [])
    await sign_stage(asked, typed, dry_run=dry_run)
