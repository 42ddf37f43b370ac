"""Indexes for the queries that large databases showed to need them."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

STATEMENTS = (
    # check_engineer_availability(), get_qualified_engineers(): what an engineer has at work and got this month.
    """
    CREATE INDEX stage_assignments_of_engineer ON stage_assignments (engineer_id, assigned_at)
        WHERE assignment_type = 'primary'
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
