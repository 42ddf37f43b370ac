"""A token may be for one's own calendar alone: its secret stands in an address that other programs keep."""

from __future__ import annotations

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    ALTER TABLE account_tokens
        -- squawk-ignore ban-drop-constraint
        DROP CONSTRAINT account_tokens_scopes_check,
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT account_tokens_scopes_check CHECK (
            scopes <@ ARRAY['read', 'act', 'administer', 'calendar'] AND cardinality(scopes) > 0
        )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
