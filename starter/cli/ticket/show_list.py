"""A list of tickets as people read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

from starter.cli.terminal.display import Beginning, Listing, Times, show, styled
from starter.reading.timeline import Json
from starter.reading.words import due_in, verdicts, words


def show_list(console: Console, rows: Sequence[Json], troubles: Mapping[str, str]) -> None:
    """A page of tickets; times in UTC, because the sites are in several zones.

    Args:
        troubles: by number, what is wrong with a ticket's workflow; that is more than its status.
    """
    times, now = Times(), datetime.now(UTC)
    headers = ("Number", "Prio", "Status", "Stage", "SLA", "Due", "Unit", "Customer", "Opened (UTC)", "Description")
    made = [
        (
            row["number"],
            row["priority"],
            _status(row, troubles),
            ", ".join(words(stage) for stage in row["current_stages"]),
            styled(row["sla"]) if row["sla"] else verdicts(row["clocks_met"], row["clocks_breached"]),
            due_in(row["due_at"], now),
            row["serial"],
            row["customer_code"],
            times.minute(row["opened_at"]),
            Beginning(row["description"], 40),
        )
        for row in rows
    ]
    show(console, Listing(headers, made, spare=("Description", "Opened (UTC)", "Customer", "Unit", "Due")))


def _status(row: Json, troubles: Mapping[str, str]) -> Text:
    trouble = troubles.get(row["number"])
    return styled(row["status"]) if trouble is None else Text(f"{words(row['status'])}, {trouble}", style="bold red")
