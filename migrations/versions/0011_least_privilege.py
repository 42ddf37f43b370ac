"""Nobody but the owner makes anything in the schema. What the roles may do in it is `migrations.grants`: it can change
with every version and with the roles that a cluster has, so it is compared and applied by every migration.
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATEMENTS = (
    # A database that was made before PostgreSQL 15 lets everybody create things in it.
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
