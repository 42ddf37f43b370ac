"""The ticket of a unit that its manufacturer services: handed over, watched, and accepted by our coordinator.

What differs from our own tickets is in the template's stages (who performs them) and in the service configuration (the
manufacturer's response target); both run on the same engine. The desk is told when a stage of its own begins.
"""

from __future__ import annotations

from temporalio import workflow

from models.contracts.tickets import TicketInput, TicketResult
from models.identity import MANUFACTURER_SERVICE_WORKFLOW
from workflows.lifecycle import TicketLifecycle


@workflow.defn(name=MANUFACTURER_SERVICE_WORKFLOW)
class ManufacturerServiceWorkflow(TicketLifecycle):
    """Hand-over, the manufacturer's response and visit, our acceptance."""

    @workflow.run
    async def run(self, ticket: TicketInput) -> TicketResult:  # noqa: ARG002  # @workflow.init has it
        return await self._live()
