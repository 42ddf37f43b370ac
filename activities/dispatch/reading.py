"""The problem of a plan from what is on record: duties from shifts and absences, visits with what they need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any, Final

from activities.dispatch.records import DispatchRecord, EngineerRow, VisitRow
from models.dispatch.problem import Certificate, Duty, Engineer, Problem, Skill, Span, Visit, Weights
from models.sla.calendar import Calendar, Opening
from models.travel import TravelModel, place_of
from models.vocabulary.people import Capability
from models.vocabulary.stages import StageType
from models.zones import zone_info

CalendarOf = Callable[[dict[str, Any], datetime], Calendar]
"""A calendar with its public holidays, from what the database has of it."""

USUAL_DURATIONS: Final[Mapping[StageType, timedelta]] = {
    StageType.REPAIR: timedelta(hours=2),
    StageType.DIAGNOSIS: timedelta(hours=1),
    StageType.ASSESSMENT: timedelta(hours=1),
    StageType.TESTING: timedelta(hours=1),
    StageType.COMPLETION: timedelta(minutes=30),
    StageType.PROCUREMENT: timedelta(minutes=30),
}
"""How long a visit is taken to last where too few are on record."""

NEEDED: Final[Mapping[StageType, frozenset[str]]] = {
    StageType.REPAIR: frozenset({Capability.REPAIR.value}),
    StageType.DIAGNOSIS: frozenset({Capability.DIAGNOSE.value}),
}
"""What somebody has to be able to do for a stage; nothing in particular for the others."""

ENOUGH = 5
"""Visits on record from which on their median is how long one lasts."""

SHORTEST, LONGEST = timedelta(minutes=15), timedelta(hours=8)
FROZEN_BEFORE = timedelta(hours=2)
"""A visit that is planned to begin within that time stays as it is."""

LONGEST_BREAK = timedelta(hours=3)
"""Two stretches of work with more than that between them are two duties, each from home and back."""

NO_SHIFTS = Calendar(
    code="assumed",
    always_open=False,
    hours=tuple(Opening(weekday=day, opens=time(8), closes=time(18)) for day in range(1, 6)),
)
"""What is assumed of an engineer who has no shifts on record: a plan needs hours."""


@dataclass(frozen=True, slots=True)
class Pin:
    """What a person has decided of a visit."""

    engineer: str
    start: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Of what a plan is asked.

    Attributes:
        pins: by the visit's key.
    """

    start: datetime
    until: datetime
    travel: TravelModel = field(default_factory=TravelModel)
    weights: Weights = field(default_factory=Weights)
    frozen_before: timedelta = FROZEN_BEFORE
    pins: Mapping[str, Pin] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Read:
    """A problem, with the rows that its visits are of."""

    problem: Problem
    visits: Mapping[str, VisitRow]
    under_way: tuple[VisitRow, ...]


def problem_of(record: DispatchRecord, asked: Asked, calendar_of: CalendarOf) -> Read:
    """The problem as the record has it, with every assumption said."""
    assumptions: list[str] = []
    rows = [one for one in record.visits if one.under_way is None]
    under_way = tuple(one for one in record.visits if one.under_way is not None)
    durations = _Durations(record)
    engineers = tuple(_engineer(one, asked, calendar_of, under_way, durations) for one in record.engineers)
    known = {one.code for one in engineers}
    visits = tuple(_visit(one, asked, known, durations) for one in rows)
    assumptions += _assumed(record, rows, durations, asked)
    return Read(
        problem=Problem(
            origin=asked.start,
            horizon=round((asked.until - asked.start).total_seconds()),
            engineers=engineers,
            visits=visits,
            travel=asked.travel,
            weights=asked.weights,
            assumptions=tuple(assumptions),
        ),
        visits={one.key: one for one in rows},
        under_way=under_way,
    )


