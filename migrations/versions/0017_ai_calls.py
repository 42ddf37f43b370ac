"""Tries to get an answer from an AI provider, with the money set aside; when an open circuit is tried again."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    ALTER TABLE ai_providers
        ADD COLUMN circuit_retry_at timestamptz,
        -- A new column without a default is all NULL: nothing is scanned, and providers are a handful of rows.
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT ai_providers_circuit_retry CHECK (circuit <> 'closed' OR circuit_retry_at IS NULL)
    """,
    "COMMENT ON COLUMN ai_providers.circuit_retry_at IS "
    "'When an open circuit lets one request try, or a half-open one another; NULL: at once.'",
    # The state of a provider is nothing that people decide: changes of it leave no entry in the audit trail.
    """
    CREATE OR REPLACE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON ai_providers
        FOR EACH ROW EXECUTE FUNCTION audit_change(
            'health', 'circuit', 'circuit_opened_at', 'circuit_retry_at', 'consecutive_failures', 'last_checked_at',
            'last_error'
        )
    """,
    """
    CREATE TABLE ai_calls (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        session_id uuid NOT NULL,
        attempt integer NOT NULL CHECK (attempt > 0),
        provider_id uuid NOT NULL REFERENCES ai_providers (id),
        model_id uuid NOT NULL,
        began_at timestamptz NOT NULL,
        reserved_usd numeric(14, 6) NOT NULL CHECK (reserved_usd >= 0 AND reserved_usd <> 'NaN'),
        ended_at timestamptz,
        outcome text CHECK (
            outcome IN ('answered', 'bad_answer', 'rejected', 'denied', 'rate_limited', 'unavailable', 'timed_out')
        ),
        cost_usd numeric(14, 6) CHECK (cost_usd >= 0 AND cost_usd <> 'NaN'),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (session_id, attempt),
        FOREIGN KEY (model_id, provider_id) REFERENCES ai_models (id, provider_id),
        CONSTRAINT ai_calls_ended CHECK (
            (ended_at IS NULL) = (outcome IS NULL) AND (ended_at IS NOT NULL OR cost_usd IS NULL)
        ),
        CONSTRAINT ai_calls_time_order CHECK (ended_at >= began_at)
    )
    """,
    "CREATE INDEX ai_calls_of_provider ON ai_calls (provider_id, began_at)",
    "COMMENT ON TABLE ai_calls IS "
    "'Tries to get an answer: begun before the request is sent, ended when it is known what came of it.'",
    "COMMENT ON COLUMN ai_calls.session_id IS 'As in ai_conversations: one request to one provider.'",
    "COMMENT ON COLUMN ai_calls.attempt IS '1 for the first try of the request.'",
    "COMMENT ON COLUMN ai_calls.reserved_usd IS 'What it may cost at the most; counts until its cost is known.'",
    "COMMENT ON COLUMN ai_calls.ended_at IS 'NULL: under way, or the worker died meanwhile.'",
    "COMMENT ON COLUMN ai_calls.cost_usd IS 'NULL: not known, so it may have been charged.'",
    "COMMENT ON INDEX ai_calls_of_provider IS "
    "'What a provider has cost today (ai_spend), its failures of a day (list_ai_providers).'",
    "CREATE TRIGGER set_updated_at BEFORE UPDATE ON ai_calls FOR EACH ROW EXECUTE FUNCTION set_updated_at()",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
