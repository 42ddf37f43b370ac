"""`fieldcare ticket priority|contract|reopen`: what changes the terms of a ticket."""

from __future__ import annotations

from typing import Annotated

import typer

from models.vocabulary import Priority
from starter.cli.terminal.options import DEFAULT_WAIT, AsJson, By, CommandIdOption, Note, Reference, Wait

Why = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for the record.")]


def register(app: typer.Typer) -> None:
    """Add the commands to those of tickets."""
    for command in (priority, contract, reopen):
        app.command()(command)


def priority(
    reference: Reference,
    level: Annotated[Priority, typer.Argument(metavar="PRIORITY", help="P1 is a patient at risk.")],
    *,
    reason: Why,
    by: By = None,
    note: Note = "",
    command_id: CommandIdOption = None,
    wait: Wait = DEFAULT_WAIT,
    as_json: AsJson = False,
) -> None:
    """Change the priority. Targets become those of it, from the report on; pauses are carried over."""
    from models.contracts.commands import ChangePriority
    from models.vocabulary import Role
    from starter.cli.terminal.parsing import myself
    from starter.cli.terminal.run import run
    from starter.cli.ticket import do as calls
    from starter.given import fresh_command_id, made

    async def work() -> None:
        command = made(
            ChangePriority,
            command_id=fresh_command_id(command_id),
            actor=calls.acting_as(by if by is not None else myself(), Role.COORDINATOR),
            note=note,
            priority=level,
            reason=reason,
        )
        await calls.send(reference, command, wait, as_json)

    run(work())


def contract(
    reference: Reference,
    *,
    reason: Why,
    by: By = None,
    note: Note = "",
    command_id: CommandIdOption = None,
    wait: Wait = DEFAULT_WAIT,
    as_json: AsJson = False,
) -> None:
    """Let a running ticket go by what is agreed on now: service configuration and calendar as the database has them.

    Targets and opening hours count from the report on, and pauses are carried over; clocks that have ended stay as
    they are.
    """
    from functools import partial

    from models.contracts.commands import ChangeContract
    from models.vocabulary import Role
    from starter.cli.terminal.parsing import myself
    from starter.cli.terminal.run import run
    from starter.cli.ticket import do as calls
    from starter.given import fresh_command_id, made

    async def work() -> None:
        change = partial(
            made,
            ChangeContract,
            command_id=fresh_command_id(command_id),
            actor=calls.acting_as(by if by is not None else myself(), Role.COORDINATOR),
            note=note,
            reason=reason,
        )
        await calls.change_contract(reference, change, wait, as_json)

    run(work())


def reopen(
    reference: Reference,
    *,
    reason: Why,
    return_to: Annotated[
        str | None, typer.Option("--return-to", metavar="STAGE", help="Where it goes on. Default: the first stage.")
    ] = None,
    by: By = None,
    note: Note = "",
    command_id: CommandIdOption = None,
    wait: Wait = DEFAULT_WAIT,
    as_json: AsJson = False,
) -> None:
    """Take up a closed ticket again, because the fault is back. Its template says for how long that is possible."""
    from models.contracts.commands import Reopen
    from models.vocabulary import Role
    from starter.cli.terminal.parsing import myself
    from starter.cli.terminal.run import run
    from starter.cli.ticket import do as calls
    from starter.given import fresh_command_id, made

    async def work() -> None:
        command = made(
            Reopen,
            command_id=fresh_command_id(command_id),
            actor=calls.acting_as(by if by is not None else myself(), Role.COORDINATOR),
            note=note,
            reason=reason,
            return_to=return_to,
        )
        await calls.send(reference, command, wait, as_json)

    run(work())
