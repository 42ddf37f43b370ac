"""The words of the domain: every enumeration that crosses a boundary, with the values that the database CHECKs."""

from __future__ import annotations

from enum import StrEnum


class Priority(StrEnum):
    """How urgent the reporter says a fault is; P1 is a patient at risk."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"


class TicketStatus(StrEnum):
    """Where a ticket stands as a whole."""

    OPEN = "open"
    ON_HOLD = "on_hold"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class StageType(StrEnum):
    DIAGNOSIS = "diagnosis"
    ASSESSMENT = "assessment"
    PROCUREMENT = "procurement"
    REPAIR = "repair"
    TESTING = "testing"
    COMPLETION = "completion"


class StageStatus(StrEnum):
    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    BLOCKED = "blocked"
    SKIPPED = "skipped"


class StageOutcome(StrEnum):
    """What a completed stage found; it decides which stages come next."""

    DONE = "done"
    FIXED_REMOTELY = "fixed_remotely"
    NO_PARTS_NEEDED = "no_parts_needed"
    TEST_FAILED = "test_failed"


class Performer(StrEnum):
    """Who may complete a stage."""

    ENGINEER = "engineer"
    MANUFACTURER = "manufacturer"
    COORDINATOR = "coordinator"


class Role(StrEnum):
    """In which capacity somebody acts."""

    HOSPITAL = "hospital"
    COORDINATOR = "coordinator"
    ENGINEER = "engineer"
    MANUFACTURER = "manufacturer"
    OPERATOR = "operator"
    SYSTEM = "system"


class SupportLevel(StrEnum):
    L1 = "L1"
    L2 = "L2"
    L3 = "L3"

    @property
    def above(self) -> SupportLevel | None:
        """The next level to escalate to, or None at the top."""
        return {SupportLevel.L1: SupportLevel.L2, SupportLevel.L2: SupportLevel.L3}.get(self)

    def covers(self, needed: SupportLevel) -> bool:
        """Whether an engineer of this level may do work that needs `needed`."""
        return self.value >= needed.value


class ActionKind(StrEnum):
    """What an answer to a required action looks like."""

    CHECK = "check"
    TEXT = "text"
    RATING = "rating"


class ServiceProvider(StrEnum):
    """Who services a unit: its manufacturer, or we (the name of the house in the requirements is GeneQR)."""

    MANUFACTURER = "manufacturer"
    GENEQR = "geneqr"


class InstalledContext(StrEnum):
    ICU = "icu"
    WARD = "ward"
    OPERATING_ROOM = "operating_room"
    EMERGENCY = "emergency"
    IMAGING = "imaging"
    LABORATORY = "laboratory"


class HoldReason(StrEnum):
    """The reasons that come with the program. What a reason means is a row of `hold_reasons`, and so are others."""

    ACCESS_DENIED = "access_denied"
    WAITING_FOR_CUSTOMER = "waiting_for_customer"
    WAITING_FOR_PARTS = "waiting_for_parts"
    WAITING_FOR_MANUFACTURER = "waiting_for_manufacturer"
    OTHER = "other"


class Party(StrEnum):
    """Who answers for the time that a stage or a wait takes."""

    TRIAGE = "triage"
    ENGINEER = "engineer"
    HOSPITAL = "hospital"
    PARTS = "parts"
    MANUFACTURER = "manufacturer"
    TRANSPORT = "transport"


class TimeOwner(StrEnum):
    """To whom an instant of a ticket belongs in the delay ledger: to a party, or to nobody who could be faster."""

    TRIAGE = "triage"
    ENGINEER = "engineer"
    HOSPITAL = "hospital"
    PARTS = "parts"
    MANUFACTURER = "manufacturer"
    TRANSPORT = "transport"
    OUTSIDE_HOURS = "outside_hours"
    IN_USE = "in_use"
    """Between the sign-off and a reopening: the unit was with its users."""


class ReopenPolicy(StrEnum):
    """What becomes of the time between the sign-off and the reopening of a ticket, on its resolution clock."""

    EXCLUDE_SOLVED = "exclude_solved"
    COUNT_SOLVED = "count_solved"
    RESTART = "restart"
    """A new clock from the reopening on; the verdict of the first one stays."""


class ClockKind(StrEnum):
    RESPONSE = "response"
    ARRIVAL = "arrival"
    """On site, where the template asks for it."""
    RESOLUTION = "resolution"
    STAGE = "stage"


class ClockEventKind(StrEnum):
    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    THRESHOLD = "threshold"
    STOPPED = "stopped"
    CANCELLED = "cancelled"
    RETARGETED = "retargeted"
    """Another target from the clock's start on, because priority or contract have changed."""
    OVERRUN = "overrun"
    """Past a deadline that a retarget had moved away, after the one breach had been reported."""
    REOPENED = "reopened"
    """It runs again after it was stopped."""


