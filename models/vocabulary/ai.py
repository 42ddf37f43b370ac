"""What AI is asked, who answers, and what became of it."""

from __future__ import annotations

from enum import StrEnum


class AiTask(StrEnum):
    DIAGNOSIS = "diagnosis"
    ENGINEER_RECOMMENDATION = "engineer_recommendation"
    PARTS_RECOMMENDATION = "parts_recommendation"
    ATTACHMENT_ANALYSIS = "attachment_analysis"


class ProviderHealth(StrEnum):
    UNKNOWN = "unknown"
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    DOWN = "down"


class CircuitState(StrEnum):
    """Closed lets requests through, open lets none, half-open lets one try."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class CallOutcome(StrEnum):
    """What came of one try to get an answer from a provider; docs/ai.md says what each means for circuit and chain."""

    ANSWERED = "answered"
    BAD_ANSWER = "bad_answer"
    """Refused, cut off, no JSON, or not what was asked for: the provider is well, and was paid."""
    ABSTAINED = "abstained"
    """It says that it can't say, and why: an answer as good as any, and the next provider is asked."""
    REJECTED = "rejected"
    """The request itself is at fault (400, 413, 422): another try changes nothing."""
    DENIED = "denied"
    """Key, right or model are not accepted (401, 403, 404): no request will do better."""
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    TIMED_OUT = "timed_out"


class MessageRole(StrEnum):
    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    FUNCTION = "function"


class IssueCategory(StrEnum):
    MECHANICAL = "mechanical"
    ELECTRICAL = "electrical"
    ELECTRONIC = "electronic"
    SOFTWARE = "software"
    SENSOR = "sensor"
    CONSUMABLE = "consumable"
    NETWORK = "network"
    CALIBRATION = "calibration"
    USE_ERROR = "use_error"
    ENVIRONMENT = "environment"
    UNKNOWN = "unknown"


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class DiagnosisStatus(StrEnum):
    """What a person made of a proposed diagnosis; superseded by a newer one, or by the end of its stage."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    EDITED = "edited"
    REFUSED = "refused"
    SUPERSEDED = "superseded"


class EngineerOutcome(StrEnum):
    """What became of an engineer who was recommended: put on the visit or not, what they said to that, or too late."""

    PENDING = "pending"
    SELECTED = "selected"
    NOT_SELECTED = "not_selected"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    SUPERSEDED = "superseded"


class PartOutcome(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    USED = "used"
    NOT_USED = "not_used"


class FeedbackKind(StrEnum):
    """Somebody judged it, or sign-off proved or disproved it."""

    HUMAN = "human"
    OUTCOME = "outcome"


class TrainingPriority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"
