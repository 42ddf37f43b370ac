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
    CREATE INDEX IF NOT EXISTS stage_assignments_of_engineer ON stage_assignments (engineer_id, assigned_at)
        WHERE assignment_type = 'primary'
    """,
    """
    CREATE INDEX IF NOT EXISTS stage_assignments_at_work ON stage_assignments (engineer_id)
        WHERE assignment_type = 'primary' AND status = 'active'
    """,
    # workflow_template_hierarchy: the tickets that run on a template.
    """
    CREATE INDEX IF NOT EXISTS ticket_workflow_instances_running ON ticket_workflow_instances (template_id)
        WHERE status = 'running'
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
