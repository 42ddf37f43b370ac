"""The words of the domain, by context: each enumeration that crosses a boundary, with the values that CHECKs allow.

New code takes a word from its context: `from models.vocabulary.stages import StageType`.
"""

from __future__ import annotations

from models.vocabulary.accounts import AccountRole
from models.vocabulary.attachments import AnalysisStatus, AttachmentCategory, AttachmentVisibility
from models.vocabulary.audit import AuditBreak
from models.vocabulary.equipment import (
    EquipmentCategory,
    EquipmentStatus,
    InstalledContext,
    SelectionLevel,
    ServiceProvider,
)
from models.vocabulary.notifications import NotificationStatus
from models.vocabulary.parts import CompatibilityKind, PartCategory, PartPriority, PartSource, PartStatus
from models.vocabulary.people import AbsenceReason, Capability, Role, SupportLevel
from models.vocabulary.sla import ClockEventKind, ClockKind, ClockState, Party, SlaState, TimeOwner
from models.vocabulary.stages import (
    ActionKind,
    AssignmentStatus,
    AssignmentType,
    Performer,
    StageOutcome,
    StageStatus,
    StageType,
    WorkLocation,
)
from models.vocabulary.tickets import HoldReason, InstanceStatus, Priority, ReopenPolicy, TicketStatus

__all__ = [
    "AbsenceReason",
    "AccountRole",
    "ActionKind",
    "AnalysisStatus",
    "AssignmentStatus",
    "AssignmentType",
    "AttachmentCategory",
    "AttachmentVisibility",
    "AuditBreak",
    "Capability",
    "ClockEventKind",
    "ClockKind",
    "ClockState",
    "CompatibilityKind",
    "EquipmentCategory",
    "EquipmentStatus",
    "HoldReason",
    "InstalledContext",
    "InstanceStatus",
    "NotificationStatus",
    "PartCategory",
    "PartPriority",
    "PartSource",
    "PartStatus",
    "Party",
    "Performer",
    "Priority",
    "ReopenPolicy",
    "Role",
    "SelectionLevel",
    "ServiceProvider",
    "SlaState",
    "StageOutcome",
    "StageStatus",
    "StageType",
    "SupportLevel",
    "TicketStatus",
    "TimeOwner",
    "WorkLocation",
]
