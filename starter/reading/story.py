"""The story of a ticket: its audit trail line by line, as it is told to people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from models.contracts.notices import delivery
from models.records import RecordedNotification, TicketRecord, TimelineEntry
from starter.reading.timeline import Names, told

REFUSED = "command_refused"
_SAID_BY_THE_PROGRAM = frozenset({REFUSED, "ticket_rescued"})
"""Whose times are in UTC, and may be shown in another zone: what people wrote is shown as they wrote it."""

_APART = 4
"""Refusals in a row that are told one by one: somebody who tries fifteen ways does not hide what else happened."""


@dataclass(frozen=True, slots=True)
class Line:
    """What happened, and who did it.

    Attributes:
        times: how often it happened in a row; `last_at` is the last time.
        happened_at: when it was, where the ticket learned of it later, which is `at`.
        claimed_at: when it was by who told it, where that does not count; `untaken` says why.
    """

    at: datetime
    who: str
    what: str
    times: int = 1
    last_at: datetime | None = None
    happened_at: datetime | None = None
    claimed_at: datetime | None = None
    untaken: str = ""

    def says(self, instant: Callable[[datetime], str]) -> str:
        """The sentence; one that stands for many says so, and one that was told later when it was."""
        if self.times == 1 or self.last_at is None:
            if self.happened_at is not None:
                return f"{self.what}, at {instant(self.happened_at)}, told later"
            if self.claimed_at is not None and self.untaken:
                return (
                    f"{self.what}, at {instant(self.claimed_at)} by who told it, which does not count: {self.untaken}"
                )
            return self.what
        head, _, rest = self.what.partition(": ")
        return f"{head} {self.times} ×, last at {instant(self.last_at)}: {rest}"


def story(record: TicketRecord, within: Callable[[str], str] = str, *, full: bool = False) -> list[Line]:
    """The lines of a ticket. What tables say already is left out.

    Refusals that say the same to the same person are one line, as long as nothing else happens between them, and of
    many different ones the first few are told.

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
        line = Line(entry.occurred_at, entry.who, sentence, **_times(entry))
        if entry.action == REFUSED and not full:
            refused.append(line)
        else:
            lines += [*_folded(refused), line]
            refused = []
    return [*lines, *_folded(refused)]


def _times(entry: TimelineEntry) -> dict[str, Any]:
    """What a line says of its time beside when it came."""
    fact = entry.new_value or {}
    claimed = fact.get("claimed_at")
    return {
        "happened_at": entry.happened_at if entry.happened_at < entry.occurred_at else None,
        "claimed_at": datetime.fromisoformat(claimed) if claimed else None,
        "untaken": fact.get("untaken") or "",
    }


def _sentence(entry: TimelineEntry, names: Names, notifications: Sequence[RecordedNotification]) -> str:
    sentence = told(entry, names)
    if entry.action != "notification_raised":
        return sentence
    row = next((one for one in notifications if one.sequence == entry.sequence), None)
    return sentence if row is None else f"{sentence} ({delivery(row.status)})"


def _folded(refused: Sequence[Line]) -> Iterator[Line]:
    """Each refusal once, where it came first; of many that differ, the first few and how many more there were."""
    groups: dict[tuple[str, str], Line] = {}
    for one in refused:
        first = groups.get((one.who, one.what))
        again = one if first is None else replace(first, times=first.times + 1, last_at=one.at)
        groups[(one.who, one.what)] = again
    shown = list(groups.values())
    if len(shown) <= _APART + 1:
        yield from shown
        return
    yield from shown[:_APART]
    rest = shown[_APART:]
    people = list(dict.fromkeys(one.who for one in rest))
    who = people[0] if len(people) == 1 else f"{len(people)} people"
    commands = sum(one.times for one in rest)
    last = max(one.last_at or one.at for one in rest)
    yield Line(rest[0].at, who, f"Refused: {len(rest)} other reasons", commands, last)
