"""What `fieldcare sla explain` does: a recorded clock, told interval by interval."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from models.sla.calendar import Calendar
from models.sla.clock import ClockError
from models.sla.explain import Cause, Explanation, Interval, explain
from models.sql_functions import SqlFunction
from models.vocabulary import ClockKind, ClockState
from starter.addresses import read_settings
from starter.cli.terminal.display import Listing, Times, print_json, show, words
from starter.cli.terminal.parsing import instant, json_value
from starter.cli.terminal.run import out
from starter.cli.ticket.reference import checked_reference, unknown
from starter.failures import BadInput, Refused
from starter.recorded_clocks import calendar_at, recorded_clock
from starter.services import database_only

FURTHEST = timedelta(days=3653)
"""How far ahead a clock is explained: every opening until then is a line."""

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
    reference = checked_reference(reference)
    now = datetime.now(UTC)
    moment = now if at is None else instant(at, "no --at for now")
    if moment > now + FURTHEST:
        raise BadInput(f"{at} lies too far ahead to be explained. Name a time within ten years.")
    async with database_only(read_settings()) as database:
        found = json_value(await database.call(SqlFunction.GET_TICKET, reference))
    if found is None:
        raise unknown(reference)
    clock = recorded_clock(found, name)
    calendar = calendar_at(found, clock, moment)
    try:
        told = with_reasons(explain(clock, calendar, moment), found)
    except ClockError as error:
        raise Refused(f"Nothing to explain: {error}. Name a later time with --at.") from error
    if as_json:
        print_json(as_document(found, calendar, told))
    else:
        _show(found, calendar, told)


def with_reasons(told: Explanation, found: Mapping[str, Any]) -> Explanation:
    """The same with every pause cut where its reasons changed: a clock records for what it came to stand still, the
    holds of its ticket what it waited for from then on.
    """
    changes = list(_waits(told.kind, found["timeline"]))
    intervals = [part for one in told.intervals for part in _cut(one, changes)]
    return told.model_copy(update={"intervals": tuple(intervals)})


def _waits(kind: ClockKind, timeline: Iterable[Mapping[str, Any]]) -> Iterator[tuple[datetime, str]]:
    """From when on a ticket waited for which reasons that pause a kind of clocks."""
    reasons: list[str] = []
    for entry in timeline:
        fact = entry.get("new_value") or {}
        if entry["action"] == "ticket_held":
            # A fact from before reasons said which clocks they pause: all of them, or none.
            pauses = fact.get("pauses") or (tuple(ClockKind) if fact["pauses_clocks"] else ())
            if kind in pauses and fact["hold_reason"] not in reasons:
                reasons.append(fact["hold_reason"])
        elif entry["action"] == "ticket_resumed":
            reasons = [one for one in reasons if one != fact["hold_reason"]]
        elif entry["action"] == "ticket_ended":
            reasons = []
        else:
            continue
        yield datetime.fromisoformat(entry["occurred_at"]), ", ".join(reasons)


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


def as_document(found: Mapping[str, Any], calendar: Calendar, told: Explanation) -> dict[str, Any]:
    """The explanation for programs."""
    return {
        "number": found["ticket"]["number"],
        "clock": told.name,
        "kind": told.kind,
        "at": told.at,
        "state": told.state,
        "target": told.target,
        "first_target": told.first_target,
        "retargets": [{"at": one.at, "target": one.target, "reason": one.reason} for one in told.retargets],
        "elapsed": told.elapsed,
        "remaining": told.remaining,
        "due_at": told.due_at,
        "time_zone": found["unit"]["time_zone"],
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


# -- for people ------------------------------------------------------------------------------------------------------


def _show(found: Mapping[str, Any], calendar: Calendar, told: Explanation) -> None:
    times = Times(found["unit"]["time_zone"], told.at)
    hours = "around the clock" if calendar.always_open else f"hours in {calendar.zone}"
    zones = f", time zones {calendar.tzdata}" if calendar.tzdata else ""
    show(
        out,
        f"{found['ticket']['number']}, clock {told.name}: {words(told.state)} at {times.second(told.at)}",
        f"Target {exactly(told.target)} of business time; calendar {calendar.code} version {calendar.version}, "
        f"{hours}{zones}. Times in {times}.",
        *_retargets(told, times),
        "",
    )
    if told.intervals:
        show(out, Listing(_HEADERS, list(_rows(told.intervals, times)), right=_RIGHT, spare=("Until",)))
    show(out, f"\n{sentence(told, times)}")
    if told.ahead:
        listing = Listing(_HEADERS, list(_rows(told.ahead, times, told.elapsed)), right=_RIGHT, spare=("Until",))
        show(out, "\nIf nothing happens before:", listing)


def _retargets(told: Explanation, times: Times) -> Iterator[str]:
    before = told.first_target
    for one in told.retargets:
        yield f"Target {exactly(before)} → {exactly(one.target)} since {times.second(one.at)}: {one.reason}"
        before = one.target


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


def exactly(duration: timedelta) -> str:
    """A duration as hours, minutes and seconds, with what is below a second where there is any: nothing is rounded."""
    total = duration // timedelta(seconds=1)
    below = f".{duration.microseconds:06d}" if duration.microseconds else ""
    return f"{total // 3600}:{total // 60 % 60:02d}:{total % 60:02d}{below}"
