"""What runs by itself, on Temporal Schedules: it belongs to no ticket."""

from __future__ import annotations

from temporalio import workflow

from activities.reconciling.reconciliation import ReconciliationActivities
from models.contracts.reconciliation import ReconcileBatch, Reconciled
from models.identity import RECONCILE_WORKFLOW
from workflows.options import RECONCILE


@workflow.defn(name=RECONCILE_WORKFLOW)
class ReconcileWorkflow:
    """Holds workflows, record and audit trail against each other: all at a glance, and a batch of tickets in full."""

    @workflow.run
    async def run(self, batch: ReconcileBatch) -> Reconciled:
        return await workflow.execute_activity_method(
            ReconciliationActivities.reconcile, batch, summary=f"{batch.tickets} tickets", **RECONCILE
        )


HOUSEKEEPING: tuple[type, ...] = (ReconcileWorkflow,)
"""What a worker serves beside the tickets."""
