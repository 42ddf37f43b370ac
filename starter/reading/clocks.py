"""SLA clocks as they are on record, from what `get_ticket()` says of a ticket."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from models.sla.calendar import Calendar
from models.sla.clock import Clock, ClockEvent
from models.vocabulary import ClockEventKind
from starter.failures import FailureCode, Refused

_LENGTH = TypeAdapter(timedelta)


class NoSuchClock(Refused):
    """The ticket has no clock of that name; the sentence says which it has."""

    code = FailureCode.UNKNOWN_CLOCK


def recorded_clock(found: Mapping[str, Any], name: str) -> Clock:
    """A clock of a ticket, from what `get_ticket()` says of it.

    Raises:
        NoSuchClock: the ticket has none of that name.
    """
    rows = {row["name"]: row for row in found["clocks"]}
    if name not in rows:
        raise NoSuchClock(f"{found['ticket']['number']} has no clock {name!r}. It has {', '.join(rows)}.")
    row = rows[name]
    return Clock(
        clock_id=row["id"],
        kind=row["kind"],
        name=name,
        stage=row["stage_key"],
        visit=row["visit"],
        target=_first_target(found, row),
        calendar=row["calendar_snapshot"],
        events=tuple(
            ClockEvent(
                kind=one["kind"],
                at=one["occurred_at"],
                percent=one["percent"],
                reason=one["reason"],
                target=timedelta(seconds=one["target"]) if one["kind"] == ClockEventKind.RETARGETED else None,
                counts_from=one["counts_from"],
            )
            for one in row["events"]
        ),
    )


def calendar_at(found: Mapping[str, Any], clock: Clock, moment: datetime) -> Calendar:
    """The calendar that a clock ran by at a moment: before a change of the contract it was another one."""
    if clock.calendar is not None and clock.events[-1].at <= moment:
        return clock.calendar
    changes = [one for one in found["timeline"] if one["action"] == "contract_changed"]
    later = [one for one in changes if datetime.fromisoformat(one["occurred_at"]) > moment]
    return Calendar.model_validate(later[0]["old_value"]["calendar"] if later else found["calendar"])


def _first_target(found: Mapping[str, Any], row: Mapping[str, Any]) -> timedelta:
    """The target at the clock's start. Clocks from before there were retargets have it in the audit trail alone."""
    started = row["events"][0]["target"]
    if started is not None:
        return timedelta(seconds=started)
    told = next(
        one["new_value"]["target"]
        for one in found["timeline"]
        if one["action"] == "clock_moved" and one["new_value"]["clock_id"] == row["id"]
    )
    return _LENGTH.validate_python(told)
