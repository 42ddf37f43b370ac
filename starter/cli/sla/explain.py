"""What `fieldcare sla explain` does: a recorded clock, told interval by interval."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from models.access import Action
from models.records import TicketRecord
from models.sla.calendar import Calendar
from models.sla.explain import Cause, Explanation, Interval
from models.vocabulary.sla import ClockState
from starter.addresses import read_settings
from starter.cli.terminal.display import Listing, Times, print_json, show
from starter.cli.terminal.parsing import instant
from starter.cli.terminal.run import out
from starter.reading.explaining import as_document, check_time, explained
from starter.reading.tickets import read_ticket
from starter.reading.words import exactly, words
from starter.services import record_only

CAUSES = {
    Cause.OPEN: "open",
    Cause.CLOSED: "closed hours",
    Cause.HOLIDAY: "holiday",
    Cause.PAUSED: "paused",
    Cause.ENDED: "over",
    Cause.SOLVED: "solved",
}


async def explain_clock(reference: str, name: str, at: str | None, as_json: bool) -> None:
    """Print the explanation of one clock of a ticket."""
    moment = datetime.now(UTC) if at is None else instant(at, "no --at for now")
    check_time(moment)
    async with record_only(read_settings()) as database:
        record = await read_ticket(database, reference, Action.LEDGER)
    clock = explained(record, name, moment)
    if as_json:
        print_json(as_document(record, clock.calendar, clock.told))
    else:
        _show(record, clock.calendar, clock.told)


def _show(record: TicketRecord, calendar: Calendar, told: Explanation) -> None:
    times = Times(record.unit.time_zone, told.at)
    hours = "around the clock" if calendar.always_open else f"hours in {calendar.zone}"
    zones = f", time zones {calendar.tzdata}" if calendar.tzdata else ""
    show(
        out,
        f"{record.ticket.number}, clock {told.name}: {_standing(told, times)}",
        f"Target {exactly(told.target)} of business time; calendar {calendar.code} version {calendar.version}, "
        f"{hours}{zones}. Times in {times}.",
        *_retargets(told, times),
        *_corrections(told, times),
        "",
    )
    if told.intervals:
        show(out, Listing(_HEADERS, list(_rows(told.intervals, times)), right=_RIGHT, spare=("Until",)))
    show(out, f"\n{sentence(told, times)}")
    if told.ahead:
        listing = Listing(_HEADERS, list(_rows(told.ahead, times, told.elapsed)), right=_RIGHT, spare=("Until",))
        show(out, "\nIf nothing happens before:", listing)


def _standing(told: Explanation, times: Times) -> str:
    """What the clock says, with the time at which it came to say so, or at which it is looked at."""
    ended = None if told.ended_at is None else times.second(told.ended_at)
    if told.state is not ClockState.BREACHED:
        return f"{words(told.state)} at {ended or times.second(told.at)}"
    since = "" if told.due_at is None else f" its target of {times.second(told.due_at)}"
    return f"breached{since}, ended at {ended}" if ended else f"breached{since}, seen at {times.second(told.at)}"


def _retargets(told: Explanation, times: Times) -> Iterator[str]:
    before = told.first_target
    for one in told.retargets:
        yield f"Target {exactly(before)} → {exactly(one.target)} since {times.second(one.at)}: {one.reason}"
        before = one.target


def _corrections(told: Explanation, times: Times) -> Iterator[str]:
    if told.told_at is not None:
        yield f"Its end was told at {times.second(told.told_at)}"
    for one in told.corrections:
        yield f"Taken back at {times.second(one.at)}: {', '.join(map(str, one.lifted))} %. {one.reason}"


_HEADERS = ("From", "Until", "Length", "Counted", "Sum", "Because")
_RIGHT = frozenset({"Length", "Counted", "Sum"})


def _rows(intervals: Iterable[Interval], times: Times, counted: timedelta = timedelta(0)) -> Iterator[tuple[str, ...]]:
    for one in intervals:
        counted += one.length if one.counted else timedelta(0)
        yield (
            times.second(one.start),
            times.second(one.end),
            exactly(one.length),
            exactly(one.length) if one.counted else "–",
            exactly(counted),
            f"{CAUSES[one.cause]}{f': {one.detail}' if one.detail else ''}",
        )


def sentence(told: Explanation, times: Times) -> str:
    """The arithmetic: what was used of the target, what is left, and when the deadline is."""
    percent = 100 * told.elapsed / told.target
    used = f"{exactly(told.elapsed)} of {exactly(told.target)} used ({percent:.2f} %), "
    used += f"{exactly(-told.remaining)} over" if told.remaining < timedelta(0) else f"{exactly(told.remaining)} left"
    if told.due_at is not None:
        ahead = bool(told.ahead)
        return f"{used}: {'due' if ahead else 'was due'} {times.second(told.due_at)}."
    if told.state is ClockState.PAUSED:
        return f"{used}: no deadline while it is paused."
    return f"{used}: no deadline any more."
