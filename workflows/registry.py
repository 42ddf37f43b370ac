"""The registry that a template's `workflow_type` is looked up in; the worker serves what stands here."""

from __future__ import annotations

from models.identity import MANUFACTURER_SERVICE_WORKFLOW, SERVICE_TICKET_WORKFLOW
from workflows.manufacturer_service import ManufacturerServiceWorkflow
from workflows.service_ticket import ServiceTicketWorkflow

WORKFLOWS: dict[str, type] = {
    SERVICE_TICKET_WORKFLOW: ServiceTicketWorkflow,
    MANUFACTURER_SERVICE_WORKFLOW: ManufacturerServiceWorkflow,
}
