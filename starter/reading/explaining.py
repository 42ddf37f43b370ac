"""A recorded clock, told interval by interval."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from models.records import TicketRecord, TimelineEntry
from models.sla.calendar import Calendar
from models.sla.clock import ClockError
from models.sla.explain import Cause, Explanation, Interval, explain
from models.vocabulary.sla import ClockKind
from starter.failures import BadInput, Refused, Remedy, RemedyKind
from starter.reading.clocks import calendar_at, recorded_clock

FURTHEST = timedelta(days=3653)
"""How far ahead a clock is explained: every opening until then is a line."""


@dataclass(frozen=True, slots=True)
class ExplainedClock:
    """A clock's explanation, and the calendar that it runs by."""

    told: Explanation
    calendar: Calendar


def check_time(at: datetime) -> None:
    """Refuse a time that lies too far ahead.

    Raises:
        BadInput: it does.
    """
    if at > datetime.now(UTC) + FURTHEST:
        raise BadInput(f"{at:%Y-%m-%d} lies too far ahead to be explained. Name a time within ten years.")


def explained(record: TicketRecord, name: str, at: datetime) -> ExplainedClock:
    """One clock of a ticket as it stands at a moment.

    Raises:
        NoSuchClock: the ticket has none of that name.
        Refused: it had not started by then.
    """
    clock = recorded_clock(record, name)
    calendar = calendar_at(record, clock, at)
    try:
        return ExplainedClock(with_reasons(explain(clock, calendar, at), record), calendar)
    except ClockError as error:
        raise Refused(f"Nothing to explain: {error}.", Remedy(RemedyKind.OTHER_TIME)) from error


def with_reasons(told: Explanation, record: TicketRecord) -> Explanation:
    """The same with every pause cut where its reasons changed: a clock records for what it came to stand still, the
    holds of its ticket what it waited for from then on.
    """
    changes = list(_waits(told.kind, record.timeline))
    intervals = [part for one in told.intervals for part in _cut(one, changes)]
    return told.model_copy(update={"intervals": tuple(intervals)})


def _waits(kind: ClockKind, timeline: Iterable[TimelineEntry]) -> Iterator[tuple[datetime, str]]:
    """From when on a ticket waited for which reasons that pause a kind of clocks."""
    reasons: list[str] = []
    for entry in timeline:
        fact = entry.new_value or {}
        if entry.action == "ticket_held":
            # A fact from before reasons said which clocks they pause: all of them, or none.
            pauses = fact.get("pauses") or (tuple(ClockKind) if fact["pauses_clocks"] else ())
            if kind in pauses and fact["hold_reason"] not in reasons:
                reasons.append(fact["hold_reason"])
        elif entry.action == "ticket_resumed":
            reasons = [one for one in reasons if one != fact["hold_reason"]]
        elif entry.action == "ticket_ended":
            reasons = []
        else:
            continue
        yield entry.happened_at, ", ".join(reasons)


def _cut(one: Interval, changes: Iterable[tuple[datetime, str]]) -> Iterator[Interval]:
    if one.cause is not Cause.PAUSED:
        yield one
        return
    start, detail = one.start, one.detail
    for at, reasons in changes:
        if at >= one.end:
            break
        if reasons in {"", detail}:
            continue
        if at > start:
            yield one.model_copy(update={"start": start, "end": at, "detail": detail})
            start = at
        detail = reasons
    yield one.model_copy(update={"start": start, "detail": detail})


def as_document(record: TicketRecord, calendar: Calendar, told: Explanation) -> dict[str, Any]:
    """The explanation for programs."""
    return {
        "number": record.ticket.number,
        "clock": told.name,
        "kind": told.kind,
        "at": told.at,
        "ended_at": told.ended_at,
        "state": told.state,
        "target": told.target,
        "first_target": told.first_target,
        "retargets": [{"at": one.at, "target": one.target, "reason": one.reason} for one in told.retargets],
        "corrections": [{"at": one.at, "lifted": one.lifted, "reason": one.reason} for one in told.corrections],
        "told_at": told.told_at,
        "elapsed": told.elapsed,
        "remaining": told.remaining,
        "due_at": told.due_at,
        "time_zone": record.unit.time_zone,
        "calendar": calendar,
        "intervals": [_interval(one) for one in told.intervals],
        "ahead": [_interval(one) for one in told.ahead],
    }


def _interval(one: Interval) -> dict[str, Any]:
    return {
        "start": one.start,
        "end": one.end,
        "length": one.length,
        "counted": one.counted,
        "cause": one.cause,
        "detail": one.detail,
    }
