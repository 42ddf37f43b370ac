"""Who did what, and who has to know."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, Index, UniqueConstraint, text
from sqlmodel import Field

from models.tables.base import ChangingRow, Row, document, identifier, moment, of_type, one_of, reference, words
from models.vocabulary.notifications import NotificationStatus
from models.vocabulary.people import Role, SupportLevel


class AuditEvent(Row, table=True):
    """One entry of the audit trail, in the chain of its subject. Append-only: a trigger refuses every change.

    The database fills in `entry_number`, `previous_hash` and `hash`, and for changes of rows `sequence`.
    """

    __tablename__ = "audit_events"
    __table_args__ = (
        UniqueConstraint("subject_id", "sequence"),
        UniqueConstraint("entry_number"),
        Index(
            "audit_events_of_ticket_rows",
            "ticket_id",
            "entry_number",
            postgresql_where=text("subject_table <> 'service_tickets'"),
        ),
        Index(
            "audit_events_of_account",
            text("(new_value ->> 'account_id')"),
            postgresql_where=text("subject_table ^@ 'account_' AND action = 'row_inserted'"),
        ),
    )

    subject_table: str = words()
    subject_id: UUID = identifier()
    sequence: int = of_type(BigInteger())
    entry_number: int = Field(default=None, sa_column=Column(BigInteger(), Identity(always=True), nullable=False))
    ticket_id: UUID | None = reference("service_tickets.id", nullable=True)
    occurred_at: datetime = moment()
    recorded_at: datetime = moment(default="clock_timestamp()")
    actor_code: str = words()
    actor_role: Role = one_of(Role)
    action: str = words()
    reason: str = words(default="''")
    command_id: str | None = words(nullable=True)
    new_value: dict[str, Any] | None = document(nullable=True)
    old_value: dict[str, Any] | None = document(nullable=True)
    previous_hash: str | None = words(nullable=True)
    hash: str = words()


class AuditSeal(Row, table=True):
    """A hash over the entries `from_entry` to `to_entry` and over the seal before. Append-only."""

    __tablename__ = "audit_seals"
    __table_args__ = (UniqueConstraint("seal_number"),)

    seal_number: int = of_type(BigInteger())
    from_entry: int = of_type(BigInteger())
    to_entry: int = of_type(BigInteger())
    entries: int = of_type(BigInteger())
    previous_hash: str | None = words(nullable=True)
    hash: str = words()
    sealed_at: datetime = moment()


class Notification(ChangingRow, table=True):
    """Something that somebody has to be told: a kind and its facts, or, from before there were kinds, a text."""

    __tablename__ = "notifications"
    __table_args__ = (UniqueConstraint("ticket_id", "sequence"),)

    ticket_id: UUID = reference("service_tickets.id")
    sequence: int = of_type(BigInteger())
    recipient_role: Role = one_of(Role)
    level: SupportLevel | None = one_of(SupportLevel, nullable=True)
    kind: str | None = words(nullable=True)
    facts: dict[str, Any] | None = document(nullable=True)
    subject: str | None = words(nullable=True)
    body: str | None = words(nullable=True)
    status: NotificationStatus = one_of(NotificationStatus, default="'pending'")
    raised_at: datetime = moment()
