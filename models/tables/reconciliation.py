"""What reconciling found, and how far it has come."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Integer, text

from models.contracts.reconciliation import FindingKind
from models.tables.base import ChangingRow, identifier, moment, of_type, one_of, reference, words


class ReconciliationFinding(ChangingRow, table=True):
    """One thing that is wrong with one ticket, until it is right again."""

    __tablename__ = "reconciliation_findings"
    __table_args__ = (
        Index(
            "reconciliation_findings_open",
            "workflow_id",
            "kind",
            unique=True,
            postgresql_where=text("resolved_at IS NULL"),
        ),
        Index("reconciliation_findings_of_ticket", "ticket_id"),
    )

    kind: FindingKind = one_of(FindingKind)
    workflow_id: str = words()
    ticket_id: UUID | None = reference("service_tickets.id", nullable=True)
    number: str | None = words(nullable=True)
    detail: str = words(default="''")
    found_at: datetime = moment()
    seen_at: datetime = moment()
    resolved_at: datetime | None = moment(nullable=True)


class ReconciliationRound(ChangingRow, table=True):
    """One way through all tickets, in batches."""

    __tablename__ = "reconciliation_rounds"
    __table_args__ = (
        Index(
            "reconciliation_rounds_one_goes_on",
            text("((ended_at IS NULL))"),
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("reconciliation_rounds_newest", text("began_at DESC")),
    )

    began_at: datetime = moment()
    ended_at: datetime | None = moment(nullable=True)
    newest_batch_at: datetime = moment()
    position: UUID | None = identifier(nullable=True)
    """The id of the last ticket that was compared."""
    tickets: int = of_type(Integer(), default="0")
