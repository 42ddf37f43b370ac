"""The tables, a file for each context. Importing this package knows them all: `metadata` is complete."""

from __future__ import annotations

from models.tables.audit import AuditEvent, Notification
from models.tables.base import Row
from models.tables.catalog import Equipment, EquipmentType, Manufacturer, ServiceConfig
from models.tables.customers import Customer, CustomerSite
from models.tables.engineers import Engineer
from models.tables.sla import SlaClock, SlaEvent
from models.tables.stages import StageAssignment, StageExecution, StageTransition
from models.tables.templates import StageTemplate, WorkflowTemplate
from models.tables.tickets import ServiceTicket, WorkflowInstance

metadata = Row.metadata

__all__ = [
    "AuditEvent",
    "Customer",
    "CustomerSite",
    "Engineer",
    "Equipment",
    "EquipmentType",
    "Manufacturer",
    "Notification",
    "ServiceConfig",
    "ServiceTicket",
    "SlaClock",
    "SlaEvent",
    "StageAssignment",
    "StageExecution",
    "StageTemplate",
    "StageTransition",
    "WorkflowInstance",
    "WorkflowTemplate",
    "metadata",
]