def _assumed(record: DispatchRecord, rows: Sequence[VisitRow], durations: _Durations, asked: Asked) -> Iterator[str]:
    km = asked.travel.assumed_km
    homeless = [one.code for one in record.engineers if place_of(one.latitude, one.longitude) is None]
    if homeless:
        yield f"no home is on record of {_some(homeless)}: each of their ways from and to it is taken to be {km:g} km"
    sites = sorted({f"{one.customer}/{one.site}" for one in rows if place_of(one.latitude, one.longitude) is None})
    if sites:
        yield f"no coordinates are on record of {_some(sites)}: each way there is taken to be {km:g} km"
    shiftless = [one.code for one in record.engineers if not one.has_shifts or _is_always(one)]
    if shiftless:
        yield f"no shifts are on record of {_some(shiftless)}: taken to be Monday to Friday, 08:00 to 18:00"
    guessed = sorted({one.stage_type.value for one in rows if durations.of(one)[1]})
    if guessed:
        said = ", ".join(f"{one} {_minutes(USUAL_DURATIONS[StageType(one)])} min" for one in guessed)
        yield f"too few such visits are on record to know how long they last: taken to be {said}"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _minutes(length: timedelta) -> int:
    return round(length.total_seconds() / 60)


class _Durations:
    """How long a visit lasts, by what is on record of such visits."""

    def __init__(self, record: DispatchRecord) -> None:
        self._known = {
            (one.stage_type, one.equipment_type): timedelta(seconds=one.median)
            for one in record.durations
            if one.visits >= ENOUGH
        }

    def of(self, row: VisitRow) -> tuple[timedelta, bool]:
        """How long, and whether that is assumed."""
        for kind in (row.equipment_type, None):
            known = self._known.get((row.stage_type, kind))
            if known is not None:
                return min(max(known, SHORTEST), LONGEST), False
        return USUAL_DURATIONS[row.stage_type], True


def _engineer(
    row: EngineerRow,
    asked: Asked,
    calendar_of: CalendarOf,
    under_way: Sequence[VisitRow],
    durations: _Durations,
) -> Engineer:
    home = place_of(row.latitude, row.longitude)
    return Engineer(
        code=row.code,
        name=row.name,
        level=row.support_level,
        home=home,
        skills=tuple(
            # Nobody is put on work above their own level, whatever their expertise says.
            Skill.model_validate({**one.model_dump(), "level": min(one.level, row.support_level)})
            for one in row.skills
        ),
        certificates=tuple(Certificate.model_validate(one.model_dump()) for one in row.certificates),
        duties=tuple(
            _duties(row, asked, calendar_of, [one for one in under_way if one.engineer == row.code], durations)
        ),
        capacity=row.room,
    )


def _is_always(row: EngineerRow) -> bool:
    return row.calendar is not None and bool(row.calendar["always_open"])


def _duties(
    row: EngineerRow,
    asked: Asked,
    calendar_of: CalendarOf,
    under_way: Sequence[VisitRow],
    durations: _Durations,
) -> Iterator[Duty]:
    zone = zone_info(row.time_zone)
    if not row.has_shifts or _is_always(row):
        calendar = NO_SHIFTS.model_copy(update={"zone": row.time_zone})
    elif row.calendar is None:
        return
    else:
        calendar = calendar_of(row.calendar, asked.start)
    # From the beginning of a shift that goes on already: its breaks and its day are those of the whole.
    spans = calendar.intervals(asked.start - LONGEST_BREAK, asked.until)
    for away in row.absences:
        spans = list(_without(spans, away["from"], away["until"]))
    at_work = [_free_again(one, row, asked, durations) for one in under_way]
    for stretch in _stretches(spans):
        start, place = max(stretch[0][0], asked.start), None
        for free, where in at_work:
            if start < free < stretch[-1][1]:
                start, place = free, where
        end = stretch[-1][1]
        if end <= start:
            continue
        breaks = [(max(one[1], start), following[0]) for one, following in pairwise(stretch) if following[0] > start]
        local = stretch[0][0].astimezone(zone)
        yield Duty(
            span=_span(asked, start, end),
            breaks=tuple(_span(asked, *one) for one in breaks if one[1] > one[0]),
            day=local.date(),
            utc_offset=round((local.utcoffset() or timedelta(0)).total_seconds()),
            begins_at=place,
        )


