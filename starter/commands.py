"""What people may do to a running ticket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from temporalio.client import (
    Client,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
)
from temporalio.service import RPCError

from models.contracts.base import Command
from models.contracts.commands import CommandResult, CompleteStage, Reopen
from models.contracts.state import Reply
from models.contracts.status import StatusReport
from models.contracts.tickets import TicketInput
from models.identity import CARRIED_QUERY, STAGE_COMPLETED_SIGNAL, STATUS_QUERY
from starter.answers import (
    CommandNotConfirmed,
    CommandRefused,
    RefusedAfterEnd,
    StateUnknown,
    UnknownTicket,
    again_by_id,
    crowded,
    earlier_reply,
    has_ended,
    refusal,
    said,
    unknown_ticket,
)
from starter.calling import NoAnswer, NotThere, TemporalRefuses, TemporalUnavailable, answered, is_there
from starter.failures import Remedy, RemedyKind, Told
from starter.late_refusals import PutOnRecord
from starter.reopening import Remember, try_to_reopen
from starter.standstill import unanswered, why
from starter.troubles import PASSING, Trouble, away_in_words, trouble_of
from starter.turns import Turns
from starter.waits import ANSWER_WITHIN

__all__ = ["CommandNotConfirmed", "CommandRefused", "StateUnknown", "TicketCommands", "UnknownTicket"]

MEANWHILE = 0.1
"""Seconds until a ticket that has just ended, or was just opened again, is asked once more."""


@dataclass(slots=True)
class _Sending:
    """How far a command has come.

    Attributes:
        name: what people call the ticket, as far as that is known.
    """

    name: str
    had_its_turn: bool = False
    ended: WorkflowExecutionDescription | None = None
    """The run that takes no commands any more, once it is known that there is nothing but that."""


class TicketCommands:
    """Sends commands to tickets by their workflow ids; see `Database` for finding those by number.

    Keep one for all senders of a process: they take turns at each ticket. Whoever knows a ticket's number passes it as
    `called`, so that whoever reads an answer reads that.

    Args:
        remember: for reopening a ticket whose workflow can't tell any more what it knew at its end.
        put_on_record: for what a ticket refuses after its end, when it writes nothing any more.
        turns: at the tickets, where others of the process send to them as well.
    """

    def __init__(
        self,
        client: Client,
        answer_within: timedelta = ANSWER_WITHIN,
        remember: Remember | None = None,
        put_on_record: PutOnRecord | None = None,
        turns: Turns | None = None,
    ) -> None:
        self._client = client
        self._remember = remember
        self._put_on_record = put_on_record
        self._answer_within = answer_within
        self._turns = turns or Turns()

    async def send(self, workflow_id: str, command: Command, called: str | None = None) -> CommandResult:
        """Send a command as an update and return the ticket's answer; it is sent again while Temporal is away.

        A command that was answered before, by whatever way it came, gets the same answer, also after the ticket closed.

        Raises:
            CommandRefused: a business refusal, or the ticket has ended.
            UnknownTicket: no such ticket.
            CommandNotConfirmed: no worker answered in time.
            TemporalUnavailable: nothing answers.
        """
        sending = _Sending(called or workflow_id)

        async def once() -> CommandResult | None:
            async with self._on_record(workflow_id, command):
                if isinstance(command, Reopen):
                    return await try_to_reopen(self._client, workflow_id, command, self._remember)
                return await self._try_to_update(workflow_id, command, sending)

        async def in_turn() -> CommandResult:
            async with self._turns.at(workflow_id):
                sending.had_its_turn = True
                while True:
                    result = await once()
                    if result is not None:
                        return result
                    await asyncio.sleep(MEANWHILE)

        try:
            return await answered(in_turn, self._answer_within)
        except WorkflowUpdateFailedError as failed:
            raise refusal(failed, command) from failed
        except NoAnswer as silence:
            raise await self._unanswered(workflow_id, command, sending, silence.trouble) from silence
        except NotThere as missing:
            raise unknown_ticket(sending.name, command) from missing
        except TemporalRefuses:
            raise
        except TemporalUnavailable as away:
            raise TemporalUnavailable.of(away.told, again_by_id(command)) from away

    async def signal_stage_completed(self, workflow_id: str, command: CompleteStage, called: str | None = None) -> None:
        """Send a completion as a signal, for callers that can't wait; a refusal is in the audit trail.

        Raises:
            CommandRefused: the ticket has ended, and never had this command.
            UnknownTicket, CommandNotConfirmed, TemporalUnavailable: as for `send()`.
        """
        sending = _Sending(called or workflow_id, had_its_turn=True)
        handle = self._client.get_workflow_handle(workflow_id)

        async def signal() -> None:
            while True:
                try:
                    return await handle.signal(STAGE_COMPLETED_SIGNAL, command)
                except RPCError as error:
                    if trouble_of(error) is not Trouble.NOT_THERE:
                        raise
                async with self._on_record(workflow_id, command):
                    if await self._reply_of_ended(workflow_id, command, sending) is not None:
                        return None
                await asyncio.sleep(MEANWHILE)

        try:
            await answered(signal, self._answer_within)
        except NoAnswer as silence:
            raise await self._unanswered(workflow_id, command, sending, silence.trouble) from silence
        except NotThere as missing:
            raise unknown_ticket(sending.name, command) from missing

    async def status(self, workflow_id: str, called: str | None = None) -> StatusReport:
        """The live state, from the workflow itself.

        Raises:
            UnknownTicket: there is none.
            StateUnknown: no worker answers, or the ticket can't go on.
            TemporalUnavailable: nothing answers.
        """
        handle = self._client.get_workflow_handle(workflow_id)

        async def ask() -> StatusReport:
            report: StatusReport = await handle.query(STATUS_QUERY, result_type=StatusReport)
            return report

        try:
            return await answered(ask, self._answer_within, PASSING - {Trouble.TASK_FAILS})
        except NoAnswer as silence:
            if silence.trouble is None and not await is_there(self._client):
                gone = away_in_words("nothing came back")
                raise TemporalUnavailable.of(gone) from silence
            failed = silence.trouble is Trouble.TASK_FAILS
            told = await unanswered(self._client, workflow_id, self._answer_within, called=called, task_failed=failed)
            raise StateUnknown.of(told, Remedy(RemedyKind.LOOK_AT_RECORD)) from silence
        except NotThere as missing:
            raise unknown_ticket(called or workflow_id) from missing

    @asynccontextmanager
    async def _on_record(self, workflow_id: str, command: Command) -> AsyncIterator[None]:
        """What is refused here because the ticket has ended is put on record; its workflow can't do it any more."""
        try:
            yield
        except RefusedAfterEnd as refused:
            if self._put_on_record is not None:
                await self._put_on_record(workflow_id, command, str(refused))
            raise

    # -- one try -----------------------------------------------------------------------------------------------------

    async def _try_to_update(self, workflow_id: str, command: Command, sending: _Sending) -> CommandResult | None:
        """The answer; None when the ticket was opened again while it was being asked."""
        handle = self._client.get_workflow_handle(workflow_id)
        try:
            result: CommandResult = await handle.execute_update(
                command.update, command, id=command.delivery_id, result_type=CommandResult
            )
            return result
        except RPCError as error:
            if trouble_of(error) is not Trouble.NOT_THERE:
                raise
        reply = await self._reply_of_ended(workflow_id, command, sending)
        return None if reply is None else said(reply)

    async def _reply_of_ended(self, workflow_id: str, command: Command, sending: _Sending) -> Reply | None:
        """What a ticket that takes no commands any more has answered to this one; None when it is open again.

        It may have come as a signal, or to an earlier run: then Temporal does not know it as an update.

        Raises:
            CommandRefused: the ticket has ended, and never had this command.
        """
        described = await self._client.get_workflow_handle(workflow_id).describe()
        if described.status is WorkflowExecutionStatus.RUNNING:
            sending.ended = None
            return None
        sending.ended = described
        ended = self._client.get_workflow_handle(workflow_id, run_id=described.run_id)
        try:
            knew: TicketInput = await ended.query(CARRIED_QUERY, result_type=TicketInput)
        except WorkflowQueryFailedError as failed:
            raise CommandRefused(
                f"{has_ended(described)} Whether it had this command before, it can't tell ({failed})."
            ) from failed
        reply = earlier_reply(knew.carried, command)
        if reply is None:
            standstill = await why(self._client, workflow_id)
            if standstill is not None and standstill.finding is not None:  # its workflow was ended, not the ticket
                raise CommandRefused.of(standstill.told)
            ended_at = has_ended(described, knew.unit.time_zone)
            raise RefusedAfterEnd(f"{ended_at} If the fault is back, reopen it or open a new ticket.")
        return reply

    # -- words -------------------------------------------------------------------------------------------------------

    async def _unanswered(
        self, workflow_id: str, command: Command, sending: _Sending, trouble: Trouble | None
    ) -> CommandNotConfirmed | TemporalUnavailable:
        """Why a command got no answer in time, as far as that can be found out now."""
        if trouble is None and sending.had_its_turn and not await is_there(self._client):
            gone = away_in_words("nothing came back")
            return TemporalUnavailable.of(gone, again_by_id(command))
        if sending.ended is not None:
            told = Told(
                f"{has_ended(sending.ended)} Whether it had this command before can't be asked: no worker answers.",
                (Remedy(RemedyKind.START_WORKER),),
            )
        elif trouble is Trouble.CROWDED or not sending.had_its_turn:
            told = Told(crowded(sending.name, self._answer_within))
        else:
            failed = trouble is Trouble.TASK_FAILS
            told = await unanswered(
                self._client, workflow_id, self._answer_within, called=sending.name, task_failed=failed
            )
        return CommandNotConfirmed.of(told, again_by_id(command))
