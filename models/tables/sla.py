"""The SLA clocks of a ticket and their events."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer, UniqueConstraint, text

from models.tables.base import ChangingRow, document, duration, moment, of_type, one_of, reference, several, words
from models.vocabulary.sla import ClockEventKind, ClockKind, ClockState


class SlaClock(ChangingRow, table=True):
    """A clock right after its newest event. The id comes from the workflow."""

    __tablename__ = "sla_clocks"
    __table_args__ = (
        UniqueConstraint("ticket_id", "name"),
        Index(
            "sla_clocks_due",
            "due_at",
            "ticket_id",
            postgresql_where=text("ended_at IS NULL AND NOT (100 = ANY (thresholds_fired))"),
        ),
        Index(
            "sla_clocks_off_track",
            "ticket_id",
            postgresql_where=text("ended_at IS NULL AND (state = 'paused' OR thresholds_fired <> '{}')"),
        ),
        Index(
            "sla_clocks_breached",
            "ticket_id",
            postgresql_where=text("state = 'breached' OR 100 = ANY (thresholds_fired)"),
        ),
    )

    ticket_id: UUID = reference("service_tickets.id")
    transition_id: UUID | None = reference("workflow_stage_transitions.id", nullable=True)
    kind: ClockKind = one_of(ClockKind)
    name: str = words()
    target: timedelta = duration()
    state: ClockState = one_of(ClockState)
    started_at: datetime = moment()
    due_at: datetime | None = moment(nullable=True)
    elapsed: timedelta = duration()
    ended_at: datetime | None = moment(nullable=True)
    thresholds_fired: list[int] = several(Integer(), default="'{}'")
    calendar_snapshot: dict[str, Any] | None = document(nullable=True)


class SlaEvent(ChangingRow, table=True):
    """One event of a clock, with the clock's figures right after it."""

    __tablename__ = "sla_events"
    __table_args__ = (UniqueConstraint("ticket_id", "sequence"),)

    clock_id: UUID = reference("sla_clocks.id")
    ticket_id: UUID = reference("service_tickets.id")
    sequence: int = of_type(BigInteger())
    kind: ClockEventKind = one_of(ClockEventKind)
    percent: int | None = of_type(Integer(), nullable=True)
    reason: str = words(default="''")
    occurred_at: datetime = moment()
    elapsed: timedelta = duration()
    due_at: datetime | None = moment(nullable=True)
    state: ClockState = one_of(ClockState)
    target: timedelta | None = duration(nullable=True)
    counts_from: datetime | None = moment(nullable=True)
    told_at: datetime | None = moment(nullable=True)
    lifted: list[int] = several(Integer(), default="'{}'")
