"""Whether the record says what the workflow says: status, stages, holds, clocks, and every event of every clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, timedelta
from typing import Any

from sqlalchemy import text

from models.contracts.state import StageVisit, TicketState
from models.contracts.tickets import TicketInput
from models.database import Database
from models.records import RecordedStage, RecordedTicket, TicketRecord
from models.sla.clock import ClockEvent
from models.sla.explain import explain
from models.vocabulary import StageStatus
from starter.reading.clocks import calendar_at, recorded_clock

_ELAPSED = text(
    """
    SELECT c.name, moment.at, sla_elapsed(c.id, moment.at) AS elapsed
    FROM sla_clocks AS c
    CROSS JOIN unnest(CAST(:moments AS timestamptz[])) AS moment (at)
    WHERE c.ticket_id = :ticket AND c.started_at <= moment.at
    """
)
MOMENTS = 4
"""At how many moments of a ticket each clock is explained."""


def differences(carried: TicketInput, record: TicketRecord) -> Iterator[str]:
    """In what a ticket's record differs from what its workflow knows, each as a sentence.

    Args:
        carried: the workflow's answer to the query `carried`.
    """
    state = carried.carried
    if state is None:
        yield "its workflow knows no state"
        return
    if state.unstored:
        yield f"{len(state.unstored)} facts are not stored yet"
    yield from _compare("ticket", _ticket(carried, state), _recorded_ticket(record.ticket))
    visits = {(visit.key, visit.visit): _visit(visit) for visit in state.visits}
    rows = {(row.stage_key, row.visit): _recorded_visit(row) for row in record.stages}
    yield from _compare_all("visit", visits, rows)
    clocks = {name: _events(clock.events) for name, clock in state.clocks.items()}
    recorded = {row.name: _events(recorded_clock(record, row.name).events) for row in record.clocks}
    yield from _compare_all("clock", clocks, recorded)


def _compare_all(what: str, ours: Mapping[Any, Any], theirs: Mapping[Any, Any]) -> Iterator[str]:
    for key in sorted(ours.keys() | theirs.keys()):
        yield from _compare(f"{what} {key}", ours.get(key), theirs.get(key))


def _compare(what: str, ours: object, theirs: object) -> Iterator[str]:
    if ours == theirs:
        return
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in ours:
            if ours[name] != theirs.get(name):
                yield f"{what}: {name} is {ours[name]} in the workflow and {theirs.get(name)} in the record"
        return
    yield f"{what} is {ours} in the workflow and {theirs} in the record"


def _ticket(carried: TicketInput, state: TicketState) -> dict[str, Any]:
    return {
        "number": carried.number,
        "status": state.status.value,
        "ended": state.ended_at,
        "facts": state.sequence,
        "priority": (state.priority or carried.priority).value,
        "reopened": state.reopened,
        "on hold until": max((hold.resume_at for hold in state.holds), default=None),
        "active": [] if state.ended_at else sorted(visit.key for visit in state.visits if _goes_on(visit)),
    }


def _goes_on(visit: StageVisit) -> bool:
    return visit.status is StageStatus.IN_PROGRESS


def _recorded_ticket(ticket: RecordedTicket) -> dict[str, Any]:
    return {
        "number": ticket.number,
        "status": ticket.status.value,
        "ended": ticket.closed_at,
        "facts": ticket.last_sequence,
        "priority": ticket.priority.value,
        "reopened": ticket.reopened,
        "on hold until": ticket.resume_at,
        "active": sorted(ticket.current_stages),
    }


def _visit(visit: StageVisit) -> dict[str, Any]:
    return {
        "status": visit.status.value,
        "support level": visit.support_level.value,
        "entered": visit.entered_at,
        "finished": visit.finished_at,
        # One that was left out because of another's outcome: the workflow names itself, the record who completed that.
        "completed by": visit.finished_by.code if visit.finished_by and visit.outcome else None,
        "outcome": visit.outcome.value if visit.outcome else None,
        "set out": visit.travel_started_at,
        "arrived": visit.arrived_at,
    }


def _recorded_visit(row: RecordedStage) -> dict[str, Any]:
    return {
        "status": row.status.value,
        "support level": row.support_level.value,
        "entered": row.entered_at,
        "finished": row.finished_at,
        "completed by": row.finished_by_code if row.outcome else None,
        "outcome": row.outcome.value if row.outcome else None,
        "set out": row.travel_started_at,
        "arrived": row.arrived_at,
    }


def _events(events: Sequence[ClockEvent]) -> list[str]:
    return [
        f"{one.kind.value} {one.at.astimezone(UTC).isoformat()}"
        + (f" {one.percent} %" if one.percent is not None else "")
        + (f" target {one.target}" if one.target is not None else "")
        for one in events
    ]


async def clock_differences(database: Database, record: TicketRecord) -> list[str]:
    """Where `sla explain` and `sla_elapsed()` do not say the same of a clock, at moments spread over its ticket."""
    opened, latest = record.ticket.opened_at, record.last_told_at()
    moments = [latest + (latest - opened) * step / MOMENTS for step in range(1 - MOMENTS, 2)]
    async with database.session() as session:
        given = {"ticket": record.ticket.id, "moments": moments}
        rows = (await (await session.connection()).execute(_ELAPSED, given)).all()
    wrong = []
    for row in rows:
        clock = recorded_clock(record, row.name)
        told: timedelta = explain(clock, calendar_at(record, clock, row.at), row.at).elapsed
        if told != row.elapsed:
            wrong.append(f"clock {row.name} at {row.at}: explained as {told}, sla_elapsed() says {row.elapsed}")
    return wrong
