"""A provider that says that it can't say has an outcome of its own, and is no failure."""

from __future__ import annotations

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

STATEMENTS = (
    # Every row passes: the list only grows.
    """
    ALTER TABLE ai_calls
        -- squawk-ignore ban-drop-constraint
        DROP CONSTRAINT ai_calls_outcome_check,
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT ai_calls_outcome_check CHECK (
            outcome IN (
                'answered', 'bad_answer', 'abstained', 'rejected', 'denied', 'rate_limited', 'unavailable', 'timed_out'
            )
        )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
