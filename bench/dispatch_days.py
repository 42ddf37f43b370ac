"""Made-up days of a service organisation, for measuring: engineers with skills, homes and shifts, visits with windows,
by a seed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

from models.dispatch.problem import Duty, Engineer, Problem, Skill, Span, Visit
from models.travel import Place, TravelModel
from models.vocabulary.people import SupportLevel
from models.vocabulary.tickets import Priority

TYPES = (
    "ct_scanner",
    "mri_machine",
    "ventilator",
    "infusion_pump",
    "ultrasound",
    "xray_machine",
    "defibrillator",
    "centrifuge",
)
HOUR = 3600
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def a_day(visits: int, engineers: int, seed: int = 1) -> Problem:
    """One day: half of the visits with a window of four hours, one of five with a deadline in it."""
    draw = Random(seed)

    def somewhere() -> Place:
        return Place(13.0 + draw.uniform(-0.45, 0.45), 80.0 + draw.uniform(-0.45, 0.45))

    staff = []
    for number in range(engineers):
        level = draw.choices(list(SupportLevel), (5, 3, 2))[0]
        starts = draw.choice((7, 8, 9)) * HOUR
        lunch = Span(start=starts + 4 * HOUR, end=starts + 4 * HOUR + 1800)
        staff.append(
            Engineer(
                code=f"ENG-{number:04}",
                level=level,
                home=somewhere(),
                skills=tuple(Skill(equipment_type=one, level=level) for one in draw.sample(TYPES, 4)),
                duties=(
                    Duty(
                        span=Span(start=starts, end=starts + 9 * HOUR),
                        breaks=(lunch,) if draw.random() < 0.5 else (),
                        day=date(2026, 3, 2),
                    ),
                ),
            )
        )
    work = []
    for number in range(visits):
        opens = draw.randrange(7, 15) * HOUR
        work.append(
            Visit(
                key=f"ST-{number:05}",
                place=somewhere(),
                duration=draw.choice((30, 45, 60, 90, 120)) * 60,
                windows=(Span(start=opens, end=opens + 4 * HOUR),) if draw.random() < 0.5 else (),
                deadline=draw.randrange(9, 18) * HOUR if draw.random() < 0.2 else None,
                priority=draw.choices(list(Priority), (1, 2, 5, 2))[0],
                equipment_type=draw.choice(TYPES),
                level=draw.choices(list(SupportLevel), (7, 2, 1))[0],
            )
        )
    return Problem(
        origin=MONDAY,
        horizon=24 * HOUR,
        engineers=tuple(staff),
        visits=tuple(work),
        travel=TravelModel(),
    )


def without(problem: Problem, engineer: str) -> Problem:
    """The same day, when somebody is ill."""
    return problem.model_copy(
        update={
            "engineers": tuple(
                one.model_copy(update={"duties": ()}) if one.code == engineer else one for one in problem.engineers
            )
        }
    )


def later(problem: Problem, by: timedelta) -> Problem:
    """The same, seen later: nothing begins before."""
    seconds = int(by.total_seconds())

    def cut(duty: Duty) -> Duty:
        start = min(max(duty.span.start, seconds), duty.span.end)
        return duty.model_copy(update={"span": Span(start=start, end=duty.span.end)})

    return problem.model_copy(
        update={
            "engineers": tuple(
                one.model_copy(update={"duties": tuple(map(cut, one.duties))}) for one in problem.engineers
            )
        }
    )
