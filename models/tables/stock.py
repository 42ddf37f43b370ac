"""Stock: places, lots, movements, what places hold by them, and what is kept for tickets."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Date, ForeignKeyConstraint, Index, Integer, UniqueConstraint, text

from models.tables.base import (
    ChangingRow,
    Row,
    document,
    flag,
    identifier,
    moment,
    of_type,
    one_of,
    reference,
    words,
)
from models.vocabulary.people import Role
from models.vocabulary.stock import MovementKind, PlaceKind, ReservationStatus


def _of_its_part(table: str) -> ForeignKeyConstraint:
    """A lot is one of the row's own part."""
    return ForeignKeyConstraint(
        ["lot_id", "part_id"], ["stock_lots.id", "stock_lots.part_id"], name=f"{table}_lot_id_part_id_fkey"
    )


class StockLocation(ChangingRow, table=True):
    """Where parts lie."""

    __tablename__ = "stock_locations"
    __table_args__ = (
        UniqueConstraint("code"),
        Index("stock_locations_of_engineer", "engineer_id", postgresql_where=text("engineer_id IS NOT NULL")),
    )

    code: str = words()
    name: str = words()
    kind: PlaceKind = one_of(PlaceKind)
    engineer_id: UUID | None = reference("engineers.id", nullable=True)
    site_id: UUID | None = reference("customer_sites.id", nullable=True)
    active: bool = flag(default="true")


class StockLot(ChangingRow, table=True):
    """A lot of a part, or one part with a serial number."""

    __tablename__ = "stock_lots"
    __table_args__ = (
        UniqueConstraint("part_id", "code", name="stock_lots_part_id_code_key"),
        UniqueConstraint("id", "part_id", name="stock_lots_id_part_id_key"),
    )

    part_id: UUID = reference("equipment_parts.id")
    code: str = words()
    is_serial: bool = flag(default="false")
    expires_on: date | None = of_type(Date(), nullable=True)
    blocked_at: datetime | None = moment(nullable=True)
    block_reason: str = words(default="''")


class StockLevel(ChangingRow, table=True):
    """How many of a part a place should have, and when to reorder."""

    __tablename__ = "stock_levels"
    __table_args__ = (UniqueConstraint("part_id", "location_id", name="stock_levels_part_id_location_id_key"),)

    part_id: UUID = reference("equipment_parts.id")
    location_id: UUID = reference("stock_locations.id")
    minimum: int = of_type(Integer())
    reorder_point: int = of_type(Integer())


class StockEvent(Row, table=True):
    """What was done about stock, under an id of the caller's."""

    __tablename__ = "stock_events"

    doing: str = words()
    said: dict[str, Any] = document()
    answer: dict[str, Any] = document()
    actor_code: str = words()
    actor_role: Role = one_of(Role)
    occurred_at: datetime | None = moment(default="clock_timestamp()")


class StockMovement(Row, table=True):
    """A movement of parts."""

    __tablename__ = "stock_movements"
    __table_args__ = (
        _of_its_part("stock_movements"),
        Index("stock_movements_of_part", "part_id", text("id DESC")),
        Index(
            "stock_movements_of_ticket_parts",
            "ticket_id",
            "part_id",
            postgresql_where=text("ticket_id IS NOT NULL"),
        ),
        Index("stock_movements_received", "transfer_id", postgresql_where=text("transfer_id IS NOT NULL")),
    )

    part_id: UUID = reference("equipment_parts.id")
    kind: MovementKind = one_of(MovementKind)
    from_location_id: UUID | None = reference("stock_locations.id", nullable=True)
    to_location_id: UUID | None = reference("stock_locations.id", nullable=True)
    lot_id: UUID | None = identifier(nullable=True)
    quantity: int = of_type(Integer())
    ticket_id: UUID | None = reference("service_tickets.id", nullable=True)
    transfer_id: UUID | None = reference("stock_movements.id", nullable=True)
    event_id: UUID | None = identifier(nullable=True)
    reason: str = words(default="''")
    actor_code: str = words()
    actor_role: Role = one_of(Role)
    moved_at: datetime | None = moment(default="clock_timestamp()")


class StockBalance(Row, table=True):
    """What a place holds of a part and lot."""

    __tablename__ = "stock_balances"
    __table_args__ = (
        _of_its_part("stock_balances"),
        UniqueConstraint(
            "part_id", "location_id", "lot_id", name="stock_balances_once", postgresql_nulls_not_distinct=True
        ),
        Index("stock_balances_at", "location_id", "part_id"),
    )

    part_id: UUID = reference("equipment_parts.id")
    location_id: UUID = reference("stock_locations.id")
    lot_id: UUID | None = identifier(nullable=True)
    quantity: int = of_type(Integer())
    reserved: int = of_type(Integer(), default="0")
    version: int = of_type(BigInteger(), default="1")


class StockReservation(Row, table=True):
    """What is kept for a ticket."""

    __tablename__ = "stock_reservations"
    __table_args__ = (
        _of_its_part("stock_reservations"),
        Index("stock_reservations_of_ticket", "ticket_id", "part_id"),
        Index("stock_reservations_held", "part_id", "location_id", postgresql_where=text("status = 'held'::text")),
    )

    ticket_id: UUID = reference("service_tickets.id")
    ticket_part_id: UUID | None = reference("ticket_parts_required.id", nullable=True)
    part_id: UUID = reference("equipment_parts.id")
    location_id: UUID = reference("stock_locations.id")
    lot_id: UUID | None = identifier(nullable=True)
    quantity: int = of_type(Integer())
    status: ReservationStatus = one_of(ReservationStatus, default="'held'")
    held_until: datetime | None = moment(nullable=True)
    event_id: UUID | None = identifier(nullable=True)
    reserved_by_code: str = words()
    reserved_by_role: Role = one_of(Role)
    reserved_at: datetime | None = moment(default="clock_timestamp()")
    ended_at: datetime | None = moment(nullable=True)
    end_reason: str = words(default="''")
