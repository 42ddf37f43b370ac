"""Models of the local engine that were trained on this installation's verified tickets; a unit's past by an index."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE ai_local_models (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        version integer NOT NULL UNIQUE CHECK (version > 0),
        trained_at timestamptz NOT NULL,
        trained_by_code text NOT NULL CHECK (trained_by_code <> ''),
        cases integer NOT NULL CHECK (cases > 0),
        knowledge_hash text NOT NULL CHECK (knowledge_hash ~ '^[0-9a-f]{64}$'),
        parameters jsonb NOT NULL CHECK (jsonb_typeof(parameters) = 'object'),
        report jsonb NOT NULL CHECK (jsonb_typeof(report) = 'object'),
        replaces_id uuid REFERENCES ai_local_models (id),
        in_force boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT ai_local_models_replaces_another CHECK (replaces_id <> id)
    )
    """,
    "CREATE UNIQUE INDEX ai_local_models_one_in_force ON ai_local_models (in_force) WHERE in_force",
    "COMMENT ON TABLE ai_local_models IS "
    "'Models of the local AI engine that were trained here and were better than the one before.'",
    "COMMENT ON COLUMN ai_local_models.cases IS 'Verified tickets that it was fitted to, without those held back.'",
    "COMMENT ON COLUMN ai_local_models.knowledge_hash IS "
    "'SHA-256 of the fault knowledge base that it was fitted with.'",
    "COMMENT ON COLUMN ai_local_models.parameters IS 'activities.ai.local.model.LocalModel.'",
    "COMMENT ON COLUMN ai_local_models.report IS 'How it and the one before did on tickets that were held back.'",
    "COMMENT ON COLUMN ai_local_models.replaces_id IS 'The one before; NULL: the shipped one.'",
    "COMMENT ON COLUMN ai_local_models.in_force IS 'Whether workers use it. None is: they use the shipped one.'",
    "COMMENT ON INDEX ai_local_models_one_in_force IS 'One model in force; begin_ai_call looks it up.'",
    "COMMENT ON INDEX ai_local_models_version_key IS 'A version is one model.'",
    "CREATE TRIGGER set_updated_at BEFORE UPDATE ON ai_local_models FOR EACH ROW EXECUTE FUNCTION set_updated_at()",
    """
    CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON ai_local_models
        FOR EACH ROW EXECUTE FUNCTION audit_change()
    """,
    """
    CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON ai_local_models
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()
    """,
    # Each diagnosis looks up its unit's last tickets, and each case that is learnt from does.
    "CREATE INDEX service_tickets_of_unit ON service_tickets (equipment_id, opened_at)",
    "COMMENT ON INDEX service_tickets_of_unit IS 'diagnosis_case: what happened to a unit before.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
