"""SLA clocks as they are on record, from the record of a ticket."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import TypeAdapter

from models.identity import ClockId
from models.records import RecordedClock, TicketRecord
from models.sla.calendar import Calendar
from models.sla.clock import Clock, ClockEvent
from models.vocabulary.sla import ClockEventKind
from starter.failures import FailureCode, Refused

_LENGTH = TypeAdapter(timedelta)


class NoSuchClock(Refused):
    """The ticket has no clock of that name; the sentence says which it has."""

    code = FailureCode.UNKNOWN_CLOCK


def recorded_clock(record: TicketRecord, name: str) -> Clock:
    """A clock of a ticket, from its record.

    Raises:
        NoSuchClock: the ticket has none of that name.
    """
    row = record.clock(name)
    if row is None:
        names = ", ".join(one.name for one in record.clocks)
        raise NoSuchClock(f"{record.ticket.number} has no clock {name!r}. It has {names}.")
    return Clock(
        clock_id=ClockId(row.id),
        kind=row.kind,
        name=name,
        stage=row.stage_key,
        visit=row.visit,
        target=_first_target(record, row),
        calendar=None if row.calendar_snapshot is None else Calendar.model_validate(row.calendar_snapshot),
        events=tuple(
            ClockEvent(
                kind=one.kind,
                at=one.occurred_at,
                percent=one.percent,
                reason=one.reason,
                target=one.target if one.kind is ClockEventKind.RETARGETED else None,
                counts_from=one.counts_from,
                told_at=one.told_at,
                lifted=one.lifted,
            )
            for one in row.events
        ),
    )


def calendar_at(record: TicketRecord, clock: Clock, moment: datetime) -> Calendar:
    """The calendar that a clock ran by at a moment: before a change of the contract it was another one."""
    if clock.calendar is not None and clock.events[-1].at <= moment:
        return clock.calendar
    changes = (one for one in record.timeline if one.action == "contract_changed")
    later = next((one.old_value for one in changes if one.occurred_at > moment), None)
    return record.business_calendar if later is None else Calendar.model_validate(later["calendar"])


def _first_target(record: TicketRecord, row: RecordedClock) -> timedelta:
    """The target at the clock's start. Clocks from before there were retargets have it in the audit trail alone."""
    started = row.events[0].target
    if started is not None:
        return started
    facts = (one.new_value or {} for one in record.timeline if one.action == "clock_moved")
    return _LENGTH.validate_python(next(fact["target"] for fact in facts if fact["clock_id"] == str(row.id)))
