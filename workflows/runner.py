"""How workflow code is run: without the SDK's sandbox, and never going on from what a query made up.

A query that waited while no worker ran comes with the whole history, and the SDK's core (of temporalio 1.35) applies
all of it for the answer: also events that no workflow task has had yet. The run that it leaves in the cache has then
taken them by themselves, in a step of their own; a replay takes them together with what came next, in another order,
and calls that nondeterminism. So such a run is thrown out of the cache once it has answered; the next task replays it.
"""

from __future__ import annotations

from collections.abc import Callable

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowInstance, WorkflowInstanceDetails

LONE_QUERY = "legacy_query"
"""The id that core gives to a query that comes by itself, not with a workflow task."""


class TicketRunner(UnsandboxedWorkflowRunner):
    """Runs workflows without a sandbox (docs/adr/0010), each watched for a query that ran ahead of its tasks.

    Attributes:
        evict: throws a run out of the worker's cache, by its run id; set once there is a worker.
    """

    def __init__(self) -> None:
        self.evict: Callable[[str], None] = lambda _: None

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        instance = super().create_instance(det)
        watched, activate = _Watched(), instance.activate

        def activate_and_watch(activation: WorkflowActivation) -> WorkflowActivationCompletion:
            completion = activate(activation)
            if watched.ran_ahead(activation):
                self.evict(activation.run_id)
            return completion

        instance.activate = activate_and_watch  # type: ignore[method-assign, assignment]  # the instance has many more methods
        return instance


class _Watched:
    """What a run in the cache has been given that was new, not replayed."""

    def __init__(self) -> None:
        self._lengths: set[int] = set()

    def ran_ahead(self, activation: WorkflowActivation) -> bool:
        """Whether this is a lone query, and what the run knows beyond its replay may come from that query's history.

        The core does not say whether a workflow task or a query brought the events. It can only be the query that made
        the run, so a run that has taken events of two lengths of history has had a task since, and is sound.
        """
        queries = [job.query_workflow for job in activation.jobs if job.HasField("query_workflow")]
        if queries:
            return len(self._lengths) == 1 and any(query.query_id == LONE_QUERY for query in queries)
        if not activation.is_replaying:
            self._lengths.add(activation.history_length)
        return False
