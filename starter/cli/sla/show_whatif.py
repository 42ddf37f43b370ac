"""What a replay under other rules found, as people read it."""

from __future__ import annotations

from datetime import datetime, timedelta

from starter.cli.terminal.display import Listing, show, styled
from starter.cli.terminal.run import out
from starter.reading.words import exactly, words
from starter.whatif.found import ASSUMPTION, Found, compliance


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
        for row in compliance(found)
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
