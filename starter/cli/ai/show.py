"""What `fieldcare ai providers` shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rich.text import Text

from models.vocabulary.ai import CircuitState
from starter.addresses import read_settings
from starter.cli.terminal.display import STYLES, Beginning, Listing, print_json, show
from starter.cli.terminal.run import out
from starter.providers import list_providers
from starter.reading.words import span, words
from starter.services import database_only

Row = Mapping[str, Any]


async def show_providers(as_json: bool) -> None:
    """Print the providers and how they are."""
    settings = read_settings()
    async with database_only(settings) as database:
        rows = await list_providers(database, settings)
    if as_json:
        print_json({"providers": rows})
        return
    figures = ("Calls", "Failed", "Abstained", "Spent", "Set aside", "Limit")
    headers = ("Provider", "State", "Key", "Health", "Model", *figures, "Last error")
    spare = ("Last error", "Model", "Set aside", "Abstained")
    show(out, Listing(headers, [_provider(row) for row in rows], right=frozenset(figures), spare=spare))
    note = "Key: set here or not. Model: asked for a diagnosis today. Calls of the last 24 hours; US$ of the UTC day."
    show(out, Text(note, style="dim"))


def _asked(row: Row) -> Text:
    """Whether it is asked now, in the words of people: a closed circuit sounds like an end."""
    if not row["active"]:
        return Text("not in use", style="dim")
    state = CircuitState(row["circuit"])
    told = Text(_STATES[state], style=STYLES.get(state.value, ""))
    if state is CircuitState.OPEN and row["circuit_retry_at"] is not None:
        now = datetime.now(UTC)
        left = row["circuit_retry_at"] - now
        told.append(f" for {span(left)}" if left.total_seconds() > 0 else ", tried with the next question")
    if row["at_spend_limit"]:
        told.append_text(Text.assemble(", ", ("at its limit until 00:00 UTC", "yellow")))
    return told


_STATES = {
    CircuitState.CLOSED: "in service",
    CircuitState.OPEN: "resting after failures",
    CircuitState.HALF_OPEN: "being tried again",
}


def _key(row: Row) -> Text:
    return _KEYS[row["has_key"]]


_KEYS = {True: Text("yes"), False: Text("no", style="yellow"), None: Text("needs none", style="dim")}


def _provider(row: Row) -> tuple[object, ...]:
    rate = row["error_rate"]
    return (
        row["code"],
        _asked(row),
        _key(row),
        words(row["health"]),
        row["model"] or Text("no such model" if row["model_fault"] else "none fits", style="yellow"),
        row["calls"],
        "" if rate is None else f"{row['failed_calls']} ({rate:.0f} %)",
        row["abstained_calls"] or "",
        f"{row['spent_usd']:.6f}",
        f"{row['reserved_usd']:.6f}" if row["reserved_usd"] else "",
        "" if row["daily_spend_limit_usd"] is None else f"{row['daily_spend_limit_usd']:.2f}",
        Beginning(row["last_error"] or ""),
    )
