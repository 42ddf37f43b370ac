"""What speaks against an engineer for a stage: shown beside a recommendation, and warned of when they are assigned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from models.contracts.assigning import AssignmentWarning
from models.contracts.recommendation import CandidateFacts, EngineerCase, ExpertiseFacts, StageFacts
from models.instants import on_the_clock
from models.recommending.scores import LEVELS, is_certified, needed_level, way_of
from models.recommending.sentences import CONCERNS
from models.recommending.shifts import Shifts, away_at, back_at, leaves_between
from models.travel import TravelModel
from models.vocabulary.assigning import AssignmentConcern as Concern
from models.vocabulary.assigning import Gravity
from models.vocabulary.people import SupportLevel
from models.zones import zone_info

FAR: Final = 120.0
"""Minutes of travel from which on somebody is told of them."""


def concerns_of(
    case: EngineerCase, stage: StageFacts, candidate: CandidateFacts, shifts: Shifts, travel: TravelModel
) -> tuple[AssignmentWarning, ...]:
    """Everything that speaks against a candidate for one stage, the gravest first."""
    found = (
        *_absence(case, stage, candidate),
        *_qualification(case, stage, candidate),
        *_shift(case, stage, candidate, shifts),
        *_way(case, stage, candidate, travel),
        *_load(candidate),
    )
    return gravest_first(found)


def gravest_first(found: Iterable[AssignmentWarning]) -> tuple[AssignmentWarning, ...]:
    """The same in order, each kind once: what is said of several stages is said of the first of them."""
    once = {one.kind: one for one in reversed(tuple(found))}
    gravities = tuple(Gravity)
    return tuple(sorted(once.values(), key=lambda one: (-gravities.index(one.gravity), list(Concern).index(one.kind))))


def _says(kind: Concern, candidate: CandidateFacts, **values: object) -> AssignmentWarning:
    gravity, text = CONCERNS[kind]
    said = {name: str(value) for name, value in values.items()} | {"engineer": candidate.code}
    return AssignmentWarning(kind=kind, gravity=gravity, text=text, values=said)


def _absence(case: EngineerCase, stage: StageFacts, candidate: CandidateFacts) -> Iterator[AssignmentWarning]:
    expected, due = case.expected_at(stage), case.due(stage)
    if away_at(candidate, expected) is not None:
        back = back_at(candidate, expected)
        until = on_the_clock(back, candidate.time_zone) if back is not None else "an unknown day"
        if due is not None and expected < due and (back is None or back >= due):
            by = on_the_clock(due, candidate.time_zone)
            yield _says(Concern.AWAY_THROUGHOUT, candidate, back=until, stage=stage.name, due=by)
        else:
            yield _says(Concern.AWAY, candidate, back=until)
    elif due is not None:
        leaves = next(leaves_between(candidate, expected, due), None)
        if leaves is not None:
            at = on_the_clock(leaves, candidate.time_zone)
            yield _says(Concern.AWAY_SOON, candidate, leaves=at, stage=stage.name)


def _qualification(case: EngineerCase, stage: StageFacts, candidate: CandidateFacts) -> Iterator[AssignmentWarning]:
    equipment, known = case.unit.equipment_type, candidate.expertise
    if known is None:
        kind = Concern.OTHER_MAKES if candidate.other_makes else Concern.NO_EXPERTISE
        yield _says(kind, candidate, equipment=equipment, make=case.unit.manufacturer)
        return
    level = known.support_level
    if _below(level, stage.support_level):
        needed = stage.support_level.value
        yield _says(
            Concern.LEVEL_BELOW_STAGE,
            candidate,
            level=level.value,
            equipment=equipment,
            stage=stage.name,
            needed=needed,
        )
    elif _below(level, needed_level(case, stage)):
        needed = needed_level(case, stage).value
        yield _says(Concern.LEVEL_BELOW_DIAGNOSIS, candidate, level=level.value, equipment=equipment, needed=needed)
    yield from _certificate(case, stage, candidate, known)


def _certificate(
    case: EngineerCase, stage: StageFacts, candidate: CandidateFacts, known: ExpertiseFacts
) -> Iterator[AssignmentWarning]:
    if known.certification is None:
        return
    expected, due = case.expected_at(stage), case.due(stage)
    zone = zone_info(candidate.time_zone)
    if not is_certified(candidate, known, expected):
        day = expected.astimezone(zone).date()
        yield _says(Concern.CERTIFICATE_MISSING, candidate, certificate=known.certification, day=day.isoformat())
    elif due is not None and expected < due and not is_certified(candidate, known, due):
        today = expected.astimezone(zone).date()
        lasts = max(last for first, last in known.certified if last is not None and first <= today <= last)
        yield _says(
            Concern.CERTIFICATE_EXPIRES,
            candidate,
            certificate=known.certification,
            day=lasts.isoformat(),
            stage=stage.name,
        )


def _shift(
    case: EngineerCase, stage: StageFacts, candidate: CandidateFacts, shifts: Shifts
) -> Iterator[AssignmentWarning]:
    expected = case.expected_at(stage)
    if not shifts.is_known(candidate):
        yield _says(Concern.NO_CALENDAR, candidate)
    elif not shifts.is_open(candidate, expected) and away_at(candidate, expected) is None:
        opens = _at(shifts.free_from(candidate, expected), candidate)
        holiday = shifts.holiday(candidate, expected)
        if holiday is not None:
            day = expected.astimezone(zone_info(candidate.time_zone)).date().isoformat()
            yield _says(Concern.HOLIDAY, candidate, day=day, holiday=holiday, opens=opens)
        else:
            yield _says(Concern.OUTSIDE_SHIFT, candidate, opens=opens)


def _at(instant: datetime | None, candidate: CandidateFacts) -> str:
    return "an unknown day" if instant is None else on_the_clock(instant, candidate.time_zone)


def _way(
    case: EngineerCase, stage: StageFacts, candidate: CandidateFacts, travel: TravelModel
) -> Iterator[AssignmentWarning]:
    way = way_of(case, stage, candidate, travel)
    if way is None:
        return
    kilometres = f"{way.kilometres:.0f}"
    if way.assumed:
        yield _says(Concern.WAY_UNKNOWN, candidate, kilometres=kilometres)
    elif way.minutes > FAR:
        yield _says(Concern.FAR, candidate, minutes=f"{way.minutes:.0f}", kilometres=kilometres)


def _load(candidate: CandidateFacts) -> Iterator[AssignmentWarning]:
    if candidate.load >= candidate.capacity:
        yield _says(Concern.AT_CAPACITY, candidate, load=candidate.load, capacity=candidate.capacity)


def _below(level: SupportLevel, needed: SupportLevel) -> bool:
    return LEVELS.index(level) < LEVELS.index(needed)
