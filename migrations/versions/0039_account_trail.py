"""What the audit trail says of an account is found by the account."""

from __future__ import annotations

from alembic import op

revision = "0039"
down_revision = "0037"
branch_labels = None
depends_on = None

STATEMENTS = (
    # Small, however long the trail is: accounts change seldom, and only what was made for one stands in it.
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX audit_events_of_account ON audit_events ((new_value ->> 'account_id'))
        WHERE subject_table ^@ 'account_' AND action = 'row_inserted'
    """,
    "COMMENT ON INDEX audit_events_of_account IS 'read_account_log: what was made for an account.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
