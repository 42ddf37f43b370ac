"""What is done for a ticket, and by whom."""

from __future__ import annotations

from enum import StrEnum


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


class ActionKind(StrEnum):
    """What an answer to a required action looks like."""

    CHECK = "check"
    TEXT = "text"
    RATING = "rating"
    SIGNATURE = "signature"
    """The signature of a person (`models.contracts.signatures`): nobody answers it by typing a name."""


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
