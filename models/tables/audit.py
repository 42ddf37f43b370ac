"""Who did what, and who has to know."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, UniqueConstraint

from models.tables.base import ChangingRow, Row, document, moment, of_type, one_of, reference, words
from models.vocabulary import NotificationStatus, Role, SupportLevel


class AuditEvent(Row, table=True):
    """One entry of the audit trail. Append-only: a trigger refuses UPDATE, DELETE and TRUNCATE."""

    __tablename__ = "audit_events"
    __table_args__ = (UniqueConstraint("ticket_id", "sequence"),)

    ticket_id: UUID | None = reference("service_tickets.id", nullable=True)
    sequence: int | None = of_type(BigInteger(), nullable=True)
    occurred_at: datetime = moment()
    recorded_at: datetime = moment(default="clock_timestamp()")
    actor_code: str = words()
    actor_role: Role = one_of(Role)
    action: str = words()
    reason: str = words(default="''")
    command_id: str | None = words(nullable=True)
    new_value: dict[str, Any] | None = document(nullable=True)
    old_value: dict[str, Any] | None = document(nullable=True)


class Notification(ChangingRow, table=True):
    """Something that somebody has to be told."""

    __tablename__ = "notifications"
    __table_args__ = (UniqueConstraint("ticket_id", "sequence"),)

    ticket_id: UUID = reference("service_tickets.id")
    sequence: int = of_type(BigInteger())
    recipient_role: Role = one_of(Role)
    level: SupportLevel | None = one_of(SupportLevel, nullable=True)
    subject: str = words()
    body: str = words()
    status: NotificationStatus = one_of(NotificationStatus, default="'pending'")
    raised_at: datetime = moment()
