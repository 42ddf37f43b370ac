"""`fieldcare ticket …`: report a fault, look at tickets, and act on one as a coordinator does."""

from __future__ import annotations

from typing import Annotated

import typer

from models.access import REPORTERS
from models.vocabulary.people import Role
from models.vocabulary.sla import SlaState
from models.vocabulary.tickets import Priority, TicketSort, TicketStatus
from starter.cli.terminal.commands import Asked, Fields, capacity, command, on_ticket
from starter.cli.terminal.options import DEFAULT_WAIT, AsJson, Reference, Wait
from starter.failures import BadInput

app = typer.Typer(no_args_is_help=True, help="Open, show, list and steer tickets.")

Why = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for the record.")]


@command(app, "open")
async def open_(
    *,
    unit: Annotated[str, typer.Option("--unit", metavar="SERIAL", help="Serial number, UDI, QR token or id.")],
    description: Annotated[
        str, typer.Option("--description", metavar="TEXT", help="What is wrong; `-` reads standard input.")
    ],
    priority: Annotated[Priority, typer.Option("--priority", case_sensitive=False, help="P1 is a patient at risk.")],
    key: Annotated[
        str | None, typer.Option("--key", metavar="KEY", help="Idempotency key: the same key is the same ticket.")
    ] = None,
    reporter: Annotated[
        str | None, typer.Option("--reporter", metavar="CODE", help="Who reports. Default: your login name.")
    ] = None,
    role: capacity(REPORTERS, "In which capacity they report.", "engineer, service desk") = None,  # type: ignore[valid-type]
    wait: Wait = DEFAULT_WAIT,
    as_json: AsJson = False,
) -> None:
    """Report a fault. Answers once the ticket is durable."""
    from models.contracts.base import Actor
    from models.contracts.intake import FaultReport
    from starter.acting import Said
    from starter.cli.terminal.parsing import myself, text_or_stdin
    from starter.cli.ticket.do import open_ticket
    from starter.given import made

    report = made(
        FaultReport,
        unit=unit,
        description=text_or_stdin(description, "description"),
        priority=priority,
        reporter=made(Actor, code=reporter if reporter is not None else myself(), role=role or REPORTERS[0]),
        key=key,
    )
    await open_ticket(report, wait, as_json, said=Said(role=role is not None, code=reporter is not None))


@command(app)
async def show(
    reference: Reference,
    *,
    live: Annotated[bool, typer.Option("--live", help="Ask the running workflow as well.")] = False,
    full: Annotated[
        bool,
        typer.Option(
            "--full", help="Every refusal for itself; otherwise the like are one line, and of many the first few."
        ),
    ] = False,
    wait: Wait = 10.0,
    as_json: AsJson = False,
) -> None:
    """Show a ticket: stages, SLA clocks, what was done, assignments, timeline."""
    from starter.cli.ticket.look import show_one

    await show_one(reference, live=live, full=full, wait=wait, as_json=as_json)


