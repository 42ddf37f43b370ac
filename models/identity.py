"""Every name that two sides must agree on: task queues, workflow ids, message names, search attribute keys."""

from __future__ import annotations

import re
from typing import NewType
from uuid import UUID, uuid5

from temporalio.common import SearchAttributeKey

TicketId = NewType("TicketId", UUID)
ClockId = NewType("ClockId", UUID)

TICKETS_QUEUE = "fieldcare-tickets"
"""Workflows and the projection writes that belong to them (see docs/adr/0003)."""

SERVICE_TICKET_WORKFLOW = "ServiceTicketWorkflow"
MANUFACTURER_SERVICE_WORKFLOW = "ManufacturerServiceWorkflow"
WORKFLOW_TYPES = (SERVICE_TICKET_WORKFLOW, MANUFACTURER_SERVICE_WORKFLOW)
"""What a template's `workflow_type` may name; intake refuses any other before anything starts."""

OPENED_UPDATE = "opened"
ASSIGN_ENGINEER_UPDATE = "assign_engineer"
COMPLETE_STAGE_UPDATE = "complete_stage"
HOLD_UPDATE = "hold"
RESUME_UPDATE = "resume"
SKIP_STAGE_UPDATE = "skip_stage"
CANCEL_UPDATE = "cancel"
CHANGE_PRIORITY_UPDATE = "change_priority"
CHANGE_CONTRACT_UPDATE = "change_contract"
START_TRAVEL_UPDATE = "start_travel"
ARRIVE_ON_SITE_UPDATE = "arrive_on_site"
REOPEN_UPDATE = "reopen"
STAGE_COMPLETED_SIGNAL = "stage_completed"
STATUS_QUERY = "status"
CARRIED_QUERY = "carried"
"""The input with which a further run would go on from where this one stands."""

REFUSED = "Refused"
"""`ApplicationError.type` of a business refusal: the message is for the person who asked."""

STAGE_ATTRIBUTE = SearchAttributeKey.for_keyword("Stage")
SLA_STATE_ATTRIBUTE = SearchAttributeKey.for_keyword("SlaState")
PRIORITY_ATTRIBUTE = SearchAttributeKey.for_keyword("TicketPriority")
EQUIPMENT_TYPE_ATTRIBUTE = SearchAttributeKey.for_keyword("EquipmentType")
CUSTOMER_ATTRIBUTE = SearchAttributeKey.for_keyword("CustomerCode")
TEMPLATE_ATTRIBUTE = SearchAttributeKey.for_keyword("WorkflowTemplate")
TICKET_NUMBER_ATTRIBUTE = SearchAttributeKey.for_keyword("TicketNumber")
DUE_ATTRIBUTE = SearchAttributeKey.for_datetime("DueTime")
SEARCH_ATTRIBUTES = (
    STAGE_ATTRIBUTE,
    SLA_STATE_ATTRIBUTE,
    PRIORITY_ATTRIBUTE,
    EQUIPMENT_TYPE_ATTRIBUTE,
    CUSTOMER_ATTRIBUTE,
    TEMPLATE_ATTRIBUTE,
    TICKET_NUMBER_ATTRIBUTE,
    DUE_ATTRIBUTE,
)

NUMBER_PATTERN = re.compile(r"FC-\d{4}-\d{6,}")
KEY_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+-]{0,99}")


def workflow_id(number: str, key: str | None) -> str:
    """The readable workflow id of a ticket: the caller's idempotency key, or the ticket number where there is none."""
    return key if key is not None else number


def clock_id(ticket: TicketId, name: str) -> ClockId:
    """The id of the clock called `name` of a ticket: the same on every replay and in every process."""
    return ClockId(uuid5(ticket, name))
