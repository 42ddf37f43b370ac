"""What people do to a ticket that they name as they like: it is found, told, and its answer is theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from models.access import Action
from models.contracts.base import Command
from models.contracts.commands import AssignEngineer, CommandResult, CompleteStage, Hold
from models.contracts.intake import Acknowledgement, FaultReport
from models.database import DatabaseUnavailable
from models.database_calls import Calls
from models.principals import Whose
from models.vocabulary.stages import ActionKind
from starter.accounts.approving import approved
from starter.accounts.gate import actor_for, check, guard
from starter.accounts.reporting import admitted
from starter.agreed_terms import agreed_terms
from starter.answers import CommandRefused
from starter.commands import TicketCommands
from starter.failures import BadInput
from starter.intake import Intake
from starter.late_refusals import put_on_record
from starter.lookups import as_known, looked_up
from starter.reading.actions import action_kinds
from starter.reading.finding import FoundTicket, Say, checked_reference, find_on_record, unknown
from starter.reading.running import find_ticket
from starter.rescuing.record import remember
from starter.services import Connection
from starter.suggesting import did_you_mean, resembling_engineers

Asked = TypeVar("Asked", bound=Command)


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of who acts.

    Attributes:
        role: whether the capacity was said.
        code: whether the code was. Who did not say it is at the desk, whoever they reported the fault for.
    """

    role: bool = True
    code: bool = True


ALL = Said()


@dataclass(frozen=True, slots=True)
class Known:
    """A ticket that whoever asks may know of.

    Attributes:
        whose: None: nobody in particular asks.
    """

    ticket: FoundTicket
    whose: Whose | None


def unheard(_: str) -> None:
    """Remarks beside an answer that nobody hears: programs and pages go by what is answered."""


CompletionOf = Callable[[Mapping[str, ActionKind] | None], CompleteStage]
"""Makes the command, once it is known what the stage's required actions take; None: nobody can say."""


async def report(connection: Connection, fault: FaultReport, *, said: Said = ALL) -> Acknowledgement:
    """Open a ticket; see `act()` for who does it, and `Intake.open()` for the rest."""
    database = connection.database
    intake = Intake(connection.client, database, connection.left)
    if database.principal is None:
        reporter = await as_known(database, fault.reporter, role_said=said.role)
    else:
        check(database, Action.REPORT)  # before it is looked at which units and keys there are
        unit, existing = await intake.look_up(fault)
        reporter = await admitted(database, fault, unit, existing, role_said=said.role, by_said=said.code)
    return await intake.open(fault.model_copy(update={"reporter": reporter}))


async def known(database: Calls, reference: str) -> Known | None:
    """The ticket by what is on record; None: it is not there yet, or there is none.

    Raises:
        UnknownTicket: whoever asks may know of none.
    """
    reference = checked_reference(reference)
    whose = await guard(database, Action.READ, reference)
    found = await find_on_record(database, reference)
    return None if found is None else Known(found, whose)


async def act(
    connection: Connection,
    reference: str,
    command: Command,
    say: Say = unheard,
    *,
    said: Said = ALL,
    found: Known | None = None,
) -> CommandResult:
    """Send a command to a ticket and return what it answered.

    Args:
        found: the ticket, where it was looked up for whoever asks already.
        said: what somebody said of its actor. Who does not say in which capacity acts as what they are known for.
            Whoever has signed in acts as themselves, on behalf of whom they say.

    Raises:
        NotAllowed: whoever has signed in may not.
        UnknownTicket, CommandRefused, CommandNotConfirmed, TemporalUnavailable: as they say.
    """
    if found is None:
        whose = await guard(connection.database, Action.READ, reference)
        found = Known(await find_ticket(connection, reference, say), whose)
    _not_signed(command)
    ticket = found.ticket
    command = await by_whom_they_are(connection, ticket.workflow_id, command, say, said=said, whose=found.whose)
    if isinstance(command, Hold):
        command = await approved(connection.database, ticket.workflow_id, command)
    command = await looked_up(connection.database, command, ticket.workflow_id)
    try:
        return await commands_of(connection).send(ticket.workflow_id, command, ticket.number)
    except CommandRefused as refused:
        if not isinstance(command, AssignEngineer) or command.engineer is not None:
            raise
        near = did_you_mean(await resembling_engineers(connection.database, command.engineer_code))
        raise type(refused)(f"{refused.sentence}{near}", *refused.remedies) from refused


