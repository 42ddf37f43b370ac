"""What may be wrong with a record."""

from __future__ import annotations

from enum import StrEnum


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
