"""The ticket of a unit that we service ourselves."""

from __future__ import annotations

from temporalio import workflow

from models.contracts.tickets import TicketInput, TicketResult
from models.identity import SERVICE_TICKET_WORKFLOW
from workflows.lifecycle import TicketLifecycle


@workflow.defn(name=SERVICE_TICKET_WORKFLOW)
class ServiceTicketWorkflow(TicketLifecycle):
    """Diagnosis, parts, repair, sign-off: by our engineers, under our clocks."""

    @workflow.run
    async def run(self, ticket: TicketInput) -> TicketResult:  # noqa: ARG002  # @workflow.init has it
        return await self._live()
