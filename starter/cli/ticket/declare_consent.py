"""`fieldcare ticket sign-link` and `approve`: what somebody else than who asks for it has to say."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from models.vocabulary.people import Role
from starter.cli.terminal.commands import command
from starter.cli.terminal.options import AsJson, By, Note, Reference
from starter.failures import BadInput


class Sender(StrEnum):
    """In which capacity one sends a signing link."""

    COORDINATOR = "coordinator"
    ENGINEER = "engineer"


def register(app: typer.Typer) -> None:
    """Add the command to those of tickets."""
    command(app, "sign-link")(sign_link)
    command(app)(approve)


async def sign_link(
    reference: Reference,
    *,
    name: Annotated[str | None, typer.Option("--for", metavar="NAME", help="Who signs by it, by name.")] = None,
    capacity: Annotated[
        str, typer.Option("--capacity", metavar="TEXT", help="As what they sign: Ward sister.")
    ] = "Hospital staff",
    stage: Annotated[
        str | None, typer.Option("--stage", metavar="KEY", help="Which sign-off, where a ticket has several.")
    ] = None,
    lasts: Annotated[str, typer.Option("--lasts", metavar="DURATION", help="30 days at the most.")] = "7d",
    revoke: Annotated[str | None, typer.Option("--revoke", metavar="CODE", help="Take the link back.")] = None,
    by: By = None,
    role: Annotated[Sender, typer.Option("--role", help="In which capacity.")] = Sender.COORDINATOR,
    as_json: AsJson = False,
) -> None:
    """Make a link for a named person who signs the ticket off by it, once; it is shown once, for you to send.

    Without --for, list the links of the ticket.
    """
    from starter.cli.ticket import sign_link as do

    if name is not None and revoke is not None:
        raise BadInput("Make a link or take one back: give --for or --revoke, not both.")
    if revoke is not None:
        await do.revoke(reference, revoke, by, Role(role.value))
    elif name is None:
        await do.list_links(reference, as_json)
    else:
        await do.send(reference, name, capacity, stage, lasts, by=by, role=Role(role.value), as_json=as_json)


async def approve(
    reference: Reference,
    *,
    hold: Annotated[
        str | None, typer.Option("--hold", metavar="REASON", help="For which reason somebody else may put it on hold.")
    ] = None,
    note: Note = "",
    lasts: Annotated[str, typer.Option("--lasts", metavar="DURATION", help="A week at the most.")] = "1d",
    as_json: AsJson = False,
) -> None:
    """Approve as yourself, signed in, what somebody else then does once: `ticket hold --approved-by YOU`.

    Without --hold, list the approvals of the ticket.
    """
    from starter.cli.ticket.approve import approve_hold, list_approvals

    if hold is None:
        await list_approvals(reference, as_json)
    else:
        await approve_hold(reference, hold, note, lasts, as_json)
