"""AI calls of a ticket whose cost nobody knows, not only those without an end."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

STATEMENTS = (
    "CREATE INDEX IF NOT EXISTS ai_calls_unsettled ON ai_calls (ticket_id, began_at) WHERE cost_usd IS NULL",
    "COMMENT ON INDEX ai_calls_unsettled IS 'unsettled_ai_calls: what was asked of a ticket, at a cost nobody knows.'",
    """
    -- In the transaction of the revision; nobody waits long for a partial index of a few rows to go.
    -- squawk-ignore require-concurrent-index-deletion
    DROP INDEX ai_calls_without_end
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
