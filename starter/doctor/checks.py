"""Every check, in the order in which they are told. A new one is a function and a line here."""

from __future__ import annotations

from starter.doctor.content import check_calendars, check_reference_data, check_time_zones
from starter.doctor.examination import Check
from starter.doctor.record import check_reconciliation, check_record, check_tickets
from starter.doctor.roles import check_rights, check_roles, check_workers
from starter.doctor.schema import check_constraints, check_objects, check_revision, check_sequences
from starter.doctor.server import check_checksums, check_clock, check_connections, check_server
from starter.doctor.stock import check_stock
from starter.doctor.tables import check_tables
from starter.doctor.trail import check_audit_trail
from starter.doctor.upkeep import check_transaction_ids, check_vacuum

CHECKS: tuple[tuple[str, Check], ...] = (
    ("server", check_server),
    ("clock", check_clock),
    ("connections", check_connections),
    ("checksums", check_checksums),
    ("revision", check_revision),
    ("objects", check_objects),
    ("tables", check_tables),
    ("constraints", check_constraints),
    ("sequences", check_sequences),
    ("reference data", check_reference_data),
    ("calendars", check_calendars),
    ("time zones", check_time_zones),
    ("audit trail", check_audit_trail),
    ("record", check_record),
    ("tickets", check_tickets),
    ("reconciliation", check_reconciliation),
    ("stock", check_stock),
    ("roles", check_roles),
    ("rights", check_rights),
    ("workers", check_workers),
    ("vacuum", check_vacuum),
    ("transaction ids", check_transaction_ids),
)
