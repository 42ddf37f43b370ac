"""What `fieldcare sla ledger` does: whose time a ticket took, told from its record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from models.access import Action
from models.records import TicketRecord
from models.sla.ledger import Ledger
from models.sla.owners import Because, LedgerEntry
from starter.addresses import read_settings
from starter.cli.terminal.display import Listing, Times, print_json, show
from starter.cli.terminal.parsing import instant
from starter.cli.terminal.run import out
from starter.reading.ledgers import as_document, calendars, ledger_at, owners_with_time, share
from starter.reading.tickets import read_ticket
from starter.reading.timeline import Names, stage_called
from starter.reading.words import exactly, words
from starter.services import record_only


async def show_ledger(reference: str, at: str | None, as_json: bool) -> None:
    """Print the delay ledger of a ticket."""
    until = None if at is None else instant(at, "no --at for now")
    async with record_only(read_settings()) as database:
        record = await read_ticket(database, reference, Action.LEDGER)
    told = ledger_at(record, until)
    if as_json:
        print_json(as_document(record, told))
    else:
        _show(record, told)


def _show(record: TicketRecord, told: Ledger) -> None:
    times = Times(record.unit.time_zone, told.start)
    names = {stage.stage_key: stage.name for stage in record.stages}
    until = f"its end {times.second(told.end)}" if told.ended else f"{times.second(told.end)}, and not over"
    life = f"from the report {times.second(told.start)} to {until}"
    show(
        out,
        f"{record.ticket.number}: {exactly(told.wall_clock)} {life}",
        *_hours(record, told, times),
        f"Times in {times}.\n",
    )
    if not told.entries:
        return
    totals = [
        (words(owner), exactly(length), f"{share(length, told.wall_clock):.2f} %")
        for owner, length in owners_with_time(told)
    ]
    show(out, Listing(("Owner", "Time", "Share"), totals, right=frozenset({"Time", "Share"})))
    show(out, f"\n{arithmetic(told, times)}\n")
    rows = [
        (times.second(one.start), times.second(one.end), exactly(one.length), words(one.owner), because(one, names))
        for one in told.entries
    ]
    headers = ("From", "Until", "Length", "Owner", "Because")
    show(out, Listing(headers, rows, right=frozenset({"Length"}), spare=("Until",)))


def arithmetic(told: Ledger, times: Times) -> str:
    """That nothing is missing and nothing counts twice: the totals' sum beside the distance of both ends."""
    lengths = [length for _, length in owners_with_time(told)]
    total = sum(lengths, timedelta(0))
    ends = f"{times.second(told.start)} to {times.second(told.end)}"
    return (
        f"Sum {' + '.join(map(exactly, lengths))} = {exactly(total)}; wall clock, {ends}: {exactly(told.wall_clock)}."
    )


def because(one: LedgerEntry, names: Names) -> str:
    """Why an entry is its owner's."""
    key, _, visit = one.cause.partition("#")
    stage = stage_called(key, int(visit or 1), names) if one.because in _OF_STAGES else ""
    return {
        Because.STAGE: stage,
        Because.UNASSIGNED: f"{stage}, nobody assigned",
        Because.JOURNEY: f"on the way for {stage}",
        Because.HOLD: f"on hold: {words(one.cause)}",
        Because.HOLIDAY: "holiday" if one.cause == "holiday" else f"holiday: {one.cause}",
        Because.IN_USE: "in use until the reopening",
    }.get(one.because, one.cause)


_OF_STAGES = frozenset({Because.STAGE, Because.UNASSIGNED, Because.JOURNEY})


def _hours(record: TicketRecord, told: Ledger, times: Times) -> Iterator[str]:
    for place, (since, calendar) in enumerate(calendars(record)):
        hours = "around the clock" if calendar.always_open else f"hours in {calendar.zone}"
        zones = f", time zones {calendar.tzdata}" if calendar.tzdata else ""
        if since <= told.end:
            start = f"Since {times.second(since)} calendar" if place else "Calendar"
            yield f"{start} {calendar.code} version {calendar.version}, {hours}{zones}."
