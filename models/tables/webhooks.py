"""Who else is told of events, what is on its way there, and how each try went."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer, Interval, LargeBinary, Text, UniqueConstraint, text

from models.tables.base import ChangingRow, Row, duration, moment, of_type, one_of, reference, several, words
from models.vocabulary.webhooks import DeliveryState, WebhookKind, WhyDisabled

_RETRIES = (
    "ARRAY['5 seconds', '5 minutes', '30 minutes', '2 hours', '5 hours', '10 hours', '14 hours', '20 hours', "
    "'24 hours']::interval[]"
)


class WebhookEndpoint(ChangingRow, table=True):
    __tablename__ = "webhook_endpoints"
    __table_args__ = (UniqueConstraint("name"),)

    account_id: UUID = reference("accounts.id")
    name: str = words()
    url: str = words()
    events: list[str] = several(Text())
    retry_after: list[timedelta] = several(Interval(), default=_RETRIES)
    position: int = of_type(BigInteger())
    disabled_at: datetime | None = moment(nullable=True)
    disabled_because: WhyDisabled | None = one_of(WhyDisabled, nullable=True)


class WebhookSecret(Row, table=True):
    """What deliveries are signed with. No role may read it."""

    __tablename__ = "webhook_secrets"
    __table_args__ = (
        Index("webhook_secrets_in_force", "endpoint_id", unique=True, postgresql_where=text("ends_at IS NULL")),
    )

    endpoint_id: UUID = reference("webhook_endpoints.id", cascade=True)
    key: bytes = of_type(LargeBinary())
    made_at: datetime = moment(default="now()")
    ends_at: datetime | None = moment(nullable=True)


class WebhookDelivery(ChangingRow, table=True):
    """An event for an endpoint; what it says is made of the fact."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "ticket_id", "sequence"),
        Index(
            "webhook_deliveries_pending",
            "endpoint_id",
            "ticket_id",
            "sequence",
            postgresql_where=text("state = 'pending'"),
        ),
    )

    endpoint_id: UUID = reference("webhook_endpoints.id")
    ticket_id: UUID = reference("service_tickets.id")
    sequence: int = of_type(BigInteger())
    kind: WebhookKind = one_of(WebhookKind)
    state: DeliveryState = one_of(DeliveryState, default="'pending'")
    attempts: int = of_type(Integer(), default="0")
    due_at: datetime = moment()
    ended_at: datetime | None = moment(nullable=True)


class WebhookAttempt(Row, table=True):
    """How one try went."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (Index("webhook_attempts_of_delivery", "delivery_id"),)

    delivery_id: UUID = reference("webhook_deliveries.id", cascade=True)
    began_at: datetime = moment()
    took: timedelta = duration()
    status: int | None = of_type(Integer(), nullable=True)
    error: str = words(default="''")
    answer: str = words(default="''")
