"""How workflow code is run: without the SDK's sandbox, and so that any worker groups a history as any other does.

The SDK's core (of temporalio 1.35) hands the events of a history to the workflow in groups, one for each workflow task.
Where a task left no command, core may draw two groups together, and whether it does depends on how much of the history
it has at that moment: a worker that takes a run up in the middle sees another grouping than its replay will. Within a
group messages come first, so what a workflow does by itself (its next write, its next timer) then comes in another
order, and the replay calls that nondeterminism. docs/adr/0019 has the whole story. Two things keep it from happening:

- A task that was given something leaves a command, whatever the workflow made of it (`_Mark`).
- A run that a lone query gave events before their task came is thrown out of the cache (`_Watched`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

from temporalio.bridge.proto.workflow_activation import WorkflowActivation, WorkflowActivationJob
from temporalio.bridge.proto.workflow_commands import WorkflowCommand
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, WorkflowInstance, WorkflowInstanceDetails

from workflows.registry import WORKFLOWS

LONE_QUERY: Final = "legacy_query"
"""The id that core gives to a query that comes by itself, not with a workflow task."""

MARK_LASTS: Final = timedelta(days=3650)
"""Longer than any ticket: the timer of a mark is never to fire."""

IN_HISTORY: Final = frozenset(
    {
        "fire_timer",
        "signal_workflow",
        "cancel_workflow",
        "resolve_activity",
        "resolve_child_workflow_execution_start",
        "resolve_child_workflow_execution",
        "resolve_signal_external_workflow",
        "resolve_request_cancel_external_workflow",
        "resolve_nexus_operation_start",
        "resolve_nexus_operation",
    }
)
"""Jobs that stand for an event. An update that is rejected leaves none, so a task of such alone may leave nothing."""

SURE: Final = frozenset(
    {
        "schedule_activity",
        "upsert_workflow_search_attributes",
        "modify_workflow_properties",
        "start_child_workflow_execution",
        "signal_external_workflow_execution",
        "request_cancel_external_workflow_execution",
        "complete_workflow_execution",
        "fail_workflow_execution",
        "cancel_workflow_execution",
        "continue_as_new_workflow_execution",
    }
)
"""Commands that are an event of the history in any case; a timer is one if it is not cancelled in the same breath."""


class TicketRunner(UnsandboxedWorkflowRunner):
    """Runs workflows without a sandbox (docs/adr/0010), and keeps their tasks apart. Replays need it as well.

    Attributes:
        evict: throws a run out of the worker's cache, by its run id; set once there is a worker.
    """

    def __init__(self) -> None:
        self.evict: Callable[[str], None] = lambda _: None

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        instance = super().create_instance(det)
        watched, mark, activate = _Watched(), _Mark(instance), instance.activate

        def activate_and_watch(activation: WorkflowActivation) -> WorkflowActivationCompletion:
            completion = activate(activation)
            mark.leave(activation, completion)
            if watched.ran_ahead(activation):
                self.evict(activation.run_id)
            return completion

        instance.activate = activate_and_watch  # type: ignore[method-assign, assignment]  # the instance has many more methods
        return instance


def replayer(
    converter: DataConverter = pydantic_data_converter, workflows: Sequence[type] = tuple(WORKFLOWS.values())
) -> Replayer:
    """What replays histories of tickets, as the workers of today would; `converter` opens what was sealed.

    Args:
        workflows: others, where it is not tickets.
    """
    return Replayer(
        workflows=list(workflows),
        data_converter=converter,
        workflow_runner=TicketRunner(),
    )


class _Mark:
    """Lets a task that would leave no command leave one: a timer that never fires is started, the next time cancelled.

    Of all commands that is what costs the server least. A run says in its first task whether it wants that.
    """

    def __init__(self, instance: WorkflowInstance) -> None:
        self._instance: Any = instance
        self._length = 0
        self._timer: int | None = None

    def leave(self, activation: WorkflowActivation, completion: WorkflowActivationCompletion) -> None:
        """Add a command to `completion` where the task was given something and answers nothing.

        What core has to say in a task beyond its events (an activity that the workflow itself has cancelled) comes
        after the task's commands, and may come after its last one: such a step leaves nothing.
        """
        is_task = activation.history_length > self._length
        self._length = max(self._length, activation.history_length)
        if not is_task or not completion.HasField("successful"):
            return
        commands = completion.successful.commands
        kinds = {_kind(job) for job in activation.jobs}
        if "fire_timer" in kinds and any(job.fire_timer.seq == self._timer for job in activation.jobs):
            self._timer = None
        if self._wanted() and kinds & IN_HISTORY and not _leaves_an_event(list(commands)):
            self._add(commands.add())

    def _wanted(self) -> bool:
        """Whether the run is one whose tasks are kept apart (`workflows.patches.TASKS_APART`)."""
        return getattr(self._instance._object, "tasks_apart", False) is True  # no public way to the workflow either

    def _add(self, command: WorkflowCommand) -> None:
        if self._timer is not None:
            command.cancel_timer.seq = self._timer
            self._timer = None
            return
        self._timer = self._instance._next_seq("timer")  # no public way: numbers of timers are the instance's
        command.start_timer.seq = self._timer
        command.start_timer.start_to_fire_timeout.FromTimedelta(MARK_LASTS)
        command.user_metadata.summary.metadata["encoding"] = b"json/plain"
        command.user_metadata.summary.data = b'"Keeps workflow tasks apart"'


class _Watched:
    """Whether a run in the cache may have been given events before the workflow task that they belong to."""

    def __init__(self) -> None:
        self._has_news = False

    def ran_ahead(self, activation: WorkflowActivation) -> bool:
        """Whether this is a lone query, and what the run was given before may have come with it.

        Core does not say whether a workflow task or a query brought the events. So each lone query is suspected of
        what the run has learned since the last one; a run that has learned nothing stays.
        """
        if any(job.HasField("query_workflow") for job in activation.jobs):
            suspected = self._has_news and any(job.query_workflow.query_id == LONE_QUERY for job in activation.jobs)
            self._has_news = self._has_news and not suspected
            return suspected
        self._has_news = self._has_news or not activation.is_replaying
        return False


def _kind(job: WorkflowActivationJob) -> str:
    return job.WhichOneof("variant") or ""


def _leaves_an_event(commands: list[WorkflowCommand]) -> bool:
    """Whether the history will have an event of these commands. In doubt not: a mark too many does no harm."""
    cancelled = {one.cancel_timer.seq for one in commands if one.HasField("cancel_timer")}
    for command in commands:
        kind = command.WhichOneof("variant") or ""
        if kind in SURE:
            return True
        if kind == "start_timer" and command.start_timer.seq not in cancelled:
            return True
        if kind == "update_response" and command.update_response.WhichOneof("response") != "rejected":
            return True
    return False
