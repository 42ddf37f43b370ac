"""Whether the database tells the story that the workflow tells, and what every demo must show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from models.contracts.status import StatusReport
from models.contracts.tickets import TicketResult
from models.records import RecordedClock, RecordedStage, TicketRecord
from models.vocabulary.ai import DiagnosisStatus


def differences(record: TicketRecord, live: StatusReport, result: TicketResult) -> Iterator[str]:
    """Each difference between an ended ticket's rows and its workflow, as a sentence."""
    ticket = record.ticket
    pairs: dict[str, tuple[Any, Any]] = {
        "number": (ticket.number, live.number),
        "status": (ticket.status, live.status),
        "result": (ticket.status, result.status),
        "end": (ticket.closed_at, result.ended_at),
        "workflow type": (ticket.workflow_type, live.workflow_type),
        "newest fact": (ticket.last_sequence, live.sequence),
        "facts stored": (live.stored, live.sequence),
        "audit entries": (len(record.timeline), live.sequence + 1),
        "audit sequence": ([entry.sequence for entry in record.timeline], list(range(live.sequence + 1))),
        "notifications": (
            [one.sequence for one in record.notifications],
            [entry.sequence for entry in record.timeline if entry.action == "notification_raised"],
        ),
        "clocks met": (ticket.clocks_met, result.clocks_met),
        "clocks breached": (ticket.clocks_breached, result.clocks_breached),
        "stages": ([_stored_stage(stage) for stage in record.stages], _live_stages(live)),
        "SLA clocks": (
            {clock.name: _stored_clock(clock) for clock in record.clocks},
            {clock.name: (clock.state, clock.elapsed, list(clock.fired)) for clock in live.clocks},
        ),
    }
    for name, (stored, said) in pairs.items():
        if stored != said:
            yield f"{name}: the database has {stored}, the workflow {said}"


def missing_advice(record: TicketRecord) -> Iterator[str]:
    """What a ticket's record lacks of AI's part: a diagnosis, its evidence, a decision, a verdict."""
    shown = [one for one in record.diagnoses if one.status is not DiagnosisStatus.SUPERSEDED]
    if not shown:
        yield "AI proposed a diagnosis"
        return
    if not all(cause["evidence"] for one in shown for cause in one.hypotheses[:1]):
        yield "AI's diagnosis has its evidence"
    if not any(one.status is DiagnosisStatus.ACCEPTED and one.decided_by_code for one in shown):
        yield "somebody accepted AI's diagnosis"
    if not any(one.was_correct for one in shown) or record.ticket.verified_cause is None:
        yield "AI's diagnosis proved right at sign-off"


def _stored_stage(stage: RecordedStage) -> tuple[object, ...]:
    return (stage.stage_key, stage.visit, stage.status, stage.entered_at, stage.finished_at, stage.outcome)


def _live_stages(live: StatusReport) -> list[tuple[object, ...]]:
    return [
        (stage.key, stage.visit, stage.status, stage.entered_at, stage.finished_at, stage.outcome)
        for stage in live.stages
    ]


def _stored_clock(clock: RecordedClock) -> tuple[object, ...]:
    return (clock.state, clock.elapsed, sorted(clock.thresholds_fired))
