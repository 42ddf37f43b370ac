"""The answer of the query `status`: the live state, from the workflow itself."""

from __future__ import annotations

from datetime import timedelta

from models.contracts.base import Message, Moment
from models.vocabulary.sla import ClockKind, ClockState, SlaState
from models.vocabulary.stages import StageStatus
from models.vocabulary.tickets import Priority, TicketStatus


class StageReport(Message):
    key: str
    name: str
    visit: int
    status: StageStatus
    engineer: str | None = None
    entered_at: Moment | None = None
    finished_at: Moment | None = None
    outcome: str | None = None
    reason: str = ""
    missing: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    """Who is on it beside the primary engineer: `ENG-002 (secondary)`."""
    asked: str | None = None
    """Whom it is offered to; they may answer until `answer_until`."""
    answer_until: Moment | None = None


class ClockReport(Message):
    name: str
    kind: ClockKind
    state: ClockState
    target: timedelta
    elapsed: timedelta
    due_at: Moment | None
    fired: tuple[int, ...] = ()


class StatusReport(Message):
    number: str
    workflow_type: str
    template: str
    status: TicketStatus
    priority: Priority
    serial: str
    sla: SlaState
    hold: str | None = None
    """Its reasons, comma-separated."""
    resume_at: Moment | None = None
    active_stages: tuple[str, ...]
    stages: tuple[StageReport, ...]
    clocks: tuple[ClockReport, ...]
    sequence: int
    stored: int
