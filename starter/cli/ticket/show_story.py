"""What people did about a ticket, and what happened, as the terminal shows it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from models.records import TicketRecord
from starter.cli.terminal.display import Listing, Times
from starter.reading.story import story
from starter.reading.work import Answer, Work, work_of


def show_work(record: TicketRecord, times: Times) -> Iterator[Text]:
    """What was answered, under its stage."""
    done = list(work_of(record))
    if done:
        yield Text("\nWork", style="bold")
    for one in done:
        yield from _work(one, times)


def show_timeline(record: TicketRecord, times: Times, *, full: bool) -> Listing:
    """What happened, line by line."""
    lines = story(record, times.within, full=full)
    entries = [(times.second(line.at), line.who, line.says(times.second)) for line in lines]
    return Listing(("Time", "Who", "What"), entries, title="\nTimeline", wrap=frozenset({"What"}))


def _work(done: Work, times: Times) -> Iterator[Text]:
    yield Text(f"{done.stage}{f', by {done.by}' if done.by else ''}")
    yield from (Text(f"  {answer.asked}: {_indented(answer.said)}{_signed(answer, times)}") for answer in done.answers)
    if done.note:
        yield Text(f"  Note: {_indented(done.note)}")


def _signed(answer: Answer, times: Times) -> str:
    return f" (signed {times.minute(answer.signed_at)})" if answer.signed_at else ""


def _indented(text: str) -> str:
    return text.replace("\n", "\n    ")
