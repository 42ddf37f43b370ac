"""`sla_elapsed()` and the Python clock say the same of the same events, to the microsecond."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.identity import ClockId
from models.sla.calendar import Calendar
from models.sla.clock import Clock
from models.vocabulary.sla import ClockKind
from tests.migrations.own_rows import Bench, own_bench
from tests.migrations.story import Story, open_story
from tests.models.histories import History
from tests.models.histories import histories as whole_histories
from tests.models.test_sla_calendar import calendars, week

HOUR = timedelta(hours=1)
OFFICE = Calendar(
    code="office", always_open=False, zone="Europe/Berlin", hours=week(1, 2, 3, 4, 5, opens="09:00", closes="17:00")
)


@pytest_asyncio.fixture(scope="module")
async def told(postgres_url: str) -> AsyncIterator[tuple[Bench, Story]]:
    """A ticket in a database of the module's own."""
    async with own_bench(postgres_url) as bench:
        yield bench, await open_story(bench.database)


async def recorded(
    told: tuple[Bench, Story], clock: Clock, calendar: Calendar, moments: Sequence[datetime]
) -> list[timedelta]:
    """What the database says of a clock with these events at each of the moments; nothing of it stays."""
    bench, story = told
    transaction = bench.sql.transaction()
    await transaction.start()
    await bench.sql.execute(
        "UPDATE ticket_workflow_instances SET calendar_snapshot = $1 WHERE ticket_id = $2",
        calendar.model_dump_json(),
        story.ticket_id,
    )
    await bench.sql.execute(
        "INSERT INTO sla_clocks (id, ticket_id, kind, name, target, state, started_at, elapsed, calendar_snapshot) "
        "VALUES ($1, $2, 'stage', 'random', '1 h', 'running', $3, '0', $4)",
        clock.clock_id,
        story.ticket_id,
        clock.events[0].at,
        clock.calendar.model_dump_json() if clock.calendar else None,
    )
    await bench.sql.executemany(
        "INSERT INTO sla_events "
        "(clock_id, ticket_id, sequence, kind, percent, occurred_at, target, counts_from, elapsed, state) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '0', 'running')",
        [
            (*of_clock, number, one.kind.value, one.percent, one.at, one.target, one.counts_from)
            for of_clock in [(clock.clock_id, story.ticket_id)]
            for number, one in enumerate(clock.events, start=1000)
        ],
    )
    rows = await bench.sql.fetch(
        "SELECT sla_elapsed($1, at) FROM unnest($2::timestamptz[]) WITH ORDINALITY AS m (at, n) ORDER BY n",
        clock.clock_id,
        moments,
    )
    await transaction.rollback()
    return [row[0] for row in rows]


def new() -> Clock:
    return Clock(clock_id=ClockId(uuid4()), kind=ClockKind.STAGE, name="random", target=HOUR)


async def test_golden_cases(told: tuple[Bench, Story]) -> None:
    friday = datetime(2026, 3, 6, 15, tzinfo=UTC)  # 16:00 in Berlin
    clock = new().start(friday).pause(friday + 2 * HOUR, "Night").resume(friday + 3 * HOUR)
    moments = [friday - HOUR, friday, friday + 0.5 * HOUR, friday + 60 * HOUR, datetime(2026, 3, 9, 10, tzinfo=UTC)]
    assert await recorded(told, clock, OFFICE, moments) == [0 * HOUR, 0 * HOUR, 0.5 * HOUR, HOUR, 3 * HOUR]


async def test_an_hour_that_comes_twice_counts_twice_and_one_that_is_skipped_never(told: tuple[Bench, Story]) -> None:
    nights = Calendar(
        always_open=False, zone="America/New_York", hours=week(1, 2, 3, 4, 5, 6, 7, opens="01:00", closes="04:00")
    )
    for day, hours in ((datetime(2026, 11, 1, tzinfo=UTC), 4), (datetime(2026, 3, 8, tzinfo=UTC), 2)):
        clock = new().start(day + 4 * HOUR)
        assert await recorded(told, clock, nights, [day + 16 * HOUR]) == [hours * HOUR]


async def test_a_snapshot_of_before_there_were_exceptional_openings_means_what_it_meant(
    told: tuple[Bench, Story],
) -> None:
    bench, _ = told
    old = {name: value for name, value in OFFICE.model_dump(mode="json").items() if name != "exceptional_openings"}
    start = datetime(2026, 3, 5, tzinfo=UTC)
    hours = (
        "SELECT sum(upper(r) - lower(r)) FROM unnest(calendar_openings($1::text::jsonb, $2, $3)) AS r",
        json.dumps(old),
        start,
        start + timedelta(days=7),
    )
    assert await bench.sql.fetchval(*hours) == 40 * HOUR == OFFICE.open_between(*hours[2:])


async def test_of_no_such_clock_nothing_is_known(told: tuple[Bench, Story]) -> None:
    assert await told[0].sql.fetchval("SELECT sla_elapsed($1, now())", uuid4()) is None


STARTS = st.sampled_from(
    [datetime(2026, 3, 6, 12, tzinfo=UTC), datetime(2026, 10, 23, 7, tzinfo=UTC), datetime(2025, 12, 30, tzinfo=UTC)]
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Clock, list[datetime]]:
    """A clock with pauses and thresholds, perhaps over, and moments of its life and after it."""
    begin = now = draw(STARTS)
    clock = new().start(now)
    for step in draw(st.lists(st.integers(0, 4000), max_size=6)):
        now += timedelta(minutes=step, microseconds=step)
        clock = clock.resume(now) if clock.is_paused else clock.pause(now, "Access denied")
    if draw(st.booleans()):
        clock = clock.stop(now + timedelta(minutes=draw(st.integers(0, 3000))))
    moments = [begin + timedelta(minutes=minutes, microseconds=minutes) for minutes in range(-60, 20_000, 997)]
    return clock, [*moments, *(event.at for event in clock.events)]


@given(calendar=st.one_of(calendars, st.just(Calendar()), st.just(OFFICE)), given=histories())
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_random_histories(
    told: tuple[Bench, Story], calendar: Calendar, given: tuple[Clock, list[datetime]]
) -> None:
    clock, moments = given
    assert await recorded(told, clock, calendar, moments) == [clock.elapsed(at, calendar) for at in moments]


@given(history=whole_histories())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_retargets_stops_and_reopenings(told: tuple[Bench, Story], history: History) -> None:
    begin = history.clock.events[0].at
    length = (history.end - begin) / 12
    moments = [begin + number * length for number in range(14)] + [one.at for one in history.clock.events]
    said = await recorded(told, history.clock, history.calendar, moments)
    assert said == [history.clock.elapsed(at, history.calendar) for at in moments]


async def test_a_clock_that_ended_under_another_calendar_keeps_it(told: tuple[Bench, Story]) -> None:
    friday = datetime(2026, 3, 6, 15, tzinfo=UTC)
    clock = new().start(friday).stop(friday + 5 * HOUR).model_copy(update={"calendar": Calendar()})
    assert await recorded(told, clock, OFFICE, [friday + 9 * HOUR]) == [5 * HOUR]