async def change_contract(
    connection: Connection, reference: str, command_of: Callable[..., Command], say: Say = unheard, *, said: Said = ALL
) -> CommandResult:
    """Let a ticket go by the terms that the database has now; `command_of` is given them by name.

    Raises:
        NoTerms: there is nothing that could be agreed on.
        UnknownTicket, CommandRefused, CommandNotConfirmed, TemporalUnavailable: as they say.
    """
    reference = checked_reference(reference)
    whose = await guard(connection.database, Action.READ, reference)
    terms = await agreed_terms(connection.database, reference)
    if terms is None:
        raise await unknown(connection.database, reference)
    command = command_of(service=terms.service, calendar=terms.calendar)
    command = await by_whom_they_are(connection, terms.workflow_id, command, say, said=said, whose=whose)
    return await commands_of(connection).send(terms.workflow_id, command, terms.number)


async def complete_stage(
    connection: Connection,
    reference: str,
    stage: str,
    command_of: CompletionOf,
    say: Say = unheard,
    *,
    said: Said = ALL,
) -> CommandResult:
    """Complete a stage; what its actions take is looked up first, so that the answers are read rightly."""
    found, command = await _completion(connection, reference, stage, command_of, say, said=said)
    return await commands_of(connection).send(found.workflow_id, command, found.number)


async def signal_completion(
    connection: Connection, reference: str, stage: str, command_of: CompletionOf, say: Say, *, said: Said = ALL
) -> tuple[FoundTicket, CompleteStage]:
    """The same for who can't wait: a refusal stands in the ticket's timeline only."""
    found, command = await _completion(connection, reference, stage, command_of, say, said=said)
    await commands_of(connection).signal_stage_completed(found.workflow_id, command, found.number)
    return found, command


async def _completion(
    connection: Connection, reference: str, stage: str, command_of: CompletionOf, say: Say, *, said: Said
) -> tuple[FoundTicket, CompleteStage]:
    whose = await guard(connection.database, Action.READ, reference)
    found = await find_ticket(connection, reference, say)
    command = command_of(await action_kinds(connection.database, found.workflow_id, stage))
    _not_signed(command)
    command = await by_whom_they_are(connection, found.workflow_id, command, say, said=said, whose=whose)
    return found, command


async def by_whom_they_are(
    connection: Connection, workflow_id: str, command: Asked, say: Say, *, said: Said, whose: Whose | None = None
) -> Asked:
    """The command, by its actor as they are known: how their code is written, and in which capacity they act.

    Whoever has signed in is its actor, whatever it says.

    Args:
        whose: the ticket is, where that was looked up already.
    """
    database = connection.database
    if database.principal is not None:
        actor = await actor_for(database, workflow_id, command, whose, role_said=said.role, by_said=said.code)
        return command.model_copy(update={"actor": actor})
    try:
        known_to = workflow_id if said.code else None
        actor = await as_known(database, command.actor, known_to, role_said=said.role)
    except DatabaseUnavailable:
        if not said.role:
            say(f"nobody can say who {command.actor.code} is; recorded as {command.actor.role.value}")
        return command
    return command.model_copy(update={"actor": actor})


def _not_signed(command: Command) -> None:
    """A signature is made where somebody signs (`starter.signing`), and brought by nobody else."""
    if isinstance(command, CompleteStage) and command.signature is not None:
        raise BadInput(
            "A signature is not sent along: whoever signs shows who they are at that moment. Sign the stage."
        )


def commands_of(connection: Connection) -> TicketCommands:
    """What sends commands over a connection, as long as may be waited."""
    database = connection.database
    return TicketCommands(
        connection.client,
        connection.left,
        partial(remember, database),
        partial(put_on_record, database),
        connection.turns,
    )
