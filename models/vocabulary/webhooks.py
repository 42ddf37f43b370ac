"""What another house is told of, and what has become of that."""

from __future__ import annotations

from enum import StrEnum


class WebhookKind(StrEnum):
    """Events that an endpoint may be told of; `webhook_kind()` makes them of facts."""

    OPENED = "ticket.opened"
    MOVED = "ticket.moved"
    """Stages were completed or skipped, and others entered."""
    CLOCK = "ticket.clock"
    """A clock has passed a threshold, or its target."""
    ASSIGNED = "ticket.assigned"
    HELD = "ticket.held"
    RESUMED = "ticket.resumed"
    CLOSED = "ticket.closed"
    CANCELLED = "ticket.cancelled"
    REOPENED = "ticket.reopened"


class DeliveryState(StrEnum):
    """How far an event has come on its way to an endpoint."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Every try has failed."""
    DROPPED = "dropped"
    """The account that the endpoint is for may not see the ticket any more."""


class WhyDisabled(StrEnum):
    """Why an endpoint is told nothing."""

    SWITCHED_OFF = "switched_off"
    GONE = "gone"
    """It said so itself, by 410."""
