"""What a ticket's workflow says of itself, held against its record, both at the same fact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from models.contracts.status import StatusReport
from models.vocabulary.stages import StageStatus

Json = Mapping[str, Any]

_WAITING = frozenset({StageStatus.PENDING.value, StageStatus.BLOCKED.value})
"""Which of the two a visit is follows from the others; the record does not tell them apart."""


def stands_at(found: Json) -> int:
    """The newest fact that is on record; `found` is what `get_ticket()` says."""
    sequence: int = found["ticket"]["last_sequence"]
    return sequence


def unlike(report: StatusReport, found: Json) -> list[str]:
    """What differs, in words: nothing that people wrote. The workflow and the record must stand at the same fact."""
    return [*_ticket(report, found["ticket"]), *_stages(report, found["stages"]), *_clocks(report, found["clocks"])]


def _ticket(report: StatusReport, ticket: Json) -> Iterator[str]:
    if ticket["status"] != report.status.value:
        yield f"status: {ticket['status']} on record, {report.status.value} in the workflow"
    if ticket["priority"] != report.priority.value:
        yield f"priority: {ticket['priority']} on record, {report.priority.value} in the workflow"
    if (ticket["hold_reason"] or None) != report.hold:
        yield "the reasons of its holds"
    if _moment(ticket["resume_at"]) != report.resume_at:
        yield "the end of its holds"


def _stages(report: StatusReport, stages: list[Json]) -> Iterator[str]:
    known = {(stage["stage_key"], stage["visit"]): stage for stage in stages}
    for stage in report.stages:
        row = known.pop((stage.key, stage.visit), None)
        name = f"stage {stage.key}" + (f", visit {stage.visit}" if stage.visit > 1 else "")
        if row is None:
            yield f"{name} is not on record"
            continue
        status = row["status"]
        if status != stage.status.value and not {status, stage.status.value} <= _WAITING:
            yield f"{name}: {status} on record, {stage.status.value} in the workflow"
        if (_moment(row["entered_at"]), _moment(row["finished_at"])) != (stage.entered_at, stage.finished_at):
            yield f"{name}: when it began or ended"
        if status == StageStatus.IN_PROGRESS.value:
            at_work = [one["engineer_code"] for one in row["assignments"] if one["status"] == "active"]
            if at_work != ([stage.engineer] if stage.engineer else []):
                yield f"{name}: its engineer"
    for key, visit in known:
        yield f"stage {key}, visit {visit} is on record alone"


def _clocks(report: StatusReport, clocks: list[Json]) -> Iterator[str]:
    known = {clock["name"]: clock for clock in clocks}
    for clock in report.clocks:
        row = known.pop(clock.name, None)
        if row is None:
            yield f"the clock {clock.name} is not on record"
        elif (row["target"], _moment(row["due_at"])) != (clock.target.total_seconds(), clock.due_at):
            yield f"the clock {clock.name}: its target or deadline"
    for name in known:
        yield f"the clock {name} is on record alone"


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
