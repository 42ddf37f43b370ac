"""What a ticket's fault proved to be, as whoever signs it off says it, whether AI had proposed anything or not."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    ALTER TABLE service_tickets
        ADD COLUMN verified_cause text CHECK (verified_cause <> ''),
        ADD COLUMN verified_code text CHECK (verified_code <> ''),
        ADD COLUMN verified_by_code text CHECK (verified_by_code <> ''),
        ADD COLUMN verified_at timestamptz
            CONSTRAINT service_tickets_verified_whole CHECK (
                num_nonnulls(verified_cause, verified_by_code, verified_at) IN (0, 3)
                AND (verified_at IS NOT NULL OR verified_code IS NULL)
            )
    """,
    "COMMENT ON COLUMN service_tickets.verified_cause IS 'What the fault proved to be; NULL: nobody has said.'",
    "COMMENT ON COLUMN service_tickets.verified_code IS 'The problem code of that.'",
    # What is learnt from, oldest first.
    """
    CREATE INDEX service_tickets_verified_newest ON service_tickets (verified_at, id) WHERE verified_at IS NOT NULL
    """,
    # What sign-off said of a model, newest first.
    """
    CREATE INDEX ai_diagnosis_results_verified_newest
        ON ai_diagnosis_results (provider_id, model_id, verified_at DESC) INCLUDE (confidence, was_correct)
        WHERE verified_at IS NOT NULL
    """,
    "COMMENT ON INDEX ai_diagnosis_results_verified_newest IS 'ai_track_record: the newest verdicts on a model.'",
    "COMMENT ON INDEX service_tickets_verified_newest IS 'ai train: verified tickets in their order.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
