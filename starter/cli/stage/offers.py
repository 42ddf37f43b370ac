"""What `fieldcare stage offers` does."""

from __future__ import annotations

from datetime import UTC, datetime

from starter.addresses import read_settings
from starter.cli.terminal.display import Listing, Times, print_json, show
from starter.cli.terminal.run import out
from starter.reading import offers
from starter.reading.timeline import visit
from starter.reading.words import due_in


async def list_offers(engineer: str | None, *, as_json: bool) -> None:
    """Print who is asked now; times in UTC, because the sites are in several zones."""
    rows = await offers.list_offers(read_settings(), engineer)
    if as_json:
        print_json({"offers": rows})
        return
    if not rows:
        show(out, "Nobody is asked now.")
        return
    times, now = Times(), datetime.now(UTC)
    made = [
        (
            row["number"],
            row["priority"],
            f"{row['stage_name']}{visit(row['visit'])}",
            f"{row['engineer_code']} {row['engineer_name']}",
            f"{row['place']} of {row['candidates']}",
            due_in(row["answer_until"], now),
            times.minute(row["answer_until"]),
            row["serial"],
            f"{row['customer_name']}, {row['site_name']}",
        )
        for row in rows
    ]
    headers = ("Number", "Prio", "Stage", "Asked", "Place", "Answer", "Until (UTC)", "Unit", "Site")
    show(out, Listing(headers, made, spare=("Site", "Until (UTC)", "Unit")))
