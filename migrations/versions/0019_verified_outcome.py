"""What a ticket's fault proved to be, as whoever signs off says it, and which ticket a call of AI is about."""

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
    """
    ALTER TABLE ai_calls
        -- A new column is all NULL: there is nothing that the key would have to be checked against.
        -- squawk-ignore adding-foreign-key-constraint
        ADD COLUMN ticket_id uuid REFERENCES service_tickets (id)
    """,
    "COMMENT ON COLUMN ai_calls.ticket_id IS 'What it is about; NULL: no ticket, or nobody knows.'",
    "CREATE INDEX ai_calls_without_end ON ai_calls (ticket_id, began_at) WHERE ended_at IS NULL",
    "COMMENT ON INDEX ai_calls_without_end IS 'unanswered_ai_calls: what was asked of a ticket and has no end.'",
    "COMMENT ON INDEX service_tickets_verified_newest IS 'ai train: verified tickets in their order.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
