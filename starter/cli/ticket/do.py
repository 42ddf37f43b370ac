"""What the ticket and stage commands do, once their options are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import text

from activities.reconciling.standing import Standing, standing
from models.contracts.base import Actor, Command
from models.contracts.commands import ChangeContract, CompleteStage
from models.contracts.intake import FaultReport
from models.contracts.notices import with_words
from models.contracts.status import StatusReport
from models.contracts.templates import TemplateSnapshot
from models.database import Database, DatabaseRefused, DatabaseUnavailable
from models.sql_functions import SqlFunction
from models.vocabulary import ActionKind, Role
from starter.addresses import read_settings
from starter.agreed_terms import agreed_terms
from starter.cli.sla.ledger import account, recorded_ledger
from starter.cli.terminal.display import print_json, show
from starter.cli.terminal.parsing import json_value, made
from starter.cli.terminal.run import err, out
from starter.cli.ticket.reference import (
    checked_reference,
    find_running,
    find_ticket,
    live_status,
    unknown,
)
from starter.cli.ticket.show import show_list, show_live, show_ticket
from starter.cli.ticket.show_standing import standing_json, standing_of, trouble, troubles_of
from starter.client import TemporalUnavailable
from starter.commands import TicketCommands
from starter.failures import BadInput, Unavailable
from starter.intake import Intake
from starter.late_refusals import put_on_record
from starter.lookups import looked_up
from starter.rescuing.record import remember
from starter.services import Connection, connected, connected_client, database_only

LONGEST_LIST = 1000

_TEMPLATE = text("SELECT template_snapshot FROM ticket_workflow_instances WHERE workflow_id = :workflow_id")


async def open_ticket(report: FaultReport, wait: float, as_json: bool) -> None:
    """Open a ticket and say which it is."""
    async with connected(read_settings(), wait=wait) as connection:
        acknowledged = await Intake(connection.client, connection.database, connection.left).open(report)
    ticket = acknowledged.ticket
    if acknowledged.differs:
        err.print(
            f"fieldcare: ticket {ticket.number} was opened before under the key {report.key}, with another "
            f"{' and another '.join(acknowledged.differs)}. It stays as it is; for a new ticket use a new key.",
            markup=False,
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
    async with database_only(read_settings()) as database:
        try:
            rows = await database.rows(SqlFunction.LIST_TICKETS, status, customer, stage, sla, limit, after)
        except DatabaseRefused as error:
            raise BadInput(f"The list can't be made: {error}.") from error
    following = rows[-1]["number"] if len(rows) == limit else None
    troubles = await troubles_of(read_settings(), rows)
    if as_json:
        print_json({"tickets": [{**row, "trouble": troubles.get(row["number"])} for row in rows], "next": following})
        return
    if not rows:
        filtered = any(value is not None for value in (status, customer, stage, sla, after))
        show(out, "No ticket fits." if filtered else "No tickets yet. Open one with `fieldcare ticket open`.")
        return
    show_list(out, rows, troubles)
    if following:
        show(err, f"There may be more: --after {following}")


async def show_one(reference: str, live: bool, wait: float, as_json: bool) -> None:
    """Print a ticket from the database, and live from its workflow where that is asked for or all there is."""
    settings, reference = read_settings(), checked_reference(reference)
    stored: Mapping[str, Any] | None = None
    note = ""
    away: DatabaseUnavailable | None = None
    try:
        async with database_only(settings) as database:
            stored = json_value(await database.call(SqlFunction.GET_TICKET, reference))
    except DatabaseUnavailable as error:
        note = f"{error}; this is the live state from Temporal"
        away = error
    report, workflow = None, None
    if stored is not None and not live:
        workflow = await standing_of(settings, stored["ticket"]["workflow_id"])
    elif live or stored is None:
        try:
            client = await connected_client(settings, wait)
            workflow_id = str(stored["ticket"]["workflow_id"]) if stored else None
            if workflow_id is None:
                found = await find_running(client, reference)
                if found is None:
                    raise unknown(reference)
                workflow_id = found.workflow_id
                note = note or "the database does not have this ticket yet; this is the live state from Temporal"
            workflow = await standing(client, workflow_id)
            if workflow.status is not None or stored is None:  # of what is gone the record tells, with what to do
                report = await live_status(client, workflow_id, wait)
        except TemporalUnavailable as error:
            if away is not None:
                raise Unavailable(f"{away}; nor does Temporal answer: {error.sentence}", *error.remedies) from error
            if stored is None:  # the database says that there is none, and Temporal can't say otherwise
                raise unknown(reference) from error
            raise
    if note:
        err.print(f"fieldcare: {note}", markup=False)
    _print_one(stored, report, workflow, as_json)


async def send(reference: str, command: Command, wait: float, as_json: bool) -> None:
    """Send a command to a ticket and say what it answered."""
    async with connected(read_settings(), wait=wait) as connection:
        found = await find_ticket(connection, reference)
        await _send(connection, found.workflow_id, command, as_json)


async def change_contract(
    reference: str, command_of: Callable[..., ChangeContract], wait: float, as_json: bool
) -> None:
    """Let a ticket go by the terms that the database has now; `command_of` is given them by name."""
    async with connected(read_settings(), wait=wait) as connection:
        terms = await agreed_terms(connection.database, checked_reference(reference))
        if terms is None:
            raise unknown(reference)
        command = command_of(service=terms.service, calendar=terms.calendar)
        await _send(connection, terms.workflow_id, command, as_json)


async def complete_stage(
    reference: str,
    command_of: Callable[[Mapping[str, ActionKind] | None], CompleteStage],
    stage: str,
    *,
    as_signal: bool,
    wait: float,
    as_json: bool,
) -> None:
    """Complete a stage; what its actions take is looked up first, so that the answers are read rightly."""
    async with connected(read_settings(), wait=wait) as connection:
        found = await find_ticket(connection, reference)
        command = command_of(await action_kinds(connection.database, found.workflow_id, stage))
        if not as_signal:
            await _send(connection, found.workflow_id, command, as_json)
            return
        await _commands(connection).signal_stage_completed(found.workflow_id, command)
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


async def action_kinds(database: Database, workflow_id: str, stage: str) -> dict[str, ActionKind] | None:
    """What the required actions of a ticket's stage take; None when the database can't say."""
    try:
        async with database.session() as session:
            snapshot = await session.scalar(_TEMPLATE, {"workflow_id": workflow_id})
    except DatabaseUnavailable:
        return None
    if snapshot is None:
        return None
    template = TemplateSnapshot.model_validate(json_value(snapshot))
    return {action.key: action.kind for one in template.stages if one.key == stage for action in one.required_actions}


def acting(code: str, role: Role) -> Actor:
    """Who acts."""
    return made(Actor, code=code, role=role)


async def _send(connection: Connection, workflow_id: str, command: Command, as_json: bool) -> None:
    command = await looked_up(connection.database, command)
    result = await _commands(connection).send(workflow_id, command)
    if as_json:
        print_json(result)
        return
    show(out, f"{result.number}: {result.message}")


def _commands(connection: Connection) -> TicketCommands:
    database = connection.database
    return TicketCommands(
        connection.client, connection.left, partial(remember, database), partial(put_on_record, database)
    )


def _print_one(
    stored: Mapping[str, Any] | None, report: StatusReport | None, workflow: Standing | None, as_json: bool
) -> None:
    if as_json:
        parts = ("ticket", "unit", "stages", "clocks", "diagnoses", "timeline")
        print_json(
            {
                "source": "database" if stored else "workflow",
                **{part: stored[part] if stored else None for part in parts},
                "notifications": [with_words(one) for one in stored["notifications"]] if stored else None,
                "ledger": account(recorded_ledger(stored)) if stored else None,
                "live": report,
                "workflow": standing_json(workflow),
            }
        )
        return
    if stored:
        ticket = stored["ticket"]
        show_ticket(out, stored, trouble(ticket["number"], ticket["workflow_id"], ticket["status"], workflow))
    if report:
        show_live(out, report, workflow)
