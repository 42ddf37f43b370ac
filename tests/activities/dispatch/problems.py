"""Problems of a plan: one by hand, and small ones by chance."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from models.dispatch.problem import Certificate, Duty, Engineer, Problem, Skill, Span, Visit
from models.travel import Place, TravelModel
from models.vocabulary.people import SupportLevel
from models.vocabulary.tickets import Priority

HOUR, MINUTE = 3600, 60
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
KM_A_MINUTE = TravelModel(road_factor=1.0, speed_by_hour=(60.0,) * 24, minutes_at_each_end=0, assumed_km=10)
"""A kilometre takes a minute, and nothing else counts."""

TYPES = ("ventilator", "ct_scanner")


def east(kilometres: float) -> Place:
    """So far east of the point on the equator where everybody lives."""
    return Place(0.0, kilometres / 111.1951)


HOME = east(0)


def engineer(code: str = "A", **said: Any) -> Engineer:
    """Works from eight to five, knows ventilators at L2."""
    return Engineer(
        **{
            "code": code,
            "level": SupportLevel.L2,
            "home": HOME,
            "skills": (Skill(equipment_type="ventilator", level=SupportLevel.L2),),
            "duties": (duty(),),
            **said,
        }
    )


def duty(start: float = 8, end: float = 17, *breaks: tuple[float, float], day: int = 2) -> Duty:
    """Hours of the day."""
    before = (day - 2) * 24

    def at(hour: float) -> int:
        return round((hour + before) * HOUR)

    return Duty(
        span=Span(start=at(start), end=at(end)),
        breaks=tuple(Span(start=at(one), end=at(other)) for one, other in breaks),
        day=date(2026, 3, day),
    )


def visit(key: str = "v", kilometres: float = 30, **said: Any) -> Visit:
    """An hour of work on a ventilator, so far east."""
    return Visit(**{"key": key, "place": east(kilometres), "duration": HOUR, "equipment_type": "ventilator", **said})


def problem(*visits: Visit, engineers: tuple[Engineer, ...] | None = None, **said: Any) -> Problem:
    return Problem(
        origin=MONDAY,
        horizon=24 * HOUR,
        engineers=(engineer(),) if engineers is None else engineers,
        visits=visits,
        travel=said.pop("travel", KM_A_MINUTE),
        **said,
    )


hours = st.integers(0, 23)
somewhere = st.one_of(st.none(), st.builds(Place, st.floats(13.0, 13.4), st.floats(80.0, 80.4)))
skills = st.builds(
    Skill,
    equipment_type=st.sampled_from(TYPES),
    manufacturer=st.sampled_from([None, "GE"]),
    level=st.sampled_from(list(SupportLevel)),
    certification=st.sampled_from([None, None, "HV"]),
)
certificates = st.builds(
    Certificate,
    certification=st.just("HV"),
    equipment_type=st.sampled_from([None, "ct_scanner"]),
    valid_from=st.sampled_from([date(2026, 1, 1), date(2026, 3, 3)]),
    valid_until=st.sampled_from([None, date(2026, 3, 2)]),
)


@st.composite
def duties(draw: st.DrawFn) -> tuple[Duty, ...]:
    made = []
    for day in draw(st.sampled_from([(2,), (2, 3), ()])):
        start, length = draw(st.integers(6, 10)), draw(st.integers(3, 9))
        lunch = [(start + 2, start + 2.5)] if draw(st.booleans()) else []
        made.append(duty(start, start + length, *lunch, day=day))
    return tuple(made)


@st.composite
def problems(draw: st.DrawFn, most: int = 8) -> Problem:
    """Up to three engineers over two days, visits of every sort."""
    staff = tuple(
        engineer(
            f"E{number}",
            home=draw(somewhere),
            skills=tuple(draw(st.lists(skills, min_size=1, max_size=3))),
            certificates=tuple(draw(st.lists(certificates, max_size=2))),
            duties=draw(duties()),
            capacity=draw(st.sampled_from([None, None, 1, 3])),
        )
        for number in range(draw(st.integers(1, 3)))
    )
    codes = [one.code for one in staff]
    made: list[Visit] = []
    for number in range(draw(st.integers(0, most))):
        opens = draw(st.integers(6, 20))
        pinned = draw(st.sampled_from([None, None, None, *codes]))
        made.append(
            visit(
                f"v{number}",
                place=draw(somewhere),
                duration=draw(st.sampled_from([30, 60, 150])) * MINUTE,
                windows=draw(st.sampled_from([(), (Span(start=opens * HOUR, end=(opens + 3) * HOUR),)])),
                deadline=draw(st.sampled_from([None, 10 * HOUR, 30 * HOUR])),
                priority=draw(st.sampled_from(list(Priority))),
                equipment_type=draw(st.sampled_from(TYPES)),
                manufacturer=draw(st.sampled_from([None, "GE", "PHILIPS"])),
                level=draw(st.sampled_from(list(SupportLevel))),
                crew=draw(st.sampled_from([1, 1, 1, 2])),
                after=tuple(draw(st.lists(st.sampled_from([f"v{one}" for one in range(number)] or ["x"]), max_size=1))),
                ready_at=draw(st.sampled_from([0, 0, 11 * HOUR])),
                pinned_engineer=pinned,
                pinned_start=draw(st.sampled_from([None, 12 * HOUR])) if pinned else None,
                present_engineer=draw(st.sampled_from([None, "gone", *codes])),
            )
        )
    return Problem(origin=MONDAY, horizon=48 * HOUR, engineers=staff, visits=tuple(made), travel=TravelModel())