@command(app, "list")
async def list_(
    *,
    status: Annotated[TicketStatus | None, typer.Option("--status")] = None,
    customer: Annotated[str | None, typer.Option("--customer", metavar="CODE")] = None,
    stage: Annotated[str | None, typer.Option("--stage", metavar="KEY", help="A stage that is in progress.")] = None,
    sla: Annotated[
        SlaState | None,
        typer.Option(
            "--sla", help="The worst running clock; met: ended without a breach. With --status closed: the verdict."
        ),
    ] = None,
    engineer: Annotated[str | None, typer.Option("--engineer", metavar="CODE", help="Who is on it now.")] = None,
    unassigned: Annotated[bool, typer.Option("--unassigned", help="It runs, and nobody is on it.")] = False,
    priority: Annotated[Priority | None, typer.Option("--priority", case_sensitive=False)] = None,
    unit: Annotated[
        str | None, typer.Option("--unit", metavar="REF", help="Serial number, UDI, GS1 scan, QR token or id.")
    ] = None,
    search: Annotated[
        str | None,
        typer.Option(
            "--search",
            metavar="WORDS",
            help="All of these words in number, description, serial number, customer and site; each may lack its end.",
        ),
    ] = None,
    sort: Annotated[
        TicketSort, typer.Option("--sort", help="due: the nearest deadline first, those without one last.")
    ] = TicketSort.NEWEST,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000)] = 50,
    after: Annotated[
        str | None,
        typer.Option("--after", metavar="PLACE", help="The next page: what the page before says at its end."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List tickets, newest or nearest deadline first."""
    from starter.cli.ticket.look import list_tickets
    from starter.given import storable
    from starter.reading.tickets import TicketFilter

    for text in (customer, stage, engineer, unit, search, after):
        storable(text or "", "filter")
    wanted = TicketFilter(
        status=status and status.value,
        customer=customer,
        stage=stage,
        sla=sla and sla.value,
        engineer=engineer,
        unassigned=unassigned,
        priority=priority and priority.value,
        unit=unit,
        search=search,
        sort=sort,
    )
    await list_tickets(wanted, limit=limit, after=after, as_json=as_json)


@on_ticket(app, "AssignEngineer", role_help="engineer: the engineer takes it without being sent.")
def assign(
    asked: Asked,
    engineer: Annotated[str | None, typer.Argument(metavar="ENGINEER", help="The engineer's code.")] = None,
    *,
    engineer_option: Annotated[
        str | None, typer.Option("--engineer", metavar="CODE", help="The engineer's code, as an option.")
    ] = None,
    stage: Annotated[
        str | None, typer.Option("--stage", metavar="KEY", help="One stage. Default: all that the engineer may do.")
    ] = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Although something serious speaks against them; --note says why.")
    ] = False,
) -> Fields:
    """Put an engineer on a stage, or on all open ones that the engineer's level covers.

    Warns of what speaks against them, and refuses what is serious unless it is to be done --anyway.
    """
    code = engineer if engineer is not None else engineer_option
    if code is None or (engineer is not None and engineer_option not in {None, engineer}):
        raise BadInput("Name one engineer: fieldcare ticket assign REF ENGINEER.")
    takes_it = asked.by is None and asked.role is Role.ENGINEER
    return {
        "engineer_code": code,
        "stage": stage,
        "anyway": anyway,
        "actor": asked.actor(code if takes_it else None),
    }


@on_ticket(app, "Hold")
def hold(
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
) -> Fields:
    """Put a ticket on hold. It goes on by itself at its resume date.

    For a reason that it waits for already, the hold that there is lasts until the later date; several reasons may
    overlap.
    """
    from starter.cli.terminal.parsing import duration, instant

    if until is not None and for_ is not None:
        raise BadInput("Give --until or --for, not both.")
    return {
        "reason": reason,
        # An empty text is no time and no duration, and is refused as such.
        "resume_at": None if until is None else instant(until),
        "lasts": None if for_ is None else duration(for_),
        "approved_by": approved_by,
        "owner": owner,
    }


@on_ticket(app, "Resume")
def resume() -> Fields:
    """Take a ticket off hold before its resume date."""
    return {}


@on_ticket(app, "Cancel", note=False)
def cancel(*, reason: Why) -> Fields:
    """End a ticket without sign-off."""
    return {"reason": reason}


@on_ticket(app, "ChangePriority")
def priority(
    level: Annotated[
        Priority, typer.Argument(metavar="PRIORITY", case_sensitive=False, help="P1 is a patient at risk.")
    ],
    *,
    reason: Why,
) -> Fields:
    """Change the priority. Targets become those of it, from the report on; pauses are carried over."""
    return {"priority": level, "reason": reason}


@on_ticket(app, "ChangeContract")
async def contract(asked: Asked, *, reason: Why) -> None:
    """Let a running ticket go by what is agreed on now: service configuration and calendar as the database has them.

    Targets and opening hours count from the report on, and pauses are carried over; clocks that have ended stay as
    they are.
    """
    from starter.cli.ticket.do import change_contract

    await change_contract(asked, reason)


@on_ticket(app, "Reopen")
def reopen(
    *,
    reason: Why,
    return_to: Annotated[
        str | None, typer.Option("--return-to", metavar="STAGE", help="Where it goes on. Default: the first stage.")
    ] = None,
) -> Fields:
    """Take up a closed ticket again, because the fault is back. Its template says for how long that is possible."""
    return {"reason": reason, "return_to": return_to}
