"""What a replay under other rules found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.vocabulary.sla import ClockKind, ClockState
from starter.whatif.history import Verdict

ASSUMPTION = (
    "Only what the rules decide is claimed. What people did, and when, is kept as it was: under other rules they might "
    "have acted otherwise."
)


@dataclass(frozen=True, slots=True)
class Change:
    """A verdict that would be another one; None: no such clock."""

    number: str
    clock: str
    was: Verdict | None
    would: Verdict | None


@dataclass(slots=True)
class Found:
    """What came out."""

    replayed: int = 0
    other_templates: int = 0
    changes: int = 0
    tickets_changed: int = 0
    shown: list[Change] = field(default_factory=list)
    unreplayable: list[tuple[str, str]] = field(default_factory=list)
    before: Counter[tuple[ClockKind, ClockState]] = field(default_factory=Counter)
    after: Counter[tuple[ClockKind, ClockState]] = field(default_factory=Counter)


def compliance(found: Found) -> list[dict[str, Any]]:
    """Of each kind of clock: met, breached and the share of met, before and after."""
    rows = []
    for kind in ClockKind:
        row: dict[str, Any] = {"kind": kind.value}
        for name, counts in (("was", found.before), ("would_be", found.after)):
            met, breached = counts[kind, ClockState.MET], counts[kind, ClockState.BREACHED]
            share = met / (met + breached) if met + breached else None
            row[name] = {"met": met, "breached": breached, "cancelled": counts[kind, ClockState.CANCELLED]}
            row[name]["compliance"] = share
        rows.append(row)
    return rows


def as_document(found: Found, since: datetime, until: datetime) -> dict[str, Any]:
    return {
        "assumption": ASSUMPTION,
        "since": since,
        "until": until,
        "replayed": found.replayed,
        "other_templates": found.other_templates,
        "not_replayed": [{"number": number, "reason": reason} for number, reason in found.unreplayable],
        "tickets_changed": found.tickets_changed,
        "verdicts_changed": found.changes,
        "compliance": compliance(found),
        "changes": [
            {"number": one.number, "clock": one.clock, "was": _verdict(one.was), "would_be": _verdict(one.would)}
            for one in found.shown
        ],
    }


def _verdict(one: Verdict | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"state": one.state, "elapsed": one.elapsed, "target": one.target, "due_at": one.due_at}
