"""What a ticket is, and what becomes of it."""

from __future__ import annotations

from enum import StrEnum


class Priority(StrEnum):
    """How urgent the reporter says a fault is; P1 is a patient at risk."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"


class TicketSort(StrEnum):
    """In which order a list has its tickets."""

    NEWEST = "newest"
    DUE = "due"
    """The nearest deadline that is not past first; then those without one, newest first."""


class TicketStatus(StrEnum):
    """Where a ticket stands as a whole."""

    OPEN = "open"
    ON_HOLD = "on_hold"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def has_ended(self) -> bool:
        """Whether it is closed or cancelled."""
        return self in {TicketStatus.CLOSED, TicketStatus.CANCELLED}


class InstanceStatus(StrEnum):
    """Where a workflow instance stands: it runs until its ticket is closed or cancelled."""

    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class HoldReason(StrEnum):
    """The reasons that come with the program. What a reason means is a row of `hold_reasons`, and so are others."""

    ACCESS_DENIED = "access_denied"
    WAITING_FOR_CUSTOMER = "waiting_for_customer"
    WAITING_FOR_PARTS = "waiting_for_parts"
    WAITING_FOR_MANUFACTURER = "waiting_for_manufacturer"
    OTHER = "other"


class ReopenPolicy(StrEnum):
    """What becomes of the time between the sign-off and the reopening of a ticket, on its resolution clock."""

    EXCLUDE_SOLVED = "exclude_solved"
    COUNT_SOLVED = "count_solved"
    RESTART = "restart"
    """A new clock from the reopening on; the verdict of the first one stays."""
