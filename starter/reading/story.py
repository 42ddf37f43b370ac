"""The story of a ticket: its audit trail line by line, as it is told to people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from models.contracts.notices import delivery
from models.records import RecordedNotification, TicketRecord, TimelineEntry
from starter.reading.timeline import Names, told

REFUSED = "command_refused"
_SAID_BY_THE_PROGRAM = frozenset({REFUSED, "ticket_rescued"})
"""Whose times are in UTC, and may be shown in another zone: what people wrote is shown as they wrote it."""


@dataclass(frozen=True, slots=True)
class Line:
    """What happened, and who did it.

    Attributes:
        times: how often it happened in a row; `last_at` is the last time.
    """

    at: datetime
    who: str
    what: str
    times: int = 1
    last_at: datetime | None = None

    def says(self, instant: Callable[[datetime], str]) -> str:
        """The sentence; one that stands for many says so."""
        if self.times == 1 or self.last_at is None:
            return self.what
        head, _, rest = self.what.partition(": ")
        return f"{head} {self.times} ×, last at {instant(self.last_at)}: {rest}"


def story(record: TicketRecord, within: Callable[[str], str] = str, *, full: bool = False) -> list[Line]:
    """The lines of a ticket. What tables say already is left out.

    Refusals that say the same to the same person are one line, as long as nothing else happens between them.

    Args:
        within: shows the times that the program wrote into a sentence.
        full: every refusal for itself.
    """
    names = {stage.stage_key: stage.name for stage in record.stages}
    lines: list[Line] = []
    refused: list[Line] = []
    for entry in record.timeline:
        sentence = _sentence(entry, names, record.notifications)
        if not sentence:
            continue
        if entry.action in _SAID_BY_THE_PROGRAM:
            sentence = within(sentence)
        line = Line(entry.occurred_at, entry.who, sentence)
        if entry.action == REFUSED and not full:
            refused.append(line)
        else:
            lines += [*_folded(refused), line]
            refused = []
    return [*lines, *_folded(refused)]


def _sentence(entry: TimelineEntry, names: Names, notifications: Sequence[RecordedNotification]) -> str:
    sentence = told(entry, names)
    if entry.action != "notification_raised":
        return sentence
    row = next((one for one in notifications if one.sequence == entry.sequence), None)
    return sentence if row is None else f"{sentence} ({delivery(row.status)})"


def _folded(refused: Sequence[Line]) -> Iterator[Line]:
    """Each refusal once, where it came first."""
    groups: dict[tuple[str, str], Line] = {}
    for one in refused:
        first = groups.get((one.who, one.what))
        again = one if first is None else replace(first, times=first.times + 1, last_at=one.at)
        groups[(one.who, one.what)] = again
    yield from groups.values()
