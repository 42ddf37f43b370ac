"""What `fieldcare ai conversation` shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from rich.text import Text

from models.vocabulary.ai import MessageRole
from starter.addresses import read_settings
from starter.cli.terminal.display import Times, print_json, show
from starter.cli.terminal.run import out
from starter.reading.conversations import gist, is_abstention, read_conversation
from starter.reading.words import span, words
from starter.services import record_only

Row = Mapping[str, Any]

ASSISTANT = MessageRole.ASSISTANT.value


async def show_conversation(reference: str, *, full: bool, as_json: bool) -> None:
    """Print what was said to and by AI about a ticket: the gist, or every message."""
    async with record_only(read_settings()) as database:
        had = await read_conversation(database, reference)
    if as_json:
        print_json({"messages": had.messages, "unsettled": had.unsettled})
        return
    if not had.messages and not had.unsettled:
        show(out, "Nothing was said to AI about this ticket.")
        return
    times = Times()
    for _, messages in groupby(had.messages, key=lambda row: row["session_id"]):
        show(out, *(_whole if full else _gist)(list(messages), times))
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
    abstained = f", {had.abstained} abstained" if had.abstained else ""
    many = len(had.answers)
    calls = f"{many} {'call' if many == 1 else 'calls'}, {had.failed or 'none'} of them failed{abstained}"
    show(out, f"{calls}; US$ {had.cost_usd:.6f} in all{more}. Times in {times}.")


def _whole(messages: Sequence[Row], times: Times) -> Iterator[Text]:
    """Every message as it was sent and as it came."""
    yield _head(messages[0])
    for row in messages:
        yield Text(f"{times.second(row['occurred_at'])} {' · '.join(_facts(row))}", style="dim")
        if row["error"] is not None:
            yield _without_answer(row)
        if row["content"]:
            yield Text(row["content"])
    yield Text("")


def _gist(messages: Sequence[Row], times: Times) -> Iterator[Text]:
    """Who was asked, with how much, and what each call came to."""
    asked = [row for row in messages if row["role"] != ASSISTANT]
    yield _head(messages[0])
    if asked:
        size = sum(len(row["content"]) for row in asked)
        count = f"{len(asked)} message{'s' * (len(asked) > 1)}"
        at = times.second(asked[0]["occurred_at"])
        yield Text(f"  {at} asked in {count} of {size:,} characters (--full shows them)", style="dim")
    for row in (row for row in messages if row["role"] == ASSISTANT):
        said = _without_answer(row) if row["error"] is not None else Text(gist(row["content"]))
        yield Text.assemble(f"  {times.second(row['occurred_at'])} ", said)
        yield Text(f"  {' · '.join(_cost(row))}", style="dim")
    yield Text("")


def _head(first: Row) -> Text:
    stage = f" · {words(first['stage_key'])}, visit {first['visit']}" if first["stage_key"] else ""
    model = f" {first['model_code']}" if first["model_code"] else ""
    return Text(f"{words(first['task']).capitalize()} · {first['provider_code']}{model}{stage}", style="bold")


def _without_answer(row: Row) -> Text:
    if is_abstention(row):
        return Text(f"Abstained: {row['error']}", style="yellow")
    return Text(f"Failed: {row['error']}", style="red")


def _facts(row: Row) -> Iterable[str]:
    yield row["role"]
    if row["role"] == ASSISTANT:
        yield from _cost(row)
        if row["finish_reason"]:
            yield row["finish_reason"]
        if row["request_id"]:
            yield row["request_id"]
    if row["prompt_hash"]:
        yield f"prompt {row['prompt_hash'][:12]}"


def _cost(row: Row) -> Iterator[str]:
    cached = f" ({row['cached_input_tokens']:,} cached)" if row["cached_input_tokens"] else ""
    yield f"{row['input_tokens']:,}{cached} + {row['output_tokens']:,} tokens"
    known = row["cost_usd"] is not None
    yield f"US$ {row['cost_usd']:.6f}" if known else f"cost unknown, up to US$ {row['reserved_usd']:.6f}"
    if row["latency"] is not None:
        yield span(row["latency"])
