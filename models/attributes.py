"""Search attributes: what Temporal knows of a ticket. Apart from other names, because they are made by its SDK."""

from __future__ import annotations

from temporalio.common import SearchAttributeKey

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
