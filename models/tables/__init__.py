"""The tables, a file for each context. Importing this package knows them all: `metadata` is complete."""

from __future__ import annotations

from models.tables.accounts import (
    Account,
    AccountKey,
    AccountLink,
    AccountPassword,
    AccountRoleRow,
    AccountToken,
    SignInTry,
)
from models.tables.ai_providers import AiCall, AiLocalModel, AiModel, AiProvider, StageAi
from models.tables.ai_results import (
    AiAttachmentAnalysis,
    AiDiagnosis,
    AiEngineerRecommendation,
    AiFeedback,
    AiMessage,
    AiPartRecommendation,
)
from models.tables.audit import AuditEvent, AuditSeal, Notification
from models.tables.base import Row
from models.tables.calendars import BusinessCalendar, CalendarException, CalendarHoliday, CalendarHours
from models.tables.catalog import Equipment, EquipmentType, Manufacturer, ServiceConfig
from models.tables.customers import Customer, CustomerSite
from models.tables.dispatch import DispatchPlan, DispatchPlanVisit
from models.tables.dispatch_drafts import DispatchDraft
from models.tables.engineers import Absence, Certification, Engineer, Expertise
from models.tables.parts import Part, PartCompatibility, PartContext
from models.tables.reconciliation import ReconciliationFinding, ReconciliationRound
from models.tables.signatures import ApprovalRow, SignatureProof, SigningLink
from models.tables.sla import SlaClock, SlaEvent
from models.tables.stages import StageAssignment, StageExecution, StageTransition
from models.tables.stock import (
    StockBalance,
    StockEvent,
    StockLevel,
    StockLocation,
    StockLot,
    StockMovement,
    StockReservation,
)
from models.tables.templates import HoldReasonRow, StageTemplate, TemplateTargets, WorkflowTemplate
from models.tables.tickets import SearchedTicket, ServiceTicket, WorkflowInstance
from models.tables.webhooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookSecret
from models.tables.work import Attachment, TicketPart

metadata = Row.metadata

__all__ = [
    "Absence",
    "Account",
    "AccountKey",
    "AccountLink",
    "AccountPassword",
    "AccountRoleRow",
    "AccountToken",
    "AiAttachmentAnalysis",
    "AiCall",
    "AiDiagnosis",
    "AiEngineerRecommendation",
    "AiFeedback",
    "AiLocalModel",
    "AiMessage",
    "AiModel",
    "AiPartRecommendation",
    "AiProvider",
    "ApprovalRow",
    "Attachment",
    "AuditEvent",
    "AuditSeal",
    "BusinessCalendar",
    "CalendarException",
    "CalendarHoliday",
    "CalendarHours",
    "Certification",
    "Customer",
    "CustomerSite",
    "DispatchDraft",
    "DispatchPlan",
    "DispatchPlanVisit",
    "Engineer",
    "Equipment",
    "EquipmentType",
    "Expertise",
    "HoldReasonRow",
    "Manufacturer",
    "Notification",
    "Part",
    "PartCompatibility",
    "PartContext",
    "ReconciliationFinding",
    "ReconciliationRound",
    "SearchedTicket",
    "ServiceConfig",
    "ServiceTicket",
    "SignInTry",
    "SignatureProof",
    "SigningLink",
    "SlaClock",
    "SlaEvent",
    "StageAi",
    "StageAssignment",
    "StageExecution",
    "StageTemplate",
    "StageTransition",
    "StockBalance",
    "StockEvent",
    "StockLevel",
    "StockLocation",
    "StockLot",
    "StockMovement",
    "StockReservation",
    "TemplateTargets",
    "TicketPart",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookSecret",
    "WorkflowInstance",
    "WorkflowTemplate",
    "metadata",
]
