"""What a ticket's workflow says of itself, held against its record, both at the same fact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from models.contracts.status import StatusReport
from models.records import RecordedClock, RecordedStage, RecordedTicket, TicketRecord
from models.vocabulary.stages import AssignmentStatus, StageStatus

_WAITING = frozenset({StageStatus.PENDING, StageStatus.BLOCKED})
"""Which of the two a visit is follows from the others; the record does not tell them apart."""


def unlike(report: StatusReport, record: TicketRecord) -> list[str]:
    """What differs, in words: nothing that people wrote. The workflow and the record must stand at the same fact."""
    return [*_ticket(report, record.ticket), *_stages(report, record.stages), *_clocks(report, record.clocks)]


def _ticket(report: StatusReport, ticket: RecordedTicket) -> Iterator[str]:
    if ticket.status is not report.status:
        yield f"status: {ticket.status.value} on record, {report.status.value} in the workflow"
    if ticket.priority is not report.priority:
        yield f"priority: {ticket.priority.value} on record, {report.priority.value} in the workflow"
    if (ticket.hold_reason or None) != report.hold:
        yield "the reasons of its holds"
    if ticket.resume_at != report.resume_at:
        yield "the end of its holds"


def _stages(report: StatusReport, stages: Sequence[RecordedStage]) -> Iterator[str]:
    known = {(stage.stage_key, stage.visit): stage for stage in stages}
    for stage in report.stages:
        row = known.pop((stage.key, stage.visit), None)
        name = f"stage {stage.key}" + (f", visit {stage.visit}" if stage.visit > 1 else "")
        if row is None:
            yield f"{name} is not on record"
            continue
        if row.status is not stage.status and not {row.status, stage.status} <= _WAITING:
            yield f"{name}: {row.status.value} on record, {stage.status.value} in the workflow"
        if (row.entered_at, row.finished_at) != (stage.entered_at, stage.finished_at):
            yield f"{name}: when it began or ended"
        if row.status is StageStatus.IN_PROGRESS:
            at_work = [one.engineer_code for one in row.assignments if one.status is AssignmentStatus.ACTIVE]
            if at_work != ([stage.engineer] if stage.engineer else []):
                yield f"{name}: its engineer"
    for key, visit in known:
        yield f"stage {key}, visit {visit} is on record alone"


def _clocks(report: StatusReport, clocks: Sequence[RecordedClock]) -> Iterator[str]:
    known = {clock.name: clock for clock in clocks}
    for clock in report.clocks:
        row = known.pop(clock.name, None)
        if row is None:
            yield f"the clock {clock.name} is not on record"
        elif (row.target, row.due_at) != (clock.target, clock.due_at):
            yield f"the clock {clock.name}: its target or deadline"
    for name in known:
        yield f"the clock {name} is on record alone"
