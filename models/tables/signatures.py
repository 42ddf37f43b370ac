"""Who has signed a ticket off, by what, and the links that were sent for it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint

from models.tables.base import ChangingRow, moment, one_of, reference, words
from models.vocabulary.people import Role


class SigningLink(ChangingRow, table=True):
    """A one-time link by which a named person signs; no secret is in it."""

    __tablename__ = "signing_links"
    __table_args__ = (UniqueConstraint("code"), Index("signing_links_of_ticket", "ticket_id"))

    code: str = words()
    ticket_id: UUID = reference("service_tickets.id")
    stage_key: str = words()
    printed_name: str = words()
    capacity: str = words()
    issued_by_code: str = words()
    issued_by_role: Role = one_of(Role)
    expires_at: datetime = moment()
    used_at: datetime | None = moment(nullable=True)
    revoked_at: datetime | None = moment(nullable=True)


class SignatureProof(ChangingRow, table=True):
    """That somebody has shown who they are when they signed."""

    __tablename__ = "signature_proofs"
    __table_args__ = (
        Index("signature_proofs_of_link", "signing_link_id"),
        Index("signature_proofs_of_ticket", "ticket_id"),
    )

    ticket_id: UUID = reference("service_tickets.id")
    stage_key: str = words()
    printed_name: str = words()
    digest: str = words()
    account_id: UUID | None = reference("accounts.id", nullable=True)
    signing_link_id: UUID | None = reference("signing_links.id", nullable=True)
    proven_at: datetime = moment()


class ApprovalRow(ChangingRow, table=True):
    """That somebody has approved what somebody else asks for, once."""

    __tablename__ = "approvals"
    __table_args__ = (Index("approvals_of_ticket", "ticket_id"),)

    ticket_id: UUID = reference("service_tickets.id")
    hold_reason: str = words()
    account_id: UUID = reference("accounts.id")
    remark: str = words(default="''")
    expires_at: datetime = moment()
    used_at: datetime | None = moment(nullable=True)
    used_by_account_id: UUID | None = reference("accounts.id", nullable=True)
    used_by_command: str | None = words(nullable=True)
