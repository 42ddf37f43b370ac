"""Walks the chains of the audit trail. Hashes are computed here, not by the database that may have been changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from models.vocabulary import AuditBreak
from starter.auditing.findings import Break


class ChainWalk:
    """Takes entries in the order of subject and sequence and says what is wrong with each; remembers the last one only.

    A break is told at one entry: after it the walk goes on from what is stored there.
    """

    def __init__(self) -> None:
        self.entries = 0
        self.chains = 0
        self._subject: Any = None
        self._sequence = -1
        self._hash: str | None = None

    def step(self, entry: Mapping[str, Any]) -> Iterator[Break]:
        """What is wrong with an entry as `read_audit_chains()` gives it: nothing, or one break."""
        if entry["subject_id"] != self._subject:
            self._subject, self._sequence, self._hash = entry["subject_id"], -1, None
            self.chains += 1
        self.entries += 1
        sequence, missing = entry["sequence"], entry["sequence"] - self._sequence - 1
        kind, detail = None, ""
        if missing:
            kind = AuditBreak.ENTRY_MISSING
            detail = f"entry {sequence - 1}" if missing == 1 else f"entries {sequence - missing} to {sequence - 1}"
        elif sha256(entry["payload"].encode()).hexdigest() != entry["hash"]:
            kind = AuditBreak.CONTENT_CHANGED
        elif entry["previous_hash"] != self._hash:
            kind = AuditBreak.LINK_BROKEN
        self._sequence, self._hash = sequence, entry["hash"]
        if kind is not None:
            yield Break(
                kind, entry["subject_table"], entry["subject_id"], sequence, entry["entry_number"], detail=detail
            )
