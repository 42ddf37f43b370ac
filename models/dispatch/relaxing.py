"""What would have to be otherwise so that a visit is served: a relaxation, and the problem as it would be then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Final

from models.dispatch.problem import Certificate, Duty, Engineer, Part, Problem, Seconds, Skill, Span, Visit
from models.vocabulary.people import SupportLevel


class Relaxing(StrEnum):
    """What is made easier."""

    WORTH = "worth"
    """It would be served if that were worth so much more."""

    OVERTIME = "overtime"
    WINDOW = "window"
    PARTS = "parts"
    CAPACITY = "capacity"
    PIN = "pin"
    CERTIFICATE = "certificate"
    LEVEL = "level"
    SKILL = "skill"
    CREW = "crew"
    AFTER = "after"
    DROP = "drop"
    ANOTHER_ENGINEER = "another_engineer"
    NOTHING = "nothing"
    """Nothing of all that, within the horizon."""


FIXED_MINUTES: Final[dict[Relaxing, float]] = {
    Relaxing.PIN: 60,
    Relaxing.CAPACITY: 30,
    Relaxing.CERTIFICATE: 120,
    Relaxing.LEVEL: 180,
    Relaxing.AFTER: 240,
    Relaxing.CREW: 300,
    Relaxing.SKILL: 480,
    Relaxing.ANOTHER_ENGINEER: 960,
    Relaxing.NOTHING: 100_000,
}
"""How large a relaxation is, in minutes of overtime that are as hard to get.

What is relaxed by time is as large as that time. By this the smallest of several is chosen: an order, not a price.
"""


class Relaxation(Part):
    """One thing that would have to be otherwise.

    Attributes:
        engineer: whose overtime, capacity, certificate, level or skill it is.
        seconds: how much overtime; by how much the window would have to be wider at either end, or the parts be there
            earlier; what more it would have to be worth.
        other: the visit that would have to go or be done, or the certificate.
        size: minutes of overtime that are as hard to get (`FIXED_MINUTES`).
        says: the sentence for people.
    """

    kind: Relaxing
    visit: str
    engineer: str | None = None
    duty: int | None = None
    seconds: Seconds = 0
    other: str | None = None
    size: float
    says: str


def relaxed(problem: Problem, how: Relaxation) -> Problem:
    """The problem as it would be."""
    if how.kind is Relaxing.DROP:
        return _with(problem, visits=tuple(one for one in problem.visits if one.key != how.other))
    if how.kind is Relaxing.ANOTHER_ENGINEER:
        return _with(problem, engineers=(*problem.engineers, extra_engineer(problem, _visit(problem, how.visit))))
    if how.kind in OF_ENGINEERS:
        visit = _visit(problem, how.visit)
        return _with(
            problem,
            engineers=tuple(
                OF_ENGINEERS[how.kind](one, visit, how) if one.code == how.engineer else one
                for one in problem.engineers
            ),
        )
    return _with(
        problem, visits=tuple(_easier(one, how, problem) if one.key == how.visit else one for one in problem.visits)
    )


def extra_engineer(problem: Problem, visit: Visit) -> Engineer:
    """Somebody who lives where the visit is, can do it, and has the hours that somebody else of the plan has.

    Of these the duties of who works longest in the visit's windows.
    """
    duties = max(
        (one.duties for one in problem.engineers if one.duties),
        key=lambda duties: max(_common(duty, visit) for duty in duties),
        default=(),
    )
    return Engineer(
        code=EXTRA,
        name="one more engineer",
        level=visit.level,
        home=visit.place,
        skills=(_skill(visit),),
        duties=tuple(one.model_copy(update={"begins_at": None}) for one in duties),
    )


EXTRA: Final = "+1"
"""The code of an engineer who is not there."""


def _common(duty: Duty, visit: Visit) -> int:
    if not visit.windows:
        return duty.span.length
    return max(min(duty.span.end, one.end) - max(duty.span.start, one.start) for one in visit.windows)


def _skill(visit: Visit) -> Skill:
    return Skill(
        equipment_type=visit.equipment_type,
        manufacturer=visit.manufacturer,
        level=SupportLevel.L3,
        capabilities=visit.capabilities,
    )


def _easier(visit: Visit, how: Relaxation, problem: Problem) -> Visit:
    if how.kind is Relaxing.WINDOW:
        by = how.seconds
        wider = tuple(Span(start=one.start - by, end=one.end + by) for one in visit.windows)
        return visit.model_copy(update={"windows": wider})
    if how.kind is Relaxing.PARTS:
        return visit.model_copy(update={"ready_at": visit.ready_at - how.seconds})
    if how.kind is Relaxing.PIN:
        return visit.model_copy(update={"pinned_engineer": None, "pinned_start": None, "frozen": False})
    if how.kind is Relaxing.CREW:
        return visit.model_copy(update={"crew": 1})
    if how.kind is Relaxing.AFTER:
        known = {one.key for one in problem.visits}
        return visit.model_copy(update={"after": tuple(one for one in visit.after if one not in known)})
    return visit


def _overtime(engineer: Engineer, _: Visit, how: Relaxation) -> Engineer:
    def longer(duty: Duty) -> Duty:
        return duty.model_copy(update={"span": Span(start=duty.span.start, end=duty.span.end + how.seconds)})

    duties = (longer(one) if number == how.duty else one for number, one in enumerate(engineer.duties))
    return engineer.model_copy(update={"duties": tuple(duties)})


def _certified(engineer: Engineer, _: Visit, how: Relaxation) -> Engineer:
    more = Certificate(certification=how.other or "", valid_from=date.min)
    return engineer.model_copy(update={"certificates": (*engineer.certificates, more)})


def _skilled(engineer: Engineer, visit: Visit, _: Relaxation) -> Engineer:
    others = tuple(
        one
        for one in engineer.skills
        if one.equipment_type != visit.equipment_type or one.manufacturer not in (None, visit.manufacturer)
    )
    return engineer.model_copy(update={"skills": (*others, _skill(visit))})


def _roomier(engineer: Engineer, visit: Visit, _: Relaxation) -> Engineer:
    return engineer.model_copy(update={"capacity": (engineer.capacity or 0) + visit.crew})


OF_ENGINEERS: Final[dict[Relaxing, Callable[[Engineer, Visit, Relaxation], Engineer]]] = {
    Relaxing.OVERTIME: _overtime,
    Relaxing.CERTIFICATE: _certified,
    Relaxing.LEVEL: _skilled,
    Relaxing.SKILL: _skilled,
    Relaxing.CAPACITY: _roomier,
}


def _visit(problem: Problem, key: str) -> Visit:
    return next(one for one in problem.visits if one.key == key)


def _with(problem: Problem, **changes: object) -> Problem:
    return problem.model_copy(update=changes)
