"""Whose time a ticket took, told from its record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from models.contracts.facts import Fact
from models.records import TicketRecord
from models.sla.calendar import Calendar
from models.sla.ledger import Ledger, ledger
from models.sla.owners import LEDGER_FACTS, LedgerError
from models.vocabulary.sla import TimeOwner
from starter.failures import Refused, Remedy, RemedyKind
from starter.reading.words import span, words

_FACTS: TypeAdapter[tuple[Fact, ...]] = TypeAdapter(tuple[Fact, ...])


def ledger_at(record: TicketRecord, at: datetime | None) -> Ledger:
    """The ledger of a ticket, for somebody who asks for it.

    Raises:
        Refused: `at` lies before the report, or a century after it.
    """
    try:
        return recorded_ledger(record, at)
    except LedgerError as error:
        raise Refused(f"There is no ledger: {error}.", Remedy(RemedyKind.OTHER_TIME)) from error


def recorded_ledger(record: TicketRecord, at: datetime | None = None) -> Ledger:
    """The ledger of a ticket, from its record.

    Args:
        at: up to when; None: up to now, with all that is on record.

    Raises:
        LedgerError: `at` lies before the report, or a century after it.
    """
    if at is None:
        # What a worker has recorded has happened, also where its clock is ahead of ours.
        at = max(datetime.now(UTC), *(one.occurred_at for one in record.timeline))
    facts = _FACTS.validate_python([one.new_value for one in record.timeline if one.action in LEDGER_FACTS])
    (_, first), *_ = calendars(record)
    return ledger(facts, record.stage_definitions, first, record.ticket.opened_at, at)


def calendars(record: TicketRecord) -> list[tuple[datetime, Calendar]]:
    """The calendars of a ticket, each with the instant since which it is in force, from the report on."""
    changes = [one for one in record.timeline if one.action == "contract_changed"]
    first = (changes[0].old_value or {})["calendar"] if changes else record.calendar
    since = [(record.ticket.opened_at, first)]
    since += [(one.occurred_at, (one.new_value or {})["calendar"]) for one in changes]
    return [(at, Calendar.model_validate(calendar)) for at, calendar in since]


def account(told: Ledger) -> dict[str, Any]:
    """The totals for programs: every owner, also those who had no time."""
    return {
        "start": told.start,
        "end": told.end,
        "ended": told.ended,
        "wall_clock": told.wall_clock,
        "totals": told.totals,
    }


def as_document(record: TicketRecord, told: Ledger) -> dict[str, Any]:
    """The whole ledger for programs; shares are percentages of the wall clock."""
    return {
        "number": record.ticket.number,
        **account(told),
        "shares": {owner: share(length, told.wall_clock) for owner, length in told.totals.items()},
        "time_zone": record.unit.time_zone,
        "calendars": [{"since": since, "calendar": one} for since, one in calendars(record) if since <= told.end],
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


def share(length: timedelta, whole: timedelta) -> float:
    """A length as a percentage of the whole."""
    return 100 * length / whole if whole else 0.0


def whose_time(told: Ledger) -> str:
    """The totals in a line, the largest first."""
    totals = sorted(owners_with_time(told), key=lambda one: -one[1])
    parts = [f"{words(owner)} {span(length)} ({share(length, told.wall_clock):.0f} %)" for owner, length in totals]
    return f"Whose time, {span(told.wall_clock)}: {', '.join(parts) or 'no time yet'}"


def owners_with_time(told: Ledger) -> list[tuple[TimeOwner, timedelta]]:
    """Whose time there was any of."""
    return [(owner, length) for owner, length in told.totals.items() if length]
