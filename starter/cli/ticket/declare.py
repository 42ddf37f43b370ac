"""`fieldcare ticket …`: report a fault, look at tickets, and act on one as a coordinator does."""

from __future__ import annotations

from typing import Annotated

import typer

from models.vocabulary import Priority, SlaState, TicketStatus
from starter.cli.terminal.options import (
    DEFAULT_WAIT,
    ActingRole,
    AsJson,
    AssigningRole,
    By,
    CommandIdOption,
    Note,
    Reference,
    Wait,
)
from starter.failures import BadInput

app = typer.Typer(no_args_is_help=True, help="Open, show, list and steer tickets.")


@app.command("open")
def open_(
    *,
    unit: Annotated[str, typer.Option("--unit", metavar="SERIAL", help="Serial number, UDI, QR token or id.")],
    description: Annotated[
        str, typer.Option("--description", metavar="TEXT", help="What is wrong; `-` reads standard input.")
    ],
    priority: Annotated[Priority, typer.Option("--priority", help="P1 is a patient at risk.")],
    key: Annotated[
        str | None, typer.Option("--key", metavar="KEY", help="Idempotency key: the same key is the same ticket.")
    ] = None,
    reporter: Annotated[
        str | None, typer.Option("--reporter", metavar="CODE", help="Who reports. Default: your login name.")
    ] = None,
    wait: Wait = DEFAULT_WAIT,
    as_json: AsJson = False,
) -> None:
    """Report a fault. Answers once the ticket is durable."""
    from models.contracts.intake import FaultReport
    from starter.cli.terminal.parsing import myself, text_or_stdin
    from starter.cli.terminal.run import run
    from starter.cli.ticket import do as calls
    from starter.given import made

    async def work() -> None:
        report = made(
            FaultReport,
            unit=unit,
            description=text_or_stdin(description, "description"),
            priority=priority,
            reporter=calls.acting_as(reporter if reporter is not None else myself(), ActingRole.HOSPITAL.role),
            key=key,
        )
        await calls.open_ticket(report, wait, as_json)

    run(work())


@app.command()
def show(
    reference: Reference,
    *,
    live: Annotated[bool, typer.Option("--live", help="Ask the running workflow as well.")] = False,
    wait: Wait = 10.0,
    as_json: AsJson = False,
) -> None:
    """Show a ticket: stages, SLA clocks, assignments, timeline."""
    from starter.cli.terminal.run import run
    from starter.cli.ticket import do as calls

    run(calls.show_one(reference, live, wait, as_json))


