"""What a run knew that its record does not have: read from its history, which is there also where it does not replay.

Whatever Temporal has accepted it has promised to keep. Facts stand in the inputs of the writes that were to store them;
commands stand in the events of updates and signals.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from temporalio.api.common.v1 import Payloads
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.update.v1 import Request
from temporalio.client import WorkflowHistory
from temporalio.converter import DataConverter

from models.contracts.base import Command
from models.contracts.commands import COMMANDS, CommandResult, CompleteStage
from models.contracts.facts import Fact
from models.contracts.projection import OpenTicketRecord, RecordFacts
from models.contracts.tickets import TicketInput
from models.identity import STAGE_COMPLETED_SIGNAL

ACKNOWLEDGED = "acknowledged"
SIGNALLED = "taken as a signal"
UNANSWERED = "accepted and not answered"

_COMMANDS = {command.update: command for command in COMMANDS}
_WRITES = frozenset({"record_facts", "transition_to_next_stage"})
_OPENING = "open_ticket"


@dataclass(frozen=True, slots=True)
class TakenCommand:
    """A command that the run had taken.

    Attributes:
        at: when it was applied; of one that was not, when it was taken.
        applied: whether it had been, so that it belongs to that moment and not to the one of the rescue.
        promised: whether whoever sent it was told that it is done.
    """

    command: Command
    how: str
    at: datetime
    applied: bool
    promised: bool = False


@dataclass(frozen=True, slots=True)
class Illegible:
    """A message that is no command, though it came where commands come: nobody can say what it was to do.

    Attributes:
        message_id: of the update; of a signal, which event it is.
        name: of the signal or update.
    """

    message_id: str
    name: str
    how: str
    at: datetime


@dataclass(slots=True)
class LastWords:
    """What a history says.

    Attributes:
        told: facts that were to be stored, by their sequence numbers.
        commands: in the order in which they were taken.
        illegible: messages that are no commands.
    """

    told: dict[int, Fact] = field(default_factory=dict)
    commands: list[TakenCommand] = field(default_factory=list)
    illegible: list[Illegible] = field(default_factory=list)


async def last_words(history: WorkflowHistory, converter: DataConverter) -> LastWords:
    """Everything that a history says of facts and commands, whether the record has it or not."""
    reader = _Reader(converter)
    for event in history.events:
        await reader.read(event)
    return reader.words()


class _Reader:
    def __init__(self, converter: DataConverter) -> None:
        self._converter = converter
        self._words = LastWords()
        self._task_at = datetime.min.replace(tzinfo=UTC)
        """When the workflow task began that is being read: what the workflow took for the time."""
        self._tasks_done = 0
        self._taken: dict[str, TakenCommand] = {}
        self._signals: list[tuple[int, TakenCommand]] = []

    async def read(self, event: HistoryEvent) -> None:
        match event.event_type:
            case EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED:
                self._task_at = _time(event)
            case EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
                self._tasks_done += 1
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
                await self._started(event.workflow_execution_started_event_attributes.input)
            case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
                scheduled = event.activity_task_scheduled_event_attributes
                await self._scheduled(scheduled.activity_type.name, scheduled.input)
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
                await self._accepted(event.workflow_execution_update_accepted_event_attributes.accepted_request)
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED:
                await self._answered(event)
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
                await self._signalled(event)
            case _:
                pass

    def words(self) -> LastWords:
        """A signal has been taken by the workflow if a task was done after it came."""
        for tasks_before, taken in self._signals:
            applied = self._tasks_done > tasks_before
            one = TakenCommand(taken.command, taken.how, taken.at, applied)
            self._taken.setdefault(taken.command.command_id, one)
        self._words.commands = sorted(self._taken.values(), key=lambda one: one.at)
        return self._words

    # -- inside ------------------------------------------------------------------------------------------------------

    async def _started(self, payloads: Payloads) -> None:
        ticket: TicketInput = await self._one(payloads, TicketInput)
        if ticket.carried is not None:  # what the run before had not stored yet
            self._words.told.update((fact.sequence, fact) for fact in ticket.carried.unstored)

    async def _scheduled(self, name: str, payloads: Payloads) -> None:
        if name in _WRITES or name == _OPENING:
            record: RecordFacts | OpenTicketRecord = await self._one(
                payloads, OpenTicketRecord if name == _OPENING else RecordFacts
            )
            self._words.told.update((fact.sequence, fact) for fact in record.facts)

    async def _accepted(self, request: Request) -> None:
        name, update_id = request.input.name, request.meta.update_id
        if (kind := _COMMANDS.get(name)) is None:
            return
        command = await self._command(request.input.args, kind)
        if command is None:
            self._words.illegible.append(Illegible(update_id, name, UNANSWERED, self._task_at))
        else:
            self._taken[update_id] = TakenCommand(command, UNANSWERED, self._task_at, False)

    async def _signalled(self, event: HistoryEvent) -> None:
        signal = event.workflow_execution_signaled_event_attributes
        if signal.signal_name != STAGE_COMPLETED_SIGNAL:
            return
        command = await self._command(signal.input, CompleteStage)
        if command is None:
            which = f"of event {event.event_id}"
            self._words.illegible.append(Illegible(which, signal.signal_name, SIGNALLED, _time(event)))
        else:
            self._signals.append((self._tasks_done, TakenCommand(command, SIGNALLED, _time(event), False)))

    async def _answered(self, event: HistoryEvent) -> None:
        completed = event.workflow_execution_update_completed_event_attributes
        taken = self._taken.get(completed.meta.update_id)
        if taken is None:
            return
        at, promised = self._task_at, completed.outcome.HasField("success")
        if promised:
            result: CommandResult = await self._one(completed.outcome.success, CommandResult)
            at = result.applied_at
        self._taken[completed.meta.update_id] = TakenCommand(taken.command, ACKNOWLEDGED, at, True, promised)

    async def _command(self, payloads: Payloads, kind: type[Command]) -> Command | None:
        """The command that a message brings; None: whatever it brings is none. Anybody can send anything."""
        try:
            found = await self._one(payloads, kind)
        except Exception:  # converters and models raise what they like
            return None
        return found if isinstance(found, kind) else None

    async def _one(self, payloads: Payloads, kind: type[Any]) -> Any:
        return (await self._converter.decode(payloads.payloads, [kind]))[0]


def _time(event: HistoryEvent) -> datetime:
    at: datetime = event.event_time.ToDatetime(tzinfo=UTC)
    return at
