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
    """What an engineer is on a stage; who may do what as which: `models.access.ON_A_STAGE`."""

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


class OfferAnswer(StrEnum):
    """What came of asking one candidate of an offer."""

    WAITING = "waiting"
    """It is not their turn yet."""
    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    """They said nothing within the limit."""
    WITHDRAWN = "withdrawn"
    """The offer ended while they were asked."""
    NOT_ASKED = "not_asked"
    """It ended before it was their turn."""


class DeclineReason(StrEnum):
    """Why an engineer declines a stage that they are offered."""

    DISTANCE = "distance"
    SKILL = "skill"
    BUSY = "busy"
    ILL = "ill"
    OTHER = "other"


class WithdrawalCause(StrEnum):
    """Why an offer ended before anybody accepted it and before everybody was asked."""

    WITHDRAWN = "withdrawn"
    """A coordinator took it back."""
    ASSIGNED = "assigned"
    """Somebody was put on the stage otherwise."""
    STAGE_OVER = "stage_over"
    TICKET_OVER = "ticket_over"
    LEVEL_RAISED = "level_raised"
    """The stage needs a higher level by now than whoever is asked has."""
