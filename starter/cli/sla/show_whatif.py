"""What a replay under other rules found, as people and programs read it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from models.vocabulary import ClockKind, ClockState
from starter.cli.terminal.display import Listing, show, styled
from starter.cli.terminal.run import out
from starter.reading.words import exactly, words
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


def _compliance(found: Found) -> list[dict[str, Any]]:
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
        "compliance": _compliance(found),
        "changes": [
            {"number": one.number, "clock": one.clock, "was": _verdict(one.was), "would_be": _verdict(one.would)}
            for one in found.shown
        ],
    }


def _verdict(one: Verdict | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"state": one.state, "elapsed": one.elapsed, "target": one.target, "due_at": one.due_at}


def show_found(found: Found, since: datetime, until: datetime, limit: int) -> None:
    others = f"; {found.other_templates} of other templates are left out" if found.other_templates else ""
    unreplayable = f"; {len(found.unreplayable)} can't be replayed" if found.unreplayable else ""
    show(
        out,
        f"Replayed tickets, closed from {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC: {found.replayed}"
        f"{others}{unreplayable}.",
        f"Verdicts that would change: {found.changes}, in {found.tickets_changed} of them. {ASSUMPTION}\n",
    )
    if not found.replayed:
        return
    rows = [
        (
            words(row["kind"]).capitalize(),
            *(str(row[name][state]) for state in ("met", "breached") for name in ("was", "would_be")),
            *(_percent(row[name]["compliance"]) for name in ("was", "would_be")),
        )
        for row in _compliance(found)
        if any(sum(list(row[name].values())[:3]) for name in ("was", "would_be"))
    ]
    headers = ("Clocks", "Met", "would be", "Breached", "would be ", "Compliance", "would be  ")
    show(out, Listing(headers, rows, right=frozenset(headers[1:])))
    if found.shown:
        listed = [
            (
                one.number,
                words(one.clock),
                styled(one.was.state) if one.was else "–",
                styled(one.would.state) if one.would else "–",
                _both(*(each.elapsed if each else None for each in (one.was, one.would))),
                _both(*(each.target if each else None for each in (one.was, one.would))),
            )
            for one in found.shown
        ]
        more = f" (the first {limit}; --limit shows more)" if found.changes > len(found.shown) else ""
        columns = ("Ticket", "Clock", "Was", "Would be", "Used", "Target")
        show(out, Listing(columns, listed, title=f"\nVerdicts that would change{more}"))


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.2f} %"


def _both(was: timedelta | None, would: timedelta | None) -> str:
    """`4:00:00`, or `4:00:00 → 5:00:00` where it is another one: a second may be what breaches a target."""
    shown = [exactly(one) if one is not None else "–" for one in (was, would)]
    return shown[0] if shown[0] == shown[1] else " → ".join(shown)
