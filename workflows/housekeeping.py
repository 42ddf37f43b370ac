"""What runs by itself, on Temporal Schedules: it belongs to no ticket."""

from __future__ import annotations

from temporalio import workflow

from activities.reconciling.reconciliation import ReconciliationActivities
from activities.sealing import SealingActivities
from models.contracts.reconciliation import ReconcileBatch, Reconciled
from models.contracts.sealing import Sealed, SealTrail
from models.identity import RECONCILE_WORKFLOW, SEAL_WORKFLOW
from workflows.dispatch import DispatchWorkflow
from workflows.options import RECONCILE, SEAL


@workflow.defn(name=RECONCILE_WORKFLOW)
class ReconcileWorkflow:
    """Holds workflows, record and audit trail against each other: all at a glance, and a batch of tickets in full."""

    @workflow.run
    async def run(self, batch: ReconcileBatch) -> Reconciled:
        return await workflow.execute_activity_method(
            ReconciliationActivities.reconcile, batch, summary=f"{batch.tickets} tickets", **RECONCILE
        )


@workflow.defn(name=SEAL_WORKFLOW)
class SealWorkflow:
    """Seals the audit trail. What the run before it has written down elsewhere it learns from that run's result."""

    @workflow.run
    async def run(self, trail: SealTrail) -> Sealed:
        before = workflow.get_last_completion_result(Sealed)
        if before is not None:
            trail = SealTrail(written_down=max(before.written_down, trail.written_down))
        return await workflow.execute_activity_method(SealingActivities.seal, trail, **SEAL)


HOUSEKEEPING: tuple[type, ...] = (ReconcileWorkflow, SealWorkflow, DispatchWorkflow)
"""What a worker serves beside the tickets."""
