"""How tickets are, as `fieldcare status` tells it."""

from __future__ import annotations

from models.contracts.reconciliation import SENTENCES, FindingKind
from starter.cli.terminal.display import show
from starter.cli.terminal.run import err, out
from starter.reading.health import NAMED
from starter.reconciling import Overview


def tell_health(seen: Overview) -> None:
    """A line where all is well, a list where not."""
    number = seen.open or 0
    tickets = f"{number:,} open {'ticket' if number == 1 else 'tickets'}"
    if not seen.findings:
        show(out, f"Tickets: {tickets}, all of them go on.")
        return
    counts = [f"{count:,}: {SENTENCES[FindingKind(kind)]}" for kind, count in seen.counts().items() if count]
    show(out, f"Tickets: {tickets}; not well:", *(f"  {line}" for line in counts))
    show(out, *(f"- {one.name}: {one.sentence}. Remedy: {one.remedy}" for one in seen.findings[:NAMED]))
    if len(seen.findings) > NAMED:
        show(err, f"{len(seen.findings) - NAMED:,} more are not listed.")
