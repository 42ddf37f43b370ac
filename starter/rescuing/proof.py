"""Whether the rebuilt state is what the record shows: clocks, visits, assignments, holds, status, priority.

The state is the fold of the facts, the rows are another one, made by SQL when the facts came. Both say the same, or one
of them has been changed since.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from models.contracts.facts import ClockMoved
from models.contracts.state import StageVisit, TicketState
from models.records import RecordedClockEvent, RecordedStage, RecordedTicket, TicketRecord
from models.sla.clock import Clock
from models.vocabulary.stages import AssignmentStatus, AssignmentType, StageStatus
from starter.rescuing.record import Record
from workflows.engine.terms import Terms


def differences(record: Record, shown: TicketRecord) -> tuple[str, ...]:
    """In what the rebuilt state is not what the record shows, each in a few words; empty: it is proved."""
    state = record.memory.state
    return (*_of_ticket(record, shown.ticket), *_of_visits(state, shown.stages), *_of_clocks(record, shown))


def _of_ticket(record: Record, row: RecordedTicket) -> Iterator[str]:
    state = record.memory.state
    until = max((hold.resume_at for hold in state.holds), default=None)
    reasons = ", ".join(sorted(hold.reason for hold in state.holds)) or None
    shown_reasons = ", ".join(sorted(row.hold_reason.split(", "))) if row.hold_reason else None
    yield from _unlike("status", state.status.value, row.status.value)
    yield from _unlike("priority", (state.priority or record.ticket.priority).value, row.priority.value)
    yield from _unlike("description", record.ticket.description, row.description)
    yield from _unlike("reopenings", state.reopened, row.reopened)
    yield from _unlike("newest fact", state.sequence, row.last_sequence)
    yield from _unlike("end", state.ended_at, row.closed_at)
    yield from _unlike("reason of the end", state.end_reason, row.end_reason if state.ended_at else "")
    yield from _unlike("hold", reasons, shown_reasons)
    yield from _unlike("resume date", until, row.resume_at)


def _of_visits(state: TicketState, rows: Sequence[RecordedStage]) -> Iterator[str]:
    shown = {(row.stage_key, row.visit): row for row in rows}
    visits = {(visit.key, visit.visit): visit for visit in state.visits}
    for key in shown.keys() - visits.keys():
        yield f"visit {key[1]} of {key[0]} is in no fact"
    for key, visit in visits.items():
        if (row := shown.get(key)) is None:
            yield f"visit {key[1]} of {key[0]} is not on record"
            continue
        yield from (f"{visit.key} (visit {visit.visit}): {said}" for said in _of_visit(state, visit, row))


def _of_visit(state: TicketState, visit: StageVisit, row: RecordedStage) -> Iterator[str]:
    yield from _unlike("status", visit.status.value, row.status.value)
    yield from _unlike(
        "outcome", visit.outcome.value if visit.outcome else None, row.outcome.value if row.outcome else None
    )
    yield from _unlike("beginning", visit.entered_at, row.entered_at)
    yield from _unlike("end", visit.finished_at, row.finished_at)
    yield from _unlike("departure", visit.travel_started_at, row.travel_started_at)
    yield from _unlike("arrival", visit.arrived_at, row.arrived_at)
    if visit.entered_at is not None:  # the rows of stages that have not begun have the level of their template
        yield from _unlike("support level", visit.support_level.value, row.support_level.value)
    if (
        visit.finished_by is not None and row.status is StageStatus.COMPLETED
    ):  # what was skipped is told of who caused it
        yield from _unlike("finisher", visit.finished_by.code, row.finished_by_code)
    if visit.actions or row.execution is not None:
        yield from _unlike("answers", visit.actions, row.execution.actions if row.execution else None)
    if visit.status is StageStatus.IN_PROGRESS and state.ended_at is None:
        active = [
            one.engineer_code
            for one in row.assignments
            if one.status is AssignmentStatus.ACTIVE and one.assignment_type is AssignmentType.PRIMARY
        ]
        yield from _unlike("engineer", visit.engineer.code if visit.engineer else None, next(iter(active), None))


def _of_clocks(record: Record, shown: TicketRecord) -> Iterator[str]:
    state, terms = record.memory.state, Terms(record.ticket, record.memory.state)
    rows = {row.name: row for row in shown.clocks}
    newest = {fact.name: fact for fact in record.facts if isinstance(fact, ClockMoved)}
    for name in rows.keys() - state.clocks.keys():
        yield f"clock {name} is in no fact"
    for name, clock in state.clocks.items():
        if name not in rows:
            yield f"clock {name} is not on record"
            continue
        row, fact = rows[name], newest[name]
        calendar = terms.calendar_of(clock)
        figures = {
            "state": (clock.state(fact.when, calendar).value, fact.state.value, row.state.value),
            "elapsed": (clock.elapsed(fact.when, calendar), fact.elapsed, row.elapsed),
            "target": (clock.current_target, fact.target, row.target),
            "deadline": (clock.due_at(calendar), fact.due_at, row.due_at),
            "events": (len(clock.events), len(clock.events), len(row.events)),
        }
        for what, (rebuilt, told, stored) in figures.items():
            yield from _unlike(f"clock {name}: {what}", rebuilt, told if rebuilt != told else stored)
        yield from _of_events(clock, row.events)


def _of_events(clock: Clock, rows: Sequence[RecordedClockEvent]) -> Iterator[str]:
    for event, row in zip(clock.events, rows, strict=False):
        if (event.kind, event.at) != (row.kind, row.occurred_at):
            told = f"{event.kind.value} at {event.at}"
            yield f"clock {clock.name}: by the facts {told}, on record {row.kind.value} at {row.occurred_at}"


def _unlike(what: str, rebuilt: object, recorded: object) -> Iterator[str]:
    if rebuilt != recorded:
        yield f"{what}: by the facts {_short(rebuilt)}, on record {_short(recorded)}"


def _short(value: object) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
