"""What the `ai` commands show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from rich.text import Text

from starter.addresses import read_settings
from starter.cli.terminal.display import Beginning, Listing, Times, print_json, show, styled
from starter.cli.terminal.run import out
from starter.providers import list_providers
from starter.reading.conversations import read_conversation
from starter.reading.words import due_in, span, words
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
    headers = ("Provider", "Circuit", "Health", "Model", "Calls", "Failed", "Spent", "Set aside", "Limit", "Last error")
    right = frozenset({"Calls", "Failed", "Spent", "Set aside", "Limit"})
    spare = ("Last error", "Model", "Set aside")
    show(out, Listing(headers, [_provider(row) for row in rows], right=right, spare=spare))
    note = "Model: asked for a diagnosis today. Calls and failures of the last 24 hours; US$ of the UTC day."
    show(out, Text(note, style="dim"))


async def show_conversation(reference: str, as_json: bool) -> None:
    """Print every message to and from AI about a ticket."""
    async with database_only(read_settings()) as database:
        had = await read_conversation(database, reference)
    if as_json:
        print_json({"messages": had.messages, "unsettled": had.unsettled})
        return
    if not had.messages and not had.unsettled:
        show(out, "Nothing was said to AI about this ticket.")
        return
    times = Times()
    for _, messages in groupby(had.messages, key=lambda row: row["session_id"]):
        show(out, *_session(list(messages), times))
    for row in (one for one in had.unsettled if one["ended_at"] is None):
        show(
            out,
            Text(
                f"{times.second(row['began_at'])} {row['provider_code']} {row['model_code']}, try {row['attempt']}: "
                "no end on record; under way, or its worker died. "
                f"It may have cost up to US$ {row['reserved_usd']:.6f}.",
                style="yellow",
            ),
        )
    more = f", and up to US$ {had.at_most_usd:.6f} that nobody knows" if had.at_most_usd else ""
    calls = f"{len(had.answers)} calls, {had.failed} of them failed"
    show(out, f"{calls}; US$ {had.cost_usd:.6f} in all{more}. Times in {times}.")


def _circuit(row: Row) -> Text:
    if not row["active"]:
        return Text("not in use", style="dim")
    circuit = styled(row["circuit"])
    if row["circuit_retry_at"] is not None:
        circuit = Text.assemble(circuit, f", next try {due_in(row['circuit_retry_at'], datetime.now(UTC))}")
    if row["at_spend_limit"]:
        circuit = Text.assemble(circuit, ", ", ("at its limit until 00:00 UTC", "yellow"))
    return circuit


def _provider(row: Row) -> tuple[object, ...]:
    rate = row["error_rate"]
    return (
        row["code"],
        _circuit(row),
        words(row["health"]),
        row["model"] or Text("no such model" if row["model_fault"] else "none fits", style="yellow"),
        row["calls"],
        "" if rate is None else f"{row['failed_calls']} ({rate:.0f} %)",
        f"{row['spent_usd']:.6f}",
        f"{row['reserved_usd']:.6f}" if row["reserved_usd"] else "",
        "" if row["daily_spend_limit_usd"] is None else f"{row['daily_spend_limit_usd']:.2f}",
        Beginning(row["last_error"] or ""),
    )


def _session(messages: Sequence[Row], times: Times) -> Iterator[Text]:
    first = messages[0]
    stage = f" · {words(first['stage_key'])}, visit {first['visit']}" if first["stage_key"] else ""
    model = f" {first['model_code']}" if first["model_code"] else ""
    yield Text(f"{words(first['task']).capitalize()} · {first['provider_code']}{model}{stage}", style="bold")
    for row in messages:
        yield Text(f"{times.second(row['occurred_at'])} {' · '.join(_facts(row))}", style="dim")
        if row["error"] is not None:
            yield Text(f"Failed: {row['error']}", style="red")
        if row["content"]:
            yield Text(row["content"])
    yield Text("")


def _facts(row: Row) -> Iterable[str]:
    yield row["role"]
    if row["role"] == "assistant":
        cached = f" ({row['cached_input_tokens']:,} cached)" if row["cached_input_tokens"] else ""
        yield f"{row['input_tokens']:,}{cached} + {row['output_tokens']:,} tokens"
        known = row["cost_usd"] is not None
        yield f"US$ {row['cost_usd']:.6f}" if known else f"cost unknown, up to US$ {row['reserved_usd']:.6f}"
        if row["latency"] is not None:
            yield span(row["latency"])
        if row["finish_reason"]:
            yield row["finish_reason"]
        if row["request_id"]:
            yield row["request_id"]
    if row["prompt_hash"]:
        yield f"prompt {row['prompt_hash'][:12]}"
