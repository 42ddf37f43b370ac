"""Files of a stage visit."""

from __future__ import annotations

from enum import StrEnum


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
