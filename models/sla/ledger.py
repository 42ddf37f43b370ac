"""The delay ledger: whose time it was, for every instant from a ticket's report to its release.

A pure function of the ticket's facts, its frozen stages and its calendars. Entries are half-open `[start, end)`; they
leave nothing out and do not overlap, so their sum is the wall clock's duration to the microsecond. An instant belongs
to the first of these that holds:

1. Between the sign-off and a reopening: in use.
2. The calendar in force at that instant is closed: outside hours.
3. The ticket is on hold: the hold's party. Of several, the hold that began first and still lasts decides: what came
   later would not have let the ticket go on any sooner. A hold ends by itself at its resume date.
4. Somebody is on the way for a stage that is in progress: transport; of several, the journey that began first is named.
5. A stage is in progress: its party (`stage_owner()`). Of several side by side, the first in the template's order
   decides: the ticket is no further than that.
6. None is: triage, because somebody has to see that one begins.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from models.contracts.facts import Fact, StagesMoved
from models.contracts.templates import StageDefinition
from models.sla.calendar import Calendar
from models.sla.explain import Cause, Interval, closed
from models.sla.openings import FURTHEST
from models.sla.owners import Because, LedgerEntry, LedgerError, Owners
from models.vocabulary.sla import TimeOwner


class Ledger(BaseModel):
    """The account of a ticket.

    Attributes:
        start: the report.
        end: the release, or the moment that was asked for.
        ended: whether the ticket was over at that moment; a reopened one is not.
        entries: in order, each beginning where the one before it ends; neighbours differ.
    """

    model_config = ConfigDict(frozen=True)

    start: AwareDatetime
    end: AwareDatetime
    ended: bool
    entries: tuple[LedgerEntry, ...]

    @property
    def wall_clock(self) -> timedelta:
        return self.end - self.start

    @property
    def totals(self) -> dict[TimeOwner, timedelta]:
        """The time of every owner, also of those who had none; their sum is `wall_clock`."""
        totals = dict.fromkeys(TimeOwner, timedelta(0))
        for entry in self.entries:
            totals[entry.owner] += entry.length
        return totals


def ledger(
    facts: Iterable[Fact], stages: Sequence[StageDefinition], calendar: Calendar, opened_at: datetime, at: datetime
) -> Ledger:
    """The account from the report to the release, or to `at` if that is sooner: what happened after `at` is left out.

    Of an `at` that lies ahead it is what comes of it if nothing happens until then.

    Args:
        facts: of one ticket, in any order; those that change nothing here may be missing.
        stages: of the frozen template.
        calendar: as it was frozen at the report. From a change of the contract on, the one that it brought.
        opened_at: the report; aware, like `at`.

    Raises:
        LedgerError: `at` lies before the report, or a century after the report of a ticket that is not over; or a stage
            is not among `stages`.
    """
    start, until = opened_at.astimezone(UTC), at.astimezone(UTC)
    if until < start:
        raise LedgerError(f"the ticket was reported at {start.isoformat()}, after {until.isoformat()}")
    owners = Owners(stages, calendar, start)
    for fact in _in_order(facts):
        if fact.when > until:
            break
        owners.apply(fact)
    if not owners.ended:
        if until.year - start.year > FURTHEST:
            raise LedgerError(f"{until.isoformat()} is more than {FURTHEST} years after the report")
        owners.go_on(until)
    return Ledger(start=start, end=owners.edge, ended=owners.ended, entries=tuple(_merged(_entries(owners))))


def _in_order(facts: Iterable[Fact]) -> list[Fact]:
    """The facts in the order in which they happened: as they were told, unless one of them was told later.

    A stage that began only when that was told begins by a fact of its own.
    """
    told = sorted(facts, key=lambda one: one.sequence)
    if all(one.happened_at is None for one in told):
        return told
    return sorted((part for one in told for part in _parts(one)), key=lambda one: one.when)


def _parts(fact: Fact) -> Iterator[Fact]:
    """A step of stages, apart by when each of them began."""
    if not isinstance(fact, StagesMoved):
        yield fact
        return
    at_once = tuple(one for one in fact.entered if one.since is None)
    yield fact.model_copy(update={"entered": at_once})
    for one in fact.entered:
        if one.since is not None:
            begins = {"entered": (one.model_copy(update={"since": None}),), "finished": (), "planned": ()}
            yield fact.model_copy(update={**begins, "happened_at": one.since})


# -- inside ----------------------------------------------------------------------------------------------------------


def _entries(owners: Owners) -> Iterator[LedgerEntry]:
    """The spans with the closed time taken out, which is nobody's but that of a unit in use."""
    shut = list(_closed(owners))
    ends = [one.end for one in shut]
    for span in owners.spans:
        edge = span.start
        for one in shut[bisect_right(ends, span.start) :] if span.owner is not TimeOwner.IN_USE else ():
            if one.start >= span.end:
                break
            begin, end = max(one.start, span.start), min(one.end, span.end)
            if edge < begin:
                yield span.model_copy(update={"start": edge, "end": begin})
            yield _outside(one, begin, end)
            edge = end
        if edge < span.end:
            yield span.model_copy(update={"start": edge})


def _closed(owners: Owners) -> Iterator[Interval]:
    """All closed time up to the edge, by the calendar that was in force at each instant."""
    ends = [*(since for since, _ in owners.calendars[1:]), owners.edge]
    for (since, calendar), until in zip(owners.calendars, ends, strict=True):
        edge = since
        for opens, closes in calendar.intervals(since, until):
            yield from closed(calendar, edge, opens)
            edge = closes
        yield from closed(calendar, edge, until)


def _outside(one: Interval, start: datetime, end: datetime) -> LedgerEntry:
    holiday = one.cause is Cause.HOLIDAY
    return LedgerEntry(
        start=start,
        end=end,
        owner=TimeOwner.OUTSIDE_HOURS,
        because=Because.HOLIDAY if holiday else Because.CLOSED,
        cause=(one.detail or "holiday") if holiday else "closed hours",
    )


def _merged(entries: Iterable[LedgerEntry]) -> Iterator[LedgerEntry]:
    """Neighbours that are equal in all but their time, as one."""
    current: LedgerEntry | None = None
    for entry in entries:
        if current is not None and _same(current, entry):
            current = current.model_copy(update={"end": entry.end})
            continue
        if current is not None:
            yield current
        current = entry
    if current is not None:
        yield current


def _same(one: LedgerEntry, other: LedgerEntry) -> bool:
    return (one.owner, one.because, one.cause) == (other.owner, other.because, other.cause)