class ClockState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    CANCELLED = "cancelled"


class SlaState(StrEnum):
    """The worst of a ticket's running clocks, for lists and searches; once it has ended: met or breached."""

    ON_TRACK = "on_track"
    WARNING = "warning"
    AT_RISK = "at_risk"
    BREACHED = "breached"
    PAUSED = "paused"
    MET = "met"


class SelectionLevel(StrEnum):
    """At which level of the hierarchy a template or service configuration was found."""

    EQUIPMENT = "equipment"
    MANUFACTURER = "manufacturer"
    DEFAULT = "default"


class EquipmentCategory(StrEnum):
    IMAGING = "imaging"
    LIFE_SUPPORT = "life_support"
    LABORATORY = "laboratory"
    SURGICAL = "surgical"


class EquipmentStatus(StrEnum):
    """Whether a unit may be reported: a decommissioned one stays on record and takes no tickets."""

    ACTIVE = "active"
    DECOMMISSIONED = "decommissioned"


class PartCategory(StrEnum):
    PRIMARY_COMPONENT = "primary_component"
    SECONDARY_COMPONENT = "secondary_component"
    CONSUMABLE = "consumable"
    SENSOR = "sensor"
    ACCESSORY = "accessory"
    POWER_SUPPLY = "power_supply"


class PartPriority(StrEnum):
    """How much a part is needed where a unit is installed."""

    REQUIRED = "required"
    PREFERRED = "preferred"
    OPTIONAL = "optional"
    ALTERNATIVE = "alternative"


class CompatibilityKind(StrEnum):
    """How well one part stands in for another."""

    IDENTICAL = "identical"
    EQUIVALENT = "equivalent"
    WITH_ADAPTER = "with_adapter"
    TEMPORARY = "temporary"


class PartSource(StrEnum):
    """Who said that a ticket needs a part."""

    ENGINEER = "engineer"
    COORDINATOR = "coordinator"
    AI = "ai"


class PartStatus(StrEnum):
    """How far a part of a ticket has come."""

    IDENTIFIED = "identified"
    REQUESTED = "requested"
    ORDERED = "ordered"
    RECEIVED = "received"
    USED = "used"
    CANCELLED = "cancelled"


class Capability(StrEnum):
    """What an engineer can do on a type of equipment."""

    DIAGNOSE = "diagnose"
    REPAIR = "repair"
    INSTALL = "install"
    TRAIN = "train"
    CALIBRATE = "calibrate"


class AbsenceReason(StrEnum):
    LEAVE = "leave"
    SICK = "sick"
    TRAINING = "training"
    OTHER = "other"


class InstanceStatus(StrEnum):
    """Where a workflow instance stands: it runs until its ticket is closed or cancelled."""

    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class AssignmentType(StrEnum):
    PRIMARY = "primary"
    SECONDARY = "secondary"
    SUPPORT = "support"
    SUPERVISOR = "supervisor"


class AssignmentStatus(StrEnum):
    """Active; replaced by somebody else; or released because the stage ended."""

    ACTIVE = "active"
    REPLACED = "replaced"
    RELEASED = "released"


class WorkLocation(StrEnum):
    REMOTE = "remote"
    ONSITE = "onsite"
    HYBRID = "hybrid"


class AttachmentCategory(StrEnum):
    DIAGNOSTIC = "diagnostic"
    REPAIR = "repair"
    COMPLETION = "completion"
    SIGNOFF = "signoff"


class AttachmentVisibility(StrEnum):
    """Who beside us may see a file."""

    INTERNAL = "internal"
    CUSTOMER = "customer"
    MANUFACTURER = "manufacturer"


class AnalysisStatus(StrEnum):
    NOT_REQUESTED = "not_requested"
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


class NotificationStatus(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"


class AuditBreak(StrEnum):
    """What may be wrong with the audit trail; the value is as `find_audit_breaks()` says it, where that finds it."""

    CONTENT_CHANGED = "content_changed"
    ENTRY_MISSING = "entry_missing"
    LINK_BROKEN = "link_broken"
    END_REMOVED = "end_removed"
    CHAIN_MISSING = "chain_missing"
    ENTRY_ADDED = "entry_added"
    ROW_BACK = "row_back"
    ROW_GONE = "row_gone"
    SEAL_BROKEN = "seal_broken"
    SEAL_MISSING = "seal_missing"
    ANCHOR_BROKEN = "anchor_broken"
