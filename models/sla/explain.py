"""Why a clock shows what it shows: every interval of its life with its cause, and the way to its deadline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from models.sla.calendar import Calendar, ExceptionalOpening
from models.sla.clock import STOPS, Clock, ClockError
from models.vocabulary.sla import ClockEventKind, ClockKind, ClockState
from models.zones import zone_info

DAY = timedelta(days=1)


class Cause(StrEnum):
    """Why an interval counts, or why it does not."""

    OPEN = "open"
    CLOSED = "closed"
    HOLIDAY = "holiday"
    PAUSED = "paused"
    ENDED = "ended"
    SOLVED = "solved"
    """Between its stop and its reopening."""


class Interval(BaseModel):
    """The time `[start, end)`, all of it for one cause.

    Attributes:
        detail: the holiday's name, the reason of a pause or a reopening, or, of open and closed time that would be the
            other but for the hours of an exceptional day, that day.
    """

    model_config = ConfigDict(frozen=True)

    start: AwareDatetime
    end: AwareDatetime
    counted: bool
    cause: Cause
    detail: str = ""

    @property
    def length(self) -> timedelta:
        return self.end - self.start


class Retarget(BaseModel):
    """A change of the target: of the whole clock, from its start on."""

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    target: timedelta
    reason: str


class Correction(BaseModel):
    """Thresholds that had been reported before it was told that the clock had stopped by then."""

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    lifted: tuple[int, ...]
    reason: str


class Explanation(BaseModel):
    """A clock as it was at a moment.

    Attributes:
        at: that moment.
        ended_at: when it had been met or missed for good, or was cancelled; None: it went on at that moment.
        target: as it was then.
        first_target: as it was at the clock's start.
        retargets: what led from the one to the other.
        corrections: what was reported of it and does not stand.
        told_at: when its end was told, if that was later.
        intervals: from the start to that moment, or to the clock's end; they leave nothing out and do not overlap, and
            those that counted add up to `elapsed`.
        remaining: business time to the deadline; negative when it is past.
        due_at: the deadline; None while it is undefined (paused, cancelled).
        ahead: from that moment to a deadline that lies ahead, if nothing happens before.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    kind: ClockKind
    at: AwareDatetime
    ended_at: AwareDatetime | None
    state: ClockState
    target: timedelta
    first_target: timedelta
    retargets: tuple[Retarget, ...]
    corrections: tuple[Correction, ...] = ()
    told_at: AwareDatetime | None = None
    elapsed: timedelta
    remaining: timedelta
    due_at: AwareDatetime | None
    intervals: tuple[Interval, ...]
    ahead: tuple[Interval, ...]


def explain(clock: Clock, calendar: Calendar, at: datetime) -> Explanation:
    """The clock as it was at `at`: what happened later is left out.

    Raises:
        ClockError: it had not started.
    """
    then = clock.model_copy(update={"events": tuple(event for event in clock.events if event.at <= at)})
    if not then.events:
        raise ClockError(f"clock {clock.name} had not started at {at.isoformat()}")
    elapsed, due_at = then.elapsed(at, calendar), then.due_at(calendar)
    goes_on = not then.is_over and not then.is_paused
    return Explanation(
        name=then.name,
        kind=then.kind,
        at=at,
        ended_at=_ended_at(then),
        state=then.state(at, calendar),
        target=then.current_target,
        first_target=then.target,
        retargets=tuple(
            Retarget(at=event.at, target=event.target, reason=event.reason)
            for event in then.events
            if event.target is not None
        ),
        corrections=tuple(
            Correction(at=event.at, lifted=event.lifted, reason=event.reason)
            for event in clock.events
            if event.kind is ClockEventKind.CORRECTED
        ),
        told_at=next((one.told_at for one in reversed(then.events) if one.kind in STOPS), None)
        if then.is_over
        else None,
        elapsed=elapsed,
        remaining=then.current_target - elapsed,
        due_at=due_at,
        intervals=tuple(_life(then, calendar, at)),
        ahead=tuple(_business(calendar, at, due_at)) if goes_on and due_at is not None and due_at > at else (),
    )


def _ended_at(clock: Clock) -> datetime | None:
    return [event.at for event in clock.events if event.kind in STOPS][-1] if clock.is_over else None


