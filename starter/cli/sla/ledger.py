"""What `fieldcare sla ledger` does: whose time a ticket took, told from its record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from models.contracts.facts import Fact
from models.contracts.templates import StageDefinition
from models.sla.calendar import Calendar
from models.sla.ledger import Ledger, ledger
from models.sla.owners import LEDGER_FACTS, Because, LedgerEntry, LedgerError
from models.sql_functions import SqlFunction
from models.vocabulary import TimeOwner
from starter.addresses import read_settings
from starter.cli.sla.explain import exactly
from starter.cli.terminal.display import Listing, Times, moment, print_json, show, span, words
from starter.cli.terminal.parsing import instant, json_value
from starter.cli.terminal.run import out
from starter.cli.ticket.reference import checked_reference, unknown
from starter.cli.ticket.timeline import Names, stage_name
from starter.failures import Refused
from starter.services import database_only

_FACTS: TypeAdapter[tuple[Fact, ...]] = TypeAdapter(tuple[Fact, ...])
_STAGES: TypeAdapter[tuple[StageDefinition, ...]] = TypeAdapter(tuple[StageDefinition, ...])


async def show_ledger(reference: str, at: str | None, as_json: bool) -> None:
    """Print the delay ledger of a ticket."""
    reference = checked_reference(reference)
    until = None if at is None else instant(at, "no --at for now")
    async with database_only(read_settings()) as database:
        found = json_value(await database.call(SqlFunction.GET_TICKET, reference))
    if found is None:
        raise unknown(reference)
    try:
        told = recorded_ledger(found, until)
    except LedgerError as error:
        raise Refused(f"There is no ledger: {error}. Name another time with --at.") from error
    if as_json:
        print_json(as_document(found, told))
    else:
        _show(found, told)


def recorded_ledger(found: Mapping[str, Any], at: datetime | None = None) -> Ledger:
    """The ledger of a ticket, from what `get_ticket()` says of it.

    Args:
        at: up to when; None: up to now, with all that is on record.

    Raises:
        LedgerError: `at` lies before the report, or a century after it.
    """
    entries = found["timeline"]
    if at is None:
        # What a worker has recorded has happened, also where its clock is ahead of ours.
        at = max(datetime.now(UTC), *(moment(one["occurred_at"]) for one in entries))
    facts = _FACTS.validate_python([one["new_value"] for one in entries if one["action"] in LEDGER_FACTS])
    stages = _STAGES.validate_python(found["template_stages"])
    (_, first), *_ = calendars(found)
    return ledger(facts, stages, first, moment(found["ticket"]["opened_at"]), at)


def calendars(found: Mapping[str, Any]) -> list[tuple[datetime, Calendar]]:
    """The calendars of a ticket, each with the instant since which it is in force, from the report on."""
    changes = [one for one in found["timeline"] if one["action"] == "contract_changed"]
    first = changes[0]["old_value"]["calendar"] if changes else found["calendar"]
    since = [(found["ticket"]["opened_at"], first)]
    since += [(one["occurred_at"], one["new_value"]["calendar"]) for one in changes]
    return [(moment(at), Calendar.model_validate(calendar)) for at, calendar in since]


def account(told: Ledger) -> dict[str, Any]:
    """The totals for programs: every owner, also those who had no time."""
    return {
        "start": told.start,
        "end": told.end,
        "ended": told.ended,
        "wall_clock": told.wall_clock,
        "totals": told.totals,
    }


def as_document(found: Mapping[str, Any], told: Ledger) -> dict[str, Any]:
    """The whole ledger for programs; shares are percentages of the wall clock."""
    return {
        "number": found["ticket"]["number"],
        **account(told),
        "shares": {owner: _share(length, told.wall_clock) for owner, length in told.totals.items()},
        "time_zone": found["unit"]["time_zone"],
        "calendars": [{"since": since, "calendar": one} for since, one in calendars(found) if since <= told.end],
        "entries": [
            {
                "start": one.start,
                "end": one.end,
                "length": one.length,
                "owner": one.owner,
                "because": one.because,
                "cause": one.cause,
            }
            for one in told.entries
        ],
    }


# -- for people ------------------------------------------------------------------------------------------------------


def whose_time(told: Ledger) -> str:
    """The totals in a line, the largest first."""
    totals = sorted(_some(told), key=lambda one: -one[1])
    parts = [f"{words(owner)} {span(length)} ({_share(length, told.wall_clock):.0f} %)" for owner, length in totals]
    return f"Whose time, {span(told.wall_clock)}: {', '.join(parts) or 'no time yet'}"


def _show(found: Mapping[str, Any], told: Ledger) -> None:
    times = Times(found["unit"]["time_zone"], told.start)
    names = {stage["stage_key"]: stage["name"] for stage in found["stages"]}
    until = f"its end {times.second(told.end)}" if told.ended else f"{times.second(told.end)}, and not over"
    life = f"from the report {times.second(told.start)} to {until}"
    show(
        out,
        f"{found['ticket']['number']}: {exactly(told.wall_clock)} {life}",
        *_hours(found, told, times),
        f"Times in {times}.\n",
    )
    if not told.entries:
        return
    totals = [
        (words(owner), exactly(length), f"{_share(length, told.wall_clock):.2f} %") for owner, length in _some(told)
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
    lengths = [length for _, length in _some(told)]
    total = sum(lengths, timedelta(0))
    ends = f"{times.second(told.start)} to {times.second(told.end)}"
    return (
        f"Sum {' + '.join(map(exactly, lengths))} = {exactly(total)}; wall clock, {ends}: {exactly(told.wall_clock)}."
    )


def because(one: LedgerEntry, names: Names) -> str:
    """Why an entry is its owner's."""
    key, _, visit = one.cause.partition("#")
    stage = stage_name({"key": key, "visit": int(visit or 1)}, names) if one.because in _OF_STAGES else ""
    return {
        Because.STAGE: stage,
        Because.UNASSIGNED: f"{stage}, nobody assigned",
        Because.JOURNEY: f"on the way for {stage}",
        Because.HOLD: f"on hold: {words(one.cause)}",
        Because.HOLIDAY: "holiday" if one.cause == "holiday" else f"holiday: {one.cause}",
        Because.IN_USE: "in use until the reopening",
    }.get(one.because, one.cause)


_OF_STAGES = frozenset({Because.STAGE, Because.UNASSIGNED, Because.JOURNEY})


def _hours(found: Mapping[str, Any], told: Ledger, times: Times) -> Iterator[str]:
    for place, (since, calendar) in enumerate(calendars(found)):
        hours = "around the clock" if calendar.always_open else f"hours in {calendar.zone}"
        zones = f", time zones {calendar.tzdata}" if calendar.tzdata else ""
        if since <= told.end:
            start = f"Since {times.second(since)} calendar" if place else "Calendar"
            yield f"{start} {calendar.code} version {calendar.version}, {hours}{zones}."


def _some(told: Ledger) -> list[tuple[TimeOwner, timedelta]]:
    return [(owner, length) for owner, length in told.totals.items() if length]


def _share(length: timedelta, whole: timedelta) -> float:
    return 100 * length / whole if whole else 0.0
