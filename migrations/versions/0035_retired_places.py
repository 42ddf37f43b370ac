"""Customers and sites can be retired: tickets refer to them for ever, so they are never deleted."""

from __future__ import annotations

from alembic import op

revision = "0035"
down_revision = "0033"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE customers ADD COLUMN active boolean NOT NULL DEFAULT true",
    "ALTER TABLE customer_sites ADD COLUMN active boolean NOT NULL DEFAULT true",
    "COMMENT ON COLUMN customers.active IS 'false: retired. None of its sites is in use.'",
    "COMMENT ON COLUMN customer_sites.active IS 'false: retired. No unit that is in use stands there.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
