"""What the ticket and stage commands do, once their options are read, and what they say then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from models.contracts.base import Actor, Command
from models.contracts.commands import ChangeContract, CommandResult
from models.contracts.intake import FaultReport
from models.vocabulary.people import Role
from starter import acting
from starter.addresses import read_settings
from starter.cli.terminal.display import print_json, show
from starter.cli.terminal.run import err, out, say
from starter.cli.ticket.show import show_list, show_one_ticket
from starter.given import made
from starter.intake import Intake
from starter.reading import tickets
from starter.services import connected


async def open_ticket(report: FaultReport, wait: float, as_json: bool) -> None:
    """Open a ticket and say which it is."""
    async with connected(read_settings(), wait=wait) as connection:
        acknowledged = await Intake(connection.client, connection.database, connection.left).open(report)
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


async def list_tickets(
    *,
    status: str | None,
    customer: str | None,
    stage: str | None,
    sla: str | None,
    limit: int,
    after: str | None,
    as_json: bool,
) -> None:
    """Print a page of tickets."""
    wanted = tickets.TicketFilter(status, customer, stage, sla)
    page = await tickets.list_tickets(read_settings(), wanted, limit, after)
    if as_json:
        rows = [{**row, "trouble": page.troubles.get(row["number"])} for row in page.rows]
        print_json({"tickets": rows, "next": page.following})
        return
    if not page.rows:
        any_at_all = wanted.is_any and after is None
        show(out, "No tickets yet. Open one with `fieldcare ticket open`." if any_at_all else "No ticket fits.")
        return
    show_list(out, page.rows, page.troubles)
    if page.following:
        show(err, f"There may be more: --after {page.following}")


async def show_one(reference: str, live: bool, wait: float, as_json: bool) -> None:
    """Print a ticket from the database, and live from its workflow where that is asked for or all there is."""
    seen = await tickets.look_at(read_settings(), reference, live=live, wait=wait)
    if seen.note:
        say(seen.note)
    show_one_ticket(seen, as_json)


async def send(reference: str, command: Command, wait: float, as_json: bool) -> None:
    """Send a command to a ticket and say what it answered."""
    async with connected(read_settings(), wait=wait) as connection:
        result = await acting.act(connection, reference, command, say)
    print_answer(result, as_json)


async def complete_stage(
    reference: str, stage: str, command_of: acting.CompletionOf, *, as_signal: bool, wait: float, as_json: bool
) -> None:
    """Complete a stage, and say what the ticket answered; as a signal, only that it was told."""
    async with connected(read_settings(), wait=wait) as connection:
        if not as_signal:
            print_answer(await acting.complete_stage(connection, reference, stage, command_of, say), as_json)
            return
        found, command = await acting.signal_completion(connection, reference, stage, command_of, say)
    if as_json:
        print_json(
            {
                "number": found.number,
                "command_id": command.command_id,
                "signalled_at": datetime.now(UTC),
                "stage": stage,
            }
        )
        return
    show(out, f"Sent to {found.number or found.workflow_id}. A refusal would stand in its timeline.")


async def change_contract(
    reference: str, command_of: Callable[..., ChangeContract], wait: float, as_json: bool
) -> None:
    """Let a ticket go by the terms that the database has now."""
    async with connected(read_settings(), wait=wait) as connection:
        result = await acting.change_contract(connection, reference, command_of)
    print_answer(result, as_json)


def acting_as(code: str, role: Role) -> Actor:
    """Who acts."""
    return made(Actor, code=code, role=role)


def print_answer(result: CommandResult, as_json: bool) -> None:
    """What the ticket said."""
    if as_json:
        print_json(result)
        return
    show(out, f"{result.number}: {result.message}")
