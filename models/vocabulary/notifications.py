"""Who is to be told."""

from __future__ import annotations

from enum import StrEnum


class NotificationStatus(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