@app.command("list")
def list_(
    *,
    status: Annotated[TicketStatus | None, typer.Option("--status")] = None,
    customer: Annotated[str | None, typer.Option("--customer", metavar="CODE")] = None,
    stage: Annotated[str | None, typer.Option("--stage", metavar="KEY", help="A stage that is in progress.")] = None,
    sla: Annotated[SlaState | None, typer.Option("--sla", help="The worst running clock.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000)] = 50,
    after: Annotated[
        str | None, typer.Option("--after", metavar="NUMBER", help="Go on after this ticket: the next page.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List tickets, newest first."""
    from starter.cli.terminal.run import run
    from starter.cli.ticket import do as calls
    from starter.given import storable

    async def work() -> None:
        for text in (customer, stage, after):
            storable(text or "", "filter")
        await calls.list_tickets(
            status=status.value if status else None,
            customer=customer,
            stage=stage,
            sla=sla.value if sla else None,
            limit=limit,
            after=after,
            as_json=as_json,
        )

    run(work())


@app.command()
def assign(
    reference: Reference,
    engineer: Annotated[str | None, typer.Argument(metavar="ENGINEER", help="The engineer's code.")] = None,
    *,
    engineer_option: Annotated[
        str | None, typer.Option("--engineer", metavar="CODE", help="The engineer's code, as an option.")
    ] = None,
    stage: Annotated[
        str | None, typer.Option("--stage", metavar="KEY", help="One stage. Default: all that the engineer may do.")
    ] = None,
    role: Annotated[
        AssigningRole, typer.Option("--role", help="engineer: the engineer takes it without being sent.")
    ] = AssigningRole.COORDINATOR,
    by: By = None,
    note: Note = "",
    command_id: CommandIdOption = None,
    wait: Wait = DEFAULT_WAIT,
    as_json: AsJson = False,
) -> None:
    """Put an engineer on a stage, or on all open ones that the engineer's level covers."""
    from models.contracts.commands import AssignEngineer
    from models.vocabulary import Role
    from starter.cli.terminal.parsing import myself
    from starter.cli.terminal.run import run
    from starter.cli.ticket import do as calls
    from starter.given import fresh_command_id, made

    async def work() -> None:
        code = engineer if engineer is not None else engineer_option
        if code is None or (engineer is not None and engineer_option not in {None, engineer}):
            raise BadInput("Name one engineer: fieldcare ticket assign REF ENGINEER.")
        who = by if by is not None else code if role is AssigningRole.ENGINEER else myself()
        command = made(
            AssignEngineer,
            command_id=fresh_command_id(command_id),
            actor=calls.acting_as(who, Role(role.value)),
            note=note,
            engineer_code=code,
            stage=stage,
        )
        await calls.send(reference, command, wait, as_json)

    run(work())


@app.command()
def hold(
    reference: Reference,
    *,
    reason: Annotated[
        str,
        typer.Option(
            "--reason",
            metavar="CODE",
            help="access_denied, waiting_for_customer, waiting_for_parts, …: the ticket's template says which there "
            "are and which clocks each pauses.",
        ),
    ],
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Resume date with its offset: 2026-03-01T09:00+05:30.")
    ] = None,
    for_: Annotated[str | None, typer.Option("--for", metavar="DURATION", help="30m, 4h, 2d. Default: 24h.")] = None,
    owner: Annotated[
        str | None, typer.Option("--owner", metavar="CODE", help="Who looks after it. Default: who asks for it.")
    ] = None,
    approved_by: Annotated[
        str | None, typer.Option("--approved-by", metavar="CODE", help="Some reasons need somebody else's approval.")
    ] = None,
    by: By = None,
    note: Note = "",
    command_id: CommandIdOption = None,
    wait: Wait = DEFAULT_WAIT,
    as_json: AsJson = False,
) -> None:
    """Put a ticket on hold. It goes on by itself at its resume date.

    For a reason that it waits for already, the hold that there is lasts until the later date; several reasons may
    overlap.
    """
    from models.contracts.commands import Hold
    from models.vocabulary import Role
    from starter.cli.terminal.parsing import duration, instant, myself
    from starter.cli.terminal.run import run
    from starter.cli.ticket import do as calls
    from starter.given import fresh_command_id, made

    async def work() -> None:
        if until is not None and for_ is not None:
            raise BadInput("Give --until or --for, not both.")
        command = made(
            Hold,
            command_id=fresh_command_id(command_id),
            actor=calls.acting_as(by if by is not None else myself(), Role.COORDINATOR),
            note=note,
            reason=reason,
            # An empty text is no time and no duration, and is refused as such.
            resume_at=None if until is None else instant(until),
            lasts=None if for_ is None else duration(for_),
            approved_by=approved_by,
            owner=owner,
        )
        await calls.send(reference, command, wait, as_json)

    run(work())


@app.command()
def resume(
    reference: Reference,
    *,
    by: By = None,
    note: Note = "",
    command_id: CommandIdOption = None,
    wait: Wait = DEFAULT_WAIT,
    as_json: AsJson = False,
) -> None:
    """Take a ticket off hold before its resume date."""
    from models.contracts.commands import Resume
    from models.vocabulary import Role
    from starter.cli.terminal.parsing import myself
    from starter.cli.terminal.run import run
    from starter.cli.ticket import do as calls
    from starter.given import fresh_command_id, made

    async def work() -> None:
        command = made(
            Resume,
            command_id=fresh_command_id(command_id),
            actor=calls.acting_as(by if by is not None else myself(), Role.COORDINATOR),
            note=note,
        )
        await calls.send(reference, command, wait, as_json)

    run(work())


@app.command()
def cancel(
    reference: Reference,
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for the record.")],
    by: By = None,
    command_id: CommandIdOption = None,
    wait: Wait = DEFAULT_WAIT,
    as_json: AsJson = False,
) -> None:
    """End a ticket without sign-off."""
    from models.contracts.commands import Cancel
    from models.vocabulary import Role
    from starter.cli.terminal.parsing import myself
    from starter.cli.terminal.run import run
    from starter.cli.ticket import do as calls
    from starter.given import fresh_command_id, made

    async def work() -> None:
        command = made(
            Cancel,
            command_id=fresh_command_id(command_id),
            actor=calls.acting_as(by if by is not None else myself(), Role.COORDINATOR),
            reason=reason,
        )
        await calls.send(reference, command, wait, as_json)

    run(work())
