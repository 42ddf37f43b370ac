"""What people are told of their commands: the ticket's answer, the same if it comes again, or why there is none."""

from __future__ import annotations

from datetime import timedelta

from temporalio.client import WorkflowExecutionDescription, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from models.attributes import TICKET_NUMBER_ATTRIBUTE
from models.contracts.base import Command
from models.contracts.commands import SAY_ANYWAY, SAY_WHO_APPROVED, CommandResult, Reopen
from models.contracts.state import Refusal, Reply, TicketState
from models.instants import on_the_clock
from starter.failures import CommandRefused, FailureCode, NotConfirmed, Remedy, RemedyKind, UnknownTicket

__all__ = ["CommandNotConfirmed", "CommandRefused", "RefusedAfterEnd", "StateUnknown", "UnknownTicket"]


class RefusedAfterEnd(CommandRefused):
    """The ticket has ended and puts nothing on record any more; whoever sent the command does."""


class CommandNotConfirmed(NotConfirmed):
    """No answer in time. Sending it again with the same command id is safe: it is applied once."""

    code = FailureCode.COMMAND_NOT_CONFIRMED


class StateUnknown(CommandNotConfirmed):
    """Nobody could tell the live state in time."""

    code = FailureCode.STATE_UNKNOWN


ENDED_BEFORE_ANSWER = "AcceptedUpdateCompletedWorkflow"
"""How Temporal's server calls the failure of an update whose workflow was terminated meanwhile."""


def earlier_reply(state: TicketState | None, command: Command) -> Reply | None:
    """What a ticket that is over has answered to this command; None when it never had it, or long ago.

    Raises:
        RefusedAfterEnd: the id is another command's.
    """
    replies = () if state is None else state.replies
    found = next((reply for reply in replies if reply.command_id == command.command_id), None)
    if found is not None and not found.is_to(command):
        raise RefusedAfterEnd(found.belongs_to_another)
    return found


def said(reply: Reply) -> CommandResult:
    """The earlier answer, once more.

    Raises:
        CommandRefused: it was a refusal.
    """
    if isinstance(reply.answer, Refusal):
        raise CommandRefused(reply.answer.message, anew(reply.command_id))
    return reply.answer


def refusal(failed: WorkflowUpdateFailedError, command: Command) -> CommandRefused | CommandNotConfirmed:
    """The ticket's own words; or that its workflow was ended before it could answer, which refuses nothing."""
    cause = failed.cause
    if isinstance(cause, ApplicationError) and cause.type == ENDED_BEFORE_ANSWER:
        return CommandNotConfirmed(
            "The ticket's workflow was ended before it answered, so nobody knows whether the command was applied.",
            again_by_id(command),
        )
    told = cause.message if isinstance(cause, ApplicationError) else str(cause)
    return CommandRefused(told, *_lacking(command, told), anew(command.command_id))


def _lacking(command: Command, told: str) -> tuple[Remedy, ...]:
    """What a command did not say that it was refused for, where a front can say how to say it."""
    if command.actor.role not in command.senders():
        return (Remedy(RemedyKind.OTHER_CAPACITY, ", ".join(command.senders())),)
    if told.endswith(SAY_ANYWAY):
        return (Remedy(RemedyKind.SAY_ANYWAY),)
    return (Remedy(RemedyKind.NAME_APPROVER),) if told.endswith(SAY_WHO_APPROVED) else ()


def crowded(ticket: str, within: timedelta) -> str:
    """That a ticket has more to do than it could do in time."""
    seconds = f"{within.total_seconds():g} s"
    return f"Ticket {ticket} did not come to this command within {seconds}: too many others are before it."


def again_by_id(command: Command) -> Remedy:
    """The remedy for a command of which nobody knows whether it was applied."""
    return Remedy(RemedyKind.SEND_AGAIN, command.command_id)


def anew(command_id: str) -> Remedy:
    """The remedy for a command that was refused: its id keeps that answer, also when nothing stands in its way."""
    return Remedy(RemedyKind.SEND_ANEW, command_id)


def name_of(described: WorkflowExecutionDescription) -> str:
    """What people call the ticket: its number, which Temporal keeps beside it."""
    return described.typed_search_attributes.get(TICKET_NUMBER_ATTRIBUTE) or described.id


def has_ended(described: WorkflowExecutionDescription, zone: str = "UTC") -> str:
    """That a ticket takes no commands any more, and since when, by the clocks of a zone."""
    at = f" since {on_the_clock(described.close_time, zone)}" if described.close_time else ""
    return f"Ticket {name_of(described)} has ended{at}."


def unknown_ticket(ticket: str, command: Command | None = None) -> CommandRefused:
    """That Temporal has no such ticket."""
    if isinstance(command, Reopen):
        return CommandRefused(
            f"Temporal has no ticket {ticket}, or has it no longer: it keeps a closed ticket for as long as the "
            "retention of its namespace says. Open a new ticket."
        )
    return UnknownTicket(
        f"There is no ticket {ticket} in Temporal. One that is on record as open can be brought back.",
        Remedy(RemedyKind.LOOK_TICKET_UP),
        Remedy(RemedyKind.RESCUE, ticket),
    )
