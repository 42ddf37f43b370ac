"""What the commands that change tickets do, once their options are read, and what they say then."""

from __future__ import annotations

from functools import partial

from models.contracts.base import Command
from models.contracts.commands import CommandResult
from models.contracts.intake import FaultReport
from starter import acting
from starter.addresses import read_settings
from starter.cli.terminal.commands import Asked
from starter.cli.terminal.display import print_json, show
from starter.cli.terminal.run import out, say
from starter.services import connected


async def open_ticket(report: FaultReport, wait: float, as_json: bool, *, said: acting.Said) -> None:
    """Open a ticket and say which it is.

    Args:
        said: what somebody said of who reports. Who does not say in which capacity does as what they are known for.
    """
    async with connected(read_settings(), wait=wait) as connection:
        acknowledged = await acting.report(connection, report, said=said)
    ticket = acknowledged.ticket
    if acknowledged.differs:
        say(
            f"ticket {ticket.number} was opened before under the key {report.key}, with another "
            f"{' and another '.join(acknowledged.differs)}. It stays as it is; for a new ticket use a new key."
        )
    if as_json:
        print_json(
            {
                "number": ticket.number,
                "created": acknowledged.created,
                "differs": acknowledged.differs,
                "key": report.key,
                "ticket_id": ticket.ticket_id,
                "workflow_id": ticket.workflow_id,
                "workflow_type": ticket.workflow_type,
                "template": ticket.template,
                "serial": ticket.serial,
                "priority": ticket.priority,
                "opened_at": ticket.opened_at,
            }
        )
        return
    verb = "Opened" if acknowledged.created else "Already open under this key:"
    show(out, f"{verb} {ticket.number} · {ticket.priority.value} · {ticket.serial} · {ticket.template}")
    show(out, f"See it with: fieldcare ticket show {ticket.number}")


async def send(asked: Asked, command: Command) -> None:
    """Send a command to a ticket and say what it answered."""
    async with connected(read_settings(), wait=asked.wait) as connection:
        result = await acting.act(connection, asked.reference, command, say, said=asked.said)
    print_answer(result, asked.as_json)


async def change_contract(asked: Asked, reason: str) -> None:
    """Let a ticket go by the terms that the database has now."""
    async with connected(read_settings(), wait=asked.wait) as connection:
        command = partial(asked.command, "ChangeContract", reason=reason)
        result = await acting.change_contract(connection, asked.reference, command, say, said=asked.said)
    print_answer(result, asked.as_json)


def print_answer(result: CommandResult, as_json: bool) -> None:
    """What the ticket said."""
    if as_json:
        print_json(result)
        return
    show(out, f"{result.number}: {result.message}")
    for warning in result.warnings:
        show(out, f"Warning: {warning}")
