"""What is wrong with an audit trail, the first break first."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from models.vocabulary import AuditBreak

KEPT = 20
"""Breaks that are remembered; the others are counted."""

SENTENCES: Mapping[AuditBreak, str] = {
    AuditBreak.CONTENT_CHANGED: "its content is not what was recorded",
    AuditBreak.ENTRY_MISSING: "the entry before it is missing",
    AuditBreak.LINK_BROKEN: "it does not follow the entry before it: one of the two was replaced",
    AuditBreak.END_REMOVED: "it is the last one, and the ticket had more: they were removed at the end",
    AuditBreak.CHAIN_MISSING: "all of its entries are missing",
    AuditBreak.ENTRY_ADDED: "it is the last one, and the ticket never came so far: it was added",
    AuditBreak.ROW_BACK: "the row was deleted by this entry, and is there again without one",
    AuditBreak.ROW_GONE: "the row is gone after this entry, and no entry says that it was deleted",
    AuditBreak.SEAL_BROKEN: "an entry under this seal was changed, added or removed, or the seal itself was",
    AuditBreak.SEAL_MISSING: "seals before it are missing",
    AuditBreak.ANCHOR_BROKEN: "it is not the seal whose hash was written down",
}
_OF_SEALS = frozenset({AuditBreak.SEAL_BROKEN, AuditBreak.SEAL_MISSING, AuditBreak.ANCHOR_BROKEN})


@dataclass(frozen=True, slots=True)
class Break:
    """One place where the trail is not what it was.

    Attributes:
        sequence: the entry's place in the chain of its subject; None where the whole chain is missing.
        entry_number: its place in the whole trail.
        seal: the number of the seal, where that is broken and not a chain.
        detail: what is known beyond the kind.
    """

    kind: AuditBreak
    subject_table: str | None = None
    subject_id: UUID | None = None
    sequence: int | None = None
    entry_number: int | None = None
    seal: int | None = None
    detail: str = ""

    @property
    def order(self) -> tuple[bool, float, float]:
        """Chains before seals, because a chain names the entry; then in the order of the trail."""
        number = math.inf if self.entry_number is None else self.entry_number
        return (self.kind in _OF_SEALS, number, self.seal or 0)

    @property
    def sentence(self) -> str:
        """What is wrong there."""
        return SENTENCES[self.kind] + (f" ({self.detail})" if self.detail else "")

    def place(self, name: str | None) -> str:
        """Where that is; `name` is what people call the subject."""
        if self.subject_table is None:
            return f"seal {self.seal}"
        what = "ticket" if self.subject_table == "service_tickets" else self.subject_table
        entry = "" if self.sequence is None else f", entry {self.sequence} (number {self.entry_number})"
        return f"{what} {name or self.subject_id}{entry}"

    def as_json(self, name: str | None = None) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "subject_table": self.subject_table,
            "subject_id": self.subject_id,
            "subject": name,
            "sequence": self.sequence,
            "entry_number": self.entry_number,
            "seal": self.seal,
            "says": self.sentence,
        }


@dataclass(slots=True)
class Findings:
    """Every break is counted; the first `KEPT` of them in the order of the trail are kept."""

    total: int = 0
    first: list[Break] = field(default_factory=list)

    def add(self, one: Break, times: int = 1) -> None:
        self.total += times
        insort(self.first, one, key=lambda known: known.order)
        del self.first[KEPT:]
