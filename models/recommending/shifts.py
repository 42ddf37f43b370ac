"""When engineers can work: by their shift calendar with its public holidays, and not while they are away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from models.contracts.recommendation import AbsenceFacts, CandidateFacts, EngineerCase, EngineerShifts
from models.freezing import frozen_calendar
from models.sla.calendar import Calendar
from models.zones import zone_info

_TICK = timedelta(microseconds=1)
_TRIES = 100
"""Absences that follow each other; whoever has more is not free."""


class Shifts:
    """The shift calendars of a case, each worked out once: engineers share a few."""

    def __init__(self, case: EngineerCase | EngineerShifts) -> None:
        self._case = case
        self._made: dict[str, Calendar | None] = {}
        self._opens: dict[tuple[str, datetime], datetime | None] = {}

    def calendar(self, candidate: CandidateFacts) -> Calendar | None:
        """Their calendar; None: they work at any time, or nobody knows when (`is_known`)."""
        key = candidate.calendar
        if key is None:
            return None
        if key not in self._made:
            found = self._case.calendars.get(key)
            self._made[key] = None if found is None else frozen_calendar(found, self._case.at)
        return self._made[key]

    def is_known(self, candidate: CandidateFacts) -> bool:
        """Whether it is known when they work."""
        return candidate.calendar is None or self.calendar(candidate) is not None

    def is_open(self, candidate: CandidateFacts, at: datetime) -> bool:
        """Whether they are at work by their calendar; absences apart. Where nobody knows, they are."""
        return self._opens_at(candidate, at) == at

    def holiday(self, candidate: CandidateFacts, at: datetime) -> str | None:
        """What the local day of an instant is called, if it is a holiday of their calendar on which nothing opens."""
        calendar = self.calendar(candidate)
        if calendar is None or calendar.always_open:
            return None
        day = at.astimezone(zone_info(candidate.time_zone)).date()
        if day not in calendar.holidays or any(one.day == day for one in calendar.exceptional_openings):
            return None
        names = calendar.holiday_names
        return (names[calendar.holidays.index(day)] if names else "") or "a holiday"

    def free_from(self, candidate: CandidateFacts, at: datetime) -> datetime | None:
        """The first instant from `at` on at which they are at work and not away; None: no such is known."""
        for _ in range(_TRIES):
            absence = away_at(candidate, at)
            if absence is not None:
                if absence.ends_at is None:
                    return None
                at = absence.ends_at
            opens = self._opens_at(candidate, at)
            if opens is None:
                return None
            if opens == at and away_at(candidate, at) is None:
                return at
            at = opens
        return None

    def _opens_at(self, candidate: CandidateFacts, at: datetime) -> datetime | None:
        calendar = self.calendar(candidate)
        if candidate.calendar is None or calendar is None or calendar.always_open:
            return at
        key = (candidate.calendar, at)
        if key not in self._opens:
            try:
                opens = calendar.after(at, _TICK) - _TICK
            except OverflowError:
                self._opens[key] = None
            else:
                self._opens[key] = at if opens <= at else opens
        return self._opens[key]


def away_at(candidate: CandidateFacts, at: datetime) -> AbsenceFacts | None:
    """The absence that an instant lies in, the one that ends last; None: they are not away."""
    found = [
        one
        for one in candidate.absences
        if (one.starts_at is None or one.starts_at <= at) and (one.ends_at is None or at < one.ends_at)
    ]
    return max(found, key=lambda one: (one.ends_at is None, one.ends_at or at), default=None)


def back_at(candidate: CandidateFacts, at: datetime) -> datetime | None:
    """When somebody who is away comes back, absences that follow each other taken together; None: nobody knows."""
    for _ in range(_TRIES):
        absence = away_at(candidate, at)
        if absence is None:
            return at
        if absence.ends_at is None:
            return None
        at = absence.ends_at
    return None


def leaves_between(candidate: CandidateFacts, start: datetime, end: datetime) -> Iterator[datetime]:
    """When absences begin in `(start, end)`, in order."""
    return iter(
        sorted(one.starts_at for one in candidate.absences if one.starts_at is not None and start < one.starts_at < end)
    )
