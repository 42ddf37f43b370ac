"""What speaks against an engineer for a stage: shown beside a recommendation, and warned of when they are assigned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from models.contracts.assigning import AssignmentWarning
from models.contracts.recommendation import ExpertiseFacts
from models.instants import on_the_clock
from models.recommending.seen import LEVELS, Seen
from models.recommending.sentences import CONCERNS
from models.recommending.shifts import away_at, back_at, leaves_between
from models.vocabulary.assigning import AssignmentConcern as Concern
from models.vocabulary.assigning import Gravity
from models.vocabulary.people import SupportLevel

FAR: Final = 120.0
"""Minutes of travel from which on somebody is told of them."""

_GRAVITIES, _KINDS = tuple(Gravity), tuple(Concern)


def concerns_of(one: Seen) -> tuple[AssignmentWarning, ...]:
    """Everything that speaks against a candidate for one stage, the gravest first."""
    return gravest_first((*_absence(one), *_qualification(one), *_shift(one), *_way(one), *_load(one)))


def gravest_first(found: Iterable[AssignmentWarning]) -> tuple[AssignmentWarning, ...]:
    """The same in order, each kind once: what is said of several stages is said of the first of them."""
    once = {one.kind: one for one in reversed(tuple(found))}
    return tuple(sorted(once.values(), key=lambda one: (-_GRAVITIES.index(one.gravity), _KINDS.index(one.kind))))


def _says(kind: Concern, one: Seen, **values: object) -> AssignmentWarning:
    gravity, text = CONCERNS[kind]
    said = {name: str(value) for name, value in values.items()} | {"engineer": one.facts.code}
    return AssignmentWarning(kind=kind, gravity=gravity, text=text, values=said)


def _at(one: Seen, instant: datetime | None) -> str:
    return "an unknown day" if instant is None else on_the_clock(instant, one.facts.time_zone)


def _absence(one: Seen) -> Iterator[AssignmentWarning]:
    expected, due = one.expected, one.due
    if away_at(one.facts, expected) is not None:
        back = back_at(one.facts, expected)
        if due is not None and expected < due and (back is None or back >= due):
            stage, by = one.stage.name, _at(one, due)
            yield _says(Concern.AWAY_THROUGHOUT, one, back=_at(one, back), stage=stage, due=by)
        else:
            yield _says(Concern.AWAY, one, back=_at(one, back))
    elif due is not None:
        leaves = next(leaves_between(one.facts, expected, due), None)
        if leaves is not None:
            yield _says(Concern.AWAY_SOON, one, leaves=_at(one, leaves), stage=one.stage.name)


def _qualification(one: Seen) -> Iterator[AssignmentWarning]:
    equipment, known = one.case.unit.equipment_type, one.facts.expertise
    if known is None:
        kind = Concern.OTHER_MAKES if one.facts.other_makes else Concern.NO_EXPERTISE
        yield _says(kind, one, equipment=equipment, make=one.case.unit.manufacturer)
        return
    level, stage = known.support_level, one.stage
    if _is_below(level, stage.support_level):
        yield _says(
            Concern.LEVEL_BELOW_STAGE,
            one,
            level=level.value,
            equipment=equipment,
            stage=stage.name,
            needed=stage.support_level.value,
        )
    elif _is_below(level, one.needed):
        yield _says(Concern.LEVEL_BELOW_DIAGNOSIS, one, level=level.value, equipment=equipment, needed=one.needed.value)
    if known.certification is not None:
        yield from _certificate(one, known, known.certification)


def _certificate(one: Seen, known: ExpertiseFacts, name: str) -> Iterator[AssignmentWarning]:
    day = one.day
    if not one.is_certified(day):
        yield _says(Concern.CERTIFICATE_MISSING, one, certificate=name, day=day.isoformat())
    elif one.due is not None and one.expected < one.due and not one.is_certified(one.day_of(one.due)):
        lasts = max(last for first, last in known.certified if last is not None and first <= day <= last)
        yield _says(Concern.CERTIFICATE_EXPIRES, one, certificate=name, day=lasts.isoformat(), stage=one.stage.name)


def _shift(one: Seen) -> Iterator[AssignmentWarning]:
    if not one.shifts.is_known(one.facts):
        yield _says(Concern.NO_CALENDAR, one)
    elif not one.shifts.is_open(one.facts, one.expected) and away_at(one.facts, one.expected) is None:
        opens, holiday = _at(one, one.free_from), one.shifts.holiday(one.facts, one.expected)
        if holiday is not None:
            yield _says(Concern.HOLIDAY, one, day=one.day.isoformat(), holiday=holiday, opens=opens)
        else:
            yield _says(Concern.OUTSIDE_SHIFT, one, opens=opens)


def _way(one: Seen) -> Iterator[AssignmentWarning]:
    if one.way is None:
        return
    kilometres = f"{one.way.kilometres:.0f}"
    if one.way.assumed:
        yield _says(Concern.WAY_UNKNOWN, one, kilometres=kilometres)
    elif one.way.minutes > FAR:
        yield _says(Concern.FAR, one, minutes=f"{one.way.minutes:.0f}", kilometres=kilometres)


def _load(one: Seen) -> Iterator[AssignmentWarning]:
    if one.facts.load >= one.facts.capacity:
        yield _says(Concern.AT_CAPACITY, one, load=one.facts.load, capacity=one.facts.capacity)


def _is_below(level: SupportLevel, needed: SupportLevel) -> bool:
    return LEVELS.index(level) < LEVELS.index(needed)
