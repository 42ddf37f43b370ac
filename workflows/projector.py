"""From facts to writes: what has happened to a ticket goes to the database, one batch at a time, oldest first.

When the database is away facts wait in the ticket's state, and the ticket goes on.
"""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.records import RecordActivities
from models.contracts.facts import StagesMoved
from models.contracts.projection import OpenTicketRecord, RecordFacts, RecordFactsResult, TicketRow
from models.contracts.tickets import TicketInput
from workflows.engine.report import write_summary
from workflows.engine.ticket import TicketEngine
from workflows.options import DB_WRITE

LARGEST_BATCH = 200
"""Facts in one write; what a database outage piles up goes out in several."""


class Projector:
    """One a ticket, so that facts are written in their order."""

    def __init__(self, ticket: TicketInput, engine: TicketEngine) -> None:
        self._ticket = ticket
        self._engine = engine

    async def run(self) -> None:
        """Write facts as they come, one batch at a time, oldest first, for as long as the workflow lives."""
        state = self._engine.state
        while True:
            await workflow.wait_condition(lambda: bool(state.unstored))
            try:
                result = await self._write()
            except ActivityError:
                # Only a fault in our own code gets here: faults of the world are retried without end. The ticket must
                # outlive it, so the write is tried again until a repaired worker takes it.
                workflow.logger.exception("A write of the projection failed for good; trying it again")
                await workflow.sleep(timedelta(minutes=1), summary="Projection write failed")
                continue
            self._engine.story.stored(result.stored)

    async def _write(self) -> RecordFactsResult:
        facts = tuple(self._engine.state.unstored[:LARGEST_BATCH])
        if self._engine.state.stored == 0:
            return await workflow.execute_activity_method(
                RecordActivities.open_ticket,
                OpenTicketRecord(ticket=self._row(), facts=facts),
                summary=f"Open {self._ticket.number}",
                **DB_WRITE,
            )
        record = RecordFacts(ticket_id=self._ticket.ticket_id, facts=facts)
        moves = any(isinstance(fact, StagesMoved) for fact in facts)
        return await workflow.execute_activity_method(
            RecordActivities.transition_to_next_stage if moves else RecordActivities.record_facts,
            record,
            summary=write_summary(facts),
            **DB_WRITE,
        )

    def _row(self) -> TicketRow:
        ticket, info = self._ticket, workflow.info()
        return TicketRow(
            ticket_id=ticket.ticket_id,
            number=ticket.number,
            key=ticket.key,
            workflow_id=info.workflow_id,
            run_id=info.first_execution_run_id,
            equipment_id=ticket.unit.equipment_id,
            customer_id=ticket.unit.customer_id,
            site_id=ticket.unit.site_id,
            service_configuration_id=ticket.service.configuration_id,
            description=ticket.description,
            priority=ticket.priority.value,
            reporter=ticket.reporter,
            opened_at=self._engine.state.opened_at,
            template_id=ticket.template.template_id,
            template_snapshot=ticket.template.model_dump(mode="json"),
            unit=ticket.unit.model_dump(mode="json"),
            service=ticket.service.model_dump(mode="json"),
            calendar_snapshot=ticket.calendar.model_dump(mode="json"),
        )
