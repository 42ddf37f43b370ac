"""Weekly hours of one zone as intervals of real time, a year at a time, so that any span is two look-ups.

Everything is in whole microseconds since 1970 UTC: exact, and quick to compare.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import accumulate

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1)
FURTHEST = 100
"""Years that a deadline may lie ahead: a target beyond is a mistake, and must not keep a worker busy."""

LAST_YEAR = 9998
"""The last whole year that every zone can still be asked about."""

Span = tuple[int, int]

Hours = tuple[timedelta, timedelta]
"""From and to as distances from a day's midnight; to may lie on the next day."""


@dataclass(frozen=True, slots=True)
class Year:
    """The open intervals of one UTC year: `counted[i]` is the open time in it before interval `i`."""

    starts: Sequence[int]
    ends: Sequence[int]
    counted: Sequence[int]
    total: int

    def before(self, instant: int) -> int:
        """Open time of the year before `instant`."""
        place = bisect_right(self.starts, instant) - 1
        if place < 0:
            return 0
        return self.counted[place] + min(instant, self.ends[place]) - self.starts[place]

    def reached(self, share: int) -> int:
        """The earliest instant at which `share` (above zero, at most the total) of the year's open time has passed."""
        place = bisect_left(self.counted, share) - 1
        return self.starts[place] + share - self.counted[place]


class Openings:
    """What is open, answered from years that are worked out when they are first asked for."""

    def __init__(
        self,
        zone: tzinfo,
        weekly: Mapping[int, Sequence[Hours]],
        holidays: frozenset[date],
        exceptional: Mapping[date, Sequence[Hours]],
    ) -> None:
        """`weekly`: by ISO weekday. `exceptional`: of days that have these hours and no others, holidays or not."""
        self._zone = zone
        self._weekly = weekly
        self._holidays = holidays
        self._exceptional = exceptional
        self._years: dict[int, Year] = {}

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Open time in `[start, end)`."""
        first, last = _micros(start), _micros(end)
        years = range(_utc_year(start), _utc_year(end) + 1)
        open_time = sum(self._year(year).total for year in years[:-1])
        return timedelta(
            microseconds=open_time + self._year(years[-1]).before(last) - self._year(years[0]).before(first)
        )

    def after(self, start: datetime, duration: timedelta) -> datetime:
        """The earliest instant at which `duration` (above zero) of open time has passed since `start`."""
        year = first = _utc_year(start)
        wanted = self._year(year).before(_micros(start)) + duration // MICROSECOND
        while wanted > self._year(year).total:
            wanted -= self._year(year).total
            year += 1
            if year - first > FURTHEST:
                raise OverflowError(f"{duration} of business time takes more than {FURTHEST} years")
        return EPOCH + timedelta(microseconds=self._year(year).reached(wanted))

    def intervals(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """The open intervals within `[start, end)`, in order."""
        first, last = _micros(start), _micros(end)
        spans = (
            (max(opens, first), min(closes, last))
            for year in range(_utc_year(start), _utc_year(end) + 1)
            for opens, closes in zip(self._year(year).starts, self._year(year).ends, strict=True)
            if closes > first and opens < last
        )
        return [
            (EPOCH + timedelta(microseconds=opens), EPOCH + timedelta(microseconds=closes))
            for opens, closes in _joined(spans)
        ]

    def _year(self, year: int) -> Year:
        found = self._years.get(year)
        if found is None:
            if not 1 < year <= LAST_YEAR:
                raise OverflowError(f"business time can't be told for the year {year}")
            found = self._years[year] = self._work_out(year)
        return found

    def _work_out(self, year: int) -> Year:
        begin, end = (datetime(one, 1, 1, tzinfo=UTC) for one in (year, year + 1))
        # An opening of the last days before may reach into the year; no zone is more than a day from UTC.
        day, last = begin.date() - 3 * DAY, end.date() + 2 * DAY
        offsets = list(self._offsets(begin - 4 * DAY, end + 4 * DAY))
        spans: list[Span] = []
        while day <= last:
            midnight = _micros(datetime(day.year, day.month, day.day, tzinfo=UTC))
            for opens, closes in self._hours(day):
                spans += _real(midnight + opens // MICROSECOND, midnight + closes // MICROSECOND, offsets)
            day += DAY
        lower, upper = _micros(begin), _micros(end)
        clipped = ((max(a, lower), min(b, upper)) for a, b in sorted(spans) if b > lower and a < upper)
        joined = list(_joined(clipped))
        lengths = [b - a for a, b in joined]
        return Year(
            starts=[a for a, _ in joined],
            ends=[b for _, b in joined],
            counted=[0, *accumulate(lengths)][: len(joined)],
            total=sum(lengths),
        )

    def _hours(self, day: date) -> Sequence[Hours]:
        exceptional = self._exceptional.get(day)
        if exceptional is not None:
            return exceptional
        return () if day in self._holidays else self._weekly.get(day.isoweekday(), ())

    def _offsets(self, begin: datetime, end: datetime) -> Iterator[tuple[int, int, int]]:
        """`(from, to, offset)`: the spans of real time in which the zone keeps one offset from UTC."""
        since, offset = begin, self._offset(begin)
        day = begin
        while day < end:
            following = min(day + DAY, end)
            if self._offset(following) != offset:
                change = self._change(day, following, offset)
                yield _micros(since), _micros(change), offset // MICROSECOND
                since, offset = change, self._offset(change)
            day = following
        yield _micros(since), _micros(end), offset // MICROSECOND

    def _change(self, before: datetime, after: datetime, offset: timedelta) -> datetime:
        """The first second in `(before, after]` whose offset is another one."""
        low, high = 0, int((after - before).total_seconds())
        while high - low > 1:
            middle = (low + high) // 2
            if self._offset(before + timedelta(seconds=middle)) == offset:
                low = middle
            else:
                high = middle
        return before + timedelta(seconds=high)

    def _offset(self, instant: datetime) -> timedelta:
        return instant.astimezone(self._zone).utcoffset() or timedelta(0)


def _real(opens: int, closes: int, offsets: Sequence[tuple[int, int, int]]) -> Iterator[Span]:
    """The real time in which wall clocks show `[opens, closes)`: in a fold that may be two spans."""
    for since, until, offset in offsets:
        start, end = max(opens - offset, since), min(closes - offset, until)
        if start < end:
            yield start, end


def _joined(spans: Iterator[Span]) -> Iterator[Span]:
    """Spans in order, with those that touch or overlap made one."""
    current: Span | None = None
    for opens, closes in spans:
        if current is not None and opens <= current[1]:
            current = (current[0], max(current[1], closes))
            continue
        if current is not None:
            yield current
        current = (opens, closes)
    if current is not None:
        yield current


def _micros(instant: datetime) -> int:
    return (instant - EPOCH) // MICROSECOND


def _utc_year(instant: datetime) -> int:
    return instant.astimezone(UTC).year