def _life(clock: Clock, calendar: Calendar, at: datetime) -> Iterator[Interval]:
    edge = clock.events[0].at
    end = _ended_at(clock) or at
    for start, until in clock.running(end):
        if edge < start:
            yield _stopped(clock, edge, start)
        yield from _business(calendar, start, until)
        edge = until
    if edge < end:
        yield _stopped(clock, edge, end)


def _stopped(clock: Clock, start: datetime, end: datetime) -> Interval:
    """The clock did not run: because of the newest event up to then that stopped it."""
    event = [one for one in clock.events if one.kind in STOPS and one.at <= start][-1]
    detail = event.reason
    if event.kind is ClockEventKind.PAUSED:
        cause = Cause.PAUSED
    else:
        again = next((one for one in clock.events if one.kind is ClockEventKind.REOPENED and one.at >= end), None)
        cause = Cause.SOLVED if again else Cause.ENDED
        detail = f"reopened: {again.reason}" if again else detail
    return Interval(start=start, end=end, counted=False, cause=cause, detail=detail)


def _business(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Interval]:
    """The time in which the clock ran, open or closed."""
    edge = start
    for opens, closes in calendar.intervals(start, end):
        yield from closed(calendar, edge, opens)
        yield from _open(calendar, opens, closes)
        edge = closes
    yield from closed(calendar, edge, end)


def _open(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Interval]:
    """`[start, end)`, all of which is open: what is open because of an exceptional day alone has its name."""
    first, last = _days(calendar, start, end)
    special = {one.day: _called(one) for one in calendar.exceptional_openings if first <= one.day <= last}
    named = (
        Interval(start=edge, end=until, counted=True, cause=Cause.OPEN, detail=name)
        for day, name in special.items()
        for edge, until in _gaps(_without(calendar, day, holiday=True).intervals(start, end), start, end)
    )
    yield from _filled(named, Interval(start=start, end=end, counted=True, cause=Cause.OPEN))


def closed(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Interval]:
    """`[start, end)`, all of which is closed: what would have been open but for a special day has its name."""
    if start >= end:
        return
    first, last = _days(calendar, start, end)
    special = {one.day: (Cause.CLOSED, _called(one)) for one in calendar.exceptional_openings}
    names = calendar.holiday_names or [""] * len(calendar.holidays)
    special |= {day: (Cause.HOLIDAY, name) for day, name in zip(calendar.holidays, names, strict=True)}
    named = (
        Interval(start=opens, end=closes, counted=False, cause=cause, detail=name)
        for day, (cause, name) in special.items()
        if first <= day <= last
        for opens, closes in _without(calendar, day, holiday=False).intervals(start, end)
    )
    yield from _filled(named, Interval(start=start, end=end, counted=False, cause=Cause.CLOSED))


def _filled(named: Iterable[Interval], whole: Interval) -> Iterator[Interval]:
    """The named parts of a whole in order, and between them what it is otherwise. What two have is the first's."""
    edge = whole.start
    for one in sorted(named, key=lambda part: (part.start, part.end)):
        if edge < one.start:
            yield whole.model_copy(update={"start": edge, "end": one.start})
        if edge < one.end:
            yield one.model_copy(update={"start": max(edge, one.start)})
            edge = one.end
    if edge < whole.end:
        yield whole.model_copy(update={"start": edge})


def _days(calendar: Calendar, start: datetime, end: datetime) -> tuple[date, date]:
    """The local days whose hours may reach into `[start, end)`: a night shift of the day before the first one may."""
    zone = zone_info(calendar.zone)
    return start.astimezone(zone).date() - DAY, end.astimezone(zone).date()


def _called(one: ExceptionalOpening) -> str:
    return f"exceptional hours ({one.name})" if one.name else "exceptional hours"


def _gaps(
    spans: Iterable[tuple[datetime, datetime]], start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    edge = start
    for opens, closes in spans:
        if edge < opens:
            yield edge, opens
        edge = closes
    if edge < end:
        yield edge, end


def _without(calendar: Calendar, special: date, *, holiday: bool) -> Calendar:
    """The calendar without the exceptional hours of a day, and as if it were no holiday unless that is to stay."""
    return Calendar(
        code=calendar.code,
        version=calendar.version,
        always_open=calendar.always_open,
        zone=calendar.zone,
        hours=calendar.hours,
        holidays=tuple(day for day in calendar.holidays if holiday or day != special),
        exceptional_openings=tuple(one for one in calendar.exceptional_openings if one.day != special),
    )
