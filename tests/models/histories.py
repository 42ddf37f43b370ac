"""Random lives of a clock, as the engine leads them: a threshold is reported when it is due, before what follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import strategies as st

from models.identity import ClockId
from models.sla.calendar import Calendar
from models.sla.clock import Clock
from models.vocabulary.sla import ClockKind
from tests.models.test_sla_calendar import STEP, calendars, week

OFFICE = Calendar(
    code="office",
    always_open=False,
    zone="Europe/Berlin",
    hours=(*week(1, 2, 3, 4, 5, opens="09:00", closes="12:00"), *week(1, 2, 3, 4, 5, opens="13:00", closes="17:00")),
)
STARTS = (
    datetime(2026, 3, 6, 12, tzinfo=UTC),
    datetime(2026, 3, 27, 20, tzinfo=UTC),
    datetime(2026, 10, 23, 7, tzinfo=UTC),
    datetime(2025, 12, 30, tzinfo=UTC),
)


@dataclass(frozen=True, slots=True)
class History:
    """A clock's life under a calendar, until a moment."""

    clock: Clock
    calendar: Calendar
    end: datetime


def reported(clock: Clock, calendar: Calendar, until: datetime) -> Clock:
    """The clock with every threshold that is due by `until`."""
    while (threshold := clock.next_threshold(calendar)) is not None and threshold.at <= until:
        clock = clock.reach(threshold)
    return clock


@st.composite
def histories(draw: st.DrawFn, most: int = 8, kinds: str = "pause retarget reopen stop") -> History:
    """Lives of up to `most` moves, on a grid of five minutes, of the `kinds` that are named."""
    calendar = draw(st.one_of(calendars, st.just(Calendar()), st.just(OFFICE)))
    begin = now = draw(st.sampled_from(STARTS))
    lengths = st.integers(1, 400).map(lambda steps: steps * STEP)
    clock = Clock(
        clock_id=ClockId(UUID(int=7)), kind=ClockKind.RESOLUTION, name="resolution", target=draw(lengths)
    ).start(begin)
    for wait in draw(st.lists(st.integers(0, 300), max_size=most)):
        now += wait * STEP
        clock = reported(clock, calendar, now)
        match draw(st.sampled_from(kinds.split())):
            case "reopen" if clock.is_over:
                clock = clock.reopen(now, "Back again", solved_counts=draw(st.booleans()))
            case "retarget" if not clock.is_over:
                clock = clock.retarget(now, draw(lengths), "Priority changed")
            case "stop" if not clock.is_over:
                clock = clock.stop(now)
            case "pause" if clock.is_paused:
                clock = clock.resume(now)
            case "pause" if not clock.is_over:
                clock = clock.pause(now, "Access denied")
    end = now + draw(st.integers(0, 600)) * STEP
    return History(reported(clock, calendar, end), calendar, end)
