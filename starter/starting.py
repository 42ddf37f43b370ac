"""How a ticket's workflow is started: for a new ticket, and for one that is opened again or rescued."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import Priority as QueuePriority
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)

from models.attributes import CUSTOMER_ATTRIBUTE, EQUIPMENT_TYPE_ATTRIBUTE, TEMPLATE_ATTRIBUTE, TICKET_NUMBER_ATTRIBUTE
from models.contracts.tickets import TicketInput
from models.identity import workflow_id
from models.vocabulary import Priority
from workflows.attributes import Attributes
from workflows.engine.report import headline
from workflows.options import TASK_TIMEOUT
from workflows.patches import CURRENT

QUEUE_PRIORITIES = {Priority.P1: 1, Priority.P2: 2, Priority.P3: 3, Priority.P4: 4}


def start_of(
    ticket: TicketInput, task_queue: str, reuse: WorkflowIDReusePolicy
) -> WithStartWorkflowOperation[Any, Any]:
    """The start that an update comes with; a run that is there already is used as it is.

    Args:
        reuse: whether there may have been a run of that id that has ended.
    """
    return WithStartWorkflowOperation(
        ticket.template.workflow_type,
        ticket.model_copy(update={"behaviour": CURRENT}),
        id=workflow_id(ticket.number, ticket.key),
        task_queue=task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=reuse,
        **_shown(ticket),
    )


async def start_further(
    client: Client, ticket: TicketInput, id_: str, task_queue: str, reuse: WorkflowIDReusePolicy
) -> str:
    """Start a run that goes on from what `ticket` carries, and return its run id.

    Raises:
        WorkflowAlreadyStartedError: one is running, or has ended in a way that `reuse` does not allow to follow.
    """
    handle = await client.start_workflow(
        ticket.template.workflow_type,
        ticket.model_copy(update={"behaviour": CURRENT}),
        id=id_,
        task_queue=task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
        id_reuse_policy=reuse,
        **_shown(ticket),
    )
    return handle.first_execution_run_id or ""


def _shown(ticket: TicketInput) -> dict[str, Any]:
    """What every start has: what lists and the Temporal UI show at once, and how long a step may take."""
    current = (ticket.carried.priority if ticket.carried else None) or ticket.priority
    return {
        "static_summary": headline(ticket, current),
        "static_details": static_details(ticket),
        "search_attributes": _search_attributes(ticket),
        "priority": QueuePriority(priority_key=QUEUE_PRIORITIES[current]),
        "task_timeout": TASK_TIMEOUT,
        "result_type": dict,
    }


def static_details(ticket: TicketInput) -> str:
    """What the Temporal UI shows of a ticket from its first moment on. The description is not in it: it is free text
    and may name a patient.
    """
    unit, template, service = ticket.unit, ticket.template, ticket.service
    return "\n".join(
        (
            f"- **Unit:** {unit.equipment_type} {unit.serial} ({unit.manufacturer} {unit.model})".rstrip(),
            f"- **Site:** {unit.customer_name}, {unit.site_name} ({unit.installed_context.value}, {unit.time_zone})",
            f"- **Template:** {template.name} v{template.version}, chosen by {template.selected_by.value}",
            f"- **Service:** {service.service_provider.value}, response within "
            f"{service.response_target.total_seconds() / 3600:g} h",
        )
    )


def _search_attributes(ticket: TicketInput) -> TypedSearchAttributes:
    return TypedSearchAttributes(
        [
            SearchAttributePair(EQUIPMENT_TYPE_ATTRIBUTE, ticket.unit.equipment_type),
            SearchAttributePair(CUSTOMER_ATTRIBUTE, ticket.unit.customer_code),
            SearchAttributePair(TEMPLATE_ATTRIBUTE, ticket.template.code),
            SearchAttributePair(TICKET_NUMBER_ATTRIBUTE, ticket.number),
            *Attributes.at_start(ticket, datetime.now(UTC)).pairs(),
        ]
    )
