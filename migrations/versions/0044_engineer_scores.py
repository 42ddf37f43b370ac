"""Engineers are recommended by scores whose weights are data; what became of a recommendation is kept."""

from __future__ import annotations

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    ALTER TABLE workflow_ai_configuration
        ADD COLUMN weights jsonb CONSTRAINT workflow_ai_configuration_weights_check CHECK (
            jsonb_typeof(weights) = 'object'
            AND weights - ARRAY['expertise', 'availability', 'location', 'performance', 'workload'] = '{}'
            AND NOT jsonb_path_exists(weights, '$.* ? (!(@.type() == "number" && @ >= 0 && @ <= 1000))')
        )
    """,
    "COMMENT ON COLUMN workflow_ai_configuration.weights IS "
    "'How much each part of an engineer''s score counts there; NULL, or a part that is left out: as usual.'",
    # Every row passes: lists only grow, and what had to be there may be.
    """
    ALTER TABLE ai_engineer_recommendations
        -- squawk-ignore ban-drop-not-null
        ALTER COLUMN location_score DROP NOT NULL,
        -- squawk-ignore ban-drop-constraint
        DROP CONSTRAINT ai_engineer_recommendations_outcome_check,
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT ai_engineer_recommendations_outcome_check CHECK (
            outcome IN ('pending', 'selected', 'not_selected', 'accepted', 'declined', 'superseded')
        ),
        -- squawk-ignore ban-drop-constraint
        DROP CONSTRAINT ai_engineer_recommendations_outcome,
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT ai_engineer_recommendations_outcome CHECK (
            fixed_at_first_visit IS NULL OR outcome IN ('selected', 'accepted')
        )
    """,
    "COMMENT ON COLUMN ai_engineer_recommendations.location_score IS "
    "'By travel time; NULL: the work is remote, so it does not count where somebody lives.'",
    "COMMENT ON COLUMN ai_engineer_recommendations.outcome IS "
    "'selected: put on the visit; accepted or declined: what they said to that; superseded: it came too late.'",
    """
    CREATE UNIQUE INDEX ai_engineer_recommendations_current
        ON ai_engineer_recommendations (transition_id, rank) WHERE outcome <> 'superseded'
    """,
    "COMMENT ON INDEX ai_engineer_recommendations_current IS "
    "'A visit has one recommendation that counts; what records it and what became of it look it up.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