def _free_again(row: VisitRow, engineer: EngineerRow, asked: Asked, durations: _Durations) -> tuple[datetime, Any]:
    """When whoever is on a visit is done with it, and where they are then. At the earliest a quarter of an hour on."""
    since = row.under_way or asked.start
    place = place_of(row.latitude, row.longitude)
    lasts = durations.of(row)[0]
    if not row.arrived:
        home = place_of(engineer.latitude, engineer.longitude)
        local = since.astimezone(zone_info(engineer.time_zone))
        lasts += timedelta(minutes=asked.travel.minutes(home, place, local))
    return max(since + lasts, asked.start + SHORTEST), place


def _without(spans: Sequence[tuple[datetime, datetime]], begins: str, ends: str) -> Iterator[tuple[datetime, datetime]]:
    gone, back = _instant(begins), _instant(ends)
    for start, end in spans:
        if gone > start:
            yield start, min(end, gone)
        if back < end:
            yield max(start, back), end


def _instant(text: str) -> datetime:
    """PostgreSQL's `infinity` is as far away as anybody plans."""
    if text.endswith("infinity"):
        return datetime(1 if text.startswith("-") else 9999, 1, 1, tzinfo=UTC)
    return datetime.fromisoformat(text)


def _stretches(spans: Sequence[tuple[datetime, datetime]]) -> Iterator[list[tuple[datetime, datetime]]]:
    """Spans with no more than a break between them."""
    stretch: list[tuple[datetime, datetime]] = []
    for one in sorted(one for one in spans if one[0] < one[1]):
        if stretch and one[0] - stretch[-1][1] > LONGEST_BREAK:
            yield stretch
            stretch = []
        stretch.append(one)
    if stretch:
        yield stretch


def _visit(row: VisitRow, asked: Asked, engineers: set[str], durations: _Durations) -> Visit:
    lasts = durations.of(row)[0]
    calendar = Calendar.model_validate(row.calendar)
    pin = asked.pins.get(row.key)
    engineer, start = (pin.engineer, pin.start) if pin is not None else (None, None)
    frozen = False
    if pin is None and row.planned_at is not None and row.engineer in engineers:
        frozen = asked.start <= row.planned_at < asked.start + asked.frozen_before
        if frozen:
            engineer, start = row.engineer, row.planned_at
    return Visit(
        key=row.key,
        ticket=row.number,
        stage=row.stage_key,
        customer=row.customer,
        place=place_of(row.latitude, row.longitude),
        duration=round(lasts.total_seconds()),
        windows=()
        if calendar.always_open
        else tuple(_span(asked, *one) for one in calendar.intervals(asked.start, asked.until)) or (_NEVER,),
        deadline=_deadline(row, asked, lasts),
        priority=row.priority,
        equipment_type=row.equipment_type,
        manufacturer=row.manufacturer,
        level=row.support_level,
        capabilities=NEEDED.get(row.stage_type, frozenset()),
        crew=row.crew,
        ready_at=0 if row.ready_at is None else max(0, _second(asked, row.ready_at)),
        pinned_engineer=engineer,
        pinned_start=None if start is None else _second(asked, start),
        frozen=frozen,
        present_engineer=row.engineer,
        present_start=None if row.planned_at is None else _second(asked, row.planned_at),
    )


_NEVER = Span(start=-1, end=-1)
"""The site is not open within the horizon."""


def _deadline(row: VisitRow, asked: Asked, lasts: timedelta) -> int | None:
    """When the visit has to be done: what was promised for the arrival and the solution counts, not an inner target."""
    promised = [
        *([row.arrival_due + lasts] if row.arrival_due is not None else []),
        *([row.resolution_due] if row.resolution_due is not None else []),
    ]
    at = min(promised, default=row.stage_due)
    return None if at is None else _second(asked, at)


def _second(asked: Asked, at: datetime) -> int:
    return (at - asked.start) // timedelta(seconds=1)


def _span(asked: Asked, start: datetime, end: datetime) -> Span:
    return Span(start=_second(asked, start), end=_second(asked, end))
