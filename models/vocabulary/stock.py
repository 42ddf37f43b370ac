"""Stock: where parts lie, how they move, and what somebody does about them."""

from __future__ import annotations

from enum import StrEnum


class PlaceKind(StrEnum):
    """Where parts lie."""

    STORE = "store"
    VAN = "van"
    """Of an engineer."""
    CONSIGNMENT = "consignment"
    """At a customer's site."""
    QUARANTINE = "quarantine"
    """Nothing there is used."""


class MovementKind(StrEnum):
    """Why parts moved."""

    RECEIPT = "receipt"
    ISSUE = "issue"
    """Used for a ticket."""
    RETURN = "return"
    """Taken for a ticket, and not needed."""
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"
    CORRECTION = "correction"
    WASTE = "waste"


class ReservationStatus(StrEnum):
    """What became of parts that were kept for a ticket."""

    HELD = "held"
    CONSUMED = "consumed"
    RELEASED = "released"


class StockStatus(StrEnum):
    """How well stocked a part is; `stock_status()` says."""

    IN_STOCK = "in_stock"
    LOW_STOCK = "low_stock"
    OUT_OF_STOCK = "out_of_stock"
    DISCONTINUED = "discontinued"


class StockDoing(StrEnum):
    """What somebody does about stock; `change_stock()` says what each takes."""

    RESERVE = "reserve"
    RELEASE = "release"
    USE = "use"
    RETURN = "return"
    RECEIVE = "receive"
    SEND = "send"
    TAKE_IN = "take_in"
    COUNT = "count"
    WASTE = "waste"
    BLOCK = "block"
    UNBLOCK = "unblock"
    PLACE = "place"
    LEVEL = "level"


class StockStanding(StrEnum):
    """How something that was to be done about stock stands."""

    RESERVED = "reserved"
    SHORT = "short"
    """Too few are free; nothing was kept."""
    RELEASED = "released"
    USED = "used"
    RETURNED = "returned"
    RECEIVED = "received"
    SENT = "sent"
    TAKEN_IN = "taken_in"
    COUNTED = "counted"
    WASTED = "wasted"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    PLACED = "placed"
    LEVELLED = "levelled"
